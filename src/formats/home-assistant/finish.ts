/** The last pass over what was read: entities that follow others give way to what they follow, write sets are spelled out, steps come into their order. */
import type { Automation, AutomationExpression, Step, ThingAttribute, Trigger, UnmodelledPart } from '../../model/automation.ts'
import { holdsOpen } from '../node-red/expressions.ts'
import { domainOf } from './domains.ts'
import { withoutDerived } from './derived.ts'
import { type Home, outsideAttribute } from './home.ts'
import { expressionsOf, leaves, reachable, withoutIdle } from './prune.ts'

export function finishAutomations(home: Home): readonly Automation[] {
  return withoutUnread(home, finished(home))
}

/**
 * A helper that no automation here reads may hold any text: what is written to it is then a value from outside, not a part that is unmodelled.
 */
function withoutUnread(home: Home, automations: readonly Automation[]): readonly Automation[] {
  const read = new Set<string>()
  for (const automation of automations) {
    for (const expression of expressionsOf(automation)) leaves(expression, (leaf) => leaf.is === 'read' && read.add(leaf.attribute))
    const awaited = automation.steps.flatMap((step) => (step.do === 'await' ? step.triggers : []))
    for (const trigger of [...automation.triggers, ...awaited])
      if (trigger.on === 'change' || trigger.on === 'message') read.add(trigger.attribute)
  }
  const free = (step: Step): Step => {
    if (step.do !== 'set' || read.has(step.attribute) || !holdsOpen(step.value)) return step
    const { role, thing, type } = home.attributes.get(step.attribute)!
    // An entity may be read by other applications, whose readers must see that its value is open.
    if (role !== 'helper' || (home.inventory.helpers.get(thing) !== undefined && domainOf(thing) !== 'script')) return step
    home.assumptions.add(`what templates write to \`${step.attribute}\` is taken as any value: no automation here reads it`)
    const { id } = outsideAttribute(home, `${step.attribute}.written`, thing, type, true)
    return { ...step, value: { is: 'read', attribute: id } }
  }
  return automations.map((automation) => ({ ...automation, steps: automation.steps.map(free) }))
}

function finished(home: Home): readonly Automation[] {
  return home.automations.map((written) => {
    const automation = withoutIdle({ ...written, steps: reachable(written.entry, written.steps) })
    const over = (expression: AutomationExpression): AutomationExpression => withoutDerived(home, expression)
    const trigger = (one: Trigger): Trigger => {
      if (one.on === 'becomes') return { ...one, condition: over(one.condition), ...(one.for === undefined ? {} : { for: over(one.for) }) }
      return one.on === 'change' && one.for !== undefined ? { ...one, for: over(one.for) } : one
    }
    const made: Automation = {
      ...automation,
      guard: over(automation.guard),
      triggers: automation.triggers.map(trigger),
      steps: automation.steps.map((step) => finishStep(home, step, over, trigger)),
    }
    notFollowed(home, made)
    return made
  })
}

function finishStep(
  home: Home,
  step: Step,
  over: (expression: AutomationExpression) => AutomationExpression,
  trigger: (one: Trigger) => Trigger,
): Step {
  switch (step.do) {
    case 'set':
    case 'let':
      return { ...step, value: over(step.value) }
    case 'branch':
      return { ...step, cases: step.cases.map((one) => ({ ...one, when: over(one.when) })) }
    case 'delay':
      return { ...step, milliseconds: over(step.milliseconds) }
    case 'wait':
      return {
        ...step,
        until: over(step.until),
        ...(step.timeout === undefined ? {} : { timeout: { ...step.timeout, milliseconds: over(step.timeout.milliseconds) } }),
      }
    case 'await':
      return {
        ...step,
        triggers: step.triggers.map(trigger),
        ...(step.timeout === undefined ? {} : { timeout: { ...step.timeout, milliseconds: over(step.timeout.milliseconds) } }),
      }
    case 'unmodelled':
      return { ...step, writes: spelledOut(home, step.writes) }
    case 'emit':
    case 'call':
      return step
  }
}

/** `*light` and entities become attributes that something here names. */
export function spelledOut(home: Home, writes: readonly string[]): readonly string[] {
  const wanted = new Set<string>()
  for (const name of writes)
    for (const { id, thing } of home.attributes.values()) {
      if (/\.seconds_since_/.test(id)) continue
      const fits = name.startsWith('*')
        ? name === '*mqtt'
          ? id.startsWith('mqtt:')
          : domainOf(thing) === name.slice(1) && !thing.includes(':')
        : thing === name
      if (fits) wanted.add(id)
    }
  return [...wanted].sort()
}

/** Parts that something which is left leans on. */
export function finishParts(home: Home, automations: readonly Automation[]): readonly UnmodelledPart[] {
  const used = new Set<string>()
  for (const automation of automations) {
    for (const expression of expressionsOf(automation)) leaves(expression, (leaf) => leaf.is === 'any' && used.add(leaf.part))
    for (const step of automation.steps) {
      if (step.do === 'unmodelled') used.add(step.part)
      for (const trigger of step.do === 'await' ? step.triggers : []) if (trigger.on === 'unmodelled') used.add(trigger.part)
    }
    for (const trigger of automation.triggers) if (trigger.on === 'unmodelled') used.add(trigger.part)
  }
  return home.unmodelled
    .filter(({ id }) => used.has(id) || id.includes(' | follows '))
    .map((one) => ({ ...one, writes: spelledOut(home, one.writes) }))
}

/** Attributes that automations or their unmodelled parts write are actuators. */
export function finishAttributes(
  home: Home,
  automations: readonly Automation[],
  parts: readonly UnmodelledPart[],
): readonly ThingAttribute[] {
  const written = new Set([...home.commanded, ...parts.flatMap(({ writes }) => writes)])
  for (const { steps } of automations) for (const step of steps) if (step.do === 'set') written.add(step.attribute)
  return [...home.attributes.values()]
    .map((one): ThingAttribute => (one.role === 'sensor' && written.has(one.id) ? { ...one, role: 'actuator' } : one))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** An entity that follows a template which is not modelled is a part of who reads it. */
function notFollowed(home: Home, automation: Automation): void {
  const read = new Set<string>()
  for (const expression of expressionsOf(automation)) leaves(expression, (leaf) => leaf.is === 'read' && read.add(leaf.attribute))
  for (const trigger of automation.triggers) if (trigger.on === 'change') read.add(trigger.attribute)
  for (const id of [...read].sort()) {
    const made = home.inventory.templates.get(id)
    if (made?.state === undefined || home.followers.has(id)) continue
    const why = `the template that \`${id}\` follows: it is read as a value from outside`
    home.unmodelled.push({
      id: `${automation.id} | follows ${id}`,
      automation: automation.id,
      at: made.at,
      why,
      writes: [],
      declared: false,
    })
  }
}
