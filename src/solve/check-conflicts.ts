/**
 * Decides every subject of every kind on one behaviour: by the graph, by refuting it for any reaction from any state at rest, or by a run that the interpreter replays.
 * What neither decides is `unknown` with its cause. Each group of questions is looked at in the slice of the behaviour that has a part in it.
 */
import type { Finding } from '../model/conflict.ts'
import type { ConflictKind, OutsideKind } from '../../constraints/reaction.ts'
import type { Behaviour } from '../model/automation.ts'
import { behaviourComponents } from '../compile/conflicts-components.ts'
import { withSharedExpressions } from '../compile/shared-expressions.ts'
import { analysisOf, wholeOf, type Analysis, type Question, type Whole } from './conflict-analysis.ts'
import { askOf, type AskScripts } from './conflict-ask.ts'
import { cachedAsk, memoryCache, type AnswerCache } from './conflict-cache.ts'
import { findingOf, type Decision } from './conflict-finding.ts'
import { noteCauses, relateAll, worthLooking } from './conflict-groups.ts'
import { decidePairs } from './conflict-pairs.ts'
import { DEPTH, groupsOf, PASSES, SHARES } from './conflict-passes.ts'
import { lastingOf, sliceOf } from './conflict-question.ts'
import { refute } from './conflict-refute.ts'
import { findRuns } from './conflict-runs.ts'
import { lookAside, lookHere, type LookedAt, type Looking } from './conflict-spread.ts'
import { questionsIn } from './conflict-thread.ts'
import { couldActTogether } from '../verify/together.ts'
import { verifiedFindings } from './verified-finding.ts'
import type { Aside, Solvers } from './solvers.ts'

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
  /** Once it says yes, what has not been checked again by then is left open, too. Absent: never. */
  readonly late?: () => boolean
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

const RLIMIT = 4_000_000
/** Reactions of the runs by which most rules and branches show that they live. */
const SHORT = 2
/** A behaviour of up to that many automations is looked at as a whole. */
const SMALL = 8
/** As many open questions are worth a thread that finds out what they are about. */
const MANY = 48

/** Findings in the order of kinds and subjects; the same behaviour gets the same answer. */
export const checkConflicts = async (
  given: Behaviour,
  kinds: readonly ConflictKind[],
  solvers: Pick<Solvers, 'askAll' | 'aside'>,
  limits: ConflictLimits = {},
): Promise<CheckedConflicts> => {
  const behaviour = withSharedExpressions(given)
  let solverCalls = 0
  const rlimit = limits.rlimit ?? RLIMIT
  const cache = limits.cache ?? memoryCache()
  const unitsOf = (part: number): number => Math.ceil(rlimit * part)
  const askWith =
    (units: number): AskScripts =>
    (scripts) => {
      solverCalls += scripts.length
      return solvers.askAll(scripts, { rlimit: units })
    }
  const parts: CheckedComponent[] = []
  const posed = behaviourComponents(behaviour).map((component) => posedIn(component, kinds))
  const of = posed.reduce((total, { questions }) => total + questions.length, 0)
  let done = 0
  const how: Checking = {
    kinds,
    askScripts: cachedAsk(askWith(rlimit), cache, `z3 ${rlimit}`),
    askWith,
    unitsOf: (pass) => unitsOf(PASSES[pass]!.rlimit),
    asked: (scripts) => void (solverCalls += scripts),
    cache: limits.cache,
    ...(solvers.aside === undefined ? {} : { aside: solvers.aside }),
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
    findings: withVacuity(verifiedFindings(behaviour, found, limits.late)),
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
  return { whole, questions: questionsIn(whole, kinds) }
}

interface Checking extends Omit<LookedAt, 'all' | 'questions'> {
  /** With the whole limit. */
  readonly askScripts: AskScripts
  readonly aside?: Aside
  /** A component of up to that many rules is looked at as a whole. */
  readonly most: number
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
    // What the checker would not confirm by the structure is left to scripts, which anybody can repeat.
    else if (kind.apart === true && subject.standing !== true && !meet(subject.rules) && partedForAll(whole, subject.rules))
      decisions.set(question, {
        ...{ is: 'structure', argument: 'unreachable', facts: subject.rules, holds: false, why: 'no outside event leads to both' },
      })
  }
  const all = analysisOf(whole, lastingOf(questions))
  const small = structure.rules.length <= how.most
  const causes = new Map<Question, string>()
  let leaning: ReadonlyMap<Question, Decision> = new Map()
  let told = 0
  const tell = (about: string, settled = decisions.size): void => {
    how.next(about, settled - told)
    told = settled
  }
  const runKind = questions.filter(({ kind }) => kind.shownBy === 'run')
  let prefiltered = 0
  if (small) {
    await decidePairs(all, questions, decisions, how.stopped)
    prefiltered = runKind.filter((question) => decisions.has(question)).length
    tell('')
    await checkWhole({ ...how, all, decisions, causes }, questions)
  } else {
    const open = questions.filter((question) => !decisions.has(question))
    const looked: LookedAt = { ...how, all, questions }
    const looking = how.aside === undefined || open.length < MANY ? lookHere(looked) : lookAside(looked, how.aside)
    try {
      const shares = Array.from({ length: SHARES }, (_, nth) => nth)
      const pairs = shares.map((nth) => looking.pairs(open.filter((_, place) => place % SHARES === nth)))
      for (const decided of await Promise.all(pairs)) for (const [question, decision] of decided) decisions.set(question, decision)
      prefiltered = runKind.filter((question) => decisions.has(question)).length
      tell('runs that the rules suggest')
      const left = open.filter((question) => !decisions.has(question))
      const runs = await Promise.all(shares.map((nth) => looking.runs(left, { nth, of: SHARES })))
      // What two shares show is told by the first.
      for (const { decisions: shown } of runs)
        for (const [question, decision] of shown) if (!decisions.has(question)) decisions.set(question, decision)
      const lean = runs.flatMap((share) => [...share.leaning]).reverse()
      leaning = new Map(lean.filter(([question]) => !decisions.has(question)))
      tell('')
      for (const pass of PASSES.keys())
        await checkPass({ looking, whole, decisions, leaning, causes, stopped: how.stopped, tell }, questions, pass)
    } finally {
      looking.close()
    }
  }
  tell('', questions.length)
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
  const known = new Map<string, boolean>()
  return (rules) => {
    const [first, ...others] = rules
    if (first === undefined) return true
    const key = rules.join('\u0000')
    const met =
      known.get(key) ?? [...(events.get(first) ?? [])].some((kind) => others.every((rule) => events.get(rule)?.has(kind) === true))
    known.set(key, met)
    return met
  }
}

