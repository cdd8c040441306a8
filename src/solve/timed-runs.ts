/** Finds timed runs that answer questions about one part of a behaviour, shortest first; a run counts once the timed interpreter has replayed it. */
import type { Ghosts, Monitor } from '../../constraints/timed.ts'
import { closed, queryOf, sizeOf } from '../compile/conflicts-query.ts'
import { decodeTimedRun, timedTerms } from '../compile/timed-decode.ts'
import { ghostsAfter, ghostsAtStart, shownIn, timedUnrolling, type TimedLayer, type TimedUnrolling } from '../compile/timed-layer.ts'
import { timedStart } from '../compile/timed-state.ts'
import type { TimedRun } from '../model/timed-run.ts'
import { all, and, any, FALSE, not } from '../smt/build.ts'
import { evaluateTerm } from '../smt/evaluate.ts'
import { printQuery } from '../smt/print.ts'
import type { Term } from '../smt/term.ts'
import type { AskScripts } from './conflict-ask.ts'
import { mentions } from './conflict-runs.ts'
import type { SolverAnswer } from './solvers.ts'
import type { TimedQuestion, TimedSlice } from './timed-analysis.ts'

/** Writes and branches of all layers of an unrolling. */
const UNROLLED = 6_000
/** Applications in one query. */
const LARGEST = 120_000
/** Runs that one question may bring that do not replay or do not show it. */
const REFUSED = 3

export interface Asked {
  readonly question: TimedQuestion
  readonly monitor: Monitor
}

/** The runs of one part, and what monitors remember along them. */
export interface TimedRuns {
  readonly slice: TimedSlice
  readonly unrolling: TimedUnrolling
  readonly ghosts: (monitor: Monitor) => readonly Ghosts[]
}

export const timedRunsOf = (slice: TimedSlice): TimedRuns => {
  const start = timedStart(slice.context)
  const unrolling = timedUnrolling(slice.context, start, slice.kinds, UNROLLED, 't')
  const along = new Map<Monitor, Ghosts[]>()
  return {
    slice,
    unrolling,
    ghosts: (monitor) => {
      const known = along.get(monitor) ?? [ghostsAtStart(monitor, start)]
      along.set(monitor, known)
      for (let at = known.length - 1; at < unrolling.layers.length; at++)
        known.push(ghostsAfter(monitor, unrolling.layers[at]!, known[at]!))
      return known
    },
  }
}

export interface TimedHunt {
  readonly ask: AskScripts
  readonly stopped: () => boolean
  /** Told of a run of the whole that is thought to show the question; says whether it does. */
  readonly accept: (question: TimedQuestion, run: TimedRun) => boolean
  readonly causes: Map<TimedQuestion, string>
}

/** Looks for runs of `from` to `to` reactions; returns what stays open. */
export const findTimedRuns = async (
  runs: TimedRuns,
  asked: readonly Asked[],
  from: number,
  to: number,
  hunt: TimedHunt,
): Promise<readonly Asked[]> => {
  const { unrolling } = runs
  let open = asked
  for (let length = from; length <= to && open.length > 0 && !hunt.stopped(); length++) {
    while (unrolling.layers.length < length) if (!unrolling.deepen()) return open
    open = await findAt(runs, open, length, hunt)
  }
  return open
}

const findAt = async (runs: TimedRuns, asked: readonly Asked[], length: number, hunt: TimedHunt): Promise<readonly Asked[]> => {
  const { slice, unrolling } = runs
  const { coding } = slice.context.reaction
  const layers = unrolling.layers.slice(0, length)
  const before = all(layers.slice(0, -1).map(({ rests }) => rests))
  let open = asked.flatMap((one) => {
    const term = shownIn(one.monitor, layers, runs.ghosts(one.monitor))
    return term === FALSE ? [] : [{ ...one, term, refused: 0 }]
  })
  const shown = new Set<Asked['question']>()
  const banned: Term[] = []
  while (open.length > 0 && !hunt.stopped()) {
    const term = and(before, any(open.map((one) => one.term)), ...banned)
    if (term === FALSE) break
    if (sizeOf([term], LARGEST) > LARGEST) {
      open.forEach(({ question }) => hunt.causes.set(question, 'too much has a part in it'))
      break
    }
    const script = printQuery(queryOf([term, ...mentions(timedTerms(layers, closed([term], coding).variables))], coding, 'values'))
    const [answer] = await hunt.ask([script])
    if (answer === undefined || answer.is === 'unsat') break
    if (answer.is === 'unknown') {
      open.forEach(({ question }) => hunt.causes.set(question, `the solver gave up: ${answer.why}`))
      break
    }
    const holds = truthIn(answer, coding)
    const meant = open.filter((one) => holds(one.term))
    const run = decodeTimedRun(layers, answer.values, slice.context)
    const accepted = meant.filter(({ question }) => hunt.accept(question, run))
    accepted.forEach(({ question }) => shown.add(question))
    const wrong = accepted.length === 0 ? (meant.length === 0 ? open : meant) : []
    // The same events again would be refused again.
    if (wrong.length > 0) banned.push(not(all(layers.map((layer) => eventIn(layer, holds)))))
    open = open
      .filter(({ question }) => !shown.has(question))
      .map((one) => (wrong.includes(one) ? { ...one, refused: one.refused + 1 } : one))
      .filter(({ question, refused }) => {
        if (refused >= REFUSED) hunt.causes.set(question, 'runs that the solver found do not replay, or do not show it')
        return refused < REFUSED
      })
  }
  return asked.filter(({ question }) => !shown.has(question))
}

const truthIn =
  (answer: Extract<SolverAnswer, { is: 'sat' }>, coding: TimedSlice['context']['reaction']['coding']) =>
  (term: Term): boolean => {
    const value = evaluateTerm(term, (name) => answer.values.get(name) ?? coding.plain(name))
    return value.is === 'bool' && value.value
  }

const eventIn = (layer: TimedLayer, holds: (term: Term) => boolean): Term => {
  const index = layer.reactions.findIndex((_, at) => holds(layer.picked(at)))
  return layer.picked(Math.max(0, index))
}
