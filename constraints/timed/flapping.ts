/** K14: two rules command an actuator to and fro, by time and physics alone, each soon after the other. */
import { and, bool, FALSE, ite, or, real } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import type { ConflictWords } from '../reaction.ts'
import type { Ghosts, TimedKind, TimedReaction, TimedStructure } from '../timed.ts'
import { afterCommand, commanded, incompatible, turnsOver, within } from './causes.ts'
import { laterPairs, span } from './pairs.ts'

/** The second rule takes over from the first, by time alone and soon after it. */
const takesOver = (
  { flags, instants }: Ghosts,
  reaction: TimedReaction,
  [one, other]: readonly [string, string],
  attribute: string,
  window: number,
  words: ConflictWords,
  structure: TimedStructure,
): Term =>
  reaction.fromOutside
    ? FALSE
    : and(
        flags['quiet'] ?? FALSE,
        commanded(reaction, 'before', one, attribute, words),
        turnsOver(reaction, other, attribute, words, incompatible(structure, attribute)),
        within(reaction, instants['since'] ?? real(0), window),
      )

export const flapping: TimedKind = {
  id: 'conflict/flapping',
  number: 'K14',
  says: 'two rules command an actuator to and fro, by time and physics alone',
  strength: 5.5,
  byEvents: true,
  subjects: (structure, { flap }) =>
    laterPairs(structure)
      .filter(
        ({ from, rules, attribute = '' }) =>
          rules.every((rule) => structure.byTime.get(rule)?.has(attribute) === true) && from === rules[0],
      )
      .map(({ attribute = '', from = '', ...rest }) => ({
        ...rest,
        ...{ attribute, from, key: `${attribute} ${rest.rules.join(' ')}`, window: flap },
      })),
  monitor: ({ attribute = '', rules, window = 0 }, structure, words) => {
    const [one = '', other = ''] = rules
    const turn = (ghosts: Ghosts, reaction: TimedReaction, pair: readonly [string, string]): Term =>
      takesOver(ghosts, reaction, pair, attribute, window, words, structure)
    return {
      // `quiet` and `since` speak of the last command of either; `there` and `back`: it took over from the first, from the second.
      ghosts: { flags: ['quiet', 'there', 'back'], instants: ['since'] },
      next: (ghosts, reaction) => {
        const [first, second] = [
          afterCommand(ghosts, reaction, one, attribute, words),
          afterCommand(ghosts, reaction, other, attribute, words),
        ]
        const stays = (flag: string, by: string): Term =>
          and(bool(!reaction.fromOutside), ghosts.flags[flag] ?? FALSE, commanded(reaction, 'after', by, attribute, words))
        const left = commanded(reaction, 'after', one, attribute, words)
        return {
          ...ghosts,
          flags: {
            quiet: or(first.flags['quiet']!, second.flags['quiet']!),
            there: or(turn(ghosts, reaction, [one, other]), stays('there', other)),
            back: or(turn(ghosts, reaction, [other, one]), stays('back', one)),
          },
          instants: { since: ite(left, first.instants['since']!, second.instants['since']!) },
        }
      },
      bad: (ghosts, reaction) =>
        or(
          and(ghosts.flags['there'] ?? FALSE, turn(ghosts, reaction, [other, one])),
          and(ghosts.flags['back'] ?? FALSE, turn(ghosts, reaction, [one, other])),
        ),
    }
  },
  severity: () => 'warning',
  text: ({ attribute = '', rules, window = 0 }, never, named) => {
    const both = rules.map(named).join(' and ')
    return never
      ? `no run lets ${both} command \`${attribute}\` to and fro with less than ${span(window)} in between`
      : `${both} command \`${attribute}\` to and fro with less than ${span(window)} in between`
  },
}
