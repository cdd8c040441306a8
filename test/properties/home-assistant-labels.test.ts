/**
 * Sixty automations of twelve real homes, picked at random with a printed seed (`test/fixtures/labels/home-assistant/pick.ts`), read by hand in the files and in the pages of
 * Home Assistant: importer and interpreter agree with the reading. How a label is written says `test/fixtures/labels/home-assistant/README.md`.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Source } from '../../src/diagnostics/diagnostic.ts'
import { readHome } from '../../src/formats/home-assistant/read-home.ts'
import type { Automation, AutomationExpression, Trigger, Value } from '../../src/model/automation.ts'
import type { BehaviourPart } from '../../src/model/behaviour-part.ts'
import type { OutsideEvent } from '../../src/model/conflict.ts'
import { completedChoices } from '../../src/verify/choices.ts'
import { startState, step, type State } from '../../src/verify/interpreter.ts'
import { toValue } from '../../src/verify/values.ts'
import { behaviourOf } from '../fixtures/homes.ts'
import { callsOf } from '../fixtures/exact.ts'
import { picked } from '../fixtures/labels/home-assistant/pick.ts'

interface Scenario {
  readonly given?: Readonly<Record<string, Value>>
  readonly events: readonly string[]
}
interface Label {
  readonly nth: number
  readonly automation: string
  readonly file: string
  /** Where its file names several alike. */
  readonly line?: number
  readonly reading: string
  readonly mode?: string
  readonly triggers: readonly string[]
  readonly inexact?: string
  /** Attributes that count, by how they begin; without it all that the automation sets. */
  readonly watch?: readonly string[]
  /** Every attribute that it can set, of those that count. */
  readonly sets: readonly string[]
  readonly scenarios?: readonly Scenario[]
}
interface Labels {
  readonly home: string
  readonly source: string
  readonly licence: string
  readonly labels: readonly Label[]
}

const HOMES = '../shared/data/homes'
const folder = join(import.meta.dirname, '../fixtures/labels/home-assistant')
const all = readdirSync(folder)
  .filter((file) => file.endsWith('.yaml'))
  .sort()
  .map((file) => parse(readFileSync(join(folder, file), 'utf8')) as Labels)

function filesOf(root: string, below = ''): ReadonlyMap<string, Source> {
  const found = new Map<string, Source>()
  for (const name of readdirSync(join(root, below)).sort()) {
    const path = below === '' ? name : `${below}/${name}`
    if (statSync(join(root, path)).isDirectory()) for (const [key, source] of filesOf(root, path)) found.set(key, source)
    else found.set(path, { name: path, text: readFileSync(join(root, path), 'utf8') })
  }
  return found
}

function homeNamed(name: string): BehaviourPart {
  const files = filesOf(join(HOMES, name))
  const root = ['configuration.yaml', 'config/configuration.yaml', 'home-assistant/configuration.yaml'].find((path) => files.has(path))!
  const read = readHome(files, { application: name, root })
  if (!read.ok) throw new Error(JSON.stringify(read.diagnostics))
  return read.value
}

function readsOf(expression: AutomationExpression): readonly string[] {
  if (expression.is === 'read') return [expression.attribute]
  return expression.is === 'apply' ? expression.arguments.flatMap(readsOf) : []
}

function constantsOf(expression: AutomationExpression): readonly Value[] {
  if (expression.is === 'value') return [expression.value]
  return expression.is === 'apply' ? expression.arguments.flatMap(constantsOf) : []
}

