/**
 * Decides every subject of the kinds that speak of time and physics on one behaviour: by a timed run that the interpreter has replayed, or by an induction over all runs.
 * What neither decides is `unknown` with its cause. Each group of questions is looked at in the part of the behaviour that can influence it.
 */
import type { TimedKind, TimedOptions } from '../../constraints/timed.ts'
import { timedDefaults } from '../../constraints/timed.ts'
import { span } from '../../constraints/timed/pairs.ts'
import type { Behaviour } from '../model/automation.ts'
import type { Finding } from '../model/conflict.ts'
import type { TimedRun } from '../model/timed-run.ts'
import { showsInTime } from '../verify/timed-findings.ts'
import type { AskScripts } from './conflict-ask.ts'
import { cachedAsk, memoryCache } from './conflict-cache.ts'
import type { ConflictLimits, ConflictStatistics } from './check-conflicts.ts'
import type { Solvers } from './solvers.ts'
import { rootsOf, timedSlice, timedWholeOf, type TimedQuestion, type TimedSlice, type TimedWhole } from './timed-analysis.ts'
import { timedFinding, type TimedDecision } from './timed-finding.ts'
import { proveInTime } from './timed-induction.ts'
import { decideNearby } from './timed-nearby.ts'
import { replayedInTime } from './timed-replay.ts'
import { findTimedRuns, timedRunsOf, type Asked, type TimedHunt, type TimedRuns } from './timed-runs.ts'
import { rulesStart } from './timed-starts.ts'

const DEPTH = 6
const RLIMIT = 8_000_000
/** Reactions of the runs that are looked for before proofs are tried. */
const SHORT = 3
/** Rules of a part in which runs are looked for in large homes, too. */
const FEW_RULES = 3
/** Reactions in a row that an induction is made over. */
const INDUCTION = 3
/** Rules of a part; work for the reactions to all events of one layer together. */
const MOST = 24
const WORK = 4_000
/** Questions about one part. */
const TOGETHER = 12
/** From so many rules on what is near a question is looked at before its cone. */
const LARGE = 30
/** Rules that influence those of a question first, which are looked at with them. */
const FEW_MORE = 4
/** Scripts about one part of a large behaviour. */
const CALLS = 60
/** Work of a solver on one script about what is near. */
const NEARBY = 1_000_000

export interface CheckedTimed {
  readonly findings: readonly Finding[]
  readonly statistics: ConflictStatistics
  /** What is taken for granted in every answer: windows, horizons, punctuality. */
  readonly assumptions: readonly string[]
}

interface Group {
  readonly slice: () => TimedSlice
  readonly runs: () => TimedRuns
  readonly asked: () => readonly Asked[]
  readonly about: string
  readonly size: number
}

