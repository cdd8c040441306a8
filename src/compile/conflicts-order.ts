/** Which rules that one event starts may run in any order without a difference. */
import type { Rule } from '../../constraints/reaction.ts'
import type { Listeners } from './conflicts-listeners.ts'

/** Groups of rules whose order can be told from their effects: in different groups, any order gives the same reaction. */
export const orderGroups = (rules: readonly Rule[], listeners: Listeners): readonly (readonly Rule[])[] => {
  const group = new Map(rules.map((rule) => [rule, [rule]]))
  for (const [index, a] of rules.entries())
    for (const b of rules.slice(index + 1)) {
      if (group.get(a) === group.get(b) || !interfere(a, b, listeners)) continue
      const merged = [...group.get(a)!, ...group.get(b)!]
      for (const rule of merged) group.set(rule, merged)
    }
  return [...new Set(group.values())]
}

const interfere = (a: Rule, b: Rule, listeners: Listeners): boolean => {
  const [x, y] = [listeners.reach(a.automation.id), listeners.reach(b.automation.id)]
  const shared = (from: ReadonlySet<string>, to: ReadonlySet<string>): boolean => {
    for (const attribute of from) if (listeners.observed.has(attribute) && to.has(attribute)) return true
    return false
  }
  const together = [...x.rules].some((rule) => y.rules.has(rule))
  return together || shared(x.writes, y.reads) || shared(y.writes, x.reads) || shared(x.writes, y.writes)
}
