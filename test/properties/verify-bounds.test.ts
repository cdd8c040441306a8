/** What certificates prove never exceeds the optimum, whatever they say; a certificate that is right proves it; a lie is found. */
import { describe, expect, it } from 'vitest'
import type { Certificate, Price } from '../../src/model/certificate.ts'
import { boundOf } from '../../src/verify/bound/bound.ts'
import { casesCover } from '../../src/verify/bound/cases.ts'
import { classesOf } from '../../src/verify/bound/classes.ts'
import { readTrial } from '../../src/verify/judge.ts'
import { verifyAssignment, type Claims } from '../../src/verify/assignment.ts'
import { asAssignment } from '../oracle/as-assignment.ts'
import { oracleOf } from '../oracle/assignment.ts'
import { randomPrices } from '../oracle/random-certificate.ts'
import { mixedKinds, randomFrom, randomModel } from '../oracle/random-model.ts'
import { smallFleet } from '../oracle/small-fleet.ts'

const SEEDS = Array.from({ length: 150 }, (_, seed) => seed + 500)

function compare(left: readonly bigint[], right: readonly number[]): number {
  const at = left.findIndex((value, level) => value !== BigInt(right[level]!))
  return at < 0 ? 0 : left[at]! < BigInt(right[at]!) ? -1 : 1
}

describe('bounds', () => {
  it('of random prices, cases and lists never exceed the optimum', () => {
    let tight = 0
    for (const seed of SEEDS) {
      const { model, fleet } = smallFleet(randomModel(seed, { kinds: mixedKinds(seed) }))
      const best = oracleOf(model, fleet).best()
      if (best === 'impossible') continue
      const trial = readTrial(model, fleet)
      const random = randomFrom(seed)
      for (let time = 0; time < 30; time++) {
        const one = randomPrices(trial, random)
        // Some are torn in two: prices of one part must not count twice, nor the payment for a use that is given up.
        const uses = (even: boolean): Certificate => ({
          ...one,
          leaves: one.leaves.map((leaf) => ({ ...leaf, prices: leaf.prices.filter(({ use }) => (use % 2 === 0) === even) })),
        })
        const certificates: Certificate[] = time % 3 === 1 ? [uses(true), uses(false)] : [one]
        if (time % 3 === 2) certificates.push({ is: 'enumeration', component: 'rest', bound: [] })
        const { values } = boundOf(trial, certificates)
        if (values === undefined) continue
        expect({ seed, time, above: compare(values, best.vector) > 0 }).toEqual({ seed, time, above: false })
        if (compare(values, best.vector) === 0) tight++
      }
    }
    expect(tight).toBeGreaterThan(100)
  })

  it('of lists prove the optimum', () => {
    for (const seed of SEEDS) {
      const { model, fleet } = smallFleet(randomModel(seed, { kinds: mixedKinds(seed) }))
      const best = oracleOf(model, fleet).best()
      if (best === 'impossible') continue
      const check = verifyAssignment(model, fleet, asAssignment(best.now), [{ is: 'enumeration', component: 'all', bound: [] }])
      expect({
        seed,
        feasible: check.feasible,
        gaps: check.levels.filter(({ value, bound }) => value !== bound),
        unused: check.unused,
      }).toEqual({ seed, feasible: true, gaps: [], unused: [] })
    }
  })

  it('need cases that cover every assignment', () => {
    const leaf = (...uses: number[]): { readonly use: number; readonly holds: boolean }[] =>
      uses.map((use) => ({ use: Math.abs(use) - 1, holds: use > 0 }))
    expect(casesCover([[]])).toBe(true)
    expect(casesCover([leaf(1), leaf(-1, 2), leaf(-1, -2)])).toBe(true)
    expect(casesCover([leaf(1, 2), leaf(-1), leaf(1, -2)])).toBe(true)
    expect(casesCover([leaf(1), leaf(-1, 2)])).toBe(false)
    expect(casesCover([leaf(1, 2), leaf(-1, -2)])).toBe(false)
    expect(casesCover([])).toBe(false)
  })

  it('count rows by classes exactly', () => {
    const random = randomFrom(7)
    const columns = [
      Int32Array.from({ length: 5000 }, () => Math.floor(random() * 9)),
      Float64Array.from({ length: 5000 }, () => Math.floor(random() * 40) * 2 ** 33),
    ]
    const found = classesOf(5000, columns)
    const texts = Array.from({ length: 5000 }, (_, row) => columns.map((column) => column[row]).join(' '))
    expect(found.count.reduce((a, b) => a + b, 0)).toBe(5000)
    expect(found.representative.length).toBe(new Set(texts).size)
    for (const [at, row] of found.representative.entries()) expect(found.count[at]).toBe(texts.filter((text) => text === texts[row]).length)
  })
})

