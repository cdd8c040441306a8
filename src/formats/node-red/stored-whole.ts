/** A context key that is stored whole (`flow.set('a', list)`) also changes what its parts read (`flow.get('a.b')`), and a part that is stored changes the whole: such reads may give anything. */
import type { Automation, AutomationExpression, Step, UnmodelledPart } from '../../model/automation.ts'
import type { Assembled } from './assemble.ts'
import { mapLeaves } from './expressions.ts'

/** The automations with every read of a key left open, and listed, where something stores a key above or below it. */
export function openParts({ automations, unmodelled }: Assembled): Assembled {
  const written = new Set(
    automations.flatMap(({ steps }) =>
      steps.flatMap((step) => (step.do === 'set' ? [step.attribute] : step.do === 'unmodelled' ? step.writes : [])),
    ),
  )
  const added = new Map<string, UnmodelledPart>()
  const opened = automations.map((automation): Automation => {
    const open =
      (step: Step) =>
      (expression: AutomationExpression): AutomationExpression =>
        mapLeaves(expression, (leaf) => {
          const relative = leaf.is === 'read' ? relativeOf(leaf.attribute, written) : undefined
          if (leaf.is !== 'read' || relative === undefined) return leaf
          const part = `${automation.id} | ${leaf.attribute}`
          const why = `\`${relative}\`, which is stored elsewhere, and \`${leaf.attribute}\` hold one value`
          added.set(part, { id: part, automation: automation.id, at: step.at, why, writes: [], declared: false })
          return { is: 'any', type: { is: 'any' }, part }
        })
    return { ...automation, steps: automation.steps.map((step) => mapStep(step, open(step))) }
  })
  return { automations: opened, unmodelled: [...unmodelled, ...added.values()] }
}

/** The written key that holds the key or is held by it: `flow:app/tab/a` and `flow:app/tab/a.b`, in the same store. */
function relativeOf(key: string, written: ReadonlySet<string>): string | undefined {
  if (!/^(flow|global|node):/.test(key)) return undefined
  const store = /@[^/@]*$/.exec(key)?.[0] ?? ''
  const name = key.slice(0, key.length - store.length)
  return [...written].find((other) => {
    if (!other.endsWith(store)) return false
    const otherName = other.slice(0, other.length - store.length)
    return name.startsWith(`${otherName}.`) || otherName.startsWith(`${name}.`)
  })
}

function mapStep(step: Step, map: (expression: AutomationExpression) => AutomationExpression): Step {
  switch (step.do) {
    case 'set':
    case 'let':
      return { ...step, value: map(step.value) }
    case 'branch':
      return { ...step, cases: step.cases.map(({ when, next }) => ({ when: map(when), next })) }
    case 'delay':
      return { ...step, milliseconds: map(step.milliseconds) }
    case 'wait':
      return {
        ...step,
        until: map(step.until),
        ...(step.timeout && { timeout: { ...step.timeout, milliseconds: map(step.timeout.milliseconds) } }),
      }
    case 'await':
    case 'emit':
    case 'call':
    case 'unmodelled':
      return step
  }
}
