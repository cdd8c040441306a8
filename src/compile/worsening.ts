/** `do_not_worsen`: what today's state violates, by group, and rows that allow no more than that. */
import type { KindRow } from '../../constraints/kind.ts'
import { EngineError } from '../diagnostics/engine-error.ts'
import { UNMANAGED } from '../model/outcome.ts'
import { int } from '../smt/build.ts'
import { evaluateTerm } from '../smt/evaluate.ts'
import type { CheckedUse } from './checked-model.ts'
import { useOf, type UseContext } from './uses.ts'

/** Violation of every group in today's state, in which each class has one column: what it runs, `unmanaged` where that is unknown to the model. */
export function violationsToday(checked: CheckedUse, context: UseContext): ReadonlyMap<string, number> {
  const { classes, current } = context
  const columns = {
    columnStart: Int32Array.from({ length: classes.count + 1 }, (_, c) => c),
    columnChoice: current.map((choice) => (choice === -1 ? UNMANAGED : choice)),
  }
  const count = (name: string) => {
    const c = Number(name.slice(1))
    return int(classes.memberStart[c + 1]! - classes.memberStart[c]!)
  }
  const found = new Map<string, number>()
  for (const { group, violation } of checked.kind.assertions(useOf(checked, { ...context, columns }))) {
    const value = evaluateTerm(violation(), count)
    if (value.is !== 'int') throw new EngineError('compile/violation', `the violation of \`${checked.kind.id}\` is no integer`)
    found.set(group, (found.get(group) ?? 0) + Number(value.value))
  }
  return found
}

export interface AllowedRows {
  readonly rows: readonly KindRow[]
  readonly auxiliaries: readonly { readonly name: string; readonly lower: number; readonly upper: number }[]
}

/**
 * Hard rows that let the rows of one group together be missed by `allowed` units, which is more than 0, and no more. One row is missed by at most that where its limits are
 * moved by it; of several, each is missed by at most an auxiliary, and the auxiliaries add up to no more. `first` is the next auxiliary's number.
 */
export function allowedRows(rows: readonly KindRow[], allowed: number, first: number): AllowedRows {
  const [only] = rows
  if (only === undefined) return { rows: [], auxiliaries: [] }
  if (rows.length === 1) return { rows: [{ ...only, lower: only.lower - allowed, upper: only.upper + allowed }], auxiliaries: [] }
  const missed = rows.flatMap((row, i): readonly KindRow[] => {
    const by = (coefficient: number): readonly (readonly [number, number])[] => [...(row.auxiliary ?? []), [first + i, coefficient]]
    return [
      ...(row.upper === Infinity ? [] : [{ ...row, lower: -Infinity, auxiliary: by(-1) }]),
      ...(row.lower === -Infinity ? [] : [{ ...row, upper: Infinity, auxiliary: by(1) }]),
    ]
  })
  const together: KindRow = {
    group: only.group,
    part: 'no worse than today',
    lower: -Infinity,
    upper: allowed,
    classes: new Int32Array(),
    entries: { columns: new Int32Array(), coefficients: new Float64Array() },
    auxiliary: rows.map((_, i) => [first + i, 1] as const),
  }
  const auxiliaries = rows.map((_, i) => ({ name: `missed[${only.group}][${i}]`, lower: 0, upper: allowed }))
  return { rows: [...missed, together], auxiliaries }
}
