/**
 * The plan that takes a rollout back: every device that was told goes to what it ran before, in the opposite order.
 *
 * It needs no new proof. What was proved holds in every state in which some devices have changed, each after those it waits for, and any of them is under way,
 * away or has failed. On the way back a device waits for those that waited for it: the states are the same ones, walked in the other direction. Devices that were
 * never told stand as they stood; one that was told but is away still has to be verified on what it ran before.
 *
 * A device that was told and has not succeeded is disrupted when the way back begins, and counts in its budgets from the start. It goes back in the first wave,
 * since nobody told waits for it: were it in a later one, its group could be full until that wave begins, and the waves before it could not end.
 */
import type { Plan, PlannedChanges } from '../../model/plan.ts'
import { at, isDisrupted, type RolloutProgress } from './state.ts'

/** Nothing where no device was told. Waves are those of the plan from the last to the first, without windows and soak: a way back does not wait. */
export function planWayBack(plan: Plan, progress: RolloutProgress): Plan | undefined {
  const { changes } = plan
  const told: number[] = []
  for (let entry = 0; entry < changes.count; entry++)
    if ((progress.execution[entry] ?? 0) > 0 && progress.status[entry] !== at.withdrawn) told.push(entry)
  if (told.length === 0) return undefined
  const waves = plan.head.waves.length
  const stepsOf = plan.head.waves.map(({ steps }) => steps)
  const waited = waitedFor(changes, told)
  const first = waves - 1 - told.reduce((last, entry) => Math.max(last, changes.wave[entry] ?? 0), 0)
  const isAhead = (entry: number): boolean => isDisrupted(progress, entry) && !waited.has(entry)
  const backWave = (entry: number): number => (isAhead(entry) ? first : waves - 1 - (changes.wave[entry] ?? 0))
  const backStep = (entry: number): number =>
    isAhead(entry) ? 0 : (stepsOf[changes.wave[entry] ?? 0] ?? 1) - 1 - (changes.step[entry] ?? 0)
  const before = (a: number, b: number): number => backWave(a) - backWave(b) || backStep(a) - backStep(b) || a - b
  const order = [...told].sort(before)
  const used = [...new Set(order.map(backWave))].sort((a, b) => a - b)
  const waveAt = new Map(used.map((wave, index) => [wave, index]))
  const { after, setStart, setMembers } = followers(changes, order, waited)
  const pick = (column: Int32Array): Int32Array => Int32Array.from(order, (entry) => column[entry] ?? 0)
  const wave = Int32Array.from(order, (entry) => waveAt.get(backWave(entry)) ?? 0)
  return {
    choices: plan.choices,
    changes: {
      count: order.length,
      ids: order.map((entry) => changes.ids[entry] ?? ''),
      rows: pick(changes.rows),
      from: pick(changes.to),
      to: pick(changes.from),
      wave,
      step: Int32Array.from(order, backStep),
      after,
      setStart,
      setMembers,
      budgetGroup: changes.budgetGroup.map(pick),
      disrupted: Uint8Array.from(order, (entry) => (isDisrupted(progress, entry) ? 1 : 0)),
    },
    head: {
      ...plan.head,
      changes: order.length,
      waves: used.map((back, index) => {
        const forward = plan.head.waves[waves - 1 - back]
        if (forward === undefined) throw new RangeError(`the plan has no wave ${waves - 1 - back}`)
        const devices = wave.reduce((sum, one) => sum + (one === index ? 1 : 0), 0)
        return { ...forward, name: `back from ${forward.name}`, devices, windows: [], soak: 0, manual: false, abort: [] }
      }),
      estimate: { waves: [], total: 0, from: ['a way back is not estimated'] },
    },
  }
}

/** The sets that somebody of these waits for, by each of their members. */
function waitedFor({ after, setStart, setMembers }: PlannedChanges, entries: readonly number[]): ReadonlyMap<number, readonly number[]> {
  const waited = new Map<number, number[]>()
  for (const set of new Set(entries.map((entry) => after[entry] ?? -1))) {
    if (set < 0) continue
    for (const member of setMembers.subarray(setStart[set], setStart[set + 1])) {
      const own = waited.get(member)
      if (own === undefined) waited.set(member, [set])
      else own.push(set)
    }
  }
  return waited
}

/** For each entry of `order` the positions of those that waited for it; whoever was in the same sets shares them. */
function followers(
  { after }: PlannedChanges,
  order: readonly number[],
  waited: ReadonlyMap<number, readonly number[]>,
): Pick<PlannedChanges, 'after' | 'setStart' | 'setMembers'> {
  const waiting = new Map<number, number[]>()
  for (const [index, entry] of order.entries()) {
    const set = after[entry] ?? -1
    const own = waiting.get(set)
    if (own === undefined) waiting.set(set, [index])
    else own.push(index)
  }
  const back = new Int32Array(order.length).fill(-1)
  const setStart = [0]
  const members: number[] = []
  const known = new Map<string, number>()
  for (const [index, entry] of order.entries()) {
    const sets = waited.get(entry)
    if (sets === undefined) continue
    const key = sets.join()
    let set = known.get(key)
    if (set === undefined) {
      set = setStart.length - 1
      known.set(key, set)
      for (const one of sets.flatMap((own) => waiting.get(own) ?? []).sort((a, b) => a - b)) members.push(one)
      setStart.push(members.length)
    }
    back[index] = set
  }
  return { after: back, setStart: Int32Array.from(setStart), setMembers: Int32Array.from(members) }
}
