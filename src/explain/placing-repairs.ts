/** What would give a device without a variant one: limits to raise, parts of requirements to drop, constraints to drop, or another device's place; each is solved again before it is offered. */
import type { Fleet } from '../model/fleet.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import type { Repair } from '../model/assignment.ts'
import { mayEnd } from '../compile/eligibility.ts'
import { shown } from '../model/what-if.ts'
import { withoutRules, withParameter, withRequirement, withUses } from './change-model.ts'
import { becauseOf, devicesIn, useAt, type ExplainContext } from './context.ts'
import { costWords, movedWords } from './cost-words.ts'
import { limitEdits } from './limit-edits.ts'
import { nameOf, writtenKind } from './use-names.ts'
import type { Asked, WhyNot } from './why-not.ts'

/** Solves the changed model and tells whether the device then has a variant. */
export type Places = (model: FleetModel, fleet?: Fleet) => Promise<boolean>

/** A change to try, and how to say it once it has been confirmed. */
interface Candidate {
  /** Smaller changes first. */
  readonly size: number
  readonly model: FleetModel
  readonly say: () => Repair
}

// Changes that are tried, and that are offered.
const TRIED = 8
const OFFERED = 4

/** Smallest first. `forced`: by variant, what forcing it says. */
export async function placingRepairs(asked: Asked, row: number, forced: readonly WhyNot[], places: Places): Promise<readonly Repair[]> {
  const { model } = asked.context
  const limits: Repair[] = []
  for (const [v, { id }] of model.variants.entries()) {
    if (limits.length >= OFFERED || asked.why.barred(row, v).length > 0) continue
    limits.push(...(await raisedLimits(asked, row, v, id, places)))
  }
  const candidates = [...droppedParts(asked, row), ...droppedUses(asked, row)].sort((a, b) => a.size - b.size).slice(0, TRIED)
  const dropped: Repair[] = []
  for (const { model: changed, say } of candidates) if (dropped.length < OFFERED && (await places(changed))) dropped.push(say())
  return [...limits, ...displacing(asked, row, forced), ...dropped].slice(0, OFFERED + 1)
}

/** For a variant that constraints at their limit stand against: the nearest limits with which the device has a variant. */
async function raisedLimits(asked: Asked, row: number, v: number, variant: string, places: Places): Promise<readonly Repair[]> {
  const { context } = asked
  const { compiled } = context
  const { problem, choices, classes } = compiled
  const c = classes.classOf[row]!
  const found = new Map<string, Repair>()
  for (let choice = choices.first[v]!; choice < choices.first[v + 1]!; choice++) {
    if (!mayEnd(compiled.options, row, choice)) continue
    const full = asked.why.limits.full(c, choice)
    // Several limits at once are no small change.
    if (full.length !== 1) continue
    const [{ row: r, over }] = full as [{ row: number; over: number }]
    const limited = problem.rows[r]!
    const { use, group } = limited.name
    const key = `${use} ${group}`
    if (found.has(key)) continue
    const waiting = waitingFor(asked, r)
    const units = new Set([over, over * Math.max(1, waiting)])
    const devices = devicesOf(context, r)
    for (const more of units) {
      const repair = await firstPlacing(
        asked,
        { use, side: 'upper', limit: limited.upper, target: limited.upper + more, devices },
        places,
        (text) => {
          const numbers = limited.form.is === 'product' ? ` (${limited.upper + more} of ${devices})` : ''
          return `${text}${numbers}${group === '' ? '' : ` for \`${group}\` and all other groups`}, which lets it run \`${variant}\``
        },
      )
      if (repair === undefined) continue
      found.set(key, repair)
      break
    }
  }
  return [...found.values()]
}

interface LimitWish {
  readonly use: number
  readonly side: 'lower' | 'upper'
  readonly limit: number
  readonly target: number
  readonly devices: number
}

