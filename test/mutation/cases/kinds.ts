/** Uses of every kind whose violations are counted by hand, and uses that a checker must not pretend to have read. */
import { deepStrictEqual, strictEqual } from 'node:assert'
import { stringify } from 'yaml'
import { judge, readTrial } from '../../../src/verify/judge.ts'
import { optionsOfChoices } from '../../../src/verify/options.ts'
import { violations } from '../../../src/verify/violations.ts'
import { asAssignment } from '../../oracle/as-assignment.ts'
import type { Outcome } from '../../oracle/assignment.ts'
import { smallFleet } from '../../oracle/small-fleet.ts'
import type { Case } from './case.ts'

const FLEET = {
  fleetproof: 1,
  context: {
    ram: { int: true },
    memory: { int: 'MB' },
    site: { text: true },
    hub: { device: true },
    runs: { text: true },
    quiet: { bool: true },
    speed: { int: true },
  },
  links: {
    wires: {
      rows: [
        { a: 'd0', b: 'd1', sort: 'vpn', delay: 1 },
        { a: 'd1', b: 'd2', sort: 'wifi', delay: 5 },
        { a: 'd2', b: 'd3', sort: 'wifi' },
        { a: 'd4', b: 'd0', delay: 9 },
      ],
      columns: { sort: { text: true }, delay: { int: true } },
    },
    others: { rows: [{ a: 'd0', b: 'd5' }] },
  },
  devices: [
    { id: 'd0', ram: 1, memory: 3, site: 'n', hub: 'd4', runs: 'a' },
    { id: 'd1', ram: 2, memory: 5, site: 'n', hub: 'd4', runs: 'b', quiet: true },
    { id: 'd2', ram: 3, memory: 2, site: 's', hub: 'd5', runs: 'legacy' },
    { id: 'd3', site: 's', hub: 'away', runs: 'b' },
    { id: 'd4', ram: 2, memory: 4, runs: 'c', speed: 7 },
    { id: 'd5', ram: 4, memory: 9, site: 's', runs: 'c' },
  ],
  current: { variant: 'device.runs' },
  leave: 'device.quiet',
  unmanaged: { uses: { memory: '1 MB' } },
  variants: {
    a: { version: '1.0.0', uses: { memory: '2 MB' } },
    b: { version: '2.0.0', uses: { memory: '3 MB' } },
    c: { version: '2.1.0', uses: { memory: 'device.memory' } },
  },
}

/** A letter for each device, `-` for none, `u` for what is left alone; then the violation of each group, sorted by its name. */
interface Counted {
  readonly use: object
  readonly now: string
  readonly violation: Readonly<Record<string, number>>
}

