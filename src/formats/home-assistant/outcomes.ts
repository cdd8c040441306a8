/** What an expression can be, read off its form: the texts that it can have, or how they all begin. */
import type { AutomationExpression } from '../../model/automation.ts'
import { isTextOperator, textResults } from '../../model/automation.ts'
import { type TypeName, typeName, type Types, typesOf } from '../node-red/expressions.ts'
import type { Home } from './home.ts'
import type { Writing } from './writing.ts'

/** More texts than these are not told apart. */
const MOST = 64
const DEEP = 12

/** What locals of an automation are given, each by every step that does so. */
export function define(home: Home, automation: string, local: string, expression: AutomationExpression): void {
  const key = `${automation} ${local}`
  home.locals.set(key, [...(home.locals.get(key) ?? []), expression])
}

/** Every text that the expression can have (what is no text counts as none); nothing where they are not known, or many. */
export function outcomes(w: Writing, expression: AutomationExpression): readonly string[] | undefined {
  return outcomesIn(w, expression, new Map())
}

type Texts = readonly string[] | undefined
type Known = Map<AutomationExpression | string, { readonly texts: Texts }>

/** Parts that are shared are looked at once; what a circle of locals can be is not known. */
function outcomesIn(w: Writing, expression: AutomationExpression, known: Known): Texts {
  const key = expression.is === 'local' ? expression.name : expression
  const before = known.get(key)
  if (before !== undefined) return before.texts
  known.set(key, { texts: undefined })
  const texts = outcomesOfOne(w, expression, known)
  known.set(key, { texts })
  return texts
}

function outcomesOfOne(w: Writing, expression: AutomationExpression, known: Known): Texts {
  const all = (parts: readonly AutomationExpression[]): readonly string[] | undefined => {
    const lists: Texts[] = []
    for (const one of parts) {
      lists.push(outcomesIn(w, one, known))
      if (lists.at(-1) === undefined) return undefined
    }
    const found = new Set(lists.flatMap((one) => one ?? []))
    return found.size > MOST ? undefined : [...found]
  }
  switch (expression.is) {
    case 'value':
      return expression.value === null ? [] : [String(expression.value)]
    case 'any':
      return undefined
    case 'local': {
      const defined = w.home.locals.get(`${w.automation} ${expression.name}`)
      return defined === undefined ? undefined : all(defined)
    }
    case 'read': {
      const type = w.home.attributes.get(expression.attribute)?.type
      return type?.is === 'enum' && !type.other && type.values.length <= MOST ? type.values.map(String) : undefined
    }
    case 'apply':
      break
  }
  const { operator, arguments: parts } = expression
  switch (operator) {
    case 'if':
      return all(parts.slice(1))
    case 'text':
    case 'trim':
    case 'lower': {
      const of = outcomesIn(w, parts[0]!, known)
      return operator === 'text' ? of : of?.map((one) => (operator === 'trim' ? one.trim() : one.toLowerCase()))
    }
    case 'concat':
      return parts.reduce<readonly string[] | undefined>(
        (before, part) => {
          const after = before === undefined ? undefined : outcomesIn(w, part, known)
          if (before === undefined || after === undefined || before.length * after.length > MOST) return undefined
          return before.flatMap((one) => after.map((two) => one + two))
        },
        [''],
      )
    default:
      return undefined
  }
}

/** How every text begins that the expression can have. */
export const opening = (w: Writing, expression: AutomationExpression): string => openingIn(w, expression, 0, new Map())

/** Parts that are shared are looked at once; too deep a part may begin with anything. */
function openingIn(w: Writing, expression: AutomationExpression, depth: number, known: Map<AutomationExpression, string>): string {
  if (depth > DEEP) return ''
  const before = known.get(expression)
  if (before !== undefined) return before
  const found = openingOf(w, expression, depth, known)
  known.set(expression, found)
  return found
}

