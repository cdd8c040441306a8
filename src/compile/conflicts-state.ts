/** A state at rest as terms: what every attribute holds, who commanded it, which tokens wait. */
import type { ConflictStructure, Standing } from '../../constraints/reaction.ts'
import { choose, type SymbolicValue } from '../../constraints/symbolic-value.ts'
import { and, any, FALSE, int, ite, TRUE } from '../smt/build.ts'
import type { ThingAttribute } from '../model/automation.ts'
import type { Term } from '../smt/term.ts'
import type { Coding } from './conflicts-coding.ts'
import type { Ranges } from './conflicts-ranges.ts'
import { setOf, setOfType, union, type ValueSet } from './conflicts-value-set.ts'

export interface WaitingToken {
  /** Stays the same while the token waits. */
  readonly id: string
  readonly rule: string
  readonly step: string
  readonly locals: ReadonlyMap<string, SymbolicValue>
  readonly guard: Term
  /** Unique over a whole unrolled run. */
  readonly run: string
}

export interface SymbolicState {
  readonly standing: (attribute: string) => Standing
  /** Who waits; in an arbitrary state unknown (`undefined`): any number of tokens may wait at any step. */
  readonly waiting: readonly WaitingToken[] | undefined
  /** Conditions of the state itself. */
  readonly holds: Term
}

/** Any state that the ranges allow: contains every reachable state at rest. */
export const arbitraryState = (structure: ConflictStructure, ranges: Ranges, coding: Coding): SymbolicState => {
  const known = new Map<string, Standing>()
  const standing = (attribute: string): Standing => {
    const before = known.get(attribute)
    if (before !== undefined) return before
    const made: Standing = {
      value: coding.valueIn(`rest:${attribute}`, ranges.attribute(attribute)),
      by: commander(structure, attribute, coding),
    }
    known.set(attribute, made)
    return made
  }
  return { standing, waiting: undefined, holds: TRUE }
}

const commander = (structure: ConflictStructure, attribute: string, coding: Coding): Term => {
  const rules = new Set((structure.writers.get(attribute) ?? []).map((writer) => writer.rule))
  const by = [...rules].map((rule) => structure.rules.findIndex((other) => other.automation.id === rule)).sort((a, b) => a - b)
  if (by.length === 0) return int(-1)
  const name = coding.fresh(`by:${attribute}`)
  return coding.limited(name, [-1, ...by])
}

/** The states after a restart: nothing waits, nobody has commanded anything. */
export const initialState = (structure: ConflictStructure, coding: Coding): SymbolicState => {
  const known = new Map<string, Standing>()
  const standing = (attribute: string): Standing => {
    const before = known.get(attribute)
    if (before !== undefined) return before
    const made: Standing = { value: coding.valueIn(`initial:${attribute}`, initialSet(structure, attribute)), by: int(-1) }
    known.set(attribute, made)
    return made
  }
  return { standing, waiting: [], holds: TRUE }
}

/** What a helper can hold after a restart. */
export const restartSet = (attribute: ThingAttribute): ValueSet =>
  attribute.initial === undefined || attribute.initial.length === 0 ? setOfType(attribute.type) : attribute.initial.map(setOf).reduce(union)

/** What the attribute can hold in an initial state: what the world may set at any time may stand there from the first moment. */
export const initialSet = (structure: ConflictStructure, id: string): ValueSet => {
  const attribute = structure.attributes.get(id)
  if (attribute === undefined) return setOf(null)
  return attribute.outside ? union(restartSet(attribute), setOfType(attribute.type)) : restartSet(attribute)
}

/** The state in which exactly one of the branches holds and says what stands. */
export const mergeStates = (
  branches: readonly { readonly when: Term; readonly state: SymbolicState }[],
  attributes: Iterable<string>,
): SymbolicState => {
  const known = new Map<string, Standing>()
  const first = branches[0]
  if (first === undefined) throw new RangeError('no state to merge')
  for (const attribute of attributes) {
    const merged = branches.slice(1).reduce<Standing>((other, { when, state }) => {
      const here = state.standing(attribute)
      return here === other ? other : { value: choose(when, here.value, other.value), by: ite(when, here.by, other.by) }
    }, first.state.standing(attribute))
    known.set(attribute, merged)
  }
  return {
    standing: (attribute) => known.get(attribute) ?? first.state.standing(attribute),
    waiting: mergeWaiting(branches),
    holds: TRUE,
  }
}

/** A token that waits in several branches is one; those that waited before come first, as in each branch. */
const mergeWaiting = (branches: readonly { readonly when: Term; readonly state: SymbolicState }[]): readonly WaitingToken[] => {
  const merged = new Map<string, { readonly token: WaitingToken; readonly guards: { readonly when: Term; readonly guard: Term }[] }>()
  for (const { when, state } of branches)
    for (const token of state.waiting ?? []) {
      const entry = merged.get(token.id) ?? { token, guards: [] }
      merged.set(token.id, entry)
      entry.guards.push({ when, guard: token.guard })
    }
  return [...merged.values()]
    .map(({ token, guards }) => {
      const unchanged = guards.length === branches.length && guards.every(({ guard }) => guard === token.guard)
      return unchanged ? token : { ...token, guard: any(guards.map(({ when, guard }) => and(when, guard))) }
    })
    .filter((token) => token.guard !== FALSE)
}