const COUNTED: readonly Counted[] = [
  {
    use: { advisory: { id: 'X', what: 'a leak', affects: 'variant.id == "a" && device.ram < 3', of: 'device.site == "s"' } },
    now: 'auaa-a',
    violation: { '': 1 },
  },
  { use: { risk: { per: 2, sum: 3, of: 'device.site == "n"' } }, now: 'aaa---', violation: { '': 1 } },
  { use: { apart: { over: 'device.site', of: 'device.ram >= 3', variants: ['a', 'c'] } }, now: 'auac-c', violation: { s: 1 } },
  { use: { together: { over: 'device.site', of: 'device.ram >= 3' } }, now: 'auac-b', violation: { s: 1 } },
  {
    use: { tested: { results: [{ variant: 'a', when: 'device.ram >= 2' }], of: 'device.site == "s"' } },
    now: 'auaa-a',
    violation: { '': 1 },
  },
  { use: { diversity: { variant: 'a', at_least: 3 } }, now: 'aua---', violation: { '': 1 } },
  { use: { at_most_changes: { max: 0 } }, now: 'uu-bcc', violation: { '': 0 } },
  { use: { at_most_changes: { max: '20%' } }, now: 'bu-bcc', violation: { '': 0 } },
  { use: { at_most_changes: { max: 1 } }, now: 'auccba', violation: { '': 3 } },
  { use: { at_most_changes: { max: 0 } }, now: 'au-bcc', violation: { '': 0 } },
  { use: { at_most_changes: { max: 0, of: 'device.quiet' } }, now: 'au-bcc', violation: { '': 0 } },
  { use: { at_most_changes: { max: '50%', over: 'device.site' } }, now: 'buaaca', violation: { n: 0, s: 2 } },
  { use: { keep: {} }, now: 'bucaca', violation: { '': 3 } },
  { use: { keep: { of: 'device.site == "n"' } }, now: 'cuaaaa', violation: { '': 1 } },
  { use: { capacity: { resource: 'memory', limit: '9 MB' } }, now: 'aubaca', violation: { '': 5_000_000 } },
  { use: { capacity: { resource: 'memory', limit: 9_000_000 } }, now: 'aubac-', violation: { '': 3_000_000 } },
  { use: { capacity: { resource: 'memory', limit: 'device.memory' } }, now: 'aub---', violation: { '': 4_000_000 } },
  {
    use: { capacity: { resource: 'memory', limit: 'device.memory', over: 'device.site' } },
    now: 'bubb-a',
    violation: { n: 1_000_000, s: 6_000_000 },
  },
  {
    use: { capacity: { resource: 'memory', limit: 'group.memory', over: 'device.hub' } },
    now: 'bubb--',
    violation: { away: 0, d4: 0, d5: 0 },
  },
  {
    use: { capacity: { resource: 'memory', limit: 'group.memory - device.ram', over: 'device.hub' } },
    now: 'bubb--',
    violation: { away: 0, d4: 2_000_000, d5: 0 },
  },
  {
    use: { capacity: { resource: 'memory', limit: 'group.memory.orValue(2)', over: 'device.hub', of: 'device.site == "s"' } },
    now: 'bubb--',
    violation: { away: 1_000_000, d5: 0 },
  },
  { use: { quota: { variant: 'a', multiple_of: 3 } }, now: 'aucbca', violation: { '': 1 } },
  { use: { quota: { variants: ['a', 'b'], multiple_of: 1 } }, now: 'aucbca', violation: { '': 0 } },
  { use: { quota: { choose: 'variant.version.atLeast("2.0.0")', max: 1 } }, now: 'auccca', violation: { '': 2 } },
  { use: { quota: { variants: ['a', 'b'], choose: 'variant.version.atLeast("2.0.0")', max: 0 } }, now: 'aubbca', violation: { '': 2 } },
  { use: { risk: { per: 'device.ram.orValue(1)', max: 2 } }, now: 'aucaca', violation: { '': 2 } },
  { use: { risk: { per: '3', sum: 2 } }, now: 'au----', violation: { '': 1 } },
  { use: { risk: { per: 'variant.id == "a" ? 2 : 1', sum: 3, over: 'device.site' } }, now: 'auaac-', violation: { n: 0, s: 1 } },
  { use: { distinct: {} }, now: 'aubcab', violation: { '': 2 } },
  { use: { diversity: { at_least: 2 } }, now: 'auaab-', violation: { '': 3 } },
  { use: { diversity: { more_than: 1, variants: ['a', 'b'] } }, now: 'auaab-', violation: { '': 1 } },
  { use: { each_used: { variants: ['b', 'c'] } }, now: 'aua---', violation: { '': 2 } },
  { use: { spread: { over: 'device.site', max_skew: 1 } }, now: 'auaa-a', violation: { n: 0, s: 2 } },
  { use: { spread: { over: 'device.site', max_share: '50%' } }, now: 'auaa-a', violation: { n: 0, s: 2 } },
  { use: { spread: { over: 'device.site', min_distinct: 2 } }, now: 'auaa-b', violation: { n: 1, s: 0 } },
  { use: { apart: { over: 'device.site', variants: ['a', 'c'] } }, now: 'auac-c', violation: { n: 0, s: 1 } },
  { use: { together: { over: 'device.site' } }, now: 'auac-b', violation: { n: 0, s: 2 } },
  {
    use: {
      no_conflict: {
        over: 'device.site',
        pairs: [['c', 'a']],
        sets: [
          ['a', 'c'],
          ['b', 'a', 'c'],
        ],
      },
    },
    now: 'aubc-a',
    violation: { n: 0, s: 2 },
  },
  { use: { no_conflict: { pairs: [['a', 'a']] } }, now: 'au---a', violation: { '': 1 } },
  { use: { no_conflict: { pairs: [['c', 'c']] } }, now: 'au---c', violation: { '': 0 } },
  {
    use: {
      tested: {
        results: [
          { variant: 'a', when: 'device.ram >= 2' },
          { variant: 'a', when: 'device.site == "n"' },
          { variant: 'b', when: 'device.ram > 2' },
        ],
      },
    },
    now: 'auabcb',
    violation: { '': 2 },
  },
  {
    use: { advisory: { id: 'X', affects: 'variant.version.below("2.1.0") && device.ram >= 2', of: 'device.site == "s"' } },
    now: 'aub-bb',
    violation: { '': 2 },
  },
  { use: { forbid: { variant: 'a', of: 'device.ram >= 2' } }, now: 'auaa-a', violation: { '': 2 } },
  { use: { pin: { variant: 'a', of: 'device.ram >= 2' } }, now: 'auaa-a', violation: { '': 2 } },
  { use: { requires_on: { device: 'device.hub', then: 'there.id == variant.id' } }, now: 'aubaca', violation: { '': 2 } },
  {
    use: { requires_on: { device: 'device.hub', of: 'device.ram == 3', then: 'there.id == variant.id' } },
    now: 'aubaca',
    violation: { '': 1 },
  },
  {
    use: { requires_on: { device: 'device.hub', if: 'variant.id == "a"', then: 'there.device.ram > device.ram' } },
    now: 'auaaca',
    violation: { '': 0 },
  },
  { use: { requires_on: { device: 'device.hub', then: 'there.device.ram <= device.ram' } }, now: 'auaaca', violation: { '': 2 } },
  { use: { requires_on: { links: 'wires', then: 'there.id == variant.id' } }, now: 'aubaca', violation: { '': 6 } },
  { use: { requires_on: { links: 'others', then: 'there.id == variant.id' } }, now: 'aubacb', violation: { '': 2 } },
  {
    use: { requires_on: { links: 'wires', where: 'link.sort == "wifi"', then: 'there.id == variant.id' } },
    now: 'aubaca',
    violation: { '': 3 },
  },
  {
    use: { requires_on: { links: 'wires', where: 'link.delay > 3', of: 'device.ram == 2', then: 'there.id == variant.id' } },
    now: 'aubaca',
    violation: { '': 1 },
  },
  {
    use: { requires_on: { links: 'wires', then: 'link.sort == "wifi" || there.id == variant.id' } },
    now: 'aubaca',
    violation: { '': 3 },
  },
  {
    use: { requires_on: { links: 'wires', if: 'link.delay.orValue(2) < 5', then: 'link.sort != "wifi"' } },
    now: 'aubaca',
    violation: { '': 2 },
  },
  {
    use: { requires_on: { links: 'wires', then: 'link.delay == 5 || device.ram.orValue(0) <= there.device.ram.orValue(0)' } },
    now: 'cuaaca',
    violation: { '': 2 },
  },
]

