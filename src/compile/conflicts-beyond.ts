/** Contains a reaction however it goes on where it was cut off: every rule that the rest can run may then take any of its steps with any values. */
import type { Executed, Reaction, ReactionWrite, Rule, Standing, Started } from '../../constraints/reaction.ts'
import { choose, nullValue } from '../../constraints/symbolic-value.ts'
import { and, any, int, ite } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'
import type { Coding } from './conflicts-coding.ts'
import { symbolicValue } from './conflicts-expression.ts'
import { canReach } from './conflicts-listeners.ts'
import type { Unfinished } from './conflicts-machine.ts'
import type { ReactionContext } from './conflicts-context.ts'
import { caseKey } from './conflicts-ranges.ts'
import { writesOf } from './conflicts-structure.ts'
import { EVERYTHING, setOfType } from './conflicts-value-set.ts'

/** Expressions over what stands; locals and unmodelled parts are null. */
export const seenIn =
  (standing: (attribute: string) => Standing, coding: Coding): Reaction['evaluate']['before'] =>
  (expression) =>
    symbolicValue(expression, { attribute: (id) => standing(id).value, local: () => nullValue, any: () => nullValue }, coding)

export const withRest = (
  { structure, ranges, coding, ruleIndex, asked }: ReactionContext,
  reaction: Reaction,
  unfinished: readonly Unfinished[],
  name: string,
): Reaction => {
  const guards = new Map<string, Term[]>()
  for (const { guard, rules } of unfinished) for (const rule of rules) guards.set(rule, [...(guards.get(rule) ?? []), guard])
  const writes: ReactionWrite[] = [...reaction.writes]
  const started: Started[] = [...reaction.started]
  const executed: Executed[] = [...reaction.executed]
  const rest = new Map<string, Standing>()
  const cutRules = structure.rules.filter((rule) => guards.has(rule.automation.id))
  for (const [index, rule] of cutRules.entries()) {
    const id = rule.automation.id
    if (asked?.rules.has(id) === false) {
      leave(rule)
      continue
    }
    const cut = any(guards.get(id)!)
    const perhaps = (what: string): Term => and(cut, coding.variable(coding.fresh(`${name}:rest:${what}`), 'Bool'))
    // What is written in the rest may belong to a run that wrote before: those writes share the number that no run has, too.
    const run = -1 - index
    writes.push(...reaction.writes.filter((write) => write.rule === id).map((write) => ({ ...write, run })))
    started.push({ rule: id, run, guard: perhaps(id), triggers: [], direct: false })
    for (const step of rule.automation.steps) {
      if (!canReach(ranges, id, step.id)) continue
      executed.push({ rule: id, step: step.id, guard: perhaps(step.id) })
      for (const attribute of writesOf(step)) {
        const type = structure.attributes.get(attribute)?.type
        const set =
          step.do === 'set' ? (ranges.writes.get(caseKey(id, step.id)) ?? EVERYTHING) : type === undefined ? EVERYTHING : setOfType(type)
        const value = coding.valueIn(coding.fresh(`${name}:rest:${attribute}`), set)
        const guard = perhaps(step.id)
        writes.push({ rule: id, run, step: step.id, attribute, guard, value, direct: false })
        // The last of several writes may be any of them: what stands after it is not told by the order of this list.
        const before = rest.get(attribute) ?? reaction.after(attribute)
        const last = and(guard, coding.variable(coding.fresh(`${name}:rest:${attribute}:stands`), 'Bool'))
        rest.set(attribute, { value: choose(last, value, before.value), by: ite(last, int(ruleIndex(id)), before.by) })
      }
    }
  }
  const after = (attribute: string): Standing => rest.get(attribute) ?? reaction.after(attribute)

  return { ...reaction, writes, started, executed, after, evaluate: { ...reaction.evaluate, after: seenIn(after, coding) } }

  /** What a rule that nobody asks about may leave in an attribute. */
  function leave(rule: Rule): void {
    const id = rule.automation.id
    for (const attribute of new Set(rule.writes.map((writer) => writer.attribute))) {
      if (asked?.attributes.has(attribute) === false) continue
      const before = rest.get(attribute) ?? reaction.after(attribute)
      const value = coding.valueIn(coding.fresh(`${name}:rest:${attribute}`), ranges.attribute(attribute))
      const last = and(any(guards.get(id)!), coding.variable(coding.fresh(`${name}:rest:${attribute}:stands`), 'Bool'))
      rest.set(attribute, { value: choose(last, value, before.value), by: ite(last, int(ruleIndex(id)), before.by) })
    }
  }
}
