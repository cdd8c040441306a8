/** K11: a command of the first rule starts the second, whose command of an actuator stands in the end where the first had commanded it otherwise. */
import { isNumber, same } from '../values.ts'
import type { RunKind } from './commands.ts'
import { isActuator } from './commands.ts'
import { isDeclared } from './covert-trigger.ts'
import { causeOf, directed, latest, startedBy } from './relations.ts'

export const selfDisabling: RunKind = {
  id: 'K11',
  pair: true,
  shows: (behaviour, reaction, subject) => {
    const { actuator = '' } = subject
    const [from, to] = directed(subject)
    if (!isActuator(behaviour, actuator) || isDeclared(behaviour, from, to) || reaction.loop) return undefined
    const [start] = startedBy(reaction, from, to)
    const commands = reaction.writes.filter(({ attribute }) => attribute === actuator)
    const last = commands.at(-1)
    if (start === undefined || last?.automation !== to || isNumber(last.exact)) return undefined
    const caused = commands.find(({ automation, run }) => automation === to && causeOf(reaction, run) === from)
    const undone = commands.find(({ automation, exact }) => automation === from && !isNumber(exact) && !same(exact, last.exact))
    return caused === undefined || undone === undefined ? undefined : latest(start.asked, last.asked, reaction.asked.length)
  },
}
