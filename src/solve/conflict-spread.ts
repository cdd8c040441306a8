/** Looks at pairs, runs and groups of a component's questions, here or in threads: the answers are the same. */
import { MessageChannel } from 'node:worker_threads'
import type { ConflictKind } from '../../constraints/reaction.ts'
import type { Analysis, Question } from './conflict-analysis.ts'
import type { AskScripts } from './conflict-ask.ts'
import { cachedAsk, layeredCache, type AnswerCache } from './conflict-cache.ts'
import type { RunShare } from './conflict-directed.ts'
import type { Decision } from './conflict-finding.ts'
import { lookAtGroup, lookAtPairs, lookAtRuns, type GroupAnswer, type ShownByRuns } from './conflict-groups.ts'
import { PASSES } from './conflict-passes.ts'
import {
  received,
  sent,
  sentBehaviour,
  sentKinds,
  type GroupTask,
  type SentComponent,
  type SentGroup,
  type PairsTask,
  type RunsTask,
  type SentDecisions,
  type SentRuns,
} from './conflict-thread.ts'
import type { Aside } from './solvers.ts'

export interface Looking {
  readonly pairs: (questions: readonly Question[]) => Promise<ReadonlyMap<Question, Decision>>
  /** Runs of the share, and all questions that they may show. */
  readonly runs: (questions: readonly Question[], share: RunShare) => Promise<ShownByRuns>
  /** `pass`: its place in the list. */
  readonly group: (group: readonly Question[], leaning: ReadonlyMap<Question, Decision>, pass: number) => Promise<GroupAnswer>
  /** Groups looked at side by side. */
  readonly atOnce: number
  /** Keeps what solvers have answered since: what is looked at side by side does not depend on who is first. */
  readonly settle: () => void
  readonly close: () => void
}

export interface LookedAt {
  readonly all: Analysis
  readonly questions: readonly Question[]
  readonly kinds: readonly ConflictKind[]
  readonly cache: AnswerCache | undefined
  readonly depth: number
  readonly stopped: () => boolean
  /** Resource units that a question of the pass may take. */
  readonly unitsOf: (pass: number) => number
  readonly askWith: (units: number) => AskScripts
  /** Told how many scripts a thread has asked. */
  readonly asked: (scripts: number) => void
}

/** Groups looked at side by side where solvers have threads of their own. */
const AT_ONCE = 4

export const lookHere = ({ all, cache, depth, stopped, unitsOf, askWith }: LookedAt): Looking => {
  const made: ReadonlyMap<string, string>[] = []
  return {
    pairs: (questions) => lookAtPairs(all, questions, stopped),
    runs: (questions, share) => lookAtRuns(all, questions, share, stopped),
    group: async (group, leaning, pass) => {
      const own = layeredCache({ get: (key) => cache?.get(key) })
      const units = unitsOf(pass)
      const askScripts = cachedAsk(askWith(units), own, `z3 ${units}`)
      const answer = await lookAtGroup({ all, askScripts, leaning, pass: PASSES[pass]!, depth, stopped }, group)
      made.push(own.made())
      return answer
    },
    atOnce: AT_ONCE,
    settle: () => made.splice(0).forEach((answers) => answers.forEach((text, key) => cache?.set(key, text))),
    close: () => undefined,
  }
}

/** Milliseconds between two looks at whether to stop. */
const OFTEN = 20

let components = 0

export const lookAside = (looked: LookedAt, aside: Aside): Looking => {
  const here = lookHere(looked)
  const { all, questions, kinds, cache, depth, stopped, unitsOf } = looked
  const ids = sentKinds(kinds)
  if (ids === undefined) return here
  const places = new Map(questions.map((question, place) => [question, place]))
  const placeOf = (question: Question): number => places.get(question)!
  const { whole } = all
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const component: SentComponent = { key: `${components++}`, behaviour: sentBehaviour(whole.behaviour), kinds: ids, stop }
  const watch = setInterval(() => stopped() && Atomics.store(stop, 0, 1), OFTEN)
  watch.unref()
  const made: (readonly (readonly [string, string])[])[] = []
  return {
    pairs: async (asked) => {
      const task: PairsTask = { component, questions: asked.map(placeOf) }
      const answer = await aside.run<SentDecisions>('answerPairs', task)
      return answer === undefined ? here.pairs(asked) : received(answer, questions, whole)
    },
    runs: async (asked, share) => {
      const task: RunsTask = { component, questions: asked.map(placeOf), share }
      const answer = await aside.run<SentRuns>('answerRuns', task)
      if (answer === undefined) return here.runs(asked, share)
      return { decisions: received(answer.decisions, questions, whole), leaning: received(answer.leaning, questions, whole) }
    },
    group: async (group, leaning, pass) => {
      const own = new Map(group.flatMap((question) => (leaning.has(question) ? [[question, leaning.get(question)!] as const] : [])))
      const known = cache === undefined ? undefined : new MessageChannel()
      known?.port1.on('message', (key: string) => known.port1.postMessage(cache?.get(key)))
      const task: GroupTask = {
        component,
        questions: group.map(placeOf),
        leaning: sent(own, placeOf),
        pass,
        depth,
        rlimit: unitsOf(pass),
        ...(known === undefined ? {} : { known: known.port2 }),
      }
      const answer = await aside.run<SentGroup>('answerGroup', task, known === undefined ? [] : [known.port2])
      known?.port1.close()
      // What ends a thread is asked again where each script has its own.
      if (answer === undefined) return here.group(group, leaning, pass)
      looked.asked(answer.solverCalls)
      made.push(answer.answers)
      return {
        decisions: received(answer.decisions, questions, whole),
        causes: new Map(answer.causes.map(([place, why]) => [questions[place]!, why])),
      }
    },
    atOnce: aside.threads,
    settle: () => {
      here.settle()
      for (const answers of made.splice(0)) for (const [key, text] of answers) cache?.set(key, text)
    },
    close: () => clearInterval(watch),
  }
}
