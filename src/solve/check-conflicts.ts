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
import { decidePairs } from './conflict-pairs.ts'
import { sliceOf } from './conflict-question.ts'
import { refute, relate } from './conflict-refute.ts'
import { tryRuns } from './conflict-directed.ts'
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
  /** Asked now and then: once it says yes, what is still open is left open. Absent: never. */
  readonly stopped?: () => boolean
  /** Told what is looked at next. */
  readonly progress?: (progress: ConflictProgress) => void
}

export interface ConflictProgress {
  readonly about: string
  /** Questions that are settled, or given up, of all. */
  readonly done: number
  readonly of: number
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
/** Of more groups than this each gets the first look only: what it leaves open would take longer than anybody waits. */
const MANY = 60
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
  const posed = behaviourComponents(behaviour).map((component) => posedIn(component, kinds))
  const of = posed.reduce((total, { questions }) => total + questions.length, 0)
  let done = 0
  const how: Checking = {
    askScripts,
    depth: limits.depth ?? DEPTH,
    most: limits.whole ?? SMALL,
    stopped: limits.stopped ?? (() => false),
    next: (about, settled) => {
      done += settled
      limits.progress?.({ about, done, of })
    },
  }
  // What is small comes first: where time runs out, it is the hard questions that stay open.
  const order = [...posed.keys()].sort((a, b) => posed[a]!.questions.length - posed[b]!.questions.length || a - b)
  const checked = new Map<number, CheckedComponent>()
  for (const index of order) checked.set(index, await checkComponent(posed[index]!, how))
  for (const index of posed.keys()) parts.push(checked.get(index)!)
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

interface Posed {
  readonly whole: Whole
  readonly questions: readonly Question[]
}

const posedIn = (behaviour: Behaviour, kinds: readonly ConflictKind[]): Posed => {
  const whole = wholeOf(behaviour)
  return { whole, questions: kinds.flatMap((kind) => kind.subjects(whole.structure).map((subject): Question => ({ kind, subject }))) }
}

interface Checking {
  readonly askScripts: AskScripts
  readonly depth: number
  /** A component of up to that many rules is looked at as a whole. */
  readonly most: number
  readonly stopped: () => boolean
  /** Says what comes next, and how many questions have been settled since. */
  readonly next: (about: string, settled: number) => void
}

const checkComponent = async ({ whole, questions }: Posed, how: Checking): Promise<CheckedComponent> => {
  const { structure } = whole
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
  const all = analysisOf(whole)
  decidePairs(all, questions, decisions)
  const runKind = questions.filter(({ kind }) => kind.shownBy === 'run')
  const prefiltered = runKind.filter((question) => decisions.has(question)).length
  const small = structure.rules.length <= how.most
  const causes = new Map<Question, string>()
  how.next('runs that the rules suggest', decisions.size)
  const leaning = small ? new Map<Question, Decision>() : await tryRuns(all, questions, decisions, how.stopped)
  const groups = groupsOf(
    small,
    questions.filter((question) => !decisions.has(question)),
  )
  how.next(aboutOf(groups[0]), questions.length - groups.flat().length - prefiltered)
  for (let from = 0; from < groups.length && !how.stopped(); from += AT_ONCE) {
    const now = groups.slice(from, from + AT_ONCE)
    // INVARIANT: a group decides its own questions only, so that threads cannot change an answer.
    await Promise.all(now.map((group) => checkGroup({ ...how, all, decisions, leaning, causes, small, many: groups.length > MANY }, group)))
    how.next(aboutOf(groups[from + AT_ONCE]), now.flat().length)
  }
  const why = how.stopped() ? 'the time for the whole check is used up' : 'nothing was found out'
  const findings = questions.flatMap((question): readonly Finding[] => {
    const decision = decisions.get(question) ?? leaning.get(question) ?? { is: 'open', why: causes.get(question) ?? why }
    return decision.is === 'no-finding' ? [] : [findingOf(structure, question, decision)]
  })
  return { findings, pairs: runKind.length, prefiltered }
}

const aboutOf = (group: readonly Question[] | undefined): string => {
  const subject = group?.[0]?.subject
  return subject === undefined ? '' : (subject.attribute ?? subject.rules.join(' and '))
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

interface GroupChecking extends Checking {
  readonly all: Analysis
  readonly decisions: Map<Question, Decision>
  /** Runs that are found, but lean on what is not modelled. */
  readonly leaning: ReadonlyMap<Question, Decision>
  readonly causes: Map<Question, string>
  /** The component is looked at as a whole. */
  readonly small: boolean
  /** There are so many groups that none can have much time. */
  readonly many: boolean
}

const checkGroup = async (checking: GroupChecking, group: readonly Question[]): Promise<void> => {
  const { all, askScripts, decisions, leaning, causes, depth, small, many, stopped } = checking
  const { whole } = all
  const open = (): readonly Question[] => (stopped() ? [] : group.filter((question) => !decisions.has(question)))
  /** What no run shows yet: what one shows cannot be refuted. */
  const unseen = (): readonly Question[] => open().filter((question) => !leaning.has(question))
  const relations = group.filter(({ kind }) => kind.relation !== undefined)
  const sliced = (most: number): Analysis => (small ? all : slicedAnalysis(whole, sliceOf(whole, open()), most))
  const hunt = async (analysis: Analysis, questions: readonly Question[], longest: number): Promise<void> => {
    if (questions.length > 0) await findRuns({ all, analysis, ask: askOf(analysis, askScripts), decisions, causes }, questions, longest)
  }
  if (relations.length > 0) await relate(sliced(EXECUTED[0]), relations, askScripts, decisions, restingState)
  if (open().length === 0) return
  const proofs = open().filter(({ kind }) => kind.shownBy === 'proof')
  const first = sliced(EXECUTED[0])
  // Most conflicts show in one reaction from a state after a restart; a larger behaviour has been tried for those.
  await hunt(first, small ? open() : open().filter((question) => leaning.has(question)), small && proofs.length === 0 ? depth : 1)
  // What lives mostly shows it at once: a short run spares most claims of death the attempt to prove them.
  const living = unseen().filter(({ kind }) => kind.shownBy === 'proof')
  if (living.length > 0) await hunt(small ? all : nearbyAnalysis(whole, sliceOf(whole, living), NEARBY[0]), living, SHORT)
  for (const most of EXECUTED) {
    if (unseen().length === 0) return
    const analysis = most === EXECUTED[0] ? first : sliced(most)
    const why = await refute(analysis, unseen(), askScripts, decisions)
    for (const [question, text] of why) if (!causes.has(question)) causes.set(question, text)
    if (small || first.kinds.every(({ kept }) => kept === undefined)) break
  }
  if (!small) await hunt(first, unseen(), 1)
  let before = 0
  for (const most of small ? [0] : NEARBY.slice(0, many ? 1 : undefined)) {
    if (unseen().length === 0) return
    const analysis = small ? all : nearbyAnalysis(whole, sliceOf(whole, unseen()), most)
    const rules = analysis.context.relevant?.size ?? 0
    // Where no further rule is near, looking again would find nothing else.
    if (!small && rules === before) return
    before = rules
    await hunt(analysis, unseen(), most > FEW ? Math.min(depth, SHORT) : depth)
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
