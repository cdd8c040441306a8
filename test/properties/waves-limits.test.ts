// Waves keep limits, shares, capacities and budgets; where they cannot, the devices and the constraint that prevent it are named.
import { describe, expect, it } from 'vitest'
import type { Assignment } from '../../src/model/assignment.ts'
import type { Choice } from '../../src/model/outcome.ts'
import { estimate } from '../../src/plan/estimate.ts'
import { makePlan } from '../../src/plan/make-plan.ts'
import { readMixture } from '../../src/plan/mixture.ts'
import type { PlanOutcome } from '../../src/plan/question.ts'
import { readWavePolicy } from '../../src/plan/read-policy.ts'
import { smallFleet } from '../oracle/small-fleet.ts'

const choices: readonly Choice[] = [
  { id: 'none', outcome: 'none', settings: {} },
  { id: 'unmanaged', outcome: 'unmanaged', settings: {} },
  { id: 'new', outcome: 'variant', variant: 'new', settings: {} },
]

/** Ten devices in two sites behind two gateways, which change too. */
function plan(waves: string): PlanOutcome {
  const rows = Array.from({ length: 12 }, (_, at) =>
    at < 2
      ? { id: `g${at}`, site: `s${at}`, layer: 'gateway', running: 'old' }
      : { id: `d${String(at).padStart(2, '0')}`, site: `s${at % 2}`, layer: 'device', gateway: `g${at % 2}`, running: 'old' },
  )
  const { model, fleet } = smallFleet(
    [
      'fleetproof: 1',
      'context: {site: {text: true}, layer: {text: true}, gateway: {device: true}, running: {text: true}}',
      'devices:',
      ...rows.map((row) => `  - ${JSON.stringify(row)}`),
      'current: {variant: device.running}',
      'variants: {old: {}, new: {}}',
    ].join('\n'),
  )
  const assignment: Assignment = { choices, chosen: new Int32Array(12).fill(2) }
  const policy = readWavePolicy({ name: 'waves.yaml', text: `fleetproof-waves: 1\n${waves}` }, model)
  if (!policy.ok) throw new Error(policy.diagnostics[0]!.message)
  return makePlan({ mixture: readMixture(model, fleet, assignment), assignment, policy: policy.value })
}

const sizes = (outcome: PlanOutcome) =>
  outcome.is === 'planned' ? outcome.plan.head.waves.map(({ name, devices, steps }) => [name, devices, steps]) : outcome
const words = (outcome: PlanOutcome) => (outcome.is === 'planned' ? [] : outcome.reasons.map(({ text }) => text))

describe('waves', () => {
  it('keep their limits, shares rounded down but never to nobody', () => {
    expect(sizes(plan('waves: [{name: canary, select: device.site == "s0", limit: 2}, {name: some, limit: 25%}]'))).toEqual([
      ['canary', 2, 1],
      ['some', 3, 1],
      ['rest', 7, 1],
    ])
    expect(sizes(plan('waves: [{name: canary, limit: 1%}]\nrest: {waves: 3}'))).toEqual([
      ['canary', 1, 1],
      ['rest 1', 4, 1],
      ['rest 2', 4, 1],
      ['rest 3', 3, 1],
    ])
  })

  it('take what waits no sooner than what it waits for', () => {
    expect(sizes(plan('waves: [{name: first, limit: 4}]\nbefore: [{device: device.gateway}]'))).toEqual([
      ['first', 4, 2],
      ['rest', 8, 1],
    ])
    const last = plan('before: [{device: device.gateway, goes: last}]')
    expect(last.is === 'planned' && last.plan.changes.ids.slice(-2)).toEqual(['g0', 'g1'])
    const layered = plan('layers: {by: device.layer, order: [device, gateway]}')
    expect(layered.is === 'planned' && layered.plan.changes.ids.slice(-2)).toEqual(['g0', 'g1'])
    expect(words(plan('layers: {by: device.layer, order: [device, gateway]}\nbefore: [{device: device.gateway}]'))[0]).toMatch(
      /^these wait for one another: `/,
    )
    expect(
      words(plan('order: declared\nwaves: [{name: devices, select: device.layer == "device"}]\nbefore: [{device: device.gateway}]'))[0],
    ).toBe('`d02` is declared for wave `devices`, and waits for `g0`, which is declared for `rest`')
  })

  it('keep capacities in each wave, with as many waves as that needs, or say how many', () => {
    expect(sizes(plan('capacity: [{name: line, over: device.site, limit: 2}]\nrest: {waves: as-needed}'))).toEqual([
      ['all 1', 4, 1],
      ['all 2', 4, 1],
      ['all 3', 4, 1],
    ])
    const tight = plan('capacity: [{name: line, over: device.site, limit: 2}]')
    expect(words(tight)).toEqual([
      'capacity `line` takes 2 of `s0` in each of 1 waves, 6 must change',
      'capacity `line` takes 2 of `s1` in each of 1 waves, 6 must change',
    ])
    expect(tight.is === 'impossible' && tight.repairs.map(({ text }) => text)).toEqual([
      'add 2 waves for the rest: `rest: {waves: 3}` or `as-needed`',
      'raise the limit of `line` from 2 to 6',
    ])
    expect(words(plan('waves: [{name: one, select: device.site == "s0"}]\nrest: {waves: 0}'))[0]).toMatch(/^no wave selects `d03`, `d05`/)
  })

  it('carry budgets for whoever executes them, and refuse those that allow nothing', () => {
    const held = plan('budgets: [{name: sites, over: device.site, min_available: 4}]')
    expect(held.is === 'planned' && held.plan.head.budgets).toEqual([
      {
        name: 'sites',
        because: 'the budget of the waves',
        groups: [
          { group: 's0', most: 2, changes: 6 },
          { group: 's1', most: 2, changes: 6 },
        ],
      },
    ])
    // Three rounds of two at a site, a minute each.
    expect(held.is === 'planned' && held.plan.head.estimate.total).toBe(180_000)
    expect(words(plan('budgets: [{name: sites, over: device.site, min_available: 100%}]'))[0]).toBe(
      'budget `sites` lets no device of `s0` be unavailable, and 6 devices change there',
    )
  })

  it('are estimated from rates and quotas', () => {
    const wave = { devices: 1000, steps: 2, rounds: 1, soak: 5000 }
    expect(estimate([wave], 1000, { perMinute: 100, batch: 5 }).total).toBe(120_000 + 2000 + 5000)
    const double = { text: '2', numerator: 2, denominator: 1 }
    const rate = { is: 'exponential', base: 100, factor: double, everySucceeded: 100, most: 400 } as const
    // 100 at 100, 100 at 200, 800 at 400 a minute.
    expect(estimate([{ ...wave, rate }], 0, undefined).waves[0]!.sending).toBe(60_000 * (1 + 0.5 + 2))
  })
})
