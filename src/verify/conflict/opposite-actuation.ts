/** K1: in one reaction two rules command the same actuator, or two members of an exclusion, with incompatible values. */
import type { RunKind } from './commands.ts'
import { commandsOf, concerns, opposite, somePair } from './commands.ts'

export const oppositeActuation: RunKind = {
  id: 'K1',
  shows: (behaviour, reaction, subject) => {
    const commands = commandsOf(reaction)
    return commands.some((a, i) =>
      commands.slice(i + 1).some((b) => a.automation !== b.automation && concerns(behaviour, subject, a, b) && opposite(behaviour, a, b)),
    )
  },
  couldShow: (behaviour, commands, subject) => somePair(behaviour, commands, subject, opposite, (a, b) => a.automation !== b.automation),
}
