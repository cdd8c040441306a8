/** A path in an optimal flow costs what solving again with the device forced costs: on the example fleet, where shares, pins, soft quotas and many classes meet. */
import { createReadStream, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runAssignment } from '../../src/engine.ts'
import { ask, whyNotFor } from '../../src/engine-explain.ts'
import { evaluateSolution } from '../../constraints/problem-reading.ts'
import { residualOf } from '../../src/solve/flow/force-one.ts'
import { flowApplies } from '../../src/solve/flow/solve-flow.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import type { Solvers } from '../../src/solve/solvers.ts'
import { randomFrom } from '../oracle/random-model.ts'

const path = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url))
const DEVICES = process.env['FLEETPROOF_LONG'] === undefined ? 25 : 300

let solvers: Solvers
beforeAll(() => {
  solvers = createSolvers({ threads: 1 })
})
afterAll(() => solvers.close())

const building = () =>
  runAssignment(
    { model: { name: 'building.yaml', text: readFileSync(path('building.yaml'), 'utf8') }, open: (name) => createReadStream(path(name)) },
    solvers,
  )

describe('forcing one device of a flow', () => {
  it('says the same by a path and by solving again', { timeout: 120_000 }, async () => {
    const asked = ask(await building())!
    const { model, fleet } = asked.context
    const random = randomFrom(11)
    let possible = 0
    for (let n = 0; n < DEVICES; n++) {
      const row = Math.floor(random() * fleet.size)
      const variant = model.variants[Math.floor(random() * model.variants.length)]!.id
      const wanted = { is: 'variant', variant, settings: {} } as const
      const quick = await whyNotFor(asked, row, wanted, solvers)
      const full = await whyNotFor(asked, row, wanted, solvers, { confirm: true })
      expect(full.is, `${fleet.ids[row]} ${variant}`).toBe(quick.is)
      if (quick.is !== 'possible' || full.is !== 'possible') continue
      possible++
      expect(full.cost, `${fleet.ids[row]} ${variant}`).toEqual(quick.cost)
      expect(full.checkedBy).toBe('arithmetic')
    }
    expect(possible).toBeGreaterThan(DEVICES / 4)
  })

  it('names moves that keep every row and cost what they say', { timeout: 60_000 }, async () => {
    const { compiled, verdict } = await building()
    const { problem } = compiled!
    const shape = flowApplies(problem)
    if ('no' in shape) throw new Error(shape.no)
    const { counts } = verdict!
    const residual = residualOf(problem, shape, counts)
    const before = evaluateSolution(problem, counts)
    let moved = 0
    for (let c = 0; c < problem.classes.size; c++) {
      const columns = Array.from(
        { length: problem.classes.columnStart[c + 1]! - problem.classes.columnStart[c]! },
        (_, k) => problem.classes.columnStart[c]! + k,
      )
      const from = columns.find((j) => counts[j]! > 0)!
      for (const k of columns) {
        if (k === from) continue
        const found = residual.force(c, from, [k])
        if (found.is === 'impossible') {
          expect(found.rows.length).toBeGreaterThan(0)
          continue
        }
        const after = Float64Array.from(counts)
        for (const move of found.moves) {
          after[move.from]!--
          after[move.to]!++
          moved++
        }
        expect(after.every((count) => count >= 0)).toBe(true)
        expect(evaluateSolution(problem, after)).toEqual(before.map((value, level) => value + found.cost[level]!))
        for (const row of problem.rows) if (row.policy.is === 'hard') expect(violated(row, after)).toBe(false)
      }
    }
    expect(moved).toBeGreaterThan(300)

    function violated(row: (typeof problem.rows)[number], after: Float64Array): boolean {
      let sum = 0
      if (row.form.is === 'entries')
        row.form.columns.forEach((j, i) => (sum += after[j]! * (row.form as { coefficients: Float64Array }).coefficients[i]!))
      else
        for (const c of row.form.classes)
          for (let j = problem.classes.columnStart[c]!; j < problem.classes.columnStart[c + 1]!; j++)
            sum += after[j]! * row.form.coefficient[problem.columnChoice[j]!]!
      return sum < row.lower || sum > row.upper
    }
  })
})