/** Whether the structure parts two of the rules for the checker, too. */
const partedForAll = ({ behaviour }: Whole, rules: readonly string[]): boolean => {
  const [a, b] = rules
  return a === undefined || b === undefined || !couldActTogether(behaviour, a, b)
}

interface PassChecking {
  readonly looking: Looking
  readonly whole: Whole
  readonly decisions: Map<Question, Decision>
  /** Runs that are found, but lean on what is not modelled. */
  readonly leaning: ReadonlyMap<Question, Decision>
  readonly causes: Map<Question, string>
  readonly stopped: () => boolean
  /** Says what comes next. */
  readonly tell: (about: string) => void
}

/** Once through all groups that are still open. */
const checkPass = async (checking: PassChecking, questions: readonly Question[], pass: number): Promise<void> => {
  const { looking, whole, decisions, leaning, causes, stopped, tell } = checking
  // Where few rules have a part in it, much is decided in little time: those come first.
  const groups = groupsOf(questions.filter((question) => !decisions.has(question)))
    .filter((group) => worthLooking(whole, group, leaning, PASSES[pass]!))
    .map((group) => ({ group, size: sliceOf(whole, group).roots.size }))
    .sort((a, b) => a.size - b.size)
    .map(({ group }) => group)
  let next = 0
  const lookOn = async (): Promise<void> => {
    for (let at = next++; at < groups.length && !stopped(); at = next++) {
      const group = groups[at]!
      tell(aboutOf(group))
      const answer = await looking.group(group, leaning, pass)
      for (const question of group) causes.delete(question)
      for (const [question, why] of answer.causes) causes.set(question, why)
      for (const [question, decision] of answer.decisions) decisions.set(question, decision)
    }
  }
  await Promise.all(Array.from({ length: looking.atOnce }, lookOn))
  looking.settle()
}

interface WholeChecking extends Pick<Checking, 'askScripts' | 'depth' | 'stopped'> {
  readonly all: Analysis
  readonly decisions: Map<Question, Decision>
  readonly causes: Map<Question, string>
}

/** A small behaviour, with all rules and all events. */
const checkWhole = async (checking: WholeChecking, questions: readonly Question[]): Promise<void> => {
  const { all, askScripts, decisions, causes, depth, stopped } = checking
  const open = (): readonly Question[] => (stopped() ? [] : questions.filter((question) => !decisions.has(question)))
  const hunt = (longest: number, asked: readonly Question[]): Promise<void> =>
    findRuns({ all, analysis: all, ask: askOf(all, askScripts), decisions, causes, stopped, patient: true }, asked, longest)
  await relateAll(all, open(), askScripts, decisions)
  const proofs = (): readonly Question[] => open().filter(({ kind }) => kind.shownBy === 'proof')
  // Most conflicts show in one reaction from a state after a restart.
  if (open().length > 0) await hunt(proofs().length === 0 ? depth : 1, open())
  // What lives mostly shows it at once: a short run spares most claims of death the attempt to prove them.
  if (proofs().length > 0) await hunt(SHORT, proofs())
  if (open().length === 0) return
  noteCauses(causes, await refute(all, open(), askScripts, decisions, { stopped, patient: true }))
  if (open().length > 0) await hunt(depth, open())
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
