/** Drops what an automation never reads: properties of messages that other automations need are kept per automation only where something behind looks at them. */
import type { AutomationExpression, Step } from '../../model/automation.ts'
import { mapLeaves } from './expressions.ts'

/** The steps of each node without assignments that nothing reads; a node keeps its first id and at least one step. */
export function withoutIdle(nodes: readonly (readonly Step[])[]): readonly (readonly Step[])[] {
  let now = nodes
  for (;;) {
    const read = new Set(now.flat().flatMap((step) => expressionsOf(step).flatMap(localsOf)))
    const isIdle = (step: Step): boolean => step.do === 'let' && !read.has(step.local)
    if (!now.flat().some(isIdle)) return now
    now = now.map((steps) => pruned(steps, isIdle))
  }
}

function pruned(steps: readonly Step[], isIdle: (step: Step) => boolean): readonly Step[] {
  let left = [...steps]
  for (let idle = left.find(isIdle); idle !== undefined; idle = left.find(isIdle)) {
    const gone = idle
    const [only, ...others] = gone.next
    const after = others.length === 0 ? left.find(({ id }) => id === only && only !== gone.id) : undefined
    // The step behind takes the place, and with it the id by which others know it; where none is left the message is only handed on.
    left =
      after !== undefined && !left.some((step) => step !== gone && followersOf(step).includes(after.id))
        ? left.flatMap((step) => (step === gone ? [{ ...after, id: gone.id }] : step === after ? [] : [step]))
        : left.map((step) => (step === gone ? { id: gone.id, at: gone.at, next: gone.next, do: 'branch', every: false, cases: [] } : step))
  }
  return left
}

export function followersOf(step: Step): readonly string[] {
  if (step.do === 'branch') return [...step.next, ...step.cases.flatMap(({ next }) => next)]
  return step.do === 'wait' || step.do === 'await' ? [...step.next, ...(step.timeout?.next ?? [])] : step.next
}

function localsOf(expression: AutomationExpression): readonly string[] {
  const found: string[] = []
  mapLeaves(expression, (leaf) => {
    if (leaf.is === 'local') found.push(leaf.name)
    return leaf
  })
  return found
}

/** The expressions that a step evaluates. */
export function expressionsOf(step: Step): readonly AutomationExpression[] {
  switch (step.do) {
    case 'set':
    case 'let':
      return [step.value]
    case 'branch':
      return step.cases.map(({ when }) => when)
    case 'delay':
      return [step.milliseconds]
    case 'wait':
      return [step.until]
    case 'await':
    case 'emit':
    case 'call':
    case 'unmodelled':
      return []
  }
}
