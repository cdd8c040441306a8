/** Lists of actions as steps. From documentation: docs/scripts. */
import type { AutomationExpression } from '../../model/automation.ts'
import { local, same, value } from '../node-red/expressions.ts'
import { callService } from './calls.ts'
import { allConditions, condition } from './conditions.ts'
import { deviceAction } from './device-action.ts'
import { duration } from './durations.ts'
import { setAll } from './effects.ts'
import { firedBy, firedFields } from './events.ts'
import type { TemplateValue } from './jinja/template-value.ts'
import { parallel } from './parallel.ts'
import { repeat } from './repeat.ts'
import { activateScene } from './scenes.ts'
import { templated } from './templates.ts'
import { entriesOf, field, flat, isTemplate, switchedOff, textOf, type YamlNode } from './tree.ts'
import { fields, readTriggers } from './triggers.ts'
import { variable } from './variables.ts'
import { ofWait, remainingOf, waitForTrigger, waitTemplate } from './waits.ts'
import { step, unmodelledStep, withScope, type Writing } from './writing.ts'

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

/** What a service answers comes from outside: of each key that texts ask for some value, new with each call. */
function answerOf(w: Writing, name: string, item: YamlNode): TemplateValue {
  const given = fields(w, `answer:${w.automation}/${item.at.range?.start.line ?? 0}`, [name]).get(name)
  return given?.is === 'mapping' ? { ...given, open: 'what else a service answers' } : { is: 'unknown', why: 'the answer of a service' }
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
