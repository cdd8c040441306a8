/** What of a check of automations crosses to a thread and back: questions by their place in the list that the behaviour itself gives. */
import { Buffer } from 'node:buffer'
import { deserialize, serialize } from 'node:v8'
import type { MessagePort } from 'node:worker_threads'
import { conflictKinds } from '../../constraints/conflict.ts'
import type { ConflictKind } from '../../constraints/reaction.ts'
import type { Behaviour } from '../model/automation.ts'
import type { Whole, Question } from './conflict-analysis.ts'
import type { RunShare } from './conflict-directed.ts'
import type { Decision } from './conflict-finding.ts'

/** A behaviour that hangs together and the kinds that are asked; equal keys, equal contents. */
export interface SentComponent {
  readonly key: string
  readonly behaviour: SharedArrayBuffer
  readonly kinds: readonly string[]
  /** Not 0 once everybody is to stop. */
  readonly stop: Int32Array
}

export interface PairsTask {
  readonly component: SentComponent
  readonly questions: readonly number[]
}

export interface RunsTask extends PairsTask {
  readonly share: RunShare
}

export interface SentRuns {
  readonly decisions: SentDecisions
  readonly leaning: SentDecisions
}

export interface GroupTask {
  readonly component: SentComponent
  readonly questions: readonly number[]
  readonly leaning: SentDecisions
  /** Place in the list of passes. */
  readonly pass: number
  readonly depth: number
  /** Resource units of a script. */
  readonly rlimit: number
  /** Asked for answers that are known from elsewhere; absent: none are. */
  readonly known?: MessagePort
}

export interface SentGroup {
  readonly decisions: SentDecisions
  readonly causes: readonly (readonly [number, string])[]
  readonly solverCalls: number
  /** Answers to keep, by their keys. */
  readonly answers: readonly (readonly [string, string])[]
}

/** INVARIANT: of a refutation without its invariants, which whoever receives it knows. */
export type SentDecisions = readonly (readonly [number, Decision])[]

/** All questions about the behaviour, in the order that both sides number them in. */
export const questionsIn = ({ structure }: Pick<Whole, 'structure'>, kinds: readonly ConflictKind[]): readonly Question[] =>
  kinds.flatMap((kind) => kind.subjects(structure).map((subject): Question => ({ kind, subject })))

/** Ids that a thread finds the same kinds by; nothing where one is not of the catalogue. */
export const sentKinds = (kinds: readonly ConflictKind[]): readonly string[] | undefined =>
  kinds.every((kind) => conflictKinds.includes(kind)) ? kinds.map(({ id }) => id) : undefined

export const receivedKinds = (ids: readonly string[]): readonly ConflictKind[] =>
  ids.flatMap((id) => conflictKinds.filter((kind) => kind.id === id))

export const sentBehaviour = (behaviour: Behaviour): SharedArrayBuffer => {
  const bytes = serialize(behaviour)
  const shared = new SharedArrayBuffer(bytes.length)
  new Uint8Array(shared).set(bytes)
  return shared
}

export const receivedBehaviour = (shared: SharedArrayBuffer): Behaviour => deserialize(Buffer.from(shared)) as Behaviour

export const sent = (decisions: ReadonlyMap<Question, Decision>, placeOf: (question: Question) => number): SentDecisions =>
  [...decisions].map(([question, decision]) => [placeOf(question), decision.is === 'refuted' ? { ...decision, invariants: [] } : decision])

export const received = (decisions: SentDecisions, questions: readonly Question[], whole: Whole): ReadonlyMap<Question, Decision> =>
  new Map(
    decisions.map(([place, decision]) => [
      questions[place]!,
      decision.is === 'refuted' ? { ...decision, invariants: whole.invariants() } : decision,
    ]),
  )
