/** Drops steps behind which nothing happens that anything could notice: messages that end in displays, filters of such messages and their memory. */
import type { Step } from '../../model/automation.ts'
import { readsOf } from './at-once.ts'
import type { Draft } from './draft.ts'
import { expressionsOf, followersOf } from './prune.ts'

interface Part {
  readonly entry: readonly string[]
  readonly parts: readonly Draft[]
}

/** What these do stays inside of messages: one that leads nowhere does nothing. Other nodes may act on the world unseen. */
const PURE = new Set(['split', 'join', 'batch', 'sort', 'csv', 'xml', 'html', 'yaml', 'json'])

/** The automations without steps that lead to no effect. A node's own memory is an effect only where a step that leads to one reads it. */
export function withoutEffect(automations: readonly Part[]): readonly Part[] {
  const remembered = new Set<string>()
  for (;;) {
    const before = remembered.size
    const needed = automations.map((automation) => effective(automation, remembered))
    automations.forEach(({ parts }, index) => {
      for (const step of parts.flatMap(({ steps }) => steps)) {
        if (!needed[index]!.has(step.id)) continue
        for (const expression of expressionsOf(step))
          for (const name of readsOf(expression)) if (name.startsWith('set node:')) remembered.add(name.slice('set '.length))
      }
    })
    if (remembered.size === before) return automations.map((automation, index) => kept(automation, needed[index]!))
  }
}

function effective({ parts }: Part, remembered: ReadonlySet<string>): ReadonlySet<string> {
  const leading = new Map<string, string[]>()
  const ahead: string[] = []
  for (const { steps, node, prefix, outward } of parts) {
    for (const step of steps) {
      for (const next of followersOf(step)) {
        const known = leading.get(next)
        if (known === undefined) leading.set(next, [step.id])
        else known.push(step.id)
      }
      if ((outward && step.id === prefix) || acts(step, PURE.has(node.node.type), remembered)) ahead.push(step.id)
    }
  }
  const found = new Set<string>()
  for (let id = ahead.pop(); id !== undefined; id = ahead.pop()) {
    if (found.has(id)) continue
    found.add(id)
    ahead.push(...(leading.get(id) ?? []))
  }
  return found
}

function acts(step: Step, pure: boolean, remembered: ReadonlySet<string>): boolean {
  if (step.do === 'set') return !step.attribute.startsWith('node:') || remembered.has(step.attribute)
  return step.do === 'unmodelled' ? !pure : step.do === 'emit' || step.do === 'call'
}

function kept({ entry, parts }: Part, needed: ReadonlySet<string>): Part {
  const some = (ids: readonly string[]): readonly string[] => ids.filter((id) => needed.has(id))
  const shortened = (step: Step): Step => {
    const next = some(step.next)
    if (step.do === 'branch') return { ...step, next, cases: step.cases.map((one) => ({ ...one, next: some(one.next) })) }
    if ((step.do === 'wait' || step.do === 'await') && step.timeout !== undefined)
      return { ...step, next, timeout: { ...step.timeout, next: some(step.timeout.next) } }
    return { ...step, next }
  }
  return {
    entry: some(entry),
    parts: parts.map((draft) => ({ ...draft, steps: draft.steps.filter(({ id }) => needed.has(id)).map(shortened) })),
  }
}
