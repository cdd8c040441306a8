/** Values that would make an expression hold: candidates for runs that are tried, never trusted. Nothing here need be complete, and what it says need not be true. */
import type { AutomationExpression, ThingAttribute, Value, ValueType } from '../model/automation.ts'
import { sizeOfExpression } from '../model/expression-size.ts'
import { inType, type Datum } from '../verify/values.ts'
import { evaluate, toDatum } from '../verify/values.ts'

/** What attributes should hold, by id, and locals, by `localKey`. */
export type Wish = ReadonlyMap<string, Value>

export const localKey = (name: string): string => `\u0000${name}`

export const NO_WISH: Wish = new Map()

/** Of one expression. */
const MOST = 8

/** Both together; nothing where they want different things. */
export const joined = (a: Wish, b: Wish): Wish | undefined => {
  if (a.size === 0) return b
  for (const [key, value] of b) if (a.has(key) && a.get(key) !== value) return undefined
  return b.size === 0 ? a : new Map([...a, ...b])
}

export const product = (left: readonly Wish[], right: readonly Wish[], most = MOST): readonly Wish[] => {
  const made: Wish[] = []
  for (const a of left)
    for (const b of right) {
      const both = joined(a, b)
      if (both !== undefined) made.push(both)
      if (made.length >= most) return made
    }
  return made
}

/** Parts of an expression; of larger ones nothing is wished for. */
const LARGEST = 2_000

export type TypeOf = (key: string) => ValueType | undefined

/** A few ways to make the expression hold, or fail; empty where none is seen. */
export const wishesFor = (expression: AutomationExpression, holds: boolean, typeOf: TypeOf): readonly Wish[] => {
  if (sizeOfExpression(expression).parts > LARGEST) return [NO_WISH]
  switch (expression.is) {
    case 'value':
      return (expression.value === true) === holds ? [NO_WISH] : []
    case 'any':
      return [NO_WISH]
    case 'read':
    case 'local':
      return wanted(expression, holds, typeOf)
    case 'apply':
      break
  }
  const { operator, arguments: parts } = expression
  const [a, b] = parts
  const both = (wish: boolean): readonly Wish[] =>
    parts.reduce<readonly Wish[]>((sum, part) => product(sum, wishesFor(part, wish, typeOf)), [NO_WISH])
  const either = (wish: boolean): readonly Wish[] => {
    const options = parts.map((part) => wishesFor(part, wish, typeOf))
    // The first way of each before the second of any.
    const made: Wish[] = []
    for (let at = 0; at < MOST && made.length < MOST; at++) for (const option of options) made.push(...option.slice(at, at + 1))
    return made.slice(0, MOST)
  }
  switch (operator) {
    case 'and':
      return holds ? both(true) : either(false)
    case 'or':
      return holds ? either(true) : both(false)
    case 'not':
      return a === undefined ? [] : wishesFor(a, !holds, typeOf)
    case 'if': {
      const c = parts[2]
      if (a === undefined || b === undefined || c === undefined) return []
      const yes = product(wishesFor(a, true, typeOf), wishesFor(b, holds, typeOf))
      return [...yes, ...product(wishesFor(a, false, typeOf), wishesFor(c, holds, typeOf))].slice(0, MOST)
    }
    default:
      return a === undefined ? [] : trials(expression, holds, typeOf)
  }
}

/** The one thing that is read in an expression, tried with the values that the expression names and those beside them. */
const trials = (expression: AutomationExpression, holds: boolean, typeOf: TypeOf): readonly Wish[] => {
  const read = new Set<string>()
  const named: Value[] = []
  const walk = (part: AutomationExpression): void => {
    if (part.is === 'read') read.add(part.attribute)
    if (part.is === 'local') read.add(localKey(part.name))
    if (part.is === 'value') named.push(part.value)
    if (part.is === 'apply') part.arguments.forEach(walk)
  }
  walk(expression)
  const keys = [...read]
  if (keys.length === 0) return evaluates(expression, NO_WISH, typeOf) === holds ? [NO_WISH] : []
  if (keys.length > 2) return [NO_WISH]
  const made: Wish[] = []
  const options = keys.map((key) => optionsOf(typeOf(key), named))
  for (const first of options[0]!)
    for (const second of options[1] ?? [null]) {
      const wish = new Map<string, Value>([[keys[0]!, first]])
      if (keys[1] !== undefined) wish.set(keys[1], second)
      if (evaluates(expression, wish, typeOf) === holds) made.push(wish)
      if (made.length >= MOST / 2) return made
    }
  return made
}

/** Values of the type that an expression with these constants may tell apart. */
const optionsOf = (type: ValueType | undefined, named: readonly Value[]): readonly Value[] => {
  const numbers = named.flatMap((value) =>
    typeof value === 'number' ? [value] : typeof value === 'string' && value !== '' ? number(value) : [],
  )
  const near = numbers.flatMap((value) => [value, value + 1, value - 1, Math.floor(value) + 1, Math.ceil(value) - 1])
  const texts = near.map(String)
  const every: readonly Value[] = [
    ...named,
    ...near,
    ...texts,
    true,
    false,
    ...(type?.is === 'enum' ? type.values : []),
    'on',
    'off',
    '0',
    0,
    '',
    null,
  ]
  return [...new Set(every)].filter((value) => type === undefined || inType(value, type))
}

const number = (text: string): readonly number[] => {
  const value = Number(text)
  return Number.isFinite(value) ? [value] : []
}

const wanted = (expression: AutomationExpression, holds: boolean, typeOf: TypeOf): readonly Wish[] => {
  const key = expression.is === 'read' ? expression.attribute : expression.is === 'local' ? localKey(expression.name) : ''
  const type = typeOf(key)
  return type === undefined || inType(holds, type) ? [new Map([[key, holds]])] : holds ? [] : [NO_WISH]
}

const evaluates = (expression: AutomationExpression, wish: Wish, typeOf: TypeOf): boolean => {
  const datum = (key: string): Datum => {
    const value = wish.get(key)
    if (value !== undefined) return toDatum(value)
    return toDatum(optionsOf(typeOf(key), [])[0] ?? null)
  }
  return evaluate(expression, { attribute: datum, local: (name) => datum(localKey(name)), any: () => null }) === true
}

/** Another value of the attribute's type, where there is one. */
export const otherThan = ({ type }: ThingAttribute, value: Value, among: readonly Value[] | undefined): Value | undefined => {
  const options = [...(among ?? []), ...optionsOf(type, [value])]
  return options.find((option) => option !== value && inType(option, type))
}
