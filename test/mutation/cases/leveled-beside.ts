/** Certificates of levels beside others: what both would count is counted once, and numbers that may have been rounded prove nothing. */
import { deepStrictEqual } from 'node:assert'
import { stringify } from 'yaml'
import type { Certificate, LevelProof, PartName } from '../../../src/model/certificate.ts'
import { boundOf } from '../../../src/verify/bound/bound.ts'
import { readTrial } from '../../../src/verify/judge.ts'
import { smallFleet } from '../../oracle/small-fleet.ts'
import type { Case } from './case.ts'
import { workedCases, type Worked } from './worked.ts'

const FLEET = {
  fleetproof: 1,
  context: { site: { text: true } },
  devices: [
    { id: 'd0', site: 'n' },
    { id: 'd1', site: 'n' },
    { id: 'd2', site: 's' },
    { id: 'd3', site: 's' },
  ],
  variants: { A: { prefers: '5' }, B: { prefers: '1' }, C: { requires: 'device.site == "x"' } },
  objectives: ['assigned', 'soft', 'preference'],
}
const least = (variant: string, min: number, more: object = {}): object => ({ quota: { variant, min, ...more }, soft: { weight: 3 } })
const most = (site: string): object => ({ quota: { variant: 'A', max: 1, of: `device.site == "${site}"` } })

type Priced = PartName & { readonly price: number }
const part = (use: number, price: number, group = ''): Priced => ({ use, group, part: '', price })
/** One proof by level, each with the prices given for it. */
function levels(...prices: readonly (readonly Priced[])[]): Certificate {
  const proofs = prices.map((own, level): LevelProof => ({
    level,
    scale: 1,
    prices: own,
    clashes: [],
    leaves: [{ cases: [], factors: Array.from({ length: level }, () => 0), prices: [], clashes: [] }],
  }))
  return { is: 'levels', component: 'l', bound: [], choices: [], clashes: [], divisions: [], levels: proofs }
}
const listed: Certificate = { is: 'enumeration', component: 'e', bound: [] }
const prices = (use: number, ...price: readonly number[]): Certificate => ({
  is: 'prices',
  component: 'p',
  bound: [],
  leaves: [{ cases: [], prices: [{ use, group: '', part: '', price }] }],
})
const MEETS_LEVELS = 'another certificate of levels speaks of the same devices or parts'
const MEETS_PRICES = 'it prices devices that a certificate of levels speaks of'

const NOBODY_HAS_C = [least('C', 2)]
const BOTH_SITES = [most('n'), most('s'), least('C', 1)]

const BESIDE: readonly Worked[] = [
  // Nobody may have C: each certificate alone proves that 6 is paid, and together they prove no more.
  { name: 'nobody, levels alone', constraints: NOBODY_HAS_C, certificates: [levels([], [part(0, 3)], [])], values: [-4n, 6n, -20n] },
  {
    name: 'nobody, levels and a list',
    constraints: NOBODY_HAS_C,
    certificates: [levels([], [part(0, 3)], []), listed],
    values: [-4n, 6n, -20n],
  },
  {
    name: 'nobody, levels and prices',
    constraints: NOBODY_HAS_C,
    certificates: [levels([], [part(0, 3)], []), prices(0, 0, 3, 0)],
    values: [-4n, 6n, -20n],
    why: [MEETS_PRICES],
  },
  {
    name: 'nobody, levels twice',
    constraints: NOBODY_HAS_C,
    certificates: [levels([], [part(0, 3)], []), levels([], [part(0, 3)], [])],
    values: [-4n, 6n, -20n],
    why: [MEETS_LEVELS],
  },
  {
    name: 'one site by levels, one by prices',
    constraints: BOTH_SITES,
    certificates: [levels([], [], [part(0, -4)]), prices(1, 0, 0, -4)],
    values: [-4n, 0n, -12n],
  },
  {
    name: 'one site by levels, one by a list',
    constraints: BOTH_SITES,
    certificates: [levels([], [], [part(0, -4)]), listed],
    values: [-4n, 3n, -12n],
  },
  {
    name: 'both sites by levels',
    constraints: BOTH_SITES,
    certificates: [levels([], [], [part(0, -4)]), levels([], [], [part(1, -4)])],
    values: [-4n, 0n, -12n],
  },
  {
    name: 'as many levels as all go to',
    constraints: BOTH_SITES,
    certificates: [levels([], [], [part(0, -4)]), levels([part(1, 0)], [])],
    values: [-4n, 0n],
  },
  {
    name: 'the same site by levels and prices',
    constraints: [...BOTH_SITES, most('n')],
    certificates: [levels([], [], [part(0, -4)]), prices(3, 0, 0, -4), prices(1, 0, 0, -4)],
    values: [-4n, 0n, -12n],
    why: [MEETS_PRICES],
  },
  {
    name: 'the same site by levels twice',
    constraints: [...BOTH_SITES, most('n')],
    certificates: [levels([], [], [part(0, -4)]), levels([], [], [part(3, -4)]), levels([], [], [part(1, -4)])],
    values: [-4n, 0n, -12n],
    why: [MEETS_LEVELS],
  },
  {
    name: 'levels that prove nothing keep nothing to themselves',
    constraints: BOTH_SITES,
    certificates: [levels([part(0, 0.5)]), prices(0, 0, 0, -4)],
    values: [-4n, 0n, -16n],
    why: ['a price that is not whole'],
  },
]

export function besideCases(): readonly Case[] {
  return [
    ...workedCases('levels beside others: ', FLEET, BESIDE),
    { name: 'levels whose costs are rounded before they cancel out', run: rounded },
  ]
}

/** Costs of 2^53 and more at two levels that cancel out at one option: a sum near 0, of terms that no double holds. */
function rounded(): void {
  const large = 2 ** 50
  const { model, fleet } = smallFleet(
    stringify({
      fleetproof: 1,
      context: {},
      devices: [{ id: 'd0' }],
      variants: { A: { prefers: String(-large) } },
      constraints: [{ pin: { variant: 'A' } }, { quota: { variant: 'A', max: 1 } }],
      objectives: ['assigned', 'preference'],
    }),
  )
  const trial = readTrial(model, fleet)
  const proof = (factor: number, scale: number): Certificate => {
    const leaf = { cases: [], prices: [], clashes: [] }
    return {
      is: 'levels',
      component: 'l',
      bound: [],
      choices: [],
      clashes: [],
      divisions: [],
      levels: [
        { level: 0, scale: 1, prices: [part(1, 0)], clashes: [], leaves: [{ ...leaf, factors: [] }] },
        { level: 1, scale, prices: [], clashes: [], leaves: [{ ...leaf, factors: [factor] }] },
      ],
    }
  }
  const of = (factor: number, scale: number): unknown => {
    const { values, problems } = boundOf(trial, [proof(factor, scale)])
    return { values, why: problems.map(({ why }) => why) }
  }
  deepStrictEqual(of(2 ** 50, 1), { values: [-1n, BigInt(large)], why: [] })
  deepStrictEqual(of(2 ** 53 - 1, 9), { values: [-1n], why: ['numbers leave the safe integers'] })
}
