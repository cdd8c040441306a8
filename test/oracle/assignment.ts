/** The meaning of fleet assignment in plain lines, from the documents: every device an object, every kind its sentence, every assignment listed. For tiny fleets only. */
import { evaluate } from '../../src/expression/evaluate.ts'
import { choiceScope, fleetScope, variantScope, type Scope } from '../../src/expression/scope.ts'
import type { ExpressionValue } from '../../src/model/expression-type.ts'
import type { ConstraintUse, ExpressionText, FleetModel, Setting, Variant } from '../../src/model/fleet-model.ts'
import type { Fleet } from '../../src/model/fleet.ts'
import type { SettingValue } from '../../src/model/outcome.ts'
import { moreKinds } from './more-kinds.ts'
import { scopeOnce, typedOnce } from './typed-once.ts'

export interface Outcome {
  readonly outcome: 'none' | 'unmanaged' | 'variant'
  readonly variant?: string
  readonly settings: Readonly<Record<string, SettingValue>>
}
export interface OracleDevice {
  readonly row: number
  readonly left: boolean
  readonly eligible: readonly Outcome[]
  /** What runs: an outcome (its settings as far as `current` names them), or `unknown`. */
  readonly runs: Outcome | 'unknown'
}
/** `vector` is minimised, most important first; only for feasible assignments a promise. */
interface OracleJudgement {
  readonly feasible: boolean
  readonly vector: readonly number[]
}
export type Parameters = Record<string, never> & {
  share?: Record<string, string>
  pairs?: string[][]
  sets?: string[][]
  variants?: string[]
}

const NONE: Outcome = { outcome: 'none', settings: {} }
const UNMANAGED: Outcome = { outcome: 'unmanaged', settings: {} }

export function lookupOf(fleet: Fleet, row: number): (path: string) => ExpressionValue {
  return (path) => {
    if (path === 'device.id') return fleet.ids[row]
    const column = fleet.columns[path.slice('device.'.length)]
    if (column === undefined) return undefined
    if (column.is === 'numbers') return Number.isNaN(column.numbers[row]) ? undefined : column.numbers[row]
    const text = column.codes[row]! < 0 ? undefined : column.values[column.codes[row]!]
    return text !== undefined && column.type.is === 'bool' ? text === 'true' : text
  }
}

export function value(text: ExpressionText, scope: Scope, lookup: (path: string) => ExpressionValue): ExpressionValue {
  return evaluate(typedOnce(text, scope), lookup)
}

const ofDevices = (model: FleetModel): Scope => scopeOnce(model.vocabulary, 'devices', () => fleetScope(model))
const ofChoices = (model: FleetModel): Scope => scopeOnce(model.variants, 'choices', () => choiceScope(model))
export const ofVariant = (model: FleetModel, variant: Pick<Variant, 'settings'>): Scope =>
  scopeOnce(variant.settings, 'variant', () => variantScope(model, variant))

export function modes(settings: readonly Setting[]): Readonly<Record<string, SettingValue>>[] {
  return settings.reduce<Readonly<Record<string, SettingValue>>[]>(
    (found, { name, type }) => {
      const values =
        type.is === 'bool'
          ? [false, true]
          : type.is === 'enum'
            ? type.values
            : Array.from({ length: type.high - type.low + 1 }, (_, at) => type.low + at)
      return found.flatMap((before) => values.map((one) => ({ ...before, [name]: one })))
    },
    [{}],
  )
}

export interface Oracle {
  readonly model: FleetModel
  readonly fleet: Fleet
  readonly devices: readonly OracleDevice[]
  /** True where having `now` leaves the device as it is today. */
  readonly unchanged: (device: OracleDevice, now: Outcome) => boolean
  readonly judge: (now: readonly Outcome[]) => OracleJudgement
  /** Lists every assignment of eligible outcomes. */
  readonly best: () => { readonly vector: readonly number[]; readonly now: readonly Outcome[] } | 'impossible'
}

