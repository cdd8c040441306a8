/** K17: a rule, or a case of one of its branches, that nothing can ever bring to run. */
import { any } from '../../src/smt/build.ts'
import type { ConflictKind, ConflictStructure, ConflictSubject } from '../reaction.ts'

const subjects = (structure: ConflictStructure): readonly ConflictSubject[] =>
  structure.rules.flatMap((rule): readonly ConflictSubject[] => {
    const { automation } = rule
    const dead = structure.dead.get(automation.id)
    const own: ConflictSubject = { key: automation.id, rules: [automation.id], at: [automation.at] }
    if (dead !== undefined) {
      const why = [...new Set(dead.reasons.map((reason) => reason.text))].join('; ')
      return [
        {
          ...own,
          decided: { argument: 'unreachable', facts: dead.causes, holds: true, why },
          at: [automation.at, ...dead.reasons.map((reason) => reason.at)],
        },
      ]
    }
    const cases = automation.steps.flatMap((step): readonly ConflictSubject[] =>
      step.do !== 'branch' || !rule.reachable.has(step.id)
        ? []
        : step.cases.map((_, index) => ({
            key: `${automation.id}/${step.id}/${index}`,
            rules: [automation.id],
            step: step.id,
            case: index,
            at: [step.at],
          })),
    )
    return [own, ...cases]
  })

export const deadRule: ConflictKind = {
  id: 'conflict/dead-rule',
  number: 'K17',
  says: 'the trigger and guard of a rule, or a case of a branch, can never hold',
  shownBy: 'proof',
  subjects,
  bad: (subject, reaction) => {
    const [rule] = subject.rules
    if (subject.step === undefined) return any(reaction.started.filter((start) => start.rule === rule).map((start) => start.guard))
    return any(
      reaction.branches
        .filter((branch) => branch.rule === rule && branch.step === subject.step && branch.case === subject.case)
        .map((branch) => branch.guard),
    )
  },
  sameEvent: () => any([]),
  severity: () => 'error',
  text: (subject) =>
    subject.step === undefined
      ? `nothing can start \`${subject.rules[0] ?? ''}\``
      : `case ${(subject.case ?? 0) + 1} of \`${subject.step}\` in \`${subject.rules[0] ?? ''}\` can never hold`,
}
