/** Reads a model text whose devices stand in it, and builds the fleet's columns in the plainest way: for tests that must not lean on the formats. */
import type { AttributeType, Column, Fleet } from '../../src/model/fleet.ts'
import type { FleetModel } from '../../src/model/fleet-model.ts'
import { readFleetModel } from '../../src/model/read-fleet-model.ts'

export function smallFleet(text: string): { readonly model: FleetModel; readonly fleet: Fleet } {
  const read = readFleetModel({ name: 'model.yaml', text })
  if (!read.ok) throw new Error(`${read.diagnostics.map(({ message }) => message).join('\n')}\n${text}`)
  const model = read.value
  if (model.devices.is !== 'inline') throw new Error('devices must stand in the model')
  const rows = model.devices.rows
  const columns = Object.fromEntries(
    model.vocabulary.map(({ name, type }) => [
      name,
      columnOf(
        type,
        rows.map((row) => row[name]),
      ),
    ]),
  )
  const ids = rows.map((row) => String(row['id']))
  const links = (model.links ?? []).map(({ name, rows: pairs, a, b, columns: declared }) => {
    if (pairs === undefined) throw new Error('links must stand in the model')
    const rowsOf = (end: string): Int32Array => Int32Array.from(pairs, (pair) => ids.indexOf(String(pair[end])))
    const own = Object.entries(declared).map(([column, type]) => {
      const given = pairs.map((pair) => pair[column])
      return [column, columnOf(type, given)] as const
    })
    return [name, { a: rowsOf(a), b: rowsOf(b), columns: Object.fromEntries(own) }] as const
  })
  return { model, fleet: { size: rows.length, ids, columns, ...(links.length === 0 ? {} : { links: Object.fromEntries(links) }) } }
}

function columnOf(type: AttributeType, given: readonly unknown[]): Column {
  if (type.is === 'int')
    return { is: 'numbers', type, numbers: Float64Array.from(given, (value) => (value === undefined ? NaN : Number(value))) }
  const texts = given.map((value) => (value === undefined ? undefined : String(value as string | boolean)))
  const values =
    type.is === 'bool'
      ? ['false', 'true']
      : type.is === 'enum'
        ? type.values
        : [...new Set(texts.filter((text) => text !== undefined))].sort()
  return { is: 'codes', type, codes: Int32Array.from(texts, (text) => (text === undefined ? -1 : values.indexOf(text))), values }
}