function openingOf(w: Writing, expression: AutomationExpression, depth: number, known: Map<AutomationExpression, string>): string {
  const of = (one: AutomationExpression): string => openingIn(w, one, depth + 1, known)
  const common = (parts: readonly AutomationExpression[]): string =>
    parts
      .filter((one) => !(one.is === 'value' && one.value === null))
      .map(of)
      .reduce<string | undefined>((a, b) => (a === undefined ? b : a.slice(0, firstDifference(a, b))), undefined) ?? ''
  if (expression.is === 'value') return typeof expression.value === 'string' ? expression.value : ''
  if (expression.is === 'local') return common(w.home.locals.get(`${w.automation} ${expression.name}`) ?? [])
  if (expression.is !== 'apply') return ''
  const { operator, arguments: parts } = expression
  switch (operator) {
    case 'if':
      return common(parts.slice(1))
    case 'text':
      return of(parts[0]!)
    case 'trim':
      return of(parts[0]!).trim()
    case 'concat': {
      const [first, second] = parts
      const begins = first === undefined ? '' : of(first)
      return first?.is === 'value' && second !== undefined ? begins + of(second) : begins
    }
    default:
      return ''
  }
}

/** A text that every text ends with which the expression can have. */
export function ending(expression: AutomationExpression): string {
  if (expression.is === 'value') return typeof expression.value === 'string' ? expression.value : ''
  const last =
    expression.is === 'apply' && ['text', 'trim', 'concat'].includes(expression.operator) ? expression.arguments.at(-1) : undefined
  if (last === undefined || expression.is !== 'apply') return ''
  return expression.operator === 'trim' ? ending(last).trim() : ending(last)
}

function firstDifference(a: string, b: string): number {
  let index = 0
  while (index < a.length && a[index] === b[index]) index += 1
  return index
}

const ALL: Types = new Set<TypeName>(['null', 'bool', 'number', 'text'])
/** Operators that make a text of texts, and null of all else. */
const TEXT_OF_TEXT = new Set(['lower', 'upper', 'capital', 'title', 'trim', 'replace'])

/** A superset of the sorts of values that the expression can have. */
export function sortsOf(w: Writing, expression: AutomationExpression): Types {
  return sortsIn(w, expression, new Map())
}

/** Parts that are shared are looked at once; a circle of locals can have all sorts. */
function sortsIn(w: Writing, expression: AutomationExpression, known: Map<AutomationExpression | string, Types>): Types {
  const key = expression.is === 'local' ? expression.name : expression
  const before = known.get(key)
  if (before !== undefined) return before
  known.set(key, ALL)
  const found = sortsOfOne(w, expression, known)
  known.set(key, found)
  return found
}

function sortsOfOne(w: Writing, expression: AutomationExpression, known: Map<AutomationExpression | string, Types>): Types {
  const inner = (one: AutomationExpression): Types => sortsIn(w, one, known)
  switch (expression.is) {
    case 'value':
      return new Set([typeName(expression.value)])
    case 'any':
      return typesOf(expression)
    case 'local': {
      const defined = w.home.locals.get(`${w.automation} ${expression.name}`) ?? []
      return defined.length === 0 ? ALL : new Set(defined.flatMap((one) => [...inner(one)]))
    }
    case 'read': {
      const type = w.home.attributes.get(expression.attribute)?.type
      return type === undefined ? ALL : typesOf({ is: 'any', type, part: '' })
    }
    case 'apply':
      break
  }
  const { operator, arguments: parts } = expression
  if (operator === 'if') return new Set([...inner(parts[1]!), ...inner(parts[2]!)])
  const textual = isTextOperator(operator) && textResults[operator] === 'text or null' && TEXT_OF_TEXT.has(operator)
  return textual && parts.every((part) => [...inner(part)].every((sort) => sort === 'text'))
    ? new Set<TypeName>(['text'])
    : typesOf(expression)
}
