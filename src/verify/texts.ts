/** Operators on texts inside the interpreter (`TextOperator` of `model/automation.ts`). */
import type { TextOperator } from '../model/automation.ts'
import { exactFromNumber, exactToNumber } from './exact.ts'
import type { Exact } from './exact.ts'
import { dateText, writtenClock, writtenMoment } from './written-time.ts'

type Datum = boolean | string | null | Exact

const isExact = (datum: Datum): datum is Exact => typeof datum === 'object' && datum !== null
const integer = (datum: Datum): number | undefined => (isExact(datum) && datum.den === 1n ? Number(datum.num) : undefined)
const number = (of: number): Datum => exactFromNumber(of)

/** Longer texts are left alone by patterns: what a pattern costs grows with them. */
const longestSearched = 4_000

export function applyToTexts(operator: TextOperator, data: readonly Datum[]): Datum {
  const [subject = null, second = null, third = null] = data
  if (operator === 'text') return printed(subject, second === 'float')
  if (operator === 'concat') return data.map((datum) => printed(datum, false)).join('')
  if (operator === 'date') return isExact(subject) && isExact(second) && typeof third === 'string' ? dateText(subject, second, third) : null
  if (asks.has(operator)) return typeof subject === 'string' && typeof second === 'string' && asked(operator, subject, second)
  return typeof subject === 'string' ? made(operator, subject, second, third) : null
}

const asks: ReadonlySet<TextOperator> = new Set<TextOperator>(['contains', 'starts', 'ends', 'precedes', 'matches'])

function asked(operator: TextOperator, subject: string, other: string): boolean {
  switch (operator) {
    case 'contains':
      return subject.includes(other)
    case 'starts':
      return subject.startsWith(other)
    case 'ends':
      return subject.endsWith(other)
    case 'precedes':
      return comesBefore(subject, other)
    default:
      return patternOf(other, '')?.test(subject.slice(0, longestSearched)) ?? false
  }
}

function made(operator: TextOperator, subject: string, second: Datum, third: Datum): Datum {
  switch (operator) {
    case 'lower':
      return subject.toLowerCase()
    case 'upper':
      return subject.toUpperCase()
    case 'capital':
      return capital(subject)
    case 'title':
      return subject
        .split(/([-\s({[<]+)/)
        .map(capital)
        .join('')
    case 'trim':
      return subject.trim()
    case 'length':
      return number(Array.from(subject).length)
    case 'slice': {
      const [from, to] = [second, third].map((end) => (end === null ? undefined : integer(end)))
      if ((second !== null && from === undefined) || (third !== null && to === undefined)) return null
      return Array.from(subject).slice(from, to).join('')
    }
    case 'replace': {
      if (typeof second !== 'string' || typeof third !== 'string') return null
      return second === '' ? subject : subject.split(second).join(third)
    }
    case 'rewrite': {
      const pattern = typeof second === 'string' ? patternOf(second, 'g') : undefined
      if (pattern === undefined || typeof third !== 'string' || subject.length > longestSearched) return null
      return subject.replace(pattern, third)
    }
    case 'part': {
      const index = integer(third)
      if (index === undefined || (second !== null && typeof second !== 'string') || second === '') return null
      const parts = second === null ? subject.split(/\s+/).filter((part) => part !== '') : subject.split(second)
      return parts.at(index) ?? null
    }
    case 'found': {
      const [pattern, index] = [typeof second === 'string' ? patternOf(second, 'g') : undefined, integer(third)]
      if (pattern === undefined || index === undefined) return null
      return [...subject.slice(0, longestSearched).matchAll(pattern)].map((match) => match[1] ?? match[0]).at(index) ?? null
    }
    case 'moment':
      return isExact(second) ? (writtenMoment(subject, second) ?? null) : null
    case 'clock':
      return writtenClock(subject) ?? null
    default:
      return null
  }
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase()

function comesBefore(a: string, b: string): boolean {
  const [x, y] = [Array.from(a), Array.from(b)]
  const at = x.findIndex((letter, place) => letter !== y[place])
  if (at < 0) return x.length < y.length
  const other = y[at]
  return other !== undefined && x[at]!.codePointAt(0)! < other.codePointAt(0)!
}

const patterns = new Map<string, RegExp | undefined>()

function patternOf(pattern: string, flags: string): RegExp | undefined {
  const key = `${flags} ${pattern}`
  if (patterns.has(key)) return patterns.get(key)
  const small = pattern.startsWith('(?i)')
  let found: RegExp | undefined
  try {
    found = new RegExp(small ? pattern.slice(4) : pattern, `${small ? 'i' : ''}${flags}u`)
  } catch {
    found = undefined
  }
  patterns.set(key, found)
  return found
}

/** As Python prints it. */
function printed(datum: Datum, float: boolean): string {
  if (datum === null) return 'None'
  if (typeof datum === 'boolean') return datum ? 'True' : 'False'
  if (typeof datum === 'string') return datum
  const size = datum.num < 0n ? -datum.num : datum.num
  if (datum.den === 1n && (!float || size < 10n ** 16n)) return `${String(datum.num)}${float ? '.0' : ''}`
  const nearest = exactToNumber(datum)
  const distance = Math.abs(nearest)
  if (distance < 1e-4 || distance >= 1e16) return scientific(nearest)
  // From 1e-4 up to 1e16 JavaScript writes plain decimals as Python does; a fraction whose double is whole prints with a point.
  return Number.isInteger(nearest) ? `${String(nearest)}.0` : String(nearest)
}

/** Python: at least two digits in the exponent. */
function scientific(of: number): string {
  const [mantissa = '', power = '0'] = of.toExponential().split('e')
  const digits = power.replace(/^[-+]/, '').padStart(2, '0')
  return `${mantissa}e${power.startsWith('-') ? '-' : '+'}${digits}`
}
