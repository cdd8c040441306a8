/** Tries runs that the rules themselves suggest, with the interpreter and no solver: most of what can happen shows in one reaction from values that the guards name. */
import type { OutsideKind } from '../../constraints/reaction.ts'
import { kindName } from '../compile/conflicts-unroll.ts'
import type { OutsideEvent, Run } from '../model/conflict.ts'
import { leansOnOf } from '../verify/conflicts.ts'
import { startState, step, type Reaction } from '../verify/interpreter.ts'
import { EngineError } from '../diagnostics/engine-error.ts'
import type { Analysis, Question } from './conflict-analysis.ts'
import type { Decision } from './conflict-finding.ts'
import { answersOf, type Manner } from './conflict-answers.ts'
import { FIRST_WAYS, plannerOf, type Plan } from './conflict-plans.ts'
import { inReplay, namesOf } from './conflict-question.ts'
import { joined } from './conflict-wishes.ts'
import { lastOf, replayOf, type LastReactions } from './replayed-run.ts'

/** Plans tried per rule, per way through it, per pair of rules, and of one behaviour. */
const OF_RULE = 24
const OF_WAY = 6
const OF_PAIR = 16
const IN_ALL = 20_000
/** Events by which what waits goes on, at the end of a plan. */
const RESUMED = 12
/** Token steps of a reaction that is tried. */
const STEPS = 1_000

type Shown = Extract<Decision, { is: 'run' }>

/** A part of the runs: those of every so many rules and pairs of rules, beginning with the `nth`. */
export interface RunShare {
  readonly nth: number
  readonly of: number
}

/** Runs that lean on something unmodelled decide nothing yet: one that does not may still be found. They are returned. */
export const tryRuns = async (
  all: Analysis,
  questions: readonly Question[],
  decisions: Map<Question, Decision>,
  stopped: () => boolean,
  { nth, of }: RunShare,
): Promise<ReadonlyMap<Question, Shown>> => {
  const { behaviour, structure, reached } = all.whole
  const planner = plannerOf(structure)
  const leaning = new Map<Question, Shown>()
  const open = questions.filter((question) => !decisions.has(question) && question.kind.relation === undefined)
  /** What is open, by the rules that have a part in it, and by each of them. */
  const together = new Map<string, Set<Question>>()
  const byRule = new Map<string, Set<Question>>()
  for (const question of open) {
    added(together, nameOf(question.subject.rules), question)
    for (const rule of question.subject.rules) added(byRule, rule, question)
  }
  const isOpen = (question: Question): boolean => !decisions.has(question) && !leaning.has(question)
  const many = open.filter(({ subject }) => subject.rules.length > 2)
  const settle = (question: Question): void => {
    question.subject.rules.forEach((rule) => byRule.get(rule)?.delete(question))
    together.get(nameOf(question.subject.rules))?.delete(question)
  }
  const tried = new Set<string>()
  let left = IN_ALL

  /** Where something unmodelled is asked it is left out at first, then it does all that it may. */
  const attempt = (plan: Plan): void => {
    if (attemptIn(plan, 'plain')) attemptIn(plan, 'eager')
  }

  /** Whether something unmodelled was asked. */
  const attemptIn = (plan: Plan, manner: Manner): boolean => {
    const initial = Object.fromEntries([...plan.initial].sort(([a], [b]) => (a < b ? -1 : 1)))
    const key = `${manner} ${JSON.stringify([initial, plan.events])}`
    if (tried.has(key) || left-- <= 0) return false
    tried.add(key)
    const start = startState(behaviour, initial)
    if (!start.ok) return false
    const { chooser, made } = answersOf(manner)
    const events: OutsideEvent[] = []
    const reactions: Reaction[] = []
    const acting = new Set<string>()
    let state = start.value
    for (let at = 0; at < plan.events.length + RESUMED; at++) {
      const planned = plan.events[at]
      const options = planned === undefined ? nextOf(state) : [planned]
      const [taken] = options.flatMap((event) => {
        const reaction = reactionTo(() => step(behaviour, state, event, chooser, at, STEPS))
        return reaction === undefined ? [] : [{ event, reaction }]
      })
      if (taken === undefined) break
      const { event, reaction } = taken
      events.push(event)
      reactions.push(reaction)
      const now = actingIn(reaction)
      now.forEach((rule) => acting.add(rule))
      look({ initial, events: [...events], choices: [...made()] }, reactions, now, acting)
      if (reaction.loop) break
      state = reaction.state
    }
    return reactions.some(({ asked }) => asked.length > 0)
  }

  const look = (run: Run, reactions: readonly Reaction[], now: ReadonlySet<string>, ever: ReadonlySet<string>): void => {
    const candidates = new Set<Question>()
    for (const rules of meetings(now, ever))
      for (const question of together.get(nameOf(rules)) ?? []) {
        const { kind, subject } = question
        const among = subject.standing === true || kind.badOfTwo !== undefined ? ever : now
        if (subject.rules.every((one) => among.has(one))) candidates.add(question)
      }
    for (const question of many) if (isOpen(question) && question.subject.rules.every((one) => now.has(one))) candidates.add(question)
    if (candidates.size === 0) return
    const played = lastOf(all, run, reactions)
    const seen = [...candidates].filter((question) => inReplay(all, question, played))
    if (seen.length === 0) return
    const replayed = replayOf(all, run)
    if (replayed.is === 'wrong') return
    for (const question of seen) {
      if (!inReplay(all, question, replayed.last)) continue
      const shown: Shown = {
        is: 'run',
        run,
        trace: replayed.trace,
        ...meetingOf(all, question, replayed.last),
        leansOn: leansOnOf(behaviour, namesOf(question), run),
      }
      if (shown.leansOn.length === 0) decisions.set(question, shown)
      else leaning.set(question, shown)
      settle(question)
    }
  }

  for (const [place, rule] of structure.rules.entries()) {
    const { id } = rule.automation
    const own = byRule.get(id)
    if (own === undefined || !rule.live || place % of !== nth) continue
    await breath()
    const ways = planner.ways(id)
    const steps = new Map([...own].flatMap((question) => (question.subject.step === undefined ? [] : [[question.subject.step, question]])))
    let plans = 0
    for (const { wish } of ways.slice(0, FIRST_WAYS))
      for (const plan of planner.starts(id, wish)) {
        if (plans >= OF_RULE || stopped() || own.size === 0) break
        plans++
        attempt(plan)
      }
    // What lies behind a branch is come to by the way that leads there.
    for (const { wish, to } of ways) {
      const question = to === undefined ? undefined : steps.get(to)
      if (question === undefined) continue
      for (const plan of planner.starts(id, wish).slice(0, OF_WAY)) if (!stopped() && isOpen(question)) attempt(plan)
    }
  }
  const meet = meetingsIn(reached)
  let looked = 0
  for (const [place, own] of [...together.values()].entries()) {
    if (place % of !== nth) continue
    const one = [...own].find(({ kind }) => kind.shownBy === 'run')
    const [a, b] = one?.subject.rules ?? []
    if (a === undefined || b === undefined || stopped() || left <= 0) continue
    if (++looked % 16 === 0) await breath()
    let plans = 0
    for (const [first, second] of [
      [a, b],
      [b, a],
    ] as const)
      for (const wish of planner.wants(first))
        for (const other of planner.wants(second)) {
          const both = plans < OF_PAIR && own.size > 0 ? joined(wish, other) : undefined
          if (both === undefined) continue
          for (const plan of planner.starts(first, both)) {
            const last = plan.events.at(-1)
            if (plans >= OF_PAIR || own.size === 0 || last === undefined || !meet(last, first, second)) continue
            plans++
            attempt(plan)
          }
        }
  }
  return leaning
}

