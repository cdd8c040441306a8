/** How values become terms: texts as numbers, variables with the conditions that make them range over their set. */
import { constantValue, decimalTerm, nullValue, type SymbolicValue } from '../../constraints/symbolic-value.ts'
import { and, any, bool, eq, FALSE, ge, implies, int, ite, le, not, numberOf, or, real, toReal, TRUE, type Constant } from '../smt/build.ts'
import type { Sort, Term } from '../smt/term.ts'
import type { Automation, AutomationExpression, Exclusion, ThingAttribute, Value } from '../model/automation.ts'
import { hasNumbers, type NumberSet, type ValueSet } from './conflicts-value-set.ts'

export interface Coding {
  /** Known texts, sorted; the code of a text is its index, codes beyond stand for other texts. */
  readonly texts: readonly string[]
  readonly constant: (value: Value) => SymbolicValue
  /** The same name gives the same term. */
  readonly variable: (name: string, sort: Sort) => Term
  /** A name not given before: `prefix` and a number. */
  readonly fresh: (prefix: string) => string
  /** An Int that is one of the list. */
  readonly limited: (name: string, values: readonly number[]) => Term
  /** Any value of the set; its conditions join `axioms`. */
  readonly valueIn: (name: string, set: ValueSet) => SymbolicValue
  /** Whether the text reads as a number, and as which. */
  readonly parse: (text: Term) => { readonly parses: Term; readonly number: Term }
  /** What `parse` gave for the text, if it was asked. */
  readonly parsed: (text: Term) => { readonly parses: Term; readonly number: Term } | undefined
  /** The constant that a variable without a value in a model stands for. */
  readonly plain: (name: string) => Constant
  /** Conditions on variables, by the variable's name. */
  readonly axioms: ReadonlyMap<string, readonly Term[]>
}

const CONGRUENT = 24
const DECIMAL = /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i

/** The number that a decimal text reads as, null where it is none, undefined where a double cannot say which. */
export const parsedNumber = (text: string): number | null | undefined => {
  if (!DECIMAL.test(text) || text.length > 400) return null
  const number = Number(text)
  return Number.isFinite(number) && text.replace(/\D/g, '').length <= 15 ? number : undefined
}

/** Every text that the automations, attributes and exclusions name, and `more`; sorted. */
export const textsOf = (
  automations: readonly Automation[],
  attributes: readonly ThingAttribute[],
  exclusions: readonly Exclusion[],
  more: Iterable<string> = [],
): readonly string[] => {
  const texts = new Set<string>(more)
  const list = (values: readonly Value[] | undefined): void => values?.forEach((value) => typeof value === 'string' && texts.add(value))
  const seen = new Set<object>()
  const walk = (whole: unknown): void => {
    // By hand: expressions of generated templates are nested deeper than calls may be. Shared parts are looked at once.
    const ahead: unknown[] = [whole]
    while (ahead.length > 0) {
      const node = ahead.pop()
      if (typeof node !== 'object' || node === null || seen.has(node)) continue
      seen.add(node)
      if (Array.isArray(node)) {
        ahead.push(...(node as readonly unknown[]))
        continue
      }
      const expression = node as Partial<AutomationExpression>
      if (expression.is === 'value' && typeof (expression as { value: Value }).value === 'string')
        texts.add((expression as { value: string }).value)
      const type = node as { readonly is?: string; readonly values?: readonly Value[] }
      if (type.is === 'enum') list(type.values)
      for (const [key, part] of Object.entries(node)) if (key !== 'at') ahead.push(part)
    }
  }
  for (const attribute of attributes) {
    if (attribute.type.is === 'enum') list(attribute.type.values)
    list(attribute.initial)
  }
  for (const exclusion of exclusions) list(exclusion.members.map((member) => member.value))
  for (const automation of automations) {
    walk([automation.guard, automation.triggers, automation.steps])
    for (const trigger of [...automation.triggers, ...automation.steps.flatMap((step) => (step.do === 'await' ? step.triggers : []))])
      if (trigger.on === 'change') [trigger.from, trigger.to].forEach(list)
  }
  return [...texts].sort()
}

