/** When two commanded values of one actuator oppose each other (K1), and when they are merely inconsistent (K2). */
import { and, FALSE, neq, not } from '../../src/smt/build.ts'
import type { Term } from '../../src/smt/term.ts'
import type { ThingAttribute } from '../../src/model/automation.ts'
import { differentValues, type SymbolicValue } from '../symbolic-value.ts'

type Incompatible = (attribute: ThingAttribute | undefined, a: SymbolicValue, b: SymbolicValue) => Term

/** An enumeration of which K2 speaks: one of two declared choices is opposite to the other, one of more is only another. */
export const isChoice = ({ type }: ThingAttribute): boolean => type.is === 'enum' && (type.other || type.values.length !== 2)

/** K1: different values, unless both are numbers or the attribute is a choice. No value (null) counts as a value. */
export const opposite: Incompatible = (attribute, a, b) =>
  attribute !== undefined && isChoice(attribute) ? FALSE : and(not(and(a.isNumber, b.isNumber)), differentValues(a, b))

/** K2: different numbers, or different values of a choice. */
export const inconsistent: Incompatible = (attribute, a, b) => {
  if (attribute !== undefined && isChoice(attribute)) return differentValues(a, b)
  const numbers = and(a.isNumber, b.isNumber)
  return numbers === FALSE ? FALSE : and(numbers, neq(a.number, b.number))
}

/** K3: different values, whatever they are. */
export const different: Incompatible = (_, a, b) => differentValues(a, b)
