/** Repeated actions: written out where the passes are few and known, else as a loop. From documentation: docs/scripts, section "Repeat a group of actions". */
import { type AutomationExpression, CHANCE, type ValueType } from '../../model/automation.ts'
import { apply, compare, local, not, same, value } from '../node-red/expressions.ts'
import { allConditions } from './conditions.ts'
import { numberGiven } from './effects.ts'
import { leavesOf } from './jinja/outside.ts'
import type { TemplateValue } from './jinja/template-value.ts'
import { comesFromOutside, template } from './templates.ts'
import { field, isTemplate, textOf, textsIn, type YamlNode } from './tree.ts'
import { constantValue } from './variables.ts'
import { anyOf, step, stepId, withScope, type Writing } from './writing.ts'

/** Passes of `for_each` and `count` that are written out one by one. */
const UNROLLED = 40
const MANY = 2500

export function repeat(w: Writing, node: YamlNode, next: readonly string[]): readonly string[] {
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
  const whilst = (when: AutomationExpression, then: readonly string[]): void => {
    w.steps.push({ id: loop, at: node.at, next, do: 'branch', every: false, cases: [{ when, next: then }] })
  }
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
    whilst(compare('<=', local(index), local(total)), w.sequence(counting, body, again))
    return step(w, count.at, start([loop]), { do: 'let', local: total, value: numberGiven(w, count) })
  }
  const whileNode = field(node, 'while')
  if (whileNode !== undefined) {
    const inner = w.sequence(counting, body, again)
    whilst(allConditions(counting, whileNode), inner)
    return start([loop])
  }
  // `until` is looked at after each pass.
  const entry = w.sequence(counting, body, [loop])
  const more = step(w, node.at, entry, { do: 'let', local: index, value: apply('+', local(index), value(1)) })
  whilst(not(allConditions(counting, field(node, 'until'))), more)
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
    const outside = items === undefined && isListOutside(w, each)
    const why = items === undefined ? 'a list that a template says' : `a list of ${items.length} values`
    const item = `repeat.item ${stepId(w, each.at)}`
    const scope = withRepeat([['item', outside ? { is: 'expression', expression: local(item) } : { is: 'unknown', why }]])
    const more = outside ? byChance({ is: 'bool' }) : anyOf(w, { is: 'bool' }, `the passes over ${why}`, each.at)
    const loop = stepId(w, each.at)
    const inner = w.sequence(scope, body, [loop])
    const entry = outside ? step(w, each.at, inner, { do: 'let', local: item, value: byChance({ is: 'any' }) }) : inner
    w.steps.push({ id: loop, at: each.at, next, do: 'branch', every: false, cases: [{ when: more, next: entry }] })
    return [loop]
  }
  return passes(
    items.map((item) => [['item', item]]),
    body,
    withRepeat,
    next,
  )
}

/** Whether what comes from outside alone decides the list: then there can be any number of passes, with any items. */
function isListOutside(w: Writing, each: YamlNode): boolean {
  if (each.is !== 'scalar') return false
  const silent: Writing = { ...w, home: { ...w.home, unmodelled: [] } }
  const result = template(silent, String(each.value), each.at, 'any')
  if (!result.ok || !result.exact) return false
  if (!leavesOf([result.structure, result.value]).every((leaf) => comesFromOutside(w, leaf))) return false
  w.home.assumptions.add('the passes over a list from outside are any number, with any items')
  return true
}

const byChance = (type: ValueType): AutomationExpression => ({ is: 'any', type, part: CHANCE })

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
    return scope.sequence(scope, body, after)
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
