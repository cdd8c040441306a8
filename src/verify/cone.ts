/** Cuts a behaviour down to what can influence some automations: the rest may run or not, these do the same. */
import type { Automation, Behaviour } from '../model/automation.ts'
import { expressionsOf, indexOf, listensTo, readsOf, triggersOf } from './behaviour-index.ts'

/**
 * The automations and everything that can start them or change what they read. Others never write what these see, and neither order nor queues let them change
 * the order among these; only a reaction that one of the others keeps from coming to rest ends sooner in the whole.
 */
export function coneOf(behaviour: Behaviour, automations: Iterable<string>): Behaviour {
  const ids = [...new Set(automations)].sort()
  const asked = askedFor.get(behaviour) ?? new Map<string, Behaviour>()
  askedFor.set(behaviour, asked)
  const name = ids.join('\u0000')
  const cone = asked.get(name) ?? coneAround(behaviour, ids)
  asked.set(name, cone)
  return cone
}

/** By the automations that are asked for. */
const askedFor = new WeakMap<Behaviour, Map<string, Behaviour>>()

function coneAround(behaviour: Behaviour, automations: readonly string[]): Behaviour {
  const index = indexOf(behaviour)
  const known = kept.get(behaviour) ?? new Map<string, Behaviour>()
  kept.set(behaviour, known)
  const influences = influencesIn(behaviour)
  const inside = new Set<string>()
  for (const id of automations) if (index.byId.has(id)) for (const other of influences(id)) inside.add(other)
  const key = [...inside]
    .map((id) => index.byId.get(id)!.place)
    .sort((a, b) => a - b)
    .join(' ')
  const before = known.get(key)
  if (before !== undefined) return before
  const touched = new Set([...inside].flatMap((id) => touchedBy(index.byId.get(id)!.automation)))
  const cone = {
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

const influencesOnce = new WeakMap<Behaviour, (automation: string) => ReadonlySet<string>>()

/** By automation: itself and all that can influence it, found when it is asked for. */
function influencesIn(behaviour: Behaviour): (automation: string) => ReadonlySet<string> {
  const before = influencesOnce.get(behaviour)
  if (before !== undefined) return before
  const { automations, byId } = indexOf(behaviour)
  const makers = makersOf(automations.map(({ automation }) => automation))
  const next = new Map<string, readonly string[]>()
  const nextOf = (id: string): readonly string[] => {
    const known = next.get(id)
    if (known !== undefined) return known
    const { automation } = byId.get(id)!
    // Nothing that it calls may be missing, whether it matters or not.
    const called = automation.steps.flatMap((step) => (step.do === 'call' ? [step.automation] : []))
    const all = [...new Set([...needs(automation).flatMap((need) => makers.get(need) ?? []), ...called])].filter((other) => byId.has(other))
    next.set(id, all)
    return all
  }
  const found = new Map<string, ReadonlySet<string>>()
  const influences = (automation: string): ReadonlySet<string> => {
    const known = found.get(automation)
    if (known !== undefined) return known
    const inside = new Set([automation])
    for (const id of inside) for (const other of nextOf(id)) inside.add(other)
    found.set(automation, inside)
    return inside
  }
  influencesOnce.set(behaviour, influences)
  return influences
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
