/** Values of single devices set anew, as edits say; every other column is shared with the fleet as it was. */
import type { Diagnostic, Read } from '../diagnostics/diagnostic.ts'
import { maybe } from '../diagnostics/suggest.ts'
import { attributeValue } from './attribute-value.ts'
import type { FleetModel } from './fleet-model.ts'
import type { Column, Fleet } from './fleet.ts'
import type { Edit } from './what-if.ts'

export function editFleet(model: FleetModel, fleet: Fleet, edits: readonly Edit[]): Read<Fleet> {
  const diagnostics: Diagnostic[] = []
  let edited = fleet
  for (const edit of edits) {
    const device = edit.is === 'device' || edit.is === 'pin' ? edit.device : undefined
    if (device === undefined) continue
    const row = fleet.ids.indexOf(device)
    if (row === -1) {
      const message = `no device is called \`${device}\``
      diagnostics.push({ code: 'what-if/unknown-device', severity: 'error', message, ...maybe(device, fleet.ids), at: edit.at })
      continue
    }
    if (edit.is !== 'device') continue
    const made = withAttribute(model, edited, row, edit)
    if ('code' in made) diagnostics.push(made)
    else edited = made
  }
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, value: edited, diagnostics }
}

function withAttribute(model: FleetModel, fleet: Fleet, row: number, edit: Extract<Edit, { readonly is: 'device' }>): Fleet | Diagnostic {
  const { attribute, at } = edit
  const wrong = (code: string, message: string, hint: { readonly hint?: string } = {}): Diagnostic => ({
    code: `what-if/${code}`,
    severity: 'error',
    message,
    ...hint,
    at,
  })
  const column = fleet.columns[attribute]
  if (column === undefined)
    return wrong('unknown-attribute', `devices have no attribute \`${attribute}\``, maybe(attribute, Object.keys(fleet.columns)))
  const join = model.joins.find(({ by }) => by === attribute)
  if (join !== undefined) {
    const example = Object.keys(join.columns).sort()[0]
    const hint = example === undefined ? {} : { hint: `maybe set what it finds: \`devices.${edit.device}.${join.name}.${example} = ...\`` }
    return wrong('join-key', `\`${attribute}\` finds the device's row in \`${join.name}\`, which is not looked up again`, hint)
  }
  if (column.type.is === 'device' && column.type.acyclic === true)
    return wrong('link', `\`${attribute}\` links devices without circles, which is not checked again`)
  const stored = attributeValue(column.type, edit.value)
  if (stored.is === 'wrong')
    return wrong(stored.code, `\`${attribute}\` ${stored.message}`, stored.hint === undefined ? {} : { hint: stored.hint })
  const changed = withStored(fleet, column, row, stored.is === 'missing' ? undefined : stored.value)
  return { ...fleet, columns: { ...fleet.columns, [attribute]: changed } }
}

/** The column with one value set; undefined is missing. */
function withStored(fleet: Fleet, column: Column, row: number, value: string | number | undefined): Column {
  if (column.is === 'numbers') {
    const numbers = column.numbers.slice()
    numbers[row] = value === undefined ? NaN : Number(value)
    return { ...column, numbers }
  }
  const codes = column.codes.slice()
  if (value === undefined) {
    codes[row] = -1
    return { ...column, codes }
  }
  const text = String(value)
  const known = column.values.indexOf(text)
  codes[row] = known === -1 ? column.values.length : known
  if (known !== -1) return { ...column, codes }
  const { rows } = column
  const linked = rows === undefined ? {} : { rows: Int32Array.from([...rows, fleet.ids.indexOf(text)]) }
  return { ...column, codes, values: [...column.values, text], ...linked }
}