export function oracleOf(model: FleetModel, fleet: Fleet): Oracle {
  const ask = (row: number, text: ExpressionText): ExpressionValue => value(text, ofDevices(model), lookupOf(fleet, row))
  const worth = remembered((row: number, { variant, settings }: Outcome) => {
    const found = model.variants.find(({ id }) => id === variant)
    return found?.prefers === undefined
      ? 0
      : ((value(found.prefers, ofVariant(model, found), withSettings(row, settings)) as number | undefined) ?? 0)
  })

  function withSettings(row: number, settings: Readonly<Record<string, SettingValue>>): (path: string) => ExpressionValue {
    return (path) => (path.startsWith('settings.') ? settings[path.slice('settings.'.length)] : lookupOf(fleet, row)(path))
  }

  function modesFor(row: number): Outcome[] {
    return model.variants.flatMap((variant) => {
      if (variant.requires !== undefined && ask(row, variant.requires) !== true) return []
      return modes(variant.settings)
        .filter((settings) => {
          const holds = (text: ExpressionText): ExpressionValue => value(text, ofVariant(model, variant), withSettings(row, settings))
          return variant.rules.every((rule) => holds(rule.if) === false || (holds(rule.if) === true && holds(rule.then) === true))
        })
        .map((settings): Outcome => ({ outcome: 'variant', variant: variant.id, settings }))
    })
  }

  function runsOn(row: number): Outcome | 'unknown' {
    const id = model.current === undefined ? undefined : ask(row, model.current.variant)
    if (id === undefined) return NONE
    const variant = model.variants.find((one) => one.id === id)
    if (variant === undefined) return 'unknown'
    const settings: Record<string, SettingValue> = {}
    for (const { name, type } of variant.settings) {
      const text = model.current!.settings[name]
      if (text === undefined) continue
      const runs = ask(row, text)
      const known = modes([{ name, type, at: text.at }]).find((mode) => String(mode[name]) === String(runs))
      if (known === undefined) return 'unknown'
      settings[name] = known[name]!
    }
    return { outcome: 'variant', variant: variant.id, settings }
  }

  const devices = fleet.ids.map((_, row): OracleDevice => {
    const left = model.leave !== undefined && ask(row, model.leave) === true
    return { row, left, eligible: left ? [UNMANAGED] : [NONE, ...modesFor(row)], runs: runsOn(row) }
  })
  // A setting that `current` does not name stands at the first value that leaves the rest as it is.
  const today = devices.map(({ left, runs }): Outcome => {
    if (left || runs === 'unknown') return UNMANAGED
    const { settings } = model.variants.find(({ id }) => id === runs.variant) ?? { settings: [] }
    return {
      ...runs,
      settings: modes(settings).find((mode) => Object.keys(runs.settings).every((name) => mode[name] === runs.settings[name]))!,
    }
  })

  function unchanged({ runs }: OracleDevice, now: Outcome): boolean {
    if (runs === 'unknown') return now.outcome === 'none'
    if (runs.outcome !== now.outcome || runs.variant !== now.variant) return false
    return Object.entries(runs.settings).every(([name, setting]) => now.settings[name] === setting)
  }

  /** Devices that `of` selects, by the text of their `over`; without `over` all in ''. No device, no group. */
  const groups = model.constraints.map((use): ReadonlyMap<string, readonly OracleDevice[]> => {
    const { of, over } = use.parameters as { of?: string; over?: string }
    const found = new Map<string, OracleDevice[]>()
    for (const device of devices) {
      if (of !== undefined && ask(device.row, { text: of, at: use.at }) !== true) continue
      const key = over === undefined ? '' : ask(device.row, { text: over, at: use.at })
      if (key !== undefined) found.set(String(key), [...(found.get(String(key)) ?? []), device])
    }
    return found
  })

  const oracle: Oracle = { model, fleet, devices, unchanged, judge, best }
  // Outcomes are known by identity, so that a group that has been judged in this composition is not judged again.
  const numbers = new Map<Outcome, number>()
  const known = new Map<string, number>()
  const violations = (use: ConstraintUse, now: readonly Outcome[]): ReadonlyMap<string, number> => {
    for (const outcome of now) if (!numbers.has(outcome)) numbers.set(outcome, numbers.size)
    return new Map(
      [...groups[use.index]!].map(([group, members]) => {
        const concerned = use.kind === 'placement/requires-on' ? devices : members
        const key = `${use.index} ${concerned.map(({ row }) => numbers.get(now[row]!)).join(' ')} ${group}`
        let found = known.get(key)
        if (found === undefined)
          known.set(key, (found = violation[use.kind]!(oracle, use.parameters as Parameters, members, now, use, group)))
        return [group, found]
      }),
    )
  }
  const before = model.constraints.map((use) => violations(use, today))

  function judge(now: readonly Outcome[]): OracleJudgement {
    let feasible = now.every((outcome, row) => mayHave(devices[row]!, outcome))
    let worsened = 0
    let credit = 0
    const soft = new Map<number, number>()
    for (const use of model.constraints) {
      const found = violations(use, now)
      const total = [...found.values()].reduce((a, b) => a + b, 0)
      const { policy } = use
      if (policy.is === 'hard' && total > 0) feasible = false
      if (policy.is === 'do-not-worsen') {
        for (const [group, one] of found) if (one > before[use.index]!.get(group)!) feasible = false
        worsened += total
      }
      if (policy.is === 'soft') {
        const times = policy.per === 'whole' ? Math.min(1, total) : total
        soft.set(policy.level, (soft.get(policy.level) ?? 0) + policy.weight * times)
        credit += policy.per === 'whole' ? policy.weight * (1 - times) : -policy.weight * times
      }
    }
    const assigned = now.filter(({ outcome }) => outcome === 'variant').length
    const changes = devices.filter((device, row) => !device.left && !unchanged(device, now[row]!)).length
    const preference = now.reduce((sum, outcome, row) => sum + worth(row, outcome), 0)
    const levels = model.objectives.flatMap((objective): number[] => {
      switch (objective.is) {
        case 'assigned':
          return [-assigned]
        case 'soft':
          return [...soft].sort(([a], [b]) => a - b).map(([, penalty]) => penalty)
        case 'preference':
          return [-preference]
        case 'changes':
          return [changes]
        case 'score':
          return [-(objective.assigned * assigned + objective.preference * preference - objective.changes * changes + credit)]
      }
    })
    return { feasible, vector: model.constraints.some(({ policy }) => policy.is === 'do-not-worsen') ? [worsened, ...levels] : levels }
  }

  function best(): ReturnType<Oracle['best']> {
    let found: ReturnType<Oracle['best']> = 'impossible'
    const visit = (now: readonly Outcome[]): void => {
      const device = devices[now.length]
      if (device !== undefined) {
        for (const outcome of device.eligible) visit([...now, outcome])
        return
      }
      const { feasible, vector } = judge(now)
      if (feasible && (found === 'impossible' || less(vector, found.vector))) found = { vector, now }
    }
    visit([])
    return found
  }
  return oracle
}