const nameOf = (rules: readonly string[]): string => [...rules].sort().join('\u0000')

const added = (map: Map<string, Set<Question>>, key: string, question: Question): void => {
  const known = map.get(key)
  if (known === undefined) map.set(key, new Set([question]))
  else known.add(question)
}

/** Each rule that acts alone, and with each other one that has acted. */
function* meetings(now: ReadonlySet<string>, ever: ReadonlySet<string>): Generator<readonly string[]> {
  const seen = new Set<string>()
  for (const one of now) {
    seen.add(one)
    yield [one]
    for (const other of ever) if (!seen.has(other)) yield [one, other]
  }
}

/** Whether the event can lead to both rules. */
const meetingsIn = (reached: ReadonlyMap<OutsideKind, ReadonlySet<string>>) => {
  const byName = new Map([...reached].map(([kind, rules]) => [kindName(kind), rules]))
  return (event: OutsideEvent, one: string, other: string): boolean => {
    const name = event.is === 'resume' ? undefined : kindName(event)
    const rules = name === undefined ? undefined : byName.get(name)
    return rules?.has(one) === true && rules.has(other)
  }
}

/** Events by which the first token that waits may go on. */
const nextOf = ({ waiting }: Reaction['state']): readonly OutsideEvent[] => {
  const [token] = waiting
  if (token === undefined) return []
  const { automation, step } = token
  return [false, true].map((timedOut): OutsideEvent => ({ is: 'resume', automation, step, nth: 0, timedOut }))
}

/** Lets others have their turn: signals are heard between two tries. */
const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const reactionTo = (react: () => Reaction): Reaction | undefined => {
  try {
    return react()
  } catch (error) {
    // What the plan did not foresee: the event cannot come, or a number is too large.
    if (error instanceof EngineError) return undefined
    throw error
  }
}

const actingIn = ({ executed, started, writes }: Reaction): ReadonlySet<string> =>
  new Set([
    ...started.map(({ automation }) => automation),
    ...writes.map(({ automation }) => automation),
    ...[...executed.keys()].map((key) => key.slice(0, key.indexOf('\u0000'))),
  ])

const meetingOf = (
  { context: { structure }, words }: Analysis,
  { kind, subject }: Question,
  played: LastReactions,
): { readonly sameEvent: boolean; readonly sameReaction: boolean } => {
  const last = played.last()
  const holds = (term: ReturnType<typeof kind.bad> | undefined): boolean => term?.is === 'bool' && term.value
  return {
    sameEvent: kind.badOfTwo === undefined && holds(kind.sameEvent(subject, last, structure, words)),
    sameReaction: holds(kind.sameReaction?.(subject, last, structure, words)),
  }
}
