/**
 * Classes of devices that nothing in the problem can tell apart.
 *
 * Why counting classes loses nothing: two devices of a class have the same options, each option costs the same on both, both run the same today and were given the same by an earlier answer where moves count, and every
 * expression that a constraint reads has the same value on both. So swapping what the two end with changes no cost, no group's members and no count that a
 * constraint speaks of; an assignment is as good as any other with the same counts per class and choice, and every table of counts that adds up to the
 * classes' sizes is an assignment of the devices. Constraints that read links between devices need more: see `link-classes.ts`.
 */
import { UNMANAGED } from '../model/outcome.ts'
import type { Fleet } from '../model/fleet.ts'
import type { Options, Preference, Runs } from './eligibility.ts'
import { rowsById } from './id-order.ts'
import type { ByRow } from './judged.ts'
import { refineByLinks } from './link-classes.ts'
import type { Relation } from './links.ts'
import type { Moves } from './moves.ts'
import { refine, refineNumbers, wholePartition, type Partition } from './partition.ts'
import { refineBySeen, type SeenTable } from './seen.ts'

export interface DeviceClasses {
  readonly count: number
  readonly memberStart: Int32Array
  /** Rows by class, ascending by device id; classes in the order of their first members. */
  readonly members: Int32Array
  readonly classOf: Int32Array
  /** The first member's row, by class; under a lift the row that stands for it. */
  readonly first: Int32Array
  /** All rows ascending by device id. */
  readonly order: Int32Array
}

/**
 * A fleet whose classes are known, as one row for each class and for each device that changed: `of` gives the standing row of every device. INVARIANT: nothing
 * that the problem sees tells a device from the row that stands for it.
 */
export interface Lift {
  readonly of: Int32Array
  /** Of all devices, and their rows ascending by id. */
  readonly ids: readonly string[]
  readonly order: Int32Array
}

/** Everything by row that tells devices apart. */
export interface Distinctions {
  readonly options: Options
  readonly preferences: readonly Preference[]
  readonly runs: Runs
  readonly moves?: Moves | undefined
  readonly left: Uint8Array
  readonly seen: SeenTable
  /** What uses judge choices by, and the amounts that they count: values that differ by row. */
  readonly numbers: readonly ByRow[]
  readonly relations: readonly Relation[]
}

/** `fleet` holds the standing rows where there is a lift; the classes are of all devices. */
export function classesOf(fleet: Fleet, distinctions: Distinctions, lift?: Lift): DeviceClasses {
  const { options, runs, left, seen } = distinctions
  const byOptions = options.reduce((before, word) => refine(before, word), wholePartition(fleet.size))
  // What a device runs that is left alone does not matter: it cannot change.
  const running = runs.of.map((run, row) => (left[row] === 1 ? -1 : run))
  const byToday = refine(byOptions, running)
  const byRun = distinctions.moves === undefined ? byToday : refine(byToday, distinctions.moves.of)
  const byWorth = refineByPreference(byRun, distinctions)
  const byNumbers = distinctions.numbers.reduce<Partition>(
    (before, numbers) => (typeof numbers === 'number' ? before : refineNumbers(before, numbers)),
    refineBySeen(byWorth, seen),
  )
  return canonical(refineByLinks(byNumbers, distinctions.relations, fleet), lift?.order ?? rowsById(fleet.ids), lift?.of)
}

/** A preference matters where the device may end with one of the choices that have it. */
function refineByPreference(partition: Partition, { options, preferences }: Distinctions): Partition {
  const sharing = new Map<Float64Array, number[]>()
  preferences.forEach((preference, choice) => {
    if (typeof preference !== 'number') sharing.set(preference, [...(sharing.get(preference) ?? []), choice])
  })
  return [...sharing].reduce((before, [values, choices]) => refineNumbers(before, whereOpen(values, options, choices)), partition)
}

/** The values of devices that may end with one of the choices, 0 for the others. */
function whereOpen(values: Float64Array, options: Options, choices: readonly number[]): Float64Array {
  const masks = options.map((_, word) => choices.reduce((mask, choice) => (choice >>> 5 === word ? mask | (1 << (choice & 31)) : mask), 0))
  const result = new Float64Array(values.length)
  options.forEach((word, w) => {
    const mask = masks[w]!
    if (mask === 0) return
    for (let row = 0; row < word.length; row++) if ((word[row]! & mask) !== 0) result[row] = values[row]!
  })
  return result
}

function canonical({ of, count }: Partition, order: Int32Array, standing: Int32Array | undefined): DeviceClasses {
  const renamed = new Int32Array(count).fill(-1)
  const memberStart = new Int32Array(count + 1)
  const first = new Int32Array(count)
  const classOf = new Int32Array(order.length)
  let next = 0
  for (let at = 0; at < order.length; at++) {
    const row = order[at]!
    const stands = standing === undefined ? row : standing[row]!
    const found = of[stands]!
    let c = renamed[found]!
    if (c === -1) {
      c = next++
      first[c] = stands
      renamed[found] = c
    }
    classOf[row] = c
    memberStart[c + 1]!++
  }
  for (let c = 0; c < count; c++) memberStart[c + 1]! += memberStart[c]!
  const members = new Int32Array(order.length)
  const filled = memberStart.slice(0, count)
  for (let at = 0; at < order.length; at++) {
    const row = order[at]!
    members[filled[classOf[row]!]!++] = row
  }
  return { count, memberStart, members, classOf, first, order }
}

/** What the class runs today as one choice: -1 where the model does not know; devices left alone stay `unmanaged`. */
export function currentByClass({ count, first }: DeviceClasses, runs: Runs, left: Uint8Array): Int32Array {
  return Int32Array.from({ length: count }, (_, c) => (left[first[c]!] === 1 ? UNMANAGED : (runs.same[runs.of[first[c]!]!]![0] ?? -1)))
}
