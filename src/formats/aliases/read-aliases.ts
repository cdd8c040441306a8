/** Reads an alias file: which names are one thing, which are not, which brokers are one, what cannot stand together. */
import type { Read, Source } from '../../diagnostics/diagnostic.ts'
import { describeValue, type DocumentPath } from '../../diagnostics/document.ts'
import { maybe } from '../../diagnostics/suggest.ts'
import { readYaml } from '../../diagnostics/yaml.ts'
import type { Aliases, NameGroup } from '../../model/behaviour-part.ts'
import { isMapping, nameAt, type Reading, say } from '../../model/reading.ts'

const sections = ['same', 'different', 'exclusive', 'brokers']

/** Whether the names exist is for `mergeBehaviours` to say: only it knows them all. */
export function readAliases(source: Source): Read<Aliases> {
  const text = readYaml(source)
  if (!text.ok) return text
  const reading: Reading = { document: text.value, diagnostics: [...text.diagnostics] }
  const { value } = text.value
  if (!isMapping(value)) {
    say(
      reading,
      [],
      'wrong-type',
      `an alias file is a mapping of ${sections.map((name) => `\`${name}\``).join(', ')}, not ${describeValue(value)}`,
    )
    return { ok: false, diagnostics: reading.diagnostics }
  }
  onlyKeys(reading, value, sections, [])
  const { brokers } = value
  if (brokers !== undefined && !isMapping(brokers))
    say(reading, ['brokers'], 'wrong-type', `\`brokers\` must be a mapping with \`same\`, not ${describeValue(brokers)}`)
  if (isMapping(brokers)) onlyKeys(reading, brokers, ['same'], ['brokers'])
  const aliases: Aliases = {
    same: groups(reading, value['same'], ['same']),
    different: groups(reading, value['different'], ['different']),
    exclusive: list(reading, value['exclusive'], ['exclusive']).flatMap((one, at) => exclusive(reading, one, ['exclusive', at])),
    brokers: isMapping(brokers) ? groups(reading, brokers['same'], ['brokers', 'same']) : [],
  }
  const { diagnostics } = reading
  return diagnostics.some(({ severity }) => severity === 'error') ? { ok: false, diagnostics } : { ok: true, value: aliases, diagnostics }
}

function onlyKeys(reading: Reading, value: Readonly<Record<string, unknown>>, known: readonly string[], path: DocumentPath): void {
  for (const key of Object.keys(value)) {
    if (!known.includes(key))
      say(reading, [...path, key], 'unknown-key', `\`${key}\` is not known here`, { key: true, ...maybe(key, known) })
  }
}

function list(reading: Reading, value: unknown, path: DocumentPath): readonly unknown[] {
  if (value === undefined) return []
  if (Array.isArray(value)) return value
  say(reading, path, 'wrong-type', `\`${path.join('.')}\` must be a list, not ${describeValue(value)}`)
  return []
}

function groups(reading: Reading, value: unknown, path: DocumentPath): readonly NameGroup[] {
  return list(reading, value, path).flatMap((group, at): readonly NameGroup[] => {
    const here = [...path, at]
    const names = list(reading, group, here).flatMap((name, place) => nameAt(reading, name, [...here, place]) ?? [])
    if (Array.isArray(group) && group.length < 2) say(reading, here, 'empty', 'a group needs at least two names')
    return [{ names, at: reading.document.locate(here) }]
  })
}

/** `{name: shade, members: {shade.up: true, shade.down: true}}`, or a list of names, each of which stands for its value `true`. */
function exclusive(reading: Reading, value: unknown, path: DocumentPath): Aliases['exclusive'] {
  const at = reading.document.locate(path)
  if (Array.isArray(value)) {
    const names = value.flatMap((name: unknown, place) => nameAt(reading, name, [...path, place]) ?? [])
    return [{ name: names.join(' | '), members: names.map((attribute) => ({ attribute, value: true })), at }]
  }
  if (!isMapping(value) || !isMapping(value['members'])) {
    say(
      reading,
      path,
      'wrong-type',
      `an exclusion is a list of names, or a mapping with \`name\` and \`members\`, not ${describeValue(value)}`,
    )
    return []
  }
  onlyKeys(reading, value, ['name', 'members'], path)
  const members = Object.entries(value['members']).flatMap(([attribute, literal]) => {
    const scalar = literal === null || typeof literal === 'boolean' || typeof literal === 'number' || typeof literal === 'string'
    if (!scalar) say(reading, [...path, 'members', attribute], 'wrong-type', `a value stands here, not ${describeValue(literal)}`)
    return scalar ? [{ attribute, value: literal }] : []
  })
  const name =
    value['name'] === undefined ? members.map(({ attribute }) => attribute).join(' | ') : nameAt(reading, value['name'], [...path, 'name'])
  return name === undefined ? [] : [{ name, members, at }]
}
