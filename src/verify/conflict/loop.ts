/** K13: the reaction comes to where it was before, and every rule of the finding starts in between, by one of them. */
import type { RunKind } from './commands.ts'

export const loop: RunKind = {
  id: 'K13',
  shows: (_, reaction, { rules }) => {
    const startsAgain = (rule: string): boolean =>
      reaction.circle.has(rule) &&
      reaction.started.some(({ automation, by }) => automation === rule && by !== undefined && rules.includes(by))
    return rules.length > 0 && rules.every(startsAgain) ? reaction.asked.length : undefined
  },
}
