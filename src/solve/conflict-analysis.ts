/** What is known about a behaviour (structure, ranges), and about slices of it (reactions on terms). Compiled on demand, shared by all subjects. */
import type { Behaviour } from '../model/automation.ts'
import type {
  ConflictKind,
  ConflictStructure,
  ConflictSubject,
  ConflictWords,
  OutsideKind,
  Reaction,
  Rule,
} from '../../constraints/reaction.ts'
import { invariantScripts, type InvariantScript } from './conflict-certificate.ts'
import { createCoding, textsOf, type Coding } from '../compile/conflicts-coding.ts'
import { listenersOf, type Listeners } from '../compile/conflicts-listeners.ts'
import { rangesOf, type Ranges } from '../compile/conflicts-ranges.ts'
import { reactionBounds, unrolledBounds, type ReactionContext } from '../compile/conflicts-reaction.ts'
import { influencesOf, nearest, reachedBy, slicedKinds, wholeKinds, type Influences, type SlicedKind } from '../compile/conflicts-slice.ts'
import { worldTexts } from '../compile/environment-cones.ts'
import { awaitedBy, heardBy, structureOf } from '../compile/conflicts-structure.ts'
import { anyReaction, unroll, type Layer, type Unrolling } from '../compile/conflicts-unroll.ts'
import type { ValueSet } from '../compile/conflicts-value-set.ts'

/** Everything that a behaviour is known by before any question is asked. */
export interface Whole {
  readonly behaviour: Behaviour
  readonly structure: ConflictStructure
  readonly ranges: Ranges
  readonly listeners: Listeners
  readonly influences: Influences
  /** What can act in the reaction to each kind of event. */
  readonly reached: ReadonlyMap<OutsideKind, ReadonlySet<string>>
  /** Scripts that show the ranges inductive. */
  readonly invariants: () => readonly InvariantScript[]
}

export interface Analysis {
  readonly whole: Whole
  readonly context: ReactionContext
  readonly words: ConflictWords
  readonly kinds: readonly SlicedKind[]
  /** One reaction from any state at rest. */
  readonly any: () => Layer
  /** Its reactions, with all that may follow where they were cut off. */
  readonly beyond: () => readonly Reaction[]
  readonly runs: () => Unrolling
}

/** A question: a kind and one of its subjects. */
export interface Question {
  readonly kind: ConflictKind
  readonly subject: ConflictSubject
}

/** Writes, starts and branches of all layers of an unrolling together. */
const UNROLLED = 4_000

export const wholeOf = (behaviour: Behaviour): Whole => {
  const structure = structureOf(behaviour)
  const ranges = rangesOf(structure)
  const listeners = listenersOf(structure, ranges)
  let invariants: readonly InvariantScript[] | undefined
  const codingFor = (rule?: Rule): Coding => {
    if (rule === undefined) return createCoding(textsIn(structure, ranges))
    const relevant = new Set([rule.automation.id])
    return createCoding(textsIn(structure, ranges, { relevant, touched: touchedBy(structure, relevant, new Set()) }))
  }
  return {
    behaviour,
    structure,
    ranges,
    listeners,
    influences: influencesOf(structure),
    reached: reachedBy(listeners),
    invariants: () => (invariants ??= invariantScripts({ structure, ranges }, codingFor)),
  }
}

/** With all rules and all events. `lasting`: as in `Slice`. */
export const analysisOf = (whole: Whole, lasting: ReadonlySet<string> = new Set()): Analysis => {
  const { structure, ranges } = whole
  const listeners = listenersWith(whole.listeners, lasting)
  const index = new Map(structure.rules.map((rule, at) => [rule.automation.id, at]))
  const ruleIndex = (rule: string): number => index.get(rule) ?? -1
  const coding = createCoding(textsIn(structure, ranges))
  return analysisIn(whole, { structure, ranges, listeners, coding, ruleIndex, bounds: reactionBounds }, wholeKinds(listeners))
}

export interface Slice {
  /** Rules whose part in a reaction must be known. */
  readonly roots: ReadonlySet<string>
  /** Attributes whose writes from outside count even where no root acts. */
  readonly watches: ReadonlySet<string>
  /** Attributes of which the last of several writes counts, though no rule reads them. */
  readonly lasting?: ReadonlySet<string>
}

/** Rules that one event starts are taken in every order where they write what the questions look at, too. */
const listenersWith = (listeners: Listeners, lasting: ReadonlySet<string>): Listeners =>
  lasting.size === 0 ? listeners : { ...listeners, observed: new Set([...listeners.observed, ...lasting]) }

/** Of each event the reaction of those rules only that can change what the roots do in it; at most so many are executed, and so much work is done. */
export const slicedAnalysis = (whole: Whole, slice: Slice, most: number, work: number): Analysis =>
  among(whole, slicedKinds(whole.reached, whole.influences, slice.roots, slice.watches, most), slice, work)

