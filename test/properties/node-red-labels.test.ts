/** Twenty automations of real flows, picked at random and read by hand before the importer saw them: importer and interpreter agree with the reading. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readNodeRedFlow } from '../../src/formats/node-red/read-flow.ts'
import type { Automation, AutomationExpression, Step, Value } from '../../src/model/automation.ts'
import type { BehaviourPart } from '../../src/model/behaviour-part.ts'
import type { OutsideEvent } from '../../src/model/conflict.ts'
import { completedChoices } from '../../src/verify/choices.ts'
import { startState, step } from '../../src/verify/interpreter.ts'
import { behaviourOf } from '../fixtures/flows.ts'

type Command = readonly [string, Value]
type LabelledEvent = { readonly commands: readonly Command[] } & (
  { readonly pull: number; readonly payload?: Value } | { readonly write: string; readonly value: Value } | { readonly resume: string }
)
interface Label {
  readonly reading: string
  readonly picked: { readonly seed: number; readonly nth: number; readonly automation: string }
  /** Where it is not the one picked: what was picked turned out to be a part of this one. */
  readonly automation?: string
  readonly triggers: readonly { readonly on: string; readonly attribute?: string; readonly values?: readonly string[] }[]
  readonly guards: readonly string[]
  readonly commands: readonly Command[]
  readonly exact: boolean
  readonly unmodelled?: readonly string[]
  readonly waits?: readonly string[]
  readonly dangling?: readonly string[]
  readonly scenarios: readonly { readonly initial?: Readonly<Record<string, Value>>; readonly events: readonly LabelledEvent[] }[]
  readonly flow: readonly unknown[]
}

const folder = join(import.meta.dirname, '../fixtures/labels/node-red')
const files = readdirSync(folder).sort()

function partOf(label: Label): BehaviourPart {
  const read = readNodeRedFlow({ name: 'flow.json', text: JSON.stringify(label.flow) }, { application: 'app' })
  if (!read.ok) throw new Error(JSON.stringify(read.diagnostics))
  return read.value
}

const nodeOf = (id: string): string =>
  id
    .split(' | ')
    .at(-1)!
    .split('/')
    .at(-1)!
    .replace(/[#:].*$/, '')
const sorted = (commands: readonly Command[]): readonly string[] => commands.map((one) => JSON.stringify(one)).sort()

function commandsOf(part: BehaviourPart, automation: Automation): readonly Command[] {
  const actuators = new Set(part.attributes.filter(({ role }) => role === 'actuator').map(({ id }) => id))
  return automation.steps.flatMap((one): readonly Command[] =>
    one.do === 'set' && actuators.has(one.attribute) ? [[one.attribute, one.value.is === 'value' ? one.value.value : '?']] : [],
  )
}

function readsOf(steps: readonly Step[]): ReadonlySet<string> {
  const found = new Set<string>()
  const look = (expression: AutomationExpression): void => {
    if (expression.is === 'read' && /^[a-z_]+\.[a-z_0-9]+$/.test(expression.attribute)) found.add(expression.attribute)
    if (expression.is === 'apply') expression.arguments.forEach(look)
  }
  for (const one of steps) if (one.do === 'branch') for (const { when } of one.cases) look(when)
  return found
}

function run(part: BehaviourPart, automation: Automation, { initial = {}, events }: Label['scenarios'][number]): void {
  const behaviour = behaviourOf(part)
  const start = startState(behaviour, initial)
  if (!start.ok) throw new Error(JSON.stringify(start.diagnostics))
  let state = start.value
  const actuators = new Set(part.attributes.filter(({ role }) => role === 'actuator').map(({ id }) => id))
  for (const event of events) {
    let outside: OutsideEvent
    if ('write' in event) outside = { is: 'write', attribute: event.write, value: event.value }
    else if ('pull' in event) outside = { is: 'pull', automation: automation.id, trigger: event.pull, payload: event.payload ?? null }
    else {
      const waiting = state.waiting.find((token) => nodeOf(token.step) === event.resume)
      expect(waiting, `something waits at ${event.resume}`).toBeDefined()
      outside = { is: 'resume', automation: waiting!.automation, step: waiting!.step, nth: 0, timedOut: false }
    }
    const reaction = step(behaviour, state, outside, completedChoices([]).chooser, 0)
    state = reaction.state
    const commands = reaction.writes
      .filter(({ attribute }) => actuators.has(attribute))
      .map(({ attribute, after }): Command => [attribute, after])
    expect(sorted(commands)).toEqual(sorted(event.commands))
  }
}

describe('labels', () => {
  it('are twenty', () => expect(files).toHaveLength(20))
  it.each(files)('%s', (file) => {
    const label = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Label
    const part = partOf(label)
    const { application } = part
    const automation = application.automations.find(({ id }) => id === `app/${label.automation ?? label.picked.automation}`)
    if (automation === undefined) throw new Error(`no automation, only ${application.automations.map(({ id }) => id).join(', ')}`)
    expect(
      automation.triggers.map((trigger) => ({
        on: trigger.on,
        ...('attribute' in trigger ? { attribute: trigger.attribute } : {}),
        ...(trigger.on === 'outside' && trigger.payload.is === 'any' && trigger.payload.type.is === 'enum'
          ? { values: trigger.payload.type.values }
          : {}),
      })),
    ).toEqual(label.triggers)
    const unmodelled = application.unmodelled.filter((one) => one.automation === automation.id)
    if (label.exact) expect(unmodelled).toEqual([])
    else expect(unmodelled.map(({ id }) => nodeOf(id))).toEqual(expect.arrayContaining([...(label.unmodelled ?? [])]))
    expect(sorted(commandsOf(part, automation))).toEqual(sorted(label.commands))
    expect([...readsOf(automation.steps)].filter((id) => id !== label.triggers[0]?.attribute)).toEqual(
      expect.arrayContaining([...label.guards]),
    )
    const waiting = automation.steps.filter(({ do: what }) => what === 'wait' || what === 'delay').map(({ id }) => nodeOf(id))
    expect(waiting).toEqual(expect.arrayContaining([...(label.waits ?? [])]))
    expect(application.dangling.map(({ id }) => id.split(' -> ')[1])).toEqual(expect.arrayContaining([...(label.dangling ?? [])]))
    for (const scenario of label.scenarios) run(part, automation, scenario)
  })
})
