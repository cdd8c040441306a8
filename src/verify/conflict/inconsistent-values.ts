/** K2: in one reaction two rules command the same actuator to numbers that differ by more than a tolerance, or to different values of an enumeration. */
import type { Behaviour } from '../../model/automation.ts'
import { indexOf } from '../behaviour-index.ts'
import { isNumber, same } from '../values.ts'
import type { Command, Incompatible, RunKind } from './commands.ts'
import { concerns, earliestPair, isActuator, somePair } from './commands.ts'

/** Decided with the least tolerance, 0: what differs by more than a tolerance differs. */
const inconsistent: Incompatible = (behaviour, a, b) => {
  if (a.attribute !== b.attribute || !isActuator(behaviour, a.attribute)) return false
  return !same(a.value, b.value) && ((isNumber(a.value) && isNumber(b.value)) || isEnumeration(behaviour, a))
}

function isEnumeration(behaviour: Behaviour, { attribute }: Command): boolean {
  return indexOf(behaviour).attributes.get(attribute)?.type.is === 'enum'
}

export const inconsistentValues: RunKind = {
  id: 'K2',
  pair: true,
  shows: (behaviour, reaction, subject) =>
    earliestPair(
      behaviour,
      reaction,
      subject,
      (a, b) => a.automation !== b.automation && concerns(behaviour, subject, a, b) && inconsistent(behaviour, a, b),
    ),
  couldShow: (behaviour, commands, subject) =>
    somePair(behaviour, commands, subject, inconsistent, (a, b) => a.automation !== b.automation),
}
