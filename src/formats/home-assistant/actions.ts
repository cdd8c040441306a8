/** Lists of actions as steps. From documentation: docs/scripts. */
import type { AutomationExpression, Trigger } from '../../model/automation.ts'
import { apply, compare, local, not, same, value } from '../node-red/expressions.ts'
import { callService } from './calls.ts'
import { allConditions, condition } from './conditions.ts'
import { statesOf, deviceNamed } from './devices.ts'
import { duration } from './durations.ts'
import { numberGiven, setAll } from './effects.ts'
import { firedBy, firedFields } from './events.ts'
import { outsideAttribute } from './home.ts'
import type { TemplateValue } from './jinja/template-value.ts'
import { activateScene } from './scenes.ts'
import { fields, readTriggers } from './triggers.ts'
import { template, templated } from './templates.ts'
import { entriesOf, field, flat, isNothing, isTemplate, listOf, mapNodes, textOf, textsIn, type YamlNode } from './tree.ts'
import { constantValue, variable } from './variables.ts'
import { anyOf, step, stepId, unmodelledStep, type Writing, withScope } from './writing.ts'

/** Passes of `for_each` and `count` that are written out one by one. */
const UNROLLED = 40
const MANY = 2500

/** Reads a list of actions before `next` and returns where it begins. */
export function sequence(w: Writing, node: YamlNode | undefined, next: readonly string[]): readonly string[] {
  const items = flat(node)
  const scopes: Writing[] = []
  const lets: (readonly { readonly name: string; readonly value: AutomationExpression }[])[] = []
  let scoped = w
  for (const item of items) {
    const made: { readonly name: string; readonly value: AutomationExpression }[] = []
    scopes.push(scoped)
    for (const { key, node: written } of entriesOf(field(item, 'variables'))) {
      if (!isVariables(item) || switchedOff(item)) break
      const name = `${w.inside.length === 0 ? '' : `${w.inside.join('/')}/`}${key}`
      const given = variable(scoped, name, written)
      if (given.step !== undefined) made.push({ name, value: given.step })
      scoped = withScope(scoped, [[key, given.sees]])
    }
    lets.push(made)
    scoped = afterItem(scoped, item)
  }
  let entry = next
  for (let index = items.length - 1; index >= 0; index -= 1) {
    const item = items[index]!
    if (switchedOff(item)) continue
    if (isVariables(item))
      entry = lets[index]!.reduceRight((after, one) => step(w, item.at, after, { do: 'let', local: one.name, value: one.value }), entry)
    else entry = action(scopes[index]!, item, entry, next)
  }
  return entry
}

const isVariables = (item: YamlNode): boolean =>
  field(item, 'variables') !== undefined && field(item, 'action', 'service', 'use_blueprint') === undefined

function switchedOff(item: YamlNode): boolean {
  const enabled = field(item, 'enabled')
  return isNothing(item) || (enabled?.is === 'scalar' && (enabled.value === false || enabled.value === 'false'))
}

/** What later actions see besides: the answer of a service, how a wait ended. */
function afterItem(w: Writing, item: YamlNode): Writing {
  const answer = textOf(field(item, 'response_variable'))
  const answered = answer === undefined ? w : withScope(w, [[answer, answerOf(w, answer, item)]])
  if (field(item, 'wait_template', 'wait_for_trigger') === undefined) return answered
  const silent: Writing = { ...w, home: { ...w.home, unmodelled: [], diagnostics: [] } }
  const triggers = readTriggers(silent, field(item, 'wait_for_trigger'))
  const none: TemplateValue = { is: 'expression', expression: value(null) }
  const ended: TemplateValue = {
    is: 'choice',
    cases: triggers.map(({ sees }, index) => ({
      when: same(local('wait.index'), value(index)),
      value: { is: 'mapping', entries: new Map([...sees].map(([key, one]) => [key, ofWait(one)])), open: 'what else `wait.trigger` holds' },
    })),
    otherwise: none,
  }
  const entries = new Map<string, TemplateValue>([
    ['completed', { is: 'expression', expression: local('wait.completed') }],
    [
      'trigger',
      triggers.length === 0
        ? none
        : { is: 'choice', cases: [{ when: same(local('wait.completed'), value(true)), value: ended }], otherwise: none },
    ],
    ['remaining', remainingOf(w, item)],
  ])
  return withScope(answered, [['wait', { is: 'mapping', entries }]])
}

