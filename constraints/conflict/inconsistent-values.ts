/** K2: one reaction commands the same actuator with different numbers or choices from two rules. */
import type { ConflictKind } from '../reaction.ts'
import { bothWrite, commandText, pairSubjects } from './command-pairs.ts'
import { inconsistent, isChoice } from './incompatible.ts'

export const inconsistentValues: ConflictKind = {
  id: 'conflict/inconsistent-values',
  number: 'K2',
  says: 'one reaction can command the same attribute with different numbers or choices from two rules',
  shownBy: 'run',
  ofCommands: true,
  apart: true,
  clashing: inconsistent,
  subjects: (structure) =>
    pairSubjects(structure, (attribute) => attribute.type.is !== 'bool' && (attribute.type.is !== 'enum' || isChoice(attribute))),
  bad: (subject, reaction, structure) =>
    bothWrite(subject, reaction, (a, b) => inconsistent(structure.attributes.get(subject.attribute ?? ''), a, b)),
  sameEvent: (subject, reaction, structure) =>
    bothWrite(
      subject,
      reaction,
      (a, b) => inconsistent(structure.attributes.get(subject.attribute ?? ''), a, b),
      (write) => write.direct,
    ),
  severity: (meets) => (meets === 'coincidence' ? 'warning' : 'error'),
  text: (subject, never, named) => commandText(subject, `different values of \`${subject.attribute ?? ''}\``, never, named),
}
