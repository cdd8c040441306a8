/** Whether something stands in a list, a mapping or a text, as a truth. */
import type { AutomationExpression } from '../../../model/automation.ts'
import { and, apply, FALSE, not, or, TRUE, value } from '../../node-red/expressions.ts'
import { changedWays, eachWay, equal } from './compare.ts'
import { isTextual, textExpr } from './printing.ts'
import { fail, open, type Run, under } from './run.ts'
import { constantOf, has, type Jinja, split, textOf } from './values.ts'

/** `needle in hay`. */
export function contained(run: Run, needle: Jinja, hay: Jinja): AutomationExpression {
  return eachWay(run, needle, hay, (a, b) => {
    switch (b.is) {
      case 'list':
        return or(
          ...b.items.map(({ when, value: item }) =>
            and(
              when,
              under(run, when, () => equal(run, a, item)),
            ),
          ),
        )
      case 'mapping': {
        if (b.open !== undefined) return open(run, { is: 'bool' }, b.open)
        const { entries } = b
        return or(
          ...[...entries.keys()].map((key) =>
            equal(run, a, {
              is: 'scalar',
              of: value(key),
              types: new Set([typeof key === 'string' ? 'text' : 'number']),
              text: typeof key === 'string',
              float: false,
              values: [key],
            }),
          ),
        )
      }
      case 'scalar':
      case 'changed':
      case 'joined':
        return containedInText(run, a, b)
      case 'undefined':
        return FALSE
      case 'parts': {
        const text = textOf(a) === undefined ? textExpr(run, a) : value(textOf(a)!)
        if (text === undefined || b.separator === null) return open(run, { is: 'bool' }, 'looks for an open text among the parts of one')
        // No part holds what parts them, so a text without it is a part iff it stands between two, with one put before and one behind.
        const cut = value(b.separator)
        const whole =
          text.is === 'value' && typeof text.value === 'string'
            ? value(`${b.separator}${text.value}${b.separator}`)
            : apply('concat', cut, text, cut)
        const holds =
          text.is === 'value' && typeof text.value === 'string' ? value(text.value.includes(b.separator)) : apply('contains', text, cut)
        return and(not(holds), apply('contains', apply('concat', cut, b.of, cut), whole), a.is === 'scalar' ? isTextual(a) : TRUE)
      }
      case 'unknown':
        return open(run, { is: 'bool' }, b.why)
      case 'state':
      case 'attributes':
      case 'domain':
      case 'space':
      case 'moment':
      case 'span':
      case 'clock':
      case 'function':
      case 'method':
      case 'macro':
      case 'choice':
        return open(run, { is: 'bool' }, `looks for something in a value of the sort ${b.is}`)
    }
  })
}

function containedInText(run: Run, needle: Jinja, hay: Jinja): AutomationExpression {
  if (hay.is === 'scalar' && !hay.text && !has(hay, 'text')) {
    fail(run, TRUE)
    return FALSE
  }
  const [needles, hays] = [split(needle), split(changedWays(hay))]
  if (needles.length * hays.length > 100) return partOf(run, needle, hay)
  return or(
    ...needles.flatMap((a) =>
      hays.map((b) => {
        const when = and(a.when, b.when)
        const [x, y] = [textOf(a.value), textOf(b.value)]
        if (y !== undefined && x !== undefined) return y.includes(x) ? when : FALSE
        if (constantOf(b.value) === null || (y === undefined && constantOf(b.value) !== undefined)) {
          fail(run, when)
          return FALSE
        }
        if (y !== undefined && y.length <= 24 && (a.value.is === 'scalar' || a.value.is === 'changed')) {
          const parts = partsOf(y)
          return and(
            when,
            or(
              ...parts.map((part) =>
                equal(run, a.value, { is: 'scalar', of: value(part), types: new Set(['text']), text: true, float: false, values: [part] }),
              ),
            ),
          )
        }
        if (x !== undefined && b.value.is === 'joined' && b.value.parts.some((part) => textOf(part)?.includes(x) === true)) return when
        if (a.value.is === 'unknown' || b.value.is === 'unknown')
          return and(when, open(run, { is: 'bool' }, a.value.is === 'unknown' ? a.value.why : b.value.is === 'unknown' ? b.value.why : ''))
        return and(
          when,
          under(run, when, () => partOf(run, a.value, b.value)),
        )
      }),
    ),
  )
}

/** A text within a text; where one may be something else, that is an error. */
function partOf(run: Run, needle: Jinja, hay: Jinja): AutomationExpression {
  const [x, y] = [textExpr(run, needle), textExpr(run, hay)]
  if (x === undefined || y === undefined) return open(run, { is: 'bool' }, 'looks for a part of a text')
  const texts = and(...[needle, hay].map((of) => (of.is === 'scalar' ? isTextual(of) : TRUE)))
  if (!(texts.is === 'value' && texts.value === true)) fail(run, not(texts))
  return and(texts, apply('contains', y, x))
}

const partsOf = (text: string): readonly string[] => {
  const parts = new Set<string>([''])
  for (let start = 0; start < text.length; start += 1)
    for (let end = start + 1; end <= text.length; end += 1) parts.add(text.slice(start, end))
  return [...parts]
}
