/** K29, and what K31 says of power: a command brings about a state that must not be, or nobody undoes one. */
import type { Behaviour } from '../../model/automation.ts'
import type { Reaction } from '../reaction.ts'
import type { Datum } from '../values.ts'
import { toDatum } from '../values.ts'
import type { RunKind, Subject } from './commands.ts'
import { clausesOf, couldEverHold, couldHold, stateHolds, watchedState } from './what-things-do.ts'

function shows(
  behaviour: Behaviour,
  reaction: Reaction,
  { key = '', rules }: Subject,
  earlier: readonly Reaction[],
  by: ReadonlyMap<string, string>,
): number | undefined {
  const watched = watchedState(behaviour, key, rules)
  if (watched === undefined || reaction.loop) return undefined
  const after = (attribute: string): Datum => reaction.state.values.get(attribute) ?? null
  if (!stateHolds(watched.state, after)) return undefined
  const [rule] = rules
  if (watched.form === 'always') {
    const before = earlier.at(-1)?.state.values
    // Of the first reaction of a run the state before is not at hand: that it ends so is what counts.
    return before !== undefined && stateHolds(watched.state, (attribute) => before.get(attribute) ?? null)
      ? undefined
      : reaction.asked.length
  }
  const otherwise = (attribute: string): Datum => {
    const first = reaction.writes.find((write) => write.attribute === attribute)
    const own = reaction.writes.some((write) => write.attribute === attribute && write.automation === rule)
    return own && first !== undefined && by.get(attribute) === rule
      ? (beforeOf(attribute, earlier) ?? toDatum(first.before))
      : after(attribute)
  }
  return stateHolds(watched.state, otherwise) ? undefined : reaction.asked.length
}

/** What stood before the reaction's event, where an earlier reaction tells. */
const beforeOf = (attribute: string, earlier: readonly Reaction[]): Datum | undefined => earlier.at(-1)?.state.values.get(attribute)

const watching = {
  standing: true,
  shows,
  speaksOf: (behaviour: Behaviour, { key = '', rules }: Subject): readonly string[] => {
    const watched = watchedState(behaviour, key, rules)
    return watched === undefined ? [] : clausesOf(watched.state).map(({ attribute }) => attribute)
  },
  couldShow: (behaviour, commands, { key = '', rules }) => {
    const watched = watchedState(behaviour, key, rules)
    if (watched === undefined) return false
    const { state } = watched
    if (state.is === 'all' && !state.of.every((alternatives) => alternatives.some((clause) => couldEverHold(behaviour, clause, commands))))
      return false
    if (watched.form === 'always') return true
    return commands.some(
      (command) => command.automation === rules[0] && clausesOf(watched.state).some((clause) => couldHold(clause, command)),
    )
  },
} as const satisfies Omit<RunKind, 'id'>

export const safetyProperty: RunKind = { id: 'K29', ...watching }
export const drawnTogether: RunKind = { id: 'K31', ...watching }
