/** Exit codes of every command; stable, other programs rely on them. */
export const exitCodes = {
  /** assigned, all proved, holds */
  good: 0,
  /** impossible, conflicts, refuted */
  no: 1,
  /** undecided, possible or unknown, cannot tell */
  unsure: 2,
  badInput: 3,
  failed: 4,
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
