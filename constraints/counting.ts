/** Counts of devices as solver terms over the columns' variables, and how far they are from limits: what the reference meanings are written with. */
import { ge, int, ite, sub, sum, variable } from '../src/smt/build.ts'
import type { Term } from '../src/smt/term.ts'
import type { Use } from './kind.ts'

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

/** Units of `term` above `limit`, never negative. */
export const above = (term: Term, limit: number): Term => ite(ge(term, int(limit)), sub(term, int(limit)), int(0))

/** Units of `term` below `limit`, never negative. */
export const below = (term: Term, limit: number): Term => ite(ge(term, int(limit)), int(0), sub(int(limit), term))
