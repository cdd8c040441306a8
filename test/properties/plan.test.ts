// Plans are exactly the difference, the same again changes nothing, they can be written and read, and an independent checker agrees with each, and with no changed one.
import { describe, expect, it } from 'vitest'
import type { Assignment } from '../../src/model/assignment.ts'
import type { Choice } from '../../src/model/outcome.ts'
import type { Plan } from '../../src/model/plan.ts'
import { makePlan } from '../../src/plan/make-plan.ts'
import { readMixture } from '../../src/plan/mixture.ts'
import { planHeadOf, planLines, planPages } from '../../src/plan/pages.ts'
import { plainPolicy, readWavePolicy } from '../../src/plan/read-policy.ts'
import { readPlan, readPlanHead } from '../../src/plan/read-plan.ts'
import type { WavePolicy } from '../../src/model/wave-policy.ts'
import { verifyPlan } from '../../src/verify/plan.ts'
import { randomFrom } from '../oracle/random-model.ts'
import { smallFleet } from '../oracle/small-fleet.ts'

const choices: readonly Choice[] = [
  { id: 'none', outcome: 'none', settings: {} },
  { id: 'unmanaged', outcome: 'unmanaged', settings: {} },
  ...['a', 'b', 'c'].map((id): Choice => ({ id, outcome: 'variant', variant: id, settings: {} })),
]

/** Sites of a few devices, with room for today and for the end, and pairs that must not meet. */
function instance(seed: number) {
  const random = randomFrom(seed)
  const below = (n: number): number => Math.floor(random() * n)
  const size = 4 + below(12)
  const rows = Array.from({ length: size }, (_, at) => ({
    id: `d${String(at).padStart(2, '0')}`,
    site: `s${below(3)}`,
    layer: below(3),
    running: ['a', 'b', 'c'][below(3)]!,
    wanted: ['a', 'b', 'c'][below(3)]!,
  }))
  const uses: Readonly<Record<string, number>> = { a: 1 + below(3), b: 1 + below(3), c: 1 + below(3) }
  const sums = (of: 'running' | 'wanted'): readonly number[] =>
    ['s0', 's1', 's2'].map((site) => rows.filter((row) => row.site === site).reduce((sum, row) => sum + uses[row[of]]!, 0))
  const limit = Math.max(...sums('wanted'), ...(random() < 0.5 ? sums('running') : [0]))
  const text = [
    'fleetproof: 1',
    'context: {site: {text: true}, layer: {int: true}, running: {text: true}, wanted: {text: true}}',
    'devices:',
    ...rows.map((row) => `  - ${JSON.stringify(row)}`),
    'current: {variant: device.running}',
    'variants:',
    ...Object.entries(uses).map(([id, amount]) => `  ${id}: {uses: {memory: ${amount}}}`),
    `constraints: [{capacity: {resource: memory, over: device.site, limit: ${limit}}}]`,
    'objectives: [assigned]',
  ].join('\n')
  const { model, fleet } = smallFleet(text)
  const assignment: Assignment = { choices, chosen: Int32Array.from(rows, ({ wanted }) => 2 + ['a', 'b', 'c'].indexOf(wanted)) }
  return { text, rows, model, fleet, assignment, random, below }
}

function policyFor({ model, below }: ReturnType<typeof instance>): WavePolicy {
  const text = [
    'fleetproof-waves: 1',
    `waves: [{name: first, select: device.layer == 0, limit: ${1 + below(3)}}, {name: second, limit: ${10 * (1 + below(5))}%}]`,
    `rest: {waves: ${['1', '2', 'as-needed'][below(3)]!}}`,
    ...(below(2) === 0 ? [`budgets: [{name: sites, over: device.site, max_unavailable: ${1 + below(2)}}]`] : []),
    ...(below(2) === 0 ? [`capacity: [{name: room, over: device.site, limit: ${2 + below(3)}}]`] : []),
    ...(below(3) === 0 ? ['layers: {by: device.layer, order: ["0", "1", "2"], over: device.site}'] : []),
  ].join('\n')
  const read = readWavePolicy({ name: 'waves.yaml', text }, model)
  if (!read.ok) throw new Error(read.diagnostics[0]!.message)
  return read.value
}

function planned(one: ReturnType<typeof instance>, policy: WavePolicy): Plan | undefined {
  const outcome = makePlan({ mixture: readMixture(one.model, one.fleet, one.assignment), assignment: one.assignment, policy })
  return outcome.is === 'planned' ? outcome.plan : undefined
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text))
}

