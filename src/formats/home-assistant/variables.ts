/** Variables of scripts and blueprints: what templates see of them, and the step that gives a local its value. */
import type { AutomationExpression } from '../../model/automation.ts'
import { local, value } from '../node-red/expressions.ts'
import type { TemplateValue } from './jinja/template-value.ts'
import { define, outcomes, sortsOf } from './outcomes.ts'
import { template } from './templates.ts'
import { isTemplate, textsIn, type YamlNode } from './tree.ts'
import type { Writing } from './writing.ts'

export interface Variable {
  readonly sees: TemplateValue
  /** What the local takes; nothing where the variable needs none. */
  readonly step: AutomationExpression | undefined
}

/** A variable of a constant or template; `name` is the local that holds it. */
export function variable(w: Writing, name: string, node: YamlNode): Variable {
  if (!textsIn(node).some(isTemplate)) return { sees: constantValue(node), step: undefined }
  if (node.is !== 'scalar') return { sees: structure(w, node), step: undefined }
  const text = String(node.value)
  const before = w.home.unmodelled.length
  const result = template(w, text, node.at, 'any')
  if (!result.ok) {
    const why = `a template that cannot be read: ${result.why}`
    return { sees: { is: 'unknown', why }, step: undefined }
  }
  if (['list', 'mapping', 'undefined', 'choice'].includes(result.structure.is)) {
    // What of the text alone is not modelled does not count.
    w.home.unmodelled.length = before
    return { sees: result.structure, step: undefined }
  }
  if (!result.exact) {
    // A variable that is not modelled counts where it is used.
    w.home.unmodelled.length = before
    return { sees: { is: 'unknown', why: result.reasons.join('; ') || 'a variable that is not modelled' }, step: undefined }
  }
  if (result.value.is === 'value') return { sees: { is: 'expression', expression: result.value }, step: undefined }
  define(w.home, w.automation, name, result.value)
  return { sees: seenLocal(w, name, result.value), step: result.value }
}

/** More texts than these are not told apart from each other. */
const FEW = 24

/** The local of an expression, with what is known of its values. */
function seenLocal(w: Writing, name: string, given: AutomationExpression): TemplateValue {
  const sorts = sortsOf(w, given)
  const texts = sorts.size === 1 && sorts.has('text') ? outcomes(w, given) : undefined
  if (texts !== undefined && texts.length > 0 && texts.length <= FEW)
    return { is: 'expression', expression: local(name), type: { is: 'enum', values: texts, other: false } }
  return { is: 'expression', expression: local(name), sorts }
}

/** A constant tree as templates see it. */
export function constantValue(node: YamlNode): TemplateValue {
  switch (node.is) {
    case 'scalar':
      return { is: 'expression', expression: value(node.value) }
    case 'list':
      return { is: 'list', items: node.items.map(constantValue) }
    case 'map':
      return { is: 'mapping', entries: new Map(node.entries.map((entry) => [entry.key, constantValue(entry.node)])) }
    case 'tagged':
      return { is: 'unknown', why: 'a value with a tag' }
  }
}

/** A tree with templates in it, each as it is at this moment. */
function structure(w: Writing, node: YamlNode): TemplateValue {
  if (node.is === 'list') return { is: 'list', items: node.items.map((item) => structure(w, item)) }
  if (node.is === 'map') return { is: 'mapping', entries: new Map(node.entries.map((entry) => [entry.key, structure(w, entry.node)])) }
  if (node.is !== 'scalar' || !isTemplate(String(node.value))) return constantValue(node)
  const before = w.home.unmodelled.length
  const result = template(w, String(node.value), node.at, 'any')
  if (!result.ok || !result.exact) {
    w.home.unmodelled.length = before
    return { is: 'unknown', why: result.ok ? result.reasons.join('; ') : result.why }
  }
  return result.structure.is === 'unknown' ? { is: 'expression', expression: result.value } : result.structure
}
