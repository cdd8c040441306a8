/** Ties what is known of quantities to the attributes of a behaviour: which sensors show them, what the outside does to them, within what they shall stay. */
import type { Diagnostic, Location } from '../diagnostics/diagnostic.ts'
import { maybe } from '../diagnostics/suggest.ts'
import type { Behaviour, ThingAttribute } from '../model/automation.ts'
import type {
  Environment,
  Influence,
  Observation,
  PhysicalProperty,
  QuantityBounds,
  SettledEnvironment,
  StatedObservation,
} from '../model/environment.ts'
import { quantityName } from '../model/timed-run.ts'
import { attributeName } from './environment-words.ts'
import type { KnownThing } from './environment-things.ts'

export interface SettledPhysics {
  readonly physics: Pick<SettledEnvironment, 'observations' | 'influences' | 'bounds'>
  readonly diagnostics: readonly Diagnostic[]
}

interface Settling {
  readonly behaviour: Behaviour
  readonly environment: Environment
  readonly properties: ReadonlyMap<string, PhysicalProperty>
  readonly diagnostics: Diagnostic[]
}

/** Quantities are those that a sensor shows, that a bound speaks of, or whose influence is stated for one place. */
export function settlePhysics(behaviour: Behaviour, environment: Environment, things: readonly KnownThing[]): SettledPhysics {
  const properties = new Map(environment.properties.map((property) => [property.id, property]))
  const settling: Settling = { behaviour, environment, properties, diagnostics: [] }
  const shown = observationsOf(settling, things)
  const bounds = boundsOf(environment.bounds ?? [])
  const asked = new Map<string, { readonly property: string; readonly place: string; readonly at: Location }>()
  for (const { property, place, at } of [...bounds, ...shown, ...(environment.influences ?? [])])
    if (place !== undefined) asked.set(quantityName(property, place), { property, place, at: at ?? { source: place } })
  const influences = [...asked.values()].flatMap((one) => {
    const found = influenceOf(settling, one, shown)
    if (!('severity' in found)) return [found]
    settling.diagnostics.push(found)
    return []
  })
  const known = new Set(influences.map(({ property, place }) => quantityName(property, place)))
  const isKnown = ({ property, place }: Pick<Observation, 'property' | 'place'>): boolean => known.has(quantityName(property, place))
  const observations = shown
    .filter(isKnown)
    .map(({ attribute, property, place, reports }): Observation => ({ attribute, property, place, reports }))
  return {
    physics: {
      ...(observations.length === 0 ? {} : { observations: observations.sort((a, b) => (a.attribute < b.attribute ? -1 : 1)) }),
      ...(influences.length === 0 ? {} : { influences: influences.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)) }),
      ...(bounds.length === 0 ? {} : { bounds: bounds.filter(isKnown) }),
    },
    diagnostics: settling.diagnostics,
  }
}

const nameOf = ({ property, place }: Influence): string => quantityName(property, place)

/** What is stated later of the same quantity goes before. */
function boundsOf(stated: readonly QuantityBounds[]): readonly QuantityBounds[] {
  const last = new Map(stated.map((one) => [quantityName(one.property, one.place), one]))
  return [...last].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}

type Located = Observation & { readonly at?: Location }

function observationsOf(settling: Settling, things: readonly KnownThing[]): readonly Located[] {
  const stated = new Map((settling.environment.observations ?? []).map((one) => [one.attribute, one]))
  const ids = settling.behaviour.attributes.map(({ id }) => id)
  for (const { attribute, at } of stated.values())
    if (!ids.includes(attribute))
      settling.diagnostics.push(
        problem('warning', 'unknown-attribute', `no automation speaks of \`${attribute}\``, at, maybe(attribute, ids)),
      )
  return things.flatMap((thing) =>
    thing.attributes.flatMap((attribute): readonly Located[] => {
      const said = stated.get(attribute.id)
      const found = said === undefined ? inferred(settling, thing, attribute) : completed(settling, thing, attribute, said)
      if (found === undefined) return []
      if (!('severity' in found)) return [found]
      settling.diagnostics.push(found)
      return []
    }),
  )
}

