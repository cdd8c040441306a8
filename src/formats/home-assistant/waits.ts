/** Waiting for a template or a trigger, and what later actions see of how it ended. From documentation: docs/scripts, section "Wait". */
import type { AutomationExpression, Trigger } from '../../model/automation.ts'
import { apply, local, same, value } from '../node-red/expressions.ts'
import { duration } from './durations.ts'
import { outsideAttribute } from './home.ts'
import type { TemplateValue } from './jinja/template-value.ts'
import { templated } from './templates.ts'
import { field, isNothing, isTemplate, textOf, type YamlNode } from './tree.ts'
import { readTriggers } from './triggers.ts'
import { step, stepId, type Writing } from './writing.ts'

/** Seconds that a wait with a time-out had left when it ended; None without one. */
export function remainingOf(w: Writing, item: YamlNode): TemplateValue {
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

/** What a trigger gives, told of the event that ended a wait. */
export function ofWait(given: TemplateValue): TemplateValue {
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

export function waitTemplate(w: Writing, item: YamlNode, next: readonly string[]): readonly string[] {
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

export function waitForTrigger(w: Writing, item: YamlNode, next: readonly string[]): readonly string[] {
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
