/** Which constraints stand against one more device on a choice: those that take the choice away, and those that are at their limit. */
import type { AssignmentProblem, Row } from '../../constraints/problem.ts'
import { forEachEntry, rowActivity } from '../../constraints/problem-reading.ts'
import type { Reason } from '../model/assignment.ts'
import { UNITS } from '../model/units.ts'
import { becauseOf, devicesIn, useAt, type ExplainContext } from './context.ts'

/** Where counts stand, looked up by column. */
export interface LimitReader {
  /** Constraints that take all of the choices away from class c, each by itself; where only together they do, as few as do. */
  readonly takers: (c: number, choices: readonly number[], variant: string) => readonly Reason[]
  /** Why no device of class c that does not have it yet can end as one of the choices; empty where nothing is in the way; soft constraints only where no hard one is. */
  readonly reasons: (c: number, choices: readonly number[], variant: string) => readonly Reason[]
  /** Hard rows that one more device of class c on the choice would break, and how many units more than it allows that is. */
  readonly full: (c: number, choice: number) => readonly { readonly row: number; readonly over: number }[]
}

export function limitReader(context: ExplainContext, counts: ArrayLike<number>): LimitReader {
  const { problem, takers } = context.compiled
  let full: ReadonlyMap<number, readonly number[]> | undefined
  const activity = new Map<number, number>()
  const taken = (c: number, choices: readonly number[], variant: string): readonly Reason[] => {
    const alone = takers.filter(({ allows }) => choices.every((choice) => !allows(c, choice)))
    const together = choices.every((choice) => takers.some(({ allows }) => !allows(c, choice)))
    const found = alone.length > 0 || !together ? alone : fewest(c, choices)
    return found.map(({ use }) => reasonOf(context, use, '', variant, ''))
  }
  /** Takers that only together take all choices, none to spare. */
  const fewest = (c: number, choices: readonly number[]): typeof takers =>
    takers.reduce((kept, one) => {
      const without = kept.filter((other) => other !== one)
      return choices.every((choice) => without.some(({ allows }) => !allows(c, choice))) ? without : kept
    }, takers)
  return {
    full: (c, choice) => {
      full ??= fullRows(context, counts, activity)
      const { columnStart } = problem.classes
      for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) {
        if (problem.columnChoice[j] !== choice) continue
        const hard = (full.get(j) ?? []).filter((row) => problem.rows[row]!.policy.is === 'hard')
        return hard.map((row) => ({
          row,
          over: activity.get(row)! + coefficientAt(problem, problem.rows[row]!, j) - problem.rows[row]!.upper,
        }))
      }
      return []
    },
    takers: taken,
    reasons: (c, choices, variant) => {
      const takenBy = taken(c, choices, variant)
      if (takenBy.length > 0) return takenBy
      full ??= fullRows(context, counts, activity)
      const { columnStart } = problem.classes
      const [found, soft] = [new Set<number>(), new Set<number>()]
      let open = 0
      for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) {
        if (!choices.includes(problem.columnChoice[j]!)) continue
        const rows = full.get(j) ?? []
        const hard = rows.filter((row) => problem.rows[row]!.policy.is === 'hard')
        if (rows.length === 0) open++
        for (const row of hard.length > 0 ? hard : rows) (hard.length > 0 ? found : soft).add(row)
      }
      if (open > 0) return []
      return [...found, ...(found.size === 0 ? soft : [])]
        .sort((a, b) => a - b)
        .map((r) => {
          const row = problem.rows[r]!
          return reasonOf(context, row.name.use, row.name.group, variant, standing(context, row, activity.get(r)!))
        })
    },
  }
}

function coefficientAt(problem: AssignmentProblem, row: Row, column: number): number {
  let found = 0
  forEachEntry(problem, row, (j, coefficient) => (found += j === column ? coefficient : 0))
  return found
}

function reasonOf(context: ExplainContext, use: number, group: string, variant: string, numbers: string): Reason {
  const checked = useAt(context, use)
  return {
    kind: checked.kind.id,
    ...(variant === '' ? {} : { variant }),
    text: `possible, but ${becauseOf(checked, group)}${numbers}`,
    at: checked.use.at,
  }
}

/** `: at most 13 of 46, and 13 do`; of amounts `: 360 MB of 500 MB are used`. */
function standing(context: ExplainContext, row: Row, activity: number): string {
  const { resources } = useAt(context, row.name.use)
  const [resource] = resources
  const dimension = resource === undefined ? undefined : context.model.resources?.[resource]
  if (dimension !== undefined) return `: ${amountText(activity, dimension)} of ${amountText(row.upper, dimension)} are used`
  if (row.form.is !== 'product' || row.form.coefficient.some((value) => value !== 0 && value !== 1)) return ''
  const devices = devicesIn(context.compiled.problem, row.form.classes)
  return `: at most ${row.upper} of ${devices}, and ${activity} ${activity === 1 ? 'does' : 'do'}`
}

/** In the largest unit of the dimension in which it is a whole number. */
function amountText(value: number, dimension: string): string {
  let text = String(value)
  let largest = 0
  for (const [name, unit] of UNITS) {
    if (unit.dimension !== dimension || value % unit.factor !== 0 || unit.factor <= largest || value < unit.factor) continue
    largest = unit.factor
    text = `${value / unit.factor} ${name}`
  }
  return text
}

/** By column: the rows that one more unit would break. Rows that only define presence are looked through, as far as their sets. */
function fullRows(
  { compiled }: ExplainContext,
  counts: ArrayLike<number>,
  activity: Map<number, number>,
): ReadonlyMap<number, readonly number[]> {
  const { problem } = compiled
  const found = new Map<number, number[]>()
  problem.rows.forEach((row, r) => {
    if (row.upper === Infinity) return
    const now = rowActivity(problem, row, counts)
    activity.set(r, now)
    forEachEntry(problem, row, (column, coefficient) => {
      if (column >= problem.columnChoice.length || now + coefficient <= row.upper) return
      const list = found.get(column)
      if (list === undefined) found.set(column, [r])
      else list.push(r)
    })
  })
  return found
}
