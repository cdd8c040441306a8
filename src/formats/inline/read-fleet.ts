/** Reads the devices that stand in the model itself. */
import type { Location, Read } from '../../diagnostics/diagnostic.ts'
import { pointer } from '../../diagnostics/document.ts'
import { attributeValue } from '../../model/attribute-value.ts'
import type { FleetModel } from '../../model/fleet-model.ts'
import type { Fleet } from '../../model/fleet.ts'
import { addDevice, clearRow, fleetBuilder, makeRoom, store } from '../fleet-builder.ts'
import { finishFleet } from '../finish-fleet.ts'
import type { Table } from '../table.ts'

/** INVARIANT: `model.devices` is inline; a model that names a source has no devices of its own. */
export function readInlineFleet(model: FleetModel, tables: ReadonlyMap<string, Table>): Read<Fleet> {
  const builder = fleetBuilder(model, model.source)
  const rows = model.devices.is === 'inline' ? model.devices.rows : []
  const seen = new Set<string>()
  rows.forEach((row, index) => {
    const place = (field?: string): Location => {
      const path = field === undefined ? ['devices', index] : ['devices', index, field]
      return model.places.get(pointer(path)) ?? model.places.get(pointer(['devices', index])) ?? { source: model.source, path }
    }
    makeRoom(builder, builder.ids.length)
    for (const field of Object.keys(row)) seen.add(field)
    const { id } = row
    const device = (): string => (typeof id === 'string' ? `device \`${id}\`` : `\`devices[${index}]\``)
    builder.columns.forEach((column, each) => {
      const field = builder.fields[each]!
      store(builder, column, attributeValue(column.type, Object.hasOwn(row, field) ? row[field] : undefined), device, () => place(field))
    })
    if (!addDevice(builder, id, () => place('id'))) clearRow(builder, builder.ids.length)
  })
  return finishFleet(builder, tables, seen)
}
