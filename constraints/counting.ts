/** Counts of devices as solver terms over the columns' variables, and how far they are from limits: what the reference meanings are written with. */
import { ge, int, ite, mul, sub, sum, variable } from '../src/smt/build.ts'
import type { Term } from '../src/smt/term.ts'
import type { KindRow, Use } from './kind.ts'

/** The Int variable that counts the devices of column j. */
export const columnVariable = (j: number): Term => variable(`x${j}`, 'Int')

/** How many devices of the classes end as a choice that `counts` accepts. */
export function countTerm<P>(use: Use<P>, classes: Int32Array, counts: (choice: number, c: number) => boolean): Term {
  const terms: Term[] = []
  for (const c of classes) {
    for (let j = use.columnStart[c]!; j < use.columnStart[c + 1]!; j++) if (counts(use.columnChoice[j]!, c)) terms.push(columnVariable(j))
  }
  return sum(terms)
}

/** The sum over the classes' devices of what each is worth as it ends. */
export function weighTerm<P>(use: Use<P>, classes: Int32Array, weight: (c: number, choice: number) => number): Term {
  const terms: Term[] = []
  for (const c of classes) {
    for (let j = use.columnStart[c]!; j < use.columnStart[c + 1]!; j++) {
      const value = weight(c, use.columnChoice[j]!)
      if (value !== 0) terms.push(mul(int(value), columnVariable(j)))
    }
  }
  return sum(terms)
}

/** The same sum as entries of a row; one coefficient by choice where it does not depend on the class, so that the row can share its classes. */
export function weighed<P>(
  use: Use<P>,
  classes: Int32Array,
  weight: (c: number, choice: number) => number,
): Pick<KindRow, 'classes' | 'coefficient' | 'entries'> {
  const [columns, coefficients]: [number[], number[]] = [[], []]
  const coefficient = new Float64Array(use.choices.length).fill(NaN)
  let same = true
  for (const c of classes) {
    for (let j = use.columnStart[c]!; j < use.columnStart[c + 1]!; j++) {
      const choice = use.columnChoice[j]!
      const value = weight(c, choice)
      if (Number.isNaN(coefficient[choice])) coefficient[choice] = value
      else if (coefficient[choice] !== value) same = false
      if (value === 0) continue
      columns.push(j)
      coefficients.push(value)
    }
  }
  if (same) return { classes, coefficient: coefficient.map((value) => (Number.isNaN(value) ? 0 : value)) }
  return { classes, entries: { columns: Int32Array.from(columns), coefficients: Float64Array.from(coefficients) } }
}

/** Units of `term` above `limit`, never negative. */
export const above = (term: Term, limit: number): Term => ite(ge(term, int(limit)), sub(term, int(limit)), int(0))

/** Units of `term` below `limit`, never negative. */
export const below = (term: Term, limit: number): Term => ite(ge(term, int(limit)), int(0), sub(int(limit), term))
