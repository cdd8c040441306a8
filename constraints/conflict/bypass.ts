/** K10: r2 gives a command that r1 gives too, while what r1's guard demands of attributes held neither before the reaction nor after it. */
import { and, any, FALSE, not } from '../../src/smt/build.ts'
import type { ConflictKind, ConflictStructure, ConflictSubject } from '../reaction.ts'
import { equalValues, truth } from '../symbolic-value.ts'
import { closedPart, readsOf } from './conjuncts.ts'

/** Per actuator and constant: each guarded rule that commands it, with each other. */
const subjects = (structure: ConflictStructure): readonly ConflictSubject[] =>
  [...structure.writers].flatMap(([attribute, writers]) => {
    if (structure.attributes.get(attribute)?.role !== 'actuator') return []
    const rules = [...new Set(writers.map(({ rule }) => rule))]
    const constants = (rule: string) =>
      writers.filter((writer) => writer.rule === rule && writer.constant !== undefined).map(({ constant }) => constant)
    return rules.flatMap((from) => {
      const guard = closedPart(structure.rule.get(from)?.automation.guard ?? { is: 'value', value: true })
      if (guard === undefined) return []
      return rules.flatMap((to): readonly ConflictSubject[] => {
        if (to === from || !constants(to).some((value) => constants(from).includes(value))) return []
        const at = writers.filter(({ rule }) => rule === from || rule === to).map((writer) => writer.at)
        return [{ key: `${attribute} ${from} ${to}`, attribute, rules: [from, to].sort(), from, watches: [...readsOf(guard)], at }]
      })
    })
  })

const bad: ConflictKind['bad'] = ({ rules, from = '', attribute = '' }, reaction, structure, words) => {
  const to = rules.find((rule) => rule !== from) ?? ''
  const guard = closedPart(structure.rule.get(from)?.automation.guard ?? { is: 'value', value: true })
  if (guard === undefined) return FALSE
  const wanted = (structure.writers.get(attribute) ?? []).flatMap(({ rule, constant }) =>
    rule === from && constant !== undefined ? [words.constant(constant)] : [],
  )
  const given = reaction.writes
    .filter((write) => write.rule === to && write.attribute === attribute)
    .map((write) => and(write.guard, any(wanted.map((value) => equalValues(write.value, value)))))
  return and(any(given), not(truth(reaction.evaluate.before(guard))), not(truth(reaction.evaluate.after(guard))))
}

export const bypass: ConflictKind = {
  id: 'conflict/bypass',
  number: 'K10',
  says: 'a rule gives a command that another gives only under a guard, while that guard does not hold',
  shownBy: 'run',
  subjects,
  bad,
  sameEvent: bad,
  severity: () => 'relation',
  text: ({ rules, from = '', attribute = '' }, never, named) => {
    const to = named(rules.find((rule) => rule !== from) ?? '')
    return `${to} ${never ? 'never commands' : 'commands'} \`${attribute}\` as ${named(from)} does, without the guard of that rule`
  },
}
