/**
 * Decides every subject of every kind on one behaviour: by the graph, by refuting it for any reaction from any state at rest, or by a run that the interpreter replays.
 * What neither decides is `unknown` with its cause. Each group of questions is looked at in the slice of the behaviour that has a part in it.
 */
import type { Finding } from '../model/conflict.ts'
import type { ConflictKind, OutsideKind } from '../../constraints/reaction.ts'
import { CHANCE, type Behaviour, type Step } from '../model/automation.ts'
import { behaviourComponents } from '../compile/conflicts-components.ts'
import { withSharedExpressions } from '../compile/shared-expressions.ts'
import { restingState } from '../compile/conflicts-resting.ts'
import { analysisOf, nearbyAnalysis, slicedAnalysis, wholeOf, type Analysis, type Question, type Whole } from './conflict-analysis.ts'
import { askOf, type AskScripts } from './conflict-ask.ts'
import { cachedAsk, memoryCache, type AnswerCache } from './conflict-cache.ts'
import { findingOf, type Decision } from './conflict-finding.ts'
import { decidePairs } from './conflict-pairs.ts'
import { lastingOf, sliceOf } from './conflict-question.ts'
import { refute, relate } from './conflict-refute.ts'
import { tryRuns } from './conflict-directed.ts'
import { findRuns } from './conflict-runs.ts'
import { couldActTogether } from '../verify/together.ts'
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

const DEPTH = 4
const RLIMIT = 4_000_000
/** Reactions of the runs by which most rules and branches show that they live. */
const SHORT = 2
/** Groups of questions looked at side by side. */
const AT_ONCE = 4
/** A behaviour of up to that many automations is looked at as a whole. */
const SMALL = 8
/** How far a group is looked at; `answered` together: what one leaves open the next, which takes longer, may decide. */
interface Pass {
  /** Resource units of the solver per question, as a part of the limit. */
  readonly rlimit: number
  /** Rules executed in one reaction, and the work for the reactions to all events together. */
  readonly executed: number
  readonly work: number
  /** Rules whose runs are looked for, the nearest first. */
  readonly nearby: number
  readonly depth: number
}

/** INVARIANT: every group has one before any has the next, so that time that runs out is spent on what is quickly decided. */
const PASSES: readonly Pass[] = [
  { rlimit: 0.1, executed: 8, work: 1_000, nearby: 4, depth: 2 },
  { rlimit: 0.4, executed: 16, work: 4_000, nearby: 8, depth: 3 },
  { rlimit: 1, executed: 64, work: 16_000, nearby: 48, depth: DEPTH },
]
/** Questions about one slice. */
const TOGETHER = 40

