/**
 * Proofs without an invariant: whatever state is at rest and whatever was remembered, no reaction shows the question. Only reactions in which the question's rules act
 * are looked at, each with the rules that can change what these do in it; all else is in the state, which may be any.
 * INVARIANT (why this is sound): the monitors of kinds `byEvents` call nothing bad but what an event that is no cause from outside brings, in whose reaction a rule of theirs acts
 * writes; who else writes the attribute in it can only take away that their command is the one that stands; every state at rest of every run is one of `timedAnywhere`; a reaction that goes beyond what was looked at counts as bad.
 */
import { slicedKinds } from '../compile/conflicts-slice.ts'
import { queryOf, sizeOf } from '../compile/conflicts-query.ts'
import { anyGhosts, isFromOutside, shownBy, timedLayer } from '../compile/timed-layer.ts'
import { timedAnywhere, type TimedContext } from '../compile/timed-state.ts'
import { unrolledBounds } from '../compile/conflicts-reaction.ts'
import { and, FALSE, ge, or, real } from '../smt/build.ts'
import { printQuery } from '../smt/print.ts'
import type { Term } from '../smt/term.ts'
import { slicedAnalysis } from './conflict-analysis.ts'
import type { Asked } from './timed-runs.ts'
import { attributesOf, physicsFor, type TimedQuestion, type TimedWhole } from './timed-analysis.ts'
import { endlessIn, type Proof, type Proving } from './timed-induction.ts'

/** Rules that are executed in one reaction; work for all of them. */
const MOST = 16
const WORK = 3_000
const LARGEST = 60_000

/** Proofs of questions with the same rules. */
export const proveAtOnce = async (
  whole: TimedWhole,
  questions: readonly TimedQuestion[],
  monitorOf: (question: TimedQuestion, words: TimedContext['words']) => Asked['monitor'],
  { ask, stopped }: Pick<Proving, 'ask' | 'stopped'>,
): Promise<ReadonlyMap<TimedQuestion, Proof>> => {
  const proofs = new Map<TimedQuestion, Proof>()
  const able = questions.filter(({ kind }) => kind.byEvents === true)
  if (able.length === 0) return proofs
  const roots = new Set(able.flatMap(({ subject }) => [...subject.rules]))
  const watches = new Set(able.flatMap(({ subject }) => attributesOf(subject)))
  const { structure, reached, influences } = whole.whole
  // Which events are no cause from outside, all sensors of the whole considered.
  const everything = { reaction: { structure }, physics: whole.physics } as TimedContext
  const kinds = slicedKinds(reached, influences, roots, new Set(), MOST).filter(({ kind }) => !isFromOutside(everything, kind))
  const acting = new Set([...roots, ...kinds.flatMap(({ relevant = [] }) => [...relevant])])
  const physics = physicsFor(whole, acting, watches, [])
  const seen = new Set([...watches, ...physics.sensors.keys()])
  const { context: plain, words } = slicedAnalysis(whole.whole, { roots, watches: seen, lasting: seen }, MOST, WORK)
  const context: TimedContext = { reaction: { ...plain, bounds: { ...unrolledBounds, work: WORK } }, words, physics }
  const anywhere = timedAnywhere(context)
  const layer = timedLayer(context, anywhere, kinds, 'step ')
  const endless = endlessIn(layer)
  const terms = able.map((question) => {
    const monitor = monitorOf(question, words)
    const { ghosts, holds } = anyGhosts(monitor, context, context.reaction.coding.fresh('ghost'))
    const free = and(anywhere.holds, holds, ge(layer.elapsed, real(0)), or(shownBy(monitor, layer, ghosts), endless))
    return { question, free, timed: and(free, layer.passes) }
  })
  const scriptOf = (term: Term): string => printQuery(queryOf([term], context.reaction.coding, 'verdict'))
  const small = terms.filter(({ timed }) => sizeOf([timed], LARGEST) <= LARGEST)
  const decide = async (some: typeof terms, of: 'free' | 'timed'): Promise<typeof terms> => {
    if (some.length === 0 || stopped()) return some
    const scripts = some.map((one) => scriptOf(one[of]))
    const answers = await ask(scripts)
    return some.filter(({ question }, at) => {
      if (answers[at]?.is !== 'unsat') return true
      const uses = of === 'free' ? [] : layer.granted.filter(({ term }) => term.is !== 'bool').map(({ says }) => `assumption: ${says}`)
      const says = 'from no state a reaction shows it, and every reaction comes to rest'
      proofs.set(question, {
        uses,
        certificate: { is: 'induction', method: 'induction', depth: 1, invariant: [], scripts: [{ says, text: scripts[at]! }] },
      })
      return false
    })
  }
  const trivial = small.filter(({ free }) => free === FALSE)
  await decide(
    await decide(
      small.filter((one) => !trivial.includes(one)),
      'free',
    ),
    'timed',
  )
  await decide(trivial, 'free')
  return proofs
}
