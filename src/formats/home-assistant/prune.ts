/** Leaves out steps that change nothing: values that nobody reads, branches whose ways are all one. What was not modelled in them counts no more. */
import type { Automation, AutomationExpression, Step } from '../../model/automation.ts'

/** The automation without them; runs set, fire, call and wait as before. */
export function withoutIdle(automation: Automation): Automation {
  let made = automation
  for (;;) {
    const next = pass(made)
    if (next.steps.length === made.steps.length) return next
    made = next
  }
}

function pass(automation: Automation): Automation {
  const byId = new Map(automation.steps.map((step) => [step.id, step]))
  const read = localsRead(automation)
  const ways = new Map<string, readonly string[]>()
  const open = new Set<string>()
  const way = (ids: readonly string[]): readonly string[] => ids.flatMap(forward)
  const forward = (id: string): readonly string[] => {
    const known = ways.get(id)
    if (known !== undefined) return known
    const step = byId.get(id)
    // A loop is left as it is.
    if (step === undefined || open.has(id)) return [id]
    open.add(id)
    const found = wayOf(step, way, read)
    open.delete(id)
    ways.set(id, found)
    return found
  }
  const entry = way(automation.entry)
  const steps = automation.steps.map((step) => forwarded(step, way))
  return { ...automation, entry, steps: reachable(entry, steps) }
}

function wayOf(step: Step, way: (ids: readonly string[]) => readonly string[], read: ReadonlySet<string>): readonly string[] {
  if (step.do === 'let') return read.has(step.local) ? [step.id] : way(step.next)
  if (step.do !== 'branch' || step.every) return [step.id]
  const after = way(step.next)
  const live = step.cases.filter(({ when }) => !(when.is === 'value' && when.value !== true))
  const sure = live.findIndex(({ when }) => when.is === 'value')
  const taken = sure < 0 ? live : live.slice(0, sure)
  const last = sure < 0 ? after : way(live[sure]!.next)
  const same = taken.every(({ next }) => JSON.stringify(way(next)) === JSON.stringify(last))
  return same ? last : [step.id]
}

function forwarded(step: Step, way: (ids: readonly string[]) => readonly string[]): Step {
  const next = way(step.next)
  if (step.do === 'branch') return { ...step, next, cases: step.cases.map((one) => ({ ...one, next: way(one.next) })) }
  if ((step.do === 'wait' || step.do === 'await') && step.timeout !== undefined)
    return { ...step, next, timeout: { ...step.timeout, next: way(step.timeout.next) } }
  return { ...step, next }
}

/** Steps that a run can reach, in the order in which they are met. */
export function reachable(entry: readonly string[], steps: readonly Step[]): readonly Step[] {
  const byId = new Map(steps.map((step) => [step.id, step]))
  const order: Step[] = []
  const seen = new Set<string>()
  const ahead = entry.toReversed()
  for (let id = ahead.pop(); id !== undefined; id = ahead.pop()) {
    const step = byId.get(id)
    if (step === undefined || seen.has(id)) continue
    seen.add(id)
    order.push(step)
    const timeout = step.do === 'wait' || step.do === 'await' ? (step.timeout?.next ?? []) : []
    const cases = step.do === 'branch' ? step.cases.flatMap((one) => one.next) : []
    ahead.push(...[...cases, ...step.next, ...timeout].toReversed())
  }
  return order
}

/** Every expression of an automation, as it stands. */
export function expressionsOf({ guard, triggers, steps }: Automation): readonly AutomationExpression[] {
  const ofTrigger = (list: Automation['triggers']): readonly AutomationExpression[] =>
    list.flatMap((one) => [
      ...(one.on === 'becomes' ? [one.condition] : []),
      ...(one.on === 'outside' ? [one.payload] : []),
      ...((one.on === 'becomes' || one.on === 'change') && one.for !== undefined ? [one.for] : []),
    ])
  return [
    guard,
    ...ofTrigger(triggers),
    ...steps.flatMap((step): readonly AutomationExpression[] => {
      switch (step.do) {
        case 'set':
        case 'let':
          return [step.value]
        case 'branch':
          return step.cases.map(({ when }) => when)
        case 'delay':
          return [step.milliseconds]
        case 'wait':
          return [step.until, ...(step.timeout === undefined ? [] : [step.timeout.milliseconds])]
        case 'await':
          return [...ofTrigger(step.triggers), ...(step.timeout === undefined ? [] : [step.timeout.milliseconds])]
        case 'emit':
        case 'call':
        case 'unmodelled':
          return []
      }
    }),
  ]
}

export function leaves(expression: AutomationExpression, visit: (leaf: AutomationExpression) => void): void {
  // Parts are shared: without this they would be visited once for each way to them.
  const seen = new Set<AutomationExpression>()
  const walk = (one: AutomationExpression): void => {
    if (seen.has(one)) return
    seen.add(one)
    if (one.is === 'apply') one.arguments.forEach(walk)
    else visit(one)
  }
  walk(expression)
}

function localsRead(automation: Automation): ReadonlySet<string> {
  const found = new Set<string>()
  for (const expression of expressionsOf(automation)) leaves(expression, (leaf) => leaf.is === 'local' && found.add(leaf.name))
  return found
}
