/** K4: after a reaction two things drive one property of a place that they share in opposite directions, each as another of the rules commanded it. */
import type { Behaviour } from '../../model/automation.ts'
import type { Effect, Place, StateClause } from '../../model/environment.ts'
import type { RunKind, Subject } from './commands.ts'
import { couldEverHold, couldHold, holds } from './what-things-do.ts'

/** One way in which the first of the rules (by its effect) works against the second. */
interface Opposed {
  readonly mine: Effect
  readonly theirs: Effect
  readonly open?: StateClause
}

const within = (places: readonly Place[], inner: string, outer: string): boolean => {
  const seen = new Set<string>()
  let at: string | undefined = inner
  while (at !== undefined && !seen.has(at)) {
    if (at === outer) return true
    seen.add(at)
    const here: string = at
    at = places.find(({ id }) => id === here)?.within
  }
  return false
}

const against = (a: Effect, b: Effect): boolean =>
  a.property === b.property && a.thing !== b.thing && a.direction !== b.direction && a.returns !== true && b.returns !== true

/** All ways that the finding's name speaks of; either rule may be the first. */
function opposed(behaviour: Behaviour, { key, rules: [first, second] }: Subject): readonly Opposed[] {
  const { environment } = behaviour
  if (environment === undefined || key === undefined || first === undefined || second === undefined) return []
  const { effects, places, channels } = environment
  const found: Opposed[] = []
  const named = (property: string, place: string): boolean => key === `${property} at ${place}: ${[first, second].sort().join(' ')}`
  for (const mine of effects)
    for (const theirs of effects) {
      if (!against(mine, theirs)) continue
      const [here, there] = [mine.place, theirs.place]
      const shared = within(places, there, here) ? there : within(places, here, there) ? here : undefined
      if (shared !== undefined) {
        if (named(mine.property, shared)) found.push({ mine, theirs })
        continue
      }
      if (!named(mine.property, [here, there].sort().join(' / '))) continue
      for (const { between, properties, through } of channels) {
        const joins = between.includes(here) && between.includes(there) && (properties?.includes(mine.property) ?? true)
        if (joins) found.push({ mine, theirs, ...(through === undefined ? {} : { open: through }) })
      }
    }
  return found
}

const acting = ({ attribute, while: { values, above } }: Effect): StateClause => ({
  attribute,
  values,
  ...(above === undefined ? {} : { above }),
})

export const opposingEffects: RunKind = {
  id: 'K4',
  standing: true,
  speaksOf: (behaviour, subject) =>
    opposed(behaviour, subject).flatMap(({ mine, theirs, open }) => [
      mine.attribute,
      theirs.attribute,
      ...(open === undefined ? [] : [open.attribute]),
    ]),
  shows: (behaviour, reaction, subject, _, by) => {
    if (reaction.loop) return undefined
    const look = (attribute: string) => reaction.state.values.get(attribute) ?? null
    const [first, second] = subject.rules
    const stands = opposed(behaviour, subject).some(
      ({ mine, theirs, open }) =>
        by.get(mine.attribute) === first &&
        by.get(theirs.attribute) === second &&
        holds(acting(mine), look) &&
        holds(acting(theirs), look) &&
        (open === undefined || holds(open, look)),
    )
    return stands ? reaction.asked.length : undefined
  },
  couldShow: (behaviour, commands, subject) => {
    const [first, second] = subject.rules
    return opposed(behaviour, subject).some(
      ({ mine, theirs, open }) =>
        (open === undefined || couldEverHold(behaviour, open, commands)) &&
        commands.some((one) => one.automation === first && couldHold(acting(mine), one)) &&
        commands.some((one) => one.automation === second && couldHold(acting(theirs), one)),
    )
  },
}
