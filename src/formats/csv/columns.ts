/** Finds the attributes' columns in a header, by name or by name and unit (`RAM (MB)`), and says how their cells are read. */
import type { StoredValue } from '../../model/attribute-value.ts'
import { type FleetBuilder, refuse } from '../fleet-builder.ts'
import { columnReader, unitInName, unitProblem } from '../source-column.ts'
import { lineLocation } from './header.ts'

interface Fields {
  /** By attribute; absent where no column holds it. */
  readonly positions: readonly (number | undefined)[]
  readonly read: readonly ((cell: string) => StoredValue)[]
}

export function locateFields(builder: FleetBuilder, header: ReadonlyMap<string, number>, line: number): Fields {
  const { model, fields, columns, source } = builder
  const named = model.devices.is === 'source' ? model.devices : undefined
  const units = new Map(
    [...header].flatMap(([name, position]) => {
      const found = unitInName(name)
      return found === undefined ? [] : [[found.name, { position, unit: found.unit }] as const]
    }),
  )
  const shared = { cells: true, missing: named?.missing ?? [], decimalComma: named?.decimalComma === true }
  const positions: (number | undefined)[] = []
  const read = columns.map((column, index) => {
    const field = fields[index]!
    const how = named?.reading?.[column.name] ?? {}
    const exact = header.get(field)
    const withUnit = exact === undefined ? units.get(field) : undefined
    positions.push(exact ?? withUnit?.position)
    const unit = how.unit ?? withUnit?.unit ?? (exact === undefined ? undefined : unitInName(field)?.unit)
    const own = column.type.is === 'int' || column.type.is === 'decimal' ? column.type.unit : undefined
    const problem = unitProblem(unit, own)
    if (problem !== undefined)
      refuse(builder, 'other-unit', `\`${column.name}\` cannot be read from the column \`${field}\`: ${problem}`, () =>
        lineLocation(source, line),
      )
    return columnReader({ type: column.type }, how, shared, problem === undefined ? unit : undefined)
  })
  return { positions, read }
}