/** Six devices want A (5 points over B's 1); at most two may have it, and at each site at least one must have C, worth nothing. */
const PRICED = `
fleetproof: 1
context: {site: {text: true}}
devices: [{id: d0, site: n}, {id: d1, site: n}, {id: d2, site: n}, {id: d3, site: s}, {id: d4, site: s}, {id: d5, site: s}]
variants: {A: {prefers: "5"}, B: {prefers: "1"}, C: {}}
constraints:
  - quota: {variant: A, max: 2}
  - quota: {variant: C, min: 1, over: device.site}
  - each_used: {variants: [B]}
    soft: {weight: 2, per: whole}
`
const price = (use: number, group: string, value: number): Price => ({ use, group, part: use === 2 ? 'B' : '', price: [0, 0, value, 0] })
const PROOF: Extract<Certificate, { is: 'prices' }> = {
  is: 'prices',
  component: 'all',
  bound: [-6, 0, -12, 6],
  leaves: [
    { cases: [{ use: 2, holds: true }], prices: [price(0, '', -4), price(1, 'n', 1), price(1, 's', 1)] },
    { cases: [{ use: 2, holds: false }], prices: [price(0, '', -4), price(1, 'n', 1), price(1, 's', 1)] },
  ],
}
const CLAIMS: Claims = {
  levels: [
    { name: 'assigned', value: 6, bound: 6 },
    { name: 'soft', value: 0, bound: 0 },
    { name: 'preference', value: 12, bound: 12 },
    { name: 'changes', value: 6, bound: 6 },
  ],
}
const chosen = (letters: string): ReturnType<typeof asAssignment> =>
  asAssignment(letters.split('').map((variant) => ({ outcome: 'variant', variant, settings: {} })))

describe('an assignment with its proof', () => {
  const { model, fleet } = smallFleet(PRICED)
  const check = (letters: string, certificate: Certificate = PROOF, claims: Claims = CLAIMS): ReturnType<typeof verifyAssignment> =>
    verifyAssignment(model, fleet, chosen(letters), [certificate], claims)
  const accepts = ({ feasible, levels, disagreements, unused }: ReturnType<typeof verifyAssignment>): boolean =>
    feasible &&
    disagreements.length === 0 &&
    unused.length === 0 &&
    levels.every(({ checkedBy, value, bound }) => checkedBy === 'arithmetic' && value === bound)

  it('is accepted', () => {
    expect(check('AACBBC')).toMatchObject({ feasible: true, disagreements: [], unused: [] })
    expect(accepts(check('AACBBC'))).toBe(true)
    expect(accepts(check('ACBABC'))).toBe(true)
  })

  it('is refused when a device, a value, a bound, a price or a case is another', () => {
    expect(check('AACABC').breaches).toEqual([{ use: 0, group: '', amount: 1 }])
    expect(check('AABBBC').breaches).toEqual([{ use: 1, group: 'n', amount: 1 }])
    expect(check('AACBCC').disagreements).toEqual(['level preference: 12 is claimed, 11 was found'])
    for (const [level, claim] of CLAIMS.levels.entries())
      for (const word of ['value', 'bound'] as const)
        for (const change of [-1, 1]) {
          // A weaker bound than the proved one is still true, but leaves a gap.
          const levels = CLAIMS.levels.map((one, at) => (at === level ? { ...one, [word]: claim[word] + change } : one))
          const found = check('AACBBC', PROOF, { levels })
          const gap = levels.some((one) => one.value !== one.bound)
          expect({ level, word, change, accepted: accepts(found) && !gap }).toEqual({ level, word, change, accepted: false })
        }
    const { leaves } = PROOF
    for (const [at, leaf] of leaves.entries()) {
      expect(check('AACBBC', { ...PROOF, leaves: leaves.filter((_, other) => other !== at) }).unused).toHaveLength(1)
      if (at === 1) continue
      for (const [which, one] of leaf.prices.entries())
        for (const change of [-3, 3]) {
          const prices = leaf.prices.map((other, index) =>
            index === which ? { ...one, price: one.price.map((entry, level) => (level === 2 ? entry + change : entry)) } : other,
          )
          const found = check('AACBBC', { ...PROOF, leaves: [{ ...leaf, prices }, leaves[1]!] })
          expect({ which, change, accepted: accepts(found) }).toEqual({ which, change, accepted: false })
        }
    }
  })

  it('is refused for choices that the model does not have', () => {
    expect(check('AACBBX').ineligible).toEqual(['d5'])
    const longer = chosen('AACBBCC')
    expect(verifyAssignment(model, fleet, longer, [PROOF], CLAIMS).feasible).toBe(false)
  })

  it('proves nothing without a certificate, and leaves scripts to solvers', () => {
    expect(verifyAssignment(model, fleet, chosen('AACBBC')).levels.map(({ checkedBy }) => checkedBy)).toEqual([
      'nobody',
      'nobody',
      'nobody',
      'nobody',
    ])
    const script: Certificate = { is: 'refutation', component: 'c1', bound: [-6, 0, -12, 6], scripts: ['(check-sat)'] }
    expect(check('AACBBC', script)).toMatchObject({ open: ['c1'], levels: [{ checkedBy: 'nobody' }, {}, {}, {}] })
  })

  it('refuses numbers that cannot be added exactly', () => {
    const huge: Certificate = {
      is: 'prices',
      component: 'all',
      bound: [],
      leaves: [{ cases: [], prices: [price(0, '', -Number.MAX_SAFE_INTEGER)] }],
    }
    expect(check('AACBBC', huge).unused.map(({ why }) => why)).toEqual(['numbers leave the safe integers'])
  })
})

