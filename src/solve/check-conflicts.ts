/**
 * Decides every subject of every kind on one behaviour: by the graph, by refuting it for any reaction from any state at rest, or by a run that the interpreter replays.
 * What neither decides is `unknown` with its cause. Each group of questions is looked at in the slice of the behaviour that has a part in it.
 */
import type { Finding } from '../model/conflict.ts'
import type { ConflictKind, OutsideKind } from '../../constraints/reaction.ts'
import type { Behaviour } from '../model/automation.ts'
import { behaviourComponents } from '../compile/conflicts-components.ts'
import { restingState } from '../compile/conflicts-resting.ts'
import { analysisOf, nearbyAnalysis, slicedAnalysis, wholeOf, type Analysis, type Question, type Whole } from './conflict-analysis.ts'
import { askOf, type AskScripts } from './conflict-ask.ts'
import { cachedAsk, memoryCache, type AnswerCache } from './conflict-cache.ts'
import { findingOf, type Decision } from './conflict-finding.ts'
import { sliceOf } from './conflict-question.ts'
import { refute, relate } from './conflict-refute.ts'
import { findRuns } from './conflict-runs.ts'
import { verifiedFindings } from './verified-finding.ts'
import type { Solvers } from './solvers.ts'

export interface ConflictLimits {
  /** Resource units of the solver per question. */
  readonly rlimit?: number
  /** Reactions of the longest run that is looked for. */
  readonly depth?: number
  /** A component of up to that many automations is looked at as a whole, a larger one in slices. */
  readonly whole?: number
  /** Where definite answers of the solvers are kept; absent: for this call. */
  readonly cache?: AnswerCache
}

export interface ConflictStatistics {
  readonly pairs: number
  readonly prefiltered: number
  /** Scripts that a solver was asked, those left out that the cache knew. */
  readonly solverCalls: number
}

export interface CheckedConflicts {
  readonly findings: readonly Finding[]
  readonly statistics: ConflictStatistics
}

const DEPTH = 4
const RLIMIT = 4_000_000
/** Reactions of the runs by which most rules and branches show that they live. */
const SHORT = 2
/** Groups of questions looked at side by side. */
const AT_ONCE = 4
/** A behaviour of up to that many automations is looked at as a whole. */
const SMALL = 8
/** Rules executed in one reaction: at first, and where that leaves questions open. */
const EXECUTED = [16, 64] as const
/** Rules whose runs are looked for, the nearest first: at first, and where that leaves questions open. */
const NEARBY = [4, 16, 48] as const
/** Of more rules than this only short runs are looked for. */
const FEW = 16

/** Findings in the order of kinds and subjects; the same behaviour gets the same answer. */
export const checkConflicts = async (
  behaviour: Behaviour,
  kinds: readonly ConflictKind[],
  solvers: Pick<Solvers, 'askAll'>,
  limits: ConflictLimits = {},
): Promise<CheckedConflicts> => {
  let solverCalls = 0
  const rlimit = limits.rlimit ?? RLIMIT
  const ask: AskScripts = (scripts) => {
    solverCalls += scripts.length
    return solvers.askAll(scripts, { rlimit })
  }
  const askScripts = cachedAsk(ask, limits.cache ?? memoryCache(), `z3 ${rlimit}`)
  const parts: CheckedComponent[] = []
  for (const component of behaviourComponents(behaviour))
    parts.push(await checkComponent(component, kinds, askScripts, { depth: limits.depth ?? DEPTH, whole: limits.whole ?? SMALL }))
  const found = kinds.flatMap((kind) => parts.flatMap(({ findings }) => findings.filter((finding) => finding.kind === kind.id)))
  const sum = (of: 'pairs' | 'prefiltered'): number => parts.reduce((total, part) => total + part[of], 0)
  return {
    findings: withVacuity(verifiedFindings(behaviour, found)),
    statistics: { pairs: sum('pairs'), prefiltered: sum('prefiltered'), solverCalls },
  }
}

interface CheckedComponent {
  readonly findings: readonly Finding[]
  readonly pairs: number
  readonly prefiltered: number
}

