/** Gives every changed device its wave: the first that may take it, in order of levels and ids, as long as limits and capacities last and all that it waits for are in no later wave. */
import { setsOf, type Waiting } from './waiting.ts'

export interface WaveSlot {
  /** 1 by entry where the wave may take it; absent: all. */
  readonly eligible?: Uint8Array
  /** How many devices at most. */
  readonly most: number
}

/** Of each group, the amounts of one wave's devices add up to at most the group's limit. */
export interface ScopeLimit {
  /** Group by entry, -1: none. */
  readonly groupOf: Int32Array
  readonly amount: Float64Array
  readonly limits: Float64Array
}

export interface WaveQuestion {
  readonly slots: readonly WaveSlot[]
  readonly scopes: readonly ScopeLimit[]
  readonly waiting: Waiting
  readonly levels: Int32Array
}

export interface WaveChoice {
  /** By entry; -1: no wave takes it. */
  readonly wave: Int32Array
  readonly left: number
}

export function chooseWaves({ slots, scopes, waiting, levels }: WaveQuestion): WaveChoice {
  const entries = levels.length
  const order = byLevel(levels)
  const wave = new Int32Array(entries).fill(-1)
  const { after, setStart, setMembers } = waiting
  const memberOf = setsOf(setStart, setMembers, entries)
  const open = Int32Array.from({ length: setStart.length - 1 }, (_, set) => setStart[set + 1]! - setStart[set]!)
  let rest = order
  for (const [index, { eligible, most }] of slots.entries()) {
    if (rest.length === 0) break
    const used = scopes.map(({ limits }) => new Float64Array(limits.length))
    let taken = 0
    let kept = 0
    const later = new Int32Array(rest.length)
    for (const entry of rest) {
      const waits = after[entry]! >= 0 && open[after[entry]!]! > 0
      if (taken >= most || waits || eligible?.[entry] === 0 || !fits(scopes, used, entry)) {
        later[kept++] = entry
        continue
      }
      for (const [scope, { groupOf, amount }] of scopes.entries())
        if (groupOf[entry]! >= 0) used[scope]![groupOf[entry]!]! += amount[entry]!
      wave[entry] = index
      taken++
      for (let at = memberOf.start[entry]!; at < memberOf.start[entry + 1]!; at++) open[memberOf.items[at]!]!--
    }
    rest = later.subarray(0, kept)
  }
  return { wave, left: rest.length }
}

function fits(scopes: readonly ScopeLimit[], used: readonly Float64Array[], entry: number): boolean {
  return scopes.every(({ groupOf, amount, limits }, scope) => {
    const group = groupOf[entry]!
    return group < 0 || used[scope]![group]! + amount[entry]! <= limits[group]!
  })
}

/** Entries by level, those of one level in their order. */
function byLevel(levels: Int32Array): Int32Array {
  let most = 0
  for (const level of levels) most = Math.max(most, level)
  const start = new Int32Array(most + 2)
  for (const level of levels) start[level + 1]!++
  for (let level = 0; level <= most; level++) start[level + 1]! += start[level]!
  const order = new Int32Array(levels.length)
  levels.forEach((level, entry) => (order[start[level]!++] = entry))
  return order
}

/** The wave that each device is declared for: the first that selects it and has room, whatever it waits for; -1: none. */
export function declaredWaves(slots: readonly WaveSlot[], scopes: readonly ScopeLimit[], entries: number): WaveChoice {
  const nobody: Waiting = { after: new Int32Array(entries).fill(-1), setStart: new Int32Array(1), setMembers: new Int32Array(0) }
  return chooseWaves({ slots, scopes, waiting: nobody, levels: new Int32Array(entries) })
}

/** Within its wave, how many must come before each device. */
export function stepsIn(wave: Int32Array, { after, setStart, setMembers }: Waiting, levels: Int32Array): Int32Array {
  const step = new Int32Array(wave.length)
  const setStep = new Map<number, number>()
  for (const entry of byLevel(levels)) {
    const set = after[entry]!
    if (set < 0) continue
    // Steps of a list differ by the wave that looks at it.
    const key = set * 2048 + wave[entry]!
    let least = setStep.get(key)
    if (least === undefined) {
      least = 0
      for (let at = setStart[set]!; at < setStart[set + 1]!; at++)
        if (wave[setMembers[at]!] === wave[entry]) least = Math.max(least, step[setMembers[at]!]! + 1)
      setStep.set(key, least)
    }
    step[entry] = least
  }
  return step
}