/** Seconds that a wait with a time-out had left when it ended; None without one. */
function remainingOf(w: Writing, item: YamlNode): TemplateValue {
  if (isNothing(field(item, 'timeout'))) return { is: 'expression', expression: value(null) }
  w.home.assumptions.add('how much of its time-out a wait had left is taken as any time')
  const left = outsideAttribute(w.home, `${w.automation}/left ${place(item)}`, w.automation, { is: 'number', low: 0, integer: false }, true)
  return {
    is: 'choice',
    cases: [
      {
        when: same(local('wait.completed'), value(true)),
        value: { is: 'expression', expression: { is: 'read', attribute: left.id }, type: left.type },
      },
    ],
    otherwise: { is: 'expression', expression: value(0) },
  }
}

const place = (item: YamlNode): string => `${item.at.range?.start.line ?? 0}:${item.at.range?.start.column ?? 0}`

/** What a service answers comes from outside: of each key that texts ask for some value, new with each call. */
function answerOf(w: Writing, name: string, item: YamlNode): TemplateValue {
  const given = fields(w, `answer:${w.automation}/${item.at.range?.start.line ?? 0}`, [name]).get(name)
  return given?.is === 'mapping' ? { ...given, open: 'what else a service answers' } : { is: 'unknown', why: 'the answer of a service' }
}

/** What a trigger gives, told of the event that ended a wait. */
function ofWait(given: TemplateValue): TemplateValue {
  switch (given.is) {
    case 'expression':
      return { ...given, expression: renamed(given.expression) }
    case 'state':
      return given.holds === undefined ? given : { ...given, holds: new Map([...given.holds].map(([key, one]) => [key, ofWait(one)])) }
    case 'mapping':
      return { ...given, entries: new Map([...given.entries].map(([key, one]) => [key, ofWait(one)])) }
    case 'list':
      return { ...given, items: given.items.map(ofWait) }
    case 'choice':
      return {
        is: 'choice',
        cases: given.cases.map((one) => ({ when: renamed(one.when), value: ofWait(one.value) })),
        otherwise: ofWait(given.otherwise),
      }
    case 'undefined':
    case 'unknown':
      return given
  }
}

/** `end`: where the list of actions ends; a condition that fails goes there. From documentation: docs/scripts, section "Test a condition". */
function action(w: Writing, item: YamlNode, next: readonly string[], end: readonly string[]): readonly string[] {
  const { at } = item
  const has = (key: string): YamlNode | undefined => field(item, key)
  if (item.is === 'scalar') {
    const text = textOf(item) ?? ''
    const when = isTemplate(text) ? templated(w, text, at, 'condition') : undefined
    return when === undefined
      ? unmodelledStep(w, `an action \`${text.slice(0, 60)}\` that is none`, at, [], next)
      : test(w, when, at, next, end)
  }
  const written = has('delay')
  if (written !== undefined) {
    const milliseconds = duration(w, written)
    if (w.stopping === undefined) return step(w, at, next, { do: 'delay', milliseconds })
    // A script that others stop: the stop ends the delay and the run.
    return step(w, at, w.stopped, { do: 'await', triggers: [{ on: 'event', event: w.stopping, at }], timeout: { milliseconds, next } })
  }
  if (has('action') !== undefined || has('service') !== undefined || has('service_template') !== undefined)
    return callService(w, item, next)
  if (has('wait_template') !== undefined) return waitTemplate(w, item, next)
  if (has('wait_for_trigger') !== undefined) return waitForTrigger(w, item, next)
  if (has('choose') !== undefined) return chooseStep(w, item, next)
  if (has('if') !== undefined) return ifStep(w, item, next)
  if (has('repeat') !== undefined) return repeat(w, has('repeat')!, next)
  if (has('parallel') !== undefined) return parallel(w, has('parallel')!, next)
  if (has('sequence') !== undefined) return sequence(w, has('sequence'), next)
  if (has('event') !== undefined) return fire(w, item, next)
  if (has('scene') !== undefined) return activateScene(w, textOf(has('scene')) ?? '', at, next)
  if (has('stop') !== undefined) return w.stopped
  if (has('set_conversation_response') !== undefined) return next
  if (has('condition') !== undefined || has('and') !== undefined || has('or') !== undefined || has('not') !== undefined) {
    const when = condition(w, item)
    return when === undefined ? next : test(w, when, at, next, end)
  }
  if (has('device_id') !== undefined) return deviceAction(w, item, next)
  return unmodelledStep(w, 'an action of no known kind', at, [], next)
}

