/**
 * Shows for runs of any length that questions of one part are never answered by a run: a reaction from any state that fulfils the invariant does not show them and does
 * not leave the invariant. The invariant is what is left of many guesses when those that a reaction breaks are dropped (Houdini).
 */
import type { Ghosts } from '../../constraints/timed.ts'
import { closed, sizeOf } from '../compile/conflicts-query.ts'
import { conjunction, hopesOf, type Hope } from '../compile/timed-hopes.ts'
import { anyGhosts, ghostsAfter, ghostsAtStart, shownBy, shownIn, timedLayer, type TimedLayer } from '../compile/timed-layer.ts'
import { isSeveral } from '../compile/conflicts-waiting.ts'
import { timedAnywhere, timedStart, type TimedState } from '../compile/timed-state.ts'
import type { InductionCertificate } from '../model/conflict.ts'
import { all, and, any, FALSE, ge, not, or, real, TRUE } from '../smt/build.ts'
import { logicOf } from '../smt/logic.ts'
import { printQuery } from '../smt/print.ts'
import type { Term } from '../smt/term.ts'
import type { AskScripts } from './conflict-ask.ts'
import type { SolverAnswer } from './solvers.ts'
import type { TimedQuestion, TimedSlice } from './timed-analysis.ts'
import { houdini, type Named } from './timed-houdini.ts'
import type { Asked } from './timed-runs.ts'

const LARGEST = 120_000

export interface Proof {
  readonly certificate: InductionCertificate
  /** Assumptions that it uses. */
  readonly uses: readonly string[]
}

export interface Proving {
  readonly ask: AskScripts
  readonly stopped: () => boolean
  readonly causes: Map<TimedQuestion, string>
}

interface Step {
  readonly anywhere: TimedState
  readonly layer: TimedLayer
  readonly after: TimedState
  readonly start: TimedState
}

const steps = new WeakMap<TimedSlice, Step>()

/** One reaction from anywhere, made once for all questions about a part. */
const stepOf = (slice: TimedSlice): Step => {
  const known = steps.get(slice)
  if (known !== undefined) return known
  const anywhere = timedAnywhere(slice.context)
  const layer = timedLayer(slice.context, anywhere, slice.kinds, 'step ')
  const made: Step = {
    ...{ anywhere, layer, start: timedStart(slice.context) },
    after: layer.reactions.length === 0 ? anywhere : layer.after(),
  }
  steps.set(slice, made)
  return made
}

