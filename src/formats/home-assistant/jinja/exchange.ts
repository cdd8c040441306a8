/** Between the values that surround a template and those inside it. */
import type { AutomationExpression } from '../../../model/automation.ts'
import { open, type Run, step } from './run.ts'
import type { TemplateValue } from './template-value.ts'
import type { Types } from '../../node-red/expressions.ts'
import { constantOf, excludesItself, type Jinja, list, type Scalar, typed, unknown } from './values.ts'
import { nativeExpression, textExpression } from './outcome.ts'

export function fromOutside(of: TemplateValue): Jinja {
  switch (of.is) {
    case 'expression':
      return narrowed(
        typed(of.expression, of.type ?? (of.expression.is === 'any' ? of.expression.type : { is: 'any' }), of.text === true),
        of.sorts,
      )
    case 'list':
      return list(of.items.map(fromOutside))
    case 'mapping':
      return { is: 'mapping', entries: lazily(of.entries), ...(of.open === undefined ? {} : { open: of.open }) }
    case 'state':
      return { is: 'state', entity: of.entity, ...(of.holds === undefined ? {} : { holds: lazily(of.holds) }) }
    case 'undefined':
      return { is: 'undefined', name: 'a variable' }
    case 'unknown':
      return unknown(of.why)
    case 'choice':
      return {
        is: 'choice',
        cases: of.cases.map(({ when, value: one }) => ({ when, value: fromOutside(one) })),
        otherwise: fromOutside(of.otherwise),
        ...(excludesItself(of.cases.map(({ when }) => when)) ? { exclusive: true } : {}),
      }
  }
}

function narrowed(of: Scalar, sorts: Types | undefined): Scalar {
  const types = sorts === undefined ? [] : [...of.types].filter((type) => sorts.has(type))
  return types.length === 0 || types.length === of.types.size
    ? of
    : { ...of, types: new Set(types), text: of.text || types.every((type) => type === 'text') }
}

/** Entries are looked up when they are asked for: a given mapping may answer to any key. */
function lazily(entries: ReadonlyMap<string, TemplateValue>): ReadonlyMap<string, Jinja> {
  const found = new Map([...entries].map(([key, part]) => [key, fromOutside(part)] as const))
  const get = found.get.bind(found)
  found.get = (key) => {
    const known = get(key)
    if (known !== undefined || typeof key !== 'string') return known
    const part = entries.get(key)
    return part === undefined ? undefined : fromOutside(part)
  }
  return found
}

export function toOutside(run: Run, of: Jinja): TemplateValue {
  step(run)
  switch (of.is) {
    case 'scalar':
      return { is: 'expression', expression: of.of, ...(of.text && typeof constantOf(of) !== 'string' ? { text: true } : {}) }
    case 'list':
      if (of.items.some(({ when }) => when.is !== 'value')) return { is: 'unknown', why: openPart(run, 'a list whose length is open') }
      return { is: 'list', items: of.items.map(({ value: item }) => toOutside(run, item)) }
    case 'mapping':
      return {
        is: 'mapping',
        entries: new Map([...of.entries].map(([key, part]) => [String(key), toOutside(run, part)])),
        ...(of.open === undefined ? {} : { open: of.open }),
      }
    case 'state':
      return { is: 'state', entity: of.entity }
    case 'undefined':
      return { is: 'undefined' }
    case 'unknown':
      return { is: 'unknown', why: openPart(run, of.why) }
    case 'choice':
      return {
        is: 'choice',
        cases: of.cases.map(({ when, value: one }) => ({ when, value: toOutside(run, one) })),
        otherwise: toOutside(run, of.otherwise),
      }
    case 'changed':
    case 'joined':
    case 'clock':
      return { is: 'expression', expression: textExpression(run, of) }
    case 'attributes':
    case 'domain':
    case 'space':
    case 'parts':
    case 'moment':
    case 'span':
    case 'function':
    case 'method':
    case 'macro':
      return { is: 'expression', expression: asExpression(run, of) }
  }
}

const asExpression = (run: Run, of: Jinja): AutomationExpression => nativeExpression(run, of)

function openPart(run: Run, why: string): string {
  open(run, { is: 'any' }, why)
  return why
}
