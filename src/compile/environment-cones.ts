/** Attributes that one question about the world speaks of: they are looked at together. */
import type { Behaviour } from '../model/automation.ts'
import type { StateClause } from '../model/environment.ts'
import { opposingPairs } from '../model/opposing.ts'

export function spokenOfTogether({ environment }: Behaviour): readonly (readonly string[])[] {
  if (environment === undefined) return []
  const states = environment.states.map(({ state }) =>
    state.is === 'all'
      ? state.of.flatMap((clauses) => clauses.map(({ attribute }) => attribute))
      : state.of.map(({ clause }) => clause.attribute),
  )
  const opposing = opposingPairs(environment).map(({ effects: [one, other], through }) => [
    one.attribute,
    other.attribute,
    ...(through === undefined ? [] : [through.attribute]),
  ])
  return [...states, ...opposing]
}

/** Texts that formulas about the attributes name besides those of the automations. */
export function worldTexts({ environment }: Behaviour, attributes: ReadonlySet<string>): readonly string[] {
  if (environment === undefined) return []
  const clauses: readonly Pick<StateClause, 'attribute' | 'values'>[] = [
    ...environment.states.flatMap(({ state }) => (state.is === 'all' ? state.of.flat() : state.of.map(({ clause }) => clause))),
    ...environment.effects.map(({ attribute, while: acting }) => ({ attribute, values: acting.values })),
    ...environment.channels.flatMap(({ through }) => (through === undefined ? [] : [through])),
    ...environment.limits.map(({ attribute, type }) => ({ attribute, values: type.is === 'enum' ? type.values : [] })),
  ]
  return clauses.flatMap(({ attribute, values }) => (attributes.has(attribute) ? values.filter((value) => typeof value === 'string') : []))
}
