/** K2: one reaction commands the same actuator with different numbers or choices from two rules. */
import { FALSE } from '../../src/smt/build.ts'
import type { ConflictKind } from '../reaction.ts'
import { bothWrite, pairSubjects } from './command-pairs.ts'
import { inconsistent } from './incompatible.ts'

export const inconsistentValues: ConflictKind = {
  id: 'conflict/inconsistent-values',
  number: 'K2',
  says: 'one reaction can command the same attribute with different numbers or choices from two rules',
  shownBy: 'run',
  subjects: (structure) => pairSubjects(structure, ({ type }) => type.is !== 'bool'),
  bad: (subject, reaction, structure, words) =>
    bothWrite(subject, reaction, (a, b) => inconsistent(structure.attributes.get(subject.attribute ?? ''), a.value, b.value, words)),
  sameEvent: (subject, reaction, structure, words) =>
    bothWrite(subject, reaction, (a, b) =>
      a.direct && b.direct ? inconsistent(structure.attributes.get(subject.attribute ?? ''), a.value, b.value, words) : FALSE,
    ),
  severity: (meets) => (meets === 'coincidence' ? 'warning' : 'error'),
  text: (subject) =>
    `${subject.rules.map((rule) => `\`${rule}\``).join(' and ')} command different values of \`${subject.attribute ?? ''}\``,
}
