/** Writes of one value made one: formulas over pairs of writes grow with the number of different values, not of writes. */
import { any } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import { componentsOf, isConstant, type SymbolicValue } from '../symbolic-value.ts'
import type { ReactionWrite } from '../reaction.ts'

export interface GroupedWrite {
  readonly guard: Term
  readonly value: SymbolicValue
}

const keyOf = (value: SymbolicValue): string | SymbolicValue =>
  isConstant(value)
    ? componentsOf(value)
        .map((term) =>
          term.is === 'bool' || term.is === 'int' ? `${term.value}` : term.is === 'real' ? `${term.numerator}/${term.denominator}` : '',
        )
        .join(' ')
    : value

/** In the order of the first write of each value; the guard holds where one of its writes happens. */
export const groupedWrites = (writes: readonly ReactionWrite[]): readonly GroupedWrite[] => {
  const groups = new Map<string | SymbolicValue, { readonly value: SymbolicValue; readonly guards: Term[] }>()
  for (const { value, guard } of writes) {
    const key = keyOf(value)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { value, guards: [guard] })
    else group.guards.push(guard)
  }
  return [...groups.values()].map(({ value, guards }) => ({ value, guard: any(guards) }))
}
