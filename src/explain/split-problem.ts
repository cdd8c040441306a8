/** A problem with its classes parted further: the same devices, rows and levels, so that single devices can be told apart. */
import type { AssignmentProblem, CostTerm, LinearForm, Meaning } from '../../constraints/problem.ts'
import { add, int, variable } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'

/** Devices of class `of` (rows of the fleet, in the order of the class). `allows`: by choice; absent: all that the class may have. */
export interface Part {
  readonly of: number
  readonly members: ArrayLike<number>
  readonly allows?: (choice: number) => boolean
}

export interface SplitProblem {
  readonly problem: AssignmentProblem
  /** The column of the given problem that each column stands for, auxiliaries last. */
  readonly origin: Int32Array
}

/** `parts`: ascending by class, together every device once. A part's counts add up to its class's: rows and meanings read the sums, so nothing else changes. */
export function splitProblem(given: AssignmentProblem, parts: readonly Part[]): SplitProblem {
  const { columnStart, current } = given.classes
  const partStart = new Int32Array(given.classes.size + 1)
  for (const { of } of parts) partStart[of + 1]!++
  for (let c = 0; c < given.classes.size; c++) partStart[c + 1]! += partStart[c]!

  const memberStart = new Int32Array(parts.length + 1)
  const start = new Int32Array(parts.length + 1)
  const columns: number[] = []
  parts.forEach(({ of, members, allows }, p) => {
    memberStart[p + 1] = memberStart[p]! + members.length
    for (let j = columnStart[of]!; j < columnStart[of + 1]!; j++) if (allows?.(given.columnChoice[j]!) !== false) columns.push(j)
    start[p + 1] = columns.length
  })
  const members = new Int32Array(memberStart[parts.length]!)
  parts.forEach((part, p) => members.set(part.members, memberStart[p]))
  const classColumns = columns.length
  const oldColumns = given.columnChoice.length
  given.auxiliaries.forEach((_, a) => columns.push(oldColumns + a))
  const origin = Int32Array.from(columns)
  const copies = copiesOf(origin, oldColumns + given.auxiliaries.length)

  const classesOf = (of: Int32Array): Int32Array => {
    const found: number[] = []
    for (const c of of) for (let p = partStart[c]!; p < partStart[c + 1]!; p++) found.push(p)
    return Int32Array.from(found)
  }
  const known = new Map<Int32Array, Int32Array>()
  const shared = (of: Int32Array): Int32Array => {
    const made = known.get(of) ?? classesOf(of)
    known.set(of, made)
    return made
  }
  const form = (before: LinearForm): LinearForm =>
    before.is === 'product' ? { ...before, classes: shared(before.classes) } : entriesOver(before, copies)
  const term = (before: CostTerm): CostTerm => {
    if (before.is !== 'column') return before
    const cost = before.cost instanceof Int32Array ? new Int32Array(classColumns) : new Float64Array(classColumns)
    for (let j = 0; j < classColumns; j++) cost[j] = before.cost[origin[j]!]!
    return { is: 'column', cost }
  }
  const problem: AssignmentProblem = {
    ...given,
    classes: { size: parts.length, memberStart, members, columnStart: start, current: Int32Array.from(parts, ({ of }) => current[of]!) },
    columnChoice: Int32Array.from({ length: classColumns }, (_, j) => given.columnChoice[origin[j]!]!),
    levels: given.levels.map((level) => ({ ...level, terms: level.terms.map(term) })),
    rows: given.rows.map((row) => ({ ...row, form: form(row.form) })),
    meanings: given.meanings.map((meaning): Meaning => ({
      ...meaning,
      classes: shared(meaning.classes),
      violation: () => substituted(meaning.violation(), copies),
    })),
  }
  return { problem, origin }
}

interface Copies {
  readonly start: Int32Array
  readonly columns: Int32Array
}

/** By column of the given problem: its columns in the new one, ascending. */
function copiesOf(origin: Int32Array, before: number): Copies {
  const start = new Int32Array(before + 1)
  for (const j of origin) start[j + 1]!++
  for (let j = 0; j < before; j++) start[j + 1]! += start[j]!
  const next = start.slice(0, before)
  const columns = new Int32Array(origin.length)
  origin.forEach((j, k) => (columns[next[j]!++] = k))
  return { start, columns }
}

function entriesOver(form: Extract<LinearForm, { readonly is: 'entries' }>, { start, columns }: Copies): LinearForm {
  const [of, by]: [number[], number[]] = [[], []]
  form.columns.forEach((column, i) => {
    for (let k = start[column]!; k < start[column + 1]!; k++) {
      of.push(columns[k]!)
      by.push(form.coefficients[i]!)
    }
  })
  return { is: 'entries', columns: Int32Array.from(of), coefficients: Float64Array.from(by) }
}

/** Every variable `x<column>` as the sum of its copies; shared subterms stay shared. */
function substituted(term: Term, { start, columns }: Copies): Term {
  const done = new Map<Term, Term>()
  const byName = new Map<string, Term>()
  const sumOf = (name: string): Term => {
    const column = Number(name.slice(1))
    const made =
      byName.get(name) ?? add(int(0), ...Array.from(columns.subarray(start[column], start[column + 1]), (k) => variable(`x${k}`, 'Int')))
    byName.set(name, made)
    return made
  }
  const walk = (one: Term): Term => {
    if (one.is === 'variable') return sumOf(one.name)
    if (one.is !== 'apply') return one
    const known = done.get(one)
    if (known !== undefined) return known
    const made: Term = { ...one, arguments: one.arguments.map(walk) }
    done.set(one, made)
    return made
  }
  return walk(term)
}