/** Proofs by the question; those of k reactions in a row up to `depth`. */
export const proveInTime = async (
  slice: TimedSlice,
  asked: readonly Asked[],
  depth: number,
  proving: Proving,
): Promise<ReadonlyMap<TimedQuestion, Proof>> => {
  const proofs = new Map<TimedQuestion, Proof>()
  const { context } = slice
  const { structure, listeners } = context.reaction
  const { anywhere, layer, after, start } = stepOf(slice)
  const monitors = asked.map(({ monitor }) => monitor)
  const somewhat = monitors.map((monitor) => anyGhosts(monitor, context, context.reaction.coding.fresh('ghost')))
  const ghosts = somewhat.map((one) => one.ghosts)
  const state = and(anywhere.holds, ...somewhat.map(({ holds }) => holds))
  const note = (why: string): void => asked.forEach(({ question }) => proofs.has(question) || proving.causes.set(question, why))
  if (layer.reactions.length === 0) return proofs
  const endless = endlessIn(layer)
  const shown = asked.map((one, index) => shownIn(one.monitor, [layer], [ghosts[index]!]))

  const plain = (says: string, terms: readonly Named[]): { readonly says: string; readonly text: string } => ({
    says,
    text: scriptOf(context, terms, 'verdict'),
  })
  const unsat = async (terms: readonly Named[], wants: Wants): Promise<SolverAnswer> => {
    const term = terms.map((one) => one.term)
    if (term.includes(FALSE)) return { is: 'unsat', core: [] }
    if (sizeOf(term, LARGEST) > LARGEST) return { is: 'unknown', why: 'too much has a part in it' }
    const [answer] = await proving.ask([scriptOf(context, terms, wants)])
    return answer ?? { is: 'unknown', why: 'nobody answered' }
  }

  const named = (invariant: readonly Hope[]): readonly Named[] =>
    invariant.map((hope, at): Named => ({ label: `i${at}`, term: hope.holds(anywhere, ghosts) }))

  // Without any invariant first: most of what time cannot bring folds away.
  let open = [...asked.keys()]
  const prove = async (invariant: readonly Hope[]): Promise<void> => {
    for (const index of [...open]) {
      if (proving.stopped()) return
      const { question } = asked[index]!
      const bad = or(shown[index]!, endless)
      const answer = await unsat([{ term: state }, ...named(invariant), { term: bad }], 'core')
      if (answer.is === 'unsat') {
        const proof = await certified(index, invariant, used(answer.core))
        if (proof === undefined) continue
        proofs.set(question, proof)
        open = open.filter((one) => one !== index)
      } else if (answer.is === 'unknown') proving.causes.set(question, `the solver gave up: ${answer.why}`)
    }
  }
  const used = (core: readonly string[]): ReadonlySet<number> =>
    new Set(core.filter((label) => label.startsWith('i')).map((label) => Number(label.slice(1))))
  const later = monitors.map((monitor, index) => ghostsAfter(monitor, layer, ghosts[index]!))
  const none = monitors.map((monitor) => ghostsAtStart(monitor, start))

  /** The conjuncts, and those that are needed to keep them. */
  const closedUnder = async (invariant: readonly Hope[], needed: ReadonlySet<number>): Promise<readonly Hope[] | undefined> => {
    const kept = new Set(needed)
    for (let known = 0; known < kept.size;) {
      known = kept.size
      const left = any([...kept].map((at) => not(invariant[at]!.holds(after, later))))
      const answer = await unsat([{ term: state }, ...named(invariant), { term: layer.rests }, { term: left }], 'core')
      if (answer.is !== 'unsat') return undefined
      used(answer.core).forEach((at) => kept.add(at))
    }
    return [...kept].sort((a, b) => a - b).map((at) => invariant[at]!)
  }
  const invariantScripts = (conjuncts: readonly Hope[]): readonly { readonly says: string; readonly text: string }[] =>
    conjuncts.length === 0
      ? []
      : [
          plain('every initial state fulfils the invariant', [{ term: start.holds }, { term: not(conjunction(conjuncts, start, none)) }]),
          plain('no reaction leaves the invariant', [
            { term: and(state, conjunction(conjuncts, anywhere, ghosts)) },
            { term: layer.rests },
            { term: not(conjunction(conjuncts, after, later)) },
          ]),
        ]
  const certified = async (index: number, invariant: readonly Hope[], needed: ReadonlySet<number>): Promise<Proof | undefined> => {
    const kept = await closedUnder(invariant, needed)
    if (kept === undefined) return undefined
    const holds: Named = { term: and(state, conjunction(kept, anywhere, ghosts)) }
    const safe = plain('from a state of the invariant no reaction shows it, and every reaction comes to rest', [
      holds,
      { term: or(shown[index]!, endless) },
    ])
    return {
      uses: await usedBy(index, kept),
      certificate: {
        ...{ is: 'induction', method: 'induction', depth: 1 },
        invariant: kept.map(({ says }) => says),
        scripts: [...invariantScripts(kept), safe],
      },
    }
  }

  /** Assumptions of which none can be left out, that the proof stands on. */
  const usedBy = async (index: number, kept: readonly Hope[]): Promise<readonly string[]> => {
    const bare = or(shownBy(asked[index]!.monitor, layer, ghosts[index]!), left(kept), endless)
    const holds = [{ term: and(state, conjunction(kept, anywhere, ghosts)) }, { term: ge(layer.elapsed, real(0)) }, { term: bare }]
    const named = layer.granted.map(({ term }, at): Named => ({ label: `g${at}`, term }))
    const answer = await unsat([...holds, ...named.filter(({ term }) => term !== TRUE)], 'core')
    // What is left to be kept refers to reactions that time has let come: with it all is granted.
    if (answer.is !== 'unsat') return layer.granted.filter(({ term }) => term !== TRUE).map(({ says }) => `assumption: ${says}`)
    let needed = named.filter(({ label }) => answer.core.includes(label ?? ''))
    for (const one of needed) {
      const without = needed.filter((other) => other !== one)
      if ((await unsat([...holds, ...without], 'verdict')).is === 'unsat') needed = without
    }
    return needed.map(({ label = '' }) => `assumption: ${layer.granted[Number(label.slice(1))]!.says}`)
  }
  /** Where a reaction leaves the invariant. */
  const left = (kept: readonly Hope[]): Term =>
    kept.length === 0
      ? FALSE
      : and(any(layer.reactions.map(({ timed }, at) => and(layer.picked(at), timed.possible))), not(conjunction(kept, after, later)))

  await prove([])
  if (open.length === 0 || proving.stopped()) return proofs
  const ask = (scripts: readonly (readonly Named[])[]): Promise<readonly SolverAnswer[]> =>
    proving.ask(scripts.map((terms) => scriptOf(context, terms, 'search')))
  const steps = layer.reactions.map(({ timed, symbolic, state: next }) => ({
    happens: and(layer.passes, timed.possible, not(any(symbolic.unfinished.map(({ guard }) => guard)))),
    after: next,
    later: monitors.map((monitor, index) => monitor.next(ghosts[index]!, timed)),
  }))
  const { coding } = context.reaction
  let invariant: readonly Hope[] = []
  const stages = hopesOf(context, anywhere, monitors, durationsOf(slice, asked)).filter((hopes) => hopes.length > 0)
  // In the end all at once: guesses of one stage may need those of a later one.
  for (const hopes of stages.length > 1 ? [...stages, stages.flat()] : stages) {
    if (open.length === 0) break
    const given = and(state, conjunction(invariant, anywhere, ghosts))
    const found = await houdini({ coding, hopes, state: given, anywhere, ghosts, steps, start, none }, proving.stopped, ask)
    if (typeof found === 'string') {
      note(found)
      return proofs
    }
    invariant = [...invariant, ...found]
    await prove(invariant)
  }
  const several = structure.rules.some((rule) => slice.rules.has(rule.automation.id) && isSeveral(rule, listeners))
  if (open.length > 0 && !several) await deeper(invariant)
  for (const index of open)
    if (!proving.causes.has(asked[index]!.question)) proving.causes.set(asked[index]!.question, 'no invariant was found that excludes it')
  return proofs

  /** k reactions in a row that do not show it, and one more that does: from no state of the invariant. */
  async function deeper(invariant: readonly Hope[]): Promise<void> {
    const layers: TimedLayer[] = [layer]
    const along = [ghosts, later]
    for (let k = 2; k <= depth && open.length > 0 && !proving.stopped(); k++) {
      const next = timedLayer(context, layers.at(-1)!.after(), slice.kinds, context.reaction.coding.fresh(`step ${k}`))
      layers.push(next)
      const before = along.at(-1)!
      for (const index of [...open]) {
        const one = asked[index]!
        const calm = layers.slice(0, -1).map((each, at) => and(each.rests, not(shownIn(one.monitor, [each], [along[at]![index]!]))))
        const bad = or(shownIn(one.monitor, [next], [before[index]!]), endlessIn(next))
        const rest = [{ term: all(calm) }, { term: bad }]
        const answer = await unsat([{ term: state }, ...named(invariant), ...rest], 'core')
        if (answer.is !== 'unsat') continue
        const kept = await closedUnder(invariant, used(answer.core))
        const firsts = await startsOf(index, k - 1)
        if (firsts === undefined || kept === undefined) continue
        const holds = { term: and(state, conjunction(kept, anywhere, ghosts)) }
        const last = plain(`after ${k - 1} reactions that do not show it no reaction does`, [holds, ...rest])
        proofs.set(one.question, {
          uses: layer.granted.filter(({ term }) => term !== TRUE).map(({ says }) => `assumption: ${says}`),
          certificate: {
            ...{ is: 'induction', method: 'k-induction', depth: k },
            invariant: kept.map(({ says }) => says),
            scripts: [...invariantScripts(kept), last, ...firsts],
          },
        })
        open = open.filter((other) => other !== index)
      }
      along.push(monitors.map((monitor, index) => ghostsAfter(monitor, next, before[index]!)))
    }
  }

  /** That no run of so many reactions shows it. */
  async function startsOf(index: number, length: number): Promise<readonly { readonly says: string; readonly text: string }[] | undefined> {
    const { monitor } = asked[index]!
    const scripts: { readonly says: string; readonly text: string }[] = []
    let before: TimedState = start
    let ghost: Ghosts = ghostsAtStart(monitor, start)
    const rests: Term[] = []
    for (let at = 0; at < length; at++) {
      const first = timedLayer(context, before, slice.kinds, context.reaction.coding.fresh('first'))
      if (first.reactions.length === 0) return scripts
      const terms = [{ term: all(rests) }, { term: or(shownIn(monitor, [first], [ghost]), endlessIn(first)) }]
      const answer = await unsat(terms, 'verdict')
      if (answer.is !== 'unsat') return undefined
      scripts.push(plain(`no run of ${at + 1} reactions shows it`, terms))
      rests.push(first.rests)
      ghost = ghostsAfter(monitor, first, ghost)
      before = first.after()
    }
    return scripts
  }
}