/** Parts by name, as certificates call them. */
const PARTS: readonly (readonly [use: object, parts: readonly string[] | undefined])[] = [
  [{ distinct: {} }, ['a', 'b', 'c', 'none']],
  [{ diversity: { at_least: 1 } }, ['a', 'b', 'c']],
  [{ diversity: { at_least: 1, variants: ['c', 'a'] } }, ['c', 'a']],
  [{ each_used: { variants: ['c', 'a'] } }, ['c', 'a']],
  [{ spread: { over: 'device.site', max_skew: 1 } }, ['a', 'b', 'c']],
  [{ together: { over: 'device.site' } }, ['a', 'b', 'c']],
  [{ apart: { over: 'device.site', variants: ['a', 'c'] } }, undefined],
  [{ quota: { variant: 'a', max: 1 } }, ['']],
  [{ capacity: { resource: 'memory', limit: 9 } }, undefined],
]

/** Nothing is claimed of these. */
const UNREADABLE: readonly object[] = [
  { quota: { max: 1 } },
  { quota: { variant: 'a', multiple_of: 0 } },
  { quota: { variant: 'a', multiple_of: -2 } },
  { quota: { variant: 'a', share: '20%' } },
  { quota: { variant: 'a', share: null } },
  { quota: { variant: 'a', share: { mean: '20%' } } },
  { quota: { variant: 'a', share: { max: 0.2 } } },
  { quota: { variant: 'nobody', max: 1 } },
  { quota: { variant: 'a', max: '1' } },
  { quota: { variant: 'a', max: 1.5 } },
  { quota: { variant: 'a', max: 1, of: 3 } },
  { quota: { variants: ['a', 3], max: 1 } },
  { quota: { variants: 3, max: 1 } },
  { quota: { variant: 'a', max: 1, most: 2 } },
  { quota: [1] },
  { capacity: { limit: 3 } },
  { capacity: { resource: 'memory' } },
  { capacity: { resource: 'memory', limit: '3 furlongs per MB' } },
  { capacity: { resource: 'memory', limit: '3 MB MB' } },
  { capacity: { resource: 'memory', limit: 'group.memory' } },
  { capacity: { resource: 'memory', limit: 'group.memory', over: 'device.site' } },
  { capacity: { resource: 'memory', limit: 'device.site' } },
  { capacity: { resource: 'memory', limit: 1.5 } },
  { diversity: {} },
  { forbid: {} },
  { forbid: { of: 'device.quiet' } },
  { each_used: {} },
  { pin: {} },
  { no_conflict: { sets: [[]] } },
  { no_conflict: { sets: ['a'] } },
  { no_conflict: { sets: [['a', 1]] } },
  { no_conflict: { sets: [[1, 'a']] } },
  { no_conflict: { sets: 'a' } },
  { no_conflict: { pairs: 7 } },
  { no_conflict: { sets: [['a', 'nobody']] } },
  { requires_on: { then: 'true' } },
  { requires_on: { device: 'device.hub', links: 'wires', then: 'true' } },
  { requires_on: { device: 'device.hub' } },
  { requires_on: { device: 'device.hub', where: 'link.delay > 3', then: 'true' } },
  { requires_on: { device: 'device.site', then: 'true' } },
  { requires_on: { links: 'wires', where: 'device.ram > 3', then: 'true' } },
  { requires_on: { links: 'wires', where: 'link.delay', then: 'true' } },
  { risk: { per: '3' } },
  { risk: { max: 3 } },
  { risk: { per: 'device.site', max: 3 } },
  { risk: { per: 'true', max: 3 } },
  { spread: { over: 'device.site' } },
  { tested: {} },
  { tested: { results: 'a' } },
  { tested: { results: [{ variant: 'a' }] } },
  { tested: { results: [{ when: 'true' }] } },
  { tested: { results: [{ variant: 'nobody', when: 'true' }] } },
  { advisory: { id: 'X' } },
  { at_most_changes: {} },
  { at_most_changes: { max: '1' } },
  { keep: { of: 'device.ram' } },
]

