/** Reads a catalogue of Zigbee device models (NDJSON, features as zigbee2mqtt describes them): the typed attributes of things by their model. */
import { z } from 'zod'
import type { Read } from '../../diagnostics/diagnostic.ts'
import { cappedDiagnostics } from '../../diagnostics/capped.ts'
import { readShape } from '../../diagnostics/shape.ts'
import type { ValueType } from '../../model/automation.ts'
import { readTable } from '../ndjson/read-table.ts'

/** What a thing of the model has under a name. */
export interface ModelAttribute {
  readonly name: string
  readonly type: ValueType
  readonly role: 'sensor' | 'actuator'
}

export interface ThingModel {
  readonly model: string
  readonly vendor: string
  readonly attributes: readonly ModelAttribute[]
}

interface Feature {
  readonly type: string
  readonly name?: string | undefined
  readonly access?: string | undefined
  readonly unit?: string | undefined
  readonly min?: number | undefined
  readonly max?: number | undefined
  readonly step?: number | undefined
  readonly on?: unknown
  readonly off?: unknown
  readonly values?: readonly unknown[] | undefined
  readonly features?: readonly Feature[] | undefined
}
const featureShape: z.ZodType<Feature> = z.lazy(() =>
  z.object({
    type: z.string(),
    name: z.string().min(1).optional(),
    access: z.string().optional(),
    unit: z.string().optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    step: z.number().optional(),
    on: z.unknown().optional(),
    off: z.unknown().optional(),
    values: z.array(z.unknown()).optional(),
    features: z.array(featureShape).optional(),
  }),
)
const modelShape = z.object({ model: z.string().min(1), vendor: z.string(), features: z.array(featureShape) })

/** By model; of two lines of one model the first counts, and the second is said. */
export async function readZigbeeModels(source: string, chunks: AsyncIterable<Uint8Array>): Promise<Read<ReadonlyMap<string, ThingModel>>> {
  const table = await readTable(source, chunks)
  if (!table.ok) return table
  const problems = cappedDiagnostics()
  const models = new Map<string, ThingModel>()
  table.value.rows.forEach((row, index) => {
    const position = { line: table.value.lines[index]!, column: 1 }
    const at = { source, range: { start: position, end: position } }
    const locate = (): typeof at => at
    const shape = readShape(modelShape, row, { locate, locateKey: locate }, [])
    if (!shape.ok) {
      for (const diagnostic of shape.diagnostics) problems.add(diagnostic)
      return
    }
    const { model, vendor, features } = shape.value
    if (models.has(model)) {
      problems.add({ code: 'zigbee/duplicate-model', severity: 'warning', message: `the model \`${model}\` stands further up already`, at })
      return
    }
    models.set(model, { model, vendor, attributes: attributesOf(features) })
  })
  const diagnostics = problems.list()
  return problems.hasErrors() ? { ok: false, diagnostics } : { ok: true, value: models, diagnostics }
}

/** Features without a name only group others; what can be written is an actuator. The first of two of one name counts. */
function attributesOf(features: readonly Feature[]): readonly ModelAttribute[] {
  const found = new Map<string, ModelAttribute>()
  const walk = (list: readonly Feature[], prefix: string): void => {
    for (const feature of list) {
      const name = feature.name === undefined ? undefined : prefix + feature.name
      if (feature.features !== undefined) walk(feature.features, name === undefined ? prefix : `${name}.`)
      else if (name !== undefined && !found.has(name))
        found.set(name, { name, type: typeOf(feature), role: feature.access?.includes('w') === true ? 'actuator' : 'sensor' })
    }
  }
  walk(features, '')
  return [...found.values()]
}

function typeOf({ type, on, off, values, min, max, step, unit }: Feature): ValueType {
  switch (type) {
    case 'binary':
      if (typeof on === 'boolean' && typeof off === 'boolean') return { is: 'bool' }
      return typeof on === 'string' && typeof off === 'string' && on !== off
        ? { is: 'enum', values: [on, off], other: false }
        : { is: 'any' }
    case 'enum':
      return values !== undefined && values.length > 0 && values.every((value) => typeof value === 'string')
        ? { is: 'enum', values: [...new Set(values)], other: false }
        : { is: 'any' }
    case 'numeric':
      return {
        is: 'number',
        // Without a step nothing says that fractions do not occur.
        integer: step !== undefined && Number.isInteger(step) && (min === undefined || Number.isInteger(min)),
        ...(min === undefined ? {} : { low: min }),
        ...(max === undefined ? {} : { high: max }),
        ...(unit === undefined ? {} : { unit }),
      }
    case 'text':
      return { is: 'text' }
    default:
      return { is: 'any' }
  }
}
