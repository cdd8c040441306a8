/** Reads the project's own YAML for things and automations; everything wrong in it is said at once, each with its place. */
import type { Read, Source } from '../../diagnostics/diagnostic.ts'
import { describeValue, type DocumentPath } from '../../diagnostics/document.ts'
import { maybe } from '../../diagnostics/suggest.ts'
import { readYaml } from '../../diagnostics/yaml.ts'
import type { Automation, Dangling, Exclusion, Platform, Step, ThingAttribute, UnmodelledPart } from '../../model/automation.ts'
import type { BehaviourPart } from '../../model/behaviour-part.ts'
import { labelProblem } from '../../model/names.ts'
import { isMapping, nameAt, type Reading, say } from '../../model/reading.ts'
import { callCycles } from './call-cycles.ts'
import { onlyKeys, readThings } from './read-things.ts'
import { localsIn, readSteps } from './read-steps.ts'
import { readTriggers } from './read-triggers.ts'
import { readWorld } from './read-world.ts'
import { readLiteral } from './types.ts'
import { condition } from './writing.ts'
import type { Writing } from './writing.ts'

/** The version of the format that this reader understands. */
const FORMAT = 1
const sections = [
  'fleetproof-automations',
  'application',
  'platform',
  'priority',
  'things',
  'helpers',
  'automations',
  'exclusions',
  'assumptions',
  'dangling',
  'groups',
  'claims',
  'world',
  'safety',
]
const platforms: readonly Platform[] = ['native', 'home-assistant', 'node-red']
const runModes = ['single', 'restart', 'queued', 'parallel'] as const

export function readNativeBehaviour(source: Source): Read<BehaviourPart> {
  const text = readYaml(source)
  if (!text.ok) return text
  const reading: Reading = { document: text.value, diagnostics: [...text.diagnostics] }
  const part = readPart(reading)
  const { diagnostics } = reading
  if (part === undefined || diagnostics.some(({ severity }) => severity === 'error')) return { ok: false, diagnostics }
  return { ok: true, value: part, diagnostics }
}

function readPart(reading: Reading): BehaviourPart | undefined {
  const { value } = reading.document
  const begin = { hint: `maybe begin with \`fleetproof-automations: ${FORMAT}\`` }
  if (!isMapping(value) || value['fleetproof-automations'] === undefined) {
    say(
      reading,
      [],
      'no-automations',
      `a list of automations says \`fleetproof-automations\` at its head${isMapping(value) ? '' : `, this is ${describeValue(value)}`}`,
      begin,
    )
    return undefined
  }
  if (value['fleetproof-automations'] !== FORMAT) {
    say(
      reading,
      ['fleetproof-automations'],
      'unknown-format',
      `format ${FORMAT} is understood, not ${describeValue(value['fleetproof-automations'])}`,
    )
    return undefined
  }
  onlyKeys(reading, value, sections, [])
  const id = nameAt(reading, value['application'], ['application'])
  if (id === undefined) return undefined
  const attributes = readThings(reading, id, value['things'], value['helpers'])
  const unmodelled: UnmodelledPart[] = []
  const automations = readAutomations(reading, id, value, attributes, unmodelled)
  return {
    application: {
      id,
      ...readPriority(reading, value['priority']),
      automations,
      unmodelled,
      dangling: readDangling(reading, id, value['dangling'], automations),
    },
    attributes: [...attributes.values()],
    exclusions: readExclusions(reading, value['exclusions'], attributes),
    assumptions: texts(reading, value['assumptions'], ['assumptions']),
    ...readWorld(reading, value, attributes, id),
  }
}

/** A number; the larger goes before. */
function readPriority(reading: Reading, value: unknown): { priority?: number } {
  if (value === undefined) return {}
  if (typeof value === 'number' && Number.isFinite(value)) return { priority: value }
  say(reading, ['priority'], 'wrong-type', `\`priority\` must be a number, not ${describeValue(value)}`, {
    hint: 'maybe `10`: the larger goes before',
  })
  return {}
}

