/** The smallest changes that make a plan possible where none is, each tried by planning again: leave some devices as they are, stop some first, or let the planner choose the order. */
import type { Repair } from '../model/assignment.ts'
import { NONE } from '../model/outcome.ts'
import { violations } from '../verify/violations.ts'
import { duringUses, type Mixture } from './mixture.ts'
import { makePlan } from './make-plan.ts'
import type { PlanQuestion } from './question.ts'
import { optionName } from './refusals.ts'

// Each try looks at the whole fleet again.
const MOST_TRIES = 8
const MOST_NAMED = 5
const MOST_REPAIRS = 4

/** `blamed`: ids of the devices that stand in the reasons. Smallest first. */
export function planRepairs(question: PlanQuestion, blamed: readonly string[]): readonly Repair[] {
  const { mixture, policy } = question
  if (policy.order === 'declared') {
    const free = makePlan({ ...question, policy: { ...policy, order: 'safe' } })
    if (free.is === 'planned') return [{ text: laterText(question, free.plan) }]
  }
  const entryOf = new Map(Array.from(mixture.changed, (row, entry) => [mixture.fleet.ids[row]!, entry] as const))
  const byChange = new Map<string, number[]>()
  for (const id of blamed) {
    const entry = entryOf.get(id)
    if (entry === undefined) continue
    const row = mixture.changed[entry]!
    const key = `${mixture.today[row]}>${mixture.next[row]}`
    byChange.set(key, [...(byChange.get(key) ?? []), entry])
  }
  const repairs: (Repair & { readonly devices: number })[] = []
  for (const entries of [...byChange.values()].sort((a, b) => a.length - b.length).slice(0, MOST_TRIES)) {
    const names = named(mixture, entries)
    const row = mixture.changed[entries[0]!]!
    const stopped = withStates(mixture, new Map(entries.map((entry) => [mixture.changed[entry]!, NONE] as const)), 'between')
    if (stopped.every((one) => works(question, one)))
      repairs.push({
        text: `add a stage before: bring ${names} to nothing first, in a plan of its own, then plan again`,
        devices: entries.length,
      })
    const [kept] = withStates(
      mixture,
      new Map(entries.map((entry) => [mixture.changed[entry]!, mixture.today[mixture.changed[entry]!]!] as const)),
      'instead',
    )
    if (kept !== undefined && holdsInTheEnd(kept) && works(question, kept))
      repairs.push({
        text: `leave ${names} on ${optionName(mixture, mixture.today[row]!)}: \`pin\` ${entries.length === 1 ? 'it' : 'them'}, and assign again`,
        devices: entries.length,
      })
  }
  return repairs
    .sort((a, b) => a.devices - b.devices)
    .slice(0, MOST_REPAIRS)
    .map(({ text }) => ({ text }))
}

/** The way with other outcomes at some rows: `instead` of the new ones, or `between` old and new, as two ways one after the other. */
function withStates(mixture: Mixture, states: ReadonlyMap<number, number>, how: 'instead' | 'between'): readonly Mixture[] {
  const other = (from: Int32Array): Int32Array => {
    const changed = from.slice()
    for (const [row, option] of states) changed[row] = option
    return changed
  }
  if (how === 'instead') return [way(mixture, mixture.today, other(mixture.next))]
  const middle = other(mixture.today)
  return [way(mixture, mixture.today, middle), way(mixture, middle, mixture.next)]
}

function way(mixture: Mixture, today: Int32Array, next: Int32Array): Mixture {
  const changed = mixture.changed.filter((row) => today[row] !== next[row])
  const entryOf = new Int32Array(mixture.fleet.size).fill(-1)
  changed.forEach((row, entry) => (entryOf[row] = entry))
  return { ...mixture, today, next, changed, entryOf }
}

function works(question: PlanQuestion, mixture: Mixture): boolean {
  return makePlan({ ...question, mixture }).is === 'planned'
}

function holdsInTheEnd(mixture: Mixture): boolean {
  const width = mixture.trial.world.options.length
  return (
    mixture.trial.held.every(
      ({ use, demand, allowance }) =>
        use.policy.is === 'soft' || violations(demand, mixture.next, width).every((one, group) => one <= (allowance?.[group] ?? 0)),
    ) &&
    duringUses(mixture).every(({ demand, bound }) => violations(demand, mixture.next, width).every((one, group) => one <= bound[group]!))
  )
}

function laterText(
  { policy }: PlanQuestion,
  { changes, head }: Extract<ReturnType<typeof makePlan>, { readonly is: 'planned' }>['plan'],
): string {
  const waits = new Map<string, string[]>()
  for (let at = 0; at < changes.count; at++) {
    const set = changes.after[at]!
    if (set < 0) continue
    const wave = head.waves[changes.wave[at]!]!.name
    waits.set(wave, [...(waits.get(wave) ?? []), changes.ids[at]!])
  }
  const moves = [...waits].map(
    ([wave, ids]) => `${shortList(ids)} to \`${wave}\`, behind those that ${ids.length === 1 ? 'it waits' : 'they wait'} for`,
  )
  return `let the planner choose the order (\`order: safe\` in ${policy.source}): it moves ${moves.join('; ')}`
}

function named(mixture: Mixture, entries: readonly number[]): string {
  return shortList(entries.map((entry) => mixture.fleet.ids[mixture.changed[entry]!]!))
}

function shortList(ids: readonly string[]): string {
  const shown = [...ids]
    .sort()
    .slice(0, MOST_NAMED)
    .map((id) => `\`${id}\``)
  return ids.length > MOST_NAMED ? `${shown.join(', ')} and ${ids.length - MOST_NAMED} more` : shown.join(', ')
}
