/** K17: a rule, or a step behind one of its branches, that nothing can ever bring to run. */
import { any, FALSE } from '../../src/smt/build.ts'
import type { ConflictKind, ConflictStructure, ConflictSubject, Rule } from '../reaction.ts'

/** Steps that a case of a branch leads to, each once, in order. */
const branchTargets = (rule: Rule): readonly string[] => {
  const targets = rule.automation.steps.flatMap((step) =>
    step.do === 'branch' && rule.reachable.has(step.id) ? [...step.cases.flatMap((one) => one.next), ...step.next] : [],
  )
  return [...new Set(targets)].filter((step) => rule.steps.has(step))
}

const subjects = (structure: ConflictStructure): readonly ConflictSubject[] =>
  structure.rules.flatMap((rule): readonly ConflictSubject[] => {
    const { automation } = rule
    const dead = structure.dead.get(automation.id)
    const own: ConflictSubject = { key: automation.id, rules: [automation.id], at: [automation.at] }
    if (dead === undefined)
      return [
        own,
        ...branchTargets(rule).map((step) => ({
          key: `${automation.id}/${step}`,
          rules: [automation.id],
          step,
          at: [rule.steps.get(step)!.at],
        })),
      ]
    const why = [...new Set(dead.reasons.map((reason) => reason.text))].join('; ')
    const at = [automation.at, ...dead.reasons.map((reason) => reason.at)]
    return [{ ...own, decided: { argument: 'unreachable', facts: dead.causes, holds: true, why }, at }]
  })

export const deadRule: ConflictKind = {
  id: 'conflict/dead-rule',
  number: 'K17',
  says: 'the trigger and guard of a rule, or the way to a step behind a branch, can never hold',
  shownBy: 'proof',
  subjects,
  bad: (subject, reaction) => {
    const [rule] = subject.rules
    return subject.step === undefined
      ? any(reaction.started.filter((start) => start.rule === rule).map((start) => start.guard))
      : any(reaction.executed.filter((one) => one.rule === rule && one.step === subject.step).map((one) => one.guard))
  },
  sameEvent: () => FALSE,
  severity: () => 'error',
  text: (subject, never, named) => {
    const rule = subject.rules.map(named).join(' and ')
    if (subject.step === undefined) return never ? `${rule} can start` : `nothing can start ${rule}`
    return never ? `step \`${subject.step}\` of ${rule} can be reached` : `nothing can reach step \`${subject.step}\` of ${rule}`
  },
}
