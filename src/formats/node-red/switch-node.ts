/** `switch`: one output per rule, in JavaScript's loose comparisons. */
import type { AutomationExpression } from '../../model/automation.ts'
import { branch, type Draft, open, output, readContext, readMessage, valueOf } from './draft.ts'
import { and, FALSE, is, not, or, same, typesOf, value } from './expressions.ts'
import { textOf } from './flow-nodes.ts'
import { looselyEqual, type Open, ordered } from './javascript-values.ts'
import { typedValue } from './typed-value.ts'

type Rule = Readonly<Record<string, unknown>>

export function readSwitch(draft: Draft): void {
  const { raw } = draft.node.node
  const listed: unknown = raw['rules']
  const rules = (Array.isArray(listed) ? (listed as readonly unknown[]) : []).map((rule): Rule =>
    typeof rule === 'object' && rule !== null ? (rule as Rule) : {},
  )
  const subject = subjectOf(draft, textOf(raw['propertyType']) || 'msg', textOf(raw['property']) || 'payload')
  const stop = textOf(raw['checkall']) === 'false'
  let earlier: AutomationExpression[] = []
  const cases = rules.map((rule, index) => {
    let when: AutomationExpression
    if (rule['t'] === 'else') {
      // Holds where none of the rules since the last `else` has.
      when = stop ? value(true) : not(or(...earlier))
      earlier = [when]
    } else {
      when = holds(draft, subject, rule)
      earlier.push(when)
    }
    return { when, next: () => output(draft, index) }
  })
  branch(draft, !stop, cases, () => [])
}

function subjectOf(draft: Draft, type: string, property: string): AutomationExpression {
  if (type === 'msg') return readMessage(draft, property)
  if (type === 'flow' || type === 'global') return readContext(draft, type, property)
  return valueOf(draft, typedValue(draft, type, property))
}

function operand(draft: Draft, subject: AutomationExpression, rule: Rule, name: 'v' | 'v2'): AutomationExpression {
  const written = rule[name]
  const type = textOf(rule[`${name}t`]) || (textOf(written) !== '' && !Number.isNaN(Number(written)) ? 'num' : 'str')
  if (type === 'prev') return open(draft, { is: 'any' }, 'compares with the value of the message before')
  return type === 'msg' && textOf(written) === '' ? subject : valueOf(draft, typedValue(draft, type, written))
}

const COMPARISONS = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const

/** Whether a rule other than `else` holds. */
export function holds(draft: Draft, subject: AutomationExpression, rule: Rule): AutomationExpression {
  const type = textOf(rule['t'])
  const opened: Open = (open_, why) => open(draft, open_, why)
  switch (type) {
    case 'eq':
      return looselyEqual(subject, operand(draft, subject, rule, 'v'))
    case 'neq':
      return not(looselyEqual(subject, operand(draft, subject, rule, 'v')))
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return ordered(COMPARISONS[type], subject, operand(draft, subject, rule, 'v'), opened)
    case 'btwn': {
      const [low, high] = [operand(draft, subject, rule, 'v'), operand(draft, subject, rule, 'v2')]
      const within = (from: AutomationExpression, to: AutomationExpression): AutomationExpression =>
        and(ordered('>=', subject, from, opened), ordered('<=', subject, to, opened))
      const known = low.is === 'value' && high.is === 'value' && typeof low.value === 'number' && typeof high.value === 'number'
      if (known) return low.value <= high.value ? within(low, high) : within(high, low)
      return or(within(low, high), within(high, low))
    }
    case 'true':
      return same(subject, value(true))
    case 'false':
      return same(subject, value(false))
    case 'null':
      return same(subject, value(null))
    case 'nnull':
      return not(same(subject, value(null)))
    case 'empty':
      return same(subject, value(''))
    case 'nempty':
      return and(is(subject, 'text'), not(same(subject, value(''))))
    case 'istype':
      return hasType(draft, subject, textOf(rule['v']))
    case 'cont':
      return contains(draft, subject, operand(draft, subject, rule, 'v'))
    case 'jsonata_exp': {
      const result = valueOf(draft, typedValue(draft, 'jsonata', rule['v']))
      return same(result, value(true))
    }
    case 'regex':
      return open(draft, { is: 'bool' }, `matches the regular expression \`${textOf(rule['v'])}\``)
    default:
      return open(draft, { is: 'bool' }, `the rule \`${type}\``)
  }
}

function hasType(draft: Draft, subject: AutomationExpression, name: string): AutomationExpression {
  switch (name) {
    case 'string':
      return is(subject, 'text')
    case 'number':
      return is(subject, 'number')
    case 'boolean':
      return is(subject, 'bool')
    case 'undefined':
    case 'null':
      return is(subject, 'null')
    default:
      return open(draft, { is: 'bool' }, `asks whether a value is of type \`${name}\``)
  }
}

function contains(draft: Draft, subject: AutomationExpression, part: AutomationExpression): AutomationExpression {
  if (part.is === 'value' && part.value === '') return value(true)
  if (subject.is === 'value' && part.is === 'value') return value(String(subject.value).includes(String(part.value)))
  if (part.is === 'value' && typesOf(subject).size === 0) return FALSE
  return open(draft, { is: 'bool' }, 'asks whether a text contains another')
}
