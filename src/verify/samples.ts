/** Finitely many values that stand for all values of a type, where values are only compared with known constants. */
import type { AutomationExpression, AutomationOperator, Value, ValueType } from '../model/automation.ts'
import { visitParts } from '../model/expression-size.ts'
import { inType } from './values.ts'

/** Ranges of integers up to this size are listed whole. */
const fewIntegers = 16

/** Every value of a type that has few of them; undefined for the others. */
export function fewValues(type: ValueType): readonly Value[] | undefined {
  if (type.is === 'bool') return [false, true]
  if (type.is === 'enum') return type.other ? undefined : type.values
  if (type.is !== 'number' || !type.integer || type.low === undefined || type.high === undefined) return undefined
  const [low, high] = [Math.ceil(type.low), Math.floor(type.high)]
  return high - low >= fewIntegers ? undefined : Array.from({ length: Math.max(0, high - low + 1) }, (_, at) => low + at)
}

/**
 * Every constant that is of the type and, from each class of other values that no comparison with a constant tells apart, `each` (fewer where it has fewer).
 * Undefined where doubles are too coarse to lie between two constants.
 */
export function samples(type: ValueType, constants: readonly Value[], each: 1 | 2 = 2): readonly Value[] | undefined {
  const few = fewValues(type)
  if (few !== undefined) return few
  switch (type.is) {
    case 'bool':
    case 'enum':
    case 'text':
      return texts(constants, each)
    case 'number':
      return numbers(type, constants, each)
    case 'any': {
      const plain = numbers({ is: 'number', integer: false }, constants, each)
      return plain === undefined ? undefined : [null, false, true, ...texts(constants, each), ...plain]
    }
  }
}

function texts(constants: readonly Value[], each: number): readonly Value[] {
  const named = [...new Set(constants.filter((value) => typeof value === 'string'))].sort()
  const fresh = [0, 1, 2, 3, ...named.map((_, at) => at + 4)].map((at) => `text ${at}`).filter((text) => !named.includes(text))
  return [...named, ...fresh.slice(0, each)]
}

function numbers(type: Extract<ValueType, { is: 'number' }>, constants: readonly Value[], each: number): readonly Value[] | undefined {
  const ends = [type.low, type.high].filter((end) => end !== undefined)
  const cuts = [...new Set([...constants.filter((value) => typeof value === 'number'), ...ends])].sort((a, b) => a - b)
  if (cuts.length === 0) return [0, 1].slice(0, each)
  const [first, last] = [cuts[0]!, cuts.at(-1)!]
  const found: number[] = [
    ...cuts,
    ...inside(-Infinity, first, type.integer).slice(0, each),
    ...inside(last, Infinity, type.integer).slice(0, each),
  ]
  for (const [at, low] of cuts.entries()) {
    const high = cuts[at + 1]
    if (high === undefined) break
    const between = inside(low, high, type.integer)
    if (!type.integer && between.length < 2) return undefined
    found.push(...between.slice(0, each))
  }
  return found.filter((value) => inType(value, type)).sort((a, b) => a - b)
}

/** Two numbers strictly between the ends; fewer where there are not so many. */
function inside(low: number, high: number, integer: boolean): readonly number[] {
  if (low === -Infinity) return [Math.ceil(high) - 2, Math.ceil(high) - 1]
  if (high === Infinity) return [Math.floor(low) + 1, Math.floor(low) + 2]
  const candidates = integer ? [Math.floor(low) + 1, Math.floor(low) + 2] : [low + (high - low) / 3, low + ((high - low) * 2) / 3]
  return candidates.filter((value) => low < value && value < high)
}

const comparisons: readonly AutomationOperator[] = ['==', '!=', '<', '<=', '>', '>=', 'is']
const truths: readonly AutomationOperator[] = ['and', 'or', 'not']

/** Calls `leaf` with each read, local and `any` of an expression, and whether it stands where only its truth, or a comparison with a constant, counts. */
export function walkLeaves(
  expression: AutomationExpression,
  leaf: (part: Exclude<AutomationExpression, { is: 'value' | 'apply' }>, compared: boolean) => void,
  compared = false,
  seen: readonly [Set<AutomationExpression>, Set<AutomationExpression>] = [new Set(), new Set()],
): void {
  if (expression.is === 'value') return
  if (expression.is !== 'apply') {
    leaf(expression, compared)
    return
  }
  // Parts that stand in several places say the same there.
  const known = seen[compared ? 1 : 0]
  if (known.has(expression)) return
  known.add(expression)
  const { operator, arguments: parts } = expression
  const withConstant = comparisons.includes(operator) && parts.length === 2 && parts.some((part) => part.is === 'value')
  parts.forEach((part, at) => walkLeaves(part, leaf, withConstant || truths.includes(operator) || (operator === 'if' && at === 0), seen))
}

/** The constants of an expression. */
export function constantsOf(expression: AutomationExpression): readonly Value[] {
  const found: Value[] = []
  visitParts(expression, (part) => part.is === 'value' && found.push(part.value))
  return found
}
