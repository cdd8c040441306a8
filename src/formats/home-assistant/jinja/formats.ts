/** Texts made by a pattern: `%02d` and `%s`. */
import { and, compare, not, or, TRUE, value } from '../../node-red/expressions.ts'
import { joined } from './arithmetic.ts'
import { asText } from './conversions.ts'
import { whole } from './numbers.ts'
import { textScalar } from './printing.ts'
import { fail, type Given, type Run } from './run.ts'
import { constant, constantOf, gathered, has, isA, type Jinja, only, textOf, unknown } from './values.ts'
import { lifted } from './ways.ts'

/** `'%02d:%s' | format(a, b)`: whole numbers with zeros before them, texts. */
export function percentFormat(run: Run, of: Jinja, given: Given): Jinja {
  return lifted(run, [of, ...given.plain], (...ways) => {
    const [format, ...parts] = ways
    const text = textOf(format!)
    if (text === undefined) return unknown('formats with a text that is open', { is: 'text' })
    let index = 0
    const made: Jinja[] = []
    for (const piece of text.split(/(%%|%0?\d*[a-z])/)) {
      const place = /^%(0?)(\d*)([ds])$/.exec(piece)
      if (place === null) {
        if (/^%.*[a-z]$/.test(piece)) return unknown('formats a text', { is: 'text' })
        made.push(constant(piece === '%%' ? '%' : piece))
        continue
      }
      const part = parts[index++]
      if (part === undefined) {
        fail(run, TRUE)
        return constant('')
      }
      const width = Number(place[2] === '' ? 0 : place[2])
      if (place[3] === 's') made.push(width === 0 ? asText(run, part) : unknown('formats a text', { is: 'text' }))
      else made.push(padded(run, part, width, place[1] === '0' ? '0' : ' '))
    }
    return joined(made)
  })
}

/** A whole number with letters before it, up to a width; below 0 it is open. */
function padded(run: Run, of: Jinja, width: number, letter: string): Jinja {
  const known = constantOf(of)
  if (typeof known === 'number') return constant(String(Math.trunc(known)).padStart(width, letter))
  if (of.is !== 'scalar' || of.text || !has(of, 'number')) return unknown('formats something but a number', { is: 'text' })
  if (!only(of, 'number', 'bool')) fail(run, not(isA(of, 'number')))
  const digits = textScalar({ is: 'apply', operator: 'text', arguments: [whole(of.of)] })
  if (width > 4) return unknown('formats a number of many digits', { is: 'text' })
  const shorter = Array.from({ length: Math.max(0, width - 1) }, (_, index) => index + 1)
  return gathered([
    ...shorter.map((length) => ({
      when: and(compare('>=', of.of, value(length === 1 ? 0 : 10 ** (length - 1))), compare('<', of.of, value(10 ** length))),
      value: joined([constant(letter.repeat(width - length)), digits]),
    })),
    { when: or(compare('<', of.of, value(0)), compare('>=', of.of, value(10 ** Math.max(0, width - 1)))), value: digits },
  ])
}
