/** K6: a command of r1 makes r2's trigger edge and its guard true within the reaction, and r1 neither calls r2 nor emits an event for it. */
import type { ConflictKind, ConflictSubject } from '../reaction.ts'
import { causesIn, declaredSuccessors, startedBy } from './causes.ts'

export const covertTrigger: ConflictKind = {
  id: 'conflict/covert-trigger',
  number: 'K6',
  says: 'a command of one rule starts another that it does not name',
  shownBy: 'run',
  apart: true,
  // One subject per pair; the attribute is the first by which the one may start the other.
  subjects: (structure) => {
    const all = causesIn(structure)
    return structure.rules.flatMap((rule) => {
      const causes = all.get(rule.automation.id) ?? []
      const declared = causes.length === 0 ? new Set<string>() : declaredSuccessors(structure, rule)
      return causes
        .filter(({ from, to }) => from !== to && !declared.has(to))
        .map(({ from, to, writers }): ConflictSubject => ({
          key: `${from} ${to}`,
          attribute: writers[0]!.attribute,
          rules: [from, to].sort(),
          from,
          at: writers.map(({ at }) => at),
        }))
    })
  },
  bad: ({ rules, from = '' }, reaction) => startedBy(reaction, from, rules.find((rule) => rule !== from) ?? ''),
  sameEvent: ({ rules, from = '' }, reaction) => startedBy(reaction, from, rules.find((rule) => rule !== from) ?? ''),
  severity: () => 'relation',
  text: ({ rules, from = '' }, never, named) => {
    const to = named(rules.find((rule) => rule !== from) ?? '')
    return never ? `no command of ${named(from)} starts ${to}` : `a command of ${named(from)} starts ${to}`
  },
}
