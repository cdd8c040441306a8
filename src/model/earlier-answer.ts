/**
 * Makes an earlier answer a part of the model, in columns of its own, so that moves against it count as a level after all that the model names: among equally
 * good answers the one that leaves most devices as they were.
 */
import type { Column, Fleet } from './fleet.ts'
import type { Attribute, ExpressionText, FleetModel } from './fleet-model.ts'
import type { Choice } from './outcome.ts'

const OUTCOME = 'fleetproof.earlier'
const VARIANT = 'fleetproof.earlier.variant'
const SETTING = 'fleetproof.earlier.setting.'

/** By row, an index into `choices`; -1 where the answer does not speak of the device. */
export interface EarlierOutcomes {
  readonly choices: readonly Choice[]
  readonly chosen: Int32Array
}

export function withEarlier(
  model: FleetModel,
  fleet: Fleet,
  { choices, chosen }: EarlierOutcomes,
): { readonly model: FleetModel; readonly fleet: Fleet } {
  const at = { source: model.source }
  const names = [...new Set(model.variants.flatMap(({ settings }) => settings.map(({ name }) => name)))].sort()
  const parts: readonly { readonly name: string; readonly of: (choice: Choice) => string | undefined }[] = [
    { name: OUTCOME, of: ({ outcome }) => outcome },
    { name: VARIANT, of: ({ variant }) => variant },
    ...names.map((setting) => ({
      name: `${SETTING}${setting}`,
      of: (choice: Choice) => (choice.settings[setting] === undefined ? undefined : String(choice.settings[setting])),
    })),
  ]
  const columns: Record<string, Column> = {}
  for (const { name, of } of parts) {
    const texts = choices.map(of)
    const values = [...new Set(texts)].filter((text) => text !== undefined)
    const codeOf = new Map(values.map((text, code) => [text, code]))
    const table = Int32Array.from(texts, (text) => (text === undefined ? -1 : codeOf.get(text)!))
    const codes = new Int32Array(fleet.size).fill(-1)
    for (let row = 0; row < codes.length; row++) if (chosen[row]! >= 0) codes[row] = table[chosen[row]!]!
    columns[name] = { is: 'codes', type: { is: 'text' }, codes, values }
  }
  const own = new Set(parts.map(({ name }) => name))
  const text = (name: string): ExpressionText => ({ text: `device.${name}`, at })
  return {
    model: {
      ...model,
      vocabulary: [
        ...model.vocabulary.filter(({ name }) => !own.has(name)),
        ...parts.map(({ name }): Attribute => ({ name, type: { is: 'text' }, at })),
      ],
      earlier: {
        outcome: text(OUTCOME),
        variant: text(VARIANT),
        settings: Object.fromEntries(names.map((setting) => [setting, text(`${SETTING}${setting}`)])),
      },
    },
    fleet: { ...fleet, columns: { ...fleet.columns, ...columns } },
  }
}
