/** Which unmodelled parts decide that a run shows something, and who commanded what stands. */
import { CHANCE } from '../model/automation.ts'
import type { Automation, AutomationExpression, Behaviour } from '../model/automation.ts'
import { visitParts } from '../model/expression-size.ts'
import type { OutsideEvent, Run } from '../model/conflict.ts'
import { awaitedBy, expressionsOf, indexOf, triggersOf } from './behaviour-index.ts'
import type { Reaction } from './reaction.ts'

/** The place in a run where it shows something: after that many answers of unmodelled parts in the last of these reactions. */
export interface Shown {
  readonly reaction: number
  readonly asked: number
}

/**
 * Parts of the cone that answered before the place, sorted. What answers later, or outside the cone of what is shown, cannot take it back: whatever it answers,
 * the run comes to the same place.
 */
export function partsBefore(cone: Behaviour, run: Run, reactions: readonly Reaction[], shown: Shown): readonly string[] {
  const inside = partsIn(cone)
  const answered = reactions
    .slice(0, shown.reaction + 1)
    .flatMap(({ asked }, at) => (at < shown.reaction ? asked : asked.slice(0, shown.asked)))
  const pulled = run.events.slice(0, shown.reaction + 1).flatMap((event) => pulledParts(cone, event))
  return [...new Set([...answered.filter((part) => inside.has(part)), ...pulled])].sort()
}

/** The unmodelled parts of an event: of a trigger that is not modelled, or that carries what is not. A payload that its author left open is no such part. */
function pulledParts(behaviour: Behaviour, event: OutsideEvent): readonly string[] {
  if ((event.is !== 'pull' && event.is !== 'resume') || event.trigger === undefined) return []
  const automation = indexOf(behaviour).byId.get(event.automation)
  const step = event.is === 'resume' ? automation?.steps.get(event.step) : undefined
  const trigger = event.is === 'pull' ? automation?.automation.triggers[event.trigger] : step && awaitedBy(step)[event.trigger]
  if (trigger?.on === 'unmodelled') return [trigger.part]
  if (trigger?.on !== 'outside') return []
  const listed = new Set(behaviour.applications.flatMap(({ unmodelled }) => unmodelled.map(({ id }) => id)))
  return openIn(trigger.payload).filter((part) => listed.has(part))
}

/** Behaviours and automations are values: what is in them is found once. */
const partsOnce = new WeakMap<Behaviour, ReadonlySet<string>>()
const ownOnce = new WeakMap<Automation, readonly string[]>()

function partsIn(behaviour: Behaviour): ReadonlySet<string> {
  const known = partsOnce.get(behaviour) ?? new Set(indexOf(behaviour).automations.flatMap(({ automation }) => ownParts(automation)))
  partsOnce.set(behaviour, known)
  return known
}

function ownParts(automation: Automation): readonly string[] {
  const known = ownOnce.get(automation) ?? [
    ...automation.steps.flatMap((step) => (step.do === 'unmodelled' ? [step.part] : [])),
    ...triggersOf(automation).flatMap((trigger) => (trigger.on === 'unmodelled' ? [trigger.part] : [])),
    ...expressionsOf(automation).flatMap(openIn),
  ]
  ownOnce.set(automation, known)
  return known
}

function openIn(expression: AutomationExpression): readonly string[] {
  const parts: string[] = []
  visitParts(expression, (part) => part.is === 'any' && part.part !== CHANCE && parts.push(part.part))
  return parts
}

/** By reaction: which automation commanded each attribute last, where the world or a restart has not taken it back since. */
export function commanders(behaviour: Behaviour, run: Run, reactions: readonly Reaction[]): readonly ReadonlyMap<string, string>[] {
  const by = new Map<string, string>()
  return reactions.map(({ writes }, at) => {
    const event = run.events[at]
    if (event?.is === 'write') by.delete(event.attribute)
    if (event?.is === 'restart')
      for (const { id, role, restored } of behaviour.attributes) if (role === 'helper' && !restored) by.delete(id)
    for (const { attribute, automation } of writes) by.set(attribute, automation)
    return new Map(by)
  })
}
