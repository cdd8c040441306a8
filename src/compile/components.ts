/** Splits a problem into parts that no row joins: each can be solved alone, and the levels of the whole are the sums of the parts' levels. */
import type { AssignmentProblem, Bundle, CostTerm, LinearForm, Meaning, Row, RowPolicy } from '../../constraints/problem.ts'
import { classSize, columnClassOf } from '../../constraints/problem-reading.ts'
import { choiceMasks, countedChoices } from './choice-masks.ts'
import { renameVariables } from './rename-variables.ts'

/** A part as a problem of its own; `classes`, `rows` and `columns` (auxiliary ones last) map its indices to the whole problem's. */
export interface Component {
  readonly problem: AssignmentProblem
  /** `all`, `free` (classes in no row) or `part-1`, `part-2`, ... in the order of their first classes. */
  readonly name: string
  readonly classes: Int32Array
  readonly rows: Int32Array
  readonly columns: Int32Array
}

/** Classes without any row make one component, `free`, that needs no solver. A row that no column is in stands in a component of its own. */
export function splitComponents(problem: AssignmentProblem): readonly Component[] {
  const groups = joined(problem)
  if (groups.length === 1) {
    const [only] = groups
    return [
      {
        problem,
        name: only!.rows.length === 0 ? 'free' : 'all',
        classes: only!.classes,
        rows: only!.rows,
        columns: identity(columnTotal(problem)),
      },
    ]
  }
  const scratch: Scratch = { column: new Int32Array(columnTotal(problem)), class: new Int32Array(problem.classes.size).fill(-1) }
  const meanings = new Map<string, Meaning[]>()
  for (const meaning of problem.meanings) {
    const key = bondKey(meaning.use, meaning.group, meaning.bond)
    meanings.set(key, [...(meanings.get(key) ?? []), meaning])
  }
  let part = 0
  return groups.map((group) => extract(problem, group, group.rows.length === 0 ? 'free' : `part-${++part}`, scratch, meanings))
}

const bondKey = (use: number, group: string, bond = ''): string => (bond === '' ? `${use} ${group}` : JSON.stringify([use, group, bond]))
const rowKey = ({ name, bond }: Row): string => bondKey(name.use, name.group, bond)

interface Group {
  readonly classes: Int32Array
  readonly rows: Int32Array
  readonly auxiliaries: Int32Array
}

const columnTotal = (problem: AssignmentProblem): number => problem.columnChoice.length + problem.auxiliaries.length
const identity = (length: number): Int32Array => {
  const all = new Int32Array(length)
  for (let i = 0; i < length; i++) all[i] = i
  return all
}

/** Union-find over classes, rows, auxiliaries and bundles. */
function joined(problem: AssignmentProblem): readonly Group[] {
  const { size } = problem.classes
  const rowNode = size
  const auxiliaryNode = rowNode + problem.rows.length
  const bundleNode = auxiliaryNode + problem.auxiliaries.length
  const parent = identity(bundleNode + problem.bundles.length)
  const find = (node: number): number => {
    let root = node
    while (parent[root] !== root) root = parent[root]!
    for (let at = node; at !== root;) {
      const above = parent[at]!
      parent[at] = root
      at = above
    }
    return root
  }
  const join = (a: number, b: number): void => {
    const [x, y] = [find(a), find(b)]
    // INVARIANT: the root is the smallest node, so that a component is found under its first class.
    parent[Math.max(x, y)] = Math.min(x, y)
  }
  const classOf = problem.rows.some(({ form }) => form.is === 'entries') ? columnClassOf(problem) : new Int32Array()
  const firstOf = new Map<string, number>()
  const inRows = new Uint8Array(size)
  problem.rows.forEach((row, r) => {
    // The class that was joined last is under the row's root already, and so is all that is under the same root.
    let root = find(rowNode + r)
    forEachClass(problem, row, classOf, (c) => {
      inRows[c] = 1
      if (parent[c] === root) return
      join(c, rowNode + r)
      root = find(rowNode + r)
    })
    forEachAuxiliary(problem, row, (a) => join(auxiliaryNode + a, rowNode + r))
    if (row.policy.is === 'whole') join(rowNode + r, bundleNode + row.policy.bundle)
    // One meaning speaks of all rows of a bond, so they stay together.
    const key = rowKey(row)
    const first = firstOf.get(key)
    if (first === undefined) firstOf.set(key, r)
    else join(rowNode + first, rowNode + r)
  })
  const roots = new Map<number, { classes: number[]; rows: number[]; auxiliaries: number[] }>()
  const FREE = -1
  const groupAt = (root: number): { classes: number[]; rows: number[]; auxiliaries: number[] } => {
    const found = roots.get(root) ?? { classes: [], rows: [], auxiliaries: [] }
    roots.set(root, found)
    return found
  }
  for (let c = 0; c < size; c++) groupAt(inRows[c] === 1 ? find(c) : FREE).classes.push(c)
  for (let r = 0; r < problem.rows.length; r++) groupAt(find(rowNode + r)).rows.push(r)
  for (let a = 0; a < problem.auxiliaries.length; a++) groupAt(find(auxiliaryNode + a)).auxiliaries.push(a)
  return [...roots]
    .sort(([a], [b]) => a - b)
    .map(([, group]) => ({
      classes: Int32Array.from(group.classes),
      rows: Int32Array.from(group.rows),
      auxiliaries: Int32Array.from(group.auxiliaries),
    }))
}

