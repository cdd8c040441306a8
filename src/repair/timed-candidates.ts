/** What could take a conflict away that time brings: changes to try, in no order. None is believed before it is checked. */
import type { Automation, Step, Trigger } from '../model/automation.ts'
import type { Finding } from '../model/conflict.ts'
import { all, isEqual, not, setsOf, wouldAct, type SetStep } from './conditions.ts'
import type { Candidate, Edit } from './edit.ts'

/** A command stands at least so long before what follows it counts no more: the longest window that a kind asks with by default. */
const CALM = 600_000

const name = ({ name: called }: Automation): string => `"${called}"`

export function timedCandidates(rules: readonly Automation[], finding: Finding): readonly Candidate[] {
  return [...rereads(rules, finding), ...firstCommands(rules, finding), ...calmer(rules, finding), ...modes(rules)]
}

/** After its delay a rule looks again whether what caused it still holds; where it does not wait for itself, it begins anew, too. */
function rereads(rules: readonly Automation[], { actuator }: Finding): readonly Candidate[] {
  return rules.flatMap((rule): readonly Candidate[] => {
    const condition = wouldAct(rule)
    const late = afterWaiting(rule)
    const sets = setsOf(rule).filter(({ id, attribute }) => late.has(id) && (actuator === undefined || attribute === actuator))
    if (condition === undefined || sets.length === 0 || sets.length > 4) return []
    const steps = sets.map((step): Edit => ({ is: 'step-guard', automation: rule.id, step: step.id, condition }))
    const says = `${name(rule)} looks again after it has waited, and acts only where its cause still holds`
    const again: Candidate = { sort: 'exclusion', says, edits: steps }
    if (rule.mode.run !== 'single') return [again]
    return [again, { sort: 'exclusion', says: `${says}; what starts it anew begins its time anew`, edits: [...steps, restarting(rule)] }]
  })
}

const restarting = ({ id }: Automation): Edit => ({ is: 'mode', automation: id, run: 'restart' })

/** A run that is dropped or stands in line begins anew in place of the one before it. */
const modes = (rules: readonly Automation[]): readonly Candidate[] =>
  rules.flatMap((rule): readonly Candidate[] =>
    rule.mode.run === 'restart' || afterWaiting(rule).size === 0
      ? []
      : [{ sort: 'run mode', says: `${name(rule)} begins anew where it is started while it waits`, edits: [restarting(rule)] }],
  )

/** A rule begins only while what the other commands at once does not stand: on one side, on both. */
function firstCommands(rules: readonly Automation[], { actuator }: Finding): readonly Candidate[] {
  const sides = rules.flatMap((own) =>
    rules.flatMap((other): readonly { readonly own: Automation; readonly edit: Edit; readonly says: string }[] => {
      if (own === other) return []
      const late = afterWaiting(other)
      const begun = setsOf(other).filter(({ id, attribute }) => !late.has(id) && (actuator === undefined || attribute === actuator))
      const states = begun.flatMap((step) => (step.value.is === 'value' && step.value.value !== null ? [step.value.value] : []))
      if (states.length === 0 || states.length < begun.length || begun.length > 3 || keepsItself(own, begun)) return []
      const condition = all(begun.map(({ attribute }, at) => not(isEqual(attribute, states[at]!))))
      return [
        {
          own,
          edit: { is: 'guard', automation: own.id, condition },
          says: `${name(own)} begins only while what ${name(other)} commands at once does not stand`,
        },
      ]
    }),
  )
  const each = sides.map(({ edit, says }): Candidate => ({ sort: 'exclusion', says, edits: [edit] }))
  if (sides.length !== 2) return each
  return [...each, { sort: 'exclusion', says: sides.map(({ says }) => says).join(', and '), edits: sides.map(({ edit }) => edit) }]
}

/** With such a guard the rule could only command what stands already. */
const keepsItself = (own: Automation, begun: readonly SetStep[]): boolean =>
  begun.some(({ attribute, value }) => {
    const sets = setsOf(own).filter((step) => step.attribute === attribute)
    return (
      sets.length > 0 &&
      sets.every(
        (step) =>
          step.value.is === 'value' && value.is === 'value' && typeof value.value === 'boolean' && step.value.value === !value.value,
      )
    )
  })

/** Kinds that speak of commands soon after each other. */
const rapid: ReadonlySet<string> = new Set(['K1w', 'K12', 'K14', 'K7', 'K13'])

/** What starts a rule must last: a state that comes and goes starts it no more. */
const calmer = (rules: readonly Automation[], { window = CALM, id }: Finding): readonly Candidate[] =>
  rapid.has(id)
    ? rules.flatMap((rule): readonly Candidate[] => {
        const milliseconds = Math.max(1000, Math.min(CALM, window))
        const edits = rule.triggers.flatMap((trigger, at): readonly Edit[] =>
          lasts(trigger, milliseconds) ? [{ is: 'for', automation: rule.id, trigger: at, milliseconds }] : [],
        )
        if (edits.length === 0) return []
        return [{ sort: 'delay', says: `what starts ${name(rule)} must last ${milliseconds / 1000} s`, edits }]
      })
    : []

const lasts = (trigger: Trigger, milliseconds: number): boolean =>
  (trigger.on === 'becomes' || (trigger.on === 'change' && trigger.to !== undefined)) &&
  (trigger.for === undefined || (trigger.for.is === 'value' && typeof trigger.for.value === 'number' && trigger.for.value < milliseconds))

/** Steps that come after a wait in every way that leads to them. */
function afterWaiting({ entry, steps }: Automation): ReadonlySet<string> {
  const byId = new Map(steps.map((step) => [step.id, step]))
  const atOnce = new Set<string>()
  const open = [...entry]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (atOnce.has(id)) continue
    atOnce.add(id)
    const step = byId.get(id)
    if (step !== undefined && !waits(step)) open.push(...nextOf(step))
  }
  return new Set(steps.map(({ id }) => id).filter((id) => !atOnce.has(id)))
}

const waits = ({ do: what }: Step): boolean => what === 'delay' || what === 'wait' || what === 'await'

const nextOf = (step: Step): readonly string[] => [...step.next, ...(step.do === 'branch' ? step.cases.flatMap(({ next }) => next) : [])]
