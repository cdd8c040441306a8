/** What "why not" says is what forcing the device comes to: the oracle's best with the device forced, for all kinds and policies; and a path in the flow says the same as solving again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runAssignment } from '../../src/engine.ts'
import { ask, explainRow, whyNotFor } from '../../src/engine-explain.ts'
import type { Wanted } from '../../src/explain/change-model.ts'
import { fits, type WhyNot } from '../../src/explain/why-not.ts'
import { readEdits } from '../../src/model/what-if.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import type { Solvers } from '../../src/solve/solvers.ts'
import { oracleOf, type Outcome } from '../oracle/assignment.ts'
import { mixedKinds, randomFrom, randomModel } from '../oracle/random-model.ts'
import { smallFleet } from '../oracle/small-fleet.ts'

const LONG = process.env['FLEETPROOF_LONG'] !== undefined
const SEEDS = LONG ? 1500 : 50
const POLICIES = ['hard', 'hard', 'unit', 'unit', 'whole', 'do_not_worsen'] as const

const open = (): never => {
  throw new Error('the devices stand in the model')
}

let solvers: Solvers
beforeAll(() => {
  solvers = createSolvers({ threads: 1 })
})
afterAll(() => solvers.close())

/** The oracle's best value with the device forced, minimised sense. */
function bestForced(text: string, row: number, wanted: Wanted): readonly number[] | 'impossible' {
  const { model, fleet } = smallFleet(text)
  const oracle = oracleOf(model, fleet)
  const device = oracle.devices[row] as { eligible: readonly Outcome[] }
  device.eligible = device.eligible.filter((outcome) => fits({ id: '', ...outcome }, wanted))
  const best = oracle.best()
  return best === 'impossible' ? best : best.vector.map((entry) => entry + 0)
}

describe('why not', () => {
  it('states the cost that forcing the device comes to', { timeout: 300_000 }, async () => {
    const seen = { possible: 0, excluded: 0, free: 0, quick: 0, settings: 0, moved: 0 }
    for (let seed = 0; seed < SEEDS; seed++) {
      const text = randomModel(seed, { policies: POLICIES, kinds: mixedKinds(seed) })
      const run = await runAssignment({ model: { name: 'model.yaml', text }, open }, solvers)
      const asked = ask(run)
      if (asked === undefined || run.result.status !== 'assigned') continue
      const { model, fleet, compiled } = asked.context
      const random = randomFrom(seed)
      const base = run.result.levels.map(({ sense, value }) => (sense === 'maximise' ? -value : value))
      for (let row = 0; row < fleet.size; row++) {
        const variant = model.variants[Math.floor(random() * model.variants.length)]!
        const settings = variant.settings.length > 0 && random() < 0.5 ? { mode: random() < 0.5 ? 'x' : 'y' } : {}
        const wanted: Wanted = random() < 0.15 ? { is: 'nothing' } : { is: 'variant', variant: variant.id, settings }
        const where = `seed ${seed}, d${row}, ${JSON.stringify(wanted)}`
        const best = bestForced(text, row, wanted)
        const stated = await whyNotFor(asked, row, wanted, solvers)
        const again = await whyNotFor(asked, row, wanted, solvers, { confirm: true })
        if (asked.flowOf(compiled.classes.classOf[row]!) !== undefined) seen.quick++
        for (const answer of [stated, again]) {
          if (answer.is === 'has-it') {
            expect(best, where).toEqual(base.map((entry) => entry + 0))
            continue
          }
          expect(answer.is, where).toBe(best === 'impossible' ? 'excluded' : 'possible')
          if (answer.is === 'excluded') {
            seen.excluded++
            expect(answer.reasons.length, where).toBeGreaterThan(0)
          }
          if (answer.is !== 'possible' || best === 'impossible') continue
          seen.possible++
          expect(answer.proved, where).toBe(true)
          // Moves are worked out by the search alone: nobody stands for them but it.
          if (answer.how === 'moves') expect(answer.checkedBy, where).toBe('nobody')
          expect(
            costs(
              answer,
              run.compiled!.problem.levels.map(({ name }) => name),
            ),
            where,
          ).toEqual(base.map((entry, level) => best[level]! - entry + 0))
          if (answer.cost.length === 0) seen.free++
          if (answer.moved.length > 0) seen.moved++
          if (Object.keys(settings).length > 0) seen.settings++
          for (const { devices } of answer.moved) expect(devices, where).not.toContain(fleet.ids[row])
        }
      }
    }
    expect(seen.possible).toBeGreaterThan(SEEDS)
    expect(seen.excluded).toBeGreaterThan(SEEDS / 2)
    expect(seen.free).toBeGreaterThan(SEEDS / 10)
    expect(seen.quick).toBeGreaterThan(SEEDS / 4)
    expect(seen.settings).toBeGreaterThan(SEEDS / 20)
    expect(seen.moved).toBeGreaterThan(SEEDS / 5)
  })

  it('offers only repairs that give the device a variant', { timeout: 300_000 }, async () => {
    let offered = 0
    for (let seed = 0; seed < SEEDS; seed++) {
      const text = randomModel(seed, { policies: ['hard'], kinds: mixedKinds(seed) })
      const run = await runAssignment({ model: { name: 'model.yaml', text }, open }, solvers)
      const asked = ask(run)
      if (asked === undefined || run.result.status !== 'assigned') continue
      const left = run.result.unassigned[0]
      if (left === undefined) continue
      const row = asked.rowOf(left.device)!
      const { repairs = [] } = await explainRow(asked, row, solvers)
      for (const { text: what, edits = [] } of repairs) {
        offered++
        const read = readEdits(edits)
        expect(read.ok, `seed ${seed}: ${what}`).toBe(true)
        if (!read.ok) continue
        const { result } = await runAssignment({ model: { name: 'model.yaml', text }, open, edits: read.value }, solvers)
        expect(result.status, `seed ${seed}: ${what}`).toBe('assigned')
        if (result.status === 'assigned')
          expect(result.assignment.choices[result.assignment.chosen[row]!]!.outcome, `seed ${seed}: ${what}`).toBe('variant')
      }
    }
    expect(offered).toBeGreaterThan(SEEDS / 4)
  })
})

function costs(answer: Extract<WhyNot, { readonly is: 'possible' }>, names: readonly string[]): readonly number[] {
  return names.map((name) => answer.cost.find((one) => one.name === name)?.worse ?? 0)
}
