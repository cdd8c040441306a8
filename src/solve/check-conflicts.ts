/**
 * Decides every subject of every kind on one behaviour: by the graph, by refuting it for any reaction from any state at rest, or by a run that the interpreter replays.
 * What neither decides is `unknown` with its cause.
 */
import type { Finding } from '../model/conflict.ts'
import type { ConflictKind } from '../../constraints/reaction.ts'
import { and, any, FALSE, not, TRUE } from '../smt/build.ts'
import { evaluateTerm } from '../smt/evaluate.ts'
import { printQuery } from '../smt/print.ts'
import type { Term } from '../smt/term.ts'
import type { Behaviour } from '../model/automation.ts'
import { behaviourComponents } from '../compile/conflicts-components.ts'
import { decodedTerms, decodeRun } from '../compile/conflicts-decode.ts'
import { closed, queryOf } from '../compile/conflicts-query.ts'
import type { SymbolicReaction } from '../compile/conflicts-reaction.ts'
import { apartQuery, valuesQuery } from '../compile/conflicts-plain-scripts.ts'
import { reached, type Layer } from '../compile/conflicts-unroll.ts'
import { analysisOf, type Analysis, type Question } from './conflict-analysis.ts'
import { findingOf, pulledPart, type Decision } from './conflict-finding.ts'
import { replayOf, showsIn } from './replayed-run.ts'
import { verifiedFinding } from './verified-finding.ts'
import type { Solvers, SolverAnswer } from './solvers.ts'

export interface ConflictLimits {
  /** Resource units of the solver per question. */
  readonly rlimit?: number
  /** Reactions of the longest run that is looked for. */
  readonly depth?: number
}

export interface ConflictStatistics {
  readonly pairs: number
  readonly prefiltered: number
  readonly solverCalls: number
}

export interface CheckedConflicts {
  readonly findings: readonly Finding[]
  readonly statistics: ConflictStatistics
}

const DEPTH = 4
const RLIMIT = 10_000_000
/** Questions asked before the runs found so far are tried on the rest. */
const BATCH = 40
/** Components compiled side by side. */
const AT_ONCE = 4

/** Findings in the order of kinds and subjects; the same behaviour gets the same answer. */
export const checkConflicts = async (
  behaviour: Behaviour,
  kinds: readonly ConflictKind[],
  solvers: Pick<Solvers, 'askAll'>,
  limits: ConflictLimits = {},
): Promise<CheckedConflicts> => {
  const components = behaviourComponents(behaviour)
  const parts: CheckedConflicts[] = []
  for (let from = 0; from < components.length; from += AT_ONCE)
    parts.push(
      ...(await Promise.all(components.slice(from, from + AT_ONCE).map((component) => checkComponent(component, kinds, solvers, limits)))),
    )
  const found = kinds.flatMap((kind) => parts.flatMap(({ findings }) => findings.filter((finding) => finding.kind === kind.id)))
  const sum = (of: keyof ConflictStatistics): number => parts.reduce((total, { statistics }) => total + statistics[of], 0)
  return {
    findings: withVacuity(found.map((finding) => verifiedFinding(behaviour, finding))),
    statistics: { pairs: sum('pairs'), prefiltered: sum('prefiltered'), solverCalls: sum('solverCalls') },
  }
}