/** Where a reaction goes beyond what was looked at. */
export const endlessIn = (layer: TimedLayer): Term =>
  and(
    layer.passes,
    any(
      layer.reactions.map(({ timed, symbolic }, index) =>
        and(layer.picked(index), timed.possible, any(symbolic.unfinished.map(({ guard }) => guard))),
      ),
    ),
  )

type Wants = 'verdict' | 'core' | 'search'

const scriptOf = ({ reaction: { coding } }: TimedSlice['context'], terms: readonly Named[], wants: Wants): string => {
  const kept = terms.filter(({ term }) => term !== TRUE)
  const { assertions, variables } = closed(
    kept.map(({ term }) => term),
    coding,
  )
  const axioms = assertions.slice(0, assertions.length - kept.length)
  const labelled = wants === 'verdict' ? kept.map(({ term }) => ({ term })) : kept
  const names = [...variables.keys()].sort()
  return printQuery(
    {
      logic: logicOf(assertions.map(({ term }) => term)),
      assertions: [...axioms, ...labelled],
      values: wants === 'search' ? names.map((name) => variables.get(name)!) : [],
    },
    wants === 'verdict' ? {} : { produceCores: true },
  )
}

/** Numbers of milliseconds that rules wait and kinds speak of. */
const durationsOf = ({ context: { reaction } }: TimedSlice, asked: readonly Asked[]): readonly number[] => {
  const found = new Set<number>()
  const note = (value: unknown): void => {
    if (typeof value === 'number' && value > 0) found.add(value)
  }
  for (const rule of reaction.structure.rules) {
    if (reaction.relevant?.has(rule.automation.id) === false) continue
    for (const step of rule.automation.steps) {
      if (step.do === 'delay' && step.milliseconds.is === 'value') note(step.milliseconds.value)
      if ((step.do === 'wait' || step.do === 'await') && step.timeout?.milliseconds.is === 'value') note(step.timeout.milliseconds.value)
    }
    for (const trigger of rule.automation.triggers)
      if ((trigger.on === 'change' || trigger.on === 'becomes') && trigger.for?.is === 'value') note(trigger.for.value)
  }
  for (const { question } of asked) note(question.subject.window)
  return [...found].sort((a, b) => a - b).slice(0, 6)
}
