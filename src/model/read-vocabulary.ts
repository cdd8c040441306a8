/** Reads `context:`, the typed vocabulary: attributes that devices bring, and joins that add the columns of a table. */
import { pathText } from '../diagnostics/shape.ts'
import type { DocumentPath } from '../diagnostics/document.ts'
import { maybe } from '../diagnostics/suggest.ts'
import { attributeValue } from './attribute-value.ts'
import type { Attribute, Join, JoinColumn } from './fleet-model.ts'
import { attributeShapes, columnPathShape, joinShape, presentShape } from './fleet-model-schema.ts'
import type { AttributeType } from './fleet.ts'
import { nearestWord, wordProblem } from './names.ts'
import { isMapping, nameAt, type Reading, say, shaped } from './reading.ts'

export interface Vocabulary {
  readonly attributes: readonly Attribute[]
  /** In an order in which each join's key is known before it. */
  readonly joins: readonly Join[]
}

type Form = keyof typeof attributeShapes
export const FORMS = Object.keys(attributeShapes) as Form[]

export function readVocabulary(reading: Reading, value: Readonly<Record<string, unknown>>): Vocabulary {
  const attributes: Attribute[] = []
  const joins: Join[] = []
  for (const [name, written] of Object.entries(value)) {
    const path = ['context', name]
    const problem = name === 'id' ? 'is what every device has anyway' : wordProblem(name)
    if (problem !== undefined) {
      const word = nearestWord(name)
      const hint =
        name === 'id' || word === undefined || word === name
          ? undefined
          : `maybe call it \`${word}\` and map it with \`devices: {from: ..., columns: {${word}: ${name}}}\``
      say(reading, path, 'bad-name', `the attribute \`${name}\` ${problem}`, { hint, key: true })
      continue
    }
    if (isMapping(written) && 'from' in written) {
      const join = readJoin(reading, name, written, path)
      if (join !== undefined) joins.push(join)
      continue
    }
    const read = readAttribute(reading, written, path, [...FORMS, 'from'])
    if (read !== undefined) attributes.push({ name, ...read, at: reading.document.locateKey(path) })
  }
  return { attributes, joins: orderJoins(reading, attributes, joins) }
}

/** One type of the vocabulary with its default; `forms` are those that messages name. */
export function readAttribute(
  reading: Reading,
  written: unknown,
  path: DocumentPath,
  forms: readonly string[],
): { readonly type: AttributeType; readonly default?: string | number } | undefined {
  const listed = `one of ${forms.map((form) => `\`${form}\``).join(', ')}`
  if (typeof written === 'string') {
    const form = [...FORMS, 'string', 'boolean', 'integer', 'number'].includes(written)
      ? (SPELLED[written] ?? `{${written}: true}`)
      : undefined
    say(reading, path, 'wrong-type', `\`${pathText(path)}\` must be a mapping that names a type, not the text "${written}"`, {
      hint: form === undefined ? `maybe ${listed}` : `maybe \`${form}\``,
    })
    return
  }
  if (!isMapping(written)) {
    say(reading, path, 'wrong-type', `\`${pathText(path)}\` must be a mapping that names a type`, { hint: `maybe ${listed}` })
    return
  }
  const named = FORMS.filter((form) => form in written)
  const [form] = named
  if (form === undefined) {
    const keys = Object.keys(written)
    const near = keys.map((key) => maybe(key, forms).hint).find((hint) => hint !== undefined)
    say(reading, path, 'unknown-type', `\`${pathText(path)}\` names no type`, { hint: near ?? `maybe ${listed}` })
    return
  }
  if (named.length > 1) {
    say(reading, path, 'two-types', `\`${pathText(path)}\` names two types, \`${named[0]!}\` and \`${named[1]!}\``)
    return
  }
  const type = readType(reading, form, written, path)
  if (type === undefined || written['default'] === undefined) return type === undefined ? undefined : { type }
  const value = attributeValue(type, written['default'])
  if (value.is === 'stored') return { type, default: value.value }
  const why = value.is === 'missing' ? 'is empty' : value.message
  say(
    reading,
    [...path, 'default'],
    'wrong-type',
    `the default of \`${pathText(path)}\` ${why}`,
    value.is === 'wrong' ? { hint: value.hint } : {},
  )
  return
}

const SPELLED: Readonly<Record<string, string>> = {
  string: '{text: true}',
  boolean: '{bool: true}',
  integer: '{int: true}',
  number: '{decimal: 2}',
  decimal: '{decimal: 2}',
  set: '{set: text}',
  enum: '{enum: [...]}',
}

function readType(reading: Reading, form: Form, written: unknown, path: DocumentPath): AttributeType | undefined {
  switch (form) {
    case 'enum': {
      const shape = shaped(reading, attributeShapes.enum, written, path)
      const values = shape && readNames(reading, shape.enum, [...path, 'enum'])
      return values && { is: 'enum', values }
    }
    case 'int': {
      const shape = shaped(reading, attributeShapes.int, written, path)
      return shape && (shape.int === true ? { is: 'int' } : { is: 'int', unit: shape.int })
    }
    case 'decimal': {
      const shape = shaped(reading, attributeShapes.decimal, written, path)
      return (
        shape &&
        (shape.unit === undefined ? { is: 'decimal', places: shape.decimal } : { is: 'decimal', places: shape.decimal, unit: shape.unit })
      )
    }
    case 'device': {
      const shape = shaped(reading, attributeShapes.device, written, path)
      return shape && (shape.device === true ? { is: 'device' } : { is: 'device', acyclic: true })
    }
    case 'set':
      return shaped(reading, attributeShapes.set, written, path) && { is: 'set', of: 'text' }
    case 'bool':
    case 'text':
    case 'time':
    case 'semver':
      return shaped<object>(reading, attributeShapes[form], written, path) && { is: form }
  }
}