function remembered(compute: (row: number, outcome: Outcome) => number): (row: number, outcome: Outcome) => number {
  const known = new Map<Outcome, Map<number, number>>()
  return (row, outcome) => {
    const rows = known.get(outcome) ?? new Map<number, number>()
    known.set(outcome, rows)
    if (!rows.has(row)) rows.set(row, compute(row, outcome))
    return rows.get(row)!
  }
}

/** By value where it is another object, as an outcome of another device is. */
function mayHave({ eligible }: OracleDevice, outcome: Outcome): boolean {
  return eligible.includes(outcome) || eligible.some((one) => JSON.stringify(one) === JSON.stringify(outcome))
}

function less(left: readonly number[], right: readonly number[]): boolean {
  const at = left.findIndex((entry, level) => entry !== right[level])
  return at >= 0 && left[at]! < right[at]!
}

const named = ({ variant, variants }: { variant?: string; variants?: readonly string[] }): readonly string[] => [
  ...(variant === undefined ? [] : [variant]),
  ...(variants ?? []),
]

export function share(text: string, size: number, round: (x: number) => number): number {
  const [a, b] = text.endsWith('%') ? [Number(text.slice(0, -1)), 100] : text.split('/').map(Number)
  return round((a! * size) / b!)
}

/** Violation of one group, by kind. */
export type Violation = (
  oracle: Oracle,
  written: Parameters,
  members: readonly OracleDevice[],
  now: readonly Outcome[],
  use: ConstraintUse,
  group: string,
) => number