/** The model's trigger in the words of a label: all that the label's trigger says must be there. */
function agrees(trigger: Trigger, written: string): void {
  const [kind = '', ...words] = written.split(' ')
  const after = (word: string): string | undefined => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined)
  const lasts = after('for')
  if (lasts !== undefined && (trigger.on === 'change' || trigger.on === 'becomes'))
    expect(trigger.for, written).toEqual({ is: 'value', value: Number(lasts) * 1000 })
  else if (trigger.on === 'change' || trigger.on === 'becomes') expect(trigger.for, written).toBeUndefined()
  const values = (word: string): readonly string[] | undefined => after(word)?.replaceAll('_', ' ').split('|')
  const plain = (list: readonly Value[] | undefined): readonly string[] | undefined => list?.map((one) => String(one).replaceAll('_', ' '))
  switch (kind) {
    case 'state':
      expect(trigger, written).toMatchObject({ on: 'change', attribute: words[0] })
      if (trigger.on === 'change') expect([plain(trigger.from), plain(trigger.to)], written).toEqual([values('from'), values('to')])
      return
    case 'number':
    case 'time':
    case 'sun':
    case 'zone':
    case 'template':
    case 'follows': {
      expect(trigger.on, written).toBe('becomes')
      if (trigger.on !== 'becomes') return
      const reads = new Set(readsOf(trigger.condition))
      for (const word of words) if (/^[a-z_]+\.[a-z_0-9.]+$/.test(word)) expect(reads, written).toContain(word)
      for (const word of words.filter((one, index) => /^-?[\d.]+$/.test(one) && words[index - 1] !== 'for'))
        expect(constantsOf(trigger.condition), written).toContain(Number(word))
      if (kind === 'template') expect([...reads].sort(), written).toEqual([...words].sort())
      return
    }
    case 'start':
    case 'unmodelled':
    case 'outside':
      expect(trigger.on, written).toBe(kind)
      return
    case 'message':
      expect(trigger, written).toMatchObject({ on: 'message', attribute: words.join(' ') })
      return
    default:
      throw new Error(`a label cannot say \`${written}\``)
  }
}

const constant = (text: string): Value => {
  try {
    const read: unknown = JSON.parse(text)
    if (read === null || typeof read === 'number' || typeof read === 'boolean' || typeof read === 'string') return read
  } catch {
    // Words without quotes are texts.
  }
  return text
}

const counts = ({ watch }: Label, home: string, id: string): boolean =>
  watch === undefined
    ? !id.startsWith(`${home}/`) && !/^script\.|\.seconds_since_|\.taken_/.test(id)
    : watch.some((one) => id.startsWith(one))

