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
const BATCH = 12
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
  const ask: Ask = async (terms, wants) => {
    const scripts = terms.map((term) => printQuery(queryOf(term, analysis.context.coding, wants)))
    solverCalls += scripts.length
    const answers = await solvers.askAll(scripts, { rlimit: limits.rlimit ?? RLIMIT })
    return scripts.map((script, index) => ({ script, answer: answers[index]! }))
  }
  const prefiltered = await refute(analysis, questions, ask, decisions)
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
  return prefiltered
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
    for (let length = 1; length <= depth && left.length > 0; length++) {
      if (analysis.runs().layers.length < length && !analysis.runs().deepen()) break
      const layers = analysis.runs().layers.slice(0, length)
      for (let from = 0; from < left.length; from += BATCH) {
        const batch = left.slice(from, from + BATCH).filter((question) => !decisions.has(question))
        await findInBatch(analysis, batch, left, layers, leaning, ask, decisions, causes)
      }
      left = left.filter((question) => !decisions.has(question))
    }
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

const findInBatch = async (
  analysis: Analysis,
  batch: readonly Question[],
  all: readonly Question[],
  layers: readonly Layer[],
  leaning: boolean,
  ask: Ask,
  decisions: Map<Question, Decision>,
  causes: Map<Question, string>,
): Promise<void> => {
  const { context, words } = analysis
  const asked = batch.flatMap((question) => {
    const { kind, subject } = question
    const shown = reached(layers, (reaction) => kind.bad(subject, reaction, context.structure, words))
    const term = shown === FALSE || leaning ? shown : and(shown, ...layers.map((layer) => not(leans(analysis, layer))))
    return term === FALSE ? [] : [{ question, term }]
  })
  const answers = await ask(
    asked.map(({ term }) => withDecoded(analysis, layers, term)),
    'values',
  )
  for (const [index, { question }] of asked.entries()) {
    const { answer } = answers[index]!
    if (answer.is === 'unknown') causes.set(question, `the solver gave up: ${answer.why}`)
    if (answer.is !== 'sat' || decisions.has(question)) continue
    const run = decodeRun(layers, answer.values, context)
    const replayed = replayOf(analysis, run)
    if (replayed.is === 'wrong') {
      causes.set(question, replayed.why)
      continue
    }
    if (!showsIn(analysis, question, replayed.last)) causes.set(question, 'the run that the solver found replays, but does not show it')
    for (const other of [question, ...all])
      if (!decisions.has(other) && showsIn(analysis, other, replayed.last))
        decisions.set(other, { is: 'run', run, trace: replayed.trace, sameEvent: meetsInOneEvent(layers, other, analysis, answer) })
  }
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
  { context, words }: Analysis,
  answer: Extract<SolverAnswer, { is: 'sat' }>,
): boolean => {
  const term = reached(layers, (reaction: SymbolicReaction) => kind.sameEvent(subject, reaction, context.structure, words))
  const result = evaluateTerm(term, (name) => answer.values.get(name) ?? context.coding.plain(name))
  return result.is === 'bool' && result.value
}
