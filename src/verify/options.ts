/** The outcomes that a device may have, listed from the model alone, and the choices of an assignment found among them. */
import { EngineError } from '../diagnostics/engine-error.ts'
import type { FleetModel, Setting, Variant } from '../model/fleet-model.ts'
import type { Choice, SettingValue } from '../model/outcome.ts'
import { settingsAsked } from './settings-asked.ts'
import { variantExpression } from './expressions.ts'
import type { Option } from './world.ts'

const MOST_OPTIONS = 100_000

/** `none`, `unmanaged`, then every variant in each combination of the settings that something can see, in declared order. */
export function listOptions(model: FleetModel): readonly Option[] {
  const options: Option[] = [
    { id: 'none', variant: -1, settings: {} },
    { id: 'unmanaged', variant: -1, settings: {} },
  ]
  const asked = settingsAsked(model)
  for (const [at, variant] of model.variants.entries()) {
    const seen = settingsSeen(model, variant, asked)
    for (const settings of combinations(variant.settings.filter(({ name }) => seen.has(name)))) {
      options.push({ id: optionId(variant.id, settings), variant: at, settings })
      if (options.length > MOST_OPTIONS) throw new EngineError('verify/too-many-choices', `more than ${MOST_OPTIONS} choices per device`)
    }
  }
  return options
}

/** For every choice the option that it is, -1 where the model has no such outcome. Values of settings that nothing sees need only fit their type. */
export function optionsOfChoices(model: FleetModel, options: readonly Option[], choices: readonly Choice[]): Int32Array {
  const byId = new Map(options.map((option, at) => [option.id, at]))
  return Int32Array.from(choices, (choice) => {
    if (choice.outcome !== 'variant') return choice.outcome === 'none' ? 0 : 1
    const variant = model.variants.find(({ id }) => id === choice.variant)
    if (variant === undefined) return -1
    for (const [name, value] of Object.entries(choice.settings)) {
      const setting = variant.settings.find((declared) => declared.name === name)
      if (setting === undefined || !fits(setting, value)) return -1
    }
    const example = options.find((option) => model.variants[option.variant] === variant)
    const seen: Record<string, SettingValue> = {}
    for (const name of Object.keys(example?.settings ?? {})) {
      const value = choice.settings[name]
      if (value === undefined) return -1
      seen[name] = value
    }
    return byId.get(optionId(variant.id, seen)) ?? -1
  })
}

/** Every value of the setting, in declared order. */
function valuesOf(setting: Setting): readonly SettingValue[] {
  switch (setting.type.is) {
    case 'bool':
      return [false, true]
    case 'enum':
      return setting.type.values
    case 'int': {
      const { low, high } = setting.type
      if (high - low >= MOST_OPTIONS)
        throw new EngineError('verify/too-many-choices', `setting ${setting.name} has more than ${MOST_OPTIONS} values`)
      return Array.from({ length: Math.max(0, high - low + 1) }, (_, at) => low + at)
    }
  }
}

/** True where the value is one of the setting's. */
export function fits(setting: Setting, value: SettingValue): boolean {
  const { type } = setting
  switch (type.is) {
    case 'bool':
      return typeof value === 'boolean'
    case 'enum':
      return typeof value === 'string' && type.values.includes(value)
    case 'int':
      return Number.isSafeInteger(value) && (value as number) >= type.low && (value as number) <= type.high
  }
}

function optionId(variant: string, settings: Readonly<Record<string, SettingValue>>): string {
  return JSON.stringify([
    variant,
    ...Object.keys(settings)
      .sort()
      .map((name) => [name, settings[name]]),
  ])
}

/** Settings that rules, preferences, expressions of constraints, `current` or an earlier answer can tell apart. */
function settingsSeen(model: FleetModel, variant: Variant, asked: ReadonlySet<string>): ReadonlySet<string> {
  const seen = new Set<string>([...asked, ...Object.keys(model.current?.settings ?? {}), ...Object.keys(model.earlier?.settings ?? {})])
  const truths = [...(variant.requires === undefined ? [] : [variant.requires]), ...variant.rules.flatMap((rule) => [rule.if, rule.then])]
  for (const text of truths) for (const name of variantExpression(model, variant, text, 'bool').settings) seen.add(name)
  const numbers = [
    ...(variant.prefers === undefined ? [] : [variant.prefers]),
    ...Object.values(variant.uses).filter((amount) => typeof amount !== 'number'),
  ]
  for (const text of numbers) for (const name of variantExpression(model, variant, text, 'number').settings) seen.add(name)
  return seen
}

function combinations(settings: readonly Setting[]): readonly Readonly<Record<string, SettingValue>>[] {
  let found: readonly Readonly<Record<string, SettingValue>>[] = [{}]
  for (const setting of settings) {
    const values = valuesOf(setting)
    if (found.length * values.length > MOST_OPTIONS)
      throw new EngineError('verify/too-many-choices', `more than ${MOST_OPTIONS} choices per device`)
    found = found.flatMap((before) => values.map((value) => ({ ...before, [setting.name]: value })))
  }
  return found
}
