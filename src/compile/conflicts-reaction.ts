/**
 * One reaction, executed on terms: every write, start and branch with the condition under which it happens, in the order of the platform.
 * Exact but for open values (unmodelled parts, products, remainders) and for what `unfinished` lists; where the order is open, a variable chooses it.
 */
import type { OutsideKind, Reaction, Standing } from '../../constraints/reaction.ts'
import { and, any, TRUE } from '../smt/build.ts'
import { arrive, type Arrived } from './conflicts-arrival.ts'
import { seenIn, withRest } from './conflicts-beyond.ts'
import type { ReactionBounds, ReactionContext } from './conflicts-context.ts'
import { deliver } from './conflicts-delivery.ts'
import { machineAt, type MadeChoice, type Unfinished } from './conflicts-machine.ts'
import { turn } from './conflicts-running.ts'
import type { SymbolicState } from './conflicts-state.ts'

export type { ReactionContext } from './conflicts-context.ts'
export type { MadeChoice, Unfinished } from './conflicts-machine.ts'

export interface SymbolicReaction extends Reaction, Pick<Arrived, 'payload' | 'resumed'> {
  /** Contains this reaction however it goes on where it was cut off. */
  readonly beyond: () => Reaction
  readonly state: SymbolicState
  readonly choices: readonly MadeChoice[]
  readonly unfinished: readonly Unfinished[]
}

export const reactionBounds: ReactionBounds = { steps: 3000, visits: 16, hops: 300, chain: 8, again: 2, permuted: 5, work: 40_000 }

/** Shorter reactions, for runs that are looked for. */
export const unrolledBounds: ReactionBounds = { ...reactionBounds, steps: 1500, visits: 10 }

/** Returns the reaction to an event of the kind in the state; `name` makes its variables its own. */
export const react = (context: ReactionContext, before: SymbolicState, kind: OutsideKind, name: string): SymbolicReaction => {
  const machine = machineAt(context, before, name)
  const { possible, payload, resumed } = arrive(machine, kind)
  for (;;) {
    const event = machine.events.shift()
    if (event !== undefined) {
      deliver(machine, event)
      continue
    }
    const token = machine.flowing.shift()
    if (token === undefined) break
    turn(machine, token)
  }
  const { writes, started, dropped, executed, unfinished, choices } = machine
  const after = (attribute: string): Standing => machine.values.get(attribute) ?? before.standing(attribute)
  const reaction: Reaction = {
    event: kind,
    possible: and(before.holds, possible, ...machine.orders),
    writes,
    started,
    dropped,
    executed,
    before: before.standing,
    after,
    evaluate: { before: seenIn(before.standing, context.coding), after: seenIn(after, context.coding) },
    endless: any(unfinished.map(({ guard }) => guard)),
    turned: () => TRUE,
  }
  return {
    ...reaction,
    beyond: () => (unfinished.length === 0 ? reaction : withRest(context, reaction, unfinished, name)),
    state: {
      standing: after,
      waiting: machine.waiting,
      timers: machine.timers,
      open: before.open,
      written: new Set(machine.values.keys()),
      looked: () => [],
      holds: TRUE,
    },
    choices,
    unfinished,
    payload,
    resumed,
  }
}
