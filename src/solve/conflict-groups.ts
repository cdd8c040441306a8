/** Parts of a check that say nothing to each other: shares of the pairs and of the runs that are tried, and groups that are put to solvers. */
import { CHANCE, type Step } from '../model/automation.ts'
import { restingState } from '../compile/conflicts-resting.ts'
import { nearbyAnalysis, slicedAnalysis, type Analysis, type Question, type Whole } from './conflict-analysis.ts'
import { askOf, type AskScripts } from './conflict-ask.ts'
import { tryRuns, type RunShare } from './conflict-directed.ts'
import type { Decision } from './conflict-finding.ts'
import { decidePairs } from './conflict-pairs.ts'
import { PASSES, type Pass } from './conflict-passes.ts'
import { sliceOf } from './conflict-question.ts'
import { refute, relate } from './conflict-refute.ts'
import { findRuns } from './conflict-runs.ts'

/** Pairs that what their rules need alone decides. */
export const lookAtPairs = async (
  all: Analysis,
  questions: readonly Question[],
  stopped: () => boolean,
): Promise<ReadonlyMap<Question, Decision>> => {
  const decisions = new Map<Question, Decision>()
  await decidePairs(all, questions, decisions, stopped)
  return decisions
}

export interface ShownByRuns {
  readonly decisions: ReadonlyMap<Question, Decision>
  /** Runs that are found, but lean on what is not modelled. */
  readonly leaning: ReadonlyMap<Question, Decision>
}

/** Runs that the rules of the share suggest, and what they show of any question. */
export const lookAtRuns = async (
  all: Analysis,
  questions: readonly Question[],
  share: RunShare,
  stopped: () => boolean,
): Promise<ShownByRuns> => {
  const decisions = new Map<Question, Decision>()
  const leaning = await tryRuns(all, questions, decisions, stopped, share)
  return { decisions, leaning }
}

export interface GroupAnswer {
  readonly decisions: ReadonlyMap<Question, Decision>
  /** Why questions of the group stay open. */
  readonly causes: ReadonlyMap<Question, string>
}

export interface GroupLook {
  readonly all: Analysis
  readonly askScripts: AskScripts
  /** Runs that lean on what is not modelled, for questions of the group. */
  readonly leaning: ReadonlyMap<Question, Decision>
  readonly pass: Pass
  /** Reactions of the longest run that is looked for. */
  readonly depth: number
  readonly stopped: () => boolean
}

/** `group`: the open questions of one. */
export const lookAtGroup = async (look: GroupLook, group: readonly Question[]): Promise<GroupAnswer> => {
  const { all, leaning, pass, stopped, askScripts } = look
  const { whole } = all
  const decisions = new Map<Question, Decision>()
  const causes = new Map<Question, string>()
  const open = (): readonly Question[] => (stopped() ? [] : group.filter((question) => !decisions.has(question)))
  /** What no run shows yet: what one shows cannot be refuted. */
  const unseen = (): readonly Question[] => open().filter((question) => !leaning.has(question))
  const first = pass === PASSES[0]
  const patient = pass === PASSES.at(-1)
  if (open().length === 0) return { decisions, causes }
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
    await hunt(nearbyAnalysis(whole, sliceOf(whole, unseen()), pass.nearby, pass.work), unseen(), Math.min(pass.depth, look.depth))
  return { decisions, causes }
}

/** Whether the pass can decide anything about the group. */
export const worthLooking = (whole: Whole, group: readonly Question[], leaning: ReadonlyMap<Question, Decision>, pass: Pass): boolean =>
  group.some((question) => !leaning.has(question) || (pass !== PASSES[0] && !mustLean(whole, question)))

export const relateAll = async (
  analysis: Analysis,
  questions: readonly Question[],
  askScripts: AskScripts,
  decisions: Map<Question, Decision>,
): Promise<void> => {
  const relations = questions.filter(({ kind }) => kind.relation !== undefined)
  if (relations.length > 0) await relate(analysis, relations, askScripts, decisions, restingState)
}

export const noteCauses = (causes: Map<Question, string>, why: ReadonlyMap<Question, string>): void => {
  for (const [question, text] of why) causes.set(question, text)
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
