/** Certificates of levels: what may be called a clash against every assignment, and what is proved against the formula of model/certificate.ts, worked out the plainest way. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import { stringify } from 'yaml'
import type { Clash, DivisionCase, LevelLeaf, LevelProof, PartName, PricedChoice } from '../../../src/model/certificate.ts'
import { clashReader } from '../../../src/verify/bound/clashes.ts'
import { boundByLevels, type LevelsCertificate } from '../../../src/verify/bound/levels.ts'
import { readTrial, type HeldUse, type Trial } from '../../../src/verify/judge.ts'
import { constantOf } from '../../../src/verify/levels.ts'
import { violations } from '../../../src/verify/violations.ts'
import { oracleOf } from '../../oracle/assignment.ts'
import { mixedKinds, randomFrom, randomModel, type Random } from '../../oracle/random-model.ts'
import { smallFleet } from '../../oracle/small-fleet.ts'
import { once, type Case } from './case.ts'
import { byFormula } from './leveled-formula.ts'

export function leveledCases(): readonly Case[] {
  return [
    ...STANDING.map((constraint, at): Case => ({ name: `clashes by ${at}`, run: () => clashesOf([constraint]) })),
    { name: 'clashes beside other uses', run: () => clashesOf([STANDING[7]!, STANDING[0]!, STANDING[2]!]) },
    { name: 'clashes of several members', run: severalMembers },
    { name: 'clashes that name what is not there', run: unknownMembers },
    ...Array.from({ length: 40 }, (_, seed) => randomLevels(seed + 700)),
  ]
}

/** Every option of the trial, and one that it does not have. */
function pricedChoices({ world }: Trial): readonly PricedChoice[] {
  const known = world.options.map(({ variant, settings }, at): PricedChoice =>
    variant < 0
      ? { outcome: at === 0 ? 'none' : 'unmanaged', settings }
      : { outcome: 'variant', variant: world.model.variants[variant]!.id, settings },
  )
  return [...known, { outcome: 'variant', variant: 'unheard-of', settings: {} }]
}

const FLEET = {
  fleetproof: 1,
  context: { site: { text: true }, gate: { device: true }, ram: { int: true }, runs: { text: true } },
  devices: [
    { id: 'd0', site: 'n', gate: 'd1', ram: 1, runs: 'a' },
    { id: 'd1', site: 'n', ram: 2, runs: 'b' },
    { id: 'd2', site: 's', gate: 'd0', ram: 3, runs: 'a' },
    { id: 'd3', gate: 'd2', ram: 1, runs: 'b' },
  ],
  links: {
    near: [
      { a: 'd0', b: 'd3' },
      { a: 'd3', b: 'd1' },
    ],
  },
  current: { variant: 'device.runs' },
  variants: { a: { settings: { mode: { enum: ['x', 'y'] } } }, b: {}, c: {} },
}
const SEES_MODE = { quota: { choose: 'settings.mode == "x"', max: 4 } }
const x = { variant: 'a', settings: { mode: 'x' } }
const apartFrom = (of: string): object => ({
  requires_on: { device: 'device.gate', of, then: 'there.outcome != "variant" || there.id != variant.id' },
})

/** Uses of which every pair that they keep apart is a clash, and some that have none. The fourth keeps more pairs apart, by way of a third device. */
const STANDING: readonly object[] = [
  { no_conflict: { pairs: [['a', 'b']] } },
  {
    no_conflict: {
      over: 'device.site',
      pairs: [
        ['a', 'b'],
        ['c', 'c'],
      ],
    },
  },
  { no_conflict: { over: 'device.site', sets: [['a', 'b', 'c'], ['b', x], ['c', 'c', 'c'], ['b']] } },
  { no_conflict: { sets: [{ with: ['a', 'b'], without: ['c'] }, ['b', { variant: 'c', of: 'device.ram < 3' }]] } },
  { no_conflict: { pairs: [['a', 'b']] }, soft: { weight: 2 } },
  { no_conflict: { over: 'device.site', pairs: [['a', 'b']] }, do_not_worsen: true },
  { together: { over: 'device.site' } },
  { together: {}, do_not_worsen: true },
  apartFrom('true'),
  apartFrom('device.ram < 3'),
  { ...apartFrom('true'), soft: { weight: 1 } },
  { requires_on: { links: 'near', if: 'variant.id == "a"', then: 'there.outcome == "variant" && there.id == "c"' } },
  { requires_on: { links: 'near', then: 'there.outcome != "variant" || there.id != variant.id' }, do_not_worsen: true },
  { requires_on: { device: 'device.gate', then: 'there.outcome != "variant" || there.id != variant.id' }, do_not_worsen: true },
  { spread: { over: 'device.site', max_share: '100%' } },
  { forbid: { variant: 'a', of: 'device.ram == 1' } },
  { capacity: { resource: 'memory', limit: 1 } },
]

