/** K8 and K9: a command of r1 that stands when the reaction has come to rest turned what r2's guard demands of attributes true, or false. */
import { and, eq, FALSE, int, not } from '../../src/smt/build.ts'
import type { ConflictKind, ConflictStructure, ConflictSubject } from '../reaction.ts'
import { differentValues, truth } from '../symbolic-value.ts'
import { closedPart, readsOf } from './conjuncts.ts'

/** Per attribute: each writer with each other rule whose guard reads it. */
const subjects = (structure: ConflictStructure): readonly ConflictSubject[] =>
  [...structure.readers].flatMap(([attribute, readers]) => {
    const writers = structure.writers.get(attribute) ?? []
    if (writers.length === 0) return []
    return readers.flatMap((to): readonly ConflictSubject[] => {
      const rule = structure.rule.get(to)
      const guard = rule === undefined ? undefined : closedPart(rule.automation.guard)
      if (rule === undefined || guard === undefined || !readsOf(guard).has(attribute)) return []
      return [...new Set(writers.map((writer) => writer.rule))]
        .filter((from) => from !== to)
        .map((from) => ({
          key: `${attribute} ${from} ${to}`,
          attribute,
          rules: [from, to].sort(),
          from,
          watches: [...readsOf(guard)],
          at: [...writers.filter((writer) => writer.rule === from).map(({ at }) => at), rule.automation.at],
        }))
    })
  })

const turning = (to: 'true' | 'false'): Pick<ConflictKind, 'shownBy' | 'subjects' | 'bad' | 'sameEvent' | 'severity'> => {
  const bad: ConflictKind['bad'] = ({ rules, from = '', attribute = '' }, reaction, structure, words) => {
    const guard = closedPart(
      structure.rule.get(rules.find((rule) => rule !== from) ?? '')?.automation.guard ?? { is: 'value', value: true },
    )
    if (guard === undefined || !reaction.writes.some((write) => write.rule === from && write.attribute === attribute)) return FALSE
    const [before, after] = [truth(reaction.evaluate.before(guard)), truth(reaction.evaluate.after(guard))]
    const stands = reaction.after(attribute)
    return and(
      eq(stands.by, int(words.ruleIndex(from))),
      differentValues(stands.value, reaction.before(attribute).value),
      to === 'true' ? not(before) : before,
      to === 'true' ? after : not(after),
    )
  }
  return { shownBy: 'run', subjects, bad, sameEvent: bad, severity: () => 'relation' }
}

const textOf =
  (does: string): ConflictKind['text'] =>
  ({ rules, from = '', attribute = '' }, never, named) =>
    `${never ? 'no' : 'a'} command of \`${attribute}\` by ${named(from)} ${does} the guard of ${named(rules.find((rule) => rule !== from) ?? '')}`

export const enabling: ConflictKind = {
  id: 'conflict/enabling',
  number: 'K8',
  says: "a command of one rule turns another's guard true",
  ...turning('true'),
  text: textOf('enables'),
}

export const disabling: ConflictKind = {
  id: 'conflict/disabling',
  number: 'K9',
  says: "a command of one rule turns another's guard false",
  ...turning('false'),
  text: textOf('disables'),
}