function test(
  w: Writing,
  when: AutomationExpression,
  at: YamlNode['at'],
  next: readonly string[],
  end: readonly string[],
): readonly string[] {
  if (when.is === 'value' && when.value === true) return next
  return step(w, at, end, { do: 'branch', every: false, cases: [{ when, next }] })
}

function chooseStep(w: Writing, item: YamlNode, next: readonly string[]): readonly string[] {
  const cases = flat(field(item, 'choose')).flatMap((option) => {
    if (switchedOff(option)) return []
    return [{ when: allConditions(w, field(option, 'conditions', 'condition')), next: sequence(w, field(option, 'sequence'), next) }]
  })
  const otherwise = field(item, 'default')
  return step(w, item.at, otherwise === undefined ? next : sequence(w, otherwise, next), { do: 'branch', every: false, cases })
}

function ifStep(w: Writing, item: YamlNode, next: readonly string[]): readonly string[] {
  const otherwise = field(item, 'else')
  const cases = [{ when: allConditions(w, field(item, 'if')), next: sequence(w, field(item, 'then'), next) }]
  return step(w, item.at, otherwise === undefined ? next : sequence(w, otherwise, next), { do: 'branch', every: false, cases })
}

interface TimedOut {
  readonly timeout?: { readonly milliseconds: AutomationExpression; readonly next: readonly string[] }
}

function timeoutOf(w: Writing, item: YamlNode, next: readonly string[]): TimedOut {
  const limit = field(item, 'timeout')
  if (limit === undefined || isNothing(limit)) return {}
  const going = field(item, 'continue_on_timeout')
  const stops = going?.is === 'scalar' && (going.value === false || going.value === 'false')
  const after = stops ? w.stopped : step(w, item.at, next, { do: 'let', local: 'wait.completed', value: value(false) })
  return { timeout: { milliseconds: duration(w, limit), next: after } }
}

function waitTemplate(w: Writing, item: YamlNode, next: readonly string[]): readonly string[] {
  const written = field(item, 'wait_template')!
  const text = textOf(written) ?? ''
  const until = isTemplate(text) ? templated(w, text, written.at, 'truth') : value(text === 'true' || text === 'on')
  const after = step(w, item.at, next, { do: 'let', local: 'wait.completed', value: value(true) })
  if (w.stopping === undefined) return step(w, item.at, after, { do: 'wait', until, ...timeoutOf(w, item, next) })
  const triggers: readonly Trigger[] = [
    { on: 'becomes', condition: until, at: written.at },
    { on: 'event', event: w.stopping, at: written.at },
  ]
  const stopped = step(w, item.at, after, {
    do: 'branch',
    every: false,
    cases: [{ when: same(local('wait.index'), value(1)), next: w.stopped }],
  })
  const waiting = step(w, item.at, stopped, { do: 'await', triggers, ...timeoutOf(w, item, next) })
  return step(w, item.at, waiting, { do: 'branch', every: false, cases: [{ when: until, next: after }] })
}

function waitForTrigger(w: Writing, item: YamlNode, next: readonly string[]): readonly string[] {
  const made = readTriggers(w, field(item, 'wait_for_trigger'))
  const after = step(w, item.at, next, { do: 'let', local: 'wait.completed', value: value(true) })
  const id = stepId(w, item.at)
  // An event that does not fit leaves the run waiting.
  const stop: readonly Trigger[] = w.stopping === undefined ? [] : [{ on: 'event', event: w.stopping, at: item.at }]
  const checked = made.some(({ test: one }) => !(one.is === 'value' && one.value === true))
  const tests = made.map(({ test: one }, index) => ({ when: same(local('wait.index'), value(index)), fits: renamed(one) }))
  const fitting = checked
    ? step(w, item.at, [id], {
        do: 'branch',
        every: false,
        cases: tests.map(({ when, fits }) => ({ when: apply('and', when, fits), next: after })),
      })
    : after
  const going =
    stop.length === 0
      ? fitting
      : step(w, item.at, fitting, {
          do: 'branch',
          every: false,
          cases: [{ when: same(local('wait.index'), value(made.length)), next: w.stopped }],
        })
  const triggers = [...made.map(({ trigger }) => trigger), ...stop]
  w.steps.push({ id, at: item.at, next: going, do: 'await', triggers, ...timeoutOf(w, item, next) })
  return [id]
}

/** What triggers test of their event, told of the event that ended a wait. */
function renamed(expression: AutomationExpression): AutomationExpression {
  if (expression.is === 'local' && expression.name.startsWith('trigger')) return local(expression.name.replace('trigger', 'wait'))
  return expression.is === 'apply' ? { ...expression, arguments: expression.arguments.map(renamed) } : expression
}

