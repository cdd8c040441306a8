/** Writes a fleet as NDJSON, a line for each device with the attributes that it has, each as the reader takes it back. */
import type { Column, Fleet } from '../../model/fleet.ts'

/** The line of a row; `names` are the attributes to write. */
export function deviceLine({ ids, columns }: Fleet, names: readonly string[], row: number): string {
  let text = `{"id":${JSON.stringify(ids[row])}`
  for (const name of names) {
    const value = valueText(columns[name]!, row)
    if (value !== undefined) text += `,${JSON.stringify(name)}:${value}`
  }
  return `${text}}\n`
}

function valueText(column: Column, row: number): string | undefined {
  if (column.is === 'codes') {
    const code = column.codes[row]!
    if (code < 0) return undefined
    const value = column.values[code]!
    // A bool is a word of JSON, a set is JSON already.
    return column.type.is === 'bool' || column.type.is === 'set' ? value : JSON.stringify(value)
  }
  const number = column.numbers[row]!
  if (Number.isNaN(number)) return undefined
  if (column.type.is === 'time') return JSON.stringify(new Date(number).toISOString())
  return column.type.is === 'decimal' ? decimalText(number, column.type.places) : String(number)
}

/** Exact: the point is moved in the digits. */
function decimalText(scaled: number, places: number): string {
  if (places === 0) return String(scaled)
  const digits = String(Math.abs(scaled)).padStart(places + 1, '0')
  const fraction = digits.slice(-places).replace(/0+$/, '')
  return `${scaled < 0 ? '-' : ''}${digits.slice(0, -places)}${fraction === '' ? '' : `.${fraction}`}`
}
