/** The checker's small parts, each against the plainest way to say the same. */
import { deepStrictEqual, strictEqual } from 'node:assert'
import { stringify } from 'yaml'
import { casesCover } from '../../../src/verify/bound/cases.ts'
import { classesOf } from '../../../src/verify/bound/classes.ts'
import { addInteger, addProduct, addVectors, compareVectors, exactValues, exactZeros } from '../../../src/verify/exact-sum.ts'
import { judge, readTrial } from '../../../src/verify/judge.ts'
import { optionsOfChoices } from '../../../src/verify/options.ts'
import { asAssignment, randomAssignment } from '../../oracle/as-assignment.ts'
import { oracleOf } from '../../oracle/assignment.ts'
import { randomFrom } from '../../oracle/random-model.ts'
import { smallFleet } from '../../oracle/small-fleet.ts'
import { once, type Case } from './case.ts'

export function partCases(): readonly Case[] {
  return [
    { name: 'adds exactly, however large', run: sums },
    { name: 'compares and adds vectors', run: vectors },
    { name: 'knows whether cases cover everything', run: covers },
    { name: 'counts rows by classes', run: classes },
    { name: 'counts rows whose hashes collide', run: collisions },
    manyOptions(),
    { name: 'finds choices among options', run: choices },
  ]
}

const SAFE = Number.MAX_SAFE_INTEGER

function sums(): void {
  const random = randomFrom(11)
  const whole = (most: number): number => Math.floor((random() * 2 - 1) * most)
  for (const most of [9, 2 ** 26, 2 ** 40, SAFE]) {
    const sum = exactZeros(3)
    const meant = [0n, 0n, 0n]
    for (let time = 0; time < 60; time++) {
      const [at, value, times] = [Math.floor(random() * 3), whole(most), whole(most)]
      addProduct(sum, at, value, times)
      meant[at]! += BigInt(value) * BigInt(times)
      if (time % 7 === 0) {
        addInteger(sum, at, BigInt(value) ** 3n)
        meant[at]! += BigInt(value) ** 3n
      }
      deepStrictEqual(exactValues(sum), meant)
    }
  }
  for (const sign of [1, -1]) {
    // 2^53 + 1 is no double, though what is left of it beside the other is.
    const odd = exactZeros(1)
    addProduct(odd, 0, -sign * SAFE, 1)
    addProduct(odd, 0, sign * 3, 3_002_399_751_580_331)
    deepStrictEqual(exactValues(odd), [BigInt(sign) * 2n])
    const edge = exactZeros(1)
    for (const value of [SAFE, 0, -SAFE, -SAFE, SAFE, SAFE, 1, 1, 1]) addProduct(edge, 0, sign * value, 1)
    deepStrictEqual(exactValues(edge), [BigInt(sign) * (BigInt(SAFE) + 3n)])
  }
}

function vectors(): void {
  strictEqual(compareVectors([1n, 2n], [1n, 2n]), 0)
  strictEqual(compareVectors([1n, 2n], [1n, 3n]), -1)
  strictEqual(compareVectors([2n, 0n], [1n, 3n]), 1)
  strictEqual(compareVectors([], []), 0)
  deepStrictEqual(addVectors([1n, -2n], [3n, 4n]), [4n, 2n])
}

function covers(): void {
  const leaf = (...uses: number[]): { readonly use: number; readonly holds: boolean }[] =>
    uses.map((use) => ({ use: Math.abs(use) - 1, holds: use > 0 }))
  const random = randomFrom(5)
  let both = 0
  for (let time = 0; time < 300; time++) {
    const leaves = Array.from({ length: 1 + Math.floor(random() * 6) }, () =>
      leaf(...[1, 2, 3].filter(() => random() < 0.55).map((use) => (random() < 0.5 ? use : -use))),
    )
    const meant = Array.from({ length: 8 }, (_, truth) => truth).every((truth) =>
      leaves.some((cases) => cases.every(({ use, holds }) => (((truth >> use) & 1) === 1) === holds)),
    )
    if (meant && leaves.every(({ length }) => length > 0)) both++
    strictEqual(casesCover(leaves), meant, JSON.stringify(leaves))
  }
  strictEqual(both > 3, true)
  strictEqual(casesCover([]), false)
  strictEqual(casesCover([[]]), true)
}

function checkClasses(size: number, columns: readonly (Int32Array | Float64Array)[]): void {
  const { representative, count, classOf } = classesOf(size, columns)
  const texts = Array.from({ length: size }, (_, row) => columns.map((column) => column[row]).join(' '))
  const numbers = new Map<string, number>()
  const first: number[] = []
  texts.forEach((text, row) => {
    if (!numbers.has(text)) numbers.set(text, first.push(row) - 1)
  })
  deepStrictEqual([...representative], first)
  deepStrictEqual(
    [...classOf],
    texts.map((text) => numbers.get(text)),
  )
  deepStrictEqual(
    [...count],
    first.map((row) => texts.filter((text) => text === texts[row]).length),
  )
}

function classes(): void {
  const random = randomFrom(7)
  const column = (size: number, most: number): Int32Array => Int32Array.from({ length: size }, () => Math.floor(random() * most))
  checkClasses(0, [])
  checkClasses(3, [])
  checkClasses(300, [column(300, 3), column(300, 1), column(300, 5)])
  // More classes than the table begins with room for, twice over.
  const many = Int32Array.from({ length: 9000 }, (_, row) => (row * 7919) % 8800)
  const found = classesOf(9000, [many])
  strictEqual(found.representative.length, 8800)
  strictEqual(
    found.count.reduce((sum, one) => sum + one, 0),
    9000,
  )
  found.classOf.forEach((one, row) => strictEqual(many[found.representative[one]!], many[row]))
}

