/** K1: in one reaction two rules command the same actuator, or two members of an exclusion, with incompatible values; or two members are left standing. */
import type { Behaviour, Exclusion } from '../../model/automation.ts'
import type { Reaction } from '../reaction.ts'
import { same, toDatum } from '../values.ts'
import type { Datum } from '../values.ts'
import type { PossibleCommand, RunKind, Subject } from './commands.ts'
import { concerns, earliestPair, opposite, somePair } from './commands.ts'

type Member = Exclusion['members'][number]

export const oppositeActuation: RunKind = {
  id: 'K1',
  pair: true,
  shows: (behaviour, reaction, subject) =>
    earliestPair(
      behaviour,
      reaction,
      subject,
      (a, b) => a.automation !== b.automation && concerns(behaviour, subject, a, b) && opposite(behaviour, a, b),
    ),
  couldShow: (behaviour, commands, subject) => somePair(behaviour, commands, subject, opposite, (a, b) => a.automation !== b.automation),
}

const exclusionOf = (behaviour: Behaviour, { actuator }: Subject): Exclusion | undefined =>
  behaviour.exclusions.find(({ name }) => name === actuator)

/** Pairs of the subject's rules, either way round; one rule alone is a pair with itself. */
const pairsOf = ({ rules: [first = '', second = first] }: Subject): readonly (readonly [string, string])[] =>
  first === second
    ? [[first, first]]
    : [
        [first, second],
        [second, first],
      ]

/** Whether the reaction ends with two members standing, each by command of another of the rules, of which the reaction itself commanded one. */
export function leavesStanding(
  behaviour: Behaviour,
  reaction: Reaction,
  commanders: ReadonlyMap<string, string>,
  subject: Subject,
): boolean {
  const members = exclusionOf(behaviour, subject)?.members ?? []
  const commands = (rule: string, { attribute, value }: Member): boolean =>
    reaction.writes.some((write) => write.automation === rule && write.attribute === attribute && same(write.exact, toDatum(value)))
  const stands = (rule: string, { attribute, value }: Member): boolean =>
    commanders.get(attribute) === rule && same(reaction.state.values.get(attribute) ?? null, toDatum(value))
  if (reaction.loop) return false
  return pairsOf(subject).some(([a, b]) =>
    members.some(
      (one) => commands(a, one) && stands(a, one) && members.some((other) => other.attribute !== one.attribute && stands(b, other)),
    ),
  )
}

/** Never false where some run leaves two members standing by commands of the rules. */
export function couldStand(behaviour: Behaviour, commands: readonly PossibleCommand[], subject: Subject): boolean {
  const members = exclusionOf(behaviour, subject)?.members ?? []
  const may = (rule: string, { attribute, value }: Member): boolean => {
    const wanted: Datum = toDatum(value)
    return commands.some(
      (command) =>
        command.automation === rule &&
        command.attribute === attribute &&
        (command.values === undefined || command.values.some((one) => same(one, wanted))),
    )
  }
  return pairsOf(subject).some(([a, b]) =>
    members.some((one) => may(a, one) && members.some((other) => other.attribute !== one.attribute && may(b, other))),
  )
}
