/** Which options are a move away from what an earlier answer gave, read from the columns that the model names. */
import type { FleetModel } from '../model/fleet-model.ts'
import type { Fleet } from '../model/fleet.ts'
import { NONE, UNMANAGED } from '../model/outcome.ts'
import { keysByRow } from './expressions.ts'
import type { Moves, Option } from './world.ts'

/** Undefined without an earlier answer. A row that it does not speak of moves nowhere; else every option that is not the outcome of then is a move. */
export function readMoves(model: FleetModel, fleet: Fleet, options: readonly Option[]): Moves | undefined {
  if (model.earlier === undefined) return undefined
  const told = [model.earlier.outcome, model.earlier.variant].map((text) => keysByRow(model, fleet, text))
  const settings = Object.entries(model.earlier.settings).map(([name, text]) => ({ name, keys: keysByRow(model, fleet, text) }))
  const columns = [...told, ...settings.map(({ keys }) => keys)]
  const of = new Int32Array(fleet.size)
  // One number for all codes of a row: a mixed radix, which stays exact for any fleet that fits here.
  const radix = columns.map(({ values }) => values.length + 1)
  const kinds = new Map<number, number>()
  const rows: boolean[][] = []
  for (let row = 0; row < fleet.size; row++) {
    let key = 0
    for (let at = 0; at < columns.length; at++) key = key * radix[at]! + columns[at]!.codes[row]! + 1
    let kind = kinds.get(key)
    if (kind === undefined) {
      const [outcome, variant] = told.map(({ codes, values }) => (codes[row]! < 0 ? undefined : values[codes[row]!]))
      const settingThen = (name: string): string | undefined => {
        const keys = settings.find((one) => one.name === name)?.keys
        return keys === undefined || keys.codes[row]! < 0 ? undefined : keys.values[keys.codes[row]!]
      }
      const isSame = (option: Option, at: number): boolean => {
        if (outcome === undefined) return true
        if (at === NONE || at === UNMANAGED) return outcome === option.id
        const { id } = model.variants[option.variant]!
        return outcome === 'variant' && variant === id && Object.entries(option.settings).every(([n, v]) => settingThen(n) === String(v))
      }
      kind = rows.push(options.map((option, at) => !isSame(option, at))) - 1
      kinds.set(key, kind)
    }
    of[row] = kind
  }
  return { of, table: Uint8Array.from(rows.flat(), Number) }
}
