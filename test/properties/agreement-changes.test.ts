/** Renaming and reordering devices change nothing but names; a tighter constraint, and one more, never make an answer better. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { runAssignment } from '../../src/engine.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import type { Solvers } from '../../src/solve/solvers.ts'
import { oneKind } from '../oracle/one-kind.ts'
import { ALL_KINDS, mixedKinds, POLICIES, randomFrom, randomModel, type Entry, type Random } from '../oracle/random-model.ts'

const LONG = process.env['FLEETPROOF_LONG'] !== undefined
const SEEDS = LONG ? 1500 : 20

let solvers: Solvers
beforeAll(() => {
  solvers = createSolvers({ threads: 1 })
})
afterAll(() => solvers.close())

interface Answer {
  readonly status: string
  /** In the minimised sense. */
  readonly values: readonly number[]
  readonly counts: Readonly<Record<string, number>>
  /** What each device ends as, by id. */
  readonly outcomes: Readonly<Record<string, string>>
}

async function answer(model: Entry): Promise<Answer> {
  const open = (): never => {
    throw new Error('the devices stand in the model')
  }
  const { result, fleet } = await runAssignment({ model: { name: 'model.yaml', text: stringify(model) }, open }, solvers)
  if (result.status !== 'assigned') return { status: result.status, values: [], counts: {}, outcomes: {} }
  const { choices, chosen } = result.assignment
  const outcomes = Object.fromEntries(fleet!.ids.map((id, row) => [id, choices[chosen[row]!]!.id] as const))
  const counts: Record<string, number> = {}
  for (const outcome of Object.values(outcomes).sort()) counts[outcome] = (counts[outcome] ?? 0) + 1
  const values = result.levels.map(({ sense, value }) => (sense === 'maximise' ? -value : value) + 0)
  return { status: result.status, values, counts, outcomes }
}

const modelOf = (seed: number): Entry => parse(randomModel(seed, { policies: POLICIES_MIXED, kinds: mixedKinds(seed) })) as Entry
const POLICIES_MIXED = ['hard', 'hard', 'hard', ...POLICIES] as const

/** Every id by another, wherever the model says it. */
function renamed(model: Entry, name: (id: string) => string): Entry {
  const ids = new Set((model['devices'] as readonly Entry[]).map(({ id }) => id as string))
  const other = (value: unknown): unknown => (typeof value === 'string' && ids.has(value) ? name(value) : value)
  const row = (one: Entry): Entry => Object.fromEntries(Object.entries(one).map(([key, value]) => [key, other(value)]))
  return withRows(model, (rows) => rows.map(row))
}

function withRows(model: Entry, change: (rows: readonly Entry[]) => readonly Entry[]): Entry {
  const links = model['links'] as Readonly<Record<string, readonly Entry[]>> | undefined
  return {
    ...model,
    devices: change(model['devices'] as readonly Entry[]),
    ...(links === undefined ? {} : { links: Object.fromEntries(Object.entries(links).map(([name, rows]) => [name, change(rows)])) }),
  }
}

function shuffled<T>(list: readonly T[], random: Random): readonly T[] {
  const copy = [...list]
  for (let at = copy.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    ;[copy[at], copy[other]] = [copy[other]!, copy[at]!]
  }
  return copy
}

describe('another name or place of devices', () => {
  it('changes nothing but names', { timeout: 300_000 }, async () => {
    let assigned = 0
    for (let seed = 0; seed < SEEDS; seed++) {
      const model = modelOf(seed)
      const random = randomFrom(seed + 80_000)
      const before = await answer(model)
      if (before.status === 'assigned') assigned++
      const where = `seed ${seed}`
      const again = await answer(renamed(model, (id) => `unit-${id}`))
      expect({ ...again, outcomes: {} }, where).toEqual({ ...before, outcomes: {} })
      expect(again.outcomes, where).toEqual(Object.fromEntries(Object.entries(before.outcomes).map(([id, one]) => [`unit-${id}`, one])))
      const moved = await answer(withRows(model, (rows) => shuffled(rows, random)))
      expect({ status: moved.status, values: moved.values }, where).toEqual({ status: before.status, values: before.values })
      const turned = await answer(renamed(model, (id) => `u${9 - Number(id.slice(1))}`))
      expect({ status: turned.status, values: turned.values }, where).toEqual({ status: before.status, values: before.values })
    }
    expect(assigned).toBeGreaterThan(SEEDS / 3)
  })
})

/** The use with one number of it closer, or nothing where it has none that is known to make it tighter. */
function tighter(use: Entry): Entry | undefined {
  const [[kind, written]] = Object.entries(use) as [[string, Entry]]
  const turn = (name: string, step: number): Entry | undefined => {
    const value = written[name]
    if (typeof value !== 'number' || value + step < 0) return undefined
    return { ...use, [kind]: { ...written, [name]: value + step } }
  }
  for (const [name, step] of [
    ['max', -1],
    ['min', 1],
    ['sum', -1],
    ['max_skew', -1],
    ['min_distinct', 1],
    ['limit', -500_000],
    ['more_than', 1],
    ['at_least', 1],
  ] as const) {
    const found = turn(name, step)
    if (found !== undefined) return found
  }
  return undefined
}

/** Whether `after` is no better than `before`; what is impossible is worst. */
function noBetter(before: Answer, after: Answer): boolean {
  if (after.status === 'impossible') return true
  if (before.status === 'impossible') return false
  const at = after.values.findIndex((value, level) => value !== before.values[level])
  return at < 0 || after.values[at]! > before.values[at]!
}

describe('a tighter model', () => {
  it('is never better: one number closer, hard or soft', { timeout: 300_000 }, async () => {
    let [tried, worse] = [0, 0]
    for (let seed = 0; seed < SEEDS; seed++) {
      const model = modelOf(seed)
      const uses = model['constraints'] as readonly Entry[]
      // What must not get worse may be worse where today is worse too.
      const at = uses.findIndex((use) => use['do_not_worsen'] === undefined && tighter(use) !== undefined)
      if (at < 0) continue
      tried++
      const before = await answer(model)
      const after = await answer({ ...model, constraints: uses.map((use, other) => (other === at ? tighter(use)! : use)) })
      expect(noBetter(before, after), `seed ${seed}: ${JSON.stringify(uses[at])}`).toBe(true)
      if (!noBetter(after, before)) worse++
    }
    expect(tried).toBeGreaterThan(SEEDS / 3)
    expect(worse).toBeGreaterThan(SEEDS / 20)
  })

  it('is never better: one more hard use of each kind', { timeout: 300_000 }, async () => {
    let worse = 0
    for (const kind of ALL_KINDS)
      for (let seed = 0; seed < (LONG ? 60 : 3); seed++) {
        const model = parse(oneKind(seed, kind, 'hard')) as Entry
        const uses = model['constraints'] as readonly Entry[]
        const at = uses.findIndex((use) => use[kind] !== undefined)
        if (at < 0) continue
        const before = await answer({ ...model, constraints: uses.filter((_, other) => other !== at) })
        const after = await answer(model)
        expect(noBetter(before, after), `${kind} seed ${seed}`).toBe(true)
        if (!noBetter(after, before)) worse++
      }
    expect(worse).toBeGreaterThan(5)
  })
})
