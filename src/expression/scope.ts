/** Which names an expression may read, and their types. */
import type { ExpressionType } from '../model/expression-type.ts'
import type { FleetModel, Setting, Variant } from '../model/fleet-model.ts'
import type { AttributeType } from '../model/fleet.ts'

/** `names` are full paths: `device.image.target`, `settings.inference`, `variant.version`, `there.version`, `group.memory`. */
export interface Scope {
  readonly names: Readonly<Record<string, ExpressionType>>
  readonly roots: readonly string[]
}

type Names = Readonly<Record<string, ExpressionType>>

/** The scope with these names; `roots` are their first words and those of `alsoRoots`, which may have no names. */
export function scopeOf(names: Names, alsoRoots: readonly string[] = []): Scope {
  const roots = new Set([...Object.keys(names).map((name) => name.slice(0, `${name}.`.indexOf('.'))), ...alsoRoots])
  return { names, roots: [...roots].sort() }
}

/** Attributes of a device, joined ones under `device.<join>.<column>`, and `device.id`. */
export function fleetScope(model: Pick<FleetModel, 'vocabulary' | 'joins'>, extra: Names = {}): Scope {
  return scopeOf({ ...deviceNames(model), ...extra }, ['device'])
}

/** What requirements, rules, uses and preferences of one variant read: devices and its own settings. */
export function variantScope(
  model: Pick<FleetModel, 'vocabulary' | 'joins'>,
  variant: Pick<Variant, 'settings'>,
  extra: Names = {},
): Scope {
  return scopeOf({ ...deviceNames(model), ...settingNames(variant.settings), ...extra }, ['device', 'settings'])
}

/** What a set of choices is described with: `variant.id`, `variant.version`, and the settings of all variants. */
export function choiceScope(model: Pick<FleetModel, 'variants'>, extra: Names = {}): Scope {
  return scopeOf(
    {
      'variant.id': { is: 'enum', values: model.variants.map((v) => v.id) },
      'variant.version': { is: 'semver' },
      ...settingNames(model.variants.flatMap((v) => v.settings)),
      ...extra,
    },
    ['settings', 'variant'],
  )
}

/** What a choice is on a device: its variant, its settings, and the device's attributes. */
export function judgedScope(model: Pick<FleetModel, 'variants' | 'vocabulary' | 'joins'>, extra: Names = {}): Scope {
  return choiceScope(model, { ...deviceNames(model), ...extra })
}

/** What a link between two devices demands of their choices: `there.*` is the linked device's, `link.*` are the columns of the list of links. */
export function linkScope(
  model: Pick<FleetModel, 'variants' | 'vocabulary' | 'joins'>,
  columns: Readonly<Record<string, AttributeType>>,
): Scope {
  const there: Names = {
    'there.id': { is: 'enum', values: model.variants.map((v) => v.id) },
    'there.version': { is: 'semver' },
    'there.outcome': { is: 'enum', values: ['none', 'unmanaged', 'variant'] },
    ...prefixed('there.', settingNames(model.variants.flatMap((v) => v.settings))),
    ...prefixed('there.', deviceNames(model)),
  }
  return judgedScope(model, { ...there, ...prefixed('link.', columns) })
}

/** The columns of a list of links, as `link.*`. */
export function linkColumnScope(columns: Readonly<Record<string, AttributeType>>): Scope {
  return scopeOf(prefixed('link.', columns), ['link'])
}

/** Devices, and the device that a group is named by as `group.*`. */
export function groupScope(model: Pick<FleetModel, 'vocabulary' | 'joins'>): Scope {
  const group = Object.entries(deviceNames(model)).map(([name, type]) => [`group.${name.slice('device.'.length)}`, type] as const)
  return fleetScope(model, Object.fromEntries(group))
}

function prefixed(prefix: string, names: Names): Names {
  return Object.fromEntries(Object.entries(names).map(([name, type]) => [prefix + name, type]))
}

function deviceNames(model: Pick<FleetModel, 'vocabulary' | 'joins'>): Names {
  const names: Record<string, ExpressionType> = { 'device.id': { is: 'text' } }
  for (const attribute of model.vocabulary) names[`device.${attribute.name}`] = attribute.type
  for (const join of model.joins) {
    for (const column of Object.keys(join.columns).sort()) names[`device.${join.name}.${column}`] = join.columns[column]!
  }
  return names
}

/** Settings of the same name: enumerations are united, so that each variant's values may be named. */
function settingNames(settings: readonly Setting[]): Names {
  const names: Record<string, ExpressionType> = {}
  for (const { name, type } of settings) {
    const path = `settings.${name}`
    const before = names[path]
    if (type.is === 'enum' && before?.is === 'enum') names[path] = { is: 'enum', values: [...new Set([...before.values, ...type.values])] }
    else names[path] = type.is === 'int' ? { is: 'int' } : type
  }
  return names
}
