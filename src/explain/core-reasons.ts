/** The members of a core as the lines of an answer: each in the user's words with its place, and at the end what the devices have to do with it. */
import { columnClassOf, forEachEntry } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem, Row } from '../../constraints/problem.ts'
import type { Reason } from '../model/assignment.ts'
import { becauseOf, devicesIn, useAt, type ExplainContext } from './context.ts'
import type { MinimalCore } from './minimal-core.ts'

/** `rows`: those of the core's own problem that clash. */
export function coreReasons(context: ExplainContext, core: MinimalCore, rows: readonly number[]): readonly Reason[] {
  const { members } = core
  const alone: ExplainContext = { ...context, model: core.model, compiled: core.compiled }
  const { problem } = core.compiled
  const uses = core.model.constraints.flatMap((use): readonly Reason[] => {
    const checked = useAt(alone, use.index)
    const groups = [...new Set(rows.filter((r) => problem.rows[r]!.name.use === use.index).map((r) => problem.rows[r]!.name.group))]
    return (groups.length === 0 ? [''] : groups.sort()).map((group) => ({
      kind: checked.kind.id,
      text: becauseOf(checked, group),
      at: use.at,
    }))
  })
  const others = members.flatMap((one): readonly Reason[] => {
    switch (one.is) {
      case 'use':
        return []
      case 'part':
        return [{ kind: 'placement/requirement', variant: one.variant, text: one.text.text, at: one.text.at }]
      case 'rule': {
        const rule = context.model.variants.find(({ id }) => id === one.variant)!.rules[one.rule]!
        return [{ kind: 'placement/rule', variant: one.variant, text: `if ${rule.if.text}, then ${rule.then.text}`, at: rule.then.at }]
      }
      case 'leave':
        return [
          { kind: 'placement/leave', text: `devices where \`${context.model.leave!.text}\` are left alone`, at: context.model.leave!.at },
        ]
    }
  })
  const facts = devicesText(alone, core, rows)
  return [...uses, ...others, ...(facts === '' ? [] : [{ kind: 'placement/devices', text: facts }])]
}

function devicesText({ compiled: { problem }, fleet }: ExplainContext, { verdict }: MinimalCore, rows: readonly number[]): string {
  const told = rows.map((r) => reachOf(problem, problem.rows[r]!))
  const short = told.findIndex(({ most }, i) => most < problem.rows[rows[i]!]!.lower)
  if (short !== -1) {
    const { most, devices } = told[short]!
    return `${most === 0 ? 'none' : `only ${most}`} of the ${counted(devices)} that it speaks of can`
  }
  const stuck = told.findIndex(({ least }, i) => least > problem.rows[rows[i]!]!.upper)
  if (stuck !== -1) {
    const { least, devices } = told[stuck]!
    return `${least} of the ${counted(devices)} that it speaks of ${least === 1 ? 'has' : 'have'} no other choice`
  }
  if (rows.length === 0) {
    const [first] = verdict.classes
    if (first === undefined) return ''
    const { members, memberStart } = problem.classes
    const id = fleet.ids[members[memberStart[first]!]!]!
    const others = devicesIn(problem, verdict.classes) - 1
    return `\`${id}\`${others === 0 ? ' is' : ` and ${others} ${others === 1 ? 'other' : 'others'} are`} left with nothing to end with`
  }
  const classes = new Set(rows.flatMap((r) => classesOf(problem, problem.rows[r]!)))
  const devices = devicesIn(problem, classes)
  return `${rows.length === 1 ? 'it speaks' : 'together they speak'} of ${counted(devices)}`
}

const counted = (devices: number): string => `${devices} ${devices === 1 ? 'device' : 'devices'}`

interface Reach {
  /** Least and most that the row's form can be, whatever else holds. */
  readonly least: number
  readonly most: number
  readonly devices: number
}

function reachOf(problem: AssignmentProblem, row: Row): Reach {
  const { columnStart, memberStart, size } = problem.classes
  const byColumn = new Map<number, number>()
  forEachEntry(problem, row, (column, coefficient) => byColumn.set(column, (byColumn.get(column) ?? 0) + coefficient))
  const auxiliaries = [...byColumn.keys()].some((column) => column >= columnStart[size]!)
  const classes = classesOf(problem, row)
  const devices = devicesIn(problem, classes)
  if (auxiliaries) return { least: -Infinity, most: Infinity, devices }
  let [least, most] = [0, 0]
  for (const c of classes) {
    let [low, high] = [Infinity, -Infinity]
    for (let j = columnStart[c]!; j < columnStart[c + 1]!; j++) {
      const value = byColumn.get(j) ?? 0
      low = Math.min(low, value)
      high = Math.max(high, value)
    }
    const count = memberStart[c + 1]! - memberStart[c]!
    least += count * low
    most += count * high
  }
  return { least, most, devices }
}

function classesOf(problem: AssignmentProblem, row: Row): readonly number[] {
  if (row.form.is === 'product') return [...row.form.classes]
  const of = columnClassOf(problem)
  const found = new Set<number>()
  forEachEntry(problem, row, (column) => column < of.length && found.add(of[column]!))
  return [...found].sort((a, b) => a - b)
}
