/** A state at rest in real time, on terms: what `conflicts-state.ts` holds, the instant, the quantities, and when sensors told something last. */
import type { Moment, TimedToken } from '../../constraints/timed.ts'
import type { ConflictWords } from '../../constraints/reaction.ts'
import { and, ite, le, real } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'
import type { ReactionContext } from './conflicts-reaction.ts'
import { arbitraryState, initialState, mergeStates, type SymbolicState, type WaitingToken } from './conflicts-state.ts'
import { inRange, type Physics } from './timed-physics.ts'

export interface TimedState {
  readonly rest: SymbolicState
  /** Milliseconds. */
  readonly now: Term
  readonly quantities: ReadonlyMap<string, Term>
  /** Instants of the last reports of sensors that report every so often. */
  readonly told: ReadonlyMap<string, Term>
  /** Conditions of the state itself. */
  readonly holds: Term
}

/** What the reactions of timed runs are made in. */
export interface TimedContext {
  readonly reaction: ReactionContext
  readonly words: ConflictWords
  /** What of the physical world has a part in it. */
  readonly physics: Physics
}

const quantitiesAt = ({ reaction: { coding }, physics }: TimedContext, when: string): ReadonlyMap<string, Term> =>
  new Map([...physics.quantities.keys()].map((name) => [name, coding.variable(`${when}:${name}`, 'Real')]))

const everySensors = ({ physics }: TimedContext): readonly string[] =>
  [...physics.sensors].flatMap(
    ([
      attribute,
      {
        observation: { reports },
      },
    ]) => ('everyMilliseconds' in reports ? [attribute] : []),
  )

const inRanges = ({ physics }: TimedContext, quantities: ReadonlyMap<string, Term>): Term =>
  and(...[...quantities].map(([name, value]) => inRange(physics.quantities.get(name)!, value)))

/** The states after a restart, at instant 0. */
export const timedStart = (context: TimedContext): TimedState => {
  const quantities = quantitiesAt(context, 'start')
  return {
    rest: initialState(context.reaction.structure, context.reaction.coding),
    now: real(0),
    quantities,
    told: new Map(everySensors(context).map((attribute) => [attribute, real(0)])),
    holds: inRanges(context, quantities),
  }
}

/** Contains every state at rest of every run, seen from its own instant: that is 0, and what was lies before it. */
export const timedAnywhere = (context: TimedContext): TimedState => {
  const { coding } = context.reaction
  const clock = { now: real(0), sensors: new Set<string>(), drawn: [] }
  const quantities = quantitiesAt(context, 'rest')
  const told = new Map(everySensors(context).map((attribute) => [attribute, coding.variable(`told:${attribute}`, 'Real')]))
  const rest = arbitraryState({ ...context.reaction, clock })
  // INVARIANT: no deadline has passed, no run began in the future; `timed-layer.ts` lets time pass so only.
  const deadlines = [...rest.waiting.map((token) => token.deadline), ...[...rest.timers.values()].map((timer) => timer.deadline)]
  const passed = [...told.values(), ...rest.waiting.map((token) => token.begun)]
  return {
    rest,
    now: real(0),
    quantities,
    told,
    holds: and(
      inRanges(context, quantities),
      ...deadlines.map((deadline) => (deadline === undefined ? and() : le(real(0), deadline))),
      ...passed.map((instant) => (instant === undefined ? and() : le(instant, real(0)))),
    ),
  }
}

export const tokenOf = ({ rule, step, guard, deadline, begun }: WaitingToken): TimedToken => ({
  rule,
  step,
  waits: guard,
  begun: begun ?? real(0),
  ...(deadline === undefined ? {} : { deadline }),
})

/** The state as kinds see it. */
export const momentOf = ({ rest, now, quantities }: TimedState): Moment => ({
  now,
  standing: rest.standing,
  tokens: rest.waiting.map(tokenOf),
  timers: [...rest.timers.values()].map(({ rule, trigger, armed, deadline }) => ({
    ...{ rule, trigger, armed },
    ...(deadline === undefined ? {} : { deadline }),
  })),
  quantities,
})

/** The state in which exactly one of the branches holds and says what stands; all at one instant. */
export const mergeTimed = (branches: readonly { readonly when: Term; readonly state: TimedState }[]): TimedState => {
  const [first, ...others] = branches
  if (first === undefined) throw new RangeError('no state to merge')
  const told = new Map(
    [...first.state.told].map(([attribute, instant]) => [
      attribute,
      others.reduce((rest, { when, state }) => ite(when, state.told.get(attribute) ?? instant, rest), instant),
    ]),
  )
  return {
    ...first.state,
    rest: mergeStates(branches.map(({ when, state }) => ({ when, state: state.rest }))),
    told,
  }
}
