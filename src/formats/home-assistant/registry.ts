/** The registries of a home, where its `.storage` folder is given: which entity is which device's, in which area, under which label. */
import type { Source } from '../../diagnostics/diagnostic.ts'
import { readJson } from '../../diagnostics/json.ts'
import type { Folder } from './include.ts'

export interface Registry {
  /** Entity ids by the registry's own ids. */
  readonly byId: ReadonlyMap<string, string>
  /** Entity ids by platform and unique id: `automation 1651234`. */
  readonly byUnique: ReadonlyMap<string, string>
  readonly entities: ReadonlySet<string>
  readonly disabled: ReadonlySet<string>
  readonly ofDevice: ReadonlyMap<string, readonly string[]>
  readonly ofArea: ReadonlyMap<string, readonly string[]>
  readonly ofLabel: ReadonlyMap<string, readonly string[]>
  readonly ofFloor: ReadonlyMap<string, readonly string[]>
  readonly areaOf: ReadonlyMap<string, string>
  readonly areaNames: ReadonlyMap<string, string>
}

type Row = Readonly<Record<string, unknown>>

export function readRegistry(folder: Folder): Registry | undefined {
  const entities = rows(folder.get('.storage/core.entity_registry'), 'entities')
  if (entities === undefined) return undefined
  const devices = new Map((rows(folder.get('.storage/core.device_registry'), 'devices') ?? []).map((row) => [text(row['id']), row]))
  const areas = rows(folder.get('.storage/core.area_registry'), 'areas') ?? []
  const floorOf = new Map(areas.map((row) => [text(row['id'] ?? row['area_id']), text(row['floor_id'])]))
  const ofDevice = new Map<string, string[]>()
  const ofArea = new Map<string, string[]>()
  const ofLabel = new Map<string, string[]>()
  const ofFloor = new Map<string, string[]>()
  const areaOf = new Map<string, string>()
  const push = (map: Map<string, string[]>, key: string, entity: string): void => {
    if (key !== '') map.set(key, [...(map.get(key) ?? []), entity])
  }
  for (const row of entities) {
    const entity = text(row['entity_id'])
    const device = devices.get(text(row['device_id']))
    const area = text(row['area_id']) || text(device?.['area_id'])
    push(ofDevice, text(row['device_id']), entity)
    push(ofArea, area, entity)
    push(ofFloor, floorOf.get(area) ?? '', entity)
    if (area !== '') areaOf.set(entity, area)
    for (const label of new Set([...texts(row['labels']), ...texts(device?.['labels'])])) push(ofLabel, label, entity)
  }
  return {
    byId: new Map(entities.map((row) => [text(row['id']), text(row['entity_id'])])),
    byUnique: new Map(entities.map((row) => [`${text(row['platform'])} ${text(row['unique_id'])}`, text(row['entity_id'])])),
    entities: new Set(entities.map((row) => text(row['entity_id']))),
    disabled: new Set(entities.flatMap((row) => (text(row['disabled_by']) === '' ? [] : [text(row['entity_id'])]))),
    ofDevice,
    ofArea,
    ofLabel,
    ofFloor,
    areaOf,
    areaNames: new Map(areas.map((row) => [text(row['id'] ?? row['area_id']), text(row['name'])])),
  }
}

function rows(source: Source | undefined, name: string): readonly Row[] | undefined {
  if (source === undefined) return undefined
  const read = readJson(source)
  if (!read.ok) return undefined
  const { data } = (read.value.value ?? {}) as { readonly data?: Row }
  const list = data?.[name]
  return Array.isArray(list) ? list.filter((row): row is Row => typeof row === 'object' && row !== null) : undefined
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(text).filter((one) => one !== '') : [])
