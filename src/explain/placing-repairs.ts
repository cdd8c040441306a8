/** What would give a device without a variant one: limits to raise, parts of requirements to drop, constraints to drop, or another device's place; each is solved again before it is offered. */
import { mayEnd } from '../compile/eligibility.ts'
import type { Repair } from '../model/assignment.ts'
import { editFleet } from '../model/edit-fleet.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import type { Fleet } from '../model/fleet.ts'
import { type Edit, EDITS_SOURCE } from '../model/what-if.ts'
import { withoutRules, withRequirement, withUses } from './change-model.ts'
import { becauseOf, useAt } from './context.ts'
import { costWords, movedWords } from './cost-words.ts'
import { raisedLimits, type Places } from './raised-limits.ts'
import { nameOf } from './use-names.ts'
import type { Asked, WhyNot } from './why-not.ts'

/** A change to try, and how to say it once it has been confirmed. */
interface Candidate {
  /** Smaller changes first. */
  readonly size: number
  readonly model: FleetModel
  readonly fleet?: Fleet
  readonly say: () => Repair
}

// Changes that are tried, and that are offered.
const TRIED = 8
const OFFERED = 4

/** Smallest first. `forced`: by variant, what forcing it says. */
export async function placingRepairs(asked: Asked, row: number, forced: readonly WhyNot[], places: Places): Promise<readonly Repair[]> {
  const { model } = asked.context
  const limits: Repair[] = []
  for (const v of model.variants.keys()) {
    if (limits.length >= OFFERED || asked.why.barred(row, v).length > 0) continue
    limits.push(...(await raisedLimits(asked, row, v, places)))
  }
  const candidates = [...otherFacts(asked, row), ...droppedParts(asked, row), ...droppedUses(asked, row)]
    .sort((a, b) => a.size - b.size)
    .slice(0, TRIED)
  const dropped: Repair[] = []
  for (const { model: changed, fleet, say } of candidates)
    if (dropped.length < OFFERED && (await places(changed, fleet))) dropped.push(say())
  return [...limits, ...displacing(asked, row, forced), ...dropped].slice(0, OFFERED + 1)
}

/** Attributes of the device itself, where all that it fails to meet are comparisons of one with a number or a word. */
function otherFacts({ context, why }: Asked, row: number): readonly Candidate[] {
  const { model, fleet } = context
  const id = fleet.ids[row]!
  return model.variants.flatMap(({ id: variant }, v): readonly Candidate[] => {
    const { fail } = why.requirements.parts(row, v)
    const edits = fail.flatMap(({ text }): readonly Edit[] => {
      const found = /^device\.([\w.]+) *(>=|>|==) *(-?\d+|true|false|"[^"]*")$/.exec(text.trim())
      if (found === null) return []
      const [, attribute, operator, literal] = found as unknown as [string, string, string, string]
      const written: unknown = JSON.parse(literal)
      const value = operator === '>' && typeof written === 'number' ? written + 1 : written
      return [
        { is: 'device', device: id, attribute, value, text: `devices.${id}.${attribute} = ${String(value)}`, at: { source: EDITS_SOURCE } },
      ]
    })
    if (fail.length === 0 || edits.length < fail.length) return []
    const edited = editFleet(model, fleet, edits)
    if (!edited.ok) return []
    const facts = edits.flatMap((edit) => (edit.is === 'device' ? [factOf(fleet, row, edit.attribute, edit.value)] : []))
    const say = (): Repair => ({
      text: `with ${facts.map(({ text }) => text).join(' and ')} it runs \`${variant}\``,
      edits: edits.map(({ text }) => text),
    })
    return [{ size: facts.reduce((sum, { step }) => sum + 8 + step, 0), model, fleet: edited.value, say }]
  })
}

/** `ram 512 MB instead of 64`; `step`: how far that is from what it has, between 0 and 1. */
function factOf(fleet: Fleet, row: number, attribute: string, value: unknown): { readonly text: string; readonly step: number } {
  const column = fleet.columns[attribute]
  if (column?.is !== 'numbers' || (column.type.is !== 'int' && column.type.is !== 'decimal'))
    return { text: `${attribute} ${String(value)}`, step: 1 }
  const now = column.numbers[row]!
  const unit = column.type.unit === undefined ? '' : ` ${column.type.unit}`
  if (Number.isNaN(now)) return { text: `${attribute} ${String(value)}${unit}`, step: 1 }
  const far = Math.abs(Number(value) - now) / (1 + Math.abs(now))
  const shownNow = column.type.is === 'int' ? ` instead of ${now}` : ''
  return { text: `${attribute} ${String(value)}${unit}${shownNow}`, step: far / (1 + far) }
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
