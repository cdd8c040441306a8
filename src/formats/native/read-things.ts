/** Reads `things:` and `helpers:`, the typed attributes that automations read and write. */
import { describeValue, type DocumentPath } from '../../diagnostics/document.ts'
import { maybe } from '../../diagnostics/suggest.ts'
import type { ThingAttribute, Value, ValueType } from '../../model/automation.ts'
import { nearestWord, wordProblem } from '../../model/names.ts'
import { isMapping, type Reading, say } from '../../model/reading.ts'
import { readLiteral, readType, typeKeys } from './types.ts'

const attributeKeys = [...typeKeys, 'other', 'unit', 'sensor', 'actuator', 'manual', 'outside', 'delivery', 'initial', 'restored']
const helperKeys = [...typeKeys, 'other', 'unit', 'delivery', 'initial', 'restored']

/** Attributes by the name that the application's expressions call them by. */
export function readThings(reading: Reading, application: string, things: unknown, helpers: unknown): ReadonlyMap<string, ThingAttribute> {
  const found = new Map<string, ThingAttribute>()
  for (const [thing, written] of named(reading, things, ['things'], 'thing')) {
    const path = ['things', thing]
    if (!isMapping(written)) {
      say(reading, path, 'wrong-type', `\`${thing}\` must be a mapping with \`attributes\`, not ${describeValue(written)}`)
      continue
    }
    onlyKeys(reading, written, ['place', 'attributes'], path)
    const place = written['place']
    if (place !== undefined && typeof place !== 'string')
      say(reading, [...path, 'place'], 'wrong-type', `\`place\` must be a text, not ${describeValue(place)}`)
    for (const [name, attribute] of named(reading, written['attributes'], [...path, 'attributes'], 'attribute')) {
      const read = readAttribute(
        reading,
        { id: `${thing}.${name}`, thing, role: 'thing', ...(typeof place === 'string' ? { place } : {}) },
        attribute,
        [...path, 'attributes', name],
      )
      if (read !== undefined) found.set(`${thing}.${name}`, read)
    }
  }
  for (const [name, written] of named(reading, helpers, ['helpers'], 'helper')) {
    const id = `${application}/${name}`
    if (isMapping(things) && name in things)
      say(reading, ['helpers', name], 'duplicate', `a thing is called \`${name}\` already`, { key: true })
    const read = readAttribute(reading, { id, thing: id, role: 'helper' }, written, ['helpers', name])
    if (read !== undefined) found.set(name, read)
  }
  return found
}

/** Entries whose names expressions can read. */
function named(reading: Reading, value: unknown, path: DocumentPath, what: string): readonly (readonly [string, unknown])[] {
  if (value === undefined) return []
  if (!isMapping(value)) {
    say(reading, path, 'wrong-type', `\`${String(path.at(-1))}\` must be a mapping, not ${describeValue(value)}`)
    return []
  }
  return Object.entries(value).filter(([name]) => {
    const problem = name === 'trigger' ? 'is what triggers carry' : wordProblem(name)
    const word = nearestWord(name)
    if (problem !== undefined)
      say(reading, [...path, name], 'bad-name', `the ${what} \`${name}\` ${problem}`, {
        key: true,
        hint: word === undefined || word === name ? undefined : `maybe \`${word}\`?`,
      })
    return problem === undefined
  })
}

export function onlyKeys(reading: Reading, value: Readonly<Record<string, unknown>>, known: readonly string[], path: DocumentPath): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key))
      say(reading, [...path, key], 'unknown-key', `\`${key}\` is not known here`, { key: true, ...maybe(key, known) })
  }
}

interface Face {
  readonly id: string
  readonly thing: string
  readonly place?: string
  readonly role: 'thing' | 'helper'
}

function readAttribute(reading: Reading, face: Face, written: unknown, path: DocumentPath): ThingAttribute | undefined {
  if (!isMapping(written)) {
    say(reading, path, 'wrong-type', `\`${String(path.at(-1))}\` must be a mapping such as \`{bool: true}\`, not ${describeValue(written)}`)
    return undefined
  }
  onlyKeys(reading, written, face.role === 'helper' ? helperKeys : attributeKeys, path)
  const type = readType(reading, written, path)
  if (type === undefined) return undefined
  const flag = (key: string): boolean => readFlag(reading, written, key, path)
  if (flag('sensor') && flag('actuator')) say(reading, path, 'wrong-value', 'it is either `sensor` or `actuator`', { key: true })
  const role = face.role === 'helper' ? 'helper' : flag('actuator') ? 'actuator' : 'sensor'
  // Sensors change by themselves; actuators do where someone can operate them by hand.
  const outside = role === 'sensor' ? written['outside'] === undefined || flag('outside') : flag('manual') || flag('outside')
  const initial = written['initial'] === undefined ? undefined : readInitial(reading, written['initial'], type, [...path, 'initial'])
  const delivery = written['delivery'] ?? 'state'
  if (delivery !== 'state' && delivery !== 'message') {
    say(reading, [...path, 'delivery'], 'unknown-value', `\`delivery\` can be \`state\` or \`message\`, not ${describeValue(delivery)}`)
    return undefined
  }
  const { id, thing, place } = face
  const at = reading.document.locateKey(path)
  return {
    id,
    thing,
    ...(place === undefined ? {} : { place }),
    type,
    role,
    outside,
    delivery,
    ...(initial === undefined ? {} : { initial }),
    restored: flag('restored'),
    at,
  }
}

function readFlag(reading: Reading, written: Readonly<Record<string, unknown>>, key: string, path: DocumentPath): boolean {
  const value = written[key]
  if (value === undefined || typeof value === 'boolean') return value === true
  say(reading, [...path, key], 'wrong-type', `\`${key}\` must be \`true\` or \`false\`, not ${describeValue(value)}`)
  return false
}

function readInitial(reading: Reading, written: unknown, type: ValueType, path: DocumentPath): readonly Value[] | undefined {
  const list = Array.isArray(written)
  const values = (list ? (written as readonly unknown[]) : [written]).map((one, at) =>
    readLiteral(reading, one, type, list ? [...path, at] : path),
  )
  if (values.length === 0) say(reading, path, 'empty', '`initial` is empty')
  return values.some((value) => value === undefined) ? undefined : (values as readonly Value[])
}
