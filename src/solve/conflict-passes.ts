/** How far a group of questions is looked at, and which questions are one group. */
import type { Question } from './conflict-analysis.ts'

/** `answered` together: what one leaves open the next, which takes longer, may decide. */
export interface Pass {
  /** Resource units of the solver per question, as a part of the limit. */
  readonly rlimit: number
  /** Rules executed in one reaction, and the work for the reactions to all events together. */
  readonly executed: number
  readonly work: number
  /** Rules whose runs are looked for, the nearest first. */
  readonly nearby: number
  readonly depth: number
}

/** Reactions of the longest run that is looked for, where nobody says another number. */
export const DEPTH = 4

/** INVARIANT: every group has one before any has the next, so that time that runs out is spent on what is quickly decided. */
export const PASSES: readonly Pass[] = [
  { rlimit: 0.1, executed: 8, work: 1_000, nearby: 4, depth: 2 },
  { rlimit: 0.4, executed: 16, work: 4_000, nearby: 8, depth: 3 },
  { rlimit: 1, executed: 64, work: 16_000, nearby: 48, depth: DEPTH },
]

/** Questions about one slice. */
const TOGETHER = 40

/** Questions about the same rules are decided together, and those about what is left in the same attribute. */
export const groupsOf = (questions: readonly Question[]): readonly (readonly Question[])[] => {
  const groups = new Map<string, Question[]>()
  for (const question of questions) {
    const { kind, subject } = question
    const about =
      subject.watches === undefined && subject.rules.length > 0 ? subject.rules.join(' ') : (subject.attribute ?? subject.rules.join(' '))
    const key = `${kind.shownBy} ${kind.relation === undefined ? '' : 'relation'} ${about}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [question])
    else group.push(question)
  }
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / TOGETHER) }, (_, at) => group.slice(at * TOGETHER, (at + 1) * TOGETHER)),
  )
}

/** Parts of what needs no solver. INVARIANT: as many whatever the number of threads, so that answers are the same. */
export const SHARES = 2
