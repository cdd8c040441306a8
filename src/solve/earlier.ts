/** An earlier answer, to start from: what every device was given, and the prices that proved it best. */
import type { AssignmentProblem, ProofLeaf } from '../../constraints/problem.ts'
import { rowKeys } from './row-key.ts'
import type { ComponentOutcome } from './verdict.ts'

/** `components` with their proofs, and `counts`, speak of `problem`. */
export interface EarlierAnswer {
  readonly problem: AssignmentProblem
  readonly components: readonly ComponentOutcome[]
  readonly counts: Float64Array
  /** By row of the fleet then, an index into the choices then. */
  readonly chosen: Int32Array
  /** By row of the fleet now, the row of the same device then, -1 where there was none; absent: the same rows. */
  readonly before?: Int32Array
  /** By row of the fleet now: 1 where anything about the device may have changed; absent: nothing is known of that. */
  readonly changed?: Uint8Array
  /** What was given then is what runs now. */
  readonly today: boolean
}

/** The earlier answer as the parts of a new problem look at it. */
export interface Earlier {
  readonly answer: EarlierAnswer
  /** The row then by the row's key. */
  readonly rowThen: ReadonlyMap<string, number>
  /** Keys of the new problem's rows. */
  readonly keys: readonly string[]
  /** By choice then: the choice now, -1 where there is none. */
  readonly choiceNow: Int32Array
  /** By row of the fleet then: its class; by class then: its component. */
  readonly classThen: Int32Array
  readonly componentThen: Int32Array
}

export function lookBack(answer: EarlierAnswer, problem: AssignmentProblem): Earlier {
  const { classes, choices, rows } = answer.problem
  const now = new Map(problem.choices.map(({ id }, choice) => [id, choice]))
  let classThen: Int32Array | undefined
  const componentThen = new Int32Array(classes.size).fill(-1)
  answer.components.forEach((outcome, at) => outcome.classes.forEach((c) => (componentThen[c] = at)))
  return {
    answer,
    rowThen: new Map(rowKeys(rows).map((key, row) => [key, row])),
    keys: rowKeys(problem.rows),
    choiceNow: Int32Array.from(choices, ({ id }) => now.get(id) ?? -1),
    // Worked out when it is first asked for: it is as long as the fleet, and a single flow asks nothing of it.
    get classThen() {
      return (classThen ??= classByRow(answer))
    },
    componentThen,
  }
}

function classByRow({ chosen, problem: { classes } }: EarlierAnswer): Int32Array {
  const classThen = new Int32Array(chosen.length).fill(-1)
  for (let c = 0; c < classes.size; c++)
    for (let m = classes.memberStart[c]!; m < classes.memberStart[c + 1]!; m++) classThen[classes.members[m]!] = c
  return classThen
}

/** The row of the fleet then, or -1. */
export const rowBefore = ({ answer }: Earlier, row: number): number => (answer.before === undefined ? row : answer.before[row]!)

/** Levels that both problems may have: all but the moves against an earlier answer, which is another one each time. */
export const lastingLevels = ({ levels }: AssignmentProblem): number => levels.length - (levels.at(-1)?.name === 'moves' ? 1 : 0)

/** From which level on an answer that runs today is judged anew: the first that counts changes. */
export const changesFrom = (problem: AssignmentProblem): number => {
  const at = problem.levels.findIndex(({ name }) => name === 'changes')
  return at < 0 ? lastingLevels(problem) : at
}

/** Prices then of rows that are still there, by row of the new problem; undefined where a case then parted them, so that no one price stands for a row. */
export function pricesBefore(earlier: Earlier, problem: AssignmentProblem): ReadonlyMap<number, readonly number[]> {
  const { answer, rowThen, keys } = earlier
  const then = new Map<number, readonly number[]>()
  const counted = answer.today ? changesFrom(problem) : lastingLevels(problem)
  if (lastingLevels(answer.problem) !== lastingLevels(problem)) return then
  for (const { proof } of answer.components) {
    const leaf: ProofLeaf | undefined = proof.is === 'prices' ? proof.leaves[0] : undefined
    leaf?.rows.forEach((row, i) =>
      then.set(
        row,
        problem.levels.map((_, l) => (l < counted ? leaf.prices[l]![i]! : 0)),
      ),
    )
  }
  const now = new Map<number, readonly number[]>()
  keys.forEach((key, row) => {
    const price = then.get(rowThen.get(key) ?? -1)
    if (price !== undefined) now.set(row, price)
  })
  return now
}