const violation: Readonly<Record<string, Violation>> = {
  ...moreKinds,
  'placement/quota'(oracle, written, members, now, use) {
    const names = named(written)
    const {
      choose,
      min,
      max,
      exact,
      multiple_of: multiple,
    } = written as { choose?: string; min?: number; max?: number; exact?: number; multiple_of?: number }
    const counts = ({ outcome, variant, settings }: Outcome): boolean => {
      if (outcome !== 'variant' || (names.length > 0 && !names.includes(variant!))) return false
      const version = oracle.model.variants.find(({ id }) => id === variant)!.version
      const lookup = (path: string): ExpressionValue =>
        path === 'variant.id' ? variant : path === 'variant.version' ? version : settings[path.slice(9)]
      return choose === undefined || value({ text: choose, at: use.at }, ofChoices(oracle.model), lookup) === true
    }
    const count = members.filter(({ row }) => counts(now[row]!)).length
    const size = members.length
    const bounds = written.share ?? {}
    const least = [
      min,
      exact,
      bounds['min'] && share(bounds['min'], size, Math.ceil),
      bounds['exact'] && share(bounds['exact'], size, Math.ceil),
    ]
    const most = [
      max,
      exact,
      bounds['max'] && share(bounds['max'], size, Math.floor),
      bounds['exact'] && share(bounds['exact'], size, Math.floor),
    ]
    const low = Math.max(...least.map((bound) => (typeof bound === 'number' ? bound : 0)))
    const high = Math.min(...most.map((bound) => (typeof bound === 'number' ? bound : Infinity)))
    const apart = multiple === undefined ? 0 : Math.min(count % multiple, multiple - (count % multiple))
    return Math.max(0, low - count) + Math.max(0, count - high) + apart
  },
  'placement/pin': (_, written, members, now) => members.filter(({ row }) => now[row]!.variant !== written['variant']).length,
  'placement/forbid': (_, written, members, now) => members.filter(({ row }) => named(written).includes(now[row]!.variant ?? '')).length,
  'placement/keep': (oracle, _, members, now) =>
    members.filter((device) => !device.left && device.runs !== 'unknown' && !oracle.unchanged(device, now[device.row]!)).length,
  'placement/distinct'(oracle, _, members, now) {
    const without = members.filter(({ row }) => now[row]!.outcome === 'none').length
    const twins = oracle.model.variants.map(({ id }) => members.filter(({ row }) => now[row]!.variant === id).length)
    return [without, ...twins].reduce((sum, count) => sum + Math.max(0, count - 1), 0)
  },
  'placement/each-used': (_, written, members, now) =>
    [...new Set(named(written))].filter((id) => !members.some(({ row }) => now[row]!.variant === id)).length,
  'placement/diversity'(oracle, written, members, now) {
    const { more_than: more, at_least: least } = written as { more_than?: number; at_least?: number }
    const listed = named(written).length > 0 ? [...new Set(named(written))] : oracle.model.variants.map(({ id }) => id)
    const needed = Math.max(more === undefined ? 0 : more + 1, least ?? 0)
    return listed.reduce((sum, id) => sum + Math.max(0, needed - members.filter(({ row }) => now[row]!.variant === id).length), 0)
  },
  'placement/no-conflict'(_, written, members, now) {
    type Member = string | { readonly variant: string; readonly settings?: Readonly<Record<string, unknown>> }
    const sorted = (list: readonly Member[]): readonly string[] => list.map((one) => JSON.stringify(one)).sort()
    const listed = [...(written.pairs ?? []), ...((written.sets ?? []) as readonly unknown[])].map((set) => {
      const both = Array.isArray(set) ? { with: set as Member[], without: [] } : (set as { with: Member[]; without: Member[] })
      return { with: sorted(both.with), without: [...new Set(sorted(both.without))] }
    })
    // What is written twice is one set.
    const sets = listed.filter((set, at) => listed.findIndex((other) => JSON.stringify(other) === JSON.stringify(set)) === at)
    const running = (text: string): number => {
      const wanted = JSON.parse(text) as Member
      const { variant, settings = {} } = typeof wanted === 'string' ? { variant: wanted } : wanted
      return members.filter(
        ({ row }) => now[row]!.variant === variant && Object.entries(settings).every(([name, value]) => now[row]!.settings[name] === value),
      ).length
    }
    return sets.filter(
      (set) =>
        set.with.every((id) => running(id) >= set.with.filter((other) => other === id).length) &&
        set.without.every((id) => running(id) === 0),
    ).length
  },
}
