/** K9p and K21: claims about every run. What their monitors call bad is a run that refutes them. */
import { any, and, bool, eq, FALSE, int, not, or } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import type { Value } from '../../src/model/automation.ts'
import { closedPart, readsOf } from '../conflict/conjuncts.ts'
import type { Writer } from '../reaction.ts'
import { differentValues, equalValues, truth } from '../symbolic-value.ts'
import type { TimedKind, TimedReaction, TimedStructure, TimedSubject } from '../timed.ts'
import { remembersNothing } from '../timed.ts'
import { leaves, pairOf, writesOf } from './causes.ts'

/** What the rule’s guard demands of attributes. */
const demandOf = (structure: TimedStructure, id: string) => {
  const rule = structure.rule.get(id)
  return rule?.live === true ? closedPart(rule.automation.guard) : undefined
}

/** Commands of what only rules change: what the outside can set back disables nothing for good. */
const disablings = (structure: TimedStructure): readonly TimedSubject[] =>
  [...structure.readers]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([attribute, readers]) => {
      if (structure.attributes.get(attribute)?.outside !== false) return []
      return readers.flatMap((to) => {
        const guard = demandOf(structure, to)
        if (guard === undefined || !readsOf(guard).has(attribute)) return []
        const writers = structure.writers.get(attribute) ?? []
        return [...new Set(writers.map(({ rule }) => rule))]
          .filter((from) => from !== to)
          .sort()
          .map((from): TimedSubject => ({
            ...{ key: `${attribute} ${from} -> ${to}`, attribute, rules: [from, to].sort(), from, watches: [...readsOf(guard)].sort() },
            at: [...writers.filter(({ rule }) => rule === from).map(({ at }) => at), structure.rule.get(to)!.automation.at],
          }))
      })
    })

const commands = (reaction: TimedReaction, rule: string, attribute: string): Term =>
  any(writesOf(reaction, rule, attribute).map(({ guard }) => guard))

export const disabledForGood: TimedKind = {
  id: 'conflict/disabled-for-good',
  number: 'K9p',
  says: 'after a command of one rule the guard of another never holds again',
  strength: 3,
  shownBy: 'proof',
  onRequest: true,
  subjects: disablings,
  monitor: (subject, structure) => {
    const { attribute = '' } = subject
    const [from, to] = pairOf(subject)
    const guard = demandOf(structure, to)
    const since = (before: Term, reaction: TimedReaction): Term =>
      or(commands(reaction, from, attribute), and(bool(reaction.event.is !== 'restart'), before))
    return {
      ghosts: { flags: ['commanded'] },
      next: ({ flags, ...rest }, reaction) => ({ ...rest, flags: { commanded: since(flags['commanded'] ?? FALSE, reaction) } }),
      bad: ({ flags }, reaction) =>
        guard === undefined ? FALSE : and(since(flags['commanded'] ?? FALSE, reaction), truth(reaction.evaluate.after(guard))),
    }
  },
  severity: () => 'warning',
  text: (subject, never, named) => {
    const [from, to] = pairOf(subject).map(named)
    const { attribute = '' } = subject
    return never
      ? `the guard of ${to ?? ''} can hold again after ${from ?? ''} has commanded \`${attribute}\``
      : `once ${from ?? ''} has commanded \`${attribute}\`, the guard of ${to ?? ''} never holds again before a restart`
  },
}

/** Per actuator the values that some rule commands. */
const absorbing = (structure: TimedStructure): readonly TimedSubject[] =>
  [...structure.writers]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([attribute, writers]) => {
      if (structure.attributes.get(attribute)?.role !== 'actuator') return []
      const values = new Map<string, { readonly value: Value; readonly writers: Writer[] }>()
      for (const writer of writers) {
        if (writer.constant === undefined) continue
        const key = JSON.stringify(writer.constant)
        const own = values.get(key) ?? { value: writer.constant, writers: [] }
        values.set(key, own)
        own.writers.push(writer)
      }
      return [...values]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([text, own]): TimedSubject => ({
          ...{ key: `${attribute} = ${text}`, attribute, value: own.value, at: own.writers.map(({ at }) => at) },
          rules: [...new Set(own.writers.map(({ rule }) => rule))].sort(),
        }))
    })

export const neverLeft: TimedKind = {
  id: 'conflict/never-left',
  number: 'K21',
  says: 'no rule ever takes an actuator from a value that rules command',
  strength: 0.5,
  shownBy: 'proof',
  onRequest: true,
  subjects: absorbing,
  monitor: ({ attribute = '', value = null }, structure, words) => {
    const writers = [...new Set((structure.writers.get(attribute) ?? []).map(({ rule }) => rule))]
    return {
      ...remembersNothing,
      bad: (_, reaction) => {
        const [before, after] = [reaction.before(attribute), reaction.after(attribute)]
        return and(
          not(eq(before.by, int(-1))),
          equalValues(before.value, words.constant(value)),
          differentValues(before.value, after.value),
          any(writers.map((rule) => leaves(reaction, rule, attribute, words))),
        )
      },
    }
  },
  severity: () => 'relation',
  text: ({ attribute = '', value = null }, never) =>
    never
      ? `some rule takes \`${attribute}\` from ${JSON.stringify(value)} again`
      : `no rule ever takes \`${attribute}\` from ${JSON.stringify(value)} again`,
}