/** Three devices want A (4 MB, 5 points) over B (1 MB, 1 point); their gateway has 6 MB. A device may have a risk of 2 at most: C, worth 9, has 3. */
const AMOUNTS = `
fleetproof: 1
context: {gateway: {device: true}, memory: {int: MB}}
devices: [{id: g, memory: 6}, {id: d0, gateway: g}, {id: d1, gateway: g}, {id: d2, gateway: g}]
variants:
  A: {prefers: "5", uses: {memory: 4 MB}, requires: has(device.gateway)}
  B: {prefers: "1", uses: {memory: 1 MB}, requires: has(device.gateway)}
  C: {prefers: "9", requires: has(device.gateway)}
constraints:
  - capacity: {resource: memory, over: device.gateway, limit: group.memory}
  - risk: {per: 'variant.id == "C" ? 3 : 1', max: 2}
`

describe('prices on amounts', () => {
  const { model, fleet } = smallFleet(AMOUNTS)
  const now = (letters: string): ReturnType<typeof asAssignment> =>
    asAssignment(
      letters
        .split('')
        .map((variant) => (variant === '-' ? { outcome: 'none', settings: {} } : { outcome: 'variant', variant, settings: {} })),
    )
  const proof = (value: number, per?: number): Certificate => ({
    is: 'prices',
    component: 'all',
    bound: [],
    leaves: [{ cases: [], prices: [{ use: 0, group: 'g', part: '', price: [0, value, 0], ...(per === undefined ? {} : { per }) }] }],
  })

  it('count units of many, rounded down', () => {
    const check = verifyAssignment(model, fleet, now('-ABB'), [proof(-4, 3_000_000)])
    expect(check).toMatchObject({ feasible: true, unused: [] })
    // At most two of the devices' 4 MB fit into 6 MB by threes, and 4 points for each leave 1: 2 x 4 + 3 x 1.
    expect(check.levels.slice(0, 2).map(({ value, bound }) => [value, bound])).toEqual([
      [3, 3],
      [7, 11],
    ])
    expect(verifyAssignment(model, fleet, now('-ABB'), [proof(-4, 4_000_000)]).levels[1]).toMatchObject({ value: 7, bound: 7 })
  })

  it('leave out what alone is too much', () => {
    expect(verifyAssignment(model, fleet, now('-CBB')).breaches).toEqual([{ use: 1, group: '', amount: 1 }])
    expect(verifyAssignment(model, fleet, now('-AAB')).breaches).toEqual([{ use: 0, group: 'g', amount: 3_000_000 }])
  })

  it('are refused where they say nothing', () => {
    const why = (certificate: Certificate): readonly string[] =>
      verifyAssignment(model, fleet, now('-ABB'), [certificate]).unused.map((one) => one.why)
    expect(why(proof(4, 1_000_000))).toHaveLength(1)
    expect(why(proof(-4, 0.5))).toHaveLength(1)
    expect(
      why({ ...proof(-4), leaves: [{ cases: [], prices: [{ use: 1, group: '', part: '', price: [0, -1, 0] }] }] } as Certificate),
    ).toEqual(['a price on part 1 ["",""], which has no limit'])
  })
})
