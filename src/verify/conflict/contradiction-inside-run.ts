/** K3: one run, or parallel branches of it, commands an actuator (or two members of an exclusion) to incompatible values within one reaction. */
import { same } from '../values.ts'
import type { Incompatible, RunKind } from './commands.ts'
import { concerns, earliestPair, isActuator, opposite, somePair } from './commands.ts'

/** Numbers count as well: a run has no second opinion to be tolerant of. */
const contradictory: Incompatible = (behaviour, a, b) =>
  opposite(behaviour, a, b) || (a.attribute === b.attribute && isActuator(behaviour, a.attribute) && !same(a.value, b.value))

export const contradictionInsideRun: RunKind = {
  id: 'K3',
  shows: (behaviour, reaction, subject) =>
    earliestPair(reaction, (a, b) => a.run === b.run && concerns(behaviour, subject, a, b) && contradictory(behaviour, a, b)),
  couldShow: (behaviour, commands, subject) =>
    somePair(behaviour, commands, subject, contradictory, (a, b) => a.automation === b.automation),
}
