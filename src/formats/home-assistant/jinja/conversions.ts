/** From values of Jinja to texts, numbers and truths, as the filters and functions of Home Assistant do it. */
import type { AutomationExpression } from '../../../model/automation.ts'
import { and, choose, FALSE, number, or, same, TRUE, value } from '../../node-red/expressions.ts'
import { joined } from './arithmetic.ts'
import { asNumber, changedWays, equal } from './compare.ts'
import { concat, printed, textExpr, textScalar } from './printing.ts'
import { momentText, stampNumber } from './moments.ts'
import { whole } from './numbers.ts'
import { fail, open, type Run, under } from './run.ts'
import {
  constant,
  constantOf,
  gathered,
  has,
  isA,
  type Item,
  type Jinja,
  NONE,
  numberValue,
  only,
  type Scalar,
  split,
  unknown,
  waysOf,
} from './values.ts'
import { lifted } from './ways.ts'

/** A value as text, as `~`, `string` and printing make it. */
export function asText(run: Run, of: Jinja): Jinja {
  return lifted(run, [of], (one) => {
    switch (one.is) {
      case 'scalar': {
        const known = constantOf(one)
        if (known !== undefined) return constant(one.text ? String(known) : printed(known, one.float))
        if (one.text) return one
        if (only(one, 'text')) return { ...one, text: true }
        if (only(one, 'bool')) return { is: 'choice', cases: [{ when: one.of, value: constant('True') }], otherwise: constant('False') }
        if (has(one, 'number') && !has(one, 'bool') && !has(one, 'null')) return { ...one, text: true }
        return ofTypes(one)
      }
      case 'undefined':
        return constant('')
      case 'changed':
      case 'joined':
      case 'clock':
        return one
      case 'unknown':
        return unknown(one.why, { is: 'text' })
      case 'list': {
        if (!one.items.every(({ when }) => when.is === 'value')) return openList(run, one.items)
        const items = one.items.flatMap(({ value: item }, index): readonly Jinja[] => {
          const known = constantOf(item)
          const shown =
            typeof known === 'string'
              ? constant(quoted(known))
              : isQuoted(item)
                ? joined([constant("'"), item, constant("'")])
                : asText(run, item)
          return index === 0 ? [shown] : [constant(', '), shown]
        })
        return joined([constant('['), ...items, constant(']')])
      }
      case 'moment':
        {
          const shown = one.stamp ? undefined : momentText(run, one, ' ')
          if (shown !== undefined) return textScalar(shown)
        }
        return one.stamp ? asText(run, stampNumber(run, one)) : unknown('prints a moment', { is: 'text' })
      case 'mapping':
      case 'span':
      case 'state':
      case 'attributes':
      case 'domain':
      case 'space':
      case 'parts':
      case 'function':
      case 'method':
      case 'macro':
      case 'choice':
        return unknown(`prints a value of the sort ${one.is}`, { is: 'text' })
    }
  })
}

const isQuoted = (of: Jinja): boolean =>
  of.is === 'changed' || of.is === 'joined' || of.is === 'clock' || (of.is === 'scalar' && (of.text || only(of, 'text')))
