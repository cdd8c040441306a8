/**
 * Calls of scripts: one that never waits is written into its caller; one that waits is called with its run mode, and its caller waits for its end.
 * From documentation: integrations/script, sections "Waiting for script to complete", "Script modes".
 */
import type { Location } from '../../diagnostics/diagnostic.ts'
import type { AutomationExpression, ValueType } from '../../model/automation.ts'
import { choose, read, same, value } from '../node-red/expressions.ts'
import { blueprintOf } from './blueprints.ts'
import { type Data, setAll, type Setting } from './effects.ts'
import { heldConstant } from './handed.ts'
import { type Home, outsideAttribute } from './home.ts'
import type { TemplateValue } from './jinja/template-value.ts'
import { field, isNothing, mapNodes, textOf, type YamlNode } from './tree.ts'
import { variable } from './variables.ts'
import { anyOf, MANY_STEPS, step, unmodelledStep, type Writing } from './writing.ts'

const ANY: ValueType = { is: 'any' }

/** The id of the automation that a script is in the model. */
export const scriptId = (home: Home, name: string): string => `${home.application}/script.${name}`

/** Fired when a script is stopped from outside itself. */
export const stopEvent = (name: string): string => `stop:script.${name}`

/** The body of a script, its blueprint put in; nothing where there is none. */
export function scriptBody(home: Home, name: string): YamlNode | undefined {
  const entry = home.inventory.scripts.get(name)
  if (entry === undefined) return undefined
  if (field(entry.node, 'use_blueprint') === undefined) return entry.node
  const made = blueprintOf(home, 'script', entry.node)
  return made.is === 'made' ? made.node : undefined
}

export function runScript(
  w: Writing,
  name: string,
  data: Data,
  at: Location,
  blocking: boolean,
  next: readonly string[],
): readonly string[] {
  const { home } = w
  const body = scriptBody(home, name)
  if (body === undefined) return missingScript(w, name, at, next)
  const waits = scriptWaits(home, name)
  if (waits || w.inside.includes(name) || w.made.steps > MANY_STEPS) return callScript(w, name, data, at, blocking && waits, next)
  const scope = new Map<string, TemplateValue>()
  const lets: { readonly local: string; readonly given: ReturnType<typeof variable> }[] = []
  for (const { key, node } of data) {
    const local = `${name}.${key}#${w.made.steps}`
    const given = variable(w, local, node)
    scope.set(key, given.sees)
    if (given.step !== undefined) lets.push({ local, given })
  }
  const inner: Writing = { ...w, inside: [...w.inside, name], stopped: next, scope: withThis(scope, `script.${name}`) }
  const entry = inner.sequence({ ...inner, scope: inner.scope }, withVariables(body), next)
  return lets.reduceRight((after, one) => step(w, at, after, { do: 'let', local: one.local, value: one.given.step! }), entry)
}

export function withThis(scope: ReadonlyMap<string, TemplateValue>, entity: string): ReadonlyMap<string, TemplateValue> {
  return new Map<string, TemplateValue>([...scope, ['this', { is: 'state', entity }]])
}

/** The actions of a script, its `variables:` first. */
export function withVariables(body: YamlNode): YamlNode | undefined {
  const variables = field(body, 'variables')
  const sequence = field(body, 'sequence')
  if (variables === undefined || isNothing(variables)) return sequence
  const first: YamlNode = { is: 'map', entries: [{ key: 'variables', at: variables.at, node: variables }], at: variables.at }
  return {
    is: 'list',
    items: [first, ...(sequence?.is === 'list' ? sequence.items : sequence === undefined ? [] : [sequence])],
    at: body.at,
  }
}

