/**
 * What more kinds of conflict mean, by exhaustion: every reachable state, every outside event in it, every open choice. Stands on `step` alone.
 * Each set holds `attribute|from|to`, `from|to` or what the comment says.
 */
import type { AutomationExpression, Behaviour } from '../../src/model/automation.ts'
import { evaluate, toValue } from '../../src/verify/values.ts'
import type { State, Write } from '../../src/verify/interpreter.ts'
import { explore } from './reactions.ts'

export interface More {
  /** `from|to`: an action of the one started the other. */
  readonly k6: ReadonlySet<string>
  readonly k8: ReadonlySet<string>
  readonly k9: ReadonlySet<string>
  readonly k10: ReadonlySet<string>
  readonly k11: ReadonlySet<string>
  /** Rules of a circle, sorted. */
  readonly k13: readonly (readonly string[])[]
  /** `attribute|rule|rule`, rules in order. */
  readonly k15: ReadonlySet<string>
  /** `implied|other` of pairs that some reaction refutes. */
  readonly not16: ReadonlySet<string>
  readonly k32: ReadonlySet<string>
  /** `attribute|rule|guard`, or `trigger`. */
  readonly k34: ReadonlySet<string>
}

/** Complete where it answers: undefined beyond the limits, or where a reaction does not come to rest and does not come back to where it was. */
export function moreReachable(behaviour: Behaviour): More | undefined {
  const rules = behaviour.applications.flatMap(({ automations }) => automations)
  const actuators = new Set(behaviour.attributes.filter(({ role }) => role === 'actuator').map(({ id }) => id))
  const sensors = behaviour.attributes.filter(({ role }) => role === 'sensor')
  const modes = new Set(behaviour.attributes.filter(({ role, type }) => role === 'helper' && type.is === 'enum').map(({ id }) => id))
  const found = { k6: new Set<string>(), k8: new Set<string>(), k9: new Set<string>(), k10: new Set<string>(), k11: new Set<string>() }
  const more = { k15: new Set<string>(), not16: new Set<string>(), k32: new Set<string>(), k34: new Set<string>() }
  const k13: (readonly string[])[] = []
  const pair = (a: string, b: string): string => [a, b].sort().join('|')
  const complete = explore(behaviour, (before, reaction) => {
    const { writes, started, state } = reaction
    const cause = (write: Write): string | undefined => started.find(({ run }) => run === write.run)?.by
    if (reaction.loop && reaction.circle.size === 0) return false
    for (const { automation, by } of started) if (by !== undefined && by !== automation) found.k6.add(`${by}|${automation}`)
    if (reaction.loop) k13.push([...reaction.circle].sort())
    for (const a of writes)
      for (const b of writes) {
        if (a === b || a.automation === b.automation || a.attribute !== b.attribute) continue
        if (modes.has(a.attribute) && a.after !== b.after) more.k32.add(`${a.attribute}|${pair(a.automation, b.automation)}`)
        if (relative(behaviour, a) && relative(behaviour, b)) more.k15.add(`${a.attribute}|${pair(a.automation, b.automation)}`)
      }
    for (const a of writes)
      for (const { id } of rules)
        if (id !== a.automation && !writes.some((b) => b.automation === id && b.attribute === a.attribute && b.after === a.after))
          more.not16.add(`${a.automation}|${id}`)
    for (const { automation, run, trigger, by } of started) {
      const rule = rules.find(({ id }) => id === automation)!
      const source = by === undefined && trigger !== null ? rule.triggers[trigger] : undefined
      if (!writes.some((write) => write.run === run && actuators.has(write.attribute))) continue
      for (const { id } of sensors) {
        if (state.values.get(id) !== 'unavailable' || state.values.get(id) === undefined) continue
        const became = before.values.get(id) !== 'unavailable'
        if (source?.on === 'change' && source.attribute === id && source.from !== undefined && source.to === undefined && became)
          if (!source.from.includes('unavailable')) more.k34.add(`${id}|${automation}|trigger`)
        if (source?.on === 'becomes' && parts(source.condition).length === 1 && takes(source.condition, id) && became)
          more.k34.add(`${id}|${automation}|trigger`)
        if (parts(rule.guard).some((part) => takes(part, id))) more.k34.add(`${id}|${automation}|guard`)
      }
    }
    if (reaction.loop) return true
    for (const attribute of new Set(writes.map((write) => write.attribute))) {
      const all = writes.filter((write) => write.attribute === attribute)
      const last = all.at(-1)!
      const changed = toValue(before.values.get(attribute) ?? null) !== last.after
      for (const { id, guard } of rules) {
        if (!plain(guard) || !names(guard).has(attribute) || last.automation === id || !changed) continue
        const [was, is] = [holds(guard, before), holds(guard, state)]
        if (!was && is) found.k8.add(`${attribute}|${last.automation}|${id}`)
        if (was && !is) found.k9.add(`${attribute}|${last.automation}|${id}`)
      }
      for (const { id, guard, steps } of rules) {
        const same = (write: Write): boolean =>
          steps.some(
            (one) => one.do === 'set' && one.attribute === attribute && one.value.is === 'value' && one.value.value === write.after,
          )
        if (!plain(guard) || names(guard).size === 0 || holds(guard, before) || holds(guard, state)) continue
        for (const write of all) if (write.automation !== id && same(write)) found.k10.add(`${attribute}|${id}|${write.automation}`)
      }
      if (!actuators.has(attribute) || typeof last.after === 'number') continue
      for (const one of all)
        if (one.automation !== last.automation && typeof one.after !== 'number' && one.after !== last.after)
          if (all.some((write) => write.automation === last.automation && cause(write) === one.automation))
            found.k11.add(`${attribute}|${one.automation}|${last.automation}`)
    }
    return true
  })
  return complete !== undefined ? { ...found, k13, ...more } : undefined
}

/** What is written depends on what stands there. */
function relative(behaviour: Behaviour, { automation, step, attribute }: Write): boolean {
  const found = behaviour.applications.flatMap(({ automations }) => automations).find(({ id }) => id === automation)
  const set = found?.steps.find(({ id }) => id === step)
  return set?.do === 'set' && names(set.value).has(attribute)
}

const plain = (guard: AutomationExpression): boolean =>
  guard.is === 'apply' ? guard.arguments.every(plain) : guard.is === 'value' || guard.is === 'read'

const names = (guard: AutomationExpression): ReadonlySet<string> =>
  new Set(guard.is === 'read' ? [guard.attribute] : guard.is === 'apply' ? guard.arguments.flatMap((one) => [...names(one)]) : [])

const holds = (guard: AutomationExpression, { values }: State): boolean =>
  evaluate(guard, { attribute: (id) => values.get(id) ?? null, local: () => null, any: () => null }) === true

const parts = (guard: AutomationExpression): readonly AutomationExpression[] =>
  guard.is === 'apply' && guard.operator === 'and' ? guard.arguments.flatMap(parts) : [guard]

/** Reads the sensor alone, holds where it is unavailable, and says nothing of that. */
const takes = (part: AutomationExpression, id: string): boolean =>
  plain(part) &&
  names(part).size === 1 &&
  names(part).has(id) &&
  !JSON.stringify(part).includes('"unavailable"') &&
  evaluate(part, { attribute: () => 'unavailable', local: () => null, any: () => null }) === true
