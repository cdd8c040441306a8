/** What a sites certificate proves never exceeds the optimum, whatever prices it names; with good ones it reaches it. */
import { describe, expect, it } from 'vitest'
import type { Certificate, SiteLevel } from '../../src/model/certificate.ts'
import { boundOf } from '../../src/verify/bound/bound.ts'
import { readTrial, type Trial } from '../../src/verify/judge.ts'
import { oracleOf } from '../oracle/assignment.ts'
import { mixedKinds, randomFrom, randomModel } from '../oracle/random-model.ts'
import { smallFleet } from '../oracle/small-fleet.ts'

const SEEDS = Array.from({ length: 150 }, (_, seed) => seed + 900)

function randomSites(trial: Trial, random: () => number, joining: number): Certificate {
  const whole = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1))
  const levels = trial.levels.map((_, level): SiteLevel => {
    const scale = whole(1, 4)
    const prices = trial.held.flatMap(({ use, demand }) => {
      if (demand.is !== 'counts' && demand.is !== 'amounts') return []
      return demand.groups.flatMap((group, at) =>
        (demand.is === 'counts' ? demand.parts : ['']).flatMap((part, p) => {
          if (random() > joining) return []
          const open = (limits: Float64Array): boolean =>
            Number.isFinite(limits[demand.is === 'counts' ? at * demand.parts.length + p : at])
          const up = demand.is === 'counts' && open(demand.lower) ? whole(0, 3) : 0
          const down = open(demand.upper) ? whole(-3, 0) : 0
          return [{ use: use.index, group, part, price: random() < 0.4 ? 0 : random() < 0.5 ? up : down }]
        }),
      )
    })
    return { level, scale, kept: [], factors: Array.from({ length: level }, () => whole(0, 40)), prices }
  })
  return { is: 'sites', component: 'all', bound: [], levels }
}

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
