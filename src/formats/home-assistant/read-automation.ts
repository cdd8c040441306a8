/** One automation or script of a configuration as an automation of the model. From documentation: docs/automation/yaml, docs/automation/modes, integrations/script. */
import type { Location } from '../../diagnostics/diagnostic.ts'
import type { Automation, AutomationExpression, Step } from '../../model/automation.ts'
import { and, is, local, or, read, same, TRUE, type TypeName, typeName, value } from '../node-red/expressions.ts'
import { sequence } from './actions.ts'
import { blueprintOf } from './blueprints.ts'
import { allConditions } from './conditions.ts'
import { ENTITY, domainOf, passiveDomains } from './domains.ts'
import { attribute, command, type Home, outsideAttribute, say } from './home.ts'
import { constantsHanded, heldConstant } from './handed.ts'
import type { TemplateValue } from './jinja/template-value.ts'
import type { MadeTrigger } from './made-trigger.ts'
import { define } from './outcomes.ts'
import { scriptBody, scriptField, scriptId, scriptState, scriptWaits, stopEvent, withThis, withVariables } from './scripts.ts'
import { readTriggers } from './triggers.ts'
import { entriesOf, field, type MapEntry, textOf, textsIn, type YamlNode } from './tree.ts'
import { type Variable, variable } from './variables.ts'
import { part, type Scope, step, unmodelledStep, type Writing } from './writing.ts'

export interface AutomationDocument {
  /** As written; its blueprint not yet put in. */
  readonly node: YamlNode
  readonly id: string
  readonly entity: string
  readonly name: string
}

const RUNS = ['single', 'restart', 'queued', 'parallel'] as const

function modeOf(home: Home, node: YamlNode): Automation['mode'] {
  const written = textOf(field(node, 'mode')) ?? 'single'
  const run = RUNS.find((one) => one === written)
  if (run === undefined)
    say(
      home,
      'unknown-mode',
      `a run mode is one of ${RUNS.map((one) => `\`${one}\``).join(', ')}, not \`${written}\``,
      field(node, 'mode') ?? node,
    )
  const max = Number(textOf(field(node, 'max')) ?? '10')
  return { run: run ?? 'single', max: Number.isInteger(max) && max > 0 ? max : 10 }
}

function writingOf(home: Home, id: string, scope: Scope, source: readonly string[]): Writing {
  const ended = { stopped: [], failed: [] }
  return { home, automation: id, steps: [], inside: [], ...ended, scope, source, triggerIds: [], made: { steps: 0, parts: 0 }, sequence }
}

export function readAutomation(home: Home, document: AutomationDocument): Automation {
  const { id, entity, name } = document
  const used = field(document.node, 'use_blueprint') !== undefined
  const made = used ? blueprintOf(home, 'automation', document.node) : ({ is: 'made', node: document.node } as const)
  const at = document.node.at
  const base = { id, name, application: home.application, platform: 'home-assistant' as const, at }
  if (made.is === 'missing') {
    if (made.surely) missingBlueprint(home, id, made, at)
    const w = writingOf(home, id, new Map(), [])
    const writes = [...new Set(textsIn(document.node).filter((text) => ENTITY.test(text) && !passiveDomains.has(domainOf(text))))]
    for (const one of writes) command(home, one, undefined, at)
    const entry = unmodelledStep(w, made.why, at, writes, [])
    return {
      ...base,
      mode: modeOf(home, document.node),
      triggers: [{ on: 'unmodelled', part: part(w, made.why, at), at }],
      guard: TRUE,
      entry,
      steps: w.steps,
    }
  }
  const { node } = made
  const source = textsIn(node)
  const early = variablesOf(writingOf(home, id, withThis(contextOf(home, id), entity), source), field(node, 'trigger_variables'))
  const first: Writing = { ...writingOf(home, id, early.now, source) }
  const triggers = readTriggers(first, field(node, 'triggers', 'trigger'))
  const seen = new Map<string, TemplateValue>([...early.now, ['trigger', triggerSees(triggers)], ...triggerVariables(first, triggers)])
  const w: Writing = { ...first, scope: seen, triggerIds: triggers.map((one) => one.id) }
  const variables = variablesOf(w, field(node, 'variables'))
  const conditions = allConditions({ ...w, scope: variables.now }, field(node, 'conditions', 'condition'))
  const entry = sequence({ ...w, scope: variables.later }, field(node, 'actions', 'action'), [])
  const begun = variables.lets.reduceRight((after, one) => step(w, at, after, { do: 'let', local: one.name, value: one.value }), entry)
  const off = field(node, 'initial_state')
  const switched = home.switched.has(entity) || (off?.is === 'scalar' && (off.value === false || off.value === 'off'))
  const enabled = switched ? same(read(attribute(home, entity, undefined, at).id), value('on')) : TRUE
  const tests = and(...triggers.map(({ test }, index) => unless(triggers.length === 1, index, test)))
  const guard = and(enabled, tests, conditions)
  return {
    ...base,
    mode: modeOf(home, node),
    triggers: triggersOr(triggers, home, entity, at),
    guard: home.called.has(entity) ? or(is(local('trigger.index'), 'null'), guard) : guard,
    entry: begun,
    steps: w.steps,
  }
}

