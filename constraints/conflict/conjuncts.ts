/** Conditions taken apart: what all of them demand, what they read, and what they say where an input is not there. */
import { isTextOperator, type AutomationExpression, type Value } from '../../src/model/automation.ts'

const visit = (expression: AutomationExpression, see: (part: AutomationExpression) => void): void => {
  see(expression)
  if (expression.is === 'apply') for (const argument of expression.arguments) visit(argument, see)
}

export const readsOf = (expression: AutomationExpression): ReadonlySet<string> => {
  const reads = new Set<string>()
  visit(expression, (part) => part.is === 'read' && reads.add(part.attribute))
  return reads
}

/** Whether attributes alone decide it: neither what started the run nor what is not modelled. */
export const isClosed = (expression: AutomationExpression): boolean => {
  let closed = true
  visit(expression, (part) => {
    if (part.is === 'local' || part.is === 'any') closed = false
  })
  return closed
}

/** Conditions that hold together iff the expression does; nested conjunctions are taken apart. */
export const conjunctsOf = (expression: AutomationExpression): readonly AutomationExpression[] =>
  expression.is === 'apply' && expression.operator === 'and' ? expression.arguments.flatMap(conjunctsOf) : [expression]

/** The part of a guard that attributes alone decide; nothing where no part of it reads any. */
export const closedPart = (guard: AutomationExpression): AutomationExpression | undefined => {
  const parts = conjunctsOf(guard).filter((part) => isClosed(part) && readsOf(part).size > 0)
  return parts.length === 0 ? undefined : parts.length === 1 ? parts[0] : { is: 'apply', operator: 'and', arguments: parts }
}

export const mentions = (expression: AutomationExpression, values: readonly Value[]): boolean => {
  let found = false
  visit(expression, (part) => {
    if (part.is === 'value' && values.includes(part.value)) found = true
  })
  return found
}

/** The value of a closed expression where every attribute that it reads holds the text; undefined where it computes with what this does not know. */
export const valueWhere = (expression: AutomationExpression, text: string): Value | undefined => {
  if (expression.is === 'value') return expression.value
  if (expression.is === 'read') return text
  if (expression.is !== 'apply' || isTextOperator(expression.operator)) return undefined
  const given = expression.arguments.map((argument) => valueWhere(argument, text))
  if (given.includes(undefined)) return undefined
  const [a, b, c] = given as readonly Value[]
  const ordered = (fits: (x: number, y: number) => boolean): boolean => typeof a === 'number' && typeof b === 'number' && fits(a, b)
  switch (expression.operator) {
    case 'and':
      return given.every((one) => one === true)
    case 'or':
      return given.includes(true)
    case 'not':
      return a !== true
    case '==':
      return a === b
    case '!=':
      return a !== b
    case '<':
      return ordered((x, y) => x < y)
    case '<=':
      return ordered((x, y) => x <= y)
    case '>':
      return ordered((x, y) => x > y)
    case '>=':
      return ordered((x, y) => x >= y)
    case 'if':
      return a === true ? b! : c!
    case 'number':
      return typeof a === 'number' ? a : typeof a === 'string' && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(a) ? Number(a) : null
    case 'is':
      return (a === null ? 'null' : typeof a === 'string' ? 'text' : typeof a === 'boolean' ? 'bool' : 'number') === b
    case '+':
    case '-':
    case '*':
    case '/':
    case 'mod':
    case 'min':
    case 'max':
      // With a text nothing is computed; what numbers alone make of each other says nothing of the input.
      return given.every((one) => typeof one === 'number') ? undefined : null
    default:
      return undefined
  }
}
