// What `--why-not` asks for: a variant, with settings behind it, or nothing.
import type { Diagnostic, Read } from '../diagnostics/diagnostic.ts'
import { maybe } from '../diagnostics/suggest.ts'
import { settingValues } from '../compile/choices.ts'
import type { Wanted } from './change-model.ts'
import type { FleetModel, Variant } from '../model/fleet-model.ts'
import type { SettingValue } from '../model/outcome.ts'

const source = '--why-not'

/** `comfort-edge`, `comfort-edge inference=cloud,accelerator=true`, `nothing`. */
export function readWanted(text: string, model: FleetModel): Read<Wanted> {
  const [id = '', ...rest] = text
    .trim()
    .split(/[\s,{}]+/)
    .filter((word) => word !== '')
  if (id === 'nothing' && !model.variants.some((variant) => variant.id === id))
    return { ok: true, value: { is: 'nothing' }, diagnostics: [] }
  const variant = model.variants.find((one) => one.id === id)
  if (variant === undefined) {
    const ids = model.variants.map((one) => one.id)
    return refuse('unknown-variant', `no variant is called \`${id}\``, maybe(id, [...ids, 'nothing']))
  }
  const settings: Record<string, SettingValue> = {}
  for (const word of rest) {
    const read = readSetting(word, variant)
    if ('code' in read) return { ok: false, diagnostics: [read] }
    settings[read.name] = read.value
  }
  return { ok: true, value: { is: 'variant', variant: id, settings }, diagnostics: [] }
}

function readSetting(word: string, variant: Variant): { readonly name: string; readonly value: SettingValue } | Diagnostic {
  const [name = '', written = ''] = word.split(/[=:]/)
  const setting = variant.settings.find((one) => one.name === name)
  const names = variant.settings.map((one) => one.name)
  if (setting === undefined) return wrong('unknown-setting', `variant \`${variant.id}\` has no setting \`${name}\``, maybe(name, names))
  const values = settingValues(setting)
  const value = values.find((one) => String(one) === written)
  if (value !== undefined) return { name, value }
  const near = maybe(written, values.map(String))
  const known = `maybe one of ${values.slice(0, 10).map(String).join(', ')}`
  return wrong(
    'bad-setting',
    `setting \`${name}\` of variant \`${variant.id}\` cannot be \`${written}\``,
    near.hint === undefined ? { hint: known } : near,
  )
}

function wrong(what: string, message: string, hint: { readonly hint?: string }): Diagnostic {
  return { code: `explain/${what}`, severity: 'error', message, ...hint, at: { source } }
}

function refuse(what: string, message: string, hint: { readonly hint?: string }): Read<Wanted> {
  return { ok: false, diagnostics: [wrong(what, message, hint)] }
}
