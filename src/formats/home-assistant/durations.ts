/** Durations and times of day in all spellings. From documentation: docs/scripts, section "Wait for time to pass"; docs/automation/trigger, section "Time trigger". */
import type { AutomationExpression } from '../../model/automation.ts'
import { apply, choose, same, value } from '../node-red/expressions.ts'
import { sortsOf } from './outcomes.ts'
import { templated } from './templates.ts'
import { entriesOf, isTemplate, textOf, type YamlNode } from './tree.ts'
import { anyOf, type Writing } from './writing.ts'

const UNITS: Readonly<Record<string, number>> = {
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1000,
  milliseconds: 1,
}

/** Milliseconds: of `HH:MM:SS`, `HH:MM`, a number of seconds, a mapping of units, a template of any of them. */
export function duration(w: Writing, node: YamlNode): AutomationExpression {
  if (node.is === 'map') {
    const parts = entriesOf(node).map(({ key, node: amount }) => times(numberAt(w, amount), UNITS[key] ?? 0))
    return parts.reduce(plus, value(0))
  }
  const text = textOf(node)
  if (text === undefined) return anyOf(w, { is: 'number', low: 0, integer: false }, 'a duration that cannot be read', node.at)
  const constant = milliseconds(text)
  if (constant !== undefined) return value(constant)
  if (!isTemplate(text)) return anyOf(w, { is: 'number', low: 0, integer: false }, `the duration \`${text}\``, node.at)
  const clock = clockParts(text)
  if (clock !== undefined)
    return clock
      .map((one, index) =>
        times(isTemplate(one) ? templated(w, one, node.at, 'number') : value(Number(one)), [3_600_000, 60_000, 1000][index]!),
      )
      .reduce(plus, value(0))
  const parsed = templated(w, text, node.at, 'any')
  if (parsed.is === 'value') {
    const fixed = typeof parsed.value === 'number' ? parsed.value * 1000 : milliseconds(String(parsed.value))
    if (fixed !== undefined) return value(fixed)
  }
  if (!sortsOf(w, parsed).has('text')) return times(apply('number', parsed), 1000)
  const clocked = apply('clock', parsed)
  return choose(same(clocked, value(null)), times(apply('number', parsed), 1000), times(clocked, 1000))
}

/** Milliseconds of a duration without templates. */
export function constantDuration(node: YamlNode): number | undefined {
  if (node.is !== 'map') return milliseconds(textOf(node) ?? '')
  const parts = entriesOf(node).map(({ key, node: amount }) => Number(textOf(amount) ?? Number.NaN) * (UNITS[key] ?? Number.NaN))
  const whole = parts.reduce((sum, one) => sum + one, 0)
  return Number.isFinite(whole) ? whole : undefined
}

export function milliseconds(text: string): number | undefined {
  const plain = text.trim()
  if (/^[+-]?\d+(\.\d+)?$/.test(plain)) return Number(plain) * 1000
  const clock = /^([+-]?)(\d+):(\d{1,2})(?::(\d{1,2}(?:\.\d+)?))?$/.exec(plain)
  if (clock === null) return undefined
  const amount = Number(clock[2]) * 3_600_000 + Number(clock[3]) * 60_000 + Math.round(Number(clock[4] ?? 0) * 1000)
  return clock[1] === '-' ? -amount : amount
}

/** Three parts between colons, each a number or a template. */
function clockParts(text: string): readonly string[] | undefined {
  const parts: string[] = ['']
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const two = text.slice(at, at + 2)
    if (two === '{{' || two === '{%') depth += 1
    if (two === '}}' || two === '%}') depth -= 1
    if (text[at] === ':' && depth === 0) parts.push('')
    else parts[parts.length - 1]! += text[at]!
  }
  const trimmed = parts.map((one) => one.trim())
  const fits = trimmed.every((one) => /^\d+$/.test(one) || /^\{\{[^{}]*\}\}$/.test(one))
  return trimmed.length === 3 && fits ? trimmed : undefined
}

/** Seconds since midnight of `07:30`, `07:30:15`; nothing where it is no time. */
export function secondsOfDay(text: string): number | undefined {
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?/.exec(text.trim())
  if (clock === null) return undefined
  const seconds = Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3] ?? 0)
  return seconds < 86_400 ? seconds : undefined
}

function numberAt(w: Writing, node: YamlNode): AutomationExpression {
  const text = textOf(node)
  if (text !== undefined && isTemplate(text)) return templated(w, text, node.at, 'number')
  const number = Number(text)
  return value(Number.isFinite(number) ? number : 0)
}

function times(amount: AutomationExpression, factor: number): AutomationExpression {
  if (amount.is === 'value') return value(typeof amount.value === 'number' ? amount.value * factor : null)
  return factor === 1 ? amount : apply('*', amount, value(factor))
}

function plus(a: AutomationExpression, b: AutomationExpression): AutomationExpression {
  if (a.is === 'value' && b.is === 'value' && typeof a.value === 'number' && typeof b.value === 'number') return value(a.value + b.value)
  if (a.is === 'value' && a.value === 0) return b
  return b.is === 'value' && b.value === 0 ? a : apply('+', a, b)
}
