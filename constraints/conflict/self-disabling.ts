/**
 * K11: a command of r1 starts r2 (not by a call or an event), and in the same reaction r2 commands an actuator that r1 commanded to another value, which stands in
 * the end. Numbers are left aside: to command 40 % where another said 100 % adjusts, it does not undo.
 */
import { and, any, eq, FALSE, int, not } from '../../src/smt/build.ts'
import type { ConflictKind, ConflictSubject } from '../reaction.ts'
import { differentValues } from '../symbolic-value.ts'
import { causedBy, causesIn, declaredSuccessors, startedBy } from './causes.ts'

const bad: ConflictKind['bad'] = ({ rules, from = '', attribute = '' }, reaction, _, words) => {
  const to = rules.find((rule) => rule !== from) ?? ''
  const starts = startedBy(reaction, from, to)
  if (starts === FALSE) return FALSE
  const { value, by } = reaction.after(attribute)
  const of = (rule: string) => reaction.writes.filter((write) => write.rule === rule && write.attribute === attribute)
  const undone = any(of(from).map((write) => and(write.guard, not(write.value.isNumber), differentValues(write.value, value))))
  const undoes = any(
    of(to)
      .filter((write) => causedBy(write, from))
      .map((write) => write.guard),
  )
  return and(starts, undone, undoes, eq(by, int(words.ruleIndex(to))), not(value.isNumber))
}

export const selfDisabling: ConflictKind = {
  id: 'conflict/self-disabling',
  number: 'K11',
  says: 'a command of one rule starts another, which undoes it at once',
  shownBy: 'run',
  apart: true,
  subjects: (structure) => {
    const all = causesIn(structure)
    return structure.rules.flatMap((rule) => {
      const causes = (all.get(rule.automation.id) ?? []).filter(({ from, to }) => from !== to)
      if (causes.length === 0) return []
      const declared = declaredSuccessors(structure, rule)
      return causes.flatMap(({ from, to }) =>
        declared.has(to)
          ? []
          : [...new Set(rule.writes.map(({ attribute }) => attribute))].sort().flatMap((attribute): readonly ConflictSubject[] => {
              const own = rule.writes.filter((writer) => writer.attribute === attribute)
              const others = (structure.writers.get(attribute) ?? []).filter((writer) => writer.rule === to)
              const constants = [...own, ...others].map(({ constant }) => constant)
              const apart = constants.includes(undefined) || new Set(constants).size > 1
              const numbers = structure.attributes.get(attribute)?.type.is === 'number'
              if (others.length === 0 || !apart || numbers || structure.attributes.get(attribute)?.role !== 'actuator') return []
              return [
                {
                  key: `${attribute} ${from} ${to}`,
                  attribute,
                  rules: [from, to].sort(),
                  from,
                  watches: [attribute],
                  at: [...own, ...others].map(({ at }) => at),
                },
              ]
            }),
      )
    })
  },
  bad,
  sameEvent: () => FALSE,
  severity: () => 'warning',
  text: ({ rules, from = '', attribute = '' }, never, named) => {
    const to = named(rules.find((rule) => rule !== from) ?? '')
    return never
      ? `${to} never undoes at once what ${named(from)} commands \`${attribute}\``
      : `${named(from)} starts ${to}, which undoes its command of \`${attribute}\` at once`
  },
}
