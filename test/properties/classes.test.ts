/** Merging devices into classes, dropping modes and splitting into components lose nothing: the best by class, part by part, is the best by device. */
import { describe, expect, it } from 'vitest'
import { placementConstraints } from '../../constraints/placement.ts'
import { compileAssignment } from '../../src/compile/assignment.ts'
import { splitComponents } from '../../src/compile/components.ts'
import { expandCounts } from '../../src/compile/expand.ts'
import { reported } from '../../constraints/problem-reading.ts'
import { bestByListing } from '../oracle/columns.ts'
import { oracleOf } from '../oracle/assignment.ts'
import { randomModel } from '../oracle/random-model.ts'
import { smallFleet } from '../oracle/small-fleet.ts'

const SEEDS = process.env['FLEETPROOF_LONG'] === undefined ? 150 : 5000

function prepared(seed: number) {
  const { model, fleet } = smallFleet(randomModel(seed, { policies: ['hard', 'hard', 'hard', 'hard', 'hard', 'unit', 'whole'] }))
  const compiled = compileAssignment(model, fleet, placementConstraints)
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics))
  return { model, fleet, ...compiled.value }
}

describe('classes', () => {
  it('reach the best by device at every level, whole and split into components', () => {
    let [compared, impossible, merged, split] = [0, 0, 0, 0]
    for (let seed = 0; seed < SEEDS; seed++) {
      const { model, fleet, problem } = prepared(seed)
      if (problem.auxiliaries.length > 8) continue
      const oracle = oracleOf(model, fleet)
      compared++
      const byDevice = oracle.best()
      const byClass = bestByListing(problem)
      const parts = splitComponents(problem)
      const byPart = parts.map((part) => bestByListing(part.problem))
      if (problem.classes.size < fleet.size) merged++
      if (parts.length > 1) split++
      if (byDevice === 'impossible') {
        impossible++
        expect(byClass, `seed ${seed}`).toBeUndefined()
        expect(byPart, `seed ${seed}`).toContain(undefined)
        continue
      }
      const expected = byDevice.vector.map((value, level) => (problem.levels[level]!.sense === 'maximise' ? 0 - value : value))
      expect(byClass?.reported, `seed ${seed}`).toEqual(expected)
      const sums = problem.levels.map((_, level) =>
        reported(
          problem,
          level,
          byPart.reduce((sum, best) => sum + best!.minimised[level]!, 0),
        ),
      )
      expect(sums, `seed ${seed}, split`).toEqual(expected)

      const chosen = expandCounts(problem, byClass!.counts)
      const now = Array.from(chosen, (choice) => problem.choices[choice]!)
      const outcomes = now.map(({ outcome, variant, settings }) => ({ outcome, ...(variant === undefined ? {} : { variant }), settings }))
      const judged = oracle.judge(outcomes)
      expect(judged, `seed ${seed}, expanded`).toEqual({ feasible: true, vector: byDevice.vector })
    }
    expect(compared).toBeGreaterThan(0.9 * SEEDS)
    expect(impossible).toBeGreaterThan(0.3 * compared)
    expect(merged).toBeGreaterThan(0.1 * compared)
    expect(split).toBeGreaterThan(0.05 * compared)
  }, 120_000)
})
