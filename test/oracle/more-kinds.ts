/** What the kinds that came later mean, each in its sentence. */
import { evaluate } from '../../src/expression/evaluate.ts'
import { choiceScope, fleetScope, scopeOf, variantScope, type Scope } from '../../src/expression/scope.ts'
import type { ExpressionType, ExpressionValue } from '../../src/model/expression-type.ts'
import type { ExpressionText, FleetModel } from '../../src/model/fleet-model.ts'
import { readAmount, UNITS } from '../../src/model/units.ts'
import { lookupOf, ofVariant, share, value, type Oracle, type OracleDevice, type Outcome, type Violation } from './assignment.ts'
import { scopeOnce, typedOnce } from './typed-once.ts'

const UNKNOWN = 2 ** 31

/** In canonical units: 3 of an attribute in MB are 3,000,000. */
function canonical(text: ExpressionText, scope: Scope, lookup: (path: string) => ExpressionValue): number | undefined {
  const typed = typedOnce(text, scope)
  const found = evaluate(typed, lookup) as number | undefined
  const unit = (typed.type as { readonly unit?: string }).unit
  return found === undefined ? undefined : found * (UNITS.get(unit ?? '')?.factor ?? 1)
}

function used({ model, fleet }: Oracle, row: number, { outcome, variant, settings }: Outcome, resource: string): number {
  const running = model.variants.find(({ id }) => id === variant)
  const uses = outcome === 'none' ? {} : outcome === 'unmanaged' ? model.unmanagedUses : running!.uses
  const amount = uses[resource] ?? 0
  if (typeof amount === 'number') return amount
  const lookup = (path: string): ExpressionValue =>
    path.startsWith('settings.') ? settings[path.slice('settings.'.length)] : lookupOf(fleet, row)(path)
  return canonical(amount, running === undefined ? variantScope(model, { settings: [] }) : ofVariant(model, running), lookup) ?? UNKNOWN
}

function limitOf(
  { model, fleet }: Oracle,
  written: unknown,
  members: readonly OracleDevice[],
  group: string,
  at: ExpressionText['at'],
): number {
  if (typeof written === 'number') return written
  const amount = readAmount(written as string)
  if (amount.is === 'amount') return amount.value
  const text = { text: written as string, at }
  const scope = scopeOnce(model.vocabulary, 'limits', () => {
    const names = fleetScope(model).names
    const ofGroup: Record<string, ExpressionType> = {}
    for (const [name, type] of Object.entries(names)) ofGroup[name.replace('device.', 'group.')] = type
    return scopeOf({ ...names, ...ofGroup }, ['device'])
  })
  const known = members.flatMap(({ row }) => {
    const linked = fleet.ids.indexOf(group)
    const lookup = (path: string): ExpressionValue =>
      path.startsWith('device.')
        ? lookupOf(fleet, row)(path)
        : linked < 0
          ? undefined
          : lookupOf(fleet, linked)(path.replace('group.', 'device.'))
    return canonical(text, scope, lookup) ?? []
  })
  return Math.min(Infinity, ...known)
}

/** A choice with the device that it is made for, and the device at the other end of a link. */
function scopeOfChoices(model: FleetModel): Scope {
  const names: Record<string, ExpressionType> = { ...fleetScope(model).names }
  for (const [name, type] of Object.entries(names)) names[`there.${name}`] = type
  for (const [name, type] of Object.entries(choiceScope(model).names)) names[`there.${name.replace('variant.', '')}`] = type
  names['there.outcome'] = { is: 'enum', values: ['none', 'unmanaged', 'variant'] }
  return choiceScope(model, names)
}

function ofChoice({ model, fleet }: Oracle, row: number, now: Outcome, path: string): ExpressionValue {
  if (path.startsWith('device.')) return lookupOf(fleet, row)(path)
  if (path === 'variant.id') return now.variant
  if (path === 'variant.version') return model.variants.find(({ id }) => id === now.variant)?.version
  return now.settings[path.replace('settings.', '')]
}

function says(
  oracle: Oracle,
  text: string,
  at: ExpressionText['at'],
  row: number,
  now: Outcome,
  there?: readonly [number, Outcome],
): ExpressionValue {
  return value(
    { text, at },
    scopeOnce(oracle.model.variants, 'links', () => scopeOfChoices(oracle.model)),
    (path) => {
      if (!path.startsWith('there.')) return ofChoice(oracle, row, now, path)
      const [far, other] = there!
      const rest = path.replace('there.', '')
      if (rest === 'outcome') return other.outcome
      return ofChoice(oracle, far, other, rest === 'id' || rest === 'version' ? `variant.${rest}` : rest)
    },
  )
}

