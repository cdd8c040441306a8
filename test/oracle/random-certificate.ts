/** Seeded random certificates of prices and of sites for a model: mostly far from tight, always of the right form. What they prove must never exceed the optimum. */
import type { Case, Certificate, PriceLeaf, SiteLevel } from '../../src/model/certificate.ts'
import type { Trial } from '../../src/verify/judge.ts'
import type { Random } from './random-model.ts'

export function randomPrices(trial: Trial, random: Random): Extract<Certificate, { is: 'prices' }> {
  const below = (n: number): number => Math.floor(random() * n)
  const whole = trial.held.filter(({ use }) => use.policy.is === 'soft' && use.policy.per === 'whole')
  const cases = (open: readonly number[]): readonly (readonly Case[])[] => {
    const [use, ...later] = open
    if (use === undefined || random() < 0.3) return [[]]
    return [true, false].flatMap((holds) => cases(later).map((rest) => [{ use, holds }, ...rest]))
  }
  const leaves = cases(whole.map(({ use }) => use.index)).map((assumed): PriceLeaf => {
    const prices = trial.held.flatMap(({ use, demand }) => {
      const dropped = whole.some((one) => one.use === use) && !assumed.some((one) => one.use === use.index && one.holds)
      if (dropped || demand.is === 'together' || demand.is === 'links') return []
      const parts = demand.is === 'counts' ? demand.parts : ['']
      return demand.groups.flatMap((group) =>
        parts
          .filter(() => random() < 0.5)
          .map((part) => ({
            use: use.index,
            group,
            part,
            price: trial.levels.map((_, level) => (level > 0 && random() < 0.6 ? 0 : below(9) - 4)),
            // Amounts of memory are millions: without this no price of theirs would be of the size of a cost.
            ...(demand.is === 'amounts' && use.policy.is === 'hard' ? { per: [1, 500_000, 1_000_000][below(3)]! } : {}),
          })),
      )
    })
    return { cases: assumed, prices }
  })
  return { is: 'prices', component: 'all', bound: trial.levels.map(() => 0), leaves }
}

/** `joining`: how many of the parts are priced. */
export function randomSites(trial: Trial, random: Random, joining: number): Certificate {
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
