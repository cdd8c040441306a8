/**
 * K29: a state that a safety property forbids comes about.
 *
 * `never`: after the reaction the state holds, and it would not, had the rule commanded nothing in that reaction: its command brings it about.
 * `always`: a reaction begins where the state does not hold and comes to rest where it does, whoever brought it about: no automation has undone it.
 */
import { and, FALSE, not } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import type { WatchedState } from '../../src/model/environment.ts'
import type { ConflictKind, ConflictStructure, ConflictSubject, ConflictWords, Reaction, Writer } from '../reaction.ts'
import { attributesOf, formulaHolds, makersOf, withoutCommands } from './states-of-things.ts'

/** Live rules whose command may make a part of the state hold, with their steps. */
const makers = (structure: ConflictStructure, { state }: WatchedState): ReadonlyMap<string, readonly Writer[]> => {
  const clauses = state.is === 'all' ? state.of.flat() : state.of.map(({ clause }) => clause)
  const found = new Map<string, Writer[]>()
  for (const clause of clauses)
    for (const [rule, writers] of makersOf(structure, clause)) found.set(rule, [...(found.get(rule) ?? []), ...writers])
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** One subject per state and rule; for `always` one per state. */
export const watchedSubjects = (structure: ConflictStructure, of: WatchedState['of']): readonly ConflictSubject[] =>
  (structure.behaviour.environment?.states ?? []).flatMap((watched): readonly ConflictSubject[] => {
    if (watched.of !== of) return []
    const attributes = attributesOf(watched.state)
    // INVARIANT: all attributes of a state are in one part of the behaviour.
    if (!attributes.every((attribute) => structure.attributes.has(attribute))) return []
    const rules = makers(structure, watched)
    const base = { watches: attributes, watched, says: watched.says }
    const at = watched.at === undefined ? [] : [watched.at]
    if (watched.form === 'always') return [{ ...base, key: watched.id, rules: [], standing: true, at }]
    return [...rules].map(([rule, writers]) => ({
      ...base,
      key: `${watched.id} | ${rule}`,
      rules: [rule],
      standing: true,
      at: [...writers.map((writer) => writer.at), ...at],
    }))
  })

export const broughtAbout = (subject: ConflictSubject, reaction: Reaction, words: ConflictWords): Term => {
  const { watched } = subject
  if (watched === undefined) return FALSE
  const after = formulaHolds(watched.state, (attribute) => reaction.after(attribute).value, words)
  if (after === FALSE) return FALSE
  const [rule] = subject.rules
  const otherwise =
    watched.form === 'always' || rule === undefined
      ? formulaHolds(watched.state, (attribute) => reaction.before(attribute).value, words)
      : formulaHolds(watched.state, withoutCommands(rule, reaction, words), words)
  return and(after, not(otherwise))
}

export const safetyProperty: ConflictKind = {
  id: 'conflict/safety-property',
  number: 'K29',
  says: 'a command brings about what a safety property says shall never be; or what shall always be is not, and no rule sees to it',
  shownBy: 'run',
  subjects: (structure) => watchedSubjects(structure, 'property'),
  bad: (subject, reaction, _, words) => broughtAbout(subject, reaction, words),
  sameEvent: (subject, reaction, _, words) => broughtAbout(subject, reaction, words),
  sameReaction: (subject, reaction, _, words) => broughtAbout(subject, reaction, words),
  severity: () => 'error',
  text: (subject, never, named) => {
    const [rule] = subject.rules.map(named)
    const says = subject.says ?? ''
    if (rule === undefined) return never ? `no run breaks: ${says}` : `nothing sees to it: ${says}`
    return never ? `no command of ${rule} breaks: ${says}` : `${rule} breaks: ${says}`
  },
}
