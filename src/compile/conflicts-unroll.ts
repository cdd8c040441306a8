/** The runs of a behaviour from its initial states, reaction by reaction, as terms: at each depth one outside event of any kind. */
import type { OutsideKind } from '../../constraints/reaction.ts'
import { and, any, eq, FALSE, int, not, or, TRUE } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'
import { react, type ReactionContext, type SymbolicReaction } from './conflicts-reaction.ts'
import type { SlicedKind } from './conflicts-slice.ts'
import { arbitraryState, initialState, mergeStates, type SymbolicState } from './conflicts-state.ts'

/** One reaction of each kind from one state; `picked(i)` holds where the i-th is the one that happens. */
export interface Layer {
  readonly before: SymbolicState
  readonly reactions: readonly SymbolicReaction[]
  readonly picked: (index: number) => Term
  /** Some reaction happens and can happen there; `rests`: and ends within the bounds. */
  readonly happens: Term
  readonly rests: Term
}

export const kindName = (kind: OutsideKind): string => {
  switch (kind.is) {
    case 'write':
      return `write ${kind.attribute}`
    case 'pull':
      return `pull ${kind.automation} ${kind.trigger}`
    case 'resume':
      return `resume ${kind.automation} ${kind.step}${kind.timedOut ? ' late' : ''}${kind.trigger === undefined ? '' : ` ${kind.trigger}`}`
    case 'due':
      return `due ${kind.automation} ${kind.trigger}`
    case 'restart':
      return 'restart'
  }
}

const layerOf = (context: ReactionContext, before: SymbolicState, kinds: readonly SlicedKind[], name: string): Layer => {
  let left = context.bounds.work
  const reactions = kinds
    .map(({ kind, ...slice }, at) => {
      const share = Math.ceil(left / (kinds.length - at))
      const work = { left: share }
      const reaction = react({ ...context, ...slice, work }, before, kind, `${name} ${kindName(kind)}`)
      left -= share - Math.max(0, work.left)
      return reaction
    })
    .filter((reaction) => reaction.possible !== FALSE)
  const choice = context.coding.limited(`${name} event`, [...reactions.keys()])
  const picked = (index: number): Term => (reactions.length === 1 ? TRUE : eq(choice, int(index)))
  const ended = (reaction: SymbolicReaction): Term => not(any(reaction.unfinished.map(({ guard }) => guard)))
  const happens = reactions.map((reaction, index) => and(picked(index), reaction.possible))
  return {
    before,
    reactions,
    picked,
    happens: any(happens),
    rests: any(reactions.map((reaction, index) => and(happens[index]!, ended(reaction)))),
  }
}

/** One reaction from any state that the ranges allow: contains every reaction of every run, as far as the rules that matter go. */
export const anyReaction = (context: ReactionContext, kinds: readonly SlicedKind[]): Layer =>
  layerOf(context, arbitraryState(context), kinds, 'any')

/** After the reaction of a layer another one. */
export const nextReaction = (context: ReactionContext, kinds: readonly SlicedKind[], first: SymbolicReaction, name: string): Layer =>
  layerOf(context, first.state, kinds, name)

export interface Unrolling {
  readonly layers: readonly Layer[]
  /** Adds one reaction to the end of the runs, or says that the runs have become too large. */
  readonly deepen: () => boolean
}

/** Runs from the initial states; `budget` bounds the writes and branches of all layers together. */
export const unroll = (context: ReactionContext, kinds: readonly SlicedKind[], budget: number): Unrolling => {
  const layers: Layer[] = []
  let size = 0
  const deepen = (): boolean => {
    if (size > budget) return false
    const last = layers.at(-1)
    const before = last === undefined ? initialState(context.structure, context.coding) : after(last)
    const waits = new Set(before.waiting.map((token) => `${token.rule} ${token.step}`))
    // A restart as the last but one event leads to an initial state again; as an only event it shows what `start` triggers do.
    const possible = kinds.filter(({ kind }) => kind.is !== 'resume' || waits.has(`${kind.automation} ${kind.step}`))
    const layer = layerOf(context, before, possible, `${layers.length}`)
    if (layer.reactions.length === 0) return false
    size += layer.reactions.reduce(
      (total, reaction) => total + reaction.writes.length + reaction.executed.length + reaction.started.length + 1,
      0,
    )
    layers.push(layer)
    return true
  }
  return { layers, deepen }
}

const after = (layer: Layer): SymbolicState =>
  mergeStates(layer.reactions.map((reaction, index) => ({ when: layer.picked(index), state: reaction.state })))

/** As `reached`, for the last two reactions. */
export const reachedByTwo = (layers: readonly Layer[], bad: (first: SymbolicReaction, second: SymbolicReaction) => Term): Term => {
  const [first, second] = [layers.at(-2), layers.at(-1)]
  if (first === undefined || second === undefined) return FALSE
  const shown = or(
    ...first.reactions.flatMap((one, at) =>
      second.reactions.map((other, index) => and(first.picked(at), second.picked(index), bad(one, other))),
    ),
  )
  return shown === FALSE ? FALSE : and(shown, second.happens, ...layers.slice(0, -1).map((layer) => layer.rests))
}

/** Where the last reaction of some run of that many layers fulfils `bad`. */
export const reached = (layers: readonly Layer[], bad: (reaction: SymbolicReaction) => Term): Term => {
  const last = layers.at(-1)
  if (last === undefined) return FALSE
  const shown = or(...last.reactions.map((reaction, index) => and(last.picked(index), bad(reaction))))
  return shown === FALSE ? FALSE : and(shown, last.happens, ...layers.slice(0, -1).map((layer) => layer.rests))
}
