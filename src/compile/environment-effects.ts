/** How the attributes of a thing drive physical properties, by its class and what is stated of it. */
import type { ThingAttribute } from '../model/automation.ts'
import type { Effect } from '../model/environment.ts'
import type { KnownThing } from './environment-things.ts'
import { attributeName, whileOf } from './environment-words.ts'

/** An effect of which perhaps nobody knows where it acts. */
export type LooseEffect = Omit<Effect, 'place'> & { readonly place?: string }

/** What is set to be reached, and how a thing looks, drives nothing by itself. */
const SETTING = /target|set_?point|preset|schedule|colou?r|effect|_mode$|temperature$|humidity$/i

/** Attributes that a command to the thing changes: the thing's own state, or where it has none, its actuators. */
export function drivingAttributes({ thing, attributes }: KnownThing): readonly ThingAttribute[] {
  const acting = attributes.filter(({ role }) => role === 'actuator')
  const own = acting.filter(({ id }) => id === thing)
  if (own.length > 0) return own
  return acting.filter((attribute) => {
    const unit = attribute.type.is === 'number' ? attribute.type.unit : undefined
    return !SETTING.test(attributeName(attribute)) && unit?.startsWith('°') !== true
  })
}

export function effectsOf(thing: KnownThing): readonly LooseEffect[] {
  const { class: its, stated, suggested } = thing
  if (its === undefined) return []
  return drivingAttributes(thing).flatMap((attribute) =>
    its.effects.flatMap((effect): readonly LooseEffect[] => {
      if (stated?.silent?.includes(effect.property) === true) return []
      const acting = whileOf(attribute, effect.while)
      if (acting === undefined) return []
      const rate = stated?.rates?.[effect.property] ?? effect.rate
      return [
        {
          ...effect,
          while: acting,
          rate,
          ...{ attribute: attribute.id, thing: thing.thing, is: its.id, suggested },
          ...(thing.place === undefined ? {} : { place: thing.place }),
        },
      ]
    }),
  )
}