export function kindCases(): readonly Case[] {
  return [
    ...COUNTED.map(({ use, now, violation }): Case => ({
      name: `counts ${JSON.stringify(use)} of ${now}`,
      run() {
        const { trial, state } = stateOf([use], now)
        deepStrictEqual(trial.unchecked, [])
        const { demand } = trial.held[0]!
        const found = violations(demand, state, trial.world.options.length)
        deepStrictEqual(Object.fromEntries(demand.groups.map((group, at) => [group, found[at]! + 0]).sort()), violation)
        const total = Object.values(violation).reduce((sum, one) => sum + one, 0)
        strictEqual(judge(trial, state).breachCount, Object.values(violation).filter((one) => one > 0).length)
        // The same, twice under one roof and softly: shared tables must not mix.
        const { trial: twice, state: again } = stateOf(
          [use, { ...use, soft: { weight: 3 } }, { ...use, soft: { weight: 5, per: 'whole' } }],
          now,
        )
        strictEqual(judge(twice, again).values[1], BigInt(3 * total + (total > 0 ? 5 : 0)))
      },
    })),
    ...PARTS.map(([use, parts]): Case => ({
      name: `names the parts of ${JSON.stringify(use)}`,
      run() {
        const { demand } = stateOf([use], 'aubaca').trial.held[0]!
        if (parts === undefined) return
        deepStrictEqual(demand.is === 'counts' ? demand.parts : [], parts)
      },
    })),
    ...UNREADABLE.map((use): Case => ({
      name: `claims nothing of ${JSON.stringify(use)}`,
      run() {
        const { trial, state } = stateOf([use], 'aubaca')
        deepStrictEqual(
          trial.unchecked.map(({ use: index, why }) => [index, typeof why]),
          [[0, 'string']],
        )
        strictEqual(trial.held.length, 0)
        strictEqual(judge(trial, state).feasible, false)
      },
    })),
  ]
}

const read = new Map<string, ReturnType<typeof smallFleet>>()

function stateOf(
  constraints: readonly object[],
  now: string,
): { readonly trial: ReturnType<typeof readTrial>; readonly state: Int32Array } {
  const text = stringify({ ...FLEET, constraints, objectives: ['assigned', 'soft', 'changes'] })
  if (!read.has(text)) read.set(text, smallFleet(text))
  const { model, fleet } = structuredClone(read.get(text)!)
  const trial = readTrial(model, fleet)
  const outcomes = now.split('').map((letter): Outcome => {
    if (letter === '-') return { outcome: 'none', settings: {} }
    if (letter === 'u') return { outcome: 'unmanaged', settings: {} }
    return { outcome: 'variant', variant: letter, settings: {} }
  })
  const { choices, chosen } = asAssignment(outcomes)
  const optionOf = optionsOfChoices(model, trial.world.options, choices)
  return { trial, state: chosen.map((choice) => optionOf[choice]!) }
}
