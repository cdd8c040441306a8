/** K16: refuted by a reaction in which the one rule commands what the other does not. The subject is `implied by other`. */
import { same } from '../values.ts'
import type { RunKind } from './commands.ts'

export const redundantRule: RunKind = {
  id: 'K16',
  claim: true,
  shows: (_, reaction, { rules: [a = '', b = ''], key = '' }) => {
    const [implied, other] = key === `${a} by ${b}` ? [a, b] : [b, a]
    const given = reaction.writes.filter(({ automation }) => automation === other)
    const alone = reaction.writes.find(
      ({ automation, attribute, exact }) =>
        automation === implied && !given.some((write) => write.attribute === attribute && same(write.exact, exact)),
    )
    return alone === undefined ? undefined : reaction.asked.length
  },
}