/** Only where it is certain: a sensor of a known place whose class or name says what it shows, and which has no other number that could. */
function inferred(settling: Settling, thing: KnownThing, attribute: ThingAttribute): Located | undefined {
  const property = thing.class?.observes
  const { place } = thing
  const known = property === undefined ? undefined : settling.properties.get(property)
  if (property === undefined || place === undefined || known?.outside === undefined || known.resolution === undefined) return undefined
  if (!isSensor(attribute) || attribute.type.is !== 'number') return undefined
  const numbers = thing.attributes.filter((one) => isSensor(one) && one.type.is === 'number')
  const named = attributeName(attribute) === property
  const { unit } = attribute.type
  if (!named && (thing.suggested || numbers.length > 1)) return undefined
  if (unit !== undefined && unit !== known.unit) return undefined
  return { attribute: attribute.id, property, place, reports: reportsOf(attribute, { within: known.resolution.within }) }
}

function completed(
  settling: Settling,
  thing: KnownThing,
  attribute: ThingAttribute,
  { property: said, place: where, reports: told, at }: StatedObservation,
): Located | Diagnostic {
  const { id, type } = attribute
  const name = attributeName(attribute)
  const property = said ?? thing.class?.observes ?? (settling.properties.has(name) ? name : undefined)
  const place = where ?? thing.place
  const resolution = property === undefined ? undefined : settling.properties.get(property)?.resolution
  const reports = told ?? (resolution === undefined ? undefined : { within: resolution.within })
  if (type.is !== 'number' && type.is !== 'any')
    return problem('error', 'observation-type', `\`${id}\` is no number: it shows no quantity`, at)
  if (!isSensor(attribute))
    return problem('error', 'observation-role', `\`${id}\` is no sensor: it shows no quantity`, at, {
      hint: attribute.role === 'sensor' ? 'maybe it lacks `outside: true`' : 'maybe declare it with `sensor: true`',
    })
  if (property === undefined)
    return problem('error', 'open-observation', `nothing says which property \`${id}\` shows`, at, {
      hint: 'maybe `property: temperature`',
    })
  if (place === undefined)
    return problem('error', 'open-observation', `nothing says where \`${id}\` stands`, at, {
      hint: 'maybe `place:` with the name of a place',
    })
  if (reports === undefined)
    return problem('error', 'open-observation', `nothing says how soon \`${id}\` tells`, at, {
      hint: 'maybe `within: 0.1` or `every: 5 min`',
    })
  return { attribute: id, property, place, reports: reportsOf(attribute, reports), at }
}

const isSensor = ({ role, outside }: ThingAttribute): boolean => role === 'sensor' && outside

/** What is told in whole numbers is told at the next of them: half a step is the least that can be noticed. */
const reportsOf = ({ type }: ThingAttribute, reports: Observation['reports']): Observation['reports'] =>
  type.is === 'number' && type.integer && 'within' in reports ? { within: Math.max(0.5, reports.within) } : reports

/** What is stated of the place goes before what is stated of all, and that before the catalogue; a sensor cannot show what its type has not. */
function influenceOf(
  settling: Settling,
  { property, place, at }: { readonly property: string; readonly place: string; readonly at: Location },
  shown: readonly Located[],
): Influence | Diagnostic {
  const stated = (settling.environment.influences ?? []).filter((one) => one.property === property)
  const here = [...stated.filter((one) => one.place === undefined), ...stated.filter((one) => one.place === place)]
  const outside = settling.properties.get(property)?.outside
  const last = (key: 'low' | 'high' | 'least' | 'most'): number | undefined =>
    here.findLast((one) => one[key] !== undefined)?.[key] ?? outside?.[key]
  const [low, high] = [last('low'), last('high')]
  if (low === undefined || high === undefined)
    return problem('error', 'no-influence', `nobody says how ${property} changes by itself in \`${place}\``, at, {
      hint: `maybe in the places file: \`influences: [{property: ${property}, place: ${place}, low: 0, high: 0}]\``,
    })
  const types = settling.behaviour.attributes.flatMap(({ id, type }) =>
    type.is === 'number' && shown.some((one) => one.attribute === id && one.property === property && one.place === place) ? [type] : [],
  )
  const least = Math.max(last('least') ?? -Infinity, ...types.map((type) => type.low ?? -Infinity))
  const most = Math.min(last('most') ?? Infinity, ...types.map((type) => type.high ?? Infinity))
  if (least > most) return problem('error', 'empty-range', `${property} in \`${place}\` has no value that its sensors can show`, at)
  return {
    ...{ property, place, low, high },
    ...(least === -Infinity ? {} : { least }),
    ...(most === Infinity ? {} : { most }),
    stated: here.some((one) => one.low !== undefined),
  }
}

const problem = (
  severity: 'error' | 'warning',
  code: string,
  message: string,
  at: Location,
  more: { readonly hint?: string } = {},
): Diagnostic => ({ code: `model/${code}`, severity, message, ...more, at })
