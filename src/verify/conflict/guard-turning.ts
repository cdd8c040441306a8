/** K8, K9: a command of the first rule, which stands in the end, turned what the second rule's guard demands of attributes true, or false. */
import { same } from '../values.ts'
import type { RunKind } from './commands.ts'
import { demandsOf, directed, holdsIn } from './relations.ts'

const turning = (to: boolean): Pick<RunKind, 'shows'> => ({
  shows: (behaviour, reaction, subject) => {
    const { actuator = '' } = subject
    const [from, reader] = directed(subject)
    const demands = demandsOf(behaviour, reader)
    const last = reaction.writes.filter(({ attribute }) => attribute === actuator).at(-1)
    if (demands === undefined || reaction.loop || last?.automation !== from) return undefined
    if (same(reaction.from.values.get(actuator) ?? null, reaction.state.values.get(actuator) ?? null)) return undefined
    const turned = holdsIn(demands, reaction.state) === to && holdsIn(demands, reaction.from) !== to
    // What stands stands at the end, whatever was asked on the way.
    return turned ? reaction.asked.length : undefined
  },
})

export const enabling: RunKind = { id: 'K8', ...turning(true) }
export const disabling: RunKind = { id: 'K9', ...turning(false) }
