// A seeded fleet of sites as an assignment problem: gateways with memory, rooms in which two variants exclude each other, variants that need a new gateway, caps over the fleet.
import type { AssignmentProblem, LinearForm, Row } from '../constraints/problem.ts'
import type { Choice } from '../src/model/outcome.ts'
import { randomNumbers } from './random.ts'

export interface SitesFleet {
  readonly sites: number
  readonly devices: number
  readonly rooms: number
  readonly seed: number
  /** Different sites; absent: all differ. */
  readonly kinds?: number
}

const NAMES = ['none', 'unmanaged', 'lean', 'edge', 'cloud', 'gateway-1', 'gateway-2'] as const
const [NONE, LEAN, EDGE, CLOUD, OLD, NEW] = [0, 2, 3, 4, 5, 6] as const
/** What a variant takes of its gateway's memory, in units of 16 MB. */
const MEMORY: Readonly<Record<number, number>> = { [LEAN]: 1, [EDGE]: 4, [CLOUD]: 2 }

interface Column {
  readonly choice: number
  readonly worth: number
}

/** Every device is a class of its own: one gateway and `devices` devices per site. Levels: assigned, preference, changes. */
export function sitesFleet(fleet: SitesFleet): AssignmentProblem {
  const { sites, devices, rooms, kinds } = fleet
  const columns: Column[] = []
  const columnStart = [0]
  const current: number[] = []
  const rows: Row[] = []
  const auxiliaries: { name: string; lower: number; upper: number }[] = []
  const pending: {
    site: number
    columns: number[]
    coefficients: number[]
    present: readonly [number, number][]
    upper: number
    use: number
  }[] = []
  let next = randomNumbers(fleet.seed)
  for (let site = 0; site < sites; site++) {
    if (kinds !== undefined) next = randomNumbers(fleet.seed + (site % kinds))
    const whole = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1))
    const add = (list: readonly Column[], runs: number): number => {
      columns.push(...list)
      columnStart.push(columns.length)
      current.push(runs)
      return columnStart[columnStart.length - 2]!
    }
    const gateway = add(
      [
        { choice: OLD, worth: 0 },
        { choice: NEW, worth: whole(-40, 10) },
      ],
      next() < 0.8 ? OLD : NEW,
    )
    const memory: [number, number][] = []
    const newer: number[] = []
    const inRoom: { lean: number[]; cloud: number[] }[] = Array.from({ length: rooms }, () => ({ lean: [], cloud: [] }))
    let most = 0
    for (let device = 0; device < devices; device++) {
      const options: Column[] = [{ choice: NONE, worth: 0 }]
      // Skewed: some devices only bear the lean variant, a few gain much by the others.
      const sort = next()
      options.push({ choice: LEAN, worth: whole(1, 10) })
      if (sort < 0.8) options.push({ choice: EDGE, worth: whole(5, 30) })
      if (sort > 0.3) options.push({ choice: CLOUD, worth: whole(3, 20) })
      const first = add(options, options[whole(0, Math.min(2, options.length - 1))]!.choice)
      options.forEach(({ choice }, i) => {
        const takes = MEMORY[choice]
        if (takes !== undefined) memory.push([first + i, takes])
        if (choice === EDGE || choice === CLOUD) newer.push(first + i)
        if (choice === LEAN) inRoom[device % rooms]!.lean.push(first + i)
        if (choice === CLOUD) inRoom[device % rooms]!.cloud.push(first + i)
      })
      most += sort < 0.8 ? 4 : 2
    }
    const limit = Math.floor((most * whole(45, 80)) / 100)
    const row = (list: readonly (readonly [number, number])[], present: readonly [number, number][], upper: number, use: number): void => {
      pending.push({ site, columns: list.map(([column]) => column), coefficients: list.map(([, a]) => a), present, upper, use })
    }
    row(memory, [], limit, 0)
    row([...newer.map((column) => [column, 1] as const), [gateway + 1, -newer.length]], [], 0, 1)
    for (const { lean, cloud } of inRoom) {
      const a = auxiliaries.push({ name: `lean[${auxiliaries.length}]`, lower: 0, upper: 1 }) - 1
      const b = auxiliaries.push({ name: `cloud[${auxiliaries.length}]`, lower: 0, upper: 1 }) - 1
      row(
        lean.map((column) => [column, 1] as const),
        [[a, -lean.length]],
        0,
        2,
      )
      row(
        cloud.map((column) => [column, 1] as const),
        [[b, -cloud.length]],
        0,
        2,
      )
      row(
        [],
        [
          [a, 1],
          [b, 1],
        ],
        1,
        2,
      )
    }
  }
  const size = current.length
  for (const { site, columns: list, coefficients, present, upper, use } of pending) {
    const form: LinearForm = {
      is: 'entries',
      columns: Int32Array.from([...list, ...present.map(([a]) => columns.length + a)]),
      coefficients: Float64Array.from([...coefficients, ...present.map(([, a]) => a)]),
    }
    rows.push({ form, lower: -Infinity, upper, policy: { is: 'hard' }, name: { use, group: `s${site}`, part: `${rows.length}` } })
  }
  const every = Int32Array.from({ length: size }, (_, c) => c)
  const cap = (choice: number, upper: number): void => {
    const coefficient = new Float64Array(NAMES.length)
    coefficient[choice] = 1
    rows.push({
      form: { is: 'product', classes: every, coefficient },
      lower: -Infinity,
      upper,
      policy: { is: 'hard' },
      name: { use: 3, group: '', part: NAMES[choice]! },
    })
  }
  cap(EDGE, Math.floor(sites * devices * 0.3))
  cap(CLOUD, Math.floor(sites * devices * 0.2))
  cap(NEW, Math.floor(sites * 0.7))
  return {
    choices: NAMES.map((id, k): Choice => ({ id, outcome: k === 0 ? 'none' : k === 1 ? 'unmanaged' : 'variant', settings: {} })),
    classes: {
      size,
      memberStart: Int32Array.from({ length: size + 1 }, (_, c) => c),
      members: every,
      columnStart: Int32Array.from(columnStart),
      current: Int32Array.from(current),
    },
    columnChoice: Int32Array.from(columns, ({ choice }) => choice),
    levels: [
      { name: 'assigned', sense: 'maximise', offset: 0, terms: [{ is: 'choice', cost: Float64Array.of(0, 0, -1, -1, -1, -1, -1) }] },
      {
        name: 'preference',
        sense: 'maximise',
        offset: 0,
        terms: [{ is: 'column', cost: Int32Array.from(columns, ({ worth }) => -worth) }],
      },
      { name: 'changes', sense: 'minimise', offset: 0, terms: [{ is: 'change', weight: 1 }] },
    ],
    rows,
    bundles: [],
    auxiliaries,
    meanings: [],
  }
}
