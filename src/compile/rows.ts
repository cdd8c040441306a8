/** Linear rows of every constraint use under its policy, and the reference meaning of each group. */
import { above } from '../../constraints/counting.ts'
import type { KindRow } from '../../constraints/kind.ts'
import type { AuxiliaryColumn, Bundle, LinearForm, Meaning, Row, RowPolicy } from '../../constraints/problem.ts'
import { add } from '../smt/build.ts'
import { choiceMasks, countedChoices } from './choice-masks.ts'
import type { CheckedUse } from './checked-model.ts'
import { useOf, type UseContext } from './uses.ts'
import { allowedRows, violationsToday } from './worsening.ts'

export interface Rows {
  readonly rows: readonly Row[]
  readonly bundles: readonly Bundle[]
  readonly auxiliaries: readonly AuxiliaryColumn[]
  readonly meanings: readonly Meaning[]
}

type Draft = { readonly [K in keyof Rows]: Rows[K] extends readonly (infer T)[] ? T[] : never }

/** `paysAt`: the level at which a soft use pays, by use; one that pays nowhere counts for nothing. */
export function rowsOf(uses: readonly CheckedUse[], context: UseContext, paysAt: Int32Array): Rows {
  const draft: Draft = { rows: [], bundles: [], auxiliaries: [], meanings: [] }
  for (const checked of uses) {
    const policy = policyOf(checked, paysAt, draft.bundles)
    if (policy !== undefined) addUse(draft, checked, policy, context)
  }
  return draft
}

function addUse(draft: Draft, checked: CheckedUse, policy: RowPolicy, context: UseContext): void {
  const { rows, auxiliaries, meanings } = draft
  const use = useOf(checked, context)
  const made = checked.kind.rows(use)
  const before = auxiliaries.length
  for (const auxiliary of made.auxiliaries) auxiliaries.push(auxiliary)
  const formed = made.rows.map((row) => ({ row, form: formOf(row, context, before) }))
  // What one meaning tells of goes or stays as a whole, so that it speaks of no column outside its rows.
  const needed = new Set(formed.filter(({ row, form }) => !alwaysHolds(row, form, context)).map(({ row }) => bondKey(row)))
  const today = checked.use.policy.is === 'do-not-worsen' ? violationsToday(checked, context) : undefined
  const push = (row: KindRow, form: LinearForm, as: RowPolicy): void => {
    const name = { use: use.index, group: row.group, part: row.part }
    const bond = row.bond === undefined ? {} : { bond: row.bond }
    rows.push({
      form,
      lower: row.lower,
      upper: row.upper,
      policy: as,
      name,
      ...bond,
      ...(row.clash === true && as.is === 'hard' ? { clash: true } : {}),
    })
  }
  const missable = new Map<string, KindRow[]>()
  for (const { row, form } of formed) {
    if (!needed.has(bondKey(row))) continue
    const allowed = today?.get(row.group) ?? 0
    push(row, form, row.always === true || (today !== undefined && allowed === 0) ? HARD : policy)
    if (row.always !== true && allowed > 0) missable.set(row.group, [...(missable.get(row.group) ?? []), row])
  }
  for (const [group, missed] of missable) {
    const made = allowedRows(missed, today!.get(group)!, auxiliaries.length - before)
    auxiliaries.push(...made.auxiliaries)
    for (const row of made.rows) push(row, formOf(row, context, before), HARD)
  }
  const kept = checked.kind.assertions(use).filter((one) => needed.has(bondKey(one)))
  for (const { group, bond, classes, violation } of kept) {
    const hard = today !== undefined && (today.get(group) ?? 0) === 0
    meanings.push({ use: use.index, group, ...(bond === undefined ? {} : { bond }), policy: hard ? HARD : policy, violation, classes })
  }
  for (const [group, missed] of missable) {
    const parts = kept.filter((one) => one.group === group)
    const violation = (): ReturnType<Meaning['violation']> => above(add(...parts.map((part) => part.violation())), today!.get(group)!)
    const classes = Int32Array.from(new Set(parts.flatMap((part) => [...part.classes]))).sort()
    meanings.push({ use: use.index, group, bond: missed[0]!.bond ?? '', policy: HARD, violation, classes })
  }
}

const HARD: RowPolicy = { is: 'hard' }

const bondKey = ({ group, bond = '' }: { readonly group: string; readonly bond?: string }): string => JSON.stringify([group, bond])

function policyOf({ use }: CheckedUse, paysAt: Int32Array, bundles: Bundle[]): RowPolicy | undefined {
  if (use.policy.is === 'hard') return HARD
  const level = paysAt[use.index]!
  if (use.policy.is === 'do-not-worsen') return { is: 'unit', level, weight: 1 }
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
function alwaysHolds(row: KindRow, form: LinearForm, { classes, columns, choices }: UseContext): boolean {
  if (row.auxiliary !== undefined) return false
  // Counts only grow with every class, so an upper limit that is passed stays passed.
  const growing = form.is === 'product' && form.coefficient.every((value) => value >= 0)
  const { columnStart, columnChoice } = columns
  const byColumn = new Map<number, number>()
  if (form.is === 'entries') form.columns.forEach((j, i) => byColumn.set(j, (byColumn.get(j) ?? 0) + form.coefficients[i]!))
  let [low, high] = [0, 0]
  const masks = form.is === 'product' ? choiceMasks(columnStart, columnChoice, choices.length) : undefined
  const counted = form.is === 'product' && masks !== undefined ? countedChoices(form) : undefined
  if (masks !== undefined && counted?.each !== undefined && counted.each > 0) {
    const { mask, each } = counted
    for (let i = 0; i < row.classes.length; i++) {
      const c = row.classes[i]!
      const own = masks[c]!
      if ((own & mask) === 0) continue
      const devices = classes.memberStart[c + 1]! - classes.memberStart[c]!
      high += devices * each
      if ((own & ~mask) === 0) low += devices * each
      if (high > row.upper) return false
    }
    return low >= row.lower && high <= row.upper
  }
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
