/** Numbers of entities between bounds. From documentation: docs/automation/trigger and docs/scripts/conditions, sections "Numeric state". */
import type { AutomationExpression } from '../../model/automation.ts'
import { and, compare, is, number, value } from '../node-red/expressions.ts'
import { namedEntities } from './entities.ts'
import { numberOf } from './states.ts'
import { templated } from './templates.ts'
import { field, isTemplate, textOf, type YamlNode } from './tree.ts'
import { type Writing, withScope } from './writing.ts'

/** A bound: a number, or an entity whose state is one. */
function bound(w: Writing, node: YamlNode): AutomationExpression {
  const text = textOf(node) ?? ''
  if (isTemplate(text)) return templated(w, text, node.at, 'number')
  // A decimal looks like the name of an entity.
  if (text.trim() !== '' && Number.isFinite(Number(text))) return value(Number(text))
  const [entity] = namedEntities(w.home, node).known
  return entity === undefined ? value(null) : numberOf(w.home, entity, undefined, node.at)
}

/** Whether a number stands between `above` and `below` of a document, both left out. */
export function within(w: Writing, node: YamlNode, subject: AutomationExpression): AutomationExpression {
  const [above, below] = [field(node, 'above'), field(node, 'below')]
  return and(
    ...(above === undefined ? [] : [compare('>', subject, bound(w, above))]),
    ...(below === undefined ? [] : [compare('<', subject, bound(w, below))]),
    ...(above === undefined && below === undefined ? [is(subject, 'number')] : []),
  )
}

/** The number that a `numeric_state` looks at. */
export function numericSubject(w: Writing, node: YamlNode, entity: string): AutomationExpression {
  const written = field(node, 'value_template')
  const text = textOf(written)
  if (written === undefined || text === undefined) return numberOf(w.home, entity, textOf(field(node, 'attribute')), node.at)
  return number(templated(withScope(w, [['state', { is: 'state', entity }]]), text, written.at, 'number'))
}
