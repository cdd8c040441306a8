/** Assignments that happen at once, brought into an order: what one overwrites another has read before. */
import type { AutomationExpression } from '../../model/automation.ts'
import { local, mapLeaves, read } from './expressions.ts'

export type Item =
  | { readonly do: 'let'; readonly local: string; readonly value: AutomationExpression }
  | { readonly do: 'set'; readonly attribute: string; readonly value: AutomationExpression }

export const targetOf = (item: Item): string => (item.do === 'let' ? `let ${item.local}` : `set ${item.attribute}`)

export function readsOf(expression: AutomationExpression): ReadonlySet<string> {
  const found = new Set<string>()
  mapLeaves(expression, (leaf) => {
    if (leaf.is === 'local') found.add(`let ${leaf.name}`)
    if (leaf.is === 'read') found.add(`set ${leaf.attribute}`)
    return leaf
  })
  return found
}

/** The same assignments one after the other as if at once: none overwrites what a later one reads, with a copy where they go in a circle. */
export function ordered(items: readonly Item[]): readonly Item[] {
  const done: Item[] = []
  let left = items.filter((item) => !isIdle(item))
  while (left.length > 0) {
    const free = left.find((item) => !left.some((other) => other !== item && readsOf(other.value).has(targetOf(item))))
    if (free !== undefined) {
      done.push(free)
      left = left.filter((item) => item !== free)
      continue
    }
    const first = left[0]!
    done.push({ do: 'let', local: copyName(first), value: current(first) })
    left = left.map((item) => (item === first ? item : { ...item, value: withCopy(item.value, first) }))
  }
  return done
}

const isIdle = (item: Item): boolean => item.do === 'let' && item.value.is === 'local' && item.value.name === item.local
export const copyName = (item: Item): string => `#${item.do === 'let' ? item.local : item.attribute}`
export const current = (item: Item): AutomationExpression => (item.do === 'let' ? local(item.local) : read(item.attribute))

export function withCopy(expression: AutomationExpression, of: Item): AutomationExpression {
  return mapLeaves(expression, (leaf) => {
    const isIt = of.do === 'let' ? leaf.is === 'local' && leaf.name === of.local : leaf.is === 'read' && leaf.attribute === of.attribute
    return isIt ? local(copyName(of)) : leaf
  })
}
