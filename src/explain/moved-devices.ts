/** Which devices end otherwise than before, those that do the same together. */
import type { Choice } from '../model/outcome.ts'
import type { ForcedMove } from '../solve/flow/force-one.ts'
import type { AssignmentProblem } from '../../constraints/problem.ts'
import type { ExplainContext } from './context.ts'

/** `devices`: ids, ascending. */
export interface MovedDevices {
  readonly from: Choice
  readonly to: Choice
  readonly count: number
  readonly devices: readonly string[]
  /** How many devices nothing tells apart from these, themselves included: any `count` of them would do. */
  readonly among: number
}

/** Between two assignments of the fleet, without the device in row `except`; groups in the order of their first devices. */
export function movedBetween(
  { fleet, compiled }: ExplainContext,
  before: Int32Array,
  after: Int32Array,
  except: number,
): readonly MovedDevices[] {
  const { classOf } = compiled.classes
  const groups = new Map<string, { readonly from: number; readonly to: number; readonly c: number; readonly rows: number[] }>()
  for (let row = 0; row < before.length; row++) {
    if (before[row] === after[row] || row === except) continue
    const key = `${classOf[row]} ${before[row]} ${after[row]}`
    const group = groups.get(key) ?? { from: before[row]!, to: after[row]!, c: classOf[row]!, rows: [] }
    groups.set(key, group)
    group.rows.push(row)
  }
  const { list } = compiled.choices
  const merged = new Map<string, { readonly from: number; readonly to: number; readonly ids: string[]; among: number }>()
  for (const { from, to, c, rows } of groups.values()) {
    const key = `${from} ${to}`
    const one = merged.get(key) ?? { from, to, ids: [], among: 0 }
    merged.set(key, one)
    one.ids.push(...rows.map((row) => fleet.ids[row]!))
    one.among += countAt(compiled.problem, before, c, from, except)
  }
  return [...merged.values()]
    .map(({ from, to, ids, among }) => ({ from: list[from]!, to: list[to]!, count: ids.length, devices: ids.sort(), among }))
    .sort((a, b) => (a.devices[0]! < b.devices[0]! ? -1 : 1))
}

/** The moves of a path as devices: of each class the first by id that has what is left behind. */
export function movedAlong(
  { fleet, compiled }: ExplainContext,
  problem: AssignmentProblem,
  moves: readonly ForcedMove[],
  chosen: Int32Array,
  except: number,
): readonly MovedDevices[] {
  const { memberStart, members } = problem.classes
  const after = new Map<number, number>()
  const at = (row: number): number => after.get(row) ?? chosen[row]!
  const found: MovedDevices[] = []
  for (const move of moves) {
    const [from, to] = [problem.columnChoice[move.from]!, problem.columnChoice[move.to]!]
    // A device that has moved already is moved on only where no other is left.
    let [first, again] = [-1, -1]
    for (let m = memberStart[move.class]!; m < memberStart[move.class + 1]! && first === -1; m++) {
      const row = members[m]!
      if (row === except || at(row) !== from) continue
      if (after.has(row)) again = row
      else first = row
    }
    after.set(first === -1 ? again : first, to)
  }
  for (const [row, to] of after) {
    if (chosen[row] === to) continue
    const c = compiled.classes.classOf[row]!
    const { list } = compiled.choices
    found.push({
      from: list[chosen[row]!]!,
      to: list[to]!,
      count: 1,
      devices: [fleet.ids[row]!],
      among: countAt(compiled.problem, chosen, c, chosen[row]!, except),
    })
  }
  return found.sort((a, b) => (a.devices[0]! < b.devices[0]! ? -1 : 1))
}

/** Devices of class c that have the choice. */
function countAt({ classes }: AssignmentProblem, chosen: Int32Array, c: number, choice: number, except: number): number {
  let count = 0
  for (let m = classes.memberStart[c]!; m < classes.memberStart[c + 1]!; m++) {
    const row = classes.members[m]!
    if (row !== except && chosen[row] === choice) count++
  }
  return count
}
