/** Why nothing satisfies the hard constraints: the conflicting rows as sentences, the requirements behind them, and a script that refutes them alone. */
import type { AssignmentProblem, Row } from '../../constraints/problem.ts'
import { columnClassOf, forEachEntry } from '../../constraints/problem-reading.ts'
import { mayEnd } from '../compile/eligibility.ts'
import type { Reason } from '../model/assignment.ts'
import { add, and, eq, ge, int, le, mul, variable } from '../smt/build.ts'
import { printQuery } from '../smt/print.ts'
import type { Assertion, Term } from '../smt/term.ts'
import { becauseOf, devicesIn, useAt, type ExplainContext } from './context.ts'
import { requirementReader } from './requirement-reasons.ts'

/** `classes` of the core matter where there are no rows: devices with no outcome at all. */
export interface ImpossibleCore {
  readonly rows: readonly number[]
  readonly classes: readonly number[]
}

/** One reason for each constraint and group of the core, then the requirements that keep devices from what a row wants. */
export function impossibleReasons(context: ExplainContext, { rows }: ImpossibleCore): readonly Reason[] {
  const { problem } = context.compiled
  const said = new Set<string>()
  const requirements = new Map<string, Reason>()
  const reasons = rows.flatMap((r): readonly Reason[] => {
    const row = problem.rows[r]!
    const checked = useAt(context, row.name.use)
    const reach = reachOf(problem, row)
    for (const reason of requirementsBehind(context, row, reach)) requirements.set(`${reason.variant} ${reason.text}`, reason)
    const text = `${becauseOf(checked, row.name.group)}${reach.text}`
    if (said.has(text)) return []
    said.add(text)
    return [{ kind: checked.kind.id, text, at: checked.use.at }]
  })
  return [...reasons, ...requirements.values()]
}

interface Reach {
  /** Least and most that the row's form can be over all assignments of its classes, whatever else holds. */
  readonly least: number
  readonly most: number
  readonly text: string
}

function reachOf(problem: AssignmentProblem, row: Row): Reach {
  const byClass = coefficientsByClass(problem, row)
  const { memberStart, columnStart } = problem.classes
  let [least, most] = [0, 0]
  for (const [c, byColumn] of byClass) {
    const size = memberStart[c + 1]! - memberStart[c]!
    const all = Array.from({ length: columnStart[c + 1]! - columnStart[c]! }, (_, k) => byColumn.get(columnStart[c]! + k) ?? 0)
    least += size * Math.min(...all)
    most += size * Math.max(...all)
  }
  if (hasAuxiliaries(problem, row)) return { least: -Infinity, most: Infinity, text: '' }
  if (most < row.lower)
    return {
      least,
      most,
      text: `: that takes ${row.lower} ${row.lower === 1 ? 'device' : 'devices'}, but ${most === 0 ? 'none' : `only ${most}`} can`,
    }
  if (least > row.upper) return { least, most, text: `: ${least} ${least === 1 ? 'device has' : 'devices have'} no other choice` }
  return { least, most, text: limitText(problem, row) }
}

function limitText(problem: AssignmentProblem, row: Row): string {
  if (row.form.is !== 'product') return ''
  const devices = devicesIn(problem, row.form.classes)
  // One sentence stands for all parts of a group, so it says how many devices share them.
  if (row.name.part !== '') return `: there ${devices === 1 ? 'is 1 device' : `are ${devices} devices`}`
  const limits = [row.lower > 0 ? `at least ${row.lower}` : '', row.upper < devices ? `at most ${row.upper}` : ''].filter(
    (limit) => limit !== '',
  )
  return limits.length === 0 ? '' : `: that is ${limits.join(' and ')} of ${devices}`
}

const hasAuxiliaries = (problem: AssignmentProblem, { form }: Row): boolean =>
  form.is === 'entries' && form.columns.some((column) => column >= problem.columnChoice.length)

function coefficientsByClass(problem: AssignmentProblem, row: Row): ReadonlyMap<number, ReadonlyMap<number, number>> {
  const { columnStart } = problem.classes
  const found = new Map<number, Map<number, number>>()
  const classOf = columnClassOf(problem)
  forEachEntry(problem, row, (column, coefficient) => {
    if (column >= columnStart[problem.classes.size]!) return
    const c = classOf[column]!
    const list = found.get(c) ?? new Map<number, number>()
    list.set(column, (list.get(column) ?? 0) + coefficient)
    found.set(c, list)
  })
  return found
}