/** Runs of the rules that can influence the roots, the nearest first, as if there were no others. */
export const nearbyAnalysis = (whole: Whole, slice: Slice, most: number, work: number): Analysis => {
  const { roots, watches } = slice
  const { rules } = nearest(whole.influences, roots, () => true, most)
  const touched = touchedBy(whole.structure, rules, watches)
  const kinds = [...whole.reached].flatMap(([kind, reached]): readonly SlicedKind[] => {
    const matters = [...reached].some((rule) => rules.has(rule)) || (kind.is === 'write' && touched.has(kind.attribute))
    return matters || (kind.is === 'restart' && rules.size === 0) ? [{ kind, relevant: rules }] : []
  })
  return among(whole, kinds, slice, work)
}

const among = (whole: Whole, kinds: readonly SlicedKind[], { roots, watches, lasting = new Set() }: Slice, work: number): Analysis => {
  const { structure, ranges } = whole
  const listeners = listenersWith(whole.listeners, lasting)
  const relevant = new Set(kinds.flatMap((kind) => [...(kind.relevant ?? [])]))
  const named = new Set([...relevant, ...roots])
  const touched = new Set(touchedBy(structure, named, watches))
  for (const { kind } of kinds) if (kind.is === 'write') touched.add(kind.attribute)
  const coding = createCoding(textsIn(structure, ranges, { relevant: named, touched }))
  // Rules by name, so that adding another one elsewhere changes no script; all others share one number.
  const index = new Map([...named].sort().map((rule, at) => [rule, at]))
  const ruleIndex = (rule: string): number => index.get(rule) ?? index.size
  const asked = { rules: roots, attributes: touchedBy(structure, roots, watches) }
  const bounds = { ...reactionBounds, work }
  return analysisIn(whole, { structure, ranges, listeners, coding, ruleIndex, bounds, relevant, touched, asked }, kinds)
}

const analysisIn = (whole: Whole, context: ReactionContext, kinds: readonly SlicedKind[]): Analysis => {
  let any: Layer | undefined
  let beyond: readonly Reaction[] | undefined
  let runs: Unrolling | undefined
  const anyLayer = (): Layer => (any ??= anyReaction(context, kinds))
  return {
    whole,
    context,
    kinds,
    words: { constant: context.coding.constant, ruleIndex: context.ruleIndex },
    any: anyLayer,
    beyond: () => (beyond ??= anyLayer().reactions.map((reaction) => reaction.beyond())),
    runs: () => (runs ??= unroll({ ...context, bounds: { ...unrolledBounds, work: context.bounds.work } }, kinds, UNROLLED)),
  }
}

const touchedBy = (structure: ConflictStructure, rules: ReadonlySet<string>, watches: ReadonlySet<string>): ReadonlySet<string> => {
  const touched = new Set(watches)
  for (const id of rules) {
    const rule = structure.rule.get(id)
    if (rule === undefined) continue
    rule.reads.forEach((attribute) => touched.add(attribute))
    rule.writes.forEach(({ attribute }) => touched.add(attribute))
    for (const trigger of [...rule.automation.triggers, ...rule.automation.steps.flatMap(awaitedBy)])
      heardBy(trigger).forEach((attribute) => touched.add(attribute))
  }
  return touched
}

/** Every text that terms about the rules and attributes can name. */
const textsIn = (
  structure: ConflictStructure,
  ranges: Ranges,
  slice?: { readonly relevant: ReadonlySet<string>; readonly touched: ReadonlySet<string> },
): readonly string[] => {
  const rules = structure.rules.filter(({ automation: { id } }) => slice?.relevant.has(id) ?? true)
  const attributes = [...structure.attributes.values()].filter(({ id }) => slice?.touched.has(id) ?? true)
  const listed = (set: ValueSet): readonly string[] => (set.texts === 'all' ? [] : set.texts)
  const more = [
    ...attributes.flatMap(({ id }) => listed(ranges.attribute(id))),
    ...rules.flatMap(({ automation: { id } }) =>
      [...(ranges.steps.get(id)?.values() ?? [])].flatMap((locals) => [...locals.values()].flatMap(listed)),
    ),
    ...worldTexts(structure.behaviour, new Set(attributes.map(({ id }) => id))),
  ]
  // What an entity of Home Assistant holds that is not there, whether a rule names it or not.
  const absent =
    rules.some(({ automation }) => automation.platform === 'home-assistant') && attributes.some(({ type }) => type.is === 'any')
  if (absent) more.push('unavailable', 'unknown')
  const exclusions = structure.behaviour.exclusions.filter(({ members }) =>
    members.some(({ attribute }) => slice?.touched.has(attribute) ?? true),
  )
  const texts = textsOf(
    rules.map(({ automation }) => automation),
    attributes,
    exclusions,
    more,
  )
  return texts
}
