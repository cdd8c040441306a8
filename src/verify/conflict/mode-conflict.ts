/** K32: one reaction sets a helper that holds one of several names to different values from two rules. */
import { indexOf } from '../behaviour-index.ts'
import { same } from '../values.ts'
import type { Behaviour } from '../../model/automation.ts'
import type { Command, RunKind } from './commands.ts'
import { earliestPair } from './commands.ts'

export const modeConflict: RunKind = {
  id: 'K32',
  pair: true,
  shows: (behaviour, reaction, subject) => {
    const { actuator, rules } = subject
    const meant = (command: Command): boolean => command.attribute === actuator && rules.includes(command.automation)
    if (!isMode(behaviour, actuator ?? '')) return undefined
    return earliestPair(
      behaviour,
      reaction,
      subject,
      (a, b) => meant(a) && meant(b) && a.automation !== b.automation && !same(a.value, b.value),
    )
  },
}

function isMode(behaviour: Behaviour, id: string): boolean {
  const attribute = indexOf(behaviour).attributes.get(id)
  return attribute?.role === 'helper' && attribute.type.is === 'enum'
}