/** Where too few devices can, or some cannot avoid it: the commonest requirement that stands in the way, with one device that it keeps out. */
function requirementsBehind(context: ExplainContext, row: Row, { least, most }: Reach): readonly Reason[] {
  if (most >= row.lower && least <= row.upper) return []
  const { compiled, fleet, model } = context
  const { problem, classes, choices } = compiled
  const wanted = new Set<number>()
  const wants = most < row.lower
  const checked = useAt(context, row.name.use)
  const selected = wants && row.form.is === 'product' ? row.form.classes : Int32Array.from(coefficientsByClass(problem, row).keys())
  if (row.form.is === 'product')
    row.form.coefficient.forEach((value, choice) => value > 0 && choices.variant[choice]! >= 0 && wanted.add(choices.variant[choice]!))
  else {
    const named = checked.sets.flatMap(({ set }) => set.variants ?? [])
    const running = Array.from(selected, (c) => choices.list[problem.classes.current[c]!]?.variant)
    const ids = new Set(named.length > 0 ? named : running)
    model.variants.forEach(({ id }, v) => ids.has(id) && wanted.add(v))
  }
  const reader = requirementReader(context)
  const counted = new Map<string, { readonly reason: Reason; readonly row: number; devices: number }>()
  for (const c of selected) {
    const device = classes.first[c]!
    for (const v of wanted) {
      let may = false
      for (let choice = choices.first[v]!; choice < choices.first[v + 1]!; choice++) may ||= mayEnd(compiled.options, device, choice)
      const reason = may ? undefined : reader.reason(device, v)
      if (reason === undefined) continue
      const key = `${v} ${reason.text.replace(/, has .*$/, '')}`
      const known = counted.get(key) ?? { reason, row: device, devices: 0 }
      known.devices += devicesIn(problem, [c])
      counted.set(key, known)
    }
  }
  return [...counted.values()]
    .sort((a, b) => b.devices - a.devices)
    .slice(0, 3)
    .map(({ reason, row: device, devices }) => {
      const out = devices === 1 ? `\`${fleet.ids[device]!}\` does not` : `${devices} devices do not, such as \`${fleet.ids[device]!}\``
      return { ...reason, text: `\`${reason.variant!}\` ${reason.text.replace(/, has .*$/, '')}; ${out}` }
    })
}

/**
 * A script that is unsatisfiable iff the rows cannot hold together with the sizes of the classes. Classes in whose columns the rows see the same are added up:
 * a sum over them can be split among them again. Undefined where it would be too long to be worth a solver's time.
 */
export function impossibleScript(problem: AssignmentProblem, rows: readonly number[]): string | undefined {
  const { columnStart, memberStart } = problem.classes
  const byColumn = new Map<number, Map<number, number>>()
  const seen = new Set<number>()
  const classOf = columnClassOf(problem)
  for (const r of rows) {
    forEachEntry(problem, problem.rows[r]!, (column, coefficient) => {
      const list = byColumn.get(column) ?? new Map<number, number>()
      list.set(r, (list.get(r) ?? 0) + coefficient)
      byColumn.set(column, list)
      if (column < classOf.length) seen.add(classOf[column]!)
    })
  }
  const groups = new Map<string, { readonly patterns: readonly string[]; size: number }>()
  const patternOf = (column: number): string => JSON.stringify([...(byColumn.get(column) ?? [])])
  for (const c of seen) {
    const patterns = [
      ...new Set(Array.from({ length: columnStart[c + 1]! - columnStart[c]! }, (_, k) => patternOf(columnStart[c]! + k))),
    ].sort()
    const key = patterns.join(' ')
    const group = groups.get(key) ?? { patterns, size: 0 }
    group.size += memberStart[c + 1]! - memberStart[c]!
    groups.set(key, group)
  }
  const forms = new Map<number, Term[]>(rows.map((r) => [r, []]))
  const assertions: Assertion[] = []
  const put = (entries: Iterable<readonly [number, number]>, term: Term): void => {
    for (const [r, coefficient] of entries) forms.get(r)!.push(mul(int(coefficient), term))
  }
  let variables = 0
  for (const { patterns, size } of groups.values()) {
    const terms = patterns.map((pattern) => {
      const term = variable(`n${variables++}`, 'Int')
      put(JSON.parse(pattern) as readonly (readonly [number, number])[], term)
      return term
    })
    assertions.push({ term: and(...terms.map((term) => ge(term, int(0))), eq(add(...terms), int(size))) })
  }
  problem.auxiliaries.forEach(({ lower, upper }, a) => {
    const entries = byColumn.get(classOf.length + a)
    if (entries === undefined) return
    const term = variable(`a${a}`, 'Int')
    put(entries, term)
    assertions.push({ term: and(ge(term, int(lower)), le(term, int(upper))) })
  })
  if (variables > 5000) return undefined
  for (const r of rows) {
    const { lower, upper } = problem.rows[r]!
    const form = add(...forms.get(r)!)
    const limits = [...(lower === -Infinity ? [] : [ge(form, int(lower))]), ...(upper === Infinity ? [] : [le(form, int(upper))])]
    assertions.push({ label: `row${r}`, term: and(...limits) })
  }
  return printQuery({ logic: 'QF_LIA', assertions, values: [] }, { produceCores: true })
}

/** The rows that a core of the script's labels names, ascending. */
export function rowsOfCore(core: readonly string[]): readonly number[] {
  return core.map((label) => Number(label.slice('row'.length))).sort((a, b) => a - b)
}
