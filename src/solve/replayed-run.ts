/** A run that a solver found, replayed by the interpreter: whether it is one, and whether its last reaction shows what it should. */
import type { ConflictStructure, Reaction, Standing } from '../../constraints/reaction.ts'
import { constantValue, numberValue, type SymbolicValue } from '../../constraints/symbolic-value.ts'
import { int, real, TRUE } from '../smt/build.ts'
import type { Run, TraceLine } from '../model/conflict.ts'
import { replay, stepKey, type Reaction as PlayedReaction } from '../verify/interpreter.ts'
import { commanders } from '../verify/leaning.ts'
import type { Analysis, Question } from './conflict-analysis.ts'

export type Replayed =
  { readonly is: 'run'; readonly last: Reaction; readonly trace: readonly TraceLine[] } | { readonly is: 'wrong'; readonly why: string }

export const replayOf = ({ context }: Analysis, run: Run): Replayed => {
  const { reactions, diagnostics } = replay(context.structure.behaviour, run)
  const [wrong] = diagnostics
  if (wrong !== undefined) return { is: 'wrong', why: `the run that the solver found does not replay: ${wrong.message}` }
  if (reactions.length === 0) return { is: 'wrong', why: 'the run that the solver found has no event' }
  const last = playedReaction(context.structure, run, reactions, context.coding.texts)
  return { is: 'run', last, trace: reactions.flatMap((reaction) => reaction.lines) }
}

/** Whether the last reaction of the run shows what the question asks for. */
export const showsIn = ({ context, words }: Analysis, { kind, subject }: Question, last: Reaction): boolean => {
  const shown = kind.bad(subject, last, context.structure, words)
  return shown.is === 'bool' && shown.value
}

/** The last reaction with constants for terms, as the kinds read it. */
const playedReaction = (
  structure: ConflictStructure,
  run: Run,
  reactions: readonly PlayedReaction[],
  texts: readonly string[],
): Reaction => {
  const codes = new Map(texts.map((text, code) => [text, code]))
  const codeOf = (text: string): number => {
    const known = codes.get(text) ?? codes.size
    codes.set(text, known)
    return known
  }
  const constant = (datum: PlayedReaction['writes'][number]['exact'] | undefined): SymbolicValue =>
    typeof datum === 'object' && datum !== null ? numberValue(real(datum.num, datum.den)) : constantValue(datum ?? null, codeOf)
  const last = reactions.at(-1)!
  const index = new Map(structure.rules.map((rule, at) => [rule.automation.id, at]))
  const by = commanders(structure.behaviour, run, reactions).at(-1)
  const value = (attribute: string): Standing => ({
    value: constant(last.state.values.get(attribute)),
    by: int(last.loop ? -1 : (index.get(by?.get(attribute) ?? '') ?? -1)),
  })
  return {
    event: { is: 'restart' },
    possible: TRUE,
    writes: last.writes.map((write) => ({
      rule: write.automation,
      run: write.run,
      step: write.step,
      attribute: write.attribute,
      guard: TRUE,
      value: constant(write.exact),
      direct: false,
    })),
    started: last.started.map(({ automation }) => ({ rule: automation, guard: TRUE })),
    executed: structure.rules.flatMap((rule) =>
      [...rule.steps.keys()]
        .filter((step) => last.executed.has(stepKey(rule.automation.id, step)))
        .map((step) => ({ rule: rule.automation.id, step, guard: TRUE })),
    ),
    after: value,
  }
}
