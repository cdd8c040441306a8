/** Cuts a behaviour down to what can influence some automations: the rest may run or not, these do the same. */
import type { Automation, Behaviour } from '../model/automation.ts'
import { expressionsOf, indexOf, listensTo, readsOf, triggersOf } from './behaviour-index.ts'

/**
 * The automations and everything that can start them or change what they read. Others never write what these see, and neither order nor queues let them change
 * the order among these; only a reaction that one of the others keeps from coming to rest ends sooner in the whole.
 */
export function coneOf(behaviour: Behaviour, automations: Iterable<string>): Behaviour {
  const index = indexOf(behaviour)
  const known = kept.get(behaviour) ?? new Map<string, Behaviour>()
  kept.set(behaviour, known)
  const inside = new Set<string>()
  const ahead = [...automations]
  const makers = makersIn(behaviour)
  for (let id = ahead.pop(); id !== undefined; id = ahead.pop()) {
    const indexed = index.byId.get(id)
    if (indexed === undefined || inside.has(id)) continue
    inside.add(id)
    for (const need of needs(indexed.automation)) ahead.push(...(makers.get(need) ?? []))
    // Nothing that it calls may be missing, whether it matters or not.
    for (const step of indexed.automation.steps) if (step.do === 'call') ahead.push(step.automation)
  }
  const key = JSON.stringify([...inside].sort())
  const touched = new Set([...inside].flatMap((id) => touchedBy(index.byId.get(id)!.automation)))
  const cone = known.get(key) ?? {
    ...behaviour,
    attributes: behaviour.attributes.filter(({ id }) => touched.has(id)),
    applications: behaviour.applications.map((application) => ({
      ...application,
      automations: application.automations.filter(({ id }) => inside.has(id)),
    })),
  }
  known.set(key, cone)
  return cone
}

/** INVARIANT: the same automations give the same value, so that whatever is known of it is known once. */
const kept = new WeakMap<Behaviour, Map<string, Behaviour>>()

/** Attributes that an automation reads, listens to or writes. */
function touchedBy(automation: Automation): readonly string[] {
  return [
    ...expressionsOf(automation).flatMap(readsOf),
    ...triggersOf(automation).flatMap(listensTo),
    ...automation.steps.flatMap((step) => (step.do === 'set' ? [step.attribute] : step.do === 'unmodelled' ? step.writes : [])),
  ]
}

/** What an automation listens to or reads: attributes, events, calls of itself. */
function needs(automation: Automation): readonly string[] {
  const attributes = [...expressionsOf(automation).flatMap(readsOf), ...triggersOf(automation).flatMap(listensTo)]
  const events = triggersOf(automation).flatMap((trigger) => (trigger.on === 'event' ? [`event ${trigger.event}`] : []))
  return [...attributes.map((id) => `attribute ${id}`), ...events, `call ${automation.id}`]
}

const makersOnce = new WeakMap<Behaviour, ReadonlyMap<string, readonly string[]>>()

function makersIn(behaviour: Behaviour): ReadonlyMap<string, readonly string[]> {
  const makers = makersOnce.get(behaviour) ?? makersOf(indexOf(behaviour).automations.map(({ automation }) => automation))
  makersOnce.set(behaviour, makers)
  return makers
}

function makersOf(automations: readonly Automation[]): ReadonlyMap<string, readonly string[]> {
  const makers = new Map<string, string[]>()
  const make = (what: string, id: string): unknown => makers.get(what)?.push(id) ?? makers.set(what, [id])
  for (const { id, steps } of automations) {
    for (const step of steps) {
      if (step.do === 'set') make(`attribute ${step.attribute}`, id)
      if (step.do === 'unmodelled') for (const attribute of step.writes) make(`attribute ${attribute}`, id)
      if (step.do === 'emit') make(`event ${step.event}`, id)
      if (step.do === 'call') make(`call ${step.automation}`, id)
    }
  }
  return makers
}
