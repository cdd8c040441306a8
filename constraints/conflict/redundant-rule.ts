/** K16: whatever r2 commands in any reaction, r1 commands to the same value in the same reaction: r2 could be left out. Rules that only command, at once. */
import { and, any, not } from '../../src/smt/build.ts'
import type { ConflictKind, ConflictStructure, ConflictSubject, Rule } from '../reaction.ts'
import { equalValues } from '../symbolic-value.ts'
import { readsOf } from './conjuncts.ts'

const commandsOnly = ({ live, steps, reachable, writes }: Rule): boolean =>
  live && writes.length > 0 && [...reachable].every((id) => ['set', 'let', 'branch'].includes(steps.get(id)?.do ?? ''))

const heard = ({ automation: { triggers } }: Rule): ReadonlySet<string> =>
  new Set(
    triggers.flatMap((trigger) => {
      if (trigger.on === 'change' || trigger.on === 'message') return [trigger.attribute]
      if (trigger.on === 'becomes') return [...readsOf(trigger.condition)]
      return trigger.on === 'event' ? [`event ${trigger.event}`] : trigger.on === 'start' ? ['start'] : ['another']
    }),
  )

/** Rules that write the same attributes, of which the one hears all that the other hears; constants of the one among those of the other. */
const subjects = (structure: ConflictStructure): readonly ConflictSubject[] => {
  const groups = new Map<string, Rule[]>()
  for (const rule of structure.rules) {
    if (!commandsOnly(rule)) continue
    const key = [...new Set(rule.writes.map(({ attribute }) => attribute))].sort().join(' ')
    groups.set(key, [...(groups.get(key) ?? []), rule])
  }
  return [...groups.values()].flatMap((group) =>
    group.flatMap((implied) =>
      group.flatMap((rule): readonly ConflictSubject[] => {
        const hears = heard(rule)
        const [from, to] = [rule.automation.id, implied.automation.id]
        if (rule === implied || ![...heard(implied)].every((name) => name !== 'another' && hears.has(name))) return []
        const given = (write: Rule['writes'][number]): boolean =>
          rule.writes.some(
            (one) =>
              one.attribute === write.attribute &&
              (one.constant === undefined || write.constant === undefined || one.constant === write.constant),
          )
        if (!implied.writes.every(given)) return []
        const at = [implied.automation.at, rule.automation.at]
        const attribute = implied.writes[0]!.attribute
        return [{ key: `${to} by ${from}`, attribute, rules: [from, to].sort(), from, at }]
      }),
    ),
  )
}

const refuted: ConflictKind['bad'] = ({ rules, from = '' }, reaction) => {
  const to = rules.find((rule) => rule !== from) ?? ''
  const own = reaction.writes.filter((write) => write.rule === from)
  return any(
    reaction.writes
      .filter((write) => write.rule === to)
      .map((write) =>
        and(
          write.guard,
          not(
            any(
              own
                .filter(({ attribute }) => attribute === write.attribute)
                .map((one) => and(one.guard, equalValues(one.value, write.value))),
            ),
          ),
        ),
      ),
  )
}

export const redundantRule: ConflictKind = {
  id: 'conflict/redundant-rule',
  number: 'K16',
  says: 'whatever a rule commands, another commands in the same reaction',
  shownBy: 'proof',
  subjects,
  bad: refuted,
  sameEvent: () => any([]),
  severity: () => 'relation',
  text: ({ rules, from = '' }, never, named) => {
    const to = named(rules.find((rule) => rule !== from) ?? '')
    return never ? `${to} commands what ${named(from)} does not` : `whatever ${to} commands, ${named(from)} commands too`
  },
}
