/** The thread that looks at shares and groups of questions, with the Z3 of the thread at hand. */
import type { MessagePort } from 'node:worker_threads'
import { analysisOf, wholeOf, type Analysis, type Question } from './conflict-analysis.ts'
import type { AskScripts } from './conflict-ask.ts'
import { begin } from './begin.ts'
import { cachedAsk, layeredCache } from './conflict-cache.ts'
import { lookAtGroup, lookAtPairs, lookAtRuns } from './conflict-groups.ts'
import { PASSES } from './conflict-passes.ts'
import { lastingOf } from './conflict-question.ts'
import {
  questionsIn,
  received,
  receivedBehaviour,
  receivedKinds,
  sent,
  type GroupTask,
  type SentComponent,
  type SentGroup,
  type PairsTask,
  type RunsTask,
  type SentDecisions,
  type SentRuns,
} from './conflict-thread.ts'
import type { Handed } from './pool.ts'
import { orEnd, threadZ3 } from './thread-z3.ts'
import { batched, accepted } from './z3.ts'
import { runScripts } from './z3-script.ts'

interface Opened {
  readonly key: string
  readonly all: Analysis
  readonly questions: readonly Question[]
  readonly placeOf: (question: Question) => number
}

// A thread is asked about one component again and again: what is known of it is found out once.
let last: Opened | undefined

const opened = ({ key, behaviour, kinds }: SentComponent): Opened => {
  if (last?.key === key) return last
  const whole = wholeOf(receivedBehaviour(behaviour))
  const questions = questionsIn(whole, receivedKinds(kinds))
  const places = new Map(questions.map((question, place) => [question, place]))
  last = { key, all: analysisOf(whole, lastingOf(questions)), questions, placeOf: (question) => places.get(question)! }
  return last
}

const stoppedBy =
  ({ stop }: SentComponent): (() => boolean) =>
  () =>
    Atomics.load(stop, 0) !== 0

export const answerPairs = async ({ task, started }: Handed<PairsTask>): Promise<SentDecisions> => {
  begin(started)
  const { all, questions, placeOf } = opened(task.component)
  const asked = task.questions.map((place) => questions[place]!)
  return sent(await lookAtPairs(all, asked, stoppedBy(task.component)), placeOf)
}

export const answerRuns = async ({ task, started }: Handed<RunsTask>): Promise<SentRuns> => {
  begin(started)
  const { all, questions, placeOf } = opened(task.component)
  const asked = task.questions.map((place) => questions[place]!)
  const { decisions, leaning } = await lookAtRuns(all, asked, task.share, stoppedBy(task.component))
  return { decisions: sent(decisions, placeOf), leaning: sent(leaning, placeOf) }
}

export const answerGroup = async ({ task, started }: Handed<GroupTask>): Promise<SentGroup> => {
  const z3 = await threadZ3()
  begin(started)
  const { all, questions, placeOf } = opened(task.component)
  let solverCalls = 0
  const ask: AskScripts = (scripts) => {
    solverCalls += scripts.length
    return Promise.resolve(batched(scripts).flatMap((batch) => orEnd(() => runScripts(z3, batch, task.rlimit)).map(accepted)))
  }
  const cache = layeredCache({ get: knownFrom(task.known) })
  const answer = await lookAtGroup(
    {
      all,
      askScripts: cachedAsk(ask, cache, `z3 ${task.rlimit}`),
      leaning: received(task.leaning, questions, all.whole),
      pass: PASSES[task.pass]!,
      depth: task.depth,
      stopped: stoppedBy(task.component),
    },
    task.questions.map((place) => questions[place]!),
  )
  task.known?.close()
  return {
    decisions: sent(answer.decisions, placeOf),
    causes: [...answer.causes].map(([question, why]) => [placeOf(question), why]),
    solverCalls,
    answers: [...cache.made()],
  }
}

/** Asks through the port: one question, one answer, in order. */
const knownFrom = (port: MessagePort | undefined): ((key: string) => Promise<string | undefined>) => {
  const waiting: ((text: string | undefined) => void)[] = []
  port?.on('message', (text: string | undefined) => waiting.shift()?.(text))
  return (key) =>
    port === undefined
      ? Promise.resolve(undefined)
      : new Promise((resolve) => {
          waiting.push(resolve)
          port.postMessage(key)
        })
}