export const createCoding = (texts: readonly string[]): Coding => {
  const code = new Map(texts.map((text, index) => [text, index]))
  const variables = new Map<string, Extract<Term, { readonly is: 'variable' }>>()
  const axioms = new Map<string, Term[]>()
  const counters = new Map<string, number>()
  const parsedVariables: Term[] = []
  const parses = new Map<Term, { readonly parses: Term; readonly number: Term }>()

  const codeOf = (text: string): number => code.get(text) ?? unknownText(text)
  const named = (name: string, sort: Sort): Term => {
    const known = variables.get(name)
    if (known !== undefined) return known
    const made = { is: 'variable', name, sort } as const
    variables.set(name, made)
    return made
  }
  const axiom = (name: string, term: Term): void => {
    if (term === TRUE) return
    const list = axioms.get(name)
    if (list === undefined) axioms.set(name, [term])
    else list.push(term)
  }

  const numberIn = (name: string, set: NumberSet): Term => {
    if (set.is === 'list' && set.values.length === 1) return decimalTerm(set.values[0]!)
    const whole = set.is === 'interval' && set.integer
    const term = whole ? toReal(named(`${name}.number`, 'Int')) : named(`${name}.number`, 'Real')
    if (set.is === 'list') axiom(`${name}.number`, any(set.values.map((value) => eq(term, decimalTerm(value)))))
    else {
      if (set.low !== -Infinity) axiom(`${name}.number`, ge(term, decimalTerm(set.low)))
      if (set.high !== Infinity) axiom(`${name}.number`, le(term, decimalTerm(set.high)))
    }
    return term
  }
  const textIn = (name: string, set: ValueSet['texts']): Term => {
    if (set !== 'all' && set.length === 1) return int(codeOf(set[0]!))
    const term = named(`${name}.text`, 'Int')
    axiom(`${name}.text`, set === 'all' ? ge(term, int(0)) : any(set.map((text) => eq(term, int(codeOf(text))))))
    return term
  }
  const limited = (name: string, values: readonly number[]): Term => {
    if (values.length === 1) return int(values[0]!)
    const term = named(name, 'Int')
    if (!axioms.has(name)) axiom(name, any(values.map((value) => eq(term, int(value)))))
    return term
  }
  const known = new Map<string, SymbolicValue>()
  const valueIn = (name: string, set: ValueSet): SymbolicValue => {
    const before = known.get(name)
    if (before !== undefined) return before
    const tags = [set.null, set.true || set.false, hasNumbers(set.numbers), set.texts.length > 0]
    const possible = tags.flatMap((is, index) => (is ? [index] : []))
    // An empty set has no value; the state that would hold it does not occur, null stands in.
    if (possible.length === 0) return nullValue
    const single = possible.length === 1
    const tag = single ? undefined : named(`${name}.type`, 'Int')
    if (tag !== undefined) axiom(`${name}.type`, or(...possible.map((index) => eq(tag, int(index)))))
    const is = (index: number): Term => (!tags[index] ? FALSE : tag === undefined ? TRUE : eq(tag, int(index)))
    const value: SymbolicValue = {
      isNull: is(0),
      isBool: is(1),
      isNumber: is(2),
      isText: is(3),
      bool: set.true && set.false ? named(`${name}.bool`, 'Bool') : bool(set.true),
      number: tags[2] ? numberIn(name, set.numbers) : real(0),
      text: tags[3] ? textIn(name, set.texts) : int(-1),
    }
    known.set(name, value)
    return value
  }

  const parse = (text: Term): { readonly parses: Term; readonly number: Term } => {
    const before = parses.get(text)
    if (before !== undefined) return before
    const made = parseAnew(text)
    parses.set(text, made)
    return made
  }
  const open = (name: string): { readonly parses: Term; readonly number: Term } => ({
    parses: named(`${name}.parses`, 'Bool'),
    number: named(`${name}.parsed`, 'Real'),
  })
  const parseAnew = (text: Term): { readonly parses: Term; readonly number: Term } => {
    const constant = numberOf(text)
    if (constant !== undefined) {
      const number = constant.numerator < 0n ? null : parsedNumber(texts[Number(constant.numerator)] ?? '')
      if (number === undefined) return open(`text-${constant.numerator}`)
      return number === null ? { parses: FALSE, number: real(0) } : { parses: TRUE, number: decimalTerm(number) }
    }
    if (text.is === 'apply' && text.operator === 'ite') {
      const [condition, a, b] = text.arguments as readonly [Term, Term, Term]
      const [x, y] = [parse(a), parse(b)]
      return { parses: ite(condition, x.parses, y.parses), number: ite(condition, x.number, y.number) }
    }
    // A variable: what it reads as depends on the text alone, and known texts read as they read.
    const name = text.is === 'variable' ? text.name : fresh('text')
    const made = open(name)
    // Equal texts read as the same number; beyond a few texts this is left to the replay of runs.
    for (const other of parsedVariables.slice(0, CONGRUENT)) {
      const before = parse(other)
      axiom(`${name}.parses`, implies(eq(text, other), and(eq(made.parses, before.parses), eq(made.number, before.number))))
    }
    if (text.is === 'variable') parsedVariables.push(text)
    texts.forEach((_, index) => {
      const { parses: knownParses, number } = parse(int(index))
      axiom(
        `${name}.parses`,
        implies(eq(text, int(index)), and(eq(made.parses, knownParses), implies(knownParses, eq(made.number, number)))),
      )
    })
    return made
  }
  const fresh = (prefix: string): string => {
    const next = counters.get(prefix) ?? 0
    counters.set(prefix, next + 1)
    return `${prefix}~${next}`
  }
  const plain = (name: string): Constant => {
    const sort = variables.get(name)?.sort
    return sort === 'Bool'
      ? { is: 'bool', value: false }
      : sort === 'Int'
        ? { is: 'int', value: 0n }
        : { is: 'real', numerator: 0n, denominator: 1n }
  }
  return {
    texts,
    constant: (value) => constantValue(value, codeOf),
    variable: named,
    fresh,
    limited,
    valueIn,
    parse,
    parsed: (text) => parses.get(text),
    plain,
    axioms,
  }
}

const unknownText = (text: string): never => {
  throw new RangeError(`a text that was not collected: ${text}`)
}

/** True where the value is in the set. */
export const isIn = (value: SymbolicValue, set: ValueSet, coding: Coding): Term => {
  const constant = (item: Value): SymbolicValue => coding.constant(item)
  const numbers =
    set.numbers.is === 'list'
      ? any(set.numbers.values.map((item) => eq(value.number, decimalTerm(item))))
      : and(
          set.numbers.low === -Infinity ? TRUE : ge(value.number, decimalTerm(set.numbers.low)),
          set.numbers.high === Infinity ? TRUE : le(value.number, decimalTerm(set.numbers.high)),
        )
  const texts = set.texts === 'all' ? TRUE : any(set.texts.map((item) => eq(value.text, constant(item).text)))
  const bools = set.true && set.false ? TRUE : set.true ? value.bool : set.false ? not(value.bool) : FALSE
  return or(and(value.isNull, bool(set.null)), and(value.isBool, bools), and(value.isNumber, numbers), and(value.isText, texts))
}
