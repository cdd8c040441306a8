/** Whether a component is, device by device, the program that an earlier answer solved, but for what runs today. */
import { columnClassOf, columnCosts, forEachEntry } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem, RowPolicy } from '../../constraints/problem.ts'
import type { Component } from '../compile/components.ts'
import { lastingLevels, rowBefore, type Earlier } from './earlier.ts'
import type { ComponentOutcome } from './verdict.ts'

/**
 * The first level whose costs differ (the number of levels where none does), or undefined where anything else differs. Moves always differ. Levels from there
 * on only add to costs, and no row pays there: 0 is their least value.
 *
 * Why comparing classes compares devices: classes part alike devices, so what holds of a class in both problems holds of every device in both.
 */
export function sameProgram(
  earlier: Earlier,
  component: Component,
  outcome: ComponentOutcome,
  rowNow: ReadonlyMap<number, number>,
): number | undefined {
  const then = earlier.answer.problem
  const { problem: now } = component
  const devices = now.classes.members.length
  if (devices !== outcome.devices || component.rows.length !== outcome.rows.length) return undefined
  if (earlier.choiceNow.some((choice, i) => choice !== i) || then.choices.length !== now.choices.length) return undefined
  if (lastingLevels(now) !== lastingLevels(then)) return undefined
  if (
    now.levels.slice(0, lastingLevels(now)).some(({ name, sense }, l) => name !== then.levels[l]!.name || sense !== then.levels[l]!.sense)
  )
    return undefined
  const classes = classesThen(earlier, now, outcome)
  if (classes === undefined || !sameRows(then, now, outcome, rowNow) || !sameAuxiliaries(then, now, outcome)) return undefined
  return sameEntries(then, now, outcome, rowNow, classes) ? firstDifference(then, now, classes) : undefined
}

/** By class now, the classes then that its devices come from; undefined where one comes from elsewhere. */
function classesThen(
  earlier: Earlier,
  { classes }: AssignmentProblem,
  outcome: ComponentOutcome,
): readonly (readonly number[])[] | undefined {
  const at = earlier.answer.components.indexOf(outcome)
  const found: number[][] = []
  for (let c = 0; c < classes.size; c++) {
    const of = new Set<number>()
    for (let m = classes.memberStart[c]!; m < classes.memberStart[c + 1]!; m++) {
      const row = rowBefore(earlier, classes.members[m]!)
      const own = row < 0 ? -1 : earlier.classThen[row]!
      if (own < 0 || earlier.componentThen[own] !== at) return undefined
      of.add(own)
    }
    found.push([...of])
  }
  return found
}

function sameRows(
  then: AssignmentProblem,
  now: AssignmentProblem,
  outcome: ComponentOutcome,
  rowNow: ReadonlyMap<number, number>,
): boolean {
  const payment = ({ bundles }: AssignmentProblem, policy: RowPolicy): string => {
    const bundle = policy.is === 'whole' ? bundles[policy.bundle] : undefined
    return JSON.stringify(bundle ?? policy)
  }
  return outcome.rows.every((r) => {
    const [old, row] = [then.rows[r]!, now.rows[rowNow.get(r) ?? -1]]
    return row !== undefined && row.lower === old.lower && row.upper === old.upper && payment(now, row.policy) === payment(then, old.policy)
  })
}

function sameAuxiliaries(then: AssignmentProblem, now: AssignmentProblem, outcome: ComponentOutcome): boolean {
  const old = Array.from(
    outcome.columns.filter((column) => column >= then.columnChoice.length),
    (column) => then.auxiliaries[column - then.columnChoice.length]!,
  )
  return JSON.stringify(old) === JSON.stringify(now.auxiliaries)
}

/** Every entry now stands there then, for each class then, and as many devices are in the row as were. */
function sameEntries(
  then: AssignmentProblem,
  now: AssignmentProblem,
  outcome: ComponentOutcome,
  rowNow: ReadonlyMap<number, number>,
  classes: readonly (readonly number[])[],
): boolean {
  const sizeOf = ({ classes: { memberStart } }: AssignmentProblem, c: number): number => memberStart[c + 1]! - memberStart[c]!
  const oldClass = tablesOf(then).classOf
  const newClass = tablesOf(now).classOf
  const auxiliary = new Map(
    Array.from(
      outcome.columns.filter((column) => column >= then.columnChoice.length),
      (column, i) => [column, i] as const,
    ),
  )
  const choices = now.choices.length
  for (const r of outcome.rows) {
    const old = new Map<number, number>()
    let weight = 0
    forEachEntry(then, then.rows[r]!, (column, coefficient) => {
      const c = oldClass[column]
      const key = c === undefined ? -1 - auxiliary.get(column)! : c * choices + then.columnChoice[column]!
      old.set(key, (old.get(key) ?? 0) + coefficient)
      weight += c === undefined ? 1 : sizeOf(then, c)
    })
    let different = 0
    forEachEntry(now, now.rows[rowNow.get(r)!]!, (column, coefficient) => {
      const c = newClass[column]
      weight -= c === undefined ? 1 : sizeOf(now, c)
      const keys =
        c === undefined ? [-1 - (column - now.columnChoice.length)] : classes[c]!.map((own) => own * choices + now.columnChoice[column]!)
      for (const key of keys) if (old.get(key) !== coefficient) different++
    })
    if (different > 0 || weight !== 0) return false
  }
  return true
}

/** What every component asks of the whole problem then, made once. */
interface Tables {
  readonly classOf: Int32Array
  readonly costs: readonly Float64Array[]
}

const tables = new WeakMap<AssignmentProblem, Tables>()

function tablesOf(problem: AssignmentProblem): Tables {
  const known = tables.get(problem) ?? {
    classOf: columnClassOf(problem),
    costs: problem.levels.map((_, level) => columnCosts(problem, level)),
  }
  tables.set(problem, known)
  return known
}

function firstDifference(then: AssignmentProblem, now: AssignmentProblem, classes: readonly (readonly number[])[]): number | undefined {
  let differs = lastingLevels(now)
  const costs = now.levels.slice(0, differs).map((_, level) => [tablesOf(then).costs[level]!, tablesOf(now).costs[level]!] as const)
  for (const [c, of] of classes.entries()) {
    const [start, end] = [now.classes.columnStart[c]!, now.classes.columnStart[c + 1]!]
    for (const old of of) {
      const from = then.classes.columnStart[old]!
      if (then.classes.columnStart[old + 1]! - from !== end - start) return undefined
      for (let k = 0; k < end - start; k++) {
        if (then.columnChoice[from + k] !== now.columnChoice[start + k]) return undefined
        for (let level = 0; level < differs; level++) if (costs[level]![0][from + k] !== costs[level]![1][start + k]) differs = level
      }
    }
  }
  const auxiliaryCost = (problem: AssignmentProblem): boolean =>
    problem.levels.some(({ terms }) => terms.some(({ is }) => is === 'auxiliary'))
  if (auxiliaryCost(then) || auxiliaryCost(now)) return undefined
  const later = tablesOf(now).costs.slice(differs)
  if (later.length === 0) return differs
  const pays =
    now.rows.some(({ policy }) => policy.is === 'unit' && policy.level >= differs) || now.bundles.some(({ level }) => level >= differs)
  return !pays && later.every((cost) => cost.every((one) => one >= 0)) ? differs : undefined
}