async function firstPlacing(
  { context }: Asked,
  wish: LimitWish,
  places: Places,
  say: (text: string) => string,
): Promise<Repair | undefined> {
  const { model } = context
  const checked = useAt(context, wish.use)
  for (const edit of limitEdits(checked.use.parameters, wish)) {
    if (!(await places(withParameter(model, wish.use, edit.path, edit.to)))) continue
    const path = shown(['constraints', wish.use, writtenKind(checked.use.kind), ...edit.path])
    const text = `${wish.side === 'upper' ? 'raise' : 'lower'} \`${shown(edit.path)}\` of ${nameOf(context, wish.use)} from ${edit.from} to ${edit.to}`
    return { text: say(text), edits: [`${path} = ${edit.to}`] }
  }
  return undefined
}

function devicesOf({ compiled: { problem } }: ExplainContext, r: number): number {
  const { form } = problem.rows[r]!
  return form.is === 'product' ? devicesIn(problem, form.classes) : 0
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

/** Parts of a requirement, and rules, that the device does not meet. */
function droppedParts({ context, why }: Asked, row: number): readonly Candidate[] {
  const { model } = context
  return model.variants.flatMap(({ id, rules }, v): readonly Candidate[] => {
    const { hold, fail } = why.requirements.parts(row, v)
    const excluding = fail.length > 0 ? [] : why.requirements.rules(row, v)
    if (fail.length + excluding.length === 0) return []
    const changed = fail.length > 0 ? withRequirement(model, id, hold) : withoutRules(model, id, new Set(excluding))
    const texts =
      fail.length > 0
        ? fail.map(({ text }) => `\`${text}\``)
        : excluding.map((r) => `\`if ${rules[r]!.if.text}, then ${rules[r]!.then.text}\``)
    const say = (): Repair => {
      const what = fail.length > 0 ? '' : texts.length === 1 ? 'the rule ' : 'the rules '
      const rest = hold.map(({ text }) => (hold.length === 1 ? text : `(${text})`)).join(' && ')
      const edit = hold.length === 0 ? `drop variants.${id}.requires` : `variants.${id}.requires = ${rest}`
      const edits = fail.length > 0 ? [edit] : excluding.map((r) => `drop variants.${id}.rules[${r}]`)
      return { text: `drop ${what}${texts.join(' and ')} of \`${id}\``, edits }
    }
    return [{ size: 10 * texts.length, model: changed, say }]
  })
}

/** Constraints that by themselves take a variant away that the device could have. */
function droppedUses({ context, why }: Asked, row: number): readonly Candidate[] {
  const { model, compiled } = context
  const c = compiled.classes.classOf[row]!
  const uses = new Set<number>()
  model.variants.forEach((_, v) => {
    const possible: number[] = []
    for (let choice = compiled.choices.first[v]!; choice < compiled.choices.first[v + 1]!; choice++)
      if (mayEnd(compiled.options, row, choice)) possible.push(choice)
    if (possible.length === 0 || why.requirements.reason(row, v) !== undefined) return
    const alone = compiled.takers.filter(({ allows }) => possible.every((choice) => !allows(c, choice)))
    if (alone.length === 1) uses.add(alone[0]!.use)
  })
  return [...uses].map((use) => ({
    size: 20,
    model: withUses(model, (index) => index !== use),
    say: () => ({ text: `drop ${nameOf(context, use)}: ${becauseOf(useAt(context, use), '')}`, edits: [`drop constraints[${use}]`] }),
  }))
}

/** Taking another device's place, where that is possible at all: forcing has shown it. */
function displacing({ context }: Asked, row: number, forced: readonly WhyNot[]): readonly Repair[] {
  const { model, fleet } = context
  const id = fleet.ids[row]!
  return model.variants.flatMap(({ id: variant }, v): readonly Repair[] => {
    const answer = forced[v]!
    if (answer.is !== 'possible') return []
    const moved = answer.moved.length === 0 ? '' : `; ${movedWords(answer.moved)}`
    return [{ text: `pin it to \`${variant}\` (costs ${costWords(answer.cost)})${moved}`, edits: [`pin ${id} to ${variant}`] }]
  })
}
