/** Prices level by level of an earlier answer, in the numbers of the component as it is now. */
import { columnClassOf } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem, ClassDivision, LevelPrices, SolutionProof } from '../../constraints/problem.ts'
import { rowBefore, type Earlier } from './earlier.ts'
import type { ComponentOutcome } from './verdict.ts'

type Levels = Extract<SolutionProof, { readonly is: 'levels' }>

export interface Place {
  /** By row of the whole problem then: the component's row now. */
  readonly rowNow: ReadonlyMap<number, number>
  /** The first level whose costs differ; the number of levels where none does. From there on levels only count changes and moves, and there are none. */
  readonly differs: number
  readonly levels: number
}

/** Undefined where a divided class is no longer one. */
export function levelsNow(
  earlier: Earlier,
  now: AssignmentProblem,
  outcome: ComponentOutcome,
  proof: Levels,
  { rowNow, differs, levels }: Place,
): Levels | undefined {
  const divisions = proof.divisions.map((division) => divisionNow(earlier, now, outcome, division))
  if (divisions.includes(undefined)) return undefined
  const kept = proof.levels
    .filter(({ level }) => level < differs)
    .map((one): LevelPrices => {
      const leaves = one.leaves.map((leaf) => ({ ...leaf, rows: leaf.rows.map((row) => rowNow.get(outcome.rows[row]!)!) }))
      return { ...one, leaves }
    })
  const nothing = (level: number): LevelPrices => ({
    level,
    scale: 1,
    leaves: [{ cases: [], factors: Array.from({ length: level }, () => 0), rows: new Int32Array(), prices: new Float64Array() }],
  })
  const rest = kept.length === differs ? Array.from({ length: levels - differs }, (_, i) => nothing(differs + i)) : []
  return { is: 'levels', divisions: divisions as readonly ClassDivision[], levels: [...kept, ...rest] }
}

function divisionNow(
  earlier: Earlier,
  now: AssignmentProblem,
  outcome: ComponentOutcome,
  { columns, most }: ClassDivision,
): ClassDivision | undefined {
  const { problem: then } = earlier.answer
  const whole = Array.from(columns, (column) => outcome.columns[column]!)
  const classThen = columnClassOf(then)[whole[0]!]!
  const choices = new Set(whole.map((column) => earlier.choiceNow[then.columnChoice[column]!]!))
  const { memberStart, members, columnStart, size } = now.classes
  for (let c = 0; c < size; c++) {
    const own = members.subarray(memberStart[c], memberStart[c + 1])
    const from = Array.from(own, (row) => {
      const before = rowBefore(earlier, row)
      return before < 0 ? -1 : earlier.classThen[before]!
    })
    if (!from.includes(classThen)) continue
    if (own.length !== then.classes.memberStart[classThen + 1]! - then.classes.memberStart[classThen]!) return undefined
    const found = Int32Array.from({ length: columnStart[c + 1]! - columnStart[c]! }, (_, k) => columnStart[c]! + k).filter((j) =>
      choices.has(now.columnChoice[j]!),
    )
    return found.length === columns.length && from.every((one) => one === classThen) ? { columns: found, most } : undefined
  }
  return undefined
}
