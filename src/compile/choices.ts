/** Every outcome of the model in one list: `none`, `unmanaged`, then each variant in each of its modes (combinations of settings), in declared order. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { FleetModel, Setting, Variant } from '../model/fleet-model.ts'
import type { Choice, SettingValue } from '../model/outcome.ts'

// Beyond this, a variant's settings are better split into variants: eligibility looks at each mode on its own.
const MODES_PER_VARIANT = 1024

/** Choices, and by choice the index of its variant (-1 for `none` and `unmanaged`). */
export interface Choices {
  readonly list: readonly Choice[]
  readonly variant: Int32Array
  /** Modes of variant v are the choices first[v] .. first[v + 1]; the last setting varies fastest. */
  readonly first: Int32Array
}

export function settingValues({ type }: Setting): readonly SettingValue[] {
  switch (type.is) {
    case 'bool':
      return [false, true]
    case 'enum':
      return type.values
    case 'int':
      return Array.from({ length: Math.max(0, type.high - type.low + 1) }, (_, i) => type.low + i)
  }
}

function modeCount({ settings }: Variant): number {
  return settings.reduce(
    (product, { type }) => product * (type.is === 'bool' ? 2 : type.is === 'enum' ? type.values.length : type.high - type.low + 1),
    1,
  )
}

/** Diagnostics where a variant has too many modes. */
export function tooManyModes(model: FleetModel): readonly Diagnostic[] {
  return model.variants
    .filter((variant) => modeCount(variant) > MODES_PER_VARIANT)
    .map((variant) => ({
      code: 'compile/too-many-modes',
      severity: 'error',
      message: `the settings of \`${variant.id}\` have ${modeCount(variant)} combinations, more than ${MODES_PER_VARIANT}`,
      hint: 'maybe fewer values for a setting, or several variants',
      at: variant.at,
    }))
}

export function enumerateChoices(model: FleetModel): Choices {
  const list: Choice[] = [
    { id: 'none', outcome: 'none', settings: {} },
    { id: 'unmanaged', outcome: 'unmanaged', settings: {} },
  ]
  const variant = [-1, -1]
  const first: number[] = []
  model.variants.forEach((one, v) => {
    first.push(list.length)
    for (const settings of modes(one.settings)) {
      list.push({ id: choiceId(one.id, settings), outcome: 'variant', variant: one.id, settings })
      variant.push(v)
    }
  })
  first.push(list.length)
  return { list, variant: Int32Array.from(variant), first: Int32Array.from(first) }
}

function modes(settings: readonly Setting[]): readonly Readonly<Record<string, SettingValue>>[] {
  return settings.reduce<readonly Readonly<Record<string, SettingValue>>[]>(
    (before, setting) => before.flatMap((mode) => settingValues(setting).map((value) => ({ ...mode, [setting.name]: value }))),
    [{}],
  )
}

function choiceId(variant: string, settings: Readonly<Record<string, SettingValue>>): string {
  const names = Object.keys(settings).sort()
  return names.length === 0 ? variant : `${variant}{${names.map((name) => `${name}=${String(settings[name])}`).join(',')}}`
}