function missingScript(w: Writing, name: string, at: Location, next: readonly string[]): readonly string[] {
  const { home } = w
  if (home.inventory.scripts.has(name)) return unmodelledStep(w, `the blueprint of the script \`${name}\``, at, [], next)
  if (!home.scriptsKnown) return unmodelledStep(w, `the script \`${name}\`, which no file here defines`, at, [], next)
  const id = `${home.application}/script.${name} | missing`
  if (!home.dangling.has(id)) home.dangling.set(id, { id, automation: w.automation, at, text: `no script is called \`${name}\`` })
  // The action fails, and with it the run.
  return w.failed
}

/** Hands over the fields by helpers, and waits for the end where the caller does. */
function callScript(w: Writing, name: string, data: Data, at: Location, wait: boolean, next: readonly string[]): readonly string[] {
  const { home } = w
  const handed = new Map(data.map(({ key, node }) => [key, node] as const))
  // A field that this call leaves out is not what an earlier call gave.
  const settings = [...new Set([...handed.keys(), ...(home.handed.get(name)?.keys() ?? [])])].map((key): Setting => {
    const node = handed.get(key)
    const attribute = scriptField(home, name, key)
    if (node === undefined) return { attribute, value: value(null) }
    const given = variable(w, key, node)
    return { attribute, value: given.step ?? handedOver(w, key, given.sees, node.at) }
  })
  const after = wait ? step(w, at, next, { do: 'wait', until: same(read(scriptState(home, name)), value('off')) }) : next
  return setAll(w, settings, at, step(w, at, after, { do: 'call', automation: scriptId(home, name) }))
}

/** A helper holds one value: a constant list or mapping its JSON text; of others and what is not known a script is given something. */
function handedOver(w: Writing, key: string, sees: TemplateValue, at: Location): AutomationExpression {
  switch (sees.is) {
    case 'expression':
      return sees.expression
    case 'undefined':
      return value(null)
    case 'unknown':
      return anyOf(w, ANY, sees.why, at)
    case 'choice':
      return sees.cases.reduceRight<AutomationExpression>(
        (rest, one) => choose(one.when, handedOver(w, key, one.value, at), rest),
        handedOver(w, key, sees.otherwise, at),
      )
    case 'list':
    case 'mapping': {
      const held = heldConstant(sees)
      return held === undefined ? anyOf(w, ANY, `the field \`${key}\` of a script: a list or mapping`, at) : value(held)
    }
    case 'state':
      return anyOf(w, ANY, `the field \`${key}\` of a script: a list or mapping`, at)
  }
}

export function scriptField(home: Home, script: string, name: string): string {
  const id = `script.${script}.${name}`
  if (!home.attributes.has(id))
    home.attributes.set(id, {
      id,
      thing: `script.${script}`,
      type: ANY,
      role: 'helper',
      outside: false,
      delivery: 'state',
      initial: [null],
      restored: false,
    })
  return id
}

/** `on` while a script that waits runs. */
export function scriptState(home: Home, name: string): string {
  return outsideAttribute(home, `script.${name}`, `script.${name}`, { is: 'enum', values: ['on', 'off'], other: false }, true).id
}

const WAITING = ['delay', 'wait_template', 'wait_for_trigger']

/** Whether a run of the script may last, itself or in a script that it runs. */
export function scriptWaits(home: Home, name: string, way: readonly string[] = []): boolean {
  const known = home.waiting.get(name)
  if (known !== undefined) return known
  if (way.includes(name)) return false
  const body = scriptBody(home, name)
  const waits = body !== undefined && nodeWaits(home, body, [...way, name])
  if (way.length === 0) home.waiting.set(name, waits)
  return waits
}

function nodeWaits(home: Home, body: YamlNode, way: readonly string[]): boolean {
  let waits = false
  mapNodes(body, (node) => {
    if (waits) return node
    if (field(node, ...WAITING) !== undefined) waits = true
    const called = /^script\.(\w+)$/.exec(textOf(field(node, 'action', 'service')) ?? '')?.[1]
    if (called !== undefined && home.inventory.scripts.has(called)) waits ||= scriptWaits(home, called, way)
    return undefined
  })
  return waits
}
