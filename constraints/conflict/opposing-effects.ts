/**
 * K4: two things drive the same property of a place that they share in opposite directions, and both stand so at rest, each by command of another rule.
 *
 * Bad is a reaction after which both stand so and before which they did not: as nothing is commanded at first, whatever is reached is reached by such a reaction.
 */
import { and, any, eq, FALSE, int, not } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import type { Effect } from '../../src/model/environment.ts'
import { opposingPairs, type OpposingPair } from '../../src/model/opposing.ts'
import type { ConflictKind, ConflictStructure, ConflictSubject, ConflictWords, Reaction, Standing, Writer } from '../reaction.ts'
import { clauseHolds, clauseOf, makersOf } from './states-of-things.ts'

interface Opposition {
  readonly pair: OpposingPair
  /** Who commands the first effect of the pair, and who the second. */
  readonly rules: readonly [string, string]
  readonly writers: readonly Writer[]
}

const keyOf = ({ property, place }: OpposingPair, rules: readonly string[]): string => `${property} at ${place}: ${rules.join(' ')}`

const known = new WeakMap<ConflictStructure, ReadonlyMap<string, readonly Opposition[]>>()

/** By property, place and pair of rules: all ways in which the two oppose each other there. */
const oppositions = (structure: ConflictStructure): ReadonlyMap<string, readonly Opposition[]> => {
  const before = known.get(structure)
  if (before !== undefined) return before
  const { environment } = structure.behaviour
  const found = new Map<string, Opposition[]>()
  for (const pair of environment === undefined ? [] : opposingPairs(environment)) {
    const [one, other] = pair.effects.map((effect) => makersOf(structure, clauseOf(effect))) as [
      ReturnType<typeof makersOf>,
      ReturnType<typeof makersOf>,
    ]
    for (const [a, mine] of one)
      for (const [b, theirs] of other) {
        if (a === b) continue
        const key = keyOf(pair, [a, b].sort())
        const opposition: Opposition = { pair, rules: [a, b], writers: [...mine, ...theirs] }
        found.set(key, [...(found.get(key) ?? []), opposition])
      }
  }
  const sorted = new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
  known.set(structure, sorted)
  return sorted
}

const subjects = (structure: ConflictStructure): readonly ConflictSubject[] =>
  [...oppositions(structure)].map(([key, ways]) => {
    const attributes = ways.flatMap(({ pair: { effects, through } }) => [
      ...effects.map(({ attribute }) => attribute),
      ...(through === undefined ? [] : [through.attribute]),
    ])
    return {
      key,
      rules: [...(ways[0]?.rules ?? [])].sort(),
      watches: [...new Set(attributes)].sort(),
      standing: true,
      says: ways[0] === undefined ? '' : says(ways[0].pair),
      at: ways.flatMap(({ writers }) => writers.map((writer) => writer.at)),
    }
  })

const VERBS = { up: 'raises it', down: 'lowers it', exchange: 'exchanges it with what is outside' } as const

const driver = ({ attribute, is, suggested, direction }: Effect): string =>
  `\`${attribute}\` (${suggested ? 'taken for a ' : ''}${is}) ${VERBS[direction]}`

const says = ({ effects: [one, other], property, place }: OpposingPair): string =>
  `the ${property} of \`${place}\`: ${driver(one)}, ${driver(other)}`

const stands = (opposition: Opposition, look: (attribute: string) => Standing, words: ConflictWords): Term => {
  const { effects, through } = opposition.pair
  const driven = effects.map((effect, index) => {
    const standing = look(effect.attribute)
    return and(
      clauseHolds(clauseOf(effect), () => standing.value, words),
      eq(standing.by, int(words.ruleIndex(opposition.rules[index]!))),
    )
  })
  const open = through === undefined ? [] : [clauseHolds(through, (attribute) => look(attribute).value, words)]
  return and(...driven, ...open)
}

const bad = (subject: ConflictSubject, reaction: Reaction, structure: ConflictStructure, words: ConflictWords): Term =>
  any(
    (oppositions(structure).get(subject.key) ?? []).map((opposition) => {
      const after = stands(opposition, reaction.after, words)
      return after === FALSE ? FALSE : and(after, not(stands(opposition, reaction.before, words)))
    }),
  )

/** Both commands come in this reaction. */
const together = (
  subject: ConflictSubject,
  reaction: Reaction,
  structure: ConflictStructure,
  words: ConflictWords,
  direct: boolean,
): Term =>
  and(
    bad(subject, reaction, structure, words),
    ...subject.rules.map((rule) =>
      any(
        reaction.writes
          .filter((write) => write.rule === rule && (!direct || write.direct) && subject.watches?.includes(write.attribute) === true)
          .map((write) => write.guard),
      ),
    ),
  )

export const opposingEffects: ConflictKind = {
  id: 'conflict/opposing-effects',
  number: 'K4',
  says: 'two rules leave two things driving the same property of a shared place in opposite directions',
  shownBy: 'run',
  subjects,
  bad,
  sameEvent: (subject, reaction, structure, words) => together(subject, reaction, structure, words, true),
  sameReaction: (subject, reaction, structure, words) => together(subject, reaction, structure, words, false),
  severity: () => 'warning',
  text: (subject, never, named) => {
    const who = subject.rules.map(named).join(' and ')
    const what = subject.says ?? ''
    return never ? `no run leaves ${who} working against each other on ${what}` : `${who} work against each other on ${what}`
  },
}
