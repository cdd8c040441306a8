/** Whether clauses about things hold of the values that attributes have, and whether some command could make them hold. */
import type { Behaviour } from '../../model/automation.ts'
import type { StateClause, StateFormula, WatchedState } from '../../model/environment.ts'
import { indexOf } from '../behaviour-index.ts'
import type { Datum } from '../values.ts'
import { isNumber, same, toDatum } from '../values.ts'
import type { PossibleCommand } from './commands.ts'

export type Values = (attribute: string) => Datum

export function holds({ attribute, values, above, below, not }: StateClause, look: Values): boolean {
  const datum = look(attribute)
  const number = isNumber(datum) ? Number(datum.num) / Number(datum.den) : undefined
  const bounded = number !== undefined && (above !== undefined || below !== undefined)
  const found =
    values.some((value) => same(datum, toDatum(value))) ||
    (bounded && !(number <= (above ?? -Infinity)) && !(number >= (below ?? Infinity)))
  return not === true ? !found : found
}

export function stateHolds(formula: StateFormula, look: Values): boolean {
  if (formula.is === 'all') return formula.of.every((alternatives) => alternatives.some((clause) => holds(clause, look)))
  let drawn = 0
  for (const { clause, amount } of formula.of) if (holds(clause, look)) drawn += amount
  return drawn > formula.above
}

export const clausesOf = (formula: StateFormula): readonly StateClause[] =>
  formula.is === 'all' ? formula.of.flat() : formula.of.map(({ clause }) => clause)

/** Never false where the command may make the clause hold. */
export const couldHold = (clause: StateClause, { attribute, values }: PossibleCommand): boolean =>
  clause.attribute === attribute && (values === undefined || values.some((value) => holds(clause, () => value)))

/** Never false where some state that can be reached has the clause hold. */
export function couldEverHold(behaviour: Behaviour, clause: StateClause, commands: readonly PossibleCommand[]): boolean {
  const attribute = indexOf(behaviour).attributes.get(clause.attribute)
  if (attribute === undefined) return false
  if (attribute.outside || attribute.initial === undefined || attribute.initial.some((value) => holds(clause, () => toDatum(value))))
    return true
  return commands.some((command) => couldHold(clause, command))
}

/** The state that a finding is about: its name begins with the state's. */
export function watchedState(behaviour: Behaviour, key: string, rules: readonly string[]): WatchedState | undefined {
  return behaviour.environment?.states.find(({ id }) => key === (rules[0] === undefined ? id : `${id} | ${rules[0]}`))
}