describe('plans', () => {
  it('are exactly what differs, and nothing once it is carried out', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const one = instance(seed)
      const plan = planned(one, plainPolicy)
      if (plan === undefined) continue
      const expected = one.rows.filter(({ running, wanted }) => running !== wanted).map(({ id }) => id)
      expect([...plan.changes.ids].sort()).toEqual(expected)
      const after = smallFleet(one.text.replaceAll(/"running":"."(,"wanted":"(.)")/g, '"running":"$2"$1'))
      const again = makePlan({
        mixture: readMixture(after.model, after.fleet, one.assignment),
        assignment: one.assignment,
        policy: plainPolicy,
      })
      expect(again.is === 'planned' && again.plan.changes.count).toBe(0)
    }
  })

  it('are agreed with by a checker of their own, and no changed one is', () => {
    const counts = { plans: 0, waits: 0, budgets: 0, waves: 0, tampered: 0 }
    for (let seed = 1; seed <= 400; seed++) {
      const one = instance(seed)
      const policy = policyFor(one)
      const plan = planned(one, policy)
      if (plan === undefined || plan.changes.count === 0) continue
      counts.plans++
      if (plan.head.waves.length > 1) counts.waves++
      if (plan.head.budgets.length > 0) counts.budgets++
      expect(verifyPlan(one.model, one.fleet, one.assignment, plan, policy), `seed ${seed}`).toEqual({ holds: true, problems: [] })
      if (plan.changes.after.every((set) => set < 0)) continue
      counts.waits++
      const { changes } = plan
      const hasty: Plan = { ...plan, changes: { ...changes, after: changes.after.map(() => -1) } }
      if (!verifyPlan(one.model, one.fleet, one.assignment, hasty, policy).holds) counts.tampered++
    }
    expect(counts.plans).toBeGreaterThan(200)
    expect(counts.waits).toBeGreaterThan(60)
    expect(counts.budgets).toBeGreaterThan(60)
    expect(counts.waves).toBeGreaterThan(100)
    // A wait is only asked for where something breaks without it.
    expect(counts.tampered).toBe(counts.waits)
  })

  it('whose numbers are changed are refused', () => {
    const refused = new Set<string>()
    for (let seed = 1; seed <= 300; seed++) {
      const one = instance(seed)
      const policy = policyFor(one)
      const plan = planned(one, policy)
      if (plan === undefined || plan.changes.count < 2) continue
      const { changes, head } = plan
      const at = one.below(changes.count)
      const cases: readonly (readonly [string, Plan])[] = [
        ['another outcome', { ...plan, changes: { ...changes, to: changes.to.with(at, changes.to[at] === 0 ? 2 : 0) } }],
        ['left out', { ...plan, changes: { ...changes, count: changes.count - 1, ids: changes.ids.slice(0, -1) } }],
        ['twice', { ...plan, changes: { ...changes, ids: changes.ids.map((id, i) => (i === 0 ? changes.ids[1]! : id)) } }],
        ['a wave too full', { ...plan, changes: { ...changes, wave: changes.wave.map(() => 0), step: changes.step.map((_, i) => i) } }],
        [
          'a budget widened',
          {
            ...plan,
            head: {
              ...head,
              budgets: head.budgets.map((budget) => ({ ...budget, groups: budget.groups.map((group) => ({ ...group, most: 99 })) })),
            },
          },
        ],
      ]
      for (const [name, changed] of cases)
        if (!verifyPlan(one.model, one.fleet, one.assignment, changed, policy).holds) refused.add(name)
        else if (name === 'another outcome' || name === 'left out' || name === 'twice') expect.fail(`seed ${seed}: ${name} was not seen`)
    }
    expect([...refused].sort()).toEqual(['a budget widened', 'a wave too full', 'another outcome', 'left out', 'twice'])
  })

  it('are the same bytes again, page by page, and read back as they were written', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const one = instance(seed)
      const policy = policyFor(one)
      const plan = planned(one, policy)
      if (plan === undefined || plan.changes.count === 0) continue
      const text = [...planPages(plan, 3)].join('')
      expect(text).toBe(planLines(plan))
      expect([...planPages(planned(one, policy)!, 1000)].join('')).toBe(text)
      const head = readPlanHead({ name: 'plan.json', text: JSON.stringify(planHeadOf(plan)) })
      expect(head.diagnostics).toEqual([])
      if (!head.ok) continue
      const read = await readPlan(head.value, bytes(text), 'changes.ndjson')
      expect(read.diagnostics).toEqual([])
      if (!read.ok) continue
      expect(planLines(read.value)).toBe(text)
      expect(verifyPlan(one.model, one.fleet, one.assignment, read.value, policy)).toEqual({ holds: true, problems: [] })
      const cut = await readPlan(head.value, bytes(text.slice(0, -20)), 'changes.ndjson')
      expect(cut.ok).toBe(false)
    }
  })
})
