/** The rows that links between devices lead to. */
import { evaluateKeys } from '../expression/columns.ts'
import { fleetScope } from '../expression/scope.ts'
import { pathsOf } from '../expression/typed.ts'
import type { ExpressionText } from '../model/fleet-model.ts'
import type { Fleet } from '../model/fleet.ts'
import { typed } from './expressions.ts'
import type { World } from './world.ts'

/** By row, the row of the device that the expression names there: -1 where it is missing or no device of the fleet; undefined where the expression is no link. */
export function linkedRows({ model, fleet }: World, text: ExpressionText): Int32Array | undefined {
  const expression = typed(text, fleetScope(model), 'key')
  if (expression.type.is !== 'device') return undefined
  const [path] = pathsOf(expression)
  const column = expression.is === 'path' ? fleet.columns[path!.slice('device.'.length)] : undefined
  const { codes, rows } =
    column?.is === 'codes' && column.rows !== undefined
      ? { codes: column.codes, rows: column.rows }
      : rowsOfIds(fleet, evaluateKeys(expression, fleet))
  const linked = new Int32Array(fleet.size)
  for (let row = 0; row < fleet.size; row++) linked[row] = codes[row]! < 0 ? -1 : rows[codes[row]!]!
  return linked
}

function rowsOfIds(
  fleet: Fleet,
  { codes, names }: { readonly codes: Int32Array; readonly names: readonly string[] },
): { readonly codes: Int32Array; readonly rows: Int32Array } {
  const wanted = new Map(names.map((name, code) => [name, code]))
  const rows = new Int32Array(names.length).fill(-1)
  for (const [row, id] of fleet.ids.entries()) {
    const code = wanted.get(id)
    if (code !== undefined) rows[code] = row
  }
  return { codes, rows }
}
