/** Reads a W3C Thing Description (1.0 and 1.1): properties, actions and events become typed attributes; it holds no automations. */
import { z } from 'zod'
import type { Diagnostic, Read, Source } from '../../diagnostics/diagnostic.ts'
import type { DocumentPath } from '../../diagnostics/document.ts'
import { readJson } from '../../diagnostics/json.ts'
import { readShape } from '../../diagnostics/shape.ts'
import type { ThingAttribute, ValueType } from '../../model/automation.ts'
import type { BehaviourPart } from '../../model/behaviour-part.ts'
import { nearestWord } from '../../model/names.ts'

const schemaShape = z.object({
  type: z.enum(['boolean', 'integer', 'number', 'string', 'object', 'array', 'null']).optional(),
  enum: z.array(z.unknown()).min(1).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  unit: z.string().optional(),
  readOnly: z.boolean().optional(),
})
const thingShape = z.object({
  '@context': z.unknown(),
  id: z.string().min(1).optional(),
  title: z.string().min(1),
  properties: z.record(z.string(), schemaShape).optional(),
  actions: z.record(z.string(), z.object({ input: schemaShape.optional() })).optional(),
  events: z.record(z.string(), z.object({ data: schemaShape.optional() })).optional(),
})
type Schema = z.output<typeof schemaShape>

export function readThingDescription(source: Source, application: string): Read<BehaviourPart> {
  const read = readJson(source)
  if (!read.ok) return read
  const document = read.value
  const shape = readShape(thingShape, document.value, document, [])
  if (!shape.ok) return { ok: false, diagnostics: shape.diagnostics }
  const { title, properties = {}, actions = {}, events = {} } = shape.value
  const thing = nearestWord(title)
  const diagnostics: Diagnostic[] = []
  const say = (code: string, message: string, path: DocumentPath): void => {
    diagnostics.push({ code: `wot/${code}`, severity: 'error', message, at: document.locate(path) })
  }
  if (thing === undefined) say('bad-name', `\`${title}\` cannot be made a name of letters, digits and \`_\``, ['title'])
  const attributes: ThingAttribute[] = []
  const seen = new Set<string>()
  const add = (
    section: string,
    name: string,
    schema: Schema | undefined,
    how: Pick<ThingAttribute, 'role' | 'outside' | 'delivery'>,
  ): void => {
    const path = [section, name]
    const word = nearestWord(name)
    if (word === undefined) say('bad-name', `\`${name}\` cannot be made a name of letters, digits and \`_\``, path)
    else if (seen.has(word)) say('duplicate-name', `two affordances of \`${title}\` are called \`${word}\``, path)
    const low = schema?.minimum
    const high = schema?.maximum
    if (low !== undefined && high !== undefined && low > high)
      say('empty-range', `\`${name}\` goes from ${low} to ${high}, which holds nothing`, path)
    if (word === undefined || thing === undefined) return
    seen.add(word)
    const type = schema === undefined ? ({ is: 'any' } as const) : typeOf(schema)
    attributes.push({ id: `${thing}.${word}`, thing, type, ...how, restored: false, at: document.locateKey(path) })
  }
  for (const [name, schema] of Object.entries(properties))
    add('properties', name, schema, {
      role: schema.readOnly === true ? 'sensor' : 'actuator',
      outside: schema.readOnly === true,
      delivery: 'state',
    })
  for (const [name, { input }] of Object.entries(actions))
    add('actions', name, input, { role: 'actuator', outside: false, delivery: 'message' })
  for (const [name, { data }] of Object.entries(events)) add('events', name, data, { role: 'sensor', outside: true, delivery: 'message' })
  if (diagnostics.length > 0) return { ok: false, diagnostics }
  const writable = attributes.some(({ role }) => role === 'actuator')
  return {
    ok: true,
    value: {
      application: { id: application, automations: [], unmodelled: [], dangling: [] },
      attributes,
      exclusions: [],
      assumptions: writable ? [`only the automations given here write what the description of \`${title}\` lets be written`] : [],
    },
    diagnostics: read.diagnostics,
  }
}

/** What a data schema allows; more where it says more than a type can. */
function typeOf({ type, enum: values, minimum, maximum, unit }: Schema): ValueType {
  if (values?.every((value) => typeof value === 'string') === true) return { is: 'enum', values: [...new Set(values)], other: false }
  if (values?.every((value) => typeof value === 'boolean') === true) return { is: 'bool' }
  if (values?.every((value) => typeof value === 'number') === true)
    return numberOf(values.every(Number.isSafeInteger), Math.min(...values), Math.max(...values), unit)
  if (values !== undefined) return { is: 'any' }
  switch (type) {
    case 'boolean':
      return { is: 'bool' }
    case 'integer':
    case 'number':
      return numberOf(type === 'integer', minimum, maximum, unit)
    case 'string':
      return { is: 'text' }
    case 'object':
    case 'array':
    case 'null':
    case undefined:
      return { is: 'any' }
  }
}

function numberOf(integer: boolean, low: number | undefined, high: number | undefined, unit: string | undefined): ValueType {
  return {
    is: 'number',
    integer,
    ...(low === undefined ? {} : { low }),
    ...(high === undefined ? {} : { high }),
    ...(unit === undefined ? {} : { unit }),
  }
}