const checkComponent = async (
  behaviour: Behaviour,
  kinds: readonly ConflictKind[],
  solvers: Pick<Solvers, 'askAll'>,
  limits: ConflictLimits,
): Promise<CheckedConflicts> => {
  const analysis = analysisOf(behaviour)
  const questions = kinds.flatMap((kind) => kind.subjects(analysis.context.structure).map((subject): Question => ({ kind, subject })))
  const decisions = new Map<Question, Decision>()
  let solverCalls = 0
  const askScripts: AskScripts = (scripts) => {
    solverCalls += scripts.length
    return solvers.askAll(scripts, { rlimit: limits.rlimit ?? RLIMIT })
  }
  const ask: Ask = async (terms, wants) => {
    const scripts = terms.map((term) => printQuery(queryOf(term, analysis.context.coding, wants)))
    const answers = await askScripts(scripts)
    return scripts.map((script, index) => ({ script, answer: answers[index]! }))
  }
  const prefiltered = await refute(analysis, questions, ask, askScripts, decisions)
  const candidates = questions.filter((question) => !decisions.has(question))
  await findRuns(analysis, candidates, limits.depth ?? DEPTH, ask, decisions)
  return {
    findings: questions.map((question) => findingOf(analysis, question, decisions.get(question)!)),
    statistics: { pairs: questions.filter(({ kind }) => kind.shownBy === 'run').length, prefiltered, solverCalls },
  }
}

/** Decides what the graph or a refutation decides, and tells how many questions of kinds shown by a run needed no solver. */
const refute = async (
  analysis: Analysis,
  questions: readonly Question[],
  ask: Ask,
  askScripts: AskScripts,
  decisions: Map<Question, Decision>,
): Promise<number> => {
  let prefiltered = 0
  const open: { readonly question: Question; readonly term: Term }[] = []
  for (const question of questions) {
    const { decided } = question.subject
    const term = decided === undefined ? overAnyReaction(analysis, question) : FALSE
    if (decided !== undefined) decisions.set(question, { is: 'structure', ...decided })
    else if (term === FALSE) decisions.set(question, { is: 'structure', ...whyNever(analysis, question) })
    else open.push({ question, term })
    if (term === FALSE && question.kind.shownBy === 'run') prefiltered++
  }
  const asked = await ask(
    open.map(({ term }) => [term]),
    'verdict',
  )
  for (const [index, { question }] of open.entries()) {
    const { answer, script } = asked[index]!
    if (answer.is === 'unsat') decisions.set(question, { is: 'refuted', script, invariants: analysis.invariants() })
  }
  await repeatPlainly(analysis, questions, askScripts, decisions)
  return prefiltered
}

/** What folded to "no" has, where it can be put so, a script in plain terms that a solver refutes: a stronger certificate than an argument. */
const repeatPlainly = async (
  analysis: Analysis,
  questions: readonly Question[],
  ask: AskScripts,
  decisions: Map<Question, Decision>,
): Promise<void> => {
  const { structure, listeners } = analysis.context
  const plain = questions.flatMap((question) => {
    const decision = decisions.get(question)
    if (question.kind.shownBy !== 'run' || question.subject.decided !== undefined || question.subject.exclusion !== undefined) return []
    if (decision?.is !== 'structure') return []
    const apart = decision.argument === 'unreachable' && question.subject.rules.length > 1
    const query = apart ? apartQuery(structure, listeners, question.subject.rules) : valuesQuery(question.subject, analysis.beyond())
    return query === undefined ? [] : [{ question, script: printQuery(query) }]
  })
  const distinct = [...new Set(plain.map(({ script }) => script))]
  const answers = await ask(distinct)
  const refuted = new Set(distinct.filter((_, index) => answers[index]?.is === 'unsat'))
  for (const { question, script } of plain)
    if (refuted.has(script)) decisions.set(question, { is: 'refuted', script, invariants: analysis.invariants() })
}

/** The argument where no reaction is left to solve: its rules never act in one reaction, or only with values that go together. */
const whyNever = (analysis: Analysis, { kind, subject }: Question): Omit<Extract<Decision, { is: 'structure' }>, 'is'> => {
  const facts = subject.step === undefined ? subject.rules : [`${subject.rules[0] ?? ''}/${subject.step}`]
  if (kind.shownBy === 'proof') return { argument: 'unreachable', facts, holds: true, why: 'no value that can occur lets it run' }
  const together = analysis.beyond().some(({ writes }) => subject.rules.every((rule) => writes.some((write) => write.rule === rule)))
  return together
    ? { argument: 'same-values', facts, holds: false, why: 'where they act in one reaction, their values go together' }
    : { argument: 'unreachable', facts, holds: false, why: 'no outside event leads to both' }
}

