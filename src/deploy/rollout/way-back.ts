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
import { at, succeeded, type RolloutProgress } from './state.ts'

/** Nothing where no device was told. Waves are those of the plan from the last to the first, without windows and soak: a way back does not wait. */
export function planWayBack(plan: Plan, progress: RolloutProgress): Plan | undefined {
  const { changes } = plan
  const told: number[] = []
  for (let entry = 0; entry < changes.count; entry++)
    if ((progress.execution[entry] ?? 0) > 0 && progress.status[entry] !== at.withdrawn) told.push(entry)
  if (told.length === 0) return undefined
  const waves = plan.head.waves.length
  const stepsOf = plan.head.waves.map(({ steps }) => steps)
  const waitedFor = new Set(told.flatMap((entry) => membersOf(changes, entry)))
  const first = waves - 1 - told.reduce((last, entry) => Math.max(last, changes.wave[entry] ?? 0), 0)
  const isDisrupted = (entry: number): boolean => !succeeded(progress, entry)
  const isAhead = (entry: number): boolean => isDisrupted(entry) && !waitedFor.has(entry)
  const backWave = (entry: number): number => (isAhead(entry) ? first : waves - 1 - (changes.wave[entry] ?? 0))
  const backStep = (entry: number): number =>
    isAhead(entry) ? 0 : (stepsOf[changes.wave[entry] ?? 0] ?? 1) - 1 - (changes.step[entry] ?? 0)
  const before = (a: number, b: number): number => backWave(a) - backWave(b) || backStep(a) - backStep(b) || a - b
  const order = [...told].sort(before)
  const used = [...new Set(order.map(backWave))].sort((a, b) => a - b)
  const waveAt = new Map(used.map((wave, index) => [wave, index]))
  const position = new Map(order.map((entry, index) => [entry, index]))
  const { after, setStart, setMembers } = followers(changes, order, position)
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
      disrupted: Uint8Array.from(order, (entry) => (isDisrupted(entry) ? 1 : 0)),
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

/** Whom the entry waits for. */
function membersOf({ after, setStart, setMembers }: PlannedChanges, entry: number): readonly number[] {
  const set = after[entry] ?? -1
  return set < 0 ? [] : Array.from(setMembers.subarray(setStart[set], setStart[set + 1]))
}

/** For each entry the set of those that waited for it. */
function followers(
  changes: PlannedChanges,
  order: readonly number[],
  position: ReadonlyMap<number, number>,
): Pick<PlannedChanges, 'after' | 'setStart' | 'setMembers'> {
  const waited = new Map<number, number[]>()
  for (const entry of order) {
    for (const member of membersOf(changes, entry)) {
      if (!position.has(member)) continue
      const own = waited.get(member)
      if (own === undefined) waited.set(member, [position.get(entry) ?? 0])
      else own.push(position.get(entry) ?? 0)
    }
  }
  const after = new Int32Array(order.length).fill(-1)
  const setStart = [0]
  const members: number[] = []
  const known = new Map<string, number>()
  for (const [index, entry] of order.entries()) {
    const those = waited.get(entry)
    if (those === undefined) continue
    those.sort((a, b) => a - b)
    const key = those.join(',')
    let set = known.get(key)
    if (set === undefined) {
      set = setStart.length - 1
      known.set(key, set)
      members.push(...those)
      setStart.push(members.length)
    }
    after[index] = set
  }
  return { after, setStart: Int32Array.from(setStart), setMembers: Int32Array.from(members) }
}
