// Plans against the oracle: whatever is planned is safe at every moment, and whatever is refused has no safe order at all.
import { describe, expect, it } from 'vitest'
import type { Assignment } from '../../src/model/assignment.ts'
import type { Choice } from '../../src/model/outcome.ts'
import { makePlan } from '../../src/plan/make-plan.ts'
import { readMixture } from '../../src/plan/mixture.ts'
import type { PlanOutcome } from '../../src/plan/question.ts'
import { plainPolicy } from '../../src/plan/read-policy.ts'
import { someOrderIsSafe, unsafeMoment, type MixedDevice, type MixedFleet, type MixedPlan, type MixedRule } from '../oracle/mixed-fleet.ts'
import { randomFrom } from '../oracle/random-model.ts'
import { smallFleet } from '../oracle/small-fleet.ts'

const variants = ['a', 'b', 'c', 'd'] as const

function randomFleet(seed: number): MixedFleet | undefined {
  const random = randomFrom(seed)
  const below = (n: number): number => Math.floor(random() * n)
  const size = 3 + below(3)
  const variant = (): string | undefined => (random() < 0.1 ? undefined : variants[below(variants.length)])
  const devices = Array.from({ length: size }, (_, at): MixedDevice => {
    const old = variant()
    const after = random() < 0.75 ? variant() : old
    return {
      room: random() < 0.75 ? 'r1' : 'r2',
      old,
      new: after,
      ...(old !== undefined && old === after && random() < 0.7 ? { resets: true } : {}),
      ...(at > 0 && random() < 0.4 ? { gateway: below(at) } : {}),
    }
  })
  /** Often one that somebody leaves and one that somebody comes to: what orders are about. */
  const meeting = (): readonly [string, string] => {
    const [one, other] = [devices[below(size)]!.old ?? 'a', devices[below(size)]!.new ?? 'b']
    return one === other ? ['a', 'b'] : [one, other]
  }
  const rules = Array.from({ length: 2 + below(3) }, (): MixedRule => {
    const one = variants[below(4)]!
    switch (below(6)) {
      case 0:
        return { is: 'capacity', uses: Object.fromEntries(variants.map((name) => [name, below(4)])), limit: 2 + below(6) }
      case 1:
      case 2:
        return { is: 'apart', pair: meeting() }
      case 3:
        return { is: 'most', variant: one, most: below(3) }
      case 4:
        return { is: 'least', variant: one, least: 1 + below(2) }
      default:
        return { is: 'needs', variant: one, there: variants.filter(() => random() < 0.5) }
    }
  })
  const fleet = { devices, rules }
  return holdsInTheEnd(fleet) ? fleet : undefined
}

/** The end is an assignment that holds: everything verified from the beginning, with no allowance for today. */
function holdsInTheEnd({ devices, rules }: MixedFleet): boolean {
  const still = devices.map((device) => ({ ...device, old: device.new, resets: false }))
  // Where nobody changes, a moment is unsafe only against an allowance of its own: ask of each rule whether an empty past keeps it.
  const empty = {
    devices: devices.map((device) => ({ ...device, old: undefined, resets: false })),
    rules: rules.filter(({ is }) => is !== 'least'),
  }
  const chain = devices.map((_, at) => devices.map((__, other) => other).filter((other) => other < at))
  const enough = rules.every(
    (rule) =>
      rule.is !== 'least' ||
      [...new Set(devices.map(({ room }) => room))].every(
        (room) => still.filter((device) => device.room === room && device.new === rule.variant).length >= rule.least,
      ),
  )
  const linked = rules.every(
    (rule) =>
      rule.is !== 'needs' ||
      still.every(
        ({ gateway, new: own }) => gateway === undefined || own !== rule.variant || rule.there.includes(still[gateway]!.new ?? ''),
      ),
  )
  return (
    enough &&
    linked &&
    unsafeMoment({ ...empty, rules: empty.rules.filter(({ is }) => is !== 'needs') }, { after: chain, budgets: [] }) === undefined
  )
}

function modelText({ devices, rules }: MixedFleet): string {
  const uses = (variant: string): string =>
    rules
      .map((rule, at) => (rule.is === 'capacity' ? `r${at}: ${rule.uses[variant] ?? 0}` : ''))
      .filter((text) => text !== '')
      .join(', ')
  const constraint = (rule: MixedRule, at: number): string => {
    switch (rule.is) {
      case 'capacity':
        return `capacity: {resource: r${at}, over: device.room, limit: ${rule.limit}}`
      case 'apart':
        return `no_conflict: {over: device.room, pairs: [[${rule.pair.join(', ')}]]}`
      case 'most':
        return `quota: {variant: ${rule.variant}, over: device.room, max: ${rule.most}}\n    during: true`
      case 'least':
        return `quota: {variant: ${rule.variant}, over: device.room, min: ${rule.least}}\n    during: true`
      case 'needs':
        return `requires_on: {device: device.gateway, if: 'variant.id == "${rule.variant}"', then: '${rule.there.length === 0 ? 'false' : rule.there.map((id) => `there.id == "${id}"`).join(' || ')}'}\n    during: true`
    }
  }
  return [
    'fleetproof: 1',
    'context: {room: {text: true}, running: {text: true}, mode: {bool: true}, gateway: {device: true}}',
    'devices:',
    ...devices.map(
      ({ room, old, gateway }, at) =>
        `  - {id: d${at}, room: ${room}, mode: false${old === undefined ? '' : `, running: ${old}`}${gateway === undefined ? '' : `, gateway: d${gateway}`}}`,
    ),
    'current: {variant: device.running, settings: {mode: device.mode}}',
    'variants:',
    ...variants.map((id) => `  ${id}: {uses: {${uses(id)}}, settings: {mode: {bool: true}}}`),
    'constraints:',
    ...rules.map((rule, at) => `  - ${constraint(rule, at)}`),
    'objectives: [assigned]',
    '',
  ].join('\n')
}