function play(part: BehaviourPart, automation: Automation, label: Label, home: string, { given = {}, events }: Scenario): void {
  const wanted = new Set(callsOf(part.application.automations, automation.id))
  const alone = part.application.automations.filter(({ id }) => wanted.has(id) || / follows$|\/timer\./.test(id))
  const behaviour = behaviourOf({ ...part, application: { ...part.application, automations: alone } })
  const known = new Set(part.attributes.map(({ id }) => id))
  const initial = Object.fromEntries(Object.entries(given))
  for (const id of Object.keys(initial)) expect(known, `attribute of ${label.automation}`).toContain(id)
  const start = startState(behaviour, initial)
  if (!start.ok) throw new Error(JSON.stringify(start.diagnostics))
  let state: State = start.value
  for (const written of events) {
    const [what = '', expected = ''] = written.split(/ => ?/)
    const happens = (event: OutsideEvent): ReturnType<typeof step> => {
      const reaction = step(behaviour, state, event, completedChoices([]).chooser, 0)
      state = reaction.state
      return reaction
    }
    const resumed = (timedOut: boolean): ReturnType<typeof step> => {
      const token = state.waiting.find((one) => one.automation === automation.id)
      if (token === undefined) throw new Error(`${label.automation}: nothing waits at \`${written}\``)
      return happens({ is: 'resume', automation: automation.id, step: token.step, nth: 0, timedOut })
    }
    const set = (attribute: string, value: string): ReturnType<typeof step> => {
      expect(known, `${label.automation}: ${written}`).toContain(attribute)
      return happens({ is: 'write', attribute, value: constant(value) })
    }
    let reaction: ReturnType<typeof step>
    const write = /^(\S.*?) := (.*)$/.exec(what)
    const fire = /^fire ("[^"]+"|\S+)(.*)$/.exec(what)
    const due = /^due (\d+)(?: of (\S+))?$/.exec(what)
    if (write !== null) reaction = set(write[1]!, write[2]!)
    else if (fire !== null) {
      const id = fire[1]!.replaceAll('"', '')
      for (const [, key, value] of (fire[2] ?? '').matchAll(/ (\S+?)=("[^"]*"|\S+)/g)) {
        const attribute = [`${id}.${key!}`, `${id}/payload_json.${key!}`, `${id}/calendar_event.${key!}`].find((one) => known.has(one))
        if (attribute !== undefined && toValue(state.values.get(attribute) ?? null) !== constant(value!)) set(attribute, value!)
      }
      reaction = set(id, 'x')
    } else if (what.startsWith('start '))
      reaction = happens({ is: 'pull', automation: `${home}/${what.slice('start '.length)}`, trigger: 0, payload: null })
    else if (what === 'resume') reaction = resumed(false)
    else if (what === 'timeout') reaction = resumed(true)
    else if (what === 'restart') reaction = happens({ is: 'restart' })
    else if (due !== null)
      reaction = happens({
        is: 'due',
        automation: due[2] === undefined ? automation.id : `${home}/${due[2]} follows`,
        trigger: Number(due[1]),
      })
    else throw new Error(`a scenario cannot say \`${written}\``)
    const writes = reaction.writes
      .filter((one) => wanted.has(one.automation) && counts(label, home, one.attribute))
      .map((one) => `${one.attribute}=${String(one.after)}`)
    const began = reaction.started.some((one) => one.automation === automation.id)
    const name = `${label.automation}: ${written}`
    if (expected === 'none') expect([began, ...writes], name).toEqual([false])
    else if (expected === 'dropped') expect(reaction.dropped.length, name).toBeGreaterThan(0)
    else if (expected === 'run') expect([began, ...writes], name).toEqual([true])
    else expect(writes, name).toEqual(expected.split(', '))
  }
}

describe('labels', () => {
  const labelled = all.flatMap(({ home, labels }) => labels.map((label) => ({ home, ...label })))
  it('are sixty', () => expect(labelled).toHaveLength(60))
  it.skipIf(!existsSync(HOMES))('are of those that the seed picks', () => {
    const drawn = picked(HOMES).map(({ home, file, name }, index) => `${index + 1} ${home} ${file} ${name}`)
    expect(labelled.map(({ nth, home, file, automation }) => `${nth} ${home} ${file} ${automation}`).sort()).toEqual(drawn.sort())
  })
  describe.skipIf(!existsSync(HOMES)).each(all.map((one) => [one.home, one] as const))('%s', (home, { labels }) => {
    const part = existsSync(HOMES) ? homeNamed(home) : undefined
    it.each(labels.map((label) => [label.automation, label] as const))('%s', (_, label) => {
      const { application } = part!
      const automation = application.automations.find(
        ({ name, at }) =>
          name === label.automation && at.source === label.file && (label.line === undefined || at.range?.start.line === label.line),
      )
      if (automation === undefined) throw new Error(`no automation \`${label.automation}\` in \`${label.file}\``)
      const [run = 'single', max] = (label.mode ?? 'single').split(' ')
      expect(automation.mode).toEqual({ run, max: max === undefined ? 10 : Number(max) })
      expect(automation.triggers).toHaveLength(label.triggers.length)
      automation.triggers.forEach((trigger, index) => agrees(trigger, label.triggers[index]!))
      const reached = new Set(callsOf(application.automations, automation.id))
      const open = application.unmodelled.filter((one) => reached.has(one.automation)).map(({ why }) => why)
      if (label.inexact === undefined) expect(open).toEqual([])
      else expect(open.join('\n')).toContain(label.inexact)
      const sets = automation.steps.flatMap((one) => (one.do === 'set' && counts(label, home, one.attribute) ? [one.attribute] : []))
      expect([...new Set(sets)].sort()).toEqual([...label.sets].sort())
      for (const scenario of label.scenarios ?? []) play(part!, automation, label, home, scenario)
    })
  })
})
