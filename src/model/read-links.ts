/** Reads `links:`, lists of links between devices: each names a table of pairs, or holds the pairs itself. */
import { pathText } from '../diagnostics/shape.ts'
import type { ConstraintUse, Links } from './fleet-model.ts'
import { linksShape } from './fleet-model-schema.ts'
import type { AttributeType } from './fleet.ts'
import { wordProblem } from './names.ts'
import { isMapping, type Reading, say, shaped } from './reading.ts'
import { readAttribute, FORMS } from './read-vocabulary.ts'

const ENDS = { a: 'a', b: 'b' }

export function readLinks(reading: Reading, value: Readonly<Record<string, unknown>>): readonly Links[] {
  return Object.entries(value).flatMap(([name, written]) => readOne(reading, name, written) ?? [])
}

function readOne(reading: Reading, name: string, written: unknown): Links | undefined {
  const path = ['links', name]
  const at = reading.document.locateKey(path)
  if (typeof written === 'string' && written.trim() !== '') return { name, from: written, ...ENDS, columns: {}, at }
  const shape = shaped(reading, linksShape, Array.isArray(written) ? { rows: written } : written, path)
  if (shape === undefined) return undefined
  if ((shape.from === undefined) === (shape.rows === undefined)) {
    say(reading, path, 'missing-key', `\`${pathText(path)}\` needs one of \`from\`, a table, and \`rows\`, a list`)
    return
  }
  const rows = (shape.rows ?? []).filter((row, index) => {
    if (isMapping(row)) return true
    say(reading, [...path, index], 'wrong-type', `\`${pathText([...path, index])}\` must be a mapping with both ends of a link`)
    return false
  }) as readonly Readonly<Record<string, unknown>>[]
  const columns: Record<string, AttributeType> = {}
  for (const [column, form] of Object.entries(shape.columns ?? {})) {
    const place = [...path, 'columns', column]
    const problem = wordProblem(column)
    if (problem !== undefined) {
      say(reading, place, 'bad-name', `the column \`${column}\` ${problem}`, { key: true })
      continue
    }
    const read = readAttribute(reading, form, place, FORMS)
    if (read !== undefined) columns[column] = read.type
  }
  const source = shape.from === undefined ? { rows } : { from: shape.from }
  return { name, ...source, a: shape.a ?? ENDS.a, b: shape.b ?? ENDS.b, columns, at }
}

/** Tables of links that constraints name without declaring them: their columns `a` and `b` are the ends. */
export function undeclaredLinks(constraints: readonly ConstraintUse[], declared: readonly Links[]): readonly Links[] {
  const found = new Map<string, Links>()
  for (const { parameters, at } of constraints) {
    const name = isMapping(parameters) ? parameters['links'] : undefined
    if (typeof name !== 'string' || found.has(name) || declared.some((links) => links.name === name)) continue
    found.set(name, { name, from: name, ...ENDS, columns: {}, at })
  }
  return [...found.values()]
}
