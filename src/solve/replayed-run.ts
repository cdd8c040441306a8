/** A run that a solver found, replayed by the interpreter: whether it is one, and whether its last reaction shows what it should. */
import type { ConflictWords, OutsideKind, Reaction } from '../../constraints/reaction.ts'
import { constantValue, numberValue, type SymbolicValue } from '../../constraints/symbolic-value.ts'
import { bool, int, real, TRUE } from '../smt/build.ts'
import type { OutsideEvent, Run, TraceLine } from '../model/conflict.ts'
import { seenIn } from '../compile/conflicts-beyond.ts'
import type { Coding } from '../compile/conflicts-coding.ts'
import { replay, type Reaction as PlayedReaction } from '../verify/interpreter.ts'
import { turns } from '../verify/conflict/race.ts'
import { commanders } from '../verify/leaning.ts'
import type { Analysis } from './conflict-analysis.ts'

/** The last reaction of a run, and the one before it where there is one; made when they are asked for. */
export interface LastReactions {
  readonly last: () => Reaction
  readonly before: () => Reaction | undefined
}

export type Replayed =
  | { readonly is: 'run'; readonly last: LastReactions; readonly trace: readonly TraceLine[] }
  | { readonly is: 'wrong'; readonly why: string }

export const replayOf = (analysis: Analysis, run: Run): Replayed => {
  const { reactions, diagnostics } = replay(analysis.context.structure.behaviour, run)
  const [wrong] = diagnostics
  if (wrong !== undefined) return { is: 'wrong', why: `the run that the solver found does not replay: ${wrong.message}` }
  if (reactions.length === 0) return { is: 'wrong', why: 'the run that the solver found has no event' }
  return { is: 'run', last: lastOf(analysis, run, reactions), trace: reactions.flatMap((reaction) => reaction.lines) }
}

/** As the kinds read them: the reactions are those of the run, one for each event. */
export const lastOf = ({ context, words }: Analysis, run: Run, reactions: readonly PlayedReaction[]): LastReactions => {
  const upTo = (count: number) => once(() => playedReaction(context, words, run, reactions.slice(0, count)))
  const before = upTo(reactions.length - 1)
  return { last: upTo(reactions.length), before: () => (reactions.length < 2 ? undefined : before()) }
}

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

const codesOnce = new WeakMap<Coding, ReadonlyMap<string, number>>()

const codesOf = (coding: Coding): ReadonlyMap<string, number> => {
  const known = codesOnce.get(coding) ?? new Map(coding.texts.map((text, code) => [text, code]))
  codesOnce.set(coding, known)
  return known
}

/** The last reaction with constants for terms, as the kinds read it. */
const playedReaction = (
  { structure, coding }: Analysis['context'],
  words: ConflictWords,
  run: Run,
  reactions: readonly PlayedReaction[],
): Reaction => {
  const codes = codesOf(coding)
  const others = new Map<string, number>()
  const codeOf = (text: string): number => {
    const known = codes.get(text) ?? others.get(text) ?? codes.size + others.size
    if (!codes.has(text)) others.set(text, known)
    return known
  }
  const constant = (datum: PlayedReaction['writes'][number]['exact'] | undefined): SymbolicValue =>
    typeof datum === 'object' && datum !== null ? numberValue(real(datum.num, datum.den)) : constantValue(datum ?? null, codeOf)
  const last = reactions.at(-1)!
  const commander = (rule: string | undefined): number => (rule === undefined ? -1 : words.ruleIndex(rule))
  const allBy = commanders(structure.behaviour, run, reactions)
  const standing =
    (values: PlayedReaction['state']['values'], by: ReadonlyMap<string, string> | undefined): Reaction['after'] =>
    (attribute) => ({
      value: constant(values.get(attribute)),
      by: int(last.loop ? -1 : commander(by?.get(attribute))),
    })
  const before = standing(last.from.values, allBy.at(-2))
  const after = standing(last.state.values, allBy.at(-1))
  const event = run.events[reactions.length - 1]
  // What the event itself started has no other cause; what it resumed has not started.
  const causes = new Map(last.started.map((one) => [one.run, one.by]))
  return {
    event: kindOf(event),
    possible: TRUE,
    writes: last.writes.map((write) => ({
      rule: write.automation,
      run: write.run,
      step: write.step,
      attribute: write.attribute,
      guard: TRUE,
      value: constant(write.exact),
      direct: causes.get(write.run) === undefined,
      ...given(causes.get(write.run)),
    })),
    started: last.started.map(({ automation, run: number, trigger, by }) => ({
      rule: automation,
      run: number,
      guard: TRUE,
      triggers: trigger === null ? [] : [{ index: trigger, match: TRUE }],
      direct: by === undefined,
      ...given(by),
    })),
    dropped: last.dropped.map(({ automation, because }) => ({ rule: automation, guard: TRUE, because })),
    executed: [...last.executed.keys()].map((key) => {
      const [rule = '', step = ''] = stepOfKey(key)
      return { rule, step, guard: TRUE }
    }),
    before,
    after,
    evaluate: { before: seenIn(before, coding), after: seenIn(after, coding) },
    endless: bool(last.loop),
    turned: (one, other) => bool(turns(last, one, other)),
  }
}

/** The names in a `stepKey`. */
const stepOfKey = (key: string): readonly string[] => key.split('\u0000')

const given = (by: string | undefined): { readonly by?: string } => (by === undefined ? {} : { by })

const kindOf = (event: OutsideEvent | undefined): OutsideKind => {
  switch (event?.is) {
    case 'write':
      return { is: 'write', attribute: event.attribute }
    case 'pull':
    case 'due':
      return { is: event.is, automation: event.automation, trigger: event.trigger }
    case 'resume': {
      const { automation, step, timedOut, trigger } = event
      return { is: 'resume', automation, step, timedOut, ...(trigger === undefined ? {} : { trigger }) }
    }
    case 'restart':
    case undefined:
      return { is: 'restart' }
  }
}