/** Findings in the order of kinds and subjects; the same behaviour gets the same answer. */
export const checkConflicts = async (
  given: Behaviour,
  kinds: readonly ConflictKind[],
  solvers: Pick<Solvers, 'askAll'>,
  limits: ConflictLimits = {},
): Promise<CheckedConflicts> => {
  const behaviour = withSharedExpressions(given)
  let solverCalls = 0
  const rlimit = limits.rlimit ?? RLIMIT
  const cache = limits.cache ?? memoryCache()
  const askWithin = (part: number): AskScripts => {
    const units = Math.ceil(rlimit * part)
    const ask: AskScripts = (scripts) => {
      solverCalls += scripts.length
      return solvers.askAll(scripts, { rlimit: units })
    }
    return cachedAsk(ask, cache, `z3 ${units}`)
  }
  const parts: CheckedComponent[] = []
  const posed = behaviourComponents(behaviour).map((component) => posedIn(component, kinds))
  const of = posed.reduce((total, { questions }) => total + questions.length, 0)
  let done = 0
  const how: Checking = {
    askWithin,
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
  return { whole, questions: kinds.flatMap((kind) => kind.subjects(whole.structure).map((subject): Question => ({ kind, subject }))) }
}

interface Checking {
  /** Asks with that part of the limit. */
  readonly askWithin: (part: number) => AskScripts
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
    // What the checker would not confirm by the structure is left to scripts, which anybody can repeat.
    else if (kind.apart === true && subject.standing !== true && !meet(subject.rules) && partedForAll(whole, subject.rules))
      decisions.set(question, {
        ...{ is: 'structure', argument: 'unreachable', facts: subject.rules, holds: false, why: 'no outside event leads to both' },
      })
  }
  const all = analysisOf(whole, lastingOf(questions))
  await decidePairs(all, questions, decisions, how.stopped)
  const runKind = questions.filter(({ kind }) => kind.shownBy === 'run')
  const prefiltered = runKind.filter((question) => decisions.has(question)).length
  const small = structure.rules.length <= how.most
  const causes = new Map<Question, string>()
  let told = 0
  const tell = (about: string, settled = decisions.size): void => {
    how.next(about, settled - told)
    told = settled
  }
  tell('runs that the rules suggest')
  const leaning = small ? new Map<Question, Decision>() : await tryRuns(all, questions, decisions, how.stopped)
  tell('')
  const shared: GroupChecking = { ...how, all, decisions, leaning, causes, tell }
  if (small) await checkWhole(shared, questions)
  else for (const pass of PASSES) await checkPass(shared, questions, pass)
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

/** Questions about the same rules are decided together, and those about what is left in the same attribute. */
const groupsOf = (questions: readonly Question[]): readonly (readonly Question[])[] => {
  const groups = new Map<string, Question[]>()
  for (const question of questions) {
    const { kind, subject } = question
    const about =
      subject.watches === undefined && subject.rules.length > 0 ? subject.rules.join(' ') : (subject.attribute ?? subject.rules.join(' '))
    const key = `${kind.shownBy} ${kind.relation === undefined ? '' : 'relation'} ${about}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [question])
    else group.push(question)
  }
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / TOGETHER) }, (_, at) => group.slice(at * TOGETHER, (at + 1) * TOGETHER)),
  )
}

interface GroupChecking extends Checking {
  readonly all: Analysis
  readonly decisions: Map<Question, Decision>
  /** Runs that are found, but lean on what is not modelled. */
  readonly leaning: ReadonlyMap<Question, Decision>
  readonly causes: Map<Question, string>
  /** Says what comes next. */
  readonly tell: (about: string) => void
}

/** Once through all groups that are still open. */
const checkPass = async (checking: GroupChecking, questions: readonly Question[], pass: Pass): Promise<void> => {
  const { all, decisions, stopped, tell } = checking
  // Where few rules have a part in it, much is decided in little time: those come first.
  const groups = groupsOf(questions.filter((question) => !decisions.has(question)))
    .map((group) => ({ group, size: sliceOf(all.whole, group).roots.size }))
    .sort((a, b) => a.size - b.size)
    .map(({ group }) => group)
  for (let from = 0; from < groups.length && !stopped(); from += AT_ONCE) {
    const now = groups.slice(from, from + AT_ONCE)
    // INVARIANT: a group decides its own questions only, so that threads cannot change an answer.
    await Promise.all(now.map((group) => checkGroup(checking, group, pass)))
    tell(aboutOf(groups[from + AT_ONCE]))
  }
}

/** A small behaviour, with all rules and all events. */
const checkWhole = async (checking: GroupChecking, questions: readonly Question[]): Promise<void> => {
  const { all, decisions, causes, depth, stopped } = checking
  const askScripts = checking.askWithin(1)
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

const relateAll = async (
  analysis: Analysis,
  questions: readonly Question[],
  askScripts: AskScripts,
  decisions: Map<Question, Decision>,
): Promise<void> => {
  const relations = questions.filter(({ kind }) => kind.relation !== undefined)
  if (relations.length > 0) await relate(analysis, relations, askScripts, decisions, restingState)
}

const noteCauses = (causes: Map<Question, string>, why: ReadonlyMap<Question, string>): void => {
  for (const [question, text] of why) causes.set(question, text)
}

const checkGroup = async (checking: GroupChecking, group: readonly Question[], pass: Pass): Promise<void> => {
  const { all, decisions, leaning, causes, stopped } = checking
  const { whole } = all
  const askScripts = checking.askWithin(pass.rlimit)
  const open = (): readonly Question[] => (stopped() ? [] : group.filter((question) => !decisions.has(question)))
  /** What no run shows yet: what one shows cannot be refuted. */
  const unseen = (): readonly Question[] => open().filter((question) => !leaning.has(question))
  const first = pass === PASSES[0]
  const patient = pass === PASSES.at(-1)
  if ((first ? unseen() : open().filter((question) => !leaning.has(question) || !mustLean(whole, question))).length === 0) return
  for (const question of open()) causes.delete(question)
  const sliced = slicedAnalysis(whole, sliceOf(whole, open()), pass.executed, pass.work)
  const hunt = async (analysis: Analysis, questions: readonly Question[], longest: number): Promise<void> => {
    if (questions.length > 0)
      await findRuns({ all, analysis, ask: askOf(analysis, askScripts), decisions, causes, stopped, patient }, questions, longest)
  }
  if (first) await relateAll(sliced, unseen(), askScripts, decisions)
  // A run that leans on nothing unmodelled may still be found.
  else
    await hunt(
      sliced,
      open().filter((question) => leaning.has(question) && !mustLean(whole, question)),
      1,
    )
  const living = unseen().filter(({ kind }) => kind.shownBy === 'proof')
  // What lives mostly shows it at once: a short run spares most claims of death the attempt to prove them.
  if (first && living.length > 0) await hunt(nearbyAnalysis(whole, sliceOf(whole, living), pass.nearby, pass.work), living, pass.depth)
  if (unseen().length > 0) noteCauses(causes, await refute(sliced, unseen(), askScripts, decisions, { stopped, patient }))
  if (unseen().length > 0) await hunt(sliced, unseen(), 1)
  if (unseen().length > 0)
    await hunt(nearbyAnalysis(whole, sliceOf(whole, unseen()), pass.nearby, pass.work), unseen(), Math.min(pass.depth, checking.depth))
}

/** Whether one of its rules commands the attribute by what is not modelled alone: no run that shows it leans on nothing. */
const mustLean = ({ structure }: Whole, { kind, subject }: Question): boolean =>
  kind.ofCommands === true &&
  subject.exclusion === undefined &&
  subject.rules.some((id) => {
    const rule = structure.rule.get(id)
    const own = rule?.writes.filter(({ attribute }) => attribute === subject.attribute) ?? []
    return own.length > 0 && own.every(({ step }) => isOpenWrite(rule?.steps.get(step)))
  })

const isOpenWrite = (step: Step | undefined): boolean =>
  step?.do === 'unmodelled' || (step?.do === 'set' && step.value.is === 'any' && step.value.part !== CHANCE)

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
