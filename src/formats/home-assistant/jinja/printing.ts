/** Values of Jinja as texts that are computed while the automation runs. */
import type { AutomationExpression, Value } from '../../../model/automation.ts'
import { apply, choose, number, or, same, value } from '../../node-red/expressions.ts'
import { times } from './numbers.ts'
import type { Run } from './run.ts'
import { constantOf, has, isA, type Jinja, type Scalar, stepped, waysOf } from './values.ts'

/** A constant as Python prints it. */
export function printed(of: Value, float = false): string {
  if (of === null) return 'None'
  if (typeof of === 'boolean') return of ? 'True' : 'False'
  if (typeof of === 'string') return of
  if (Number.isInteger(of) && Math.abs(of) < 1e16) return float ? `${of}.0` : String(of)
  return String(of).replace(/e([+-])(\d)$/, 'e$10$2')
}

export const textScalar = (of: AutomationExpression): Scalar => ({
  is: 'scalar',
  of,
  types: new Set(['text']),
  text: true,
  float: false,
  ...(of.is === 'value' ? { values: [of.value] } : {}),
})

/** The text that a value prints as, as an expression; nothing where that is not known. */
export function textExpr(run: Run, of: Jinja): AutomationExpression | undefined {
  switch (of.is) {
    case 'scalar': {
      const known = constantOf(of)
      if (known !== undefined) return value(typeof known === 'string' ? known : printed(known, of.float))
      if (of.types.size === 1 && has(of, 'text')) return of.of
      if (of.text && has(of, 'number')) run.assumptions.add('a number that a state spells is spelled in its shortest way')
      return of.float && !of.text && has(of, 'number') ? apply('text', of.of, value('float')) : apply('text', of.of)
    }
    case 'changed': {
      const start = textExpr(run, of.of)
      return start === undefined ? undefined : stepped(start, of.steps)
    }
    case 'joined': {
      const parts = of.parts.map((part) => textExpr(run, part))
      return parts.includes(undefined) ? undefined : concat(parts as AutomationExpression[])
    }
    case 'clock':
      return of.format === 'minutes'
        ? apply('date', times('*', of.seconds, value(60)), value(0), value('%H:%M'))
        : apply('date', of.seconds, value(0), value('%H:%M:%S'))
    case 'choice': {
      const ways = waysOf(of).map(({ when, value: one }) => ({ when, of: textExpr(run, one) }))
      if (ways.some((way) => way.of === undefined)) return undefined
      return ways.slice(0, -1).reduceRight((rest, way) => choose(way.when, way.of!, rest), ways.at(-1)!.of!)
    }
    case 'undefined':
      return value('')
    case 'list':
    case 'mapping':
    case 'state':
    case 'attributes':
    case 'domain':
    case 'space':
    case 'parts':
    case 'moment':
    case 'span':
    case 'function':
    case 'method':
    case 'macro':
    case 'unknown':
      return undefined
  }
}

export function concat(parts: readonly AutomationExpression[]): AutomationExpression {
  const flat: AutomationExpression[] = []
  for (const part of parts) {
    const last = flat.at(-1)
    if (part.is === 'value' && part.value === '') continue
    if (part.is === 'value' && last?.is === 'value') flat[flat.length - 1] = value(printed(last.value) + printed(part.value))
    else if (part.is === 'apply' && part.operator === 'concat') flat.push(...part.arguments)
    else flat.push(part)
  }
  return flat.length === 0 ? value('') : flat.length === 1 && flat[0]!.is === 'value' ? flat[0]! : apply('concat', ...flat)
}

const NUMERAL = '^[+-]?(?!0\\d)\\d*(?:\\.\\d*)?$'

/** What Home Assistant reads out of a computed text: truth values, None and numbers, else the text. */
export function nativeOfText(of: AutomationExpression): AutomationExpression {
  const trimmed = apply('trim', of)
  if (
    of.is === 'apply' &&
    of.operator === 'concat' &&
    of.arguments.some((part) => part.is === 'value' && /[^-+\d.\sTrueFalsNo]/.test(printed(part.value)))
  )
    return trimmed
  const word = (text: string, native: Value, rest: AutomationExpression): AutomationExpression =>
    choose(same(trimmed, value(text)), value(native), rest)
  const numeral = apply('matches', trimmed, value(NUMERAL))
  const read = choose(apply('and', numeral, apply('is', number(trimmed), value('number'))), number(trimmed), trimmed)
  return word('True', true, word('False', false, word('None', null, read)))
}

/** A text that is one: of a value that may be something else, whether it is one. */
export const isTextual = (of: Scalar): AutomationExpression => (of.text ? value(true) : isA(of, 'text'))

/** Whether the text of an expression is one of the words, in any letters. */
export const isWord = (of: AutomationExpression, words: readonly string[]): AutomationExpression => {
  const low = apply('lower', of)
  return or(...words.map((word) => same(low, value(word))))
}
