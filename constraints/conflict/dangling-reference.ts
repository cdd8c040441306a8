/** K0: a link, topic, event or rule that nothing provides. Found while importing, decided by the graph alone. */
import { FALSE } from '../../src/smt/build.ts'
import type { ConflictKind } from '../reaction.ts'

export const danglingReference: ConflictKind = {
  id: 'conflict/dangling-reference',
  number: 'K0',
  says: 'a link, topic, event or rule is referred to that nothing provides',
  shownBy: 'proof',
  subjects: (structure) =>
    structure.behaviour.applications.flatMap((application) =>
      application.dangling.map((dangling) => ({
        key: dangling.id,
        rules: dangling.automation === undefined || !structure.rule.has(dangling.automation) ? [] : [dangling.automation],
        decided: { argument: 'nothing-provides' as const, facts: [dangling.id], holds: true, why: dangling.text },
        at: [dangling.at],
      })),
    ),
  bad: () => FALSE,
  sameEvent: () => FALSE,
  severity: () => 'error',
  text: (subject) => subject.decided?.why ?? `nothing provides \`${subject.key}\``,
}