const count = <T>(list: readonly T[], has: (one: T) => boolean): number => list.filter(has).length
const present = (members: readonly OracleDevice[], now: readonly Outcome[]): ReadonlySet<string> =>
  new Set(members.flatMap(({ row }) => now[row]!.variant ?? []))

export const moreKinds: Readonly<Record<string, Violation>> = {
  'placement/capacity'(oracle, written, members, now, use, group) {
    const { resource, limit } = written as unknown as { resource: string; limit: unknown }
    const sum = members.reduce((total, { row }) => total + used(oracle, row, now[row]!, resource), 0)
    return Math.max(0, sum - limitOf(oracle, limit, members, group, use.at))
  },
  'placement/spread'(oracle, written, members, now) {
    const asked = written as unknown as { max_share?: string; max_skew?: number; min_distinct?: number; variants?: string[] }
    const listed = [...new Set(asked.variants ?? oracle.model.variants.map(({ id }) => id))]
    const counts = listed.map((id) => count(members, ({ row }) => now[row]!.variant === id))
    const most = asked.max_share === undefined ? Infinity : share(asked.max_share, members.length, Math.floor)
    const skew = asked.max_skew === undefined ? 0 : Math.max(0, Math.max(...counts) - Math.min(...counts) - asked.max_skew)
    const distinct = count(counts, (one) => one > 0)
    return (
      counts.reduce((sum, one) => sum + Math.max(0, one - most), 0) +
      skew +
      Math.max(0, Math.min(asked.min_distinct ?? 0, members.length) - distinct)
    )
  },
  'placement/apart'(_, written, members, now) {
    const there = count([...new Set(written.variants)], (id) => present(members, now).has(id))
    return (there * (there - 1)) / 2
  },
  'placement/together': (_, __, members, now) => Math.max(0, present(members, now).size - 1),
  'placement/requires-on'(oracle, written, members, now, use) {
    const {
      device,
      links,
      if: condition = 'true',
      then,
    } = written as unknown as { device?: string; links?: string; if?: string; then: string }
    const { fleet } = oracle
    const far = (row: number): readonly number[] => {
      if (device !== undefined)
        return [fleet.ids.indexOf(String(says(oracle, device, use.at, row, now[row]!)))].filter((other) => other >= 0)
      const { a, b } = fleet.links![links!]!
      return [...a.keys()].flatMap((link) => [...(a[link] === row ? [b[link]!] : []), ...(b[link] === row ? [a[link]!] : [])])
    }
    const demands = ({ row }: OracleDevice): boolean =>
      now[row]!.outcome === 'variant' && says(oracle, condition, use.at, row, now[row]!) === true
    return members
      .filter(demands)
      .reduce(
        (sum, { row }) => sum + count(far(row), (other) => says(oracle, then, use.at, row, now[row]!, [other, now[other]!]) !== true),
        0,
      )
  },
  'placement/at-most-changes'(oracle, written, members, now) {
    const { max } = written as unknown as { max: string | number }
    const changed = count(
      members,
      (device) => !device.left && now[device.row]!.outcome !== 'unmanaged' && !oracle.unchanged(device, now[device.row]!),
    )
    return Math.max(0, changed - (typeof max === 'number' ? max : share(max, members.length, Math.floor)))
  },
  'placement/advisory'(oracle, written, members, now, use) {
    const { affects } = written as unknown as { affects: string }
    return count(members, ({ row }) => now[row]!.outcome === 'variant' && says(oracle, affects, use.at, row, now[row]!) !== false)
  },
  'placement/tested'(oracle, written, members, now, use) {
    const { results } = written as unknown as { results: { variant: string; when: string }[] }
    return count(members, ({ row }) => {
      if (now[row]!.outcome !== 'variant') return false
      return !results.some(({ variant, when }) => variant === now[row]!.variant && says(oracle, when, use.at, row, now[row]!) === true)
    })
  },
  'placement/risk'(oracle, written, members, now, use) {
    const { per, max = Infinity, sum = Infinity } = written as unknown as { per: string; max?: number; sum?: number }
    const risks = members.map(({ row }) =>
      now[row]!.outcome !== 'variant' ? 0 : ((says(oracle, per, use.at, row, now[row]!) as number | undefined) ?? UNKNOWN),
    )
    return Math.max(0, Math.max(...risks, 0) - max) + Math.max(0, risks.reduce((a, b) => a + b, 0) - sum)
  },
}
