/** Every kind under every policy, by each method: the engine says what the meaning in plain lines says, and without the kind's checker nobody would. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { placementConstraints } from '../../constraints/placement.ts'
import { runAssignment } from '../../src/engine.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import type { Method, Solvers } from '../../src/solve/solvers.ts'
import { judge, readTrial } from '../../src/verify/judge.ts'
import { optionsOfChoices } from '../../src/verify/options.ts'
import { placementCheckers } from '../../src/verify/placement/checkers.ts'
import { asAssignment, withoutUse } from '../oracle/as-assignment.ts'
import { oracleOf, type Oracle } from '../oracle/assignment.ts'
import { oneKind } from '../oracle/one-kind.ts'
import { ALL_KINDS, mixedKinds, POLICIES, randomModel } from '../oracle/random-model.ts'
import { smallFleet } from '../oracle/small-fleet.ts'

const LONG = process.env['FLEETPROOF_LONG'] !== undefined
/** Cases of each kind under each policy in which it decides something; and where none is to be had, models after which the search ends. */
const BINDING = (policy: (typeof POLICIES)[number]): number => (LONG ? 10 : policy === 'hard' ? 4 : 2)
const MODELS = LONG ? 400 : 60
const METHODS: readonly (Method | undefined)[] = ['z3', 'highs', 'flow', 'sites']

let solvers: Solvers
beforeAll(() => {
  solvers = createSolvers({ threads: 1 })
})
afterAll(() => solvers.close())

const nameOf = (kind: string): string => `placement/${kind.replaceAll('_', '-')}`

async function answer(text: string, force: Method | undefined) {
  const open = (): never => {
    throw new Error('the devices stand in the model')
  }
  const { result } = await runAssignment({ model: { name: 'model.yaml', text }, open }, solvers, force && { limits: { force } })
  if (result.status !== 'assigned') return { status: result.status, optimal: false, values: [] }
  const values = result.levels.map(({ sense, value }) => (sense === 'maximise' ? -value : value) + 0)
  return { status: result.status, optimal: result.optimal, values }
}

/** Whether the answer would be another without the uses of the kind, one by one. */
function decides(oracle: Oracle, best: ReturnType<Oracle['best']>, kind: string): boolean {
  return oracle.model.constraints.some((use) => {
    if (use.kind !== nameOf(kind)) return false
    const without = oracleOf(withoutUse(oracle.model, use.index), oracle.fleet).best()
    if (without === 'impossible') return false
    const judged = oracle.judge(without.now)
    return best === 'impossible' || !judged.feasible || judged.vector.some((value, level) => value !== best.vector[level])
  })
}

describe('each kind under each policy', () => {
  const seen = { cases: 0, impossible: 0 }
  const closed = new Map<string, number>()

  it.each(ALL_KINDS)('%s is solved as is meant', { timeout: 300_000 }, async (kind) => {
    let turn = ALL_KINDS.indexOf(kind)
    for (const policy of POLICIES) {
      let binding = 0
      for (let seed = 0; seed < MODELS && binding < BINDING(policy); seed++) {
        const text = oneKind(seed, kind, policy)
        const { model, fleet } = smallFleet(text)
        const oracle = oracleOf(model, fleet)
        const best = oracle.best()
        if (decides(oracle, best, kind)) binding++
        // What decides nothing is worth a look only now and then.
        else if (seed % 5 > 0 && best !== 'impossible') continue
        seen.cases++
        if (best === 'impossible') seen.impossible++
        const meant =
          best === 'impossible' ? { status: 'impossible', values: [] } : { status: 'assigned', values: best.vector.map((v) => v + 0) }
        for (const force of LONG ? [undefined, ...METHODS] : [undefined, METHODS[turn++ % METHODS.length]]) {
          const where = `${kind} ${policy} seed ${seed} by ${force ?? 'any'}`
          const { status, optimal, values } = await answer(text, force)
          if (force === undefined || force === 'z3') expect(status, where).not.toBe('undecided')
          if (status === 'undecided') continue
          expect(status, where).toBe(meant.status)
          if (optimal) expect(values, where).toEqual(meant.values)
          else if (status === 'assigned') {
            const at = values.findIndex((value, level) => value !== meant.values[level])
            expect(at < 0 || values[at]! > meant.values[at]!, where).toBe(true)
            expect(['highs', 'sites'], `${where} is not closed`).toContain(force)
          }
          if (optimal || status === 'impossible') closed.set(force ?? 'any', (closed.get(force ?? 'any') ?? 0) + 1)
        }
      }
      expect(binding, `${kind} ${policy} decides something`).toBe(BINDING(policy))
    }
  })

  it('in models of which a third is impossible, and by every method in at least ten', { timeout: 300_000 }, async () => {
    expect(seen.impossible / seen.cases).toBeGreaterThanOrEqual(0.3)
    for (const method of METHODS)
      // What a method does not take to it leaves open: models are tried until it has closed ten.
      for (let seed = 0; seed < 400 && (closed.get(method!) ?? 0) < 10; seed++) {
        const text = randomModel(seed, { kinds: mixedKinds(seed) })
        const { status, optimal, values } = await answer(text, method)
        if (status === 'undecided' || (status === 'assigned' && !optimal)) continue
        const { model, fleet } = smallFleet(text)
        const best = oracleOf(model, fleet).best()
        const meant = best === 'impossible' ? [] : best.vector.map((value) => value + 0)
        expect({ seed, status, values }).toEqual({ seed, status: best === 'impossible' ? 'impossible' : 'assigned', values: meant })
        closed.set(method!, (closed.get(method!) ?? 0) + 1)
      }
    for (const method of ['any', ...METHODS]) expect(closed.get(method ?? 'any') ?? 0, method).toBeGreaterThanOrEqual(10)
  })
})

describe('the list of checkers', () => {
  it('has one for every kind that a use can have', () => {
    const kinds = placementConstraints.map(({ id }) => id).sort()
    expect(placementCheckers.map(({ kind }) => kind).sort()).toEqual(kinds.filter((kind) => kind !== 'placement/requirement'))
    expect(ALL_KINDS.map(nameOf).sort()).toEqual(placementCheckers.map(({ kind }) => kind).sort())
  })

  it.each(ALL_KINDS)('without the one of %s lets no answer of its models stand', (kind) => {
    const without = placementCheckers.filter((checker) => checker.kind !== nameOf(kind))
    let tried = 0
    for (let seed = 0; tried < 3; seed++) {
      const { model, fleet } = smallFleet(oneKind(seed, kind, 'unit'))
      const best = oracleOf(model, fleet).best()
      if (best === 'impossible' || !model.constraints.some((use) => use.kind === nameOf(kind))) continue
      tried++
      const { choices, chosen } = asAssignment(best.now)
      for (const [checkers, feasible] of [
        [placementCheckers, true],
        [without, false],
      ] as const) {
        const trial = readTrial(model, fleet, checkers)
        const optionOf = optionsOfChoices(model, trial.world.options, choices)
        const state = chosen.map((choice) => optionOf[choice]!)
        expect(judge(trial, state).feasible, `seed ${seed}`).toBe(feasible)
        expect(trial.unchecked.length > 0, `seed ${seed}`).toBe(!feasible)
      }
    }
  })
})
