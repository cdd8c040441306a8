/** Which class of things the things of a behaviour are of, and where they stand: as a places file states, else as domain and name suggest. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { maybe } from '../diagnostics/suggest.ts'
import type { Behaviour, ThingAttribute } from '../model/automation.ts'
import type { Environment, PlacedThing, ThingClass } from '../model/environment.ts'

/** A thing with what is known of it. */
export interface KnownThing {
  readonly thing: string
  readonly attributes: readonly ThingAttribute[]
  readonly place?: string
  readonly class?: ThingClass
  readonly suggested: boolean
  readonly stated?: PlacedThing
}

/** Entities that stand for no thing of the world. */
const UNREAL = new Set([
  'automation',
  'script',
  'scene',
  'timer',
  'counter',
  'group',
  'zone',
  'sun',
  'weather',
  'schedule',
  'update',
  'input_datetime',
])

export function thingsOf(
  behaviour: Behaviour,
  environment: Environment,
): { readonly things: readonly KnownThing[]; readonly diagnostics: readonly Diagnostic[] } {
  const byThing = new Map<string, ThingAttribute[]>()
  for (const attribute of behaviour.attributes) byThing.set(attribute.thing, [...(byThing.get(attribute.thing) ?? []), attribute])
  const classes = new Map(environment.classes.map((one) => [one.id, one]))
  const used = new Set<PlacedThing>()
  const stated = statedOf(environment.things, used)
  const things = [...byThing]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([thing, attributes]): KnownThing => {
      const said = stated([thing, ...attributes.map(({ id }) => id)])
      const place = said?.place ?? attributes.find((one) => one.place !== undefined)?.place
      const isClass = said?.is === undefined ? suggestedClass(thing, attributes, environment.classes) : classes.get(said.is)
      return {
        thing,
        attributes,
        suggested: said?.is === undefined,
        ...(place === undefined ? {} : { place }),
        ...(isClass === undefined ? {} : { class: isClass }),
        ...(said === undefined ? {} : { stated: said }),
      }
    })
  const names = [...byThing.keys(), ...behaviour.attributes.map(({ id }) => id)]
  const diagnostics = environment.things
    .filter((one) => !used.has(one))
    .map((one): Diagnostic => ({
      code: 'model/unknown-thing',
      severity: 'warning',
      message: one.thing.includes('*')
        ? `no thing of the automations fits \`${one.thing}\``
        : `no automation speaks of a thing \`${one.thing}\``,
      ...(one.thing.includes('*') ? {} : maybe(one.thing, names)),
      at: one.at ?? { source: one.thing },
    }))
  return { things, diagnostics }
}

/** What is stated of a thing by one of its names: what names it goes before what a pattern says, a later pattern before an earlier one. */
function statedOf(placed: readonly PlacedThing[], used: Set<PlacedThing>): (names: readonly string[]) => PlacedThing | undefined {
  const exact = new Map(placed.filter(({ thing }) => !thing.includes('*')).map((one) => [one.thing, one]))
  const patterns = placed.filter(({ thing }) => thing.includes('*')).map((one) => ({ one, fits: patternOf(one.thing) }))
  return (names) => {
    const direct = names.map((name) => exact.get(name)).find((one) => one !== undefined)
    const fitting = patterns.filter(({ fits }) => names.some((name) => fits.test(name))).map(({ one }) => one)
    for (const one of direct === undefined ? fitting : [...fitting, direct]) used.add(one)
    const all = direct === undefined ? fitting : [...fitting, direct]
    const last = all.at(-1)
    if (last === undefined) return undefined
    // What one entry leaves open, another that fits may say.
    return all.reduce<PlacedThing>((sum, one) => ({ ...sum, ...one }), last)
  }
}

const patternOf = (text: string): RegExp =>
  new RegExp(
    `^${text
      .split('*')
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
      .join('.*')}$`,
  )

/** By domain where the name has one, else by the longest word of a class in it. What senses is of a class that does nothing. */
export function suggestedClass(
  thing: string,
  attributes: readonly ThingAttribute[],
  classes: readonly ThingClass[],
): ThingClass | undefined {
  const domain = /^([a-z_0-9]+)\.[a-z_0-9]+$/.exec(thing)?.[1]
  if (domain !== undefined && UNREAL.has(domain)) return undefined
  const acts = attributes.some(({ role }) => role === 'actuator')
  // What is commanded is of no class that is read, and the other way round.
  const possible = classes.filter(({ senses }) => senses !== acts)
  const byDomain = domain === undefined ? undefined : possible.find(({ domains }) => domains.includes(domain))
  if (byDomain !== undefined) return byDomain
  const name = `_${(domain === undefined ? thing : thing.slice(domain.length + 1)).toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}_`
  let best: { readonly length: number; readonly found: ThingClass } | undefined
  for (const one of possible)
    for (const word of one.words)
      if (name.includes(`_${word}_`) && word.length > (best?.length ?? 0)) best = { length: word.length, found: one }
  return best?.found
}
