/** From what a template prints to what Home Assistant makes of it: a truth, a number, a text or a native value. */
import type { AutomationExpression, Value, ValueType } from '../../../model/automation.ts'
import { and, apply, choose, decimalOf, FALSE, not, number, or, same, TRUE, value } from '../../node-red/expressions.ts'
import { joined } from './arithmetic.ts'
import { changedWays, equal } from './compare.ts'
import { isWord, nativeOfText, printed, textExpr, textScalar } from './printing.ts'
import { asText } from './conversions.ts'
import { clockText, stampOf } from './moments.ts'
import { open, type Run } from './run.ts'
import {
  chooseTruth,
  constant,
  constantOf,
  EMPTY,
  gathered,
  has,
  isA,
  type Item,
  type Jinja,
  list,
  only,
  split,
  textOf,
  unknown,
  waysOf,
} from './values.ts'

const MAXIMAL_WAYS = 128

/** The texts that can be printed, blanks at both ends cut off, each with its condition. Parts that are printed alone stay values. */
export function printedWays(run: Run, of: Jinja): readonly Item[] {
  const ways = spread(of)
  return ways === undefined
    ? [{ when: TRUE, value: wholeText(run, of) }]
    : ways
        .map((way) => ({ ...way, value: stripped(way.value) }))
        .flatMap((way) =>
          way.value.is === 'scalar' && way.value.values?.some(changes) === true
            ? split(way.value).map((one) => ({ when: and(way.when, one.when), value: stripped(one.value) }))
            : [way],
        )
}

function wholeText(run: Run, of: Jinja): Jinja {
  const text = textExpr(run, of)
  return text === undefined ? unknown('joins too many possible texts', { is: 'text' }) : { is: 'joined', parts: [textScalar(text), EMPTY] }
}

/** Whether what is printed reads otherwise than it is: blanks around it, or a number or truth spelled as text. */
const changes = (of: Value): boolean => typeof of === 'string' && (of.trim() !== of || nativeOf(of) !== of)

/** Choices inside of joined texts become choices of joined texts. */
export function spread(of: Jinja): readonly Item[] | undefined {
  const found: Item[] = []
  for (const { when, value: one } of waysOf(of)) {
    if (one.is !== 'joined') {
      found.push({ when, value: one })
      continue
    }
    let rows: readonly { readonly when: AutomationExpression; readonly parts: readonly Jinja[] }[] = [{ when, parts: [] }]
    for (const part of one.parts) {
      const ways = spread(part)?.flatMap((way) =>
        split(changedWays(way.value)).map((one) => ({ when: and(way.when, one.when), value: one.value })),
      )
      if (ways === undefined || rows.length * ways.length > MAXIMAL_WAYS) return undefined
      rows = rows
        .flatMap((row) => ways.map((way) => ({ when: and(row.when, way.when), parts: [...row.parts, way.value] })))
        .filter((row) => !(row.when.is === 'value' && row.when.value !== true))
    }
    for (const { when: condition, parts } of rows) {
      const [only] = parts.filter((part) => textOf(part)?.trim() !== '')
      const others = parts.filter((part) => textOf(part)?.trim() !== '').length
      found.push({ when: condition, value: others === 1 && only !== undefined && textOf(only) === undefined ? only : joined(parts) })
    }
    if (found.length > MAXIMAL_WAYS) return undefined
  }
  return found
}

function stripped(of: Jinja): Jinja {
  if (of.is === 'undefined') return EMPTY
  const text = textOf(of)
  if (text !== undefined) return constant(text.trim())
  if (of.is !== 'joined') return of
  const parts = [...of.parts]
  const [first, last] = [textOf(parts[0]!), textOf(parts.at(-1)!)]
  if (first !== undefined) parts[0] = constant(first.trimStart())
  if (last !== undefined) parts[parts.length - 1] = constant(last.trimEnd())
  const kept = parts.filter((part) => textOf(part) !== '')
  return kept.length === 1 ? kept[0]! : kept.length === 0 ? EMPTY : { is: 'joined', parts: kept }
}

const YES = ['1', 'true', 'yes', 'on', 'enable']
const spelled = (words: readonly string[]): readonly string[] => [
  ...new Set(words.flatMap((word) => [word, word.toUpperCase(), word.slice(0, 1).toUpperCase() + word.slice(1)])),
]

