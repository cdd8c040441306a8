/** What is known of a behaviour in time before a question is asked of it, and the part of it that a question is asked in. */
import type { ConflictWords } from '../../constraints/reaction.ts'
import { laterSteps } from '../../constraints/timed/cut-short.ts'
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

/** Attributes that a question looks at. */
export const attributesOf = ({ attribute, watches = [] }: TimedSubject): readonly string[] => [
  ...watches,
  ...(attribute === undefined ? [] : [attribute]),
]

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
  const { structure } = whole
  const byTime = timelyWrites(whole, { reaction: { structure }, physics } as Parameters<typeof isFromOutside>[0])
  const drives = new Map(
    [...physics.quantities.values()].map(({ name, drivers }) => [name, new Set(drivers.map(({ effect }) => effect.attribute))]),
  )
  return {
    whole,
    physics,
    structure: { ...structure, byTime, sensors: new Set(physics.sensors.keys()), drives, quantities: physics.quantities },
  }
}

/**
 * What each rule can write in a reaction to what is no cause from outside: after a wait, where it comes due, or where what such a reaction does starts it. Never too little.
 */
const timelyWrites = (
  { structure, listeners }: Whole,
  context: Parameters<typeof isFromOutside>[0],
): ReadonlyMap<string, ReadonlySet<string>> => {
  const writes = new Map<string, Set<string>>()
  const done = new Set<string>()
  const open: { readonly rule: string; readonly after?: string }[] = []
  const follow = (rule: string, after?: string): void => {
    const key = `${rule}\u0000${after ?? ''}`
    if (done.has(key)) return
    done.add(key)
    open.push({ rule, ...(after === undefined ? {} : { after }) })
  }
  const keyed = (key: string): void => {
    const [rule = '', step = ''] = key.split('\u0000')
    follow(rule, step)
  }
  for (const kind of listeners.kinds) {
    if (isFromOutside(context, kind)) continue
    if (kind.is === 'resume') follow(kind.automation, kind.step)
    if (kind.is === 'due' || kind.is === 'pull') follow(kind.automation)
    if (kind.is === 'write') {
      listeners.ofAttribute(kind.attribute).forEach(({ rule }) => follow(rule.automation.id))
      listeners.wakes(kind.attribute).forEach(keyed)
    }
  }
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const rule = structure.rule.get(next.rule)
    if (rule === undefined) continue
    const steps = next.after === undefined ? [...rule.reachable].flatMap((id) => rule.steps.get(id) ?? []) : laterSteps(rule, next.after)
    const own = writes.get(next.rule) ?? new Set<string>()
    writes.set(next.rule, own)
    for (const step of steps) {
      const written = step.do === 'set' ? [step.attribute] : step.do === 'unmodelled' ? step.writes : []
      for (const attribute of written) {
        own.add(attribute)
        listeners.ofAttribute(attribute).forEach((heard) => follow(heard.rule.automation.id))
        listeners.wakes(attribute).forEach(keyed)
      }
      if (step.do === 'call') follow(step.automation)
      if (step.do === 'emit') {
        listeners.ofEvent(step.event).forEach((heard) => follow(heard.rule.automation.id))
        listeners.awaits(step.event).forEach(keyed)
      }
    }
    // A run that stood in line begins when the one before it ends.
    if (rule.automation.mode.run === 'queued') follow(next.rule)
  }
  return writes
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

/** What of the physical world the rules and attributes are about. */
export const physicsFor = (
  { whole, physics }: Pick<TimedWhole, 'whole' | 'physics'>,
  rules: ReadonlySet<string>,
  watches: ReadonlySet<string>,
  quantities: readonly string[],
): Physics => {
  const heeded = new Set([...rules].flatMap((rule) => [...heeds(whole, rule)]))
  const sensors = new Map([...physics.sensors].filter(([attribute]) => heeded.has(attribute) || watches.has(attribute)))
  const needed = new Set([...quantities, ...[...sensors.values()].map(({ quantity }) => quantity)])
  return { sensors, quantities: new Map([...physics.quantities].filter(([name]) => needed.has(name))) }
}

/** The part of the behaviour with at most so many rules that influence the roots, nearest first. */
export const timedSlice = ({ whole, physics }: TimedWhole, slice: Slice, { quantities, most, work, restarts }: SliceLimits): TimedSlice => {
  const { rules, whole: complete } = nearest(whole.influences, slice.roots, () => true, most)
  const parts = physicsFor({ whole, physics }, rules, slice.watches, quantities)
  const { sensors } = parts
  const drivers = [...parts.quantities.values()].flatMap(driversReads)
  const watches = new Set([...slice.watches, ...sensors.keys(), ...drivers])
  const { context, words, kinds } = nearbyAnalysis(whole, { roots: slice.roots, watches, lasting: watches }, most, work)
  const reaction = { ...context, bounds: { ...unrolledBounds, work } }
  // Whatever else a restart starts, it ends what waits and sets helpers anew.
  const restart: readonly SlicedKind[] =
    !restarts || kinds.some(({ kind }) => kind.is === 'restart') ? [] : [{ kind: { is: 'restart' }, relevant: rules }]
  // No rule hears them, but the question does.
  const unheard = [...watches].filter(
    (id) => whole.structure.attributes.get(id)?.outside === true && !kinds.some(({ kind }) => kind.is === 'write' && kind.attribute === id),
  )
  const changes = unheard.map((attribute): SlicedKind => ({ kind: { is: 'write', attribute }, relevant: rules }))
  const possible = [...changes, ...kinds, ...restart].filter(({ kind }) => restarts || kind.is !== 'restart')
  return { context: { reaction, words, physics: parts }, kinds: possible, words, rules, whole: complete }
}