function triggersOr(triggers: readonly MadeTrigger[], home: Home, entity: string, at: Automation['at']): Automation['triggers'] {
  const disabled = home.inventory.registry?.disabled.has(entity) === true
  if (triggers.length > 0 && !disabled) return triggers.map(({ trigger }) => trigger)
  return [{ on: 'outside', name: `${entity} is started by hand`, payload: value(null), at }]
}

/** What must hold of the event of one trigger among several. */
function unless(only: boolean, index: number, test: AutomationExpression): AutomationExpression {
  if (test.is === 'value' && test.value === true) return TRUE
  return only ? test : or({ is: 'apply', operator: '!=', arguments: [local('trigger.index'), value(index)] }, test)
}

function triggerSees(triggers: readonly MadeTrigger[]): TemplateValue {
  const seen = triggers.map((one): TemplateValue => ({ is: 'mapping', entries: one.sees, open: 'what else `trigger` holds' }))
  if (seen.length === 1) return seen[0]!
  const none: TemplateValue = { is: 'mapping', entries: new Map([['platform', { is: 'expression', expression: value(null) }]]) }
  return byTrigger(seen, none)
}

function byTrigger(seen: readonly TemplateValue[], otherwise: TemplateValue): TemplateValue {
  if (seen.length === 0) return otherwise
  return { is: 'choice', cases: seen.map((one, index) => ({ when: same(local('trigger.index'), value(index)), value: one })), otherwise }
}

/** Variables that each trigger gives. */
function triggerVariables(w: Writing, triggers: readonly MadeTrigger[]): readonly (readonly [string, TemplateValue])[] {
  const names = new Set(triggers.flatMap(({ variables }) => variables.map(({ key }) => key)))
  return [...names].map((name) => [
    name,
    byTrigger(
      triggers.map((one): TemplateValue => {
        const written = one.variables.find(({ key }) => key === name)?.node
        if (written === undefined) return { is: 'undefined' }
        const given = variable(
          {
            ...w,
            scope: new Map<string, TemplateValue>([
              ...w.scope,
              ['trigger', { is: 'mapping', entries: one.sees, open: 'what else `trigger` holds' }],
            ]),
          },
          name,
          written,
        )
        return atOnce(given)
      }),
      { is: 'undefined' },
    ),
  ])
}

/** A variable in the moment in which it is computed: its expression in the place of the local. */
const atOnce = ({ sees, step: given }: Variable): TemplateValue =>
  given === undefined || sees.is !== 'expression' ? sees : { ...sees, expression: given }

interface Variables {
  /** In the moment of the trigger. */
  readonly now: Scope
  /** In the run. */
  readonly later: Scope
  readonly lets: readonly { readonly name: string; readonly value: AutomationExpression }[]
}

function variablesOf(w: Writing, node: YamlNode | undefined): Variables {
  const now = new Map(w.scope)
  const later = new Map(w.scope)
  const lets: { readonly name: string; readonly value: AutomationExpression }[] = []
  for (const { key, node: written } of entriesOf(node)) {
    const given = variable({ ...w, scope: now }, key, written)
    now.set(key, atOnce(given))
    later.set(key, given.sees)
    if (given.step !== undefined) lets.push({ name: key, value: given.step })
  }
  return { now, later, lets }
}