/** Says of each refutation whether it is about rules that run at all. */
const withVacuity = (findings: readonly Finding[]): readonly Finding[] => {
  const alive = new Set(findings.flatMap(({ id, subject, verdict }) => (id === 'K17' && verdict === 'proved' ? [subject] : [])))
  const asked = findings.some(({ id }) => id === 'K17')
  return findings.map((finding) => {
    if (!asked || finding.verdict !== 'proved' || finding.certificate?.is !== 'refutation' || finding.id === 'K17') return finding
    const idle = finding.rules.filter((rule) => !alive.has(rule))
    const why =
      idle.length === 0
        ? 'its rules do start in other runs'
        : `no run was found that starts ${idle.map((rule) => `\`${rule}\``).join(' and ')}`
    return { ...finding, why }
  })
}

/** Satisfiable if some reaction of some run shows it: over every state at rest that the ranges allow, and however a reaction goes on beyond the bounds. */
const overAnyReaction = (analysis: Analysis, { kind, subject }: Question): Term =>
  any(analysis.beyond().map((reaction) => and(reaction.possible, kind.bad(subject, reaction, analysis.context.structure, analysis.words))))

type AskScripts = (scripts: readonly string[]) => Promise<readonly SolverAnswer[]>

type Ask = (
  terms: readonly (readonly Term[])[],
  wants: 'values' | 'verdict',
) => Promise<readonly { readonly answer: SolverAnswer; readonly script: string }[]>

/** Looks for a run of one reaction, then of two, and so on; every question that is left at the end is open. A run that is found answers every question that it shows. */
const findRuns = async (
  analysis: Analysis,
  candidates: readonly Question[],
  depth: number,
  ask: Ask,
  decisions: Map<Question, Decision>,
): Promise<void> => {
  const causes = new Map<Question, string>()
  let left = candidates
  // Runs that lean on nothing unmodelled come first: only what they cannot show is possible and no more.
  for (const leaning of [false, true]) {
    // What only an unmodelled part brings to run is neither dead nor alive.
    let here = leaning ? left.filter(({ kind }) => kind.shownBy === 'run') : left
    for (let length = 1; length <= depth && here.length > 0; length++) {
      if (analysis.runs().layers.length < length && !analysis.runs().deepen()) break
      const layers = analysis.runs().layers.slice(0, length)
      const batches: (readonly Question[])[] = []
      for (let from = 0; from < here.length; from += BATCH) batches.push(here.slice(from, from + BATCH))
      const search: Search = { analysis, layers, leaning, ask, decisions, causes }
      // INVARIANT: a batch decides its own questions only, so that threads cannot change an answer.
      await Promise.all(batches.map((batch) => findInBatch(search, batch)))
      here = here.filter((question) => !decisions.has(question))
    }
    left = left.filter((question) => !decisions.has(question))
    if (analysis.runs().layers.every((layer) => leans(analysis, layer) === FALSE)) break
  }
  for (const question of left) {
    const cut = analysis
      .any()
      .reactions.flatMap(({ unfinished }) => unfinished)
      .find(({ rules }) => question.subject.rules.some((rule) => rules.has(rule)))
    const why =
      causes.get(question) ??
      (cut === undefined ? `no run of up to ${depth} reactions shows it, and it is not refuted for longer ones` : cut.why)
    decisions.set(question, { is: 'open', why })
  }
}

interface Search {
  readonly analysis: Analysis
  readonly layers: readonly Layer[]
  readonly leaning: boolean
  readonly ask: Ask
  readonly decisions: Map<Question, Decision>
  readonly causes: Map<Question, string>
}

/** Asks for a run that answers any question of the batch, until no run of this length is left: runs are fewer than questions, and one refusal serves all. */
const findInBatch = async (search: Search, batch: readonly Question[]): Promise<void> => {
  const { analysis, layers, leaning, ask, decisions, causes } = search
  const { context, words } = analysis
  const exact = leaning ? TRUE : and(...layers.map((layer) => not(leans(analysis, layer))))
  let open = batch.flatMap((question) => {
    const { kind, subject } = question
    const term = reached(layers, (reaction) => kind.bad(subject, reaction, context.structure, words))
    return term === FALSE || decisions.has(question) ? [] : [{ question, term }]
  })
  while (open.length > 0) {
    const [asked] = await ask([withDecoded(analysis, layers, and(exact, any(open.map(({ term }) => term))))], 'values')
    const answer = asked!.answer
    if (answer.is === 'unsat') return
    if (answer.is === 'unknown') {
      for (const { question } of open) causes.set(question, `the solver gave up: ${answer.why}`)
      // Together they were too much: each alone may not be.
      if (open.length === 1) return
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
    const found = decodeRun(layers, answer.values, context)
    const replayed = replayOf(analysis, found)
    const meant = open.filter(({ term }) => holds(term, answer, analysis)).map(({ question }) => question)
    const shown =
      replayed.is === 'wrong' ? [] : batch.filter((question) => !decisions.has(question) && showsIn(analysis, question, replayed.last))
    if (replayed.is === 'run')
      for (const question of shown)
        decisions.set(question, {
          is: 'run',
          run: found,
          trace: replayed.trace,
          sameEvent: meetsInOneEvent(layers, question, analysis, answer),
        })
    for (const question of meant)
      if (!decisions.has(question))
        causes.set(question, replayed.is === 'wrong' ? replayed.why : 'the run that the solver found replays, but does not show it')
    open = open.filter(({ question }) => !decisions.has(question) && !meant.includes(question))
  }
}

const holds = (term: Term, answer: Extract<SolverAnswer, { is: 'sat' }>, { context }: Analysis): boolean => {
  const result = evaluateTerm(term, (name) => answer.values.get(name) ?? context.coding.plain(name))
  return result.is === 'bool' && result.value
}

/** Where the layer's reaction uses a part that is not modelled. */
const leans = ({ context: { structure } }: Analysis, layer: Layer): Term =>
  any(
    layer.reactions.flatMap((reaction, index) => {
      const guards = reaction.choices
        .filter((choice) => choice.is !== 'order' && !structure.attributes.has(choice.part))
        .map(({ guard }) => guard)
      return guards.length === 0 && pulledPart(structure, reaction.event) === undefined
        ? []
        : [and(layer.picked(index), pulledPart(structure, reaction.event) === undefined ? any(guards) : TRUE)]
    }),
  )

/** The term, and the axioms of everything that decoding a model of it reads. */
const withDecoded = (analysis: Analysis, layers: readonly Layer[], term: Term): readonly Term[] => {
  const { variables } = closed([term], analysis.context.coding)
  const extra = decodedTerms(layers, variables, analysis.context)
  // A tautology over each variable brings its axioms into the query.
  return [term, ...mentions(extra)]
}

const mentions = (terms: readonly Term[]): readonly Term[] => {
  const open = terms.filter((term) => term.is === 'variable' || term.is === 'apply')
  return open.length === 0 ? [] : [not(FALSE), ...open.map(trivial)]
}

const trivial = (term: Term): Term => ({
  is: 'apply',
  operator: 'or',
  sort: 'Bool',
  arguments: [{ is: 'apply', operator: '=', sort: 'Bool', arguments: [term, term] }, TRUE],
})

const meetsInOneEvent = (
  layers: readonly Layer[],
  { kind, subject }: Question,
  analysis: Analysis,
  answer: Extract<SolverAnswer, { is: 'sat' }>,
): boolean => {
  const { context, words } = analysis
  const term = reached(layers, (reaction: SymbolicReaction) => kind.sameEvent(subject, reaction, context.structure, words))
  return holds(term, answer, analysis)
}
