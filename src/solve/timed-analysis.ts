/** What is known of a behaviour in time before a question is asked of it, and the part of it that a question is asked in. */
import type { ConflictWords } from '../../constraints/reaction.ts'
import type { TimedKind, TimedStructure, TimedSubject } from '../../constraints/timed.ts'
import { nearest, type Influences, type SlicedKind } from '../compile/conflicts-slice.ts'
import { heardBy, awaitedBy } from '../compile/conflicts-structure.ts'
import { unrolledBounds } from '../compile/conflicts-reaction.ts'
import { isFromOutside } from '../compile/timed-layer.ts'
import { driversReads, physicsIn, type Physics } from '../compile/timed-physics.ts'
import type { TimedContext } from '../compile/timed-state.ts'
import type { Behaviour } from '../model/automation.ts'
import { nearbyAnalysis, wholeOf, type Slice, type Whole } from './conflict-analysis.ts'

export interface TimedWhole {
  readonly whole: Whole
  readonly structure: TimedStructure
  readonly physics: Physics
}

export interface TimedQuestion {
  readonly kind: TimedKind
  readonly subject: TimedSubject
}

/** The part of a behaviour that can influence a question; `whole`: nothing that can was left out. */
export interface TimedSlice {
  readonly context: TimedContext
  readonly kinds: readonly SlicedKind[]
  readonly words: ConflictWords
  readonly rules: ReadonlySet<string>
  readonly whole: boolean
}

export const timedWholeOf = (behaviour: Behaviour): TimedWhole => {
  const plain = wholeOf(behaviour)
  const physics = physicsIn(behaviour)
  const whole: Whole = { ...plain, influences: throughPhysics(plain, physics) }
  const { structure, reached } = whole
  const context = { reaction: { structure }, physics } as Parameters<typeof isFromOutside>[0]
  const byTime = new Set<string>()
  for (const [kind, rules] of reached) if (!isFromOutside(context, kind)) rules.forEach((rule) => byTime.add(rule))
  const drives = new Map(
    [...physics.quantities.values()].map(({ name, drivers }) => [name, new Set(drivers.map(({ effect }) => effect.attribute))]),
  )
  return {
    whole,
    physics,
    structure: { ...structure, byTime, sensors: new Set(physics.sensors.keys()), drives },
  }
}

/** Attributes that the rule hears or reads. */
const heeds = ({ structure }: Pick<Whole, 'structure'>, id: string): ReadonlySet<string> => {
  const rule = structure.rule.get(id)
  const heeded = new Set(rule?.reads)
  for (const trigger of [...(rule?.automation.triggers ?? []), ...(rule?.automation.steps.flatMap(awaitedBy) ?? [])])
    heardBy(trigger).forEach((attribute) => heeded.add(attribute))
  return heeded
}

/** Who drives a quantity influences who heeds a sensor of it. */
const throughPhysics = (whole: Whole, physics: Physics): Influences => {
  if (physics.sensors.size === 0) return whole.influences
  const { structure, influences } = whole
  const makers = new Map(
    [...physics.sensors].map(([attribute, { quantity }]) => [
      attribute,
      driversReads(physics.quantities.get(quantity)!).flatMap((id) => (structure.writers.get(id) ?? []).map(({ rule }) => rule)),
    ]),
  )
  return new Map(
    [...influences].map(([rule, direct]) => {
      const more = [...heeds(whole, rule)].flatMap((attribute) => makers.get(attribute) ?? [])
      return [rule, more.length === 0 ? direct : [...new Set([...direct, ...more])]]
    }),
  )
}

/** Rules and attributes that a question is about. */
export const rootsOf = ({ whole: { structure }, physics }: TimedWhole, { subject }: TimedQuestion): Slice => {
  const roots = new Set(subject.rules)
  const watches = new Set(subject.watches ?? [])
  if (subject.attribute !== undefined) watches.add(subject.attribute)
  const quantity = subject.quantity === undefined ? undefined : physics.quantities.get(subject.quantity)
  if (quantity !== undefined) driversReads(quantity).forEach((attribute) => watches.add(attribute))
  for (const attribute of watches) for (const { rule } of structure.writers.get(attribute) ?? []) roots.add(rule)
  return { roots, watches }
}

export interface SliceLimits {
  /** Quantities that are asked for. */
  readonly quantities: readonly string[]
  /** Rules, and work for the reactions of a layer. */
  readonly most: number
  readonly work: number
  /** Whether the platform may restart. */
  readonly restarts: boolean
}

/** The part of the behaviour with at most so many rules that influence the roots, nearest first. */
export const timedSlice = ({ whole, physics }: TimedWhole, slice: Slice, { quantities, most, work, restarts }: SliceLimits): TimedSlice => {
  const { rules, whole: complete } = nearest(whole.influences, slice.roots, () => true, most)
  const heeded = new Set([...rules].flatMap((rule) => [...heeds(whole, rule)]))
  const sensors = new Map([...physics.sensors].filter(([attribute]) => heeded.has(attribute) || slice.watches.has(attribute)))
  const needed = new Set([...quantities, ...[...sensors.values()].map(({ quantity }) => quantity)])
  const parts: Physics = { sensors, quantities: new Map([...physics.quantities].filter(([name]) => needed.has(name))) }
  const drivers = [...parts.quantities.values()].flatMap(driversReads)
  const watches = new Set([...slice.watches, ...sensors.keys(), ...drivers])
  const { context, words, kinds } = nearbyAnalysis(whole, { roots: slice.roots, watches }, most, work)
  const reaction = { ...context, bounds: { ...unrolledBounds, work } }
  // Whatever else a restart starts, it ends what waits and sets helpers anew.
  const restart: readonly SlicedKind[] =
    !restarts || kinds.some(({ kind }) => kind.is === 'restart') ? [] : [{ kind: { is: 'restart' }, relevant: rules }]
  const possible = restarts ? [...kinds, ...restart] : kinds.filter(({ kind }) => kind.is !== 'restart')
  return { context: { reaction, words, physics: parts }, kinds: possible, words, rules, whole: complete }
}