/** Of every pair of devices and of options: a clash exactly where no state that the use permits has both. */
function clashesOf(constraints: readonly object[]): void {
  const { model, fleet } = smallFleet(stringify({ ...FLEET, constraints }))
  const trial = readTrial(model, fleet)
  const reader = clashReader(trial, pricedChoices(trial))
  const options = trial.world.options.length
  for (const held of trial.held) {
    const together = standingTogether(held, fleet.size, options)
    for (let row = 0; row < fleet.size; row++)
      for (let there = 0; there < fleet.size; there++) {
        if (row === there) continue
        for (let option = 0; option < options; option++)
          for (let other = 0; other < options; other++) {
            const read = reader.read({
              use: held.use.index,
              members: [
                { devices: [fleet.ids[row]!], choices: [option] },
                { devices: [fleet.ids[there]!], choices: [other] },
              ],
            })
            const alone = together.has(`${row} ${option} ${row} ${option}`) && together.has(`${there} ${other} ${there} ${other}`)
            // What one device may not have by itself is no clash, but nothing false either.
            const byThird = held.use.policy.is === 'hard' && constraints[held.use.index] === STANDING[3]
            if ((alone && !byThird) || !('wrong' in read))
              strictEqual(!('wrong' in read), !together.has(`${row} ${option} ${there} ${other}`), `${row} ${option} ${there} ${other}`)
          }
      }
  }
}

/** Pairs of a row and its option that stand in one state which the use permits. */
function standingTogether({ use, demand, allowance }: HeldUse, size: number, options: number): ReadonlySet<string> {
  const found = new Set<string>()
  const state = new Int32Array(size)
  for (let number = 0; number < options ** size; number++) {
    for (let row = 0, rest = number; row < size; row++, rest = Math.floor(rest / options)) state[row] = rest % options
    const broken = violations(demand, state, options).some((one, group) => one > (allowance?.[group] ?? 0))
    if (broken && use.policy.is !== 'soft') continue
    for (let row = 0; row < size; row++)
      for (let there = 0; there < size; there++) found.add(`${row} ${state[row]!} ${there} ${state[there]!}`)
  }
  return found
}

function severalMembers(): void {
  const { model, fleet } = smallFleet(
    stringify({ ...FLEET, constraints: [{ together: {} }, { no_conflict: { over: 'device.site', pairs: [['b', 'c']] } }, SEES_MODE] }),
  )
  const trial = readTrial(model, fleet)
  const reader = clashReader(trial, pricedChoices(trial))
  // none, unmanaged, a at x, a at y, b, c
  const read = (use: number, ...members: readonly (readonly [devices: string, choices: readonly number[]])[]): unknown =>
    reader.read({ use, members: members.map(([devices, choices]) => ({ devices: devices.split(' '), choices })) })
  deepStrictEqual(read(0, ['d0 d3', [2, 3]], ['d1', [4]], ['d2', [5]]), [
    { rows: Int32Array.of(0, 3), options: [2, 3] },
    { rows: Int32Array.of(1), options: [4] },
    { rows: Int32Array.of(2), options: [5] },
  ])
  const no = { wrong: 'constraint 0 lets choices stand side by side that are said to clash' }
  deepStrictEqual(read(0, ['d0', [2]], ['d1', [4]], ['d2', [4]]), no)
  deepStrictEqual(read(0, ['d0', [2]], ['d1', [4]], ['d2', [3]]), no)
  deepStrictEqual(read(0, ['d0', [2, 4]], ['d1', [4]]), no)
  deepStrictEqual(read(0, ['d0', [4]], ['d1', [2, 4]]), no)
  deepStrictEqual(read(0, ['d0', [0]], ['d1', [4]]), no)
  deepStrictEqual(read(0, ['d0', [4]], ['d1', [1]]), no)
  deepStrictEqual(read(0, ['d0 d1', [2]], ['d1 d2', [4]]), no)
  deepStrictEqual(read(0, ['d0', [2]], ['d0', [4]]), no)
  deepStrictEqual(read(1, ['d0', [4]], ['d1', [5]]), [
    { rows: Int32Array.of(0), options: [4] },
    { rows: Int32Array.of(1), options: [5] },
  ])
  deepStrictEqual(read(1, ['d0 d2', [4]], ['d1', [5]]), { wrong: no.wrong.replace('0', '1') })
  deepStrictEqual(read(1, ['d1', [5]], ['d0 d2', [4]]), { wrong: no.wrong.replace('0', '1') })
}

