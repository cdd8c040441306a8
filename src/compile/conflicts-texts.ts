/**
 * Operators on texts as terms and as sets. Where one argument is open and a text that the behaviour names, the result is computed; for every other argument it is any value of
 * its type, anew each time: more runs than there are. So what is refuted stays refuted (of runs as of claims, which are shown by refuting their negation), and a run that
 * is found is only a candidate until the interpreter has replayed it.
 */
import { choose, isConstant, textValue, type SymbolicValue } from '../../constraints/symbolic-value.ts'
import { textResults, type TextOperator, type Value } from '../model/automation.ts'
import { and, any, eq, FALSE, int, ite, not, numberOf, TRUE } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'
import type { Coding } from './conflicts-coding.ts'
import { BOOLEANS, EMPTY, NULL_ONLY, NUMBERS, setOf, union, type ValueSet } from './conflicts-value-set.ts'

const TABLED_TEXTS = 400
const COMBINATIONS = 64
const TEXTS: ValueSet = { ...EMPTY, texts: 'all' }
const results: Readonly<Record<(typeof textResults)[TextOperator], ValueSet>> = {
  bool: BOOLEANS,
  text: TEXTS,
  'text or null': union(TEXTS, NULL_ONLY),
  'number or null': union(NUMBERS, NULL_ONLY),
}

export const textual = (operator: TextOperator, values: readonly SymbolicValue[], coding: Coding): SymbolicValue => {
  const constants = values.map((value) => constantOf(value, coding))
  const place = constants.findIndex((constant) => constant === undefined)
  const at = (argument: Value): Value | undefined =>
    computed(
      operator,
      constants.map((constant, index) => (index === place ? argument : constant!)),
    )
  const open = coding.valueIn(coding.fresh('open'), results[textResults[operator]])
  if (place < 0) {
    const result = computed(operator, constants as readonly Value[])
    return result === undefined ? open : coded(result, open, coding)
  }
  if (constants.filter((constant) => constant === undefined).length > 1 || coding.texts.length > TABLED_TEXTS) return open
  return tabled(values[place]!, at, open, coding)
}

/** The result for every text that is known; of null and truth values too. */
const tabled = (argument: SymbolicValue, at: (value: Value) => Value | undefined, open: SymbolicValue, coding: Coding): SymbolicValue => {
  const rows = new Map<string, { readonly when: Term[]; readonly result: Value }>()
  const add = (when: Term, result: Value | undefined): void => {
    if (when === FALSE || result === undefined) return
    const key = `${typeof result} ${String(result)}`
    const row = rows.get(key)
    if (row === undefined) rows.set(key, { when: [when], result })
    else row.when.push(when)
  }
  add(argument.isNull, at(null))
  add(and(argument.isBool, argument.bool), at(true))
  add(and(argument.isBool, not(argument.bool)), at(false))
  if (argument.isText !== FALSE) coding.texts.forEach((text, index) => add(and(argument.isText, eq(argument.text, int(index))), at(text)))
  return [...rows.values()].reduceRight((rest, { when, result }) => choose(any(when), coded(result, open, coding), rest), open)
}

/** A text that nobody names has no code of its own: it is any of the others. */
const coded = (result: Value, open: SymbolicValue, coding: Coding): SymbolicValue => {
  if (typeof result !== 'string' || coding.texts.includes(result)) return coding.constant(result)
  const code = open.text
  const other = ite(any(coding.texts.map((_, index) => eq(code, int(index)))), int(coding.texts.length), code)
  return textValue(other)
}

const constantOf = (value: SymbolicValue, coding: Coding): Value | undefined => {
  if (!isConstant(value)) return undefined
  if (value.isNull === TRUE) return null
  if (value.isBool === TRUE) return value.bool === TRUE
  if (value.isNumber === TRUE) {
    const number = numberOf(value.number)
    return number === undefined ? undefined : Number(number.numerator) / Number(number.denominator)
  }
  const code = numberOf(value.text)
  return code === undefined ? undefined : coding.texts[Number(code.numerator)]
}

/** Every result, where the arguments are few texts and other single values. */
export const textualSet = (operator: TextOperator, sets: readonly ValueSet[]): ValueSet => {
  const whole = results[textResults[operator]]
  let rows: readonly (readonly Value[])[] = [[]]
  for (const set of sets) {
    const members = membersOf(set)
    if (members === undefined || rows.length * members.length > COMBINATIONS) return whole
    rows = rows.flatMap((row) => members.map((member) => [...row, member]))
  }
  return rows.reduce<ValueSet>((found, row) => {
    const result = computed(operator, row)
    return union(found, result === undefined ? whole : setOf(result))
  }, EMPTY)
}

const membersOf = (set: ValueSet): readonly Value[] | undefined => {
  if (set.texts === 'all' || set.numbers.is === 'interval') return undefined
  return [...set.numbers.values, ...set.texts, ...(set.null ? [null] : []), ...(set.true ? [true] : []), ...(set.false ? [false] : [])]
}

/** The result for constants; nothing where this file does not know it: patterns, dates, numbers in scientific notation. */
const computed = (operator: TextOperator, given: readonly Value[]): Value | undefined => {
  const [a = null, b = null, c = null] = given
  if (operator === 'concat') {
    const parts = given.map((one) => shown(one, false))
    return parts.includes(undefined) ? undefined : parts.join('')
  }
  if (operator === 'text') return shown(a, b === 'float')
  if (typeof a !== 'string') return operator === 'date' ? undefined : textResults[operator] === 'bool' ? false : null
  switch (operator) {
    case 'contains':
      return typeof b === 'string' && a.includes(b)
    case 'starts':
      return typeof b === 'string' && a.startsWith(b)
    case 'ends':
      return typeof b === 'string' && a.endsWith(b)
    case 'lower':
      return a.toLowerCase()
    case 'upper':
      return a.toUpperCase()
    case 'trim':
      return a.trim()
    case 'length':
      return Array.from(a).length
    case 'slice':
      return wholeOrNull(b) && wholeOrNull(c)
        ? Array.from(a)
            .slice(b ?? undefined, c ?? undefined)
            .join('')
        : null
    case 'replace':
      return typeof b === 'string' && typeof c === 'string' ? (b === '' ? a : a.replaceAll(b, () => c)) : null
    case 'part':
      if (typeof b !== 'string' || b === '' || typeof c !== 'number') return undefined
      return Number.isInteger(c) ? (a.split(b).at(c) ?? null) : null
    case 'precedes':
    case 'matches':
    case 'rewrite':
    case 'capital':
    case 'title':
    case 'found':
    case 'moment':
    case 'clock':
    case 'date':
      return undefined
  }
}

const wholeOrNull = (value: Value): value is number | null => value === null || (typeof value === 'number' && Number.isInteger(value))

const shown = (value: Value, float: boolean): string | undefined => {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return value
  const size = Math.abs(value)
  if (value !== 0 && (size < 1e-4 || size >= 1e15)) return undefined
  return Number.isInteger(value) ? `${Object.is(value, -0) ? 0 : value}${float ? '.0' : ''}` : String(value)
}
