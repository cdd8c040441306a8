/** The engine, by whatever method, answers what the meaning in plain lines says: the same optimum, or that there is none. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runAssignment } from '../../src/engine.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import type { Method, Solvers } from '../../src/solve/solvers.ts'
import { oracleOf } from '../oracle/assignment.ts'
import { mixedKinds, randomModel } from '../oracle/random-model.ts'
import { smallFleet } from '../oracle/small-fleet.ts'

const POLICIES = ['hard', 'hard', 'hard', 'hard', 'hard', 'unit', 'whole', 'do_not_worsen'] as const
// 424: links whose repairs mixed up the rows of different pairs.
const SEEDS = [...Array.from({ length: 120 }, (_, seed) => seed), 424]

/** What a method may leave open: flow takes laminar counts only, HiGHS proves nothing by itself, sites need blocks. */
const OPEN: Readonly<Record<Method | 'any', number>> = { any: 0, z3: 0, flow: 0.5, highs: 0.5, sites: 1 }

let solvers: Solvers
beforeAll(() => {
  solvers = createSolvers({ threads: 1 })
})
afterAll(() => solvers.close())

interface Answer {
  readonly status: string
  readonly optimal: boolean
  /** In the minimised sense. */
  readonly values: readonly number[]
}

async function answer(text: string, force: Method | undefined): Promise<Answer> {
  const open = (): never => {
    throw new Error('the devices stand in the model')
  }
  const { result } = await runAssignment(
    { model: { name: 'model.yaml', text }, open },
    solvers,
    force === undefined ? {} : { limits: { force } },
  )
  if (result.status !== 'assigned') return { status: result.status, optimal: false, values: [] }
  return {
    status: 'assigned',
    optimal: result.optimal,
    values: result.levels.map(({ sense, value }) => (sense === 'maximise' ? -value : value) + 0),
  }
}

describe('engine and meaning agree', () => {
  it.each(['any', 'flow', 'sites', 'z3', 'highs'] as const)('by %s', { timeout: 180_000 }, async (method) => {
    let impossible = 0
    let open = 0
    for (const seed of SEEDS) {
      const text = randomModel(seed, { policies: POLICIES, kinds: mixedKinds(seed) })
      const { model, fleet } = smallFleet(text)
      const best = oracleOf(model, fleet).best()
      if (best === 'impossible') impossible++
      const { status, optimal, values } = await answer(text, method === 'any' ? undefined : method)
      if (status === 'undecided' || (status === 'assigned' && !optimal)) open++
      if (status === 'undecided') continue
      const meant =
        best === 'impossible'
          ? { seed, status: 'impossible', values: [] }
          : { seed, status: 'assigned', values: best.vector.map((value) => value + 0) }
      if (optimal || best === 'impossible') expect({ seed, status, values }).toEqual(meant)
      else {
        // What is not called optimal may be worse, never better.
        expect({ seed, status }).toEqual({ seed, status: 'assigned' })
        const at = values.findIndex((value, level) => value !== meant.values[level])
        expect({ seed, worse: at < 0 || values[at]! > meant.values[at]! }).toEqual({ seed, worse: true })
      }
    }
    expect(impossible / SEEDS.length).toBeGreaterThanOrEqual(0.3)
    expect(open / SEEDS.length).toBeLessThanOrEqual(OPEN[method])
  })
})