/** Findings in the order of kinds and subjects; the same behaviour gets the same answer. */
export const checkTimed = async (
  behaviour: Behaviour,
  kinds: readonly TimedKind[],
  solvers: Pick<Solvers, 'askAll'>,
  limits: ConflictLimits = {},
  options: TimedOptions = timedDefaults,
): Promise<CheckedTimed> => {
  const rlimit = limits.rlimit ?? RLIMIT
  let solverCalls = 0
  const counted: AskScripts = (scripts) => {
    solverCalls += scripts.length
    return solvers.askAll(scripts, { rlimit })
  }
  const ask = cachedAsk(counted, limits.cache ?? memoryCache(), `z3 timed ${rlimit}`)
  const whole = timedWholeOf(behaviour)
  const questions = kinds.flatMap((kind) => kind.subjects(whole.structure, options).map((subject): TimedQuestion => ({ kind, subject })))
  const decisions = new Map<TimedQuestion, TimedDecision>()
  const causes = new Map<TimedQuestion, string>()
  const stopped = limits.stopped ?? (() => false)
  const accept: TimedHunt['accept'] = (question, run) => {
    const replayed = replayedInTime(behaviour, run)
    if (typeof replayed === 'string') {
      causes.set(question, replayed)
      return false
    }
    const leansOn = showsInTime(behaviour, namesOf(question), replayed.run)
    if (typeof leansOn === 'string') {
      causes.set(question, `a run was found, but the checker says: ${leansOn}`)
      return false
    }
    decisions.set(question, { is: 'run', run: replayed.run, trace: replayed.trace, leansOn })
    return true
  }
  const large = whole.structure.rules.length >= LARGE
  const left = (): readonly TimedQuestion[] => questions.filter((question) => !decisions.has(question))
  const nearby = async (more: number): Promise<void> => {
    const brief: AskScripts = (scripts) => {
      solverCalls += scripts.length
      return solvers.askAll(scripts, { rlimit: NEARBY })
    }
    const near: TimedHunt = { ask: cachedAsk(brief, limits.cache ?? memoryCache(), `z3 timed ${NEARBY}`), stopped, accept, causes }
    const before = decisions.size
    const tell = (about: string, at: number): void => limits.progress?.({ about, done: before + at, of: questions.length })
    const monitor = (question: TimedQuestion, words: TimedSlice['words']): Asked['monitor'] =>
      question.kind.monitor(question.subject, whole.structure, words, options)
    await decideNearby(whole, weightiest(left(), whole), more, monitor, near, decisions, tell)
  }
  if (large) {
    await nearby(0)
    await nearby(FEW_MORE)
  }
  const rest = weightiest(left(), whole)
  let done = questions.length - rest.length
  for (const group of groupsOf(whole, rest, options)) {
    limits.progress?.({ about: group.about, done, of: questions.length })
    const begun = solverCalls
    const spent = (): boolean => large && solverCalls - begun > CALLS
    const hunt: TimedHunt = { ask, stopped: () => stopped() || spent(), accept, causes }
    if (!stopped()) await decideGroup(group, hunt, large ? 0 : (limits.depth ?? DEPTH), decisions)
    if (spent() && !stopped())
      for (const { question } of group.asked())
        if (!decisions.has(question)) causes.set(question, 'the solver was asked about its part as often as is allowed')
    done += group.size
  }
  const findings = questions.map((question) => {
    const why = causes.get(question) ?? (stopped() ? 'the time for the whole check is used up' : 'nothing was found out')
    return timedFinding(whole, question, decisions.get(question) ?? { is: 'open', why })
  })
  return {
    findings: strongest(findings, kinds),
    statistics: { pairs: questions.length, prefiltered: 0, solverCalls },
    assumptions: assumedIn(kinds, options),
  }
}

const assumedIn = (kinds: readonly TimedKind[], options: TimedOptions): readonly string[] => {
  const asked = new Set<string>(kinds.map(({ number }) => number))
  const horizons: readonly (readonly [string, number, string])[] = [
    ['K1w', options.window, 'two commands contend'],
    ['K12', options.revert, 'a command is taken back'],
    ['K7', options.horizon, 'an effect starts a rule'],
    ['K14', options.flap, 'commands flap'],
    ['K23', options.quiet, 'a lost command is missed, after quiet for'],
  ]
  return [
    'timers, delays and time-outs come exactly at their deadlines',
    ...horizons.flatMap(([number, milliseconds, what]) => (asked.has(number) ? [`${number}: ${what} within ${span(milliseconds)}`] : [])),
    ...(kinds.some(({ restarts }) => restarts === false) ? ['K23, K30: the platform does not restart in between'] : []),
  ]
}

/** A question by the words of a finding. */
const namesOf = ({ kind, subject }: TimedQuestion): Parameters<typeof showsInTime>[1] => ({
  id: kind.number,
  subject: subject.key,
  rules: subject.rules,
  ...(subject.attribute === undefined ? {} : { actuator: subject.attribute }),
  ...(subject.window === undefined ? {} : { window: subject.window }),
})

const decideGroup = async (group: Group, hunt: TimedHunt, most: number, decisions: Map<TimedQuestion, TimedDecision>): Promise<void> => {
  const slice = group.slice()
  const runs = group.runs()
  // A part of few rules costs little, however many stand beside it.
  const depth = most === 0 && slice.rules.size <= FEW_RULES ? DEPTH : most
  // Without any depth probes have looked for runs.
  let open = depth === 0 ? group.asked() : await findTimedRuns(runs, group.asked(), 1, Math.min(SHORT, depth), hunt)
  if (open.length === 0 || hunt.stopped()) return
  if (slice.whole) {
    const proofs = await proveInTime(slice, open, INDUCTION, hunt)
    const living = await livingRuns(runs, [...proofs.keys()], hunt)
    for (const [question, proof] of proofs) {
      const run = living.get(question)
      const idle = question.subject.rules.length > 0 && run === undefined
      const why = idle ? { why: 'no run was found in which all its rules start' } : {}
      decisions.set(question, { is: 'proved', proof, ...(run === undefined ? {} : { run }), ...why })
    }
    open = open.filter(({ question }) => !proofs.has(question))
  } else for (const { question } of open) hunt.causes.set(question, 'too many rules have a part in it')
  if (open.length > 0) await findTimedRuns(runs, open, SHORT + 1, depth, hunt)
}