function collisions(): void {
  // Hashes read the lowest 32 bits alone.
  const one = Float64Array.from({ length: 40 }, (_, row) => (row % 4) * 2 ** 32)
  const other = Float64Array.from({ length: 40 }, (_, row) => row % 3)
  checkClasses(40, [one])
  checkClasses(40, [other, one])
}

/** More options than fit into one word of bits: rules, requirements, advisories and preferences that read settings. */
function manyOptions(): Case {
  const made = once(() => {
    const text = stringify({
      fleetproof: 1,
      context: { ram: { int: true }, runs: { text: true }, runmode: { int: true }, quiet: { bool: true } },
      devices: [
        { id: 'd0', ram: 1, runs: 'a', runmode: 33 },
        { id: 'd1', ram: 3, runs: 'b', runmode: 2 },
        { id: 'd2', runs: 'other', quiet: false },
        { id: 'd3', ram: 2, quiet: true },
      ],
      current: { variant: 'device.runs', settings: { level: 'device.runmode' } },
      leave: 'device.quiet',
      variants: {
        a: {
          settings: { level: { int: { min: 0, max: 40 } } },
          requires: 'device.ram >= 1',
          rules: [
            { if: 'settings.level > 30', then: 'device.ram > 1' },
            { if: 'device.ram == 3', then: 'settings.level < 39' },
          ],
          prefers: 'settings.level - device.ram',
        },
        b: { settings: { level: { int: { min: 0, max: 40 } }, fast: { bool: true } }, prefers: '3' },
      },
      constraints: [
        { advisory: { id: 'X', affects: 'settings.level % 7 == 3 && device.ram < 3' }, soft: { weight: 2 } },
        { quota: { choose: 'settings.level >= 32', max: 1 } },
        { keep: { of: 'device.ram > 0' }, soft: { weight: 5, per: 'whole' } },
      ],
      objectives: [{ score: { assigned: 3, preference: 2, changes: 1 } }],
    })
    const { model, fleet } = smallFleet(text)
    const oracle = oracleOf(model, fleet)
    const random = randomFrom(3)
    const trials = Array.from({ length: 60 }, () => {
      const now = randomAssignment(oracle, random)
      const { feasible, vector } = oracle.judge(now)
      return { now: asAssignment(now), meant: { feasible, values: vector.map(BigInt) } }
    })
    return { model, fleet, trials }
  })
  return {
    name: 'judges choices beyond the thirty-second',
    run() {
      const { trials, ...input } = made()
      const { model, fleet } = structuredClone(input)
      const trial = readTrial(model, fleet)
      for (const { now, meant } of trials) {
        const optionOf = optionsOfChoices(model, trial.world.options, now.choices)
        const { feasible, values } = judge(
          trial,
          now.chosen.map((choice) => optionOf[choice]!),
        )
        deepStrictEqual({ feasible, values }, meant)
      }
    },
  }
}

const SETTINGS = {
  fleetproof: 1,
  context: { ram: { int: true } },
  devices: [{ id: 'd0', ram: 1 }],
  variants: {
    a: {
      settings: { mode: { enum: ['x', 'y'] }, n: { int: { min: 2, max: 4 } }, fast: { bool: true }, unseen: { int: { min: 0, max: 9 } } },
      prefers: 'settings.mode == "x" && settings.fast ? settings.n : 0',
    },
    b: {},
  },
}

function choices(): void {
  const { model, fleet } = smallFleet(stringify(SETTINGS))
  const { options } = readTrial(model, fleet).world
  strictEqual(options.length, 2 + 2 * 3 * 2 + 1)
  const at = (variant: string, settings: Readonly<Record<string, string | number | boolean>>): number =>
    optionsOfChoices(model, options, [{ id: '', outcome: 'variant', variant, settings }])[0]!
  const found = ['x', 'y'].flatMap((mode) => [2, 3, 4].flatMap((n) => [false, true].map((fast) => at('a', { unseen: 9, fast, n, mode }))))
  deepStrictEqual(
    found,
    Array.from({ length: 12 }, (_, one) => one + 2),
  )
  strictEqual(at('b', {}), 14)
  for (const wrong of [
    { mode: 'z', n: 2, fast: true, unseen: 0 },
    { mode: 'x', n: 1, fast: true, unseen: 0 },
    { mode: 'x', n: 5, fast: true, unseen: 0 },
    { mode: 'x', n: 2.5, fast: true, unseen: 0 },
    { mode: 'x', n: 2, fast: 'true', unseen: 0 },
    { mode: 1, n: 2, fast: true, unseen: 0 },
    { mode: 'x', n: 2, fast: true, unseen: 10 },
    { mode: 'x', n: 2, fast: true, other: 0 },
    { mode: 'x', fast: true, unseen: 0 },
  ])
    strictEqual(at('a', wrong), -1, JSON.stringify(wrong))
  strictEqual(at('nobody', {}), -1)
  strictEqual(at('b', { mode: 'x' }), -1)
  deepStrictEqual(
    [
      ...optionsOfChoices(model, options, [
        { id: '', outcome: 'none', settings: {} },
        { id: '', outcome: 'unmanaged', settings: {} },
      ]),
    ],
    [0, 1],
  )
}