/** The values of an enumeration: texts, each once. */
export function readNames(reading: Reading, values: readonly unknown[], path: DocumentPath): readonly string[] | undefined {
  const names = values.map((value, index) => nameAt(reading, value, [...path, index]))
  const known = names.filter((name) => name !== undefined)
  const twice = known.findIndex((name, index) => known.indexOf(name) !== index)
  if (twice !== -1) {
    say(reading, [...path, twice], 'duplicate-value', `\`${known[twice]!}\` stands twice in \`${pathText(path)}\``)
    return
  }
  return known.length === names.length ? known : undefined
}

function readJoin(reading: Reading, name: string, written: unknown, path: DocumentPath): Join | undefined {
  const shape = shaped(reading, joinShape, written, path)
  if (shape === undefined) return undefined
  const columns: Record<string, AttributeType> = {}
  const how: Record<string, JoinColumn> = {}
  for (const [column, form] of Object.entries(shape.columns ?? {})) {
    const at = [...path, 'columns', column]
    const problem = column
      .split('.')
      .map(wordProblem)
      .find((found) => found !== undefined)
    if (problem !== undefined) {
      const word = nearestWord(column)
      const hint = word === undefined ? undefined : `maybe \`${word}: {..., path: [${column}]}\``
      say(reading, at, 'bad-name', `the column \`${column}\` ${problem}`, { hint, key: true })
      continue
    }
    const read = readColumn(reading, form, at)
    if (read === undefined) continue
    columns[column] = read.type
    if (read.how !== undefined) how[column] = read.how
  }
  const join = { name, from: shape.from, by: shape.by, key: shape.key ?? shape.by, columns, at: reading.document.locateKey(path) }
  return Object.keys(how).length === 0 ? join : { ...join, reading: how }
}

function readColumn(
  reading: Reading,
  written: unknown,
  path: DocumentPath,
): { readonly type: AttributeType; readonly how?: JoinColumn } | undefined {
  if (isMapping(written) && 'present' in written) {
    const shape = shaped(reading, presentShape, written, path)
    if (shape === undefined) return undefined
    const read = shape.default === undefined ? undefined : readAttribute(reading, { bool: true, default: shape.default }, path, FORMS)
    return { type: { is: 'bool' }, how: { present: shape.present, ...(read?.default === undefined ? {} : { default: read.default }) } }
  }
  const { path: keys, ...rest } = isMapping(written) ? written : { path: undefined }
  const way = shaped(reading, columnPathShape, keys, [...path, 'path'])
  const read = readAttribute(reading, isMapping(written) ? rest : written, path, [...FORMS, 'present'])
  if (read === undefined) return undefined
  const how = { ...(way === undefined ? {} : { path: way }), ...(read.default === undefined ? {} : { default: read.default }) }
  return Object.keys(how).length === 0 ? { type: read.type } : { type: read.type, how }
}

/** Joins after those whose columns they are looked up by; says where a key is unknown or joins go in a circle. */
function orderJoins(reading: Reading, attributes: readonly Attribute[], joins: readonly Join[]): readonly Join[] {
  const byName = new Map(joins.map((join) => [join.name, join]))
  const ordered: Join[] = []
  const state = new Map<string, 'open' | 'done'>()
  const visit = (join: Join, way: readonly string[]): void => {
    if (state.get(join.name) === 'done') return
    const path = ['context', join.name, 'by']
    if (state.get(join.name) === 'open') {
      const circle = [...way.slice(way.indexOf(join.name)), join.name].map((name) => `\`${name}\``).join(' -> ')
      say(reading, path, 'cyclic-join', `joins are looked up by each other in a circle: ${circle}`)
      return
    }
    state.set(join.name, 'open')
    const dot = join.by.indexOf('.')
    const other = dot < 0 ? undefined : byName.get(join.by.slice(0, dot))
    if (other !== undefined) visit(other, [...way, join.name])
    else checkKey(reading, attributes, joins, join, path)
    state.set(join.name, 'done')
    ordered.push(join)
  }
  for (const join of joins) visit(join, [])
  return ordered
}

function checkKey(reading: Reading, attributes: readonly Attribute[], joins: readonly Join[], join: Join, path: DocumentPath): void {
  const attribute = attributes.find((candidate) => candidate.name === join.by)
  if (attribute === undefined) {
    const itself = joins.some((candidate) => candidate.name === join.by)
    const names = attributes.map((candidate) => candidate.name)
    const message = itself
      ? `\`${join.by}\` is a join, a key must be an attribute or a column such as \`${join.by}.id\``
      : `the join \`${join.name}\` is looked up by \`${join.by}\`, which is no attribute of the vocabulary`
    say(reading, path, 'unknown-attribute', message, maybe(join.by, names))
    return
  }
  const { is } = attribute.type
  if (is === 'text' || is === 'enum' || is === 'int' || is === 'semver' || is === 'device') return
  say(
    reading,
    path,
    'wrong-type',
    `the join \`${join.name}\` is looked up by \`${join.by}\`, which is ${is}; keys are text, enum, int, semver or device`,
  )
}
