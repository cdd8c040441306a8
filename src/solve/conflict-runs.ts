/** Finds runs that answer questions, shortest first; a run counts once the interpreter has replayed it and it shows what was asked for. */
import { decodedTerms, decodeRun } from '../compile/conflicts-decode.ts'
import { beforeLeaning, leans } from '../compile/conflicts-leaning.ts'
import { closed } from '../compile/conflicts-query.ts'
import type { SymbolicReaction } from '../compile/conflicts-reaction.ts'
import { reached, type Layer } from '../compile/conflicts-unroll.ts'
import { and, any, FALSE, not, TRUE } from '../smt/build.ts'
import { evaluateTerm } from '../smt/evaluate.ts'
import type { Term } from '../smt/term.ts'
import { leansOnOf } from '../verify/conflicts.ts'
import type { Run } from '../model/conflict.ts'
import { completedRun } from '../verify/interpreter.ts'
import type { Analysis, Question } from './conflict-analysis.ts'
import { answeredRun } from './conflict-answers.ts'
import type { Ask } from './conflict-ask.ts'
import type { Decision } from './conflict-finding.ts'
import { inReplay, inRuns, namesOf } from './conflict-question.ts'
import type { Patience } from './conflict-refute.ts'
import { replayOf, type LastReactions } from './replayed-run.ts'
import type { SolverAnswer } from './solvers.ts'

/** Questions asked before the runs found so far are tried on the rest. */
const BATCH = 16

/** What a search for runs is given, and what it leaves. */
export interface Hunt extends Patience {
  /** With all rules, by which runs are replayed. */
  readonly all: Analysis
  /** Of the part in which runs are looked for. */
  readonly analysis: Analysis
  readonly ask: Ask
  readonly decisions: Map<Question, Decision>
  /** Why questions stay open. */
  readonly causes: Map<Question, string>
}

/** Looks for a run of one reaction, then of two, and so on. A run that is found answers every question that it shows. */
export const findRuns = async (hunt: Hunt, candidates: readonly Question[], depth: number): Promise<void> => {
  const { analysis, decisions, causes } = hunt
  let left = candidates
  let longest = 0
  // Runs that lean on nothing unmodelled come first: only what they cannot show leans on what is not modelled.
  for (const leaning of [false, true]) {
    let here = left
    for (let length = 1; length <= depth && here.length > 0 && !hunt.stopped(); length++) {
      if (analysis.runs().layers.length < length && !analysis.runs().deepen()) break
      longest = Math.max(longest, length)
      const layers = analysis.runs().layers.slice(0, length)
      const batches: (readonly Question[])[] = []
      for (let from = 0; from < here.length; from += BATCH) batches.push(here.slice(from, from + BATCH))
      await Promise.all(batches.map((batch) => findInBatch({ ...hunt, layers, leaning }, batch)))
      here = here.filter((question) => !decisions.has(question))
    }
    left = left.filter((question) => !decisions.has(question))
    if (analysis.runs().layers.every((layer) => leans(analysis.context.structure, layer) === FALSE)) break
  }
  if (hunt.stopped()) return
  for (const question of left) if (!causes.has(question)) causes.set(question, whyOpen(hunt, question, longest))
}

/** Runs that were too long to look at are one cause, reactions that were too long to compile another. */
const whyOpen = ({ analysis }: Hunt, { subject }: Question, longest: number): string => {
  const cut = analysis
    .runs()
    .layers.flatMap(({ reactions }) => reactions)
    .flatMap(({ unfinished }) => unfinished)
    .find(({ rules }) => subject.rules.some((rule) => rules.has(rule)))
  const reactions = longest === 1 ? 'reaction' : 'reactions'
  return cut?.why ?? `no run of up to ${longest} ${reactions} shows it, and it is not refuted for longer ones`
}

interface Search extends Hunt {
  readonly layers: readonly Layer[]
  readonly leaning: boolean
}

