/** A run that a solver found, replayed by the interpreter: whether it is one, and whether its last reaction shows what it should. */
import type { ConflictStructure, Reaction, Standing } from '../../constraints/reaction.ts'
import { constantValue, numberValue, type SymbolicValue } from '../../constraints/symbolic-value.ts'
import { FALSE, int, real, TRUE } from '../smt/build.ts'
import type { Run, TraceLine } from '../model/conflict.ts'
import { replay, stepKey, type Reaction as PlayedReaction } from '../verify/interpreter.ts'
import type { Analysis, Question } from './conflict-analysis.ts'

export type Replayed =
  | { readonly is: 'shown'; readonly trace: readonly TraceLine[]; readonly reactions: readonly PlayedReaction[] }
  | { readonly is: 'not-shown'; readonly why: string }

export const replayFor = ({ context, words }: Analysis, { kind, subject }: Question, run: Run): Replayed => {
  const { structure } = context
  const { reactions, diagnostics } = replay(structure.behaviour, run)
  const [wrong] = diagnostics
  if (wrong !== undefined) return { is: 'not-shown', why: `the run that the solver found does not replay: ${wrong.message}` }
  const last = reactions.at(-1)
  if (last === undefined || last.loop) return { is: 'not-shown', why: 'the run that the solver found does not come to rest' }
  const shown = kind.bad(subject, playedReaction(structure, reactions, context.coding.texts), structure, words)
  if (shown.is !== 'bool' || !shown.value) return { is: 'not-shown', why: 'the run that the solver found replays, but does not show it' }
  return { is: 'shown', trace: reactions.flatMap((reaction) => reaction.lines), reactions }
}

/** The last reaction with constants for terms, as the kinds read it. */
const playedReaction = (structure: ConflictStructure, reactions: readonly PlayedReaction[], texts: readonly string[]): Reaction => {
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
  const by = new Map<string, number>()
  for (const reaction of reactions) for (const write of reaction.writes) by.set(write.attribute, index.get(write.automation) ?? -1)
  const value = (attribute: string): Standing => ({
    value: constant(last.state.values.get(attribute)),
    by: int(by.get(attribute) ?? -1),
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
    branches: structure.rules.flatMap((rule) =>
      rule.automation.steps.flatMap((step) =>
        step.do !== 'branch' || !last.executed.has(stepKey(rule.automation.id, step.id))
          ? []
          : step.cases.map((one, at) => ({
              rule: rule.automation.id,
              step: step.id,
              case: at,
              guard: one.next.some((next) => last.executed.has(stepKey(rule.automation.id, next))) ? TRUE : FALSE,
            })),
      ),
    ),
    after: value,
  }
}