function list(reading: Reading, value: unknown, path: DocumentPath): readonly unknown[] {
  if (value === undefined) return []
  if (Array.isArray(value)) return value
  say(reading, path, 'wrong-type', `\`${String(path.at(-1))}\` must be a list, not ${describeValue(value)}`)
  return []
}

function texts(reading: Reading, value: unknown, path: DocumentPath): readonly string[] {
  return list(reading, value, path).flatMap((one, at) => nameAt(reading, one, [...path, at]) ?? [])
}

interface Head {
  readonly id: string
  readonly name: string
  readonly written: Readonly<Record<string, unknown>>
  readonly path: DocumentPath
}

function readAutomations(
  reading: Reading,
  application: string,
  value: Readonly<Record<string, unknown>>,
  attributes: ReadonlyMap<string, ThingAttribute>,
  unmodelled: UnmodelledPart[],
): readonly Automation[] {
  const platform = oneOf(reading, value['platform'] ?? 'native', platforms, ['platform']) ?? 'native'
  const heads = readHeads(reading, application, value['automations'])
  const named = new Map(
    heads.flatMap(({ id, name }) => [[name, id] as const, [id, id] as const, [id.slice(application.length + 1), id] as const]),
  )
  const calls = new Map<string, Writing['calls']>()
  const automations = heads.map(({ id, name, written, path }): Automation => {
    const locals = localsIn(written['do'])
    const w: Writing = { reading, automation: id, path, attributes, locals, automations: named, unmodelled, steps: [], calls: [] }
    onlyKeys(reading, written, ['name', 'id', 'when', 'if', 'do', 'mode'], path)
    const triggers = readTriggers(w, written['when'] ?? [], [...path, 'when'])
    const guard = written['if'] === undefined ? ({ is: 'value', value: true } as const) : condition(w, written['if'], [...path, 'if'])
    const entry = readSteps(w, written['do'], [...path, 'do'], [])
    calls.set(id, w.calls)
    const mode = readMode(reading, written['mode'], [...path, 'mode'], platform)
    return { id, name, application, platform, mode, triggers, guard, entry, steps: inOrder(w.steps), at: reading.document.locate(path) }
  })
  for (const { rules, path } of callCycles(calls)) {
    say(
      reading,
      path,
      'call-cycle',
      `automations call each other in a circle: ${rules.map((rule) => `\`${rule.slice(application.length + 1)}\``).join(' > ')}`,
    )
  }
  return automations
}

function readHeads(reading: Reading, application: string, value: unknown): readonly Head[] {
  const heads: Head[] = []
  for (const [at, written] of list(reading, value, ['automations']).entries()) {
    const path = ['automations', at]
    if (!isMapping(written)) {
      say(reading, path, 'wrong-type', `an automation is a mapping with \`name\`, \`when\` and \`do\`, not ${describeValue(written)}`)
      continue
    }
    const name = nameAt(reading, written['name'], [...path, 'name'])
    const word = written['id'] === undefined ? name : nameAt(reading, written['id'], [...path, 'id'])
    if (name === undefined || word === undefined) continue
    const problem = labelProblem(word) ?? labelProblem(name)
    if (problem !== undefined) say(reading, path, 'bad-name', `the automation \`${word}\` ${problem}`)
    const id = `${application}/${word}`
    if (heads.some((head) => head.id === id))
      say(reading, [...path, written['id'] === undefined ? 'name' : 'id'], 'duplicate', `two automations are called \`${word}\``)
    else heads.push({ id, name, written, path })
  }
  return heads
}

/** Steps were made from the last to the first; the document's order is the one to read. */
function inOrder(steps: readonly Step[]): readonly Step[] {
  const place = ({ at }: Step): number => (at.range?.start.line ?? 0) * 1e6 + (at.range?.start.column ?? 0)
  return steps.toReversed().sort((a, b) => place(a) - place(b))
}

