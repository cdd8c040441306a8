/** K29 and K30, in time: what shall not come within so long after a state has come about, and what must. */
import { and, bool, FALSE, gt, ite, le, not, or, real, sub } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import { attributesOf, formulaHolds, type Look } from '../conflict/states-of-things.ts'
import type { ConflictWords } from '../reaction.ts'
import { decimalTerm } from '../symbolic-value.ts'
import type { TimedProperty } from '../../src/model/environment.ts'
import type { Monitor, TimedKind, TimedReaction, TimedStructure, TimedSubject } from '../timed.ts'
import { remembersNothing } from '../timed.ts'

const subjects = (structure: TimedStructure, form: TimedProperty['form']): readonly TimedSubject[] =>
  (structure.behaviour.environment?.timed ?? [])
    .filter((property) => property.form === form)
    .flatMap((property): readonly TimedSubject[] => {
      const watches = [...new Set([...attributesOf(property.after), ...attributesOf(property.then)])].sort()
      if (!watches.every((attribute) => structure.attributes.has(attribute))) return []
      const at = property.at === undefined ? [] : [property.at]
      return [{ key: property.id, rules: [], watches, property, says: property.says, window: property.milliseconds, at }]
    })

const monitor = ({ property }: TimedSubject, words: ConflictWords): Monitor => {
  if (property === undefined) return { ...remembersNothing, bad: () => FALSE }
  const limit = decimalTerm(property.milliseconds)
  const before =
    (reaction: TimedReaction): Look =>
    (attribute) =>
      reaction.before(attribute).value
  const after =
    (reaction: TimedReaction): Look =>
    (attribute) =>
      reaction.after(attribute).value
  const comes = (reaction: TimedReaction): Term =>
    and(formulaHolds(property.after, after(reaction), words), not(formulaHolds(property.after, before(reaction), words)))
  if (property.form === 'never-after')
    return {
      ghosts: { flags: ['since-then'], instants: ['since'] },
      next: (ghosts, reaction) => ({
        ...ghosts,
        flags: { 'since-then': or(comes(reaction), ghosts.flags['since-then'] ?? FALSE) },
        instants: { since: ite(comes(reaction), reaction.earlier.now, ghosts.instants['since'] ?? real(0)) },
      }),
      bad: ({ flags, instants }, reaction) =>
        and(
          flags['since-then'] ?? FALSE,
          le(sub(reaction.earlier.now, instants['since'] ?? real(0)), limit),
          formulaHolds(property.then, after(reaction), words),
          not(formulaHolds(property.then, before(reaction), words)),
        ),
    }
  return {
    ghosts: { flags: ['awaited'], instants: ['since'] },
    next: (ghosts, reaction) => {
      const { awaited = FALSE } = ghosts.flags
      const anew = and(comes(reaction), not(awaited))
      return {
        ...ghosts,
        flags: { awaited: and(or(anew, awaited), not(formulaHolds(property.then, after(reaction), words))) },
        instants: { since: ite(anew, reaction.earlier.now, ghosts.instants['since'] ?? real(0)) },
      }
    },
    bad: () => bool(false),
    late: ({ flags, instants }, { now }) => and(flags['awaited'] ?? FALSE, gt(sub(now, instants['since'] ?? real(0)), limit)),
  }
}

export const neverAfter: TimedKind = {
  id: 'conflict/safety-in-time',
  number: 'K29',
  says: 'what shall not come within a time after a state has come about does',
  strength: 10,
  subjects: (structure) => subjects(structure, 'never-after'),
  monitor: (subject, _, words) => monitor(subject, words),
  severity: () => 'error',
  text: ({ says = '' }, never) => (never ? `no run breaks: ${says}` : `a run breaks: ${says}`),
}

export const boundedResponse: TimedKind = {
  id: 'conflict/bounded-response',
  number: 'K30',
  says: 'what must follow a state within a time does not',
  strength: 10,
  restarts: false,
  subjects: (structure) => subjects(structure, 'leads'),
  monitor: (subject, _, words) => monitor(subject, words),
  severity: () => 'error',
  text: ({ says = '' }, never) => (never ? `every run keeps: ${says}` : `a run breaks: ${says}`),
}