/** Who or what caused a run: texts that nobody here knows. From documentation: docs/automation/templating. */
function contextOf(home: Home, automation: string): Scope {
  const part = (name: string): TemplateValue => {
    const { id, type } = outsideAttribute(home, `${automation}/context.${name}`, automation, { is: 'text' }, true)
    return { is: 'expression', expression: read(id), type }
  }
  const entries = new Map([['id', part('id')], ...['parent_id', 'user_id'].map((name): [string, TemplateValue] => [name, part(name)])])
  return new Map<string, TemplateValue>([['context', { is: 'mapping', entries }]])
}

/** A blueprint that is missing is one reference that dangles, whoever uses it. */
function missingBlueprint(
  { dangling }: Home,
  automation: string,
  { path, why }: { readonly path: string; readonly why: string },
  at: Location,
): void {
  const id = `blueprint ${path} | missing`
  if (!dangling.has(id)) dangling.set(id, { id, automation, at, text: why })
}

/** A field of a script: one of the constants that callers hand over, or nothing, where all hand over constants. */
function fieldSeen(home: Home, automation: string, script: string, name: string, held: string): TemplateValue {
  const { constants, all } = constantsHanded(home, script, name)
  const expression = local(held)
  if (all) for (const one of constants) define(home, automation, held, value(heldConstant(one)!))
  const trees = constants.filter((one) => one.is !== 'expression')
  const plain: TemplateValue = { is: 'expression', expression, ...(all ? { sorts: sortsOfConstants(constants) } : {}) }
  if (trees.length === 0) return plain
  return {
    is: 'choice',
    cases: trees.map((one) => ({ when: same(expression, value(heldConstant(one)!)), value: one })),
    otherwise: trees.length === constants.length && all ? { is: 'expression', expression: value(null) } : plain,
  }
}

/** The sorts of plain constants; null where a script is started by hand. */
function sortsOfConstants(constants: readonly TemplateValue[]): ReadonlySet<TypeName> {
  return new Set<TypeName>(['null', ...constants.flatMap((one) => (one.is === 'expression' ? typeName(heldConstant(one)!) : []))])
}

/** A script: started by hand, or called by others with its fields in helpers. */
export function readScript(home: Home, { key, at }: MapEntry): Automation {
  const id = scriptId(home, key)
  const body = scriptBody(home, key)
  const written = home.inventory.scripts.get(key)!.node
  const base = { id, application: home.application, platform: 'home-assistant' as const, at }
  const trigger = { on: 'outside', name: `script.${key} is started by hand`, payload: value(null), at } as const
  if (body === undefined) {
    const w = writingOf(home, id, new Map(), [])
    const made = blueprintOf(home, 'script', written)
    const entry = unmodelledStep(w, made.is === 'missing' ? made.why : 'a script', at, [], [])
    return { ...base, name: key, mode: modeOf(home, written), triggers: [trigger], guard: TRUE, entry, steps: w.steps }
  }
  const scope = new Map<string, TemplateValue>(contextOf(home, id))
  const w = writingOf(home, id, scope, textsIn(body))
  const lets: Step[] = []
  for (const name of home.handed.get(key)?.keys() ?? []) {
    const local = `field ${name}`
    scope.set(name, fieldSeen(home, id, key, name, local))
    lets.push({ id: `field ${name}`, at, next: [], do: 'let', local, value: read(scriptField(home, key, name)) })
  }
  // Fields of scripts that are started by hand are not known: `undefined`, unless some caller gives them.
  const inner: Writing = { ...w, scope: withThis(scope, `script.${key}`), inside: [key] }
  const waits = scriptWaits(home, key)
  const end = waits ? step(w, at, [], { do: 'set', attribute: scriptState(home, key), value: value('off') }) : []
  const stopping = waits && home.stopped.has(key) ? { stopping: stopEvent(key) } : {}
  const entry = sequence({ ...inner, ...stopping, stopped: end, failed: end }, withVariables(body), end)
  const begun = waits ? step(w, at, entry, { do: 'set', attribute: scriptState(home, key), value: value('on') }) : entry
  const first = lets.reduceRight<readonly string[]>((after, one) => {
    w.steps.push({ ...one, next: after })
    return [one.id]
  }, begun)
  return {
    ...base,
    name: textOf(field(body, 'alias')) ?? key,
    mode: modeOf(home, body),
    triggers: [trigger],
    guard: TRUE,
    entry: first,
    steps: w.steps,
  }
}
