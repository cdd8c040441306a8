/** Makes an assignment what runs today: the model reads it from columns of its own, so that whatever else reads what devices report still does. */
import { evaluateKeys } from '../expression/columns.ts'
import type { Column, Fleet } from '../model/fleet.ts'
import type { Attribute, ExpressionText, FleetModel } from '../model/fleet-model.ts'
import { UNMANAGED, type Choice } from '../model/outcome.ts'
import type { CheckedModel } from './checked-model.ts'

const VARIANT = 'fleetproof.today'
const SETTING = 'fleetproof.setting.'

/** By row, an index into `choices`; -1: not assigned before. */
export interface AssignedBefore {
  readonly choices: readonly Choice[]
  readonly chosen: Int32Array
}

function anyOf(values: Int32Array, test: (value: number) => boolean): boolean {
  for (let at = 0; at < values.length; at++) if (test(values[at]!)) return true
  return false
}

/**
 * The model and the fleet in which devices run what they were assigned, and devices that were not, or were left alone, what `current` says of them. Settings
 * count as far as `current` names them; without `current` all do.
 */
export function withToday(
  model: FleetModel,
  current: CheckedModel['current'],
  fleet: Fleet,
  { choices, chosen }: AssignedBefore,
): { readonly model: FleetModel; readonly fleet: Fleet } {
  const at = model.current?.variant.at ?? { source: model.source }
  const names =
    model.current === undefined
      ? [...new Set(model.variants.flatMap(({ settings }) => settings.map(({ name }) => name)))].sort()
      : Object.keys(model.current.settings)
  const told = anyOf(chosen, (choice) => choice < 0 || choice === UNMANAGED) ? current : undefined
  const parts = [
    { name: VARIANT, reads: told?.variant, of: (choice: Choice) => choice.variant },
    ...names.map((setting) => ({
      name: `${SETTING}${setting}`,
      reads: told?.settings[setting],
      of: (choice: Choice) => (choice.settings[setting] === undefined ? undefined : String(choice.settings[setting])),
    })),
  ]
  const columns: Record<string, Column> = {}
  for (const { name, reads, of } of parts) {
    const values: string[] = []
    const codeOf = new Map<string, number>()
    const code = (value: string): number => {
      const known = codeOf.get(value) ?? values.push(value) - 1
      codeOf.set(value, known)
      return known
    }
    const table = Int32Array.from(choices, (choice) => {
      const value = of(choice)
      return value === undefined ? -1 : code(value)
    })
    const keys = reads && evaluateKeys(reads, fleet)
    const reported = keys && Int32Array.from(keys.names, code)
    const codes = new Int32Array(fleet.size).fill(-1)
    for (let row = 0; row < fleet.size; row++) {
      const choice = chosen[row]!
      if (choice >= 0 && choice !== UNMANAGED) codes[row] = table[choice]!
      else if (keys !== undefined && keys.codes[row]! >= 0) codes[row] = reported![keys.codes[row]!]!
    }
    columns[name] = { is: 'codes', type: { is: 'text' }, codes, values }
  }
  const attribute = (name: string): Attribute => ({ name, type: { is: 'text' }, at })
  const text = (name: string): ExpressionText => ({ text: `device.${name}`, at })
  const own = new Set(parts.map(({ name }) => name))
  return {
    model: {
      ...model,
      vocabulary: [...model.vocabulary.filter(({ name }) => !own.has(name)), ...parts.map(({ name }) => attribute(name))],
      current: { variant: text(VARIANT), settings: Object.fromEntries(names.map((setting) => [setting, text(`${SETTING}${setting}`)])) },
    },
    fleet: { ...fleet, columns: { ...fleet.columns, ...columns } },
  }
}
