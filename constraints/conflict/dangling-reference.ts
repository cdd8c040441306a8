/** K0: a link, topic, event or rule that nothing provides. Decided by the graph alone. */
import { FALSE } from '../../src/smt/build.ts'
import type { ConflictKind, ConflictStructure, ConflictSubject } from '../reaction.ts'

const subjects = (structure: ConflictStructure): readonly ConflictSubject[] => {
  const found = structure.behaviour.applications.flatMap((application) =>
    application.dangling.map((dangling): ConflictSubject => ({
      key: dangling.id,
      rules: dangling.automation === undefined ? [] : [dangling.automation],
      decided: { argument: 'nothing-provides', facts: [dangling.id], holds: true, why: dangling.text },
      at: [dangling.at],
    })),
  )
  const known = new Set(found.map((subject) => subject.key))
  const calls = structure.rules.flatMap((rule) =>
    rule.automation.steps.flatMap((step): readonly ConflictSubject[] => {
      if (step.do !== 'call' || structure.rule.has(step.automation)) return []
      const key = `call:${rule.automation.id}/${step.id}`
      return known.has(key)
        ? []
        : [
            {
              key,
              rules: [rule.automation.id],
              step: step.id,
              decided: {
                argument: 'nothing-provides',
                facts: [step.automation],
                holds: true,
                why: `no rule is called \`${step.automation}\``,
              },
              at: [step.at],
            },
          ]
    }),
  )
  return [...found, ...calls]
}

export const danglingReference: ConflictKind = {
  id: 'conflict/dangling-reference',
  number: 'K0',
  says: 'a link, topic, event or rule is referred to that nothing provides',
  shownBy: 'proof',
  subjects,
  bad: () => FALSE,
  sameEvent: () => FALSE,
  severity: () => 'error',
  text: (subject) => subject.decided?.why ?? `nothing provides \`${subject.key}\``,
}
