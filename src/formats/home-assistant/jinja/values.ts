/** What a template can hold while it is translated: values of Jinja whose leaves are expressions of the model. */
import type { AutomationExpression, Value, ValueType } from '../../../model/automation.ts'
import {
  and,
  apply,
  choose,
  not,
  or,
  same,
  sameExpression,
  type TypeName,
  typeName,
  type Types,
  value,
} from '../../node-red/expressions.ts'
import { sizeOf } from './size.ts'
import type { Parameter, Statement } from './syntax.ts'

/**
 * A plain value. `text`: in Jinja it is the text that spells the expression's value, also where that is a number. `values`: all that it can be, where that is known and
 * short. `float`: prints with a point.
 */
export interface Scalar {
  readonly is: 'scalar'
  readonly of: AutomationExpression
  readonly types: Types
  readonly text: boolean
  readonly float: boolean
  readonly values?: readonly Value[]
  /** Values of the attribute that are known, but not all. */
  readonly known?: readonly string[]
}

/** One way in which a text can be changed: forwards, and which texts lead to one; `sure` where these are all. */
export interface TextStep {
  readonly forwards: (text: string) => string
  readonly backwards: (text: string) => { readonly texts: readonly string[]; readonly sure: boolean }
  /** A number stays the number that it spells. */
  readonly keepsNumbers: boolean
  /** The operator that changes a text so. */
  readonly made: (of: AutomationExpression) => AutomationExpression
}

export const stepped = (of: AutomationExpression, steps: readonly TextStep[]): AutomationExpression =>
  steps.reduce((now, step) => step.made(now), of)

export type Jinja =
  | Scalar
  /** The text that steps make of an open one. */
  | { readonly is: 'changed'; readonly of: Scalar; readonly steps: readonly TextStep[] }
  /** Parts one after the other, as text. */
  | { readonly is: 'joined'; readonly parts: readonly Jinja[] }
  /** An item is there where its condition holds. */
  | { readonly is: 'list'; readonly items: readonly Item[] }
  | { readonly is: 'mapping'; readonly entries: ReadonlyMap<Value, Jinja>; readonly open?: string }
  | { readonly is: 'state'; readonly entity: string; readonly holds?: ReadonlyMap<string, Jinja> }
  | { readonly is: 'attributes'; readonly entity: string; readonly holds?: ReadonlyMap<string, Jinja> }
  | { readonly is: 'domain'; readonly name: string }
  | { readonly is: 'space'; readonly id: number }
  | { readonly is: 'undefined'; readonly name: string }
  /** A moment: seconds (an expression) after now, after today's midnight, or after 1970. `stamp`: as a number of seconds since 1970. */
  | {
      readonly is: 'moment'
      readonly base: MomentBase
      readonly offset: AutomationExpression
      readonly stamp: boolean
      /** Its parts are read on the clock of UTC. */
      readonly utc?: true
    }
  /** The parts of a text between separators; without one between runs of blanks. */
  | { readonly is: 'parts'; readonly of: AutomationExpression; readonly separator: string | null }
  | { readonly is: 'span'; readonly seconds: AutomationExpression }
  /** The time of day as text: "06:30". */
  | { readonly is: 'clock'; readonly seconds: AutomationExpression; readonly format: ClockFormat }
  | { readonly is: 'function'; readonly name: string }
  | { readonly is: 'method'; readonly of: Jinja; readonly name: string }
  | { readonly is: 'macro'; readonly name: string; readonly parameters: readonly Parameter[]; readonly body: readonly Statement[] }
  | { readonly is: 'unknown'; readonly why: string; readonly type: ValueType }
  /** `exclusive`: no two conditions hold at once, the order of the cases means nothing. */
  | { readonly is: 'choice'; readonly cases: readonly Item[]; readonly otherwise: Jinja; readonly exclusive?: true }

export interface Item {
  readonly when: AutomationExpression
  readonly value: Jinja
}

export type MomentBase = 'now' | 'midnight' | 'epoch'
export type ClockFormat = 'minutes' | 'seconds'

const NUMERIC: Types = new Set<TypeName>(['number'])
const TEXTS: Types = new Set<TypeName>(['text'])
const BOOLS: Types = new Set<TypeName>(['bool'])
const ALL: Types = new Set<TypeName>(['null', 'bool', 'number', 'text'])
const NUMERALS: Types = new Set<TypeName>(['number', 'text'])