/** Branches run side by side and are waited for: the last one to end goes on. */
function parallel(w: Writing, node: YamlNode, next: readonly string[]): readonly string[] {
  const branches = listOf(node).filter((one) => !switchedOff(one))
  if (branches.length === 0) return next
  const list = (one: YamlNode): YamlNode =>
    field(one, 'sequence') !== undefined && field(one, 'repeat', 'choose', 'if') === undefined ? field(one, 'sequence')! : one
  if (!lasts(node) || branches.length === 1) {
    w.home.assumptions.add('branches of `parallel` that never wait are executed one after the other')
    return branches.reduceRight((after, one) => sequence(w, list(one), after), next)
  }
  if (next.length === 0) return branches.flatMap((one) => sequence(w, list(one), []))
  const counter = `${w.automation}/joined ${stepId(w, node.at)}`
  const type = { is: 'number', low: 0, high: branches.length, integer: true } as const
  w.home.attributes.set(counter, {
    id: counter,
    thing: w.automation,
    type,
    role: 'helper',
    outside: false,
    delivery: 'state',
    initial: [0],
    restored: false,
  })
  const read = { is: 'read', attribute: counter } as const
  const ended = (): readonly string[] => {
    const last = step(w, node.at, [], { do: 'branch', every: false, cases: [{ when: compare('>=', read, value(branches.length)), next }] })
    return step(w, node.at, last, {
      do: 'set',
      attribute: counter,
      value: apply('min', apply('+', read, value(1)), value(branches.length)),
    })
  }
  const entries = branches.flatMap((one) => sequence(w, list(one), ended()))
  return step(w, node.at, entries, { do: 'set', attribute: counter, value: value(0) })
}

function lasts(node: YamlNode): boolean {
  let found = false
  mapNodes(node, (one) => {
    found ||=
      field(one, 'delay', 'wait_template', 'wait_for_trigger') !== undefined ||
      (textOf(field(one, 'action', 'service')) ?? '').startsWith('script.')
    return found ? one : undefined
  })
  return found
}

function repeat(w: Writing, node: YamlNode, next: readonly string[]): readonly string[] {
  const body = field(node, 'sequence')
  const index = `repeat.index ${stepId(w, node.at)}`
  const withRepeat = (entries: Iterable<readonly [string, TemplateValue]>): Writing =>
    withScope(w, [['repeat', { is: 'mapping', entries: new Map(entries), open: 'what else `repeat` holds' }]])
  const each = field(node, 'for_each')
  if (each !== undefined) return forEach(w, each, body, withRepeat, next)
  const counting = withRepeat([
    ['index', { is: 'expression', expression: local(index) }],
    ['first', { is: 'expression', expression: same(local(index), value(1)) }],
  ])
  const loop = stepId(w, node.at)
  const again = step(w, node.at, [loop], { do: 'let', local: index, value: apply('+', local(index), value(1)) })
  const start = (entry: readonly string[]): readonly string[] => step(w, node.at, entry, { do: 'let', local: index, value: value(1) })
  const count = field(node, 'count')
  const times = count === undefined ? Number.NaN : Number(textOf(count))
  if (
    Number.isInteger(times) &&
    times >= 0 &&
    times <= UNROLLED &&
    w.made.steps < MANY &&
    textsIn(body).some((text) => /\brepeat\b/.test(text))
  )
    return passes(
      Array.from({ length: times }, () => []),
      body,
      withRepeat,
      next,
    )
  if (count !== undefined) {
    const total = `repeat.count ${loop}`
    const inner = sequence(counting, body, again)
    w.steps.push({
      id: loop,
      at: node.at,
      next,
      do: 'branch',
      every: false,
      cases: [{ when: compare('<=', local(index), local(total)), next: inner }],
    })
    return step(w, count.at, start([loop]), { do: 'let', local: total, value: numberGiven(w, count) })
  }
  const whileNode = field(node, 'while')
  if (whileNode !== undefined) {
    const inner = sequence(counting, body, again)
    w.steps.push({
      id: loop,
      at: node.at,
      next,
      do: 'branch',
      every: false,
      cases: [{ when: allConditions(counting, whileNode), next: inner }],
    })
    return start([loop])
  }
  // `until` is looked at after each pass.
  const entry = sequence(counting, body, [loop])
  const more = step(w, node.at, entry, { do: 'let', local: index, value: apply('+', local(index), value(1)) })
  w.steps.push({
    id: loop,
    at: node.at,
    next,
    do: 'branch',
    every: false,
    cases: [{ when: not(allConditions(counting, field(node, 'until'))), next: more }],
  })
  return start(entry)
}

