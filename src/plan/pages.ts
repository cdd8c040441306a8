/** A plan as lines and pages: NDJSON of changes in order, made as they are asked for, so that a million of them never stand in memory as text. */
import { createHash } from 'node:crypto'
import type { Choice } from '../model/outcome.ts'
import type { Plan, PlanHead } from '../model/plan.ts'

/** The lines of changes `[from, to)`, each with its line feed. A list that is waited for is written with its first line; later ones name its number. */
export function planLines({ choices, changes }: Plan, from = 0, to = changes.count): string {
  const { ids, wave, step, after, setStart, setMembers, budgetGroup, disrupted } = changes
  const outcomes = choices.map(outcomeText)
  const first = firstLines(changes.after, setStart.length - 1)
  let text = ''
  for (let at = from; at < to; at++) {
    text += `{"device":${JSON.stringify(ids[at])},"from":${outcomes[changes.from[at]!]!},"to":${outcomes[changes.to[at]!]!},"wave":${wave[at]!},"step":${step[at]!}`
    const set = after[at]!
    if (set >= 0) {
      text += `,"after":{"set":${set}`
      if (first[set] === at)
        text += `,"devices":${JSON.stringify(Array.from(setMembers.subarray(setStart[set], setStart[set + 1]), (member) => ids[member]!))}`
      text += '}'
    }
    const budgets = budgetGroup.flatMap((groups, budget) => (groups[at]! < 0 ? [] : [{ budget, group: groups[at]! }]))
    if (budgets.length > 0) text += `,"budgets":${JSON.stringify(budgets)}`
    if (disrupted[at] === 1) text += ',"disrupted":true'
    text += '}\n'
  }
  return text
}

const firsts = new WeakMap<Int32Array, Int32Array>()

function firstLines(after: Int32Array, sets: number): Int32Array {
  const known = firsts.get(after)
  if (known !== undefined) return known
  const first = new Int32Array(sets).fill(-1)
  for (let at = after.length - 1; at >= 0; at--) if (after[at]! >= 0) first[after[at]!] = at
  firsts.set(after, first)
  return first
}

function outcomeText({ outcome, variant, settings }: Choice): string {
  return JSON.stringify({ outcome, variant: variant ?? null, settings })
}

/** All lines, `size` changes at a time. */
export function* planPages(plan: Plan, size = 4096): Generator<string> {
  for (let at = 0; at < plan.changes.count; at += size) yield planLines(plan, at, Math.min(plan.changes.count, at + size))
}

/** The head with the hash of all lines. */
export function planHeadOf(plan: Plan): PlanHead {
  const hash = createHash('sha256')
  for (const page of planPages(plan)) hash.update(page)
  return { ...plan.head, changesSha256: hash.digest('hex') }
}