/** Where what is printed counts as true: `strict` only "true" in any spelling. */
export function truthOfPrinted(run: Run, ways: readonly Item[], strict: boolean): AutomationExpression {
  const last = ways.at(-1)
  if (last === undefined) return FALSE
  return ways
    .slice(0, -1)
    .reduceRight((rest, way) => chooseTruth(way.when, truthOfOne(run, way.value, strict), rest), truthOfOne(run, last.value, strict))
}

function truthOfOne(run: Run, of: Jinja, strict: boolean): AutomationExpression {
  const words = strict ? ['true'] : YES
  const known = constantOf(of)
  if (known !== undefined) return value(trueConstant(known, strict))
  switch (of.is) {
    case 'scalar': {
      const parts: AutomationExpression[] = []
      if (has(of, 'bool')) parts.push(only(of, 'bool') ? of.of : same(of.of, TRUE))
      if (has(of, 'number') && !strict) parts.push(and(isA(of, 'number'), not(same(of.of, value(0)))))
      if (has(of, 'text')) {
        const texts =
          of.values === undefined
            ? spelled(words)
            : of.values.filter((one): one is string => typeof one === 'string' && trueConstant(one, strict))
        parts.push(...texts.map((text) => same(of.of, value(text))))
      }
      return or(...parts)
    }
    case 'changed': {
      const flat = changedWays(of)
      return flat.is === 'changed'
        ? or(...spelled(words).map((text) => equal(run, of, constant(text))))
        : truthOfPrinted(run, waysOf(flat), strict)
    }
    case 'unknown':
      return of.type.is === 'number' && strict ? FALSE : open(run, { is: 'bool' }, of.why)
    case 'joined': {
      // A part that stands in no word of truth decides; blanks may stand around the word, as other parts may be empty.
      const hopeless = of.parts.some((part) => {
        const text = textOf(part)?.toLowerCase().trim()
        return text !== undefined && !words.some((word) => word.includes(text)) && !(decimalLike(text) && !strict)
      })
      if (hopeless) return FALSE
      const text = textExpr(run, of)
      if (text === undefined) return open(run, { is: 'bool' }, 'the truth of a joined text')
      const word = isWord(apply('trim', text), words)
      if (strict) return word
      const read = number(text)
      return or(word, and(apply('is', read, value('number')), not(same(read, value(0)))))
    }
    case 'undefined':
    case 'clock':
    case 'list':
    case 'mapping':
    case 'state':
    case 'attributes':
    case 'domain':
    case 'space':
    case 'parts':
    case 'span':
    case 'function':
    case 'method':
    case 'macro':
      return FALSE
    case 'moment':
      return value(of.stamp && !strict)
    case 'choice':
      return truthOfPrinted(run, waysOf(of), strict)
  }
}

const decimalLike = (text: string): boolean => /^[-+\d.e]*$/.test(text)

function trueConstant(known: Value, strict: boolean): boolean {
  if (typeof known === 'boolean') return known
  if (typeof known === 'number') return !strict && known !== 0
  if (known === null) return false
  const low = known.toLowerCase()
  if (strict) return low === 'true'
  if (YES.includes(low)) return true
  const native = nativeOf(known)
  return typeof native === 'number' && native !== 0
}

/** What Home Assistant reads out of a printed text: truth values, None and numbers, else the text. */
export function nativeOf(text: string): Value {
  if (text === 'True') return true
  if (text === 'False') return false
  if (text === 'None') return null
  return /^[+-]?(?!0\d)\d*(?:\.\d*)?$/.test(text) && /\d/.test(text) ? decimalOf(text) : text
}

/** One expression of all ways. */
export function together(
  run: Run,
  ways: readonly Item[],
  make: (of: Jinja) => AutomationExpression,
  type: ValueType,
): AutomationExpression {
  const last = ways.at(-1)
  if (last === undefined) return value(null)
  const parts = ways.map(({ when, value: one }) => ({ when, of: make(one) }))
  const size = parts.length
  if (size > MAXIMAL_WAYS) return open(run, type, 'a value of too many possibilities')
  return parts.slice(0, -1).reduceRight((rest, { when, of }) => choose(when, of, rest), parts.at(-1)!.of)
}