function unknownMembers(): void {
  const { model, fleet } = smallFleet(stringify({ ...FLEET, constraints: [{ together: {} }, SEES_MODE] }))
  const trial = readTrial(model, fleet)
  const choices = pricedChoices(trial)
  const reader = clashReader(trial, choices)
  const good = { devices: ['d1'], choices: [5] }
  deepStrictEqual(reader.member(['d0', 'd2'], [2, 3]), { rows: Int32Array.of(0, 2), options: [2, 3] })
  for (const [devices, own] of [
    [[], [2]],
    [['d0', 'nobody'], [2]],
    [['d0', 'd0'], [2]],
    [['d0'], [2, 2]],
    [['d0'], [choices.length - 1]],
    [['d0'], [choices.length]],
    [['d0'], [-1]],
  ] as const) {
    strictEqual(reader.member(devices, own), undefined)
    for (const members of [
      [good, { devices, choices: own }],
      [{ devices, choices: own }, good],
    ])
      deepStrictEqual(reader.read({ use: 0, members }), { wrong: 'a clash of constraint 0 names what is not there' })
  }
  for (const clash of [
    { use: 2, members: [{ devices: ['d0'], choices: [4] }, good] },
    { use: -1, members: [{ devices: ['d0'], choices: [4] }, good] },
    { use: 0, members: [good] },
    { use: 0, members: [] },
  ] satisfies readonly Clash[])
    deepStrictEqual(reader.read(clash), { wrong: `a clash of constraint ${clash.use} names what is not there` })
}

const LEVELED_POLICIES = ['hard', 'hard', 'unit', 'unit', 'whole', 'do_not_worsen'] as const
const TIMES = 14

/** Certificates at random: what is proved is what the formula says, and never above the optimum. */
function randomLevels(seed: number): Case {
  const made = once(() => {
    const favourites = ['apart', 'together', 'no_conflict', 'requires_on', 'quota', 'capacity', 'risk', 'spread'] as const
    const kinds = [...mixedKinds(seed), ...Array.from({ length: 20 }, () => favourites[seed % favourites.length]!)]
    const input = smallFleet(randomModel(seed, { kinds, policies: LEVELED_POLICIES }))
    const best = oracleOf(input.model, input.fleet).best()
    const trial = readTrial(input.model, input.fleet)
    const random = randomFrom(seed)
    const certificates = Array.from({ length: TIMES }, (_, time) => randomCertificate(trial, random, time))
    return { input, certificates, best: best === 'impossible' ? undefined : best.vector }
  })
  return {
    name: `proves by random levels of ${seed} what the formula says`,
    run() {
      const { input, certificates, best } = made()
      const trial = readTrial(input.model, input.fleet)
      for (const [time, certificate] of certificates.entries()) {
        const found = boundByLevels(trial, certificate)
        const meant = byFormula(trial, certificate)
        deepStrictEqual(
          { values: found.values, sound: found.problem === undefined },
          meant,
          `${seed}, ${time}: ${found.problem ?? 'no problem'}`,
        )
        if (best === undefined || found.rows.includes(0) || !meant.sound) continue
        const constant = constantOf(input.model, trial.levels)
        const proved = found.values.map((value, level) => value + constant[level]!)
        const at = proved.findIndex((value, level) => value !== BigInt(best[level]!))
        ok(at < 0 || proved[at]! < BigInt(best[at]!), `${seed}, ${time}: ${proved.join()} is above ${best.join()}`)
      }
    },
  }
}

