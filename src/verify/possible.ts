/** Sets of values that an attribute, a local or an expression may have: always a superset of what any run shows. */
import type { AutomationExpression, Value, ValueType } from '../model/automation.ts'
import { constantsOf, fewValues, samples, walkLeaves } from './samples.ts'
import type { Datum } from './values.ts'
import { datumKey, evaluate, inType, toDatum, toValue } from './values.ts'

/** The listed values and, where `type` is there, every value of that type. */
export interface Possible {
  readonly values: ReadonlyMap<string, Datum>
  readonly type?: ValueType
}

const mostValues = 64
const mostCombinations = 4_096

export const nothing: Possible = { values: new Map() }
export const anything: Possible = { values: new Map(), type: { is: 'any' } }

export function possibleValues(values: readonly Value[]): Possible {
  return { values: new Map(values.map((value) => [datumKey(toDatum(value)), toDatum(value)])) }
}

export function possibleOfType(type: ValueType): Possible {
  const few = fewValues(type)
  return few === undefined ? { values: new Map(), type } : possibleValues(few)
}

export function join(a: Possible, b: Possible): Possible {
  const values = new Map([...a.values, ...b.values])
  const types = [a.type, b.type].filter((type) => type !== undefined)
  if (values.size > mostValues || (types.length === 2 && JSON.stringify(types[0]) !== JSON.stringify(types[1]))) return anything
  return types[0] === undefined ? { values } : { values, type: types[0] }
}

/** Grows only: whether b adds nothing to a. */
export function covers(a: Possible, b: Possible): boolean {
  if (a.type?.is === 'any') return true
  return (
    [...b.values.keys()].every((key) => a.values.has(key)) && (b.type === undefined || JSON.stringify(a.type) === JSON.stringify(b.type))
  )
}

export function mayBe(possible: Possible, value: Value): boolean {
  return possible.values.has(datumKey(toDatum(value))) || (possible.type !== undefined && inType(value, possible.type))
}

/** Whether it may be something else than `true`. */
export function mayNotHold(possible: Possible): boolean {
  return (possible.type !== undefined && possible.type.is !== 'bool') || [...possible.values.values()].some((value) => value !== true)
}

export const mayHold = (possible: Possible): boolean => mayBe(possible, true)

/** What an expression may yield where attributes and locals are what they may be, each the same wherever the expression reads it. */
export function possibleResults(
  expression: AutomationExpression,
  attribute: (id: string) => Possible,
  local: (name: string) => Possible,
): Possible {
  if (expression.is === 'value') return possibleValues([expression.value])
  if (expression.is === 'read') return attribute(expression.attribute)
  if (expression.is === 'local') return local(expression.name)
  if (expression.is === 'any') return possibleOfType(expression.type)
  const variables = new Map<string, { readonly options: readonly Datum[] }>()
  const constants = constantsOf(expression)
  let [decided, combinations, opens] = [true, 1, 0]
  walkLeaves(expression, (leaf, compared) => {
    const name = leaf.is === 'read' ? `read ${leaf.attribute}` : leaf.is === 'local' ? `local ${leaf.name}` : `any ${opens++}`
    const may = leaf.is === 'read' ? attribute(leaf.attribute) : leaf.is === 'local' ? local(leaf.name) : possibleOfType(leaf.type)
    const sampled = may.type === undefined ? [] : samples(may.type, [...constants, ...[...may.values.values()].map(toValue)])
    if (sampled === undefined || (may.type !== undefined && !compared)) decided = false
    else if (!variables.has(name)) {
      const options = new Map([...may.values, ...sampled.map((value) => [datumKey(toDatum(value)), toDatum(value)] as const)])
      variables.set(name, { options: [...options.values()] })
      combinations *= options.size
    }
  })
  if (!decided || combinations > mostCombinations) return anything
  return evaluateAll(expression, variables, combinations)
}

function evaluateAll(
  expression: AutomationExpression,
  variables: ReadonlyMap<string, { readonly options: readonly Datum[] }>,
  combinations: number,
): Possible {
  const results = new Map<string, Datum>()
  for (let combination = 0; combination < combinations; combination++) {
    const chosen = new Map<string, Datum>()
    let rest = combination
    for (const [name, { options }] of variables) {
      chosen.set(name, options[rest % options.length]!)
      rest = Math.floor(rest / options.length)
    }
    let opens = 0
    const pick = (name: string): Datum => chosen.get(name) ?? null
    const result = evaluate(expression, {
      attribute: (id) => pick(`read ${id}`),
      local: (name) => pick(`local ${name}`),
      any: () => pick(`any ${opens++}`),
    })
    results.set(datumKey(result), result)
  }
  return results.size > mostValues ? anything : { values: results }
}