/** Runs in which all rules of a question start: a proof about rules that never do says nothing. */
const livingRuns = async (
  runs: TimedRuns,
  questions: readonly TimedQuestion[],
  hunt: TimedHunt,
): Promise<ReadonlyMap<TimedQuestion, TimedRun>> => {
  const asked = questions
    .filter(({ subject }) => subject.rules.length > 0)
    .map((question): Asked => ({ question, monitor: rulesStart(question.subject.rules) }))
  const found = new Map<TimedQuestion, TimedRun>()
  const accept: TimedHunt['accept'] = (question, run) => {
    found.set(question, run)
    return true
  }
  await findTimedRuns(runs, asked, 1, SHORT, { ...hunt, accept, causes: new Map() })
  const { behaviour } = runs.slice.context.reaction.structure
  return new Map(
    [...found].flatMap(([question, run]) => {
      const replayed = replayedInTime(behaviour, run)
      return typeof replayed === 'string' ? [] : [[question, replayed.run] as const]
    }),
  )
}

const weights = { error: 0, warning: 0, relation: 1 } as const

/** What is shown by default is asked first: mere relations come after all else. */
const weight = ({ kind, subject }: TimedQuestion, { structure }: TimedWhole): number => weights[kind.severity(subject, structure)]

const weightiest = (questions: readonly TimedQuestion[], whole: TimedWhole): readonly TimedQuestion[] =>
  [0, 1].flatMap((wanted) => questions.filter((question) => weight(question, whole) === wanted))

/** Questions with the same roots are looked at together. */
const groupsOf = (whole: TimedWhole, questions: readonly TimedQuestion[], options: TimedOptions): readonly Group[] => {
  const groups = new Map<string, { readonly questions: TimedQuestion[]; readonly slice: ReturnType<typeof rootsOf> }>()
  for (const question of questions) {
    const slice = rootsOf(whole, question)
    const restarts = question.kind.restarts !== false
    const own = [weight(question, whole), question.subject.quantity ?? '', restarts]
    const key = JSON.stringify([[...slice.roots].sort(), [...slice.watches].sort(), ...own])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { questions: [question], slice })
    else group.questions.push(question)
  }
  return [...groups.values()]
    .sort((a, b) => weight(a.questions[0]!, whole) - weight(b.questions[0]!, whole) || a.slice.roots.size - b.slice.roots.size)
    .flatMap(({ questions: all, slice }) => {
      let made: TimedSlice | undefined
      let runs: TimedRuns | undefined
      const quantities = [...new Set(all.flatMap(({ subject }) => (subject.quantity === undefined ? [] : [subject.quantity])))]
      const restarts = all[0]?.kind.restarts !== false
      const sliced = (): TimedSlice => (made ??= timedSlice(whole, slice, { quantities, most: MOST, work: WORK, restarts }))
      return Array.from({ length: Math.ceil(all.length / TOGETHER) }, (_, at): Group => {
        const questionsHere = all.slice(at * TOGETHER, (at + 1) * TOGETHER)
        return {
          slice: sliced,
          runs: () => (runs ??= timedRunsOf(sliced())),
          asked: () => questionsHere.map((question) => ({ question, monitor: monitorOf(whole, sliced(), question, options) })),
          about: questionsHere[0]?.subject.attribute ?? questionsHere[0]?.subject.key ?? '',
          size: questionsHere.length,
        }
      })
    })
}

const monitorOf = (
  { structure }: TimedWhole,
  { words }: TimedSlice,
  { kind, subject }: TimedQuestion,
  options: TimedOptions,
): Asked['monitor'] => kind.monitor(subject, structure, words, options)

/** Of conflicts about the same actuator and rules only the one of the strongest kind. */
const strongest = (findings: readonly Finding[], kinds: readonly TimedKind[]): readonly Finding[] => {
  const strength = new Map(kinds.map(({ id, strength: own }) => [id as string, own]))
  const best = new Map<string, number>()
  const key = ({ actuator, subject, rules }: Finding): string => JSON.stringify([actuator ?? subject, [...rules].sort()])
  for (const finding of findings)
    if (finding.verdict === 'conflict') best.set(key(finding), Math.max(best.get(key(finding)) ?? 0, strength.get(finding.kind) ?? 0))
  return findings.filter((finding) => finding.verdict !== 'conflict' || strength.get(finding.kind) === best.get(key(finding)))
}
