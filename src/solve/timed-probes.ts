/**
 * Looks for timed runs of a question's own rules only, as if there were no others: something starts one, something else the other, then time brings what waits.
 * Scripts are small however large the home; a run counts once it is completed to one of the whole and the interpreter has replayed it, so nothing is believed of what was left out.
 */
import { begunBy, type SlicedKind } from '../compile/conflicts-slice.ts'
import { ghostsAfter, ghostsAtStart, isFromOutside, timedLayer, type TimedLayer } from '../compile/timed-layer.ts'
import { timedStart, type TimedState } from '../compile/timed-state.ts'
import type { Ghosts, Monitor } from '../../constraints/timed.ts'
import type { TimedQuestion, TimedSlice } from './timed-analysis.ts'
import { findTimedRuns, type Asked, type TimedHunt, type TimedRuns } from './timed-runs.ts'

/** Reactions of a probe. */
const LENGTHS = [2, 3, 4] as const

/** What may come in each reaction: causes from outside first, what time brings last. */
const stagesOf = (slice: TimedSlice, watches: ReadonlySet<string>, length: number): readonly (readonly SlicedKind[])[] => {
  const { context, kinds, rules } = slice
  const own = kinds.filter(
    ({ kind }) =>
      kind.is !== 'restart' &&
      (begunBy(kind, context.reaction.listeners).some((rule) => rules.has(rule)) || (kind.is === 'write' && watches.has(kind.attribute))),
  )
  const outside = own.filter(({ kind }) => isFromOutside(context, kind))
  const timely = own.filter(({ kind }) => !isFromOutside(context, kind))
  const begins = own.filter(({ kind }) => kind.is !== 'resume' && kind.is !== 'due')
  return Array.from({ length }, (_, at) => (at === 0 ? begins : at === length - 1 ? timely : [...outside, ...timely]))
}

const probeOf = (slice: TimedSlice, start: TimedState, watches: ReadonlySet<string>, length: number): TimedRuns => {
  const layers: TimedLayer[] = []
  const stages = stagesOf(slice, watches, length)
  const deepen = (): boolean => {
    const kinds = stages[layers.length]
    if (kinds === undefined || kinds.length === 0) return false
    const layer = timedLayer(slice.context, layers.at(-1)?.after() ?? start, kinds, `p${length}.${layers.length}`)
    if (layer.reactions.length === 0) return false
    layers.push(layer)
    return true
  }
  const along = new Map<Monitor, Ghosts[]>()
  return {
    slice,
    unrolling: { layers, deepen },
    ghosts: (monitor) => {
      const known = along.get(monitor) ?? [ghostsAtStart(monitor, start)]
      along.set(monitor, known)
      for (let at = known.length - 1; at < layers.length; at++) known.push(ghostsAfter(monitor, layers[at]!, known[at]!))
      return known
    },
  }
}

/** What no probe answers. */
export const probe = async (slice: TimedSlice, asked: readonly Asked[], hunt: TimedHunt): Promise<readonly TimedQuestion[]> => {
  const start = timedStart(slice.context)
  const watches = new Set(asked.flatMap(({ question }) => question.subject.watches ?? []))
  let open = asked
  for (const length of LENGTHS) {
    if (open.length === 0 || hunt.stopped()) break
    open = await findTimedRuns(probeOf(slice, start, watches, length), open, length, length, hunt)
  }
  return open.map(({ question }) => question)
}