const choices: readonly Choice[] = [
  { id: 'none', outcome: 'none', settings: {} },
  { id: 'unmanaged', outcome: 'unmanaged', settings: {} },
  ...variants.flatMap((id) =>
    [false, true].map((mode): Choice => ({ id: `${id}{mode=${mode}}`, outcome: 'variant', variant: id, settings: { mode } })),
  ),
]

function planOf(mixed: MixedFleet): PlanOutcome {
  const { model, fleet } = smallFleet(modelText(mixed))
  const linked = { ...fleet, columns: { ...fleet.columns, gateway: withRows(fleet.columns['gateway']!, fleet.ids) } }
  const assignment: Assignment = {
    choices,
    chosen: Int32Array.from(mixed.devices, (device) =>
      device.new === undefined ? 0 : 2 + 2 * variants.findIndex((id) => id === device.new) + (device.resets === true ? 1 : 0),
    ),
  }
  return makePlan({ mixture: readMixture(model, linked, assignment), assignment, policy: plainPolicy })
}

function withRows(column: ReturnType<typeof smallFleet>['fleet']['columns'][string], ids: readonly string[]) {
  return column.is === 'codes' ? { ...column, rows: Int32Array.from(column.values, (id) => ids.indexOf(id)) } : column
}

function asMixedPlan(outcome: Extract<PlanOutcome, { readonly is: 'planned' }>, size: number): MixedPlan {
  const { changes, head } = outcome.plan
  const row = (at: number): number => Number(changes.ids[at]!.slice(1))
  const after: number[][] = Array.from({ length: size }, () => [])
  const budgets = head.budgets.flatMap(({ groups }, budget) =>
    groups.map(({ most }, group) => ({
      most,
      devices: changes.ids.flatMap((_, at) => (changes.budgetGroup[budget]![at] === group ? [row(at)] : [])),
    })),
  )
  for (let at = 0; at < changes.count; at++) {
    const set = changes.after[at]!
    if (set >= 0) after[row(at)] = Array.from(changes.setMembers.subarray(changes.setStart[set], changes.setStart[set + 1]), row)
  }
  return { after, budgets }
}

describe('mixed fleets', () => {
  const counts = { planned: 0, waiting: 0, budgets: 0, impossible: 0, undecided: 0 }
  const bound = new Map<MixedRule['is'], number>()

  it('are safe at every moment of what is planned, and have no safe order where there is no plan', () => {
    for (let seed = 1; seed <= 1800; seed++) {
      const fleet = randomFleet(seed)
      if (fleet === undefined || fleet.devices.every((device) => device.old === device.new && device.resets !== true)) continue
      const outcome = planOf(fleet)
      const label = `seed ${seed}\n${modelText(fleet)}`
      switch (outcome.is) {
        case 'planned': {
          const plan = asMixedPlan(outcome, fleet.devices.length)
          // Those that are safe in any order are many, and tell little.
          if (seed % 8 !== 0 && plan.budgets.length === 0 && plan.after.every((list) => list.length === 0)) break
          counts.planned++
          if (plan.after.some((list) => list.length > 0)) counts.waiting++
          if (plan.budgets.length > 0) counts.budgets++
          expect(unsafeMoment(fleet, plan), label).toBeUndefined()
          break
        }
        case 'impossible':
          counts.impossible++
          for (const rule of fleet.rules) bound.set(rule.is, (bound.get(rule.is) ?? 0) + 1)
          expect(someOrderIsSafe(fleet), label).toBe(false)
          expect(outcome.reasons.length, label).toBeGreaterThan(0)
          break
        case 'undecided':
          counts.undecided++
          break
      }
    }
  })

  it('were varied enough for that to mean something', () => {
    expect(counts.waiting).toBeGreaterThan(80)
    expect(counts.budgets).toBeGreaterThan(10)
    expect(counts.impossible).toBeGreaterThan(0.3 * (counts.planned + counts.impossible))
    expect(counts.undecided).toBe(0)
    expect([...bound].filter(([, times]) => times < 10)).toEqual([])
    expect([...bound.keys()].sort()).toEqual(['apart', 'capacity', 'least', 'most', 'needs'])
  })

  it('would not be safe without what the plan relies on', () => {
    let needed = 0
    for (let seed = 1; seed <= 400; seed++) {
      const fleet = randomFleet(seed)
      const outcome = fleet && planOf(fleet)
      if (fleet === undefined || outcome?.is !== 'planned') continue
      const plan = asMixedPlan(outcome, fleet.devices.length)
      if (plan.after.every((list) => list.length === 0)) continue
      if (unsafeMoment(fleet, { ...plan, after: plan.after.map(() => []) }) !== undefined) needed++
    }
    expect(needed).toBeGreaterThan(8)
  })
})
