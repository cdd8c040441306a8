/** Whether one outside event can lead to actions of two automations: who can make whom act within a reaction, values left aside. No solver. */
import type { Behaviour, Trigger } from '../model/automation.ts'
import { awaitedBy, indexOf, stepKey } from './behaviour-index.ts'
import { livenessOf } from './liveness.ts'

/** By automation the outside events, numbered, in whose reaction it can act. INVARIANT: a superset of what any run shows. */
type Origins = ReadonlyMap<string, ReadonlySet<number>>

const known = new WeakMap<Behaviour, Origins>()

/** Never false where some reaction has both act. */
export function couldActTogether(behaviour: Behaviour, a: string, b: string): boolean {
  const origins = known.get(behaviour) ?? originsOf(behaviour)
  known.set(behaviour, origins)
  const [some, others] = [origins.get(a), origins.get(b)]
  if (some === undefined || others === undefined) return false
  for (const origin of some) if (others.has(origin)) return true
  return false
}

function originsOf(behaviour: Behaviour): Origins {
  const heard = hearersOf(behaviour)
  const follow = new Map<string, ReadonlySet<string>>()
  const reach = (start: string): ReadonlySet<string> => {
    const before = follow.get(start)
    if (before !== undefined) return before
    const found = new Set([start])
    for (const id of found) for (const next of heard.after.get(id) ?? []) found.add(next)
    follow.set(start, found)
    return found
  }
  const origins = new Map<string, Set<number>>()
  for (const [origin, begun] of heard.begun.entries())
    for (const start of begun)
      for (const id of reach(start)) {
        const own = origins.get(id)
        if (own === undefined) origins.set(id, new Set([origin]))
        else own.add(origin)
      }
  return origins
}

interface Hearers {
  /** Per outside event the automations that it starts or lets go on. */
  readonly begun: readonly ReadonlySet<string>[]
  /** Per automation those that its actions start or let go on. */
  readonly after: ReadonlyMap<string, ReadonlySet<string>>
}

function hearersOf(behaviour: Behaviour): Hearers {
  const index = indexOf(behaviour)
  const liveness = livenessOf(behaviour)
  const living = index.automations.map(({ automation }) => automation).filter(({ id }) => liveness.automations.has(id))
  const events = new Map<string, Set<string>>()
  const onEvent = (event: string, id: string): unknown => events.get(event)?.add(id) ?? events.set(event, new Set([id]))
  const byWrite = (attribute: string): ReadonlySet<string> => {
    const [written, became, woken] = [index.onWrite.get(attribute), index.onBecomes.get(attribute), index.wakes.get(attribute)]
    // What has to last starts nothing within the reaction.
    const started = [...(written ?? []), ...(became ?? [])]
      .filter(({ automation, trigger }) => !lasts(automation.automation.triggers[trigger]))
      .map(({ automation }) => automation.automation.id)
    return new Set([...started, ...[...(woken ?? [])].map((key) => key.slice(0, key.indexOf('\u0000')))])
  }
  for (const { id, triggers, steps } of living)
    for (const trigger of [...triggers, ...steps.flatMap(awaitedBy)]) if (trigger.on === 'event') onEvent(trigger.event, id)
  const after = new Map<string, ReadonlySet<string>>()
  for (const { id, steps } of living) {
    const next = new Set<string>()
    for (const step of steps) {
      if (!liveness.steps.has(stepKey(id, step.id))) continue
      const written = step.do === 'set' ? [step.attribute] : step.do === 'unmodelled' ? step.writes : []
      for (const attribute of written) byWrite(attribute).forEach((one) => next.add(one))
      if (step.do === 'emit') events.get(step.event)?.forEach((one) => next.add(one))
      if (step.do === 'call') next.add(step.automation)
    }
    after.set(id, next)
  }
  const own = living.flatMap(({ id, triggers, steps }) => {
    const pulled = triggers.filter(comesAlone).length + steps.filter((step) => ['delay', 'wait', 'await'].includes(step.do)).length
    return Array.from({ length: pulled }, () => new Set([id]))
  })
  const restarted = new Set(living.filter(({ triggers }) => triggers.some(({ on }) => on === 'start')).map(({ id }) => id))
  const outside = behaviour.attributes.filter((attribute) => attribute.outside).map(({ id }) => byWrite(id))
  return { begun: [...outside, ...own, restarted], after }
}

const lasts = (trigger: Trigger | undefined): boolean =>
  (trigger?.on === 'change' || trigger?.on === 'becomes') && trigger.for !== undefined

/** Whether the trigger comes with no event of the model: from outside, by the clock, or because it has lasted. */
function comesAlone(trigger: Trigger): boolean {
  return lasts(trigger) || trigger.on === 'outside' || trigger.on === 'time' || trigger.on === 'unmodelled'
}
