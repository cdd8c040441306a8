/** Sets of values that an attribute, a local or an expression may have: always a superset of what any run shows. */
import type { AutomationExpression, AutomationOperator, Value, ValueType } from '../model/automation.ts'
import { constantsOf, fewValues, samples, walkLeaves } from './samples.ts'
import type { Datum, Scope } from './values.ts'
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
  const apart = apartOf(expression)
  if (apart === undefined) return enumerated(expression, attribute, local)
  const parts = apart.parts.map((part) => possibleResults(part, attribute, local))
  if (parts.some(isNothing)) return nothing
  if (expression.operator === 'and') return truths(parts.every(mayHold), parts.some(mayNotHold))
  if (expression.operator === 'or') return truths(parts.some(mayHold), parts.every(mayNotHold))
  return enumerated(apart.over, attribute, (name) => parts[Number(name)]!)
}

const isNothing = ({ values, type }: Possible): boolean => values.size === 0 && type === undefined

const truths = (yes: boolean, no: boolean): Possible => possibleValues([...(yes ? [true] : []), ...(no ? [false] : [])])

/** Where everything that is read takes each of its values, or each of some that stand for all. */
function enumerated(expression: AutomationExpression, attribute: (id: string) => Possible, local: (name: string) => Possible): Possible {
  const variables = new Map<string, { readonly options: readonly Datum[] }>()
  const constants = constantsIn(expression)
  let [decided, combinations, opens] = [true, 1, 0]
  walkLeaves(expression, (leaf, compared) => {
    const name = leaf.is === 'read' ? `read ${leaf.attribute}` : leaf.is === 'local' ? `local ${leaf.name}` : `any ${opens++}`
    if (!decided || combinations > mostCombinations) return
    const may = leaf.is === 'read' ? attribute(leaf.attribute) : leaf.is === 'local' ? local(leaf.name) : possibleOfType(leaf.type)
    if (may.type !== undefined && !compared) decided = false
    else if (!variables.has(name)) {
      const options = optionsOf(may, constants)
      if (options === undefined) decided = false
      else {
        variables.set(name, { options })
        combinations *= options.length
      }
    }
  })
  if (!decided || combinations > mostCombinations) return anything
  return evaluateAll(expression, variables, combinations)
}

/** The listed values, and those that stand for all others of the type; undefined where doubles are too coarse for that. */
function optionsOf({ values, type }: Possible, constants: readonly Value[]): readonly Datum[] | undefined {
  if (type === undefined) return [...values.values()]
  const sampled = samples(type, [...constants, ...[...values.values()].map(toValue)])
  if (sampled === undefined) return undefined
  return [...new Map([...values, ...sampled.map((value) => [datumKey(toDatum(value)), toDatum(value)] as const)]).values()]
}

const constantsOnce = new WeakMap<AutomationExpression, readonly Value[]>()

/** Each constant of an expression once. */
function constantsIn(expression: AutomationExpression): readonly Value[] {
  const known = constantsOnce.get(expression) ?? [...new Set(constantsOf(expression))]
  constantsOnce.set(expression, known)
  return known
}

/** Operators that yield nothing but true and false. */
const truthful: readonly AutomationOperator[] = ['and', 'or', 'not', '==', '!=', '<', '<=', '>', '>=', 'is']

function evaluateAll(
  expression: AutomationExpression,
  variables: ReadonlyMap<string, { readonly options: readonly Datum[] }>,
  combinations: number,
): Possible {
  const results = new Map<string, Datum>()
  const chosen = new Map<string, Datum>()
  const most = expression.is === 'apply' && truthful.includes(expression.operator) ? 2 : Infinity
  let opens = 0
  const pick = (name: string): Datum => chosen.get(name) ?? null
  const scope: Scope = {
    attribute: (id) => pick(`read ${id}`),
    local: (name) => pick(`local ${name}`),
    any: () => pick(`any ${opens++}`),
  }
  for (let combination = 0; combination < combinations && results.size < most; combination++) {
    let rest = combination
    for (const [name, { options }] of variables) {
      chosen.set(name, options[rest % options.length]!)
      rest = Math.floor(rest / options.length)
    }
    opens = 0
    const result = evaluate(expression, scope)
    results.set(datumKey(result), result)
  }
  return results.size > mostValues ? anything : { values: results }
}

type Application = Extract<AutomationExpression, { is: 'apply' }>

/** An expression over the results of its parts (locals named by their numbers), none of which reads what another reads. */
interface Apart {
  readonly over: AutomationExpression
  readonly parts: readonly AutomationExpression[]
}

const aparts = new WeakMap<Application, { readonly apart: Apart | undefined }>()

/** Undefined where its parts read the same, or are no further expressions. */
function apartOf(expression: Application): Apart | undefined {
  const known = aparts.get(expression) ?? { apart: takenApart(expression) }
  aparts.set(expression, known)
  return known.apart
}

function takenApart({ operator, arguments: given }: Application): Apart | undefined {
  const open = given.filter(({ is }) => is !== 'value')
  if (open.every(({ is }) => is !== 'apply')) return undefined
  const groups = groupsOf(open)
  if (operator === 'and' || operator === 'or') {
    const parts = [
      ...given.filter(({ is }) => is === 'value'),
      ...groups.map((group): AutomationExpression => (group.length === 1 ? group[0]! : { is: 'apply', operator, arguments: group })),
    ]
    return parts.length < 2 ? undefined : { over: { is: 'apply', operator, arguments: [] }, parts }
  }
  if (groups.some((group) => group.length > 1)) return undefined
  const at = (part: AutomationExpression): AutomationExpression => ({ is: 'local', name: String(open.indexOf(part)) })
  return {
    over: { is: 'apply', operator, arguments: given.map((part) => (part.is === 'value' ? part : at(part))) },
    parts: open,
  }
}

/** Those that read something in common come together. */
function groupsOf(parts: readonly AutomationExpression[]): readonly (readonly AutomationExpression[])[] {
  let groups: { readonly parts: readonly AutomationExpression[]; readonly names: ReadonlySet<string> }[] = []
  for (const part of parts) {
    const names = namesIn(part)
    const [joined, others] = [groups.filter((group) => names.some((name) => group.names.has(name))), groups]
    groups = [
      ...others.filter((group) => !joined.includes(group)),
      {
        parts: [...joined.flatMap((group) => group.parts), part],
        names: new Set([...joined.flatMap((group) => [...group.names]), ...names]),
      },
    ]
  }
  return groups.map((group) => group.parts)
}

function namesIn(expression: AutomationExpression): readonly string[] {
  const names = new Set<string>()
  walkLeaves(expression, (leaf) => {
    if (leaf.is !== 'any') names.add(leaf.is === 'read' ? `read ${leaf.attribute}` : `local ${leaf.name}`)
  })
  return [...names]
}
