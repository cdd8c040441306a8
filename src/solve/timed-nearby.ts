/**
 * Decides questions of large behaviours by what is near them, before the cone of anything is compiled: proofs that need no invariant, then probes of the question's own
 * rules, then of these and the few that influence them first. The cheapest sets of rules come first; what stays open is for the engine to decide on whole cones.
 */
import { proveAtOnce } from './timed-at-once.ts'
import type { TimedDecision } from './timed-finding.ts'
import { probe } from './timed-probes.ts'
import { rulesStart } from './timed-starts.ts'
import { replayedInTime } from './timed-replay.ts'
import { attributesOf, timedSlice, type TimedQuestion, type TimedSlice, type TimedWhole } from './timed-analysis.ts'
import type { Asked, TimedHunt } from './timed-runs.ts'

const WORK = 3_000

type MonitorOf = (question: TimedQuestion, words: TimedSlice['words']) => Asked['monitor']

/** Fills in decisions; probes are of so many rules besides those that a question is about. `tell` hears how many questions are done. */
export const decideNearby = async (
  whole: TimedWhole,
  questions: readonly TimedQuestion[],
  more: number,
  monitorOf: MonitorOf,
  hunt: TimedHunt,
  decisions: Map<TimedQuestion, TimedDecision>,
  tell: (about: string, done: number) => void,
): Promise<void> => {
  let done = 0
  for (const group of sameRules(questions, whole.structure)) {
    if (hunt.stopped()) return
    tell(group[0]?.subject.attribute ?? group[0]?.subject.key ?? '', done)
    await (more === 0 ? decideOne(whole, group, monitorOf, hunt, decisions) : probeMore(whole, group, more, monitorOf, hunt))
    done += group.length
  }
}

const decideOne = async (
  whole: TimedWhole,
  group: readonly TimedQuestion[],
  monitorOf: MonitorOf,
  hunt: TimedHunt,
  decisions: Map<TimedQuestion, TimedDecision>,
): Promise<void> => {
  const proofs = await proveAtOnce(whole, group, monitorOf, hunt)
  const slice = sliceNear(whole, group, 0)
  const living = proofs.size === 0 ? undefined : await runInWhichAllStart(whole, slice, [...proofs.keys()][0]!, hunt)
  for (const [question, proof] of proofs) {
    const more = living === undefined ? { why: 'no run was found in which all its rules start' } : { run: living }
    decisions.set(question, { is: 'proved', proof, ...more })
  }
  await probe(
    slice,
    askedIn(
      slice,
      group.filter((question) => !proofs.has(question)),
      monitorOf,
    ),
    hunt,
  )
}

const probeMore = async (
  whole: TimedWhole,
  group: readonly TimedQuestion[],
  more: number,
  monitorOf: MonitorOf,
  hunt: TimedHunt,
): Promise<void> => {
  const slice = sliceNear(whole, group, more)
  if (slice.rules.size > rulesOf(group).size) await probe(slice, askedIn(slice, group, monitorOf), hunt)
}

const rulesOf = (group: readonly TimedQuestion[]): ReadonlySet<string> => new Set(group[0]?.subject.rules)

/** The rules of the questions and so many that influence them first. */
const sliceNear = (whole: TimedWhole, group: readonly TimedQuestion[], more: number): TimedSlice => {
  const roots = rulesOf(group)
  const watches = new Set(group.flatMap(({ subject }) => attributesOf(subject)))
  const restarts = group[0]?.kind.restarts !== false
  return timedSlice(whole, { roots, watches }, { quantities: [], most: roots.size + more, work: WORK, restarts })
}

const askedIn = ({ words }: TimedSlice, questions: readonly TimedQuestion[], monitorOf: MonitorOf): readonly Asked[] =>
  questions.map((question) => ({ question, monitor: monitorOf(question, words) }))

/** A proof about rules that never start says nothing. */
const runInWhichAllStart = async (whole: TimedWhole, slice: TimedSlice, question: TimedQuestion, hunt: TimedHunt) => {
  let found: (TimedDecision & { readonly is: 'run' }) | undefined
  const { behaviour } = whole.structure
  const accept: TimedHunt['accept'] = (_, run) => {
    const replayed = replayedInTime(behaviour, run)
    if (typeof replayed === 'string') return false
    const started = new Set(replayed.replayed.reactions.flatMap(({ reaction }) => reaction.started.map(({ automation }) => automation)))
    if (!question.subject.rules.every((rule) => started.has(rule))) return false
    found = { is: 'run', run: replayed.run, trace: [], leansOn: [] }
    return true
  }
  await probe(slice, [{ question, monitor: rulesStart(question.subject.rules) }], { ...hunt, accept, causes: new Map() })
  return found?.run
}

/** Questions about the same rules, in their order. */
const sameRules = (questions: readonly TimedQuestion[], structure: TimedWhole['structure']): readonly (readonly TimedQuestion[])[] => {
  const groups = new Map<string, TimedQuestion[]>()
  for (const question of questions) {
    if (question.subject.rules.length === 0 || question.subject.quantity !== undefined) continue
    const relation = question.kind.severity(question.subject, structure) === 'relation'
    const key = JSON.stringify([[...question.subject.rules].sort(), question.kind.restarts !== false, relation])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [question])
    else group.push(question)
  }
  return [...groups.values()]
}