export const constant = (of: Value, float = false): Scalar => ({
  is: 'scalar',
  of: value(of),
  types: new Set([typeName(of)]),
  text: typeof of === 'string',
  float,
  values: [of],
})
export const NONE = constant(null)
export const EMPTY = constant('')
export const truthValue = (of: AutomationExpression): Scalar =>
  of.is === 'value' ? constant(of.value === true) : { is: 'scalar', of, types: BOOLS, text: false, float: false, values: [true, false] }
export const numberValue = (of: AutomationExpression, float = false): Scalar =>
  of.is === 'value' ? constant(of.value, float) : { is: 'scalar', of, types: NUMERIC, text: false, float }
export const unknown = (why: string, type: ValueType = { is: 'any' }): Jinja => ({ is: 'unknown', why, type })
export const UNDEFINED = (name: string): Jinja => ({ is: 'undefined', name })
export const list = (items: readonly Jinja[]): Jinja => ({ is: 'list', items: items.map((item) => ({ when: value(true), value: item })) })

export const constantOf = (of: Jinja): Value | undefined => (of.is === 'scalar' && of.of.is === 'value' ? of.of.value : undefined)
export const textOf = (of: Jinja): string | undefined => {
  const known = constantOf(of)
  return typeof known === 'string' ? known : undefined
}
export const has = (of: Scalar, name: TypeName): boolean => of.types.has(name)
export const only = (of: Scalar, ...names: readonly TypeName[]): boolean => [...of.types].every((name) => names.includes(name))
export const isA = (of: Scalar, name: TypeName): AutomationExpression =>
  !has(of, name) ? value(false) : of.types.size === 1 ? value(true) : apply('is', of.of, value(name))

/** An expression of this type as a plain value; `state`: the text of a state. */
export function typed(of: AutomationExpression, type: ValueType, state: boolean): Scalar {
  if (of.is === 'value' && !(state && typeof of.value !== 'string')) return constant(of.value)
  switch (type.is) {
    case 'bool':
      return state
        ? {
            is: 'scalar',
            of: choose(apply('==', of, value(true)), value('on'), value('off')),
            types: TEXTS,
            text: true,
            float: false,
            values: ['on', 'off'],
          }
        : truthValue(of)
    case 'enum':
      return {
        is: 'scalar',
        of,
        types: TEXTS,
        text: true,
        float: false,
        ...(type.other || type.values.length > 24 ? { known: type.values } : { values: type.values }),
      }
    case 'number':
      return state
        ? { is: 'scalar', of, types: NUMERIC, text: true, float: false }
        : { is: 'scalar', of, types: NUMERIC, text: false, float: !type.integer }
    case 'text':
      return { is: 'scalar', of, types: TEXTS, text: true, float: false }
    case 'any':
      return { is: 'scalar', of, types: state ? NUMERALS : ALL, text: state, float: false }
  }
}

/** One of several; plain values become one plain value where that loses nothing. */
export function chosen(when: AutomationExpression, then: Jinja, otherwise: Jinja): Jinja {
  if (when.is === 'value') return when.value === true ? then : otherwise
  if (then === otherwise) return then
  if (then.is === 'scalar' && otherwise.is === 'scalar') {
    if (
      sizeOf(then.of) === sizeOf(otherwise.of) &&
      sizeOf(then.of) < 200 &&
      then.text === otherwise.text &&
      sameExpression(then.of, otherwise.of)
    )
      return then
    const more = longer(when, then, otherwise)
    if (more !== undefined) return more
    if (mixes(then, otherwise)) {
      const values =
        then.values !== undefined && otherwise.values !== undefined ? [...new Set([...then.values, ...otherwise.values])] : undefined
      const known = [...new Set([...knownOf(then), ...knownOf(otherwise)])]
      return {
        is: 'scalar',
        of: choose(when, then.of, otherwise.of),
        types: new Set([...then.types, ...otherwise.types]),
        text: has(then, 'number') ? then.text : has(otherwise, 'number') ? otherwise.text : then.text && otherwise.text,
        float: has(then, 'number') ? then.float : otherwise.float,
        ...(values !== undefined && values.length <= 24 ? { values } : known.length > 0 ? { known } : {}),
      }
    }
  }
  if (otherwise.is === 'choice') return { is: 'choice', cases: [{ when, value: then }, ...otherwise.cases], otherwise: otherwise.otherwise }
  return { is: 'choice', cases: [{ when, value: then }], otherwise }
}

