/** Reads what the user wrote under a constraint. Whatever the checker does not know, it refuses: an unread word must never be passed over. */
import { EngineError } from '../diagnostics/engine-error.ts'
import type { ConstraintUse } from '../model/fleet-model.ts'

export type Written = Readonly<Record<string, unknown>>

/** The parameters by name; throws where one is not among `known`. */
export function parametersOf(use: ConstraintUse, known: readonly string[]): Written {
  const raw = use.parameters
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return refuse(use, 'parameters are not a mapping')
  const written = raw as Written
  for (const name of Object.keys(written))
    if (!known.includes(name)) return refuse(use, `the checker does not know the parameter \`${name}\``)
  return written
}

/** An integer, or undefined where it is not written. */
export function integerOf(use: ConstraintUse, written: Written, name: string): number | undefined {
  const value = written[name]
  if (value === undefined) return undefined
  return Number.isSafeInteger(value) ? (value as number) : refuse(use, `\`${name}\` is not an integer`)
}

/** A text, or undefined where it is not written. Truth values count as the expressions `true` and `false`. */
export function textOf(use: ConstraintUse, written: Written, name: string): string | undefined {
  const value = written[name]
  if (value === undefined) return undefined
  if (typeof value === 'boolean') return String(value)
  return typeof value === 'string' ? value : refuse(use, `\`${name}\` is not a text`)
}

/** A list of texts, one text standing for a list of one; undefined where it is not written. */
export function textsOf(use: ConstraintUse, written: Written, name: string): readonly string[] | undefined {
  const value = written[name]
  if (value === undefined) return undefined
  if (typeof value === 'string') return [value]
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value
  return refuse(use, `\`${name}\` is not a list of names`)
}

/** Throws: the use cannot be checked. */
export function refuse(use: ConstraintUse, why: string): never {
  throw new EngineError('verify/parameters', `constraint ${use.index} (${use.kind}): ${why}`)
}
