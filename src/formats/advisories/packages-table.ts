/** Gives devices their package lists from a table with one row for every package of a device. */
import type { Diagnostic, Read } from '../../diagnostics/diagnostic.ts'
import { maybe } from '../../diagnostics/suggest.ts'
import { setText } from '../../model/attribute-value.ts'
import type { Advisories } from '../../model/fleet-model.ts'
import type { ModelledFleet } from '../fleet-source.ts'
import type { Table } from '../table.ts'
import { TABLE_ATTRIBUTE } from './package-lists.ts'

type TablePlace = Extract<Advisories['packages'], { readonly is: 'table' }>

/** The fleet with the attribute `packages`; devices without a row have no list. */
export function withPackages({ model, fleet }: ModelledFleet, table: Table, place: TablePlace): Read<ModelledFleet> {
  const fail = (diagnostic: Omit<Diagnostic, 'severity'>): Read<ModelledFleet> => ({
    ok: false,
    diagnostics: [{ ...diagnostic, severity: 'error' }],
  })
  if (model.vocabulary.some(({ name }) => name === TABLE_ATTRIBUTE) || model.joins.some(({ name }) => name === TABLE_ATTRIBUTE)) {
    const message = `\`${TABLE_ATTRIBUTE}\` is what the table is called in expressions, and the vocabulary has it already`
    return fail({ code: 'advisory/duplicate-name', message, at: place.at })
  }
  const named = [place.device, place.package, ...(place.version === undefined ? [] : [place.version])]
  const columns = new Set(table.rows.flatMap((row) => Object.keys(row)))
  const missing = named.find((name) => !columns.has(name))
  if (missing !== undefined) {
    const message = `\`${place.from}\` has no column \`${missing}\``
    return fail({ code: 'advisory/unknown-column', message, ...maybe(missing, columns), at: place.at })
  }
  const rowOf = new Map(fleet.ids.map((id, row) => [id, row]))
  const lists: (string[] | undefined)[] = new Array<string[] | undefined>(fleet.size)
  let [strangers, broken, example, line] = [0, 0, '', 0]
  table.rows.forEach((row, index) => {
    const [device, name, version] = named.map((column) => textOf(row[column]))
    if (device === undefined || name === undefined || (place.version !== undefined && version === undefined)) {
      if (broken++ === 0) line = table.lines[index]!
      return
    }
    const found = rowOf.get(device)
    if (found === undefined) {
      if (strangers++ === 0) example = device
      return
    }
    ;(lists[found] ??= []).push(version === undefined ? name : `${name}@${version}`)
  })
  if (broken > 0) {
    const message = `${broken} ${broken === 1 ? 'row has' : 'rows have'} no value in one of ${named.map((one) => `\`${one}\``).join(', ')}, the first in line ${line}`
    const range = { start: { line, column: 1 }, end: { line, column: 1 } }
    return fail({ code: 'advisory/missing-value', message, at: { source: table.name, range } })
  }
  const values: string[] = []
  const codeOf = new Map<string, number>()
  const codes = Int32Array.from({ length: fleet.size }, (_, row) => {
    const list = lists[row]
    if (list === undefined) return -1
    const text = setText(list)
    const code = codeOf.get(text) ?? values.push(text) - 1
    codeOf.set(text, code)
    return code
  })
  const type = { is: 'set', of: 'text' } as const
  const message = `${strangers} ${strangers === 1 ? 'row is' : 'rows are'} about devices that the fleet does not have, such as \`${example}\``
  return {
    ok: true,
    value: {
      model: { ...model, vocabulary: [...model.vocabulary, { name: TABLE_ATTRIBUTE, type, at: place.at }] },
      fleet: { ...fleet, columns: { ...fleet.columns, [TABLE_ATTRIBUTE]: { is: 'codes', type, codes, values } } },
    },
    diagnostics: strangers === 0 ? [] : [{ code: 'advisory/unknown-device', severity: 'warning', message, at: { source: table.name } }],
  }
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}
