/** Certificates of prices whose bounds are worked out by hand, and those that must not be used, with the reason. */
import type { Certificate, PriceLeaf } from '../../../src/model/certificate.ts'
import type { Case } from './case.ts'
import { workedCases, type Worked } from './worked.ts'

const FLEET = {
  fleetproof: 1,
  context: { site: { text: true }, gate: { device: true } },
  devices: ['n', 'n', 'n', 's', 's', 's'].map((site, at) => ({ id: `d${at}`, site, gate: at < 3 ? 'd0' : 'd3' })),
  variants: { A: { prefers: '5', uses: { memory: 4 } }, B: { prefers: '1', uses: { memory: 1 } } },
  objectives: ['assigned', 'soft', 'preference'],
}
const whole = { soft: { weight: 3, per: 'whole' } }
const atMost = (max: number, of: string | undefined, policy: object = {}): object => ({
  quota: { variant: 'A', max, ...(of === undefined ? {} : { of: `device.site == "${of}"` }) },
  ...policy,
})

const leaf = (cases: readonly (readonly [use: number, holds: boolean])[], prices: PriceLeaf['prices']): PriceLeaf => ({
  cases: cases.map(([use, holds]) => ({ use, holds })),
  prices,
})
const proof = (component: string, ...leaves: readonly PriceLeaf[]): Certificate => ({ is: 'prices', component, bound: [], leaves })
const price = (use: number, entry: number, more: object = {}): PriceLeaf['prices'][number] => ({
  use,
  group: '',
  part: '',
  price: [0, 0, entry],
  ...more,
})
/** Holds at a price of -4 for each A, or is given up. */
const tree = (component: string, use: number): Certificate =>
  proof(component, leaf([[use, true]], [price(use, -4)]), leaf([[use, false]], []))

/** Speaks of no device, and gives every model its soft level. */
const NOBODY = { forbid: { variant: 'B', of: 'device.site == "none"' }, soft: { weight: 1 } }
/** Where no price is used, every device has what it likes best. */
const FREE = [-6n, 0n, -30n]