/** A sum that one way made longer is one sum: its last part is nothing where that way was not taken. */
function longer(when: AutomationExpression, then: Scalar, otherwise: Scalar): Scalar | undefined {
  if (![then, otherwise].every((one) => only(one, 'number') && !one.text) || then.float !== otherwise.float) return undefined
  const partOf = (long: Scalar, short: Scalar): AutomationExpression | undefined =>
    long.of.is === 'apply' && long.of.operator === '+' && long.of.arguments.length === 2 && long.of.arguments[0] === short.of
      ? long.of.arguments[1]
      : undefined
  const [added, dropped] = [partOf(then, otherwise), partOf(otherwise, then)]
  if (added !== undefined) return numberValue(apply('+', otherwise.of, choose(when, added, value(0))), then.float)
  return dropped === undefined ? undefined : numberValue(apply('+', then.of, choose(when, value(0), dropped)), then.float)
}

const knownOf = (of: Scalar): readonly string[] => (of.values ?? of.known ?? []).filter((one): one is string => typeof one === 'string')

/** Whether numbers keep their meaning when the two become one. */
function mixes(a: Scalar, b: Scalar): boolean {
  if (has(a, 'number') && has(b, 'number')) return a.text === b.text && a.float === b.float
  const numeric = has(a, 'number') ? a : has(b, 'number') ? b : undefined
  const other = numeric === a ? b : a
  // A text beside a native number stays a text of its own; beside a spelled number, None and truth values would become texts.
  return numeric === undefined || (numeric.text ? only(other, 'text') : true)
}

/** The ways of a choice in order, each with the condition that it is taken in (those before it excluded). */
export function waysOf(of: Jinja): readonly Item[] {
  if (of.is !== 'choice') return [{ when: value(true), value: of }]
  const ways: Item[] = []
  let before: AutomationExpression[] = []
  for (const { when, value: one } of of.cases) {
    const here = of.exclusive === true ? when : and(...before, when)
    for (const inner of waysOf(one)) ways.push({ when: and(here, inner.when), value: inner.value })
    before = [...before, not(when)]
  }
  for (const inner of waysOf(of.otherwise)) ways.push({ when: and(...before, inner.when), value: inner.value })
  return ways
}

/** The constants that a plain value can be, each with its condition, or the value itself where they are not known. */
export function split(of: Jinja): readonly Item[] {
  return waysOf(of).flatMap(({ when, value: one }): readonly Item[] => {
    if (one.is !== 'scalar' || one.of.is === 'value' || one.values === undefined) return [{ when, value: one }]
    return one.values.map((constantValue) => ({ when: and(when, same(one.of, value(constantValue))), value: constant(constantValue) }))
  })
}

/** Puts ways together again; they exclude each other and one of them is taken. */
export function gathered(ways: readonly Item[]): Jinja {
  const open = ways.filter(({ when }) => !(when.is === 'value' && when.value !== true))
  const last = open.at(-1)
  if (last === undefined) return UNDEFINED('')
  const made = open.slice(0, -1).reduceRight((rest, { when, value: one }) => chosen(when, one, rest), last.value)
  // Cases of the last way, taken over into the choice, need not exclude the others.
  return made.is === 'choice' && last.value.is !== 'choice' ? { ...made, exclusive: true } : made
}

/** Whether conditions ask one thing for different constants. */
export function excludesItself(conditions: readonly AutomationExpression[]): boolean {
  const asked = conditions.map((one) => {
    if (one.is !== 'apply' || one.operator !== '==') return undefined
    const [of, constantPart] = one.arguments
    return of?.is === 'local' && constantPart?.is === 'value' ? { name: of.name, constant: constantPart.value } : undefined
  })
  const names = new Set(asked.map((one) => one?.name))
  return names.size === 1 && !names.has(undefined) && new Set(asked.map((one) => one?.constant)).size === conditions.length
}

