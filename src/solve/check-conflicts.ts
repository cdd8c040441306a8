/**
 * Decides every subject of every kind on one behaviour: by the graph, by refuting it for any reaction from any state at rest, or by a run that the interpreter replays.
 * What neither decides is `unknown` with its cause.
 */
import type { Finding } from '../model/conflict.ts'
import type { ConflictKind } from '../../constraints/reaction.ts'
import { and, any, FALSE } from '../smt/build.ts'
import { printQuery } from '../smt/print.ts'
import type { Query, Term } from '../smt/term.ts'
import type { Behaviour } from '../model/automation.ts'
import { behaviourComponents } from '../compile/conflicts-components.ts'
import { queryOf } from '../compile/conflicts-query.ts'
import { apartQuery, clashTerms, valuesQuery } from '../compile/conflicts-plain-scripts.ts'
import { analysisOf, type Analysis, type Question } from './conflict-analysis.ts'
import { askOf, type AskScripts } from './conflict-ask.ts'
import { findingOf, type Decision } from './conflict-finding.ts'
import { findRunsIn } from './conflict-runs.ts'
import { verifiedFindings } from './verified-finding.ts'
import type { Solvers } from './solvers.ts'

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
/** Reactions of the runs by which most rules and branches show that they live. */
const SHORT = 2
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
    findings: withVacuity(verifiedFindings(behaviour, found)),
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
  const open = (): readonly Question[] => questions.filter((question) => !decisions.has(question))
  const findRuns = findRunsIn(analysis, askScripts, decisions)
  for (const question of questions)
    if (question.subject.decided !== undefined) decisions.set(question, { is: 'structure', ...question.subject.decided })
  // What lives mostly shows it at once: a short run spares most claims of death the attempt to prove them.
  await findRuns(
    open().filter(({ kind }) => kind.shownBy === 'proof'),
    SHORT,
  )
  const decided = questions.filter(({ kind, subject }) => kind.shownBy === 'run' && subject.decided !== undefined).length
  const folded = await refute(analysis, open(), askScripts, decisions)
  const causes = await findRuns(open(), limits.depth ?? DEPTH)
  for (const question of open()) decisions.set(question, { is: 'open', why: causes.get(question) ?? 'nothing was found out' })
  return {
    findings: questions.map((question) => findingOf(analysis, question, decisions.get(question)!)),
    statistics: { pairs: questions.filter(({ kind }) => kind.shownBy === 'run').length, prefiltered: decided + folded, solverCalls },
  }
}

/** Decides what a refutation decides, and tells how many questions of kinds shown by a run needed no solver. */
const refute = async (
  analysis: Analysis,
  questions: readonly Question[],
  askScripts: AskScripts,
  decisions: Map<Question, Decision>,
): Promise<number> => {
  const ask = askOf(analysis, askScripts)
  let prefiltered = 0
  const open: { readonly question: Question; readonly term: Term }[] = []
  for (const question of questions) {
    const term = overAnyReaction(analysis, question)
    if (term === FALSE) decisions.set(question, { is: 'structure', ...whyNever(analysis, question) })
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
  const { structure, listeners, coding } = analysis.context
  const attempts: readonly ((question: Question, apart: boolean) => Query | undefined)[] = [
    ({ subject }, apart) => {
      if (apart) return apartQuery(structure, listeners, subject.rules)
      return subject.exclusion === undefined ? valuesQuery(subject, analysis.beyond()) : undefined
    },
    ({ kind, subject }) => queryOf(clashTerms(kind, subject, analysis.beyond(), structure, analysis.words, coding), coding, 'verdict'),
  ]
  let left = questions.filter(({ kind, subject }) => kind.shownBy === 'run' && subject.decided === undefined && subject.standing !== true)
  for (const attempt of attempts) {
    const plain = left.flatMap((question) => {
      const decision = decisions.get(question)
      if (decision?.is !== 'structure') return []
      const apart = decision.argument === 'unreachable' && question.subject.rules.length > 1
      const query = attempt(question, apart)
      return query === undefined ? [] : [{ question, script: printQuery(query) }]
    })
    const distinct = [...new Set(plain.map(({ script }) => script))]
    const answers = await ask(distinct)
    const refuted = new Set(distinct.filter((_, index) => answers[index]?.is === 'unsat'))
    for (const { question, script } of plain)
      if (refuted.has(script)) decisions.set(question, { is: 'refuted', script, invariants: analysis.invariants() })
    left = left.filter((question) => decisions.get(question)?.is === 'structure')
  }
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
