/**
 * K19: one event starts two rules on a platform that gives them no order, one commands what the other looks at, and what stands in the end depends on which of them
 * comes first: the run is played in both orders. Two that command one attribute are K1 and K2.
 */
import { and, any, FALSE } from '../../src/smt/build.ts'
import type { ConflictKind, ConflictStructure, ConflictSubject, Rule } from '../reaction.ts'
import { differentValues } from '../symbolic-value.ts'
import { readsOf } from './conjuncts.ts'

const ordered = (a: Rule, b: Rule): boolean => a.automation.platform === 'node-red' && b.automation.platform === 'node-red'

/** What a trigger of the rule hears: attributes, events, starts. Calls and what comes from outside to one rule alone never reach two. */
const heard = ({ automation }: Rule): ReadonlySet<string> =>
  new Set(
    automation.triggers.flatMap((trigger) => {
      if (trigger.on === 'change' || trigger.on === 'message')
        return trigger.on === 'change' && trigger.for !== undefined ? [] : [trigger.attribute]
      if (trigger.on === 'becomes') return trigger.for === undefined ? [...readsOf(trigger.condition)] : []
      return trigger.on === 'start' ? ['start'] : []
    }),
  )

const subjects = (structure: ConflictStructure): readonly ConflictSubject[] => {
  const found = new Map<string, ConflictSubject>()
  for (const [attribute, readers] of structure.readers)
    for (const writer of structure.writers.get(attribute) ?? [])
      for (const reader of readers) {
        const [a, b] = [structure.rule.get(writer.rule), structure.rule.get(reader)]
        if (a === undefined || b === undefined || a === b || ordered(a, b) || b.writes.length === 0) continue
        const common = heard(a)
        if (![...heard(b)].some((name) => common.has(name))) continue
        const key = `${attribute} ${writer.rule} ${reader}`
        const at = [writer.at, b.automation.at]
        found.set(key, found.get(key) ?? { key, attribute, rules: [writer.rule, reader].sort(), from: writer.rule, at })
      }
  return [...found.values()]
}

const bad: ConflictKind['bad'] = ({ rules: [one = '', other = ''], from = '', attribute = '' }, reaction) => {
  const direct = (rule: string) =>
    any(reaction.started.filter((start) => start.rule === rule && (start.direct || start.run < 0)).map(({ guard }) => guard))
  const commands = reaction.writes.filter((write) => write.rule === from && write.attribute === attribute)
  const changes = any(commands.map((write) => and(write.guard, differentValues(write.value, reaction.before(attribute).value))))
  const met = and(direct(one), direct(other), changes)
  // Playing the other order takes as long as the run itself.
  return met === FALSE ? FALSE : and(met, reaction.turned(one, other))
}

export const race: ConflictKind = {
  id: 'conflict/race',
  number: 'K19',
  says: 'one event starts two rules in an open order, and what stands in the end depends on it',
  shownBy: 'run',
  apart: true,
  subjects,
  bad,
  sameEvent: bad,
  severity: () => 'warning',
  text: ({ rules, attribute = '' }, never, named) => {
    const who = rules.map(named).join(' and ')
    return never
      ? `${who} come to the same by \`${attribute}\` in either order`
      : `what ${who} leave depends on which comes first, by \`${attribute}\``
  },
}