function randomCertificate(trial: Trial, random: Random, time: number): LevelsCertificate {
  const whole = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1))
  const pick = <T>(list: readonly T[]): T => list[whole(0, list.length - 1)]!
  const { fleet, options } = trial.world
  const choices = pricedChoices(trial)
  const clashes = clashesAtRandom(trial, random, choices, time)
  const listed = (): { readonly devices: readonly string[]; readonly choices: readonly number[] } => ({
    devices: fleet.ids.filter((_, row) => row === time % fleet.size || random() < 0.5),
    choices: options.flatMap((_, option) => (random() < 0.5 ? [option] : [])),
  })
  const divisions = Array.from({ length: whole(0, 2) }, () => ({ ...listed(), most: random() < 0.05 ? 0.5 : whole(0, fleet.size - 1) }))
  const names = trial.held.flatMap(({ use, demand }): readonly PartName[] =>
    (demand.is === 'counts' || random() < 0.05 ? demand.groups : demand.is === 'amounts' ? demand.groups : []).flatMap((group) =>
      (demand.is === 'counts' ? demand.parts : ['']).map((part) => ({ use: use.index, group, part })),
    ),
  )
  const odd = (): number => (random() < 0.01 ? pick([0.5, 2 ** 53]) : 0)
  const prices = (often: number): LevelProof['prices'] =>
    names.filter(() => random() < often).map((name) => ({ ...name, price: priceOf(trial, name, whole, random) + odd() }))
  const clashPrices = (often: number): LevelProof['clashes'] =>
    clashes.flatMap((_, at) => (random() < often ? [[random() < 0.01 ? 9 : at, whole(-3, random() < 0.02 ? 1 : 0) + odd()] as const] : []))
  const levels = trial.levels.slice(0, whole(1, trial.levels.length)).map((_, level): LevelProof => {
    const cases = (open: readonly number[]): readonly (readonly DivisionCase[])[] => {
      const [division, ...later] = open
      if (division === undefined || random() < 0.4) return [[]]
      return [true, false].flatMap((within) =>
        cases(later).map((rest) => [{ division, within, price: (within ? -1 : 1) * whole(random() < 0.02 ? -1 : 0, 3) + odd() }, ...rest]),
      )
    }
    const all = cases(random() < 0.02 ? [...divisions.keys(), 7] : [...divisions.keys()])
    return {
      level: random() < 0.01 ? level + 1 : level,
      scale: random() < 0.02 ? pick([0, -1, 0.5]) : whole(1, 4),
      prices: prices(0.4),
      clashes: clashPrices(0.5),
      leaves: (random() < 0.02 ? all.slice(1) : all).map((own): LevelLeaf => ({
        cases: own,
        factors: Array.from({ length: random() < 0.01 ? level + 1 : level }, () => (random() < 0.01 ? pick([-1, 0.5]) : whole(0, 9))),
        prices: prices(0.2),
        clashes: clashPrices(0.2),
      })),
    }
  })
  return { is: 'levels', component: 'all', bound: [], choices, clashes, divisions, levels }
}

/** A price that its part can mostly bear. */
function priceOf(trial: Trial, { use, group, part }: PartName, whole: (from: number, to: number) => number, random: Random): number {
  const { demand } = trial.held.find((held) => held.use.index === use)!
  if (random() < 0.1) return whole(-4, 4)
  const at = demand.groups.indexOf(group)
  const lower = demand.is === 'counts' ? demand.lower[at * demand.parts.length + demand.parts.indexOf(part)]! : 0
  return lower > 0 && random() < 0.6 ? whole(0, 3) : demand.is === 'counts' || demand.is === 'amounts' ? whole(-3, 0) : 0
}

/** Clashes of devices with one option each, made larger by devices and members as long as they are ones; now and then one that is none. */
function clashesAtRandom(trial: Trial, random: Random, choices: readonly PricedChoice[], time: number): readonly Clash[] {
  const { fleet, options } = trial.world
  const reader = clashReader(trial, choices)
  const found: Clash[] = []
  for (const { use, demand } of trial.held) {
    if (demand.is !== 'together' && demand.is !== 'links' && demand.is !== 'counts') continue
    const members: Clash['members'][number][] = []
    for (let attempt = 0; attempt < 60; attempt++) {
      const one = { devices: [fleet.ids[Math.floor(random() * fleet.size)]!], choices: [Math.floor(random() * options.length)] }
      const at = Math.floor(random() * (members.length + 1))
      const before = members[at]
      const larger =
        before === undefined
          ? one
          : { devices: [...before.devices, ...(before.devices.includes(one.devices[0]!) ? [] : one.devices)], choices: before.choices }
      const next = [...members]
      next[at] = larger
      if (next.length < 2 || !('wrong' in reader.read({ use: use.index, members: next }))) members.splice(0, members.length, ...next)
    }
    if (members.length > 1) found.push({ use: use.index, members })
  }
  if (time % 13 === 12)
    found.push({
      use: 0,
      members: [
        { devices: ['d0'], choices: [0] },
        { devices: ['d1'], choices: [1] },
      ],
    })
  return found
}