export function nativeExpression(run: Run, of: Jinja): AutomationExpression {
  const known = constantOf(of)
  if (known !== undefined) return value(typeof known === 'string' ? nativeOf(known) : known)
  if (of.is === 'scalar') return of.of
  if (of.is === 'unknown') return open(run, of.type, of.why)
  if (of.is === 'undefined') return value('')
  if (of.is === 'moment' && of.stamp) return stampOf(run, of) ?? textExpression(run, of)
  const text = of.is === 'joined' || of.is === 'changed' ? textExpr(run, of) : undefined
  return text === undefined ? textExpression(run, of) : nativeOfText(text)
}

export function numberExpression(run: Run, of: Jinja): AutomationExpression {
  const known = constantOf(of)
  if (known !== undefined) return value(typeof known === 'boolean' ? null : decimalOf(known))
  if (of.is === 'scalar') return number(of.of)
  if (of.is === 'changed' && of.steps.every(({ keepsNumbers }) => keepsNumbers)) return number(of.of.of)
  if (of.is === 'unknown') return open(run, of.type.is === 'number' ? of.type : { is: 'any' }, of.why)
  if (of.is === 'joined' || of.is === 'changed') {
    const text = textExpr(run, of)
    return text === undefined ? open(run, { is: 'any' }, 'a number that a joined text spells') : number(text)
  }
  if (of.is === 'moment' && of.stamp) return stampOf(run, of) ?? open(run, { is: 'number', integer: false }, 'the time since 1970')
  return value(null)
}

/** As text; where the model holds a number, it stands for the text that spells it. */
export function textExpression(run: Run, of: Jinja): AutomationExpression {
  const text = asText(run, of)
  const known = constantOf(text)
  if (known !== undefined) return value(typeof known === 'string' ? known : printed(known))
  switch (text.is) {
    case 'scalar':
      return text.of
    case 'choice':
      return together(run, waysOf(text), (one) => textExpression(run, one), { is: 'text' })
    case 'changed': {
      const flat = changedWays(text)
      return flat.is === 'changed'
        ? (textExpr(run, flat) ?? open(run, { is: 'text' }, 'an open text in other letters'))
        : textExpression(run, flat)
    }
    case 'unknown':
      return open(run, text.type.is === 'any' ? { is: 'text' } : text.type, text.why)
    case 'clock': {
      if (text.seconds.is === 'value')
        return value(clockText(Number(text.seconds.value) * (text.format === 'minutes' ? 60 : 1), text.format))
      return textExpr(run, text) ?? open(run, { is: 'text' }, 'the time of day as text')
    }
    case 'joined': {
      const whole = textExpr(run, text)
      return whole === undefined ? open(run, { is: 'text' }, hiddenIn(text) ?? 'joins texts that are open') : apply('trim', whole)
    }
    case 'list':
    case 'mapping':
    case 'state':
    case 'attributes':
    case 'domain':
    case 'space':
    case 'parts':
    case 'undefined':
    case 'moment':
    case 'span':
    case 'function':
    case 'method':
    case 'macro':
      return open(run, { is: 'text' }, 'joins texts that are open')
  }
}

/** Why a part of a joined text is open. */
function hiddenIn(of: Jinja): string | undefined {
  if (of.is === 'unknown') return of.why
  if (of.is === 'joined') return of.parts.map(hiddenIn).find((why) => why !== undefined)
  return of.is === 'choice' ? [...of.cases.map((one) => one.value), of.otherwise].map(hiddenIn).find((why) => why !== undefined) : undefined
}

/** Lists as they are; texts are cut at commas, as lists of entities may be written. */
export function listOf(ways: readonly Item[]): Jinja {
  return gathered(
    ways.map(({ when, value: one }): Item => {
      const text = textOf(one)
      if (text === undefined) return { when, value: one }
      const quotes = /^\s*[[(](.*)[\])]\s*$/s.exec(text)?.[1] ?? text
      const parts = quotes.split(',').map((part) => part.trim().replace(/^(['"])(.*)\1$/, '$2'))
      return { when, value: list(parts.filter((part) => part !== '').map((part) => constant(part))) }
    }),
  )
}