function oneOf<Name extends string>(reading: Reading, value: unknown, names: readonly Name[], path: DocumentPath): Name | undefined {
  const found = names.find((name) => name === value)
  if (found !== undefined) return found
  const hint = typeof value === 'string' ? maybe(value, names) : {}
  say(
    reading,
    path,
    'unknown-value',
    `\`${String(path.at(-1))}\` can be ${names.map((name) => `\`${name}\``).join(', ')}, not ${describeValue(value)}`,
    hint,
  )
  return undefined
}

/** `single`, or `{queued: 5}` with the largest number of runs. */
function readMode(reading: Reading, value: unknown, path: DocumentPath, platform: Platform): Automation['mode'] {
  if (value === undefined)
    return { run: platform === 'node-red' ? 'parallel' : 'single', max: platform === 'node-red' ? Number.MAX_SAFE_INTEGER : 10 }
  const key = isMapping(value) ? Object.keys(value)[0] : undefined
  if (!isMapping(value) || key === undefined) return { run: oneOf(reading, value, runModes, path) ?? 'single', max: 10 }
  const run = oneOf(reading, key, runModes, path) ?? 'single'
  const max = value[key]
  if (typeof max === 'number' && Number.isInteger(max) && max > 0) return { run, max }
  say(reading, [...path, key], 'wrong-type', `\`${key}\` must be the largest number of runs, not ${describeValue(max)}`)
  return { run, max: 10 }
}

function readExclusions(reading: Reading, value: unknown, attributes: ReadonlyMap<string, ThingAttribute>): readonly Exclusion[] {
  return list(reading, value, ['exclusions']).flatMap((written, at): readonly Exclusion[] => {
    const path = ['exclusions', at]
    if (!isMapping(written) || !isMapping(written['members'])) {
      say(reading, path, 'wrong-type', `an exclusion is a mapping with \`name\` and \`members\`, not ${describeValue(written)}`)
      return []
    }
    onlyKeys(reading, written, ['name', 'members'], path)
    const name = nameAt(reading, written['name'], [...path, 'name'])
    const members = Object.entries(written['members']).flatMap(([called, literal]) => {
      const here = [...path, 'members', called]
      const attribute = attributes.get(called)
      if (attribute === undefined)
        say(reading, here, 'unknown-attribute', `no attribute is called \`${called}\``, { key: true, ...maybe(called, attributes.keys()) })
      const found = attribute === undefined ? undefined : readLiteral(reading, literal, attribute.type, here)
      return attribute === undefined || found === undefined ? [] : [{ attribute: attribute.id, value: found }]
    })
    return name === undefined ? [] : [{ name, members, at: reading.document.locate(path) }]
  })
}

function readDangling(reading: Reading, application: string, value: unknown, automations: readonly Automation[]): readonly Dangling[] {
  return list(reading, value, ['dangling']).flatMap((written, at): readonly Dangling[] => {
    const path = ['dangling', at]
    if (!isMapping(written)) {
      say(reading, path, 'wrong-type', `a dangling name is a mapping with \`id\` and \`text\`, not ${describeValue(written)}`)
      return []
    }
    onlyKeys(reading, written, ['id', 'text', 'automation'], path)
    const [id, text] = [nameAt(reading, written['id'], [...path, 'id']), nameAt(reading, written['text'], [...path, 'text'])]
    const user = written['automation'] === undefined ? undefined : nameAt(reading, written['automation'], [...path, 'automation'])
    const used = automations.find((one) => user !== undefined && (one.name === user || one.id === `${application}/${user}`))
    if (user !== undefined && used === undefined)
      say(reading, [...path, 'automation'], 'unknown-automation', `no automation is called \`${user}\``)
    if (id === undefined || text === undefined) return []
    return [{ id, text, at: reading.document.locate(path), ...(used === undefined ? {} : { automation: used.id }) }]
  })
}
