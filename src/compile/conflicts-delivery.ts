/** Delivers one event on terms: in the order of the list, or in every order where the platform gives none and it makes a difference. */
import type { Rule } from '../../constraints/reaction.ts'
import { and, any, distinct, eq, int, lt, TRUE } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'
import { cutOff, type Machine } from './conflicts-machine.ts'
import { orderGroups } from './conflicts-order.ts'
import { beginIn, leaveIn, startIn } from './conflicts-running.ts'
import type { Occurrence } from './conflicts-token.ts'

type Heard = Extract<Occurrence, { is: 'event' }>['heard'][number]

export const deliver = (machine: Machine, occurrence: Occurrence): void => {
  const { structure, bounds } = machine.context
  const { guard, chain } = occurrence
  if (chain.length > bounds.chain) {
    const rules = occurrence.is === 'woken' ? [occurrence.token.rule] : occurrence.heard.map((one) => one.rule.automation.id)
    cutOff(machine, guard, rules, 'events follow one another beyond the bound')
    return
  }
  if (occurrence.is === 'woken') {
    const { token, locals, direct } = occurrence
    const rule = structure.rule.get(token.rule)!
    const further = { length: chain.length + 1, rule: chain.rule, before: chain.before }
    const begun = token.begun === undefined ? {} : { begun: token.begun }
    leaveIn(machine, { rule, step: token.step, run: token.run, locals, guard, ...begun }, { timedOut: false, direct, chain: further })
    return
  }
  deliverToAll(machine, occurrence)
}

const matchOf = ({ cause }: Heard): Term => any(cause.triggers.map(({ match }) => match))

const startOne = (machine: Machine, { guard, direct, chain }: Occurrence, { rule, cause }: Heard, when: Term): void => {
  const attempts =
    rule.automation.platform === 'home-assistant' ? cause.triggers.map((trigger) => ({ ...cause, triggers: [trigger] })) : [cause]
  for (const attempt of attempts) {
    const match = any(attempt.triggers.map((trigger) => trigger.match))
    beginIn(machine, startIn(machine, rule, and(guard, match, when), attempt, direct, chain))
  }
}

const isRed = (rule: Rule): boolean => rule.automation.platform === 'node-red'

const deliverToAll = (machine: Machine, occurrence: Extract<Occurrence, { is: 'event' }>): void => {
  const { listeners, bounds } = machine.context
  const { heard, guard } = occurrence
  const groups = orderGroups(
    heard.map((one) => one.rule),
    listeners,
  )
  const grouped = new Map(groups.flatMap((group) => group.map((rule) => [rule, group] as const)))
  const done = new Set<readonly Rule[]>()
  for (const one of heard) {
    const group = grouped.get(one.rule) ?? [one.rule]
    if (group.length === 1 || group.every(isRed)) {
      startOne(machine, occurrence, one, TRUE)
      continue
    }
    if (done.has(group)) continue
    done.add(group)
    const members = heard.filter((other) => group.includes(other.rule))
    if (members.length > bounds.permuted) {
      const names = members.map((member) => member.rule.automation.id)
      cutOff(machine, and(guard, any(members.map(matchOf))), names, 'too many rules start at once in an open order')
    } else inEveryOrder(machine, occurrence, members)
  }
}

const inEveryOrder = (machine: Machine, occurrence: Occurrence, members: readonly Heard[]): void => {
  const { coding } = machine.context
  const label = coding.fresh(`${machine.name}:order`)
  const all = [...members.keys()]
  const places = members.map((_, index) => coding.limited(`${label}.${index}`, all))
  machine.orders.push(distinct(...places))
  const listed = places.filter((_, index) => isRed(members[index]!.rule))
  listed.slice(1).forEach((place, index) => machine.orders.push(lt(listed[index]!, place)))
  machine.choices.push({
    is: 'order',
    guard: occurrence.guard,
    rules: members.map((member, index) => ({ rule: member.rule.automation.id, starts: matchOf(member), place: places[index]! })),
  })
  for (const place of all) members.forEach((member, index) => startOne(machine, occurrence, member, eq(places[index]!, int(place))))
}
