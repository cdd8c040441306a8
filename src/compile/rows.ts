/** Linear rows of every constraint use under its policy, and the reference meaning of each group. */
import type { KindRow } from '../../constraints/kind.ts'
import type { AuxiliaryColumn, Bundle, LinearForm, Meaning, Row, RowPolicy } from '../../constraints/problem.ts'
import type { CheckedUse } from './checked-model.ts'
import { useOf, type UseContext } from './uses.ts'

export interface Rows {
  readonly rows: readonly Row[]
  readonly bundles: readonly Bundle[]
  readonly auxiliaries: readonly AuxiliaryColumn[]
  readonly meanings: readonly Meaning[]
}

/** `paysAt`: the level at which a soft use pays, by use; one that pays nowhere counts for nothing. */
export function rowsOf(uses: readonly CheckedUse[], context: UseContext, paysAt: Int32Array): Rows {
  const rows: Row[] = []
  const bundles: Bundle[] = []
  const auxiliaries: AuxiliaryColumn[] = []
  const meanings: Meaning[] = []
  for (const checked of uses) {
    const policy = policyOf(checked, paysAt, bundles)
    if (policy === undefined) continue
    const use = useOf(checked, context)
    const made = checked.kind.rows(use)
    const before = auxiliaries.length
    auxiliaries.push(...made.auxiliaries)
    const formed = made.rows.map((row) => ({ row, form: formOf(row, context, before) }))
    // A group goes or stays as a whole, so that its meaning speaks of no column outside its rows.
    const needed = new Set(formed.filter(({ row, form }) => !alwaysHolds(row, form, context)).map(({ row }) => row.group))
    for (const { row, form } of formed) {
      if (!needed.has(row.group)) continue
      const name = { use: use.index, group: row.group, part: row.part }
      rows.push({ form, lower: row.lower, upper: row.upper, policy: row.always === true ? { is: 'hard' } : policy, name })
    }
    for (const { group, classes, violation } of checked.kind.assertions(use))
      if (needed.has(group)) meanings.push({ use: use.index, group, policy, violation, classes })
  }
  return { rows, bundles, auxiliaries, meanings }
}

function policyOf({ use }: CheckedUse, paysAt: Int32Array, bundles: Bundle[]): RowPolicy | undefined {
  if (use.policy.is !== 'soft') return { is: 'hard' }
  const level = paysAt[use.index]!
  if (level === -1) return undefined
  if (use.policy.per === 'unit') return { is: 'unit', level, weight: use.policy.weight }
  bundles.push({ use: use.index, level, weight: use.policy.weight })
  return { is: 'whole', bundle: bundles.length - 1 }
}

function formOf({ classes, coefficient, entries, auxiliary = [] }: KindRow, { columns }: UseContext, firstAuxiliary: number): LinearForm {
  const { columnStart, columnChoice } = columns
  if (auxiliary.length === 0 && entries === undefined) return { is: 'product', classes, coefficient: coefficient ?? new Float64Array() }
  const [of, by]: [number[], number[]] = entries === undefined ? [[], []] : [[...entries.columns], [...entries.coefficients]]
  if (coefficient !== undefined) {
    for (const c of classes) {
      for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) {
        const value = coefficient[columnChoice[j]!]!
        if (value === 0) continue
        of.push(j)
        by.push(value)
      }
    }
  }
  for (const [index, value] of auxiliary) {
    of.push(columnChoice.length + firstAuxiliary + index)
    by.push(value)
  }
  return { is: 'entries', columns: Int32Array.from(of), coefficients: Float64Array.from(by) }
}

/** No assignment of the classes' devices can break the row, whatever else holds: it need not be there. */
function alwaysHolds(row: KindRow, form: LinearForm, { classes, columns }: UseContext): boolean {
  if (row.auxiliary !== undefined) return false
  // Counts only grow with every class, so an upper limit that is passed stays passed.
  const growing = form.is === 'product' && form.coefficient.every((value) => value >= 0)
  const { columnStart, columnChoice } = columns
  const byColumn = new Map<number, number>()
  if (form.is === 'entries') form.columns.forEach((j, i) => byColumn.set(j, (byColumn.get(j) ?? 0) + form.coefficients[i]!))
  let [low, high] = [0, 0]
  for (const c of row.classes) {
    const size = classes.memberStart[c + 1]! - classes.memberStart[c]!
    let [least, most] = [Infinity, -Infinity]
    for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) {
      const value = form.is === 'product' ? form.coefficient[columnChoice[j]!]! : (byColumn.get(j) ?? 0)
      if (value < least) least = value
      if (value > most) most = value
    }
    low += size * least
    high += size * most
    if (growing && high > row.upper) return false
  }
  return low >= row.lower && high <= row.upper
}
