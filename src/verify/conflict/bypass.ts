/** K10: the second rule gives a command that the first gives too, while what the first's guard demands holds neither before nor after. */
import type { Behaviour } from '../../model/automation.ts'
import { indexOf } from '../behaviour-index.ts'
import { same, toDatum } from '../values.ts'
import type { Datum } from '../values.ts'
import type { RunKind } from './commands.ts'
import { demandsOf, directed, holdsIn } from './relations.ts'

export const bypass: RunKind = {
  id: 'K10',
  shows: (behaviour, reaction, subject) => {
    const { actuator = '' } = subject
    const [guarded, other] = directed(subject)
    const demands = demandsOf(behaviour, guarded)
    const wanted = constantsOf(behaviour, guarded, actuator)
    const given = reaction.writes.find(
      (write) => write.automation === other && write.attribute === actuator && wanted.some((value) => same(value, write.exact)),
    )
    if (demands === undefined || given === undefined || reaction.loop) return undefined
    return holdsIn(demands, reaction.from) || holdsIn(demands, reaction.state) ? undefined : reaction.asked.length
  },
}

const constantsOf = (behaviour: Behaviour, rule: string, attribute: string): readonly Datum[] =>
  (indexOf(behaviour).byId.get(rule)?.automation.steps ?? []).flatMap((step) =>
    step.do === 'set' && step.attribute === attribute && step.value.is === 'value' ? [toDatum(step.value.value)] : [],
  )
