/** Puts the changes in their final order: by wave, step and id, without the waves that stayed empty. */
import type { Assignment } from '../model/assignment.ts'
import type { PlannedChanges } from '../model/plan.ts'
import { UNMANAGED } from '../model/outcome.ts'
import type { Wave } from '../model/wave.ts'
import type { WaveSettings } from '../model/wave-policy.ts'
import type { Mixture } from './mixture.ts'
import type { Waiting } from './waiting.ts'

/** By entry (index into the changed devices). */
export interface Draft {
  readonly wave: Int32Array
  readonly step: Int32Array
  readonly waiting: Waiting
  /** By budget, the group by entry. */
  readonly budgets: readonly Int32Array[]
}

/** `named` says what a wave is called and how it is executed, by its number among all. */
export function arranged(
  { changed, today, fleet }: Mixture,
  assignment: Assignment,
  { wave, step, waiting, budgets }: Draft,
  named: (wave: number) => { readonly name: string; readonly settings: WaveSettings },
): { readonly changes: PlannedChanges; readonly waves: readonly Wave[] } {
  const count = changed.length
  const order = Int32Array.from({ length: count }, (_, entry) => entry)
  // Entries stand in order of their ids already.
  order.sort((a, b) => wave[a]! - wave[b]! || step[a]! - step[b]! || a - b)
  const position = new Int32Array(count)
  order.forEach((entry, at) => (position[entry] = at))
  const present = [...new Set(wave)].sort((a, b) => a - b)
  const number = new Map(present.map((old, at) => [old, at]))
  const size = new Int32Array(present.length)
  const steps = new Int32Array(present.length)
  for (let entry = 0; entry < count; entry++) {
    const at = number.get(wave[entry]!)!
    size[at]!++
    steps[at] = Math.max(steps[at]!, step[entry]! + 1)
  }
  const offset = assignment.choices.length
  const changes: PlannedChanges = {
    count,
    ids: Array.from(order, (entry) => fleet.ids[changed[entry]!]!),
    rows: order.map((entry) => changed[entry]!),
    from: order.map((entry) => offset + (today[changed[entry]!]! < 0 ? UNMANAGED : today[changed[entry]!]!)),
    to: order.map((entry) => assignment.chosen[changed[entry]!]!),
    wave: order.map((entry) => number.get(wave[entry]!)!),
    step: order.map((entry) => step[entry]!),
    after: order.map((entry) => waiting.after[entry]!),
    setStart: waiting.setStart,
    setMembers: sortedSets(waiting, position),
    budgetGroup: budgets.map((groupOf) => order.map((entry) => groupOf[entry]!)),
    disrupted: new Uint8Array(order.length),
  }
  const waves = present.map((old, at): Wave => {
    const { name, settings } = named(old)
    return { name, devices: size[at]!, steps: steps[at]!, ...settings }
  })
  return { changes, waves }
}

function sortedSets({ setStart, setMembers }: Waiting, position: Int32Array): Int32Array {
  const members = setMembers.map((entry) => position[entry]!)
  for (let set = 0; set + 1 < setStart.length; set++) members.subarray(setStart[set], setStart[set + 1]).sort()
  return members
}
