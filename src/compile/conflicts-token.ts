/** What moves in a reaction made of terms: tokens of runs, the events that wait to be delivered, and how each came about. */
import type { Rule } from '../../constraints/reaction.ts'
import { choose, nullValue, numberValue, type SymbolicValue } from '../../constraints/symbolic-value.ts'
import { real } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'
import type { WaitingToken } from './conflicts-state.ts'

export type SymbolicLocals = ReadonlyMap<string, SymbolicValue>

export interface Token {
  readonly rule: Rule
  readonly step: string
  readonly locals: SymbolicLocals
  readonly guard: Term
  readonly run: number
  readonly direct: boolean
  readonly hops: number
  readonly chain: Chain
}

/** The rules whose starts led to something, the last one first. */
export interface Chain {
  readonly length: number
  readonly rule: string
  readonly before: Chain | undefined
}

export const NO_CHAIN: Chain = { length: 0, rule: '', before: undefined }

export const timesIn = (chain: Chain, rule: string): number => {
  let times = 0
  for (let one: Chain | undefined = chain; one !== undefined; one = one.before) if (one.rule === rule) times++
  return times
}

/** The rule whose action led to something; nothing where the outside did. */
export const causeOf = (chain: Chain): string | undefined => (chain.rule === '' ? undefined : chain.rule)

/** What a run begins with. */
export interface Cause {
  readonly payload: SymbolicValue
  readonly before: SymbolicValue
  /** Which triggers match, each with its condition; none: a call. */
  readonly triggers: readonly { readonly index: number; readonly match: Term }[]
}

export const NO_CAUSE: Cause = { payload: nullValue, before: nullValue, triggers: [] }

/** The position of the first trigger that matches. */
const indexOf = ({ triggers }: Cause): SymbolicValue =>
  triggers.length === 0
    ? nullValue
    : triggers
        .slice(0, -1)
        .reduceRight((rest, { index, match }) => choose(match, numberValue(real(index)), rest), numberValue(real(triggers.at(-1)!.index)))

export const startLocals = (cause: Cause): SymbolicLocals =>
  new Map([
    ['trigger', cause.payload],
    ['trigger.before', cause.before],
    ['trigger.index', indexOf(cause)],
  ])

/** What an `await` leaves in the locals. */
export const awaitedLocals = (locals: SymbolicLocals, cause: Cause): SymbolicLocals =>
  new Map([...locals, ['wait', cause.payload], ['wait.before', cause.before], ['wait.index', indexOf(cause)]])

export type Occurrence = {
  /** Where it was made. */
  guard: Term
  readonly direct: boolean
  readonly chain: Chain
} & (
  | { readonly is: 'event'; readonly heard: readonly { readonly rule: Rule; readonly cause: Cause }[] }
  /** A token that waited goes on. */
  | { readonly is: 'woken'; readonly token: WaitingToken; readonly locals: SymbolicLocals }
)
