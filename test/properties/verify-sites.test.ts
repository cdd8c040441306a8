/** What a sites certificate proves never exceeds the optimum, whatever prices it names; with good ones it reaches it. */
import { describe, expect, it } from 'vitest'
import { boundOf } from '../../src/verify/bound/bound.ts'
import { readTrial } from '../../src/verify/judge.ts'
import { oracleOf } from '../oracle/assignment.ts'
import { randomSites } from '../oracle/random-certificate.ts'
import { mixedKinds, randomFrom, randomModel } from '../oracle/random-model.ts'
import { smallFleet } from '../oracle/small-fleet.ts'

const SEEDS = Array.from({ length: 150 }, (_, seed) => seed + 900)

describe('sites certificates', () => {
  it('never prove more than the optimum', () => {
    const tally = { proved: 0, reached: 0, refused: 0, later: 0 }
    for (const seed of SEEDS) {
      const { model, fleet } = smallFleet(randomModel(seed, { kinds: mixedKinds(seed) }))
      const best = oracleOf(model, fleet).best()
      if (best === 'impossible') continue
      const trial = readTrial(model, fleet)
      const random = randomFrom(seed)
      for (let time = 0; time < 12; time++) {
        const { values, problems } = boundOf(trial, [randomSites(trial, random, time === 0 ? 0 : time / 12)])
        if (values === undefined) {
          expect(problems.length, `${seed}`).toBeGreaterThan(0)
          tally.refused++
          continue
        }
        tally.proved++
        for (const [level, value] of values.entries()) {
          expect(value <= BigInt(best.vector[level]!), `${seed} ${time} level ${level}: ${value} ${best.vector.join()}`).toBe(true)
          // A later level speaks of assignments that reach what was proved before.
          if (value !== BigInt(best.vector[level]!)) break
          if (level === values.length - 1) tally.reached++
          if (level > 0) tally.later++
        }
      }
    }
    expect(tally.proved).toBeGreaterThan(300)
    expect(tally.reached).toBeGreaterThan(60)
    expect(tally.later).toBeGreaterThan(60)
  })
})