/** Asks for a run that answers any question of the batch, until no run of this length is left: runs are fewer than questions, and one refusal serves all. */
const findInBatch = async (search: Search, batch: readonly Question[]): Promise<void> => {
  const { all, analysis, layers, leaning, ask, decisions, causes } = search
  const { context } = analysis
  const exact = leaning ? TRUE : and(...layers.slice(0, -1).map((layer) => not(leans(context.structure, layer))))
  let open = batch.flatMap((question) => {
    const term = inRuns(analysis, layers, question, (reaction) => (leaning ? reaction : beforeLeaning(context.structure, reaction)))
    return term === FALSE || decisions.has(question) ? [] : [{ question, term }]
  })
  while (open.length > 0 && !search.stopped()) {
    const [asked] = await ask([withDecoded(analysis, layers, and(exact, any(open.map(({ term }) => term))))], 'values')
    const answer = asked!.answer
    if (answer.is === 'unsat') return
    if (answer.is === 'unknown') {
      for (const { question } of open) causes.set(question, `the solver gave up: ${answer.why}`)
      // Together they were too much: each alone may not be.
      if (open.length === 1 || !search.patient) return
      const half = open.length >> 1
      await findInBatch(
        search,
        open.slice(0, half).map(({ question }) => question),
      )
      await findInBatch(
        search,
        open.slice(half).map(({ question }) => question),
      )
      return
    }
    const { behaviour } = all.whole
    const found = completedRun(behaviour, decodeRun(layers, answer.values, context))
    const replayed = replayOf(all, found)
    const meant = open.filter(({ term }) => holds(term, answer, analysis)).map(({ question }) => question)
    const shown =
      replayed.is === 'wrong' ? [] : batch.filter((question) => !decisions.has(question) && inReplay(all, question, replayed.last))
    if (replayed.is === 'run')
      for (const question of shown)
        decisions.set(question, {
          is: 'run',
          run: found,
          trace: replayed.trace,
          sameEvent: meetsInOneEvent(layers, question, analysis, answer),
          sameReaction: meetsInOneReaction(question, all, replayed.last),
          leansOn: leansOnOf(behaviour, namesOf(question), found),
        })
    if (replayed.is === 'run' && leaning) lookAgain(search, batch, found)
    for (const question of meant)
      if (!decisions.has(question))
        causes.set(question, replayed.is === 'wrong' ? replayed.why : 'the run that the solver found replays, but does not show it')
    open = open.filter(({ question }) => !decisions.has(question) && !meant.includes(question))
  }
}

/** The run once more, with what is not modelled doing all that it may: that shows at once what the solver would show one by one. */
const lookAgain = ({ all, decisions }: Search, batch: readonly Question[], { initial, events }: Run): void => {
  const { behaviour, structure } = all.whole
  const open = batch.filter((question) => !decisions.has(question))
  const run = open.length === 0 ? undefined : answeredRun(behaviour, { initial, events }, 'eager')
  const replayed = run === undefined ? undefined : replayOf(all, run)
  if (run === undefined || replayed?.is !== 'run') return
  for (const question of open) {
    if (!inReplay(all, question, replayed.last)) continue
    const { kind, subject } = question
    const same = kind.badOfTwo === undefined ? kind.sameEvent(subject, replayed.last.last(), structure, all.words) : FALSE
    decisions.set(question, {
      is: 'run',
      run,
      trace: replayed.trace,
      sameEvent: same.is === 'bool' && same.value,
      sameReaction: meetsInOneReaction(question, all, replayed.last),
      leansOn: leansOnOf(behaviour, namesOf(question), run),
    })
  }
}

const holds = (term: Term, answer: Extract<SolverAnswer, { is: 'sat' }>, { context }: Analysis): boolean => {
  const result = evaluateTerm(term, (name) => answer.values.get(name) ?? context.coding.plain(name))
  return result.is === 'bool' && result.value
}

/** The term, and the axioms of everything that decoding a model of it reads. */
const withDecoded = (analysis: Analysis, layers: readonly Layer[], term: Term): readonly Term[] => {
  const { variables } = closed([term], analysis.context.coding)
  const extra = decodedTerms(layers, variables)
  // A tautology over each variable brings its axioms into the query.
  return [term, ...mentions(extra)]
}

/** Conditions that hold anyway and mention the terms, so that their variables join a query. */
export const mentions = (terms: readonly Term[]): readonly Term[] => {
  const open = terms.filter((term) => term.is === 'variable' || term.is === 'apply')
  return open.length === 0 ? [] : [not(FALSE), ...open.map(trivial)]
}

const trivial = (term: Term): Term => ({
  is: 'apply',
  operator: 'or',
  sort: 'Bool',
  arguments: [{ is: 'apply', operator: '=', sort: 'Bool', arguments: [term, term] }, TRUE],
})

/** Whether the last reaction of the replayed run shows alone what stands after it. */
const meetsInOneReaction = ({ kind, subject }: Question, { context, words }: Analysis, { last }: LastReactions): boolean => {
  const shown = kind.sameReaction?.(subject, last(), context.structure, words)
  return shown?.is === 'bool' && shown.value
}

const meetsInOneEvent = (
  layers: readonly Layer[],
  { kind, subject }: Question,
  analysis: Analysis,
  answer: Extract<SolverAnswer, { is: 'sat' }>,
): boolean => {
  if (kind.badOfTwo !== undefined) return false
  const { context, words } = analysis
  const term = reached(layers, (reaction: SymbolicReaction) => kind.sameEvent(subject, reaction, context.structure, words))
  return holds(term, answer, analysis)
}