const WORKED: readonly Worked[] = [
  {
    name: 'a hard limit',
    constraints: [atMost(2, undefined)],
    certificates: [proof('c', leaf([], [price(0, -4)]))],
    values: [-6n, 0n, -14n],
  },
  {
    name: 'a price too low',
    constraints: [atMost(2, undefined)],
    certificates: [proof('c', leaf([], [price(0, -3)]))],
    values: [-6n, 0n, -18n],
  },
  {
    name: 'a price too high',
    constraints: [atMost(2, undefined)],
    certificates: [proof('c', leaf([], [price(0, -6)]))],
    values: [-6n, 0n, -18n],
  },
  {
    name: 'a use that holds as a whole or is given up',
    constraints: [atMost(2, undefined, whole)],
    certificates: [tree('c', 0)],
    values: [-6n, 0n, -14n],
  },
  {
    name: 'a use that is dropped where no case speaks of it',
    constraints: [atMost(2, undefined, whole)],
    certificates: [proof('c', leaf([], []))],
    values: FREE,
  },
  {
    name: 'two trees of different devices',
    constraints: [atMost(1, 'n', whole), atMost(1, 's', whole)],
    certificates: [tree('n', 0), tree('s', 1)],
    values: [-6n, 0n, -14n],
  },
  {
    name: 'a tree beside plain prices',
    constraints: [atMost(1, 'n', whole), atMost(2, 's')],
    certificates: [tree('n', 0), proof('s', leaf([], [price(1, -4)]))],
    values: [-6n, 0n, -18n],
  },
  {
    name: 'two trees that meet',
    constraints: [atMost(1, undefined, whole), atMost(2, undefined, whole)],
    certificates: [tree('one', 0), tree('two', 1)],
    values: [-6n, 0n, -10n],
    why: ['device d0 stands in two certificates with cases'],
  },
  {
    name: 'two certificates on one case',
    constraints: [atMost(1, undefined, whole)],
    certificates: [tree('one', 0), proof('two', leaf([[0, true]], []), leaf([[0, false]], []))],
    values: [-6n, 0n, -10n],
    why: ['another certificate uses the same part or case'],
  },
  {
    name: 'a leaf with a case that stands alone',
    constraints: [atMost(1, undefined, whole)],
    certificates: [proof('c', leaf([[0, true]], [price(0, -4)]))],
    values: FREE,
    why: ['its cases do not cover every assignment'],
  },
  {
    name: 'a case on a hard use',
    constraints: [atMost(1, undefined)],
    certificates: [tree('c', 0)],
    values: FREE,
    why: ['a case on constraint 0, which is not a whole soft one'],
  },
  {
    name: 'a case on a use that is paid by unit',
    constraints: [atMost(1, undefined, { soft: { weight: 3 } })],
    certificates: [tree('c', 0)],
    values: FREE,
    why: ['a case on constraint 0, which is not a whole soft one'],
  },
  {
    name: 'a case on no use',
    constraints: [atMost(1, undefined, whole)],
    certificates: [tree('c', 7)],
    values: FREE,
    why: ['a case on constraint 7, which is not a whole soft one'],
  },
  {
    name: 'a case that contradicts itself',
    constraints: [atMost(1, undefined, whole)],
    certificates: [
      proof(
        'c',
        leaf(
          [
            [0, true],
            [0, false],
          ],
          [],
        ),
        leaf(
          [
            [0, false],
            [0, false],
          ],
          [],
        ),
        leaf([[0, true]], []),
      ),
    ],
    values: FREE,
    why: ['constraint 0 both holds and is given up'],
  },
  {
    name: 'a price where the use is given up',
    constraints: [atMost(1, undefined, whole)],
    certificates: [proof('c', leaf([[0, true]], []), leaf([[0, false]], [price(0, -4)]))],
    values: FREE,
    why: ['a price on constraint 0, which is not assumed to hold'],
  },
  {
    name: 'two prices on one part',
    constraints: [atMost(1, undefined)],
    certificates: [proof('c', leaf([], [price(0, -4), price(0, -1)]))],
    values: FREE,
    why: ['two prices on part 0 ["",""]'],
  },
  {
    name: 'a price that is no integer at one level',
    constraints: [atMost(1, undefined)],
    certificates: [proof('c', leaf([], [price(0, -4, { price: [0, 0.5, -4] })]))],
    values: FREE,
    why: ['a price on constraint 0 is not one integer per level'],
  },
  {
    name: 'a price that is short of a level',
    constraints: [atMost(1, undefined)],
    certificates: [proof('c', leaf([], [price(0, -4, { price: [0, -4] })]))],
    values: FREE,
    why: ['a price on constraint 0 is not one integer per level'],
  },
  {
    name: 'a price on no use',
    constraints: [atMost(1, undefined)],
    certificates: [proof('c', leaf([], [price(4, -4)]))],
    values: FREE,
    why: ['a price on constraint 4, which does not exist'],
  },
  {
    name: 'a price on no group, and on no part',
    constraints: [atMost(1, undefined), atMost(1, 'n')],
    certificates: [proof('c', leaf([], [price(0, -4, { group: 'n' })])), proof('d', leaf([], [price(1, -4, { part: 'A' })]))],
    values: FREE,
    why: ['a price on part 0 ["n",""], which does not exist', 'a price on part 1 ["","A"], which does not exist'],
  },
  {
    name: 'a price per units of a count',
    constraints: [atMost(1, undefined)],
    certificates: [proof('c', leaf([], [price(0, -4, { per: 2 })]))],
    values: FREE,
    why: ['a price on part 0 ["",""] per 2 units, which it does not have'],
  },
  {
    name: 'a price on what is forbidden',
    constraints: [{ forbid: { variant: 'A' }, soft: { weight: 2 } }, { forbid: { variant: 'A' } }],
    certificates: [proof('c', leaf([], [price(1, -4)])), proof('d', leaf([], [price(1, -4, { part: 'A' })]))],
    values: [-6n, 0n, -6n],
    why: ['a price on part 1 ["","A"], which does not exist'],
  },
  {
    name: 'a price on what is not linear',
    constraints: [{ no_conflict: { pairs: [['A', 'B']] } }, { requires_on: { device: 'device.gate', then: 'there.id == variant.id' } }],
    certificates: [proof('c', leaf([], [price(0, -4)])), proof('d', leaf([], [price(1, -4)]))],
    values: FREE,
    why: ['a price on part 0 ["",""], which does not exist', 'a price on part 1 ["",""], which does not exist'],
  },
  {
    name: 'amounts, by units of three',
    constraints: [{ capacity: { resource: 'memory', limit: 12 } }],
    certificates: [proof('c', leaf([], [price(0, -4, { per: 3 })]))],
    values: [-6n, 0n, -22n],
  },
  {
    name: 'amounts that may be exceeded',
    constraints: [{ capacity: { resource: 'memory', limit: 12 }, soft: { weight: 1 } }],
    certificates: [proof('c', leaf([], [price(0, -1, { price: [0, -1, 0] })]))],
    values: [-6n, -6n, -6n],
  },
  {
    name: 'amounts at a price above what the excess costs',
    constraints: [{ capacity: { resource: 'memory', limit: 12 }, soft: { weight: 1 } }],
    certificates: [proof('c', leaf([], [price(0, -1, { price: [0, -3, 0] })]))],
    values: [-6n, -42n, -6n],
  },
  {
    name: 'amounts per units where they may be exceeded',
    constraints: [{ capacity: { resource: 'memory', limit: 12 }, soft: { weight: 1 } }],
    certificates: [proof('c', leaf([], [price(0, -4, { per: 3 })]))],
    values: FREE,
    why: ['a price on part 0 ["",""] per 3 units, which only a hard upper limit can have'],
  },
  {
    name: 'amounts per no unit, per a part of one, and per units of a lower limit',
    constraints: [{ capacity: { resource: 'memory', limit: 12 } }],
    certificates: [0, 1.5]
      .map((per) => proof('c', leaf([], [price(0, -4, { per })])))
      .concat(proof('d', leaf([], [price(0, 4, { per: 2 })]))),
    values: FREE,
    why: [0, 1.5, 2].map((per) => `a price on part 0 ["",""] per ${per} units, which only a hard upper limit can have`),
  },
  {
    name: 'a case that is said twice',
    constraints: [atMost(2, undefined, whole)],
    certificates: [
      proof(
        'c',
        leaf(
          [
            [0, true],
            [0, true],
          ],
          [price(0, -4)],
        ),
        leaf([[0, false]], []),
      ),
    ],
    values: [-6n, 0n, -14n],
  },
  {
    name: 'amounts by units where the use is assumed to hold',
    constraints: [{ capacity: { resource: 'memory', limit: 12 }, ...whole }],
    certificates: [proof('c', leaf([[0, true]], [price(0, -4, { per: 3 })]), leaf([[0, false]], []))],
    values: [-6n, 0n, -22n],
  },
  {
    name: 'parts of several groups',
    constraints: [{ spread: { over: 'device.site', max_share: '34%' } }],
    certificates: [proof('c', leaf([], [price(0, -1, { group: 'n', part: 'B' }), price(0, -4, { group: 's', part: 'A' })]))],
    values: [-6n, 0n, -23n],
  },
  {
    name: 'the excess of one group of several',
    constraints: [{ capacity: { resource: 'memory', over: 'device.site', limit: 6 }, soft: { weight: 1 } }],
    certificates: [proof('c', leaf([], [price(0, 0, { group: 's', price: [0, -3, 0] })]))],
    values: [-6n, -21n, -18n],
  },
  {
    name: 'a leaf without cases beside one with',
    constraints: [atMost(2, undefined), atMost(1, undefined, whole)],
    certificates: [proof('c', leaf([], [price(0, -4)]), leaf([[1, true]], []))],
    values: FREE,
  },
  {
    name: 'devices without an option',
    constraints: [{ pin: { variant: 'A' } }, { forbid: { variant: 'A' } }, atMost(2, undefined)],
    certificates: [proof('c', leaf([], [price(2, -4)]))],
    values: undefined,
    why: ['a device has no option left'],
  },
  {
    name: 'numbers that leave the safe integers',
    constraints: [atMost(2, undefined)],
    certificates: [proof('c', leaf([], [price(0, -Number.MAX_SAFE_INTEGER)]))],
    values: undefined,
    why: ['numbers leave the safe integers'],
  },
  {
    name: 'numbers of one case that leave the safe integers',
    constraints: [atMost(2, undefined, whole)],
    certificates: [proof('c', leaf([[0, true]], [price(0, -Number.MAX_SAFE_INTEGER)]), leaf([[0, false]], []))],
    values: undefined,
    why: ['numbers leave the safe integers'],
  },
]

export function pricedCases(): readonly Case[] {
  return workedCases(
    'bounds ',
    FLEET,
    WORKED.map((worked) => ({ ...worked, constraints: [...worked.constraints, NOBODY] })),
  )
}
