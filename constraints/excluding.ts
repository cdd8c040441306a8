/** Kinds that say which choices single devices may not end with (requirement, pin, forbid, keep): exclusion when hard, a counted form when soft. */
import { countTerm } from './counting.ts'
import type { GroupViolation, KindRow, KindRows, Use } from './kind.ts'

/** Selected classes and the choices that each may not end with. */
export interface Exclusion {
  readonly selected: Uint8Array
  readonly excludes: (c: number, choice: number) => boolean
}

/** What a hard use leaves. */
export const allowed =
  ({ selected, excludes }: Exclusion) =>
  (c: number, choice: number): boolean =>
    selected[c] !== 1 || !excludes(c, choice)

/** One row: no selected device ends with an excluded choice. */
export function exclusionRows<P>(use: Use<P>, { selected, excludes }: Exclusion): KindRows {
  const [classes, columns]: [number[], number[]] = [[], []]
  for (let c = 0; c < use.classes; c++) {
    if (selected[c] !== 1) continue
    const before = columns.length
    for (let j = use.columnStart[c]!; j < use.columnStart[c + 1]!; j++) if (excludes(c, use.columnChoice[j]!)) columns.push(j)
    if (columns.length > before) classes.push(c)
  }
  const entries = { columns: Int32Array.from(columns), coefficients: new Float64Array(columns.length).fill(1) }
  const row: KindRow = { group: '', part: '', lower: -Infinity, upper: 0, classes: Int32Array.from(classes), entries }
  return { rows: [row], auxiliaries: [] }
}

/** The number of selected devices that end with an excluded choice. */
export function exclusionMeaning<P>(use: Use<P>, { selected, excludes }: Exclusion): readonly GroupViolation[] {
  const classes = Int32Array.from({ length: use.classes }, (_, c) => c).filter((c) => selected[c] === 1)
  if (classes.length === 0) return []
  return [{ group: '', classes, violation: () => countTerm(use, classes, (choice, c) => excludes(c, choice)) }]
}
