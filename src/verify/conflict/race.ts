/** K19: one event starts two rules in an open order, and what stands in the end depends on it: both orders are played. */
import type { Reaction } from '../reaction.ts'
import { changedIn } from '../standing-values.ts'
import { same } from '../values.ts'
import type { RunKind } from './commands.ts'
import { directed } from './relations.ts'

/** Whether the reaction would leave another value somewhere had the two rules changed places. */
export function turns(reaction: Reaction, one: string, other: string): boolean {
  const turned = reaction.loop ? undefined : reaction.swapped(one, other)
  if (turned === undefined || turned.loop) return false
  const [here, there] = [reaction.state.values, turned.state.values]
  return [...(changedIn(here, there) ?? here.keys())].some((id) => !same(here.get(id) ?? null, there.get(id) ?? null))
}

export const race: RunKind = {
  id: 'K19',
  pair: true,
  standing: true,
  shows: (_, reaction, subject) => {
    const { rules, actuator = '' } = subject
    const [from, to] = directed(subject)
    const both = rules.every((rule) => reaction.started.some(({ automation, by }) => automation === rule && by === undefined))
    const before = reaction.from.values.get(actuator) ?? null
    const changes = reaction.writes.some((write) => write.automation === from && write.attribute === actuator && !same(write.exact, before))
    // In both orders every part that answered may matter.
    return both && changes && turns(reaction, from, to) ? reaction.asked.length : undefined
  },
}