function forEach(
  w: Writing,
  each: YamlNode,
  body: YamlNode | undefined,
  withRepeat: (entries: Iterable<readonly [string, TemplateValue]>) => Writing,
  next: readonly string[],
): readonly string[] {
  const items = itemsOf(w, each)
  if (items === undefined || items.length > UNROLLED || w.made.steps > MANY) {
    const why = items === undefined ? 'a list that a template says' : `a list of ${items.length} values`
    const scope = withRepeat([['item', { is: 'unknown', why }]])
    const loop = stepId(w, each.at)
    const entry = sequence(scope, body, [loop])
    w.steps.push({
      id: loop,
      at: each.at,
      next,
      do: 'branch',
      every: false,
      cases: [{ when: anyOf(w, { is: 'bool' }, `the passes over ${why}`, each.at), next: entry }],
    })
    return [loop]
  }
  return passes(
    items.map((item) => [['item', item]]),
    body,
    withRepeat,
    next,
  )
}

/** Passes that are written out one by one, each with what it sees besides its number. */
function passes(
  each: readonly (readonly (readonly [string, TemplateValue])[])[],
  body: YamlNode | undefined,
  withRepeat: (entries: Iterable<readonly [string, TemplateValue]>) => Writing,
  next: readonly string[],
): readonly string[] {
  const constant = (given: number | boolean): TemplateValue => ({ is: 'expression', expression: value(given) })
  return each.reduceRight<readonly string[]>((after, entries, index) => {
    const scope = withRepeat([
      ...entries,
      ['index', constant(index + 1)],
      ['first', constant(index === 0)],
      ['last', constant(index === each.length - 1)],
    ])
    return sequence(scope, body, after)
  }, next)
}

function itemsOf(w: Writing, each: YamlNode): readonly TemplateValue[] | undefined {
  if (!textsIn(each).some(isTemplate)) return each.is === 'list' ? each.items.map(constantValue) : undefined
  if (each.is !== 'scalar') return undefined
  const before = w.home.unmodelled.length
  const result = template(w, String(each.value), each.at, 'list')
  w.home.unmodelled.length = before
  return result.ok && result.structure.is === 'list' ? result.structure.items : undefined
}

function fire(w: Writing, item: YamlNode, next: readonly string[]): readonly string[] {
  const type = textOf(field(item, 'event')) ?? ''
  if (isTemplate(type)) return unmodelledStep(w, 'an event that a template names', item.at, [], next)
  const emit = step(w, item.at, next, { do: 'emit', event: firedBy(type, item).id })
  const set = firedFields(w.home, type, item).map(({ attribute, node, value: constant }) => ({
    attribute,
    value: constant === undefined ? templated(w, textOf(node) ?? '', node.at, 'any') : value(constant),
  }))
  return setAll(w, set, item.at, emit)
}

function deviceAction(w: Writing, item: YamlNode, next: readonly string[]): readonly string[] {
  const named = deviceNamed(w, item)
  const { domain, type, entity, device } = named
  const services: Readonly<Record<string, string>> = {
    open: 'open_cover',
    close: 'close_cover',
    set_position: 'set_cover_position',
    select_option: 'select_option',
    set_value: 'set_value',
    press: 'press',
    lock: 'lock',
    unlock: 'unlock',
    set_hvac_mode: 'set_hvac_mode',
    clean: 'start',
    dock: 'return_to_base',
  }
  if (domain === 'mobile_app') {
    w.home.opaque.add(`${domain}.${type}`)
    return next
  }
  if (entity === undefined) {
    const why = `an action of the device \`${device.slice(0, 8)}\`: no registry says which entity of \`${domain}\` it is`
    return unmodelledStep(w, why, item.at, [`*${domain}`], next)
  }
  const service = services[type] ?? (statesOf(named) === undefined ? type : type)
  const call: YamlNode = {
    is: 'map',
    at: item.at,
    entries: [
      {
        key: 'action',
        at: item.at,
        node: { is: 'scalar', value: `${domain}.${service}`, text: `${domain}.${service}`, plain: true, at: item.at },
      },
      { key: 'entity_id', at: item.at, node: { is: 'scalar', value: entity, text: entity, plain: true, at: item.at } },
      { key: 'data', at: item.at, node: item },
    ],
  }
  return callService(w, call, next)
}