/** The truth of a value in Jinja. Of an unknown one: nothing. */
export function truthOf(of: Jinja): AutomationExpression | undefined {
  switch (of.is) {
    case 'scalar': {
      if (of.of.is === 'value') return value(of.of.value !== null && of.of.value !== false && of.of.value !== 0 && of.of.value !== '')
      const parts: AutomationExpression[] = []
      if (has(of, 'bool')) parts.push(only(of, 'bool') ? of.of : same(of.of, value(true)))
      if (has(of, 'number')) parts.push(of.text ? isA(of, 'number') : and(isA(of, 'number'), not(same(of.of, value(0)))))
      if (has(of, 'text')) parts.push(and(isA(of, 'text'), nonEmpty(of)))
      return or(...parts)
    }
    case 'changed': {
      const back = preimages(of, '')
      if (back?.sure === true || of.of.values !== undefined)
        return not(or(...(back?.texts ?? []).map((text) => same(of.of.of, value(text)))))
      return not(same(stepped(apply('text', of.of.of), of.steps), value('')))
    }
    case 'joined': {
      const parts = of.parts.map((part) => lengthPositive(part))
      return parts.includes(undefined) ? undefined : or(...(parts as AutomationExpression[]))
    }
    case 'list':
      return or(...of.items.map(({ when }) => when))
    case 'mapping':
      return of.entries.size > 0 ? value(true) : of.open === undefined ? value(false) : undefined
    case 'undefined':
      return value(false)
    case 'moment':
      return of.stamp ? undefined : value(true)
    case 'span':
      return not(same(of.seconds, value(0)))
    case 'state':
    case 'attributes':
    case 'domain':
    case 'space':
    case 'parts':
    case 'clock':
    case 'function':
    case 'method':
    case 'macro':
      return value(true)
    case 'unknown':
      return undefined
    case 'choice': {
      const otherwise = truthOf(of.otherwise)
      return of.cases.reduceRight<AutomationExpression | undefined>((rest, { when, value: one }) => {
        const truth = truthOf(one)
        return truth === undefined || rest === undefined ? undefined : chooseTruth(when, truth, rest)
      }, otherwise)
    }
  }
}

/** `choose` between truths, folded where one is constant. */
export function chooseTruth(when: AutomationExpression, then: AutomationExpression, otherwise: AutomationExpression): AutomationExpression {
  if (then.is === 'value') return then.value === true ? or(when, otherwise) : and(not(when), otherwise)
  if (otherwise.is === 'value') return otherwise.value === true ? or(not(when), then) : and(when, then)
  return choose(when, then, otherwise)
}

function nonEmpty(of: Scalar): AutomationExpression {
  if (of.values !== undefined && !of.values.includes('')) return value(true)
  return not(same(of.of, value('')))
}

/** Whether a part prints something; a printed None or number does. */
function lengthPositive(of: Jinja): AutomationExpression | undefined {
  if (of.is !== 'scalar') return of.is === 'list' || of.is === 'mapping' ? value(true) : truthOf(of)
  if (of.of.is === 'value') return value(of.of.value !== '')
  return has(of, 'text') ? not(same(of.of, value(''))) : value(true)
}

/** The texts that lead to one through the steps; nothing where they are not known. */
export function preimages(
  of: { readonly of: Scalar; readonly steps: readonly TextStep[] },
  text: string,
): { readonly texts: readonly string[]; readonly sure: boolean } | undefined {
  let texts: readonly string[] = [text]
  let sure = true
  for (const step of of.steps.toReversed()) {
    const back = texts.map((one) => step.backwards(one))
    sure &&= back.every((one) => one.sure)
    texts = [...new Set(back.flatMap((one) => one.texts))]
    if (texts.length > 200) return undefined
  }
  const known = (of.of.values ?? of.of.known ?? []).filter((one): one is string => typeof one === 'string')
  const through = known.filter((one) => of.steps.reduce((now, step) => step.forwards(now), one) === text)
  return { texts: [...new Set([...texts, ...through])], sure }
}

export const sizeOfValue = (of: Jinja): number => {
  switch (of.is) {
    case 'scalar':
      return sizeOf(of.of)
    case 'moment':
      return sizeOf(of.offset)
    case 'span':
    case 'clock':
      return sizeOf(of.seconds)
    case 'changed':
      return sizeOf(of.of.of)
    case 'choice':
      return of.cases.reduce((sum, { when, value: one }) => sum + sizeOf(when) + sizeOfValue(one), sizeOfValue(of.otherwise))
    case 'joined':
      return of.parts.reduce((sum, part) => sum + sizeOfValue(part), 1)
    case 'list':
      return of.items.reduce((sum, { when, value: one }) => sum + sizeOf(when) + sizeOfValue(one), 1)
    case 'mapping':
      return [...of.entries.values()].reduce((sum, part) => sum + sizeOfValue(part), 1)
    case 'state':
    case 'attributes':
    case 'domain':
    case 'space':
    case 'parts':
    case 'undefined':
    case 'function':
    case 'method':
    case 'macro':
    case 'unknown':
      return 1
  }
}