const checkComponent = async (
  behaviour: Behaviour,
  kinds: readonly ConflictKind[],
  askScripts: AskScripts,
  limits: Required<Pick<ConflictLimits, 'depth' | 'whole'>>,
): Promise<CheckedComponent> => {
  const whole = wholeOf(behaviour)
  const { structure } = whole
  const questions = kinds.flatMap((kind) => kind.subjects(structure).map((subject): Question => ({ kind, subject })))
  const decisions = new Map<Question, Decision>()
  const meet = meetingIn(whole)
  for (const question of questions) {
    const { kind, subject } = question
    if (subject.decided !== undefined) decisions.set(question, { is: 'structure', ...subject.decided })
    else if (kind.apart === true && subject.standing !== true && !meet(subject.rules))
      decisions.set(question, {
        ...{ is: 'structure', argument: 'unreachable', facts: subject.rules, holds: false, why: 'no outside event leads to both' },
      })
  }
  const runKind = questions.filter(({ kind }) => kind.shownBy === 'run')
  const prefiltered = runKind.filter((question) => decisions.has(question)).length
  const small = structure.rules.length <= limits.whole
  const groups = groupsOf(
    small,
    questions.filter((question) => !decisions.has(question)),
  )
  const all = analysisOf(whole)
  const causes = new Map<Question, string>()
  for (let from = 0; from < groups.length; from += AT_ONCE)
    // INVARIANT: a group decides its own questions only, so that threads cannot change an answer.
    await Promise.all(
      groups
        .slice(from, from + AT_ONCE)
        .map((group) => checkGroup({ all, askScripts, decisions, causes, small, depth: limits.depth }, group)),
    )
  const findings = questions.flatMap((question): readonly Finding[] => {
    const decision = decisions.get(question) ?? { is: 'open', why: causes.get(question) ?? 'nothing was found out' }
    return decision.is === 'no-finding' ? [] : [findingOf(structure, question, decision)]
  })
  return { findings, pairs: runKind.length, prefiltered }
}

/** Whether some outside event can lead to actions of all the rules. */
const meetingIn = ({ reached }: Whole): ((rules: readonly string[]) => boolean) => {
  const events = new Map<string, Set<OutsideKind>>()
  for (const [kind, rules] of reached)
    for (const rule of rules) {
      const own = events.get(rule)
      if (own === undefined) events.set(rule, new Set([kind]))
      else own.add(kind)
    }
  return ([first, ...others]) =>
    first === undefined || [...(events.get(first) ?? [])].some((kind) => others.every((rule) => events.get(rule)?.has(kind) === true))
}

/** Questions about one attribute, or about the same rules, are decided together; a small behaviour all at once. */
const groupsOf = (small: boolean, questions: readonly Question[]): readonly (readonly Question[])[] => {
  if (small) return questions.length === 0 ? [] : [questions]
  const groups = new Map<string, Question[]>()
  for (const question of questions) {
    const { kind, subject } = question
    const about = subject.attribute ?? subject.rules.join(' ')
    const key = `${kind.shownBy} ${kind.relation === undefined ? '' : 'relation'} ${about}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [question])
    else group.push(question)
  }
  return [...groups.values()]
}

interface Checking {
  readonly all: Analysis
  readonly askScripts: AskScripts
  readonly decisions: Map<Question, Decision>
  readonly causes: Map<Question, string>
  readonly depth: number
  /** The component is looked at as a whole. */
  readonly small: boolean
}

const checkGroup = async (checking: Checking, group: readonly Question[]): Promise<void> => {
  const { all, askScripts, decisions, causes, depth, small } = checking
  const { whole } = all
  const open = (): readonly Question[] => group.filter((question) => !decisions.has(question))
  const relations = group.filter(({ kind }) => kind.relation !== undefined)
  const sliced = (most: number): Analysis => (small ? all : slicedAnalysis(whole, sliceOf(whole, open()), most))
  const hunt = async (analysis: Analysis, questions: readonly Question[], longest: number): Promise<void> => {
    if (questions.length > 0) await findRuns({ all, analysis, ask: askOf(analysis, askScripts), decisions, causes }, questions, longest)
  }
  if (relations.length > 0) await relate(sliced(EXECUTED[0]), relations, askScripts, decisions, restingState)
  if (open().length === 0) return
  const proofs = open().filter(({ kind }) => kind.shownBy === 'proof')
  const first = sliced(EXECUTED[0])
  // Most conflicts show in one reaction from a state after a restart.
  await hunt(first, open(), small && proofs.length === 0 ? depth : 1)
  // What lives mostly shows it at once: a short run spares most claims of death the attempt to prove them.
  const living = open().filter(({ kind }) => kind.shownBy === 'proof')
  if (living.length > 0) await hunt(small ? all : nearbyAnalysis(whole, sliceOf(whole, living), NEARBY[0]), living, SHORT)
  for (const most of EXECUTED) {
    if (open().length === 0) return
    const analysis = most === EXECUTED[0] ? first : sliced(most)
    const why = await refute(analysis, open(), askScripts, decisions)
    for (const [question, text] of why) if (!causes.has(question)) causes.set(question, text)
    if (small || first.kinds.every(({ kept }) => kept === undefined)) break
  }
  let before = 0
  for (const most of small ? [0] : NEARBY) {
    if (open().length === 0) return
    const analysis = small ? all : nearbyAnalysis(whole, sliceOf(whole, open()), most)
    const rules = analysis.context.relevant?.size ?? 0
    // Where no further rule is near, looking again would find nothing else.
    if (!small && rules === before) return
    before = rules
    await hunt(analysis, open(), most > FEW ? Math.min(depth, SHORT) : depth)
  }
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
