/**
 * Reads a fleet from an export of Azure device twins. An attribute is found along its path (`tags.site`, `properties.reported.ram`); without one under its own
 * name in the reported properties, else in the tags. `online` without a path is what the hub says of the connection. Twins of modules are left out.
 */
import type { Diagnostic, Location, Position, Read } from '../../diagnostics/diagnostic.ts'
import { readJson } from '../../diagnostics/json.ts'
import type { StoredValue } from '../../model/attribute-value.ts'
import type { FleetModel } from '../../model/fleet-model.ts'
import type { Fleet } from '../../model/fleet.ts'
import { fieldValue } from '../field-value.ts'
import { addDevice, clearRow, type FleetBuilder, fleetBuilder, makeRoom, refuse, store } from '../fleet-builder.ts'
import { finishFleet } from '../finish-fleet.ts'
import { columnReader } from '../source-column.ts'
import type { Table } from '../table.ts'
import { eachTwin, type TwinProblem } from './twin-texts.ts'

const PROGRESS_EVERY = 16_384
const CONNECTED = 'connectionState'

export async function readTwinFleet(
  model: FleetModel,
  source: string,
  chunks: AsyncIterable<Uint8Array>,
  tables: ReadonlyMap<string, Table>,
  progress?: (rows: number) => void,
): Promise<Read<Fleet>> {
  const builder = fleetBuilder(model, source)
  const named = model.devices.is === 'source' ? model.devices : undefined
  const shared = { cells: false, missing: named?.missing ?? [], decimalComma: false }
  const read = builder.columns.map((column) =>
    columnReader(column, named?.reading?.[column.name] ?? {}, shared, named?.reading?.[column.name]?.unit),
  )
  const paths = builder.columns.map((column) => named?.columns[column.name])
  const seen = new Set<string>()
  let modules = 0
  const problem = await eachTwin(chunks, (text, at) => {
    const twin = parsed(text)
    if (twin === undefined) builder.problems.add(brokenTwin(source, text, at))
    else if (typeof twin['moduleId'] === 'string') modules += 1
    else addTwin(builder, twin, { read, paths, seen, where: (path) => placeIn(source, text, at, path) })
    if (progress !== undefined && builder.ids.length % PROGRESS_EVERY === 0) progress(builder.ids.length)
  })
  if (problem !== undefined) sayProblem(builder, problem)
  if (modules > 0)
    builder.problems.add({
      code: 'azure/modules',
      severity: 'warning',
      message: `${modules} ${modules === 1 ? 'twin is' : 'twins are'} of modules, not of devices; they are left out`,
      at: { source },
    })
  progress?.(builder.ids.length)
  return finishFleet(builder, tables, seen)
}

interface TwinReading {
  readonly read: readonly ((written: unknown) => StoredValue)[]
  readonly paths: readonly (string | undefined)[]
  readonly seen: Set<string>
  readonly where: (path: readonly string[]) => Location
}

function addTwin(builder: FleetBuilder, twin: Readonly<Record<string, unknown>>, { read, paths, seen, where }: TwinReading): void {
  makeRoom(builder, builder.ids.length)
  for (const part of ['tags', 'properties.reported']) {
    const inside = fieldValue(twin, part)
    if (typeof inside === 'object' && inside !== null)
      for (const key of Object.keys(inside)) if (!key.startsWith('$')) seen.add(`${part}.${key}`)
  }
  const id = twin[builder.idField]
  const device = (): string => (typeof id === 'string' ? `device \`${id}\`` : 'a device')
  builder.columns.forEach((column, index) => {
    const path = paths[index] ?? standardPath(twin, column.name)
    const written = fieldValue(twin, path)
    const isState = path === CONNECTED && column.type.is === 'bool'
    store(builder, column, read[index]!(isState ? connected(written) : written), device, () => where(path.split('.')))
  })
  if (!addDevice(builder, id, () => where([builder.idField]))) clearRow(builder, builder.ids.length)
}

/** INVARIANT: own names win over what the hub calls it. */
function standardPath(twin: Readonly<Record<string, unknown>>, name: string): string {
  for (const part of ['properties.reported', 'tags']) if (fieldValue(twin, `${part}.${name}`) !== undefined) return `${part}.${name}`
  return name === 'online' ? CONNECTED : `properties.reported.${name}`
}

function connected(written: unknown): unknown {
  return written === 'Connected' ? true : written === 'Disconnected' ? false : written
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>
  } catch {
    return undefined
  }
}

function brokenTwin(source: string, text: string, at: Position): Diagnostic {
  const read = readJson({ name: source, text })
  const [problem] = read.diagnostics
  if (problem?.at.range === undefined)
    return { code: 'azure/broken-twin', severity: 'error', message: 'the twin is no JSON', at: point(source, at) }
  return { ...problem, at: { source, range: { start: moved(problem.at.range.start, at), end: moved(problem.at.range.end, at) } } }
}

function placeIn(source: string, text: string, at: Position, path: readonly string[]): Location {
  const read = readJson({ name: source, text: text.replaceAll('\ufffd', '?') })
  const range = read.ok ? read.value.locate(path).range : undefined
  return range === undefined ? point(source, at) : { source, range: { start: moved(range.start, at), end: moved(range.end, at) } }
}

/** A position in the text of a twin as one in the file. */
function moved(inside: Position, at: Position): Position {
  return { line: at.line + inside.line - 1, column: inside.line === 1 ? at.column + inside.column - 1 : inside.column }
}

function point(source: string, at: Position): Location {
  return { source, range: { start: at, end: at } }
}

function sayProblem(builder: FleetBuilder, problem: TwinProblem): void {
  const at = (): Location => point(builder.source, problem.at)
  switch (problem.is) {
    case 'open':
      refuse(builder, 'truncated-line', 'the list or the twin that begins here never ends', at, 'maybe the file was cut off')
      return
    case 'odd':
      refuse(builder, 'broken-line', `a twin is expected here, not ${JSON.stringify(problem.text)}`, at, 'maybe `[{"deviceId": ...}]`')
      return
    case 'too-long':
      refuse(builder, 'too-large', 'the twin is longer than 16 MB', at, 'maybe a bracket is not closed')
  }
}
