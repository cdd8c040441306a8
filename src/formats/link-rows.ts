/** Finds the rows that links between devices lead to, and the circles that they must not form. */
import type { Column } from '../model/fleet.ts'
import { findBytes, hashBytes } from './byte-dictionary.ts'
import type { FleetBuilder } from './fleet-builder.ts'

/** The column with `rows`; links to devices that are not there keep their text, get row -1 and are counted in one warning. */
export function linkRows(builder: FleetBuilder, name: string, column: Column): Column {
  if (column.is !== 'codes') return column
  const rows = Int32Array.from(column.values, (id) => {
    const bytes = Buffer.from(id)
    return findBytes(builder.known, bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length))
  })
  warnOfUnknown(builder, name, column.codes, column.values, rows)
  if (column.type.is === 'device' && column.type.acyclic === true) refuseCircle(builder, name, column.codes, rows)
  return { ...column, rows }
}

function warnOfUnknown(builder: FleetBuilder, name: string, codes: Int32Array, values: readonly string[], rows: Int32Array): void {
  let count = 0
  let first = -1
  for (let row = 0; row < codes.length; row += 1) {
    const code = codes[row]!
    if (code < 0 || rows[code]! >= 0) continue
    count += 1
    if (first < 0) first = row
  }
  if (count === 0) return
  const example = `\`${builder.ids[first]!}\` names \`${values[codes[first]!]!}\``
  const message =
    count === 1
      ? `\`${name}\` of ${example}, which is no device of the fleet`
      : `\`${name}\` of ${count.toLocaleString('en-US')} devices names no device of the fleet; the first: ${example}`
  builder.problems.add({ code: 'formats/unknown-device', severity: 'warning', message, at: { source: builder.source } })
}

/** Follows every link once; each device has at most one, so a circle is met again from any of its members. */
function refuseCircle(builder: FleetBuilder, name: string, codes: Int32Array, rows: Int32Array): void {
  const visit = new Int32Array(codes.length)
  for (let start = 0; start < codes.length; start += 1) {
    let row = start
    while (row >= 0 && visit[row] === 0) {
      visit[row] = start + 1
      const code = codes[row]!
      row = code < 0 ? -1 : rows[code]!
    }
    if (row < 0 || visit[row] !== start + 1) continue
    const circle = [row]
    for (let next = rows[codes[row]!]!; next !== row; next = rows[codes[next]!]!) circle.push(next)
    const shown = circle.slice(0, 5).map((member) => `\`${builder.ids[member]!}\``)
    const way = [...shown, ...(circle.length > 5 ? ['...'] : []), shown[0]!].join(' -> ')
    builder.problems.add({
      code: 'formats/cyclic-links',
      severity: 'error',
      message: `\`${name}\` leads in a circle: ${way}`,
      at: { source: builder.source },
    })
    return
  }
}
