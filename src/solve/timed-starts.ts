/** Asks for a run in which all of some rules start: without one, what is proved about them says nothing. */
import type { TimedReaction } from '../../constraints/timed.ts'
import { and, any, FALSE, or } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'
import type { Asked } from './timed-runs.ts'

export const rulesStart = (rules: readonly string[]): Asked['monitor'] => {
  const now = (reaction: TimedReaction, rule: string): Term =>
    any(reaction.started.filter((one) => one.rule === rule).map(({ guard }) => guard))
  return {
    ghosts: { flags: rules },
    next: (ghosts, reaction) => ({
      ...ghosts,
      flags: Object.fromEntries(rules.map((rule) => [rule, or(ghosts.flags[rule] ?? FALSE, now(reaction, rule))])),
    }),
    bad: ({ flags }, reaction) => and(...rules.map((rule) => or(flags[rule] ?? FALSE, now(reaction, rule)))),
  }
}