/** Calls `visit` for every class with a column in the row; for listed entries perhaps more than once. */
function forEachClass(problem: AssignmentProblem, { form }: Row, classOf: Int32Array, visit: (c: number) => void): void {
  const { columnStart } = problem.classes
  if (form.is === 'entries') {
    form.columns.forEach((column, i) => column < classOf.length && form.coefficients[i] !== 0 && visit(classOf[column]!))
    return
  }
  const masks = choiceMasks(columnStart, problem.columnChoice, problem.choices.length)
  if (masks !== undefined) {
    const { mask } = countedChoices(form)
    for (let i = 0; i < form.classes.length; i++) if ((masks[form.classes[i]!]! & mask) !== 0) visit(form.classes[i]!)
    return
  }
  for (const c of form.classes) {
    for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) {
      if (form.coefficient[problem.columnChoice[j]!] === 0) continue
      visit(c)
      break
    }
  }
}

function forEachAuxiliary({ columnChoice }: AssignmentProblem, { form }: Row, visit: (auxiliary: number) => void): void {
  if (form.is === 'entries') form.columns.forEach((column) => column >= columnChoice.length && visit(column - columnChoice.length))
}

/** By column and by class of the whole: the number in the part that is being taken out, -1 elsewhere. */
interface Scratch {
  readonly column: Int32Array
  readonly class: Int32Array
}

function extract(
  problem: AssignmentProblem,
  { classes, rows, auxiliaries }: Group,
  name: string,
  scratch: Scratch,
  meanings: ReadonlyMap<string, readonly Meaning[]>,
): Component {
  const { columnStart, memberStart, members, current } = problem.classes
  const start = new Int32Array(classes.length + 1)
  const memberOffsets = new Int32Array(classes.length + 1)
  classes.forEach((c, i) => {
    scratch.class[c] = i
    start[i + 1] = start[i]! + columnStart[c + 1]! - columnStart[c]!
    memberOffsets[i + 1] = memberOffsets[i]! + classSize(problem, c)
  })
  const classColumns = start[classes.length]!
  const columns = new Int32Array(classColumns + auxiliaries.length)
  const columnChoice = new Int32Array(classColumns)
  const partMembers = new Int32Array(memberOffsets[classes.length]!)
  classes.forEach((c, i) => {
    for (let k = start[i]!, j = columnStart[c]!; k < start[i + 1]!; k++, j++) {
      columns[k] = j
      columnChoice[k] = problem.columnChoice[j]!
    }
    for (let k = memberOffsets[i]!, m = memberStart[c]!; k < memberOffsets[i + 1]!; k++, m++) partMembers[k] = members[m]!
  })
  auxiliaries.forEach((a, i) => (columns[classColumns + i] = problem.columnChoice.length + a))
  for (let i = 0; i < columns.length; i++) scratch.column[columns[i]!] = i

  const bundleIndex = new Map<number, number>()
  const bundles: Bundle[] = []
  const policyOf = (policy: RowPolicy): RowPolicy => {
    if (policy.is !== 'whole') return policy
    let index = bundleIndex.get(policy.bundle)
    if (index === undefined) {
      index = bundles.push(problem.bundles[policy.bundle]!) - 1
      bundleIndex.set(policy.bundle, index)
    }
    return { is: 'whole', bundle: index }
  }
  const partRows = Array.from(rows, (r): Row => {
    const row = problem.rows[r]!
    return { ...row, form: partForm(row.form, scratch), policy: policyOf(row.policy) }
  })
  const part: AssignmentProblem = {
    choices: problem.choices,
    classes: {
      size: classes.length,
      memberStart: memberOffsets,
      members: partMembers,
      columnStart: start,
      current: classes.map((c) => current[c]!),
    },
    columnChoice,
    levels: problem.levels.map((level) => ({
      ...level,
      offset: 0,
      terms: level.terms.map((term) => partTerm(term, columns, auxiliaries, classColumns)),
    })),
    rows: partRows,
    bundles,
    auxiliaries: Array.from(auxiliaries, (a) => problem.auxiliaries[a]!),
    meanings: [...new Set(partRows.map(rowKey))].flatMap((key) =>
      (meanings.get(key) ?? []).map((meaning) => partMeaning(meaning, policyOf(meaning.policy), scratch, columns)),
    ),
  }
  for (const c of classes) scratch.class[c] = -1
  return { problem: part, name, classes, rows, columns }
}

function partForm(form: LinearForm, scratch: Scratch): LinearForm {
  if (form.is === 'entries') return { ...form, columns: form.columns.map((column) => scratch.column[column]!) }
  return { ...form, classes: classesInPart(form.classes, scratch) }
}

/** The classes of the part among them, in its numbers. */
function classesInPart(classes: Int32Array, scratch: Scratch): Int32Array {
  const found = new Int32Array(classes.length)
  let next = 0
  for (const c of classes) if (scratch.class[c] !== -1) found[next++] = scratch.class[c]!
  return found.slice(0, next)
}

function partTerm(term: CostTerm, columns: Int32Array, auxiliaries: Int32Array, classColumns: number): CostTerm {
  switch (term.is) {
    case 'choice':
    case 'change':
      return term
    case 'column': {
      const cost = term.cost instanceof Int32Array ? new Int32Array(classColumns) : new Float64Array(classColumns)
      for (let i = 0; i < classColumns; i++) cost[i] = term.cost[columns[i]!]!
      return { is: 'column', cost }
    }
    case 'auxiliary':
      return { is: 'auxiliary', cost: Float64Array.from(auxiliaries, (a) => term.cost[a]!) }
  }
}

function partMeaning(meaning: Meaning, policy: RowPolicy, scratch: Scratch, columns: Int32Array): Meaning {
  const violation = (): ReturnType<Meaning['violation']> => {
    const names = new Map(Array.from(columns, (column, i) => [`x${column}`, `x${i}`]))
    return renameVariables(meaning.violation(), (name) => names.get(name))
  }
  return { ...meaning, policy, violation, classes: classesInPart(meaning.classes, scratch) }
}