const quoted = (text: string): string =>
  text.includes("'") && !text.includes('"') ? `"${text}"` : `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

/** A value of several types: truth values and None print as words. */
function openList(run: Run, items: readonly Item[]): Jinja {
  const shown = items.map(({ when, value: item }) => {
    const known = constantOf(item)
    const text = textExpr(run, typeof known === 'string' ? constant(quoted(known)) : asText(run, item))
    return {
      when,
      text: text === undefined || typeof known === 'string' || !isQuoted(item) ? text : concat([value("'"), text, value("'")]),
    }
  })
  const all = joinedTexts(shown, value(', '))
  return all === undefined ? unknown('prints a list', { is: 'text' }) : textScalar(concat([value('['), all, value(']')]))
}

/** The texts that are there, one after the other. */
export function joinedTexts(
  items: readonly { readonly when: AutomationExpression; readonly text: AutomationExpression | undefined }[],
  separator: AutomationExpression,
): AutomationExpression | undefined {
  let before: AutomationExpression = FALSE
  const parts: AutomationExpression[] = []
  for (const { when, text } of items) {
    if (text === undefined) return undefined
    parts.push(choose(and(before, when), separator, value('')), choose(when, text, value('')))
    before = or(before, when)
  }
  return concat(parts)
}

function ofTypes(of: Scalar): Jinja {
  const cases = []
  if (has(of, 'bool'))
    cases.push({ when: same(of.of, TRUE), value: constant('True') }, { when: same(of.of, FALSE), value: constant('False') })
  if (has(of, 'null')) cases.push({ when: same(of.of, value(null)), value: constant('None') })
  const rest: Scalar = { ...of, types: new Set([...of.types].filter((type) => type === 'number' || type === 'text')), text: true }
  return rest.types.size === 0
    ? gathered([...cases.slice(0, -1), { when: TRUE, value: cases.at(-1)!.value }])
    : { is: 'choice', cases, otherwise: rest }
}

/** `float` and `int`: the number that a value is or spells, else the default; without one, an error. */
export function asNumeric(run: Run, of: Jinja, how: 'int' | 'float', otherwise: Jinja | undefined): Jinja {
  return lifted(run, [of], (one) => {
    const failing = (when: AutomationExpression): Jinja => {
      if (otherwise === undefined) fail(run, when)
      return otherwise ?? NONE
    }
    switch (one.is) {
      case 'scalar': {
        const parsed = has(one, 'text') ? number(one.of) : has(one, 'bool') ? asNumber(one) : one.of
        const found = how === 'int' ? wholeOf(parsed) : parsed
        if (only(one, 'number', 'bool')) {
          const plain = asNumber(one)
          return numberValue(how === 'int' ? whole(plain) : plain, how === 'float')
        }
        if (parsed.is === 'value')
          return parsed.value === null ? failing(TRUE) : constant((found as { value: number }).value, how === 'float')
        const missing = same(parsed, value(null))
        const known = numberValue(found, how === 'float')
        const none = failing(missing)
        if (otherwise === undefined) return known
        const plain = constantOf(none)
        // The default's own kind of number is kept: what is compared and added is the same.
        if (typeof plain === 'number') return numberValue(choose(missing, value(plain), found), how === 'float')
        return { is: 'choice', cases: [{ when: missing, value: none }], otherwise: known }
      }
      case 'changed':
        if (one.of.values !== undefined) return asNumeric(run, changedWays(one), how, otherwise)
        return one.steps.every(({ keepsNumbers }) => keepsNumbers)
          ? asNumeric(run, one.of, how, otherwise)
          : numberOf(run, one, how, otherwise)
      case 'moment':
        if (!one.stamp) return failing(TRUE)
        return how === 'float'
          ? one
          : lifted(run, [stampNumber(run, one)], (stamp) => (stamp.is === 'scalar' ? numberValue(whole(stamp.of)) : stamp))
      case 'unknown':
        return openNumber(run, one.why, how, otherwise)
      case 'joined':
        return numberOf(run, one, how, otherwise)
      case 'undefined':
      case 'clock':
      case 'list':
      case 'mapping':
      case 'span':
      case 'state':
      case 'attributes':
      case 'domain':
      case 'space':
      case 'parts':
      case 'function':
      case 'method':
      case 'macro':
      case 'choice':
        return failing(TRUE)
    }
  })
}

function numberOf(run: Run, of: Jinja, how: 'int' | 'float', otherwise: Jinja | undefined): Jinja {
  const text = textExpr(run, of)
  return text === undefined
    ? openNumber(run, 'a number within a joined text', how, otherwise)
    : asNumeric(run, textScalar(text), how, otherwise)
}

const wholeOf = (of: AutomationExpression): AutomationExpression => (of.is === 'value' && of.value === null ? of : whole(of))

function openNumber(run: Run, why: string, how: 'int' | 'float', otherwise: Jinja | undefined): Jinja {
  if (otherwise === undefined) {
    fail(run, open(run, { is: 'bool' }, why))
    return unknown(why, { is: 'number', integer: how === 'int' })
  }
  const none = constantOf(otherwise)
  if (typeof none === 'number') return unknown(why, { is: 'number', integer: how === 'int' && Number.isInteger(none) })
  return {
    is: 'choice',
    cases: [{ when: open(run, { is: 'bool' }, why), value: otherwise }],
    otherwise: unknown(why, { is: 'number', integer: how === 'int' }),
  }
}

const YES = ['1', 'true', 'yes', 'on', 'enable']
const NO = ['0', 'false', 'no', 'off', 'disable']

/** `bool`: truth values, numbers, and the words of Home Assistant. */
export function asBool(run: Run, of: Jinja, otherwise: Jinja | undefined): Jinja {
  const word = (text: string): Jinja => {
    const low = text.trim().toLowerCase()
    if (YES.includes(low)) return constant(true)
    if (NO.includes(low)) return constant(false)
    if (otherwise === undefined) fail(run, TRUE)
    return otherwise ?? constant(false)
  }
  return gathered(
    waysOf(of).flatMap(({ when, value: way }) =>
      split(changedWays(way)).map((one) => ({
        when: and(when, one.when),
        value: under(run, and(when, one.when), (): Jinja => {
          const known = constantOf(one.value)
          if (typeof known === 'string') return word(known)
          if (one.value.is === 'unknown') return unknown(one.value.why, { is: 'bool' })
          if (one.value.is !== 'scalar' && one.value.is !== 'changed') {
            const text = one.value.is === 'joined' ? textExpr(run, one.value) : undefined
            if (text !== undefined) return asBool(run, textScalar(text), otherwise)
            if (one.value.is === 'joined') return unknown('the truth of a joined text', { is: 'bool' })
            if (otherwise === undefined) fail(run, TRUE)
            return otherwise ?? constant(false)
          }
          const plain = one.value.is === 'scalar' ? one.value : one.value.of
          const cases: { when: AutomationExpression; value: Jinja }[] = []
          if (has(plain, 'bool'))
            cases.push({ when: isA(plain, 'bool'), value: { ...plain, types: new Set(['bool']), values: [true, false] } })
          if (has(plain, 'number') && !plain.text)
            cases.push({
              when: isA(plain, 'number'),
              value: {
                is: 'scalar',
                of: same(plain.of, value(0)).is === 'value' ? TRUE : { is: 'apply', operator: '!=', arguments: [plain.of, value(0)] },
                types: new Set(['bool']),
                text: false,
                float: false,
                values: [true, false],
              },
            })
          const words = (list: readonly string[]): AutomationExpression =>
            or(
              ...list
                .flatMap((text) => [text, ...(text.length > 1 ? [text.toUpperCase(), text[0]!.toUpperCase() + text.slice(1)] : [])])
                .map((text) => equal(run, one.value, constant(text))),
            )
          if (has(plain, 'text') || plain.text)
            cases.push({ when: words(YES), value: constant(true) }, { when: words(NO), value: constant(false) })
          const rest: Jinja = otherwise ?? constant(false)
          if (!only(plain, 'bool', 'number') || plain.text) {
            if (otherwise === undefined) fail(run, { is: 'apply', operator: 'not', arguments: [or(...cases.map((item) => item.when))] })
            return { is: 'choice', cases, otherwise: rest }
          }
          const last = cases.at(-1)!
          return cases.length === 1 ? last.value : { is: 'choice', cases: cases.slice(0, -1), otherwise: last.value }
        }),
      })),
    ),
  )
}
