/** The nearest limit with which a device that constraints keep out has a variant: a number that stands in the model, or an attribute of the device that a group is named by. */
import { mayEnd } from '../compile/eligibility.ts'
import type { Repair } from '../model/assignment.ts'
import { editFleet } from '../model/edit-fleet.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import type { Fleet } from '../model/fleet.ts'
import { type Edit, EDITS_SOURCE, shown } from '../model/what-if.ts'
import { withParameter } from './change-model.ts'
import { devicesIn, useAt } from './context.ts'
import { limitEdits } from './limit-edits.ts'
import { nameOf, writtenKind } from './use-names.ts'
import type { Asked } from './why-not.ts'

/** Solves the changed model and tells whether the device then has a variant. */
export type Places = (model: FleetModel, fleet?: Fleet) => Promise<boolean>

/** For every limit that by itself stands against one of the variant's modes. Several at once are no small change. */
export async function raisedLimits(asked: Asked, row: number, v: number, places: Places): Promise<readonly Repair[]> {
  const { compiled, model } = asked.context
  const { choices, classes, problem } = compiled
  const found = new Map<string, Repair>()
  for (let choice = choices.first[v]!; choice < choices.first[v + 1]!; choice++) {
    if (!mayEnd(compiled.options, row, choice)) continue
    const full = asked.why.limits.full(classes.classOf[row]!, choice)
    const [first] = full
    if (full.length !== 1 || first === undefined) continue
    const { use, group } = problem.rows[first.row]!.name
    const key = `${use} ${group}`
    if (found.has(key)) continue
    const repair = await smallestRaise(asked, first.row, first.over, model.variants[v]!.id, places)
    if (repair !== undefined) found.set(key, repair)
  }
  return [...found.values()]
}

/** One device more first; where others stand in line before it, as many more as it takes, found by halving. */
async function smallestRaise(asked: Asked, r: number, over: number, variant: string, places: Places): Promise<Repair | undefined> {
  const most = Math.max(1, waitingFor(asked, r))
  const tried = (units: number): Promise<Repair | undefined> => raiseBy(asked, r, over * units, variant, places)
  let best = await tried(1)
  if (best !== undefined || most === 1) return best
  best = await tried(most)
  if (best === undefined) return undefined
  let [fails, works] = [1, most]
  while (works - fails > 1) {
    const middle = (fails + works) >> 1
    const repair = await tried(middle)
    if (repair === undefined) fails = middle
    else {
      best = repair
      works = middle
    }
  }
  return best
}

async function raiseBy(asked: Asked, r: number, more: number, variant: string, places: Places): Promise<Repair | undefined> {
  const { context } = asked
  const { model } = context
  const { problem } = context.compiled
  const { name, upper, form } = problem.rows[r]!
  const checked = useAt(context, name.use)
  const devices = form.is === 'product' ? devicesIn(problem, form.classes) : 0
  const target = upper + more
  const others = name.group === '' ? '' : `, in \`${name.group}\` as everywhere`
  for (const edit of limitEdits(checked.use.parameters, { side: 'upper', limit: upper, target, devices })) {
    if (!(await places(withParameter(model, name.use, edit.path, edit.to)))) continue
    const path = shown(['constraints', name.use, writtenKind(checked.use.kind), ...edit.path])
    const numbers = devices > 0 ? ` (${target} of ${devices})` : ''
    const text = `raise \`${shown(edit.path)}\` of ${nameOf(context, name.use)} from ${edit.from} to ${edit.to}${numbers}${others}: then it runs \`${variant}\``
    return { text, edits: [`${path} = ${edit.to}`] }
  }
  return ofGroup(asked, r, target, variant, places)
}

/** `gateway g7 lacks 40`: the limit is an attribute of the device that the group is named by. */
async function ofGroup({ context }: Asked, r: number, target: number, variant: string, places: Places): Promise<Repair | undefined> {
  const { model, fleet } = context
  const { name, upper } = context.compiled.problem.rows[r]!
  const parameters = useAt(context, name.use).use.parameters as Readonly<Record<string, unknown>>
  const written = Object.values(parameters).find((value) => typeof value === 'string' && /^group\.[\w.]+$/.test(value)) as
    string | undefined
  const device = fleet.ids.indexOf(name.group)
  if (written === undefined || device === -1) return undefined
  const attribute = written.slice('group.'.length)
  const column = fleet.columns[attribute]
  if (column?.is !== 'numbers' || column.type.is !== 'int') return undefined
  const now = column.numbers[device]!
  if (!(now > 0) || upper % now !== 0) return undefined
  const value = Math.ceil(target / (upper / now))
  const edit: Edit = {
    is: 'device',
    device: name.group,
    attribute,
    value,
    text: `devices.${name.group}.${attribute} = ${value}`,
    at: { source: EDITS_SOURCE },
  }
  const edited = editFleet(model, fleet, [edit])
  if (!edited.ok || !(await places(model, edited.value))) return undefined
  const unit = column.type.unit === undefined ? '' : ` ${column.type.unit}`
  return {
    text: `\`${name.group}\` lacks ${value - now}${unit}: \`${attribute}\` ${value} instead of ${now}: then it runs \`${variant}\``,
    edits: [edit.text],
  }
}

/** Devices without a variant among those that the row speaks of. */
function waitingFor({ context, chosen }: Asked, r: number): number {
  const { problem } = context.compiled
  const { form } = problem.rows[r]!
  if (form.is !== 'product') return 1
  const { memberStart, members } = problem.classes
  let waiting = 0
  for (const c of form.classes)
    for (let m = memberStart[c]!; m < memberStart[c + 1]!; m++) if (problem.choices[chosen[members[m]!]!]!.outcome === 'none') waiting++
  return waiting
}
