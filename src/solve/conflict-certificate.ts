/** The invariant that refutations stand on: the ranges of attributes and locals, as scripts that show it holds at the start and that no step leaves it. */
import type { Rule } from '../../constraints/reaction.ts'
import { nullValue, type SymbolicValue } from '../../constraints/symbolic-value.ts'
import type { ReactionContext } from '../compile/conflicts-reaction.ts'
import { caseKey, type Locals } from '../compile/conflicts-ranges.ts'
import { isIn, type Coding } from '../compile/conflicts-coding.ts'
import { symbolicValue } from '../compile/conflicts-expression.ts'
import { queryOf } from '../compile/conflicts-query.ts'
import { awaitedBy, successorsOf } from '../compile/conflicts-structure.ts'
import { initialSet } from '../compile/conflicts-state.ts'
import { sameSet, setOfType, type ValueSet } from '../compile/conflicts-value-set.ts'
import type { AutomationExpression, Step, Trigger } from '../model/automation.ts'
import { any, FALSE, not } from '../smt/build.ts'
import { printQuery } from '../smt/print.ts'
import type { Term } from '../smt/term.ts'

export interface InvariantScript {
  readonly says: string
  readonly text: string
}

type Context = Pick<ReactionContext, 'structure' | 'ranges' | 'coding'>

/**
 * Unsatisfiable scripts for the whole behaviour that was analysed together. Those whose question folds to "no" are not among them. `codingFor` a rule (absent: all that
 * stands at first) knows the texts that its script can name.
 */
export const invariantScripts = (
  whole: Pick<ReactionContext, 'structure' | 'ranges'>,
  codingFor: (rule?: Rule) => Coding,
): readonly InvariantScript[] => {
  const { structure, ranges } = whole
  const script = (says: string, terms: readonly Term[], coding: Coding): readonly InvariantScript[] => {
    const leaves = any(terms)
    return leaves === FALSE ? [] : [{ says, text: printQuery(queryOf([leaves], coding, 'verdict')) }]
  }
  const first = codingFor()
  const starts = [...structure.attributes.keys()].map((id) =>
    not(isIn(first.valueIn(`start:${id}`, initialSet(structure, id)), ranges.attribute(id), first)),
  )
  return [
    ...script('no initial state lies outside the ranges', starts, first),
    ...structure.rules.flatMap((rule) => {
      const steps = ranges.steps.get(rule.automation.id)
      if (steps === undefined) return []
      const coding = codingFor(rule)
      return script(`no step of \`${rule.automation.id}\` leaves the ranges`, stepsOut({ structure, ranges, coding }, rule, steps), coding)
    }),
  ]
}

const writesLocal = (step: Step, local: string): boolean =>
  (step.do === 'let' && step.local === local) || (step.do === 'await' && ['wait', 'wait.before', 'wait.index'].includes(local))

/** Where, from values in the ranges, a step writes or hands on a value outside them. */
const stepsOut = ({ ranges, structure, coding }: Context, rule: Rule, steps: ReadonlyMap<string, Locals>): readonly Term[] => {
  const id = rule.automation.id
  const evaluate = (expression: AutomationExpression, step: string, locals: Locals): SymbolicValue =>
    symbolicValue(
      expression,
      {
        attribute: (name) => coding.valueIn(`rest:${name}`, ranges.attribute(name)),
        local: (name) => {
          const set = locals.get(name)
          return set === undefined ? nullValue : coding.valueIn(`at:${id}/${step}:${name}`, set)
        },
        any: (type, part) => coding.valueIn(coding.fresh(`open:${part}`), setOfType(type)),
      },
      coding,
    )
  const out: Term[] = []
  /** What a trigger that any value matches brings. */
  const brings = (trigger: Trigger, local: string, locals: Locals | undefined): void => {
    if (trigger.on !== 'message' && trigger.on !== 'change') return
    const all = coding.valueIn(`rest:${trigger.attribute}`, ranges.attribute(trigger.attribute))
    const [payload, before] = [locals?.get(local), locals?.get(`${local}.before`)]
    if (payload !== undefined && (trigger.on === 'message' || trigger.to === undefined)) out.push(outside(all, payload))
    if (before !== undefined && (trigger.on === 'message' || trigger.from === undefined)) out.push(outside(all, before))
  }
  for (const entry of rule.automation.entry) for (const trigger of rule.automation.triggers) brings(trigger, 'trigger', steps.get(entry))
  for (const [name, locals] of steps) {
    const step = rule.steps.get(name)!
    if (step.do === 'set') {
      const value = evaluate(step.value, name, locals)
      out.push(
        not(isIn(value, ranges.writes.get(caseKey(id, name)) ?? ranges.attribute(step.attribute), coding)),
        outside(value, ranges.attribute(step.attribute)),
      )
    }
    for (const next of successorsOf(step))
      for (const [local, set] of steps.get(next) ?? []) {
        const before = locals.get(local)
        if (writesLocal(step, local) || before === undefined || sameSet(before, set)) continue
        out.push(outside(coding.valueIn(`at:${id}/${name}:${local}`, before), set))
      }
    if (step.do === 'let') {
      const value = evaluate(step.value, name, locals)
      for (const next of step.next) {
        const set = steps.get(next)?.get(step.local)
        if (set !== undefined) out.push(outside(value, set))
      }
    }
    for (const trigger of awaitedBy(step)) for (const next of step.next) brings(trigger, 'wait', steps.get(next))
    if (step.do === 'unmodelled')
      for (const attribute of step.writes) {
        const type = structure.attributes.get(attribute)?.type
        if (type !== undefined)
          out.push(outside(coding.valueIn(`open:${id}/${name}:${attribute}`, setOfType(type)), ranges.attribute(attribute)))
      }
  }
  return out

  function outside(value: SymbolicValue, set: ValueSet): Term {
    return not(isIn(value, set, coding))
  }
}
