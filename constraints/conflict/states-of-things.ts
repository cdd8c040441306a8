/** Terms for what things do: that a clause holds of the values that attributes have, and who commanded them. */
import { all, and, any, eq, gt, int, ite, lt, not, or, real, sum } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import type { Value } from '../../src/model/automation.ts'
import type { StateClause, StateFormula } from '../../src/model/environment.ts'
import type { ConflictStructure, ConflictWords, Reaction, Standing, Writer } from '../reaction.ts'
import { choose, decimalTerm, oneOf, type SymbolicValue } from '../symbolic-value.ts'

/** The value of an attribute in some state. */
export type Look = (attribute: string) => SymbolicValue

export const clauseHolds = ({ attribute, values, above, below, not: negated }: StateClause, look: Look, words: ConflictWords): Term => {
  const value = look(attribute)
  const bounds = [
    ...(above === undefined ? [] : [gt(value.number, decimalTerm(above))]),
    ...(below === undefined ? [] : [lt(value.number, decimalTerm(below))]),
  ]
  const holds = or(
    oneOf(
      value,
      values.map((one) => words.constant(one)),
    ),
    ...(bounds.length === 0 ? [] : [and(value.isNumber, ...bounds)]),
  )
  return negated === true ? not(holds) : holds
}

export const formulaHolds = (formula: StateFormula, look: Look, words: ConflictWords): Term =>
  formula.is === 'all'
    ? all(formula.of.map((alternatives) => any(alternatives.map((clause) => clauseHolds(clause, look, words)))))
    : gt(
        sum(formula.of.map(({ clause, amount }) => ite(clauseHolds(clause, look, words), decimalTerm(amount), real(0)))),
        decimalTerm(formula.above),
      )

export const attributesOf = (formula: StateFormula): readonly string[] => [
  ...new Set(
    formula.is === 'all'
      ? formula.of.flatMap((alternatives) => alternatives.map(({ attribute }) => attribute))
      : formula.of.map(({ clause }) => clause.attribute),
  ),
]

/** Attributes in the state after the reaction, as if the rule had commanded nothing in it. */
export const withoutCommands =
  (rule: string, reaction: Reaction, words: ConflictWords): Look =>
  (attribute) => {
    const { value, by } = reaction.after(attribute)
    const commanded = any(
      reaction.writes.filter((write) => write.rule === rule && write.attribute === attribute).map((write) => write.guard),
    )
    return choose(and(commanded, commandedBy({ value, by }, rule, words)), reaction.before(attribute).value, value)
  }

export const commandedBy = ({ by }: Standing, rule: string, words: ConflictWords): Term => eq(by, int(words.ruleIndex(rule)))

/** Whether the step may write a value for which the clause holds, as far as constants tell. */
export const mayMakeHold = ({ constant }: Writer, { values, above, below, not: negated }: StateClause): boolean => {
  if (constant === undefined) return true
  const number = typeof constant === 'number' && (above !== undefined || below !== undefined)
  const holds =
    values.includes(constant) ||
    (number && constant > (above ?? Number.NEGATIVE_INFINITY) && constant < (below ?? Number.POSITIVE_INFINITY))
  return holds !== (negated === true)
}

/** Live rules with a step that may make the clause hold, sorted, with their steps. */
export const makersOf = (structure: ConflictStructure, clause: StateClause): ReadonlyMap<string, readonly Writer[]> => {
  const makers = new Map<string, Writer[]>()
  for (const writer of structure.writers.get(clause.attribute) ?? [])
    if (mayMakeHold(writer, clause)) makers.set(writer.rule, [...(makers.get(writer.rule) ?? []), writer])
  return new Map([...makers].sort(([a], [b]) => (a < b ? -1 : 1)))
}

export const clauseOf = ({
  attribute,
  while: acting,
}: {
  readonly attribute: string
  readonly while: { readonly values: readonly Value[]; readonly above?: number }
}): StateClause => ({
  attribute,
  values: acting.values,
  ...(acting.above === undefined ? {} : { above: acting.above }),
})
