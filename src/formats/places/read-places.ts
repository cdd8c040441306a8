/** Reads a places file: the tree of places, what joins them, which thing stands where, and what may be drawn at once. */
import { z } from 'zod'
import type { Read, Source } from '../../diagnostics/diagnostic.ts'
import type { DocumentPath } from '../../diagnostics/document.ts'
import { maybe } from '../../diagnostics/suggest.ts'
import { readYaml } from '../../diagnostics/yaml.ts'
import type { Channel, EffectCatalogue, Limit, PlacedThing, PlacesFile, Place } from '../../model/environment.ts'
import { isMapping, type Reading, say, shaped } from '../../model/reading.ts'
import { readAcmEnvironment } from '../acm/read-environment.ts'
import { placesOfProcesses } from './places-of-processes.ts'
import { amountOf, placeNamed, propertyNamed } from './inside.ts'
import type { Inside } from './inside.ts'
import { physicalProperties, physicalShape } from './read-effects.ts'
import { physicsIn, physicsShape } from './read-physics.ts'

const valueShape = z.union([z.boolean(), z.number(), z.string()])
const amountShape = z.union([z.number(), z.string().min(1)])
const rateShape = z.union([amountShape, z.strictObject({ low: z.number().min(0), high: z.number().min(0) })])
const placeShape = z.union([
  z.null(),
  z.string().min(1),
  z.strictObject({ within: z.string().min(1).optional(), name: z.string().min(1).optional() }),
])
const channelShape = z.strictObject({
  between: z.tuple([z.string().min(1), z.string().min(1)]),
  properties: z.array(z.string().min(1)).optional(),
  through: z.strictObject({ attribute: z.string().min(1), is: z.union([valueShape, z.array(valueShape).min(1)]) }).optional(),
})
const thingShape = z.union([
  z.string().min(1),
  z.strictObject({
    place: z.string().min(1).optional(),
    is: z.string().min(1).optional(),
    rates: z.record(z.string(), rateShape).optional(),
    silent: z.array(z.string().min(1)).optional(),
    model: z.string().min(1).optional(),
  }),
])
const limitShape = z.strictObject({
  of: z.string().min(1),
  property: z.string().min(1).optional(),
  things: z.array(z.string().min(1)).min(1).optional(),
  at_most: amountShape,
  uses: z.record(z.string(), amountShape).optional(),
})
/** What a places file holds, and the section `places` of native automations. */
const sectionShape = {
  places: z.record(z.string(), placeShape).default({}),
  channels: z.array(channelShape).default([]),
  properties: physicalShape.default({}),
  things: z.record(z.string(), thingShape).default({}),
  limits: z.array(limitShape).default([]),
  ...physicsShape,
}
const placesShape = z.strictObject({ 'fleetproof-places': z.literal(1), ...sectionShape })
const insideShape = z.strictObject(sectionShape)
type Written = z.infer<typeof insideShape>

/** A places file, or an environment model of physical processes. */
export function readPlaces(source: Source, effects: EffectCatalogue): Read<PlacesFile> {
  const text = readYaml(source)
  if (!text.ok) return text
  if (isMapping(text.value.value) && 'physical_processes' in text.value.value) {
    const processes = readAcmEnvironment(source)
    return processes.ok ? { ...processes, value: placesOfProcesses(processes.value) } : processes
  }
  const reading: Reading = { document: text.value, diagnostics: [...text.diagnostics] }
  const written = shaped(reading, placesShape, text.value.value, [])
  const value = written === undefined ? undefined : placesIn(reading, written, [], effects)
  const { diagnostics } = reading
  return value === undefined || diagnostics.some(({ severity }) => severity === 'error')
    ? { ok: false, diagnostics }
    : { ok: true, value, diagnostics }
}

/** The section at `path` of another file; undefined after saying what is wrong. */
export function readPlacesSection(reading: Reading, value: unknown, path: DocumentPath, effects: EffectCatalogue): PlacesFile | undefined {
  const written = shaped(reading, insideShape, value, path)
  return written === undefined ? undefined : placesIn(reading, written, path, effects)
}

function placesIn(reading: Reading, written: Written, path: DocumentPath, effects: EffectCatalogue): PlacesFile {
  const places = Object.entries(written.places).map(([id, one]): Place => {
    const within = typeof one === 'string' ? one : one?.within
    const name = typeof one === 'string' ? id : (one?.name ?? id)
    return { id, name, ...(within === undefined ? {} : { within }), at: reading.document.locateKey([...path, 'places', id]) }
  })
  checkTree(reading, places, path)
  const properties = physicalProperties(reading, written.properties, [...path, 'properties'])
  const units = new Map([...effects.properties, ...properties].map(({ id, unit }) => [id, unit]))
  const inside: Inside = {
    reading,
    places: new Set(places.map(({ id }) => id)),
    units,
    classes: new Set(effects.classes.map(({ id }) => id)),
  }
  const channels = written.channels.map((one, index) => channelOf(inside, one, [...path, 'channels', index]))
  const things = Object.entries(written.things).map(([thing, one]) => thingOf(inside, thing, one, [...path, 'things', thing]))
  const limits = written.limits.map((one, index) => limitOf(inside, one, [...path, 'limits', index]))
  return { places, channels, properties, things, limits, ...physicsIn(inside, written, path) }
}

function checkTree(reading: Reading, places: readonly Place[], path: DocumentPath): void {
  const within = new Map(places.map((place) => [place.id, place.within]))
  const told = new Set<string>()
  for (const place of places) {
    const here = [...path, 'places', place.id]
    if (place.within !== undefined && !within.has(place.within))
      say(reading, here, 'unknown-place', `no place is called \`${place.within}\``, maybe(place.within, within.keys()))
    const way = new Set([place.id])
    let up = place.within
    for (; up !== undefined && !way.has(up); up = within.get(up)) way.add(up)
    // Each circle is said once, at its first place.
    if (up !== place.id || told.has(up)) continue
    way.forEach((id) => told.add(id))
    say(reading, here, 'place-within-itself', `\`${up}\` is within itself: ${[...way, up].map((id) => `\`${id}\``).join(' > ')}`)
  }
}

function channelOf(inside: Inside, one: Written['channels'][number], path: DocumentPath): Channel {
  const { reading } = inside
  one.between.forEach((id, index) => {
    placeNamed(inside, id, [...path, 'between', index])
  })
  if (one.between[0] === one.between[1])
    say(reading, [...path, 'between'], 'channel-to-itself', `a channel leads from \`${one.between[0]}\` to itself`)
  one.properties?.forEach((id, index) => {
    propertyNamed(inside, id, [...path, 'properties', index])
  })
  const { through } = one
  return {
    between: one.between,
    ...(one.properties === undefined ? {} : { properties: one.properties }),
    ...(through === undefined
      ? {}
      : { through: { attribute: through.attribute, values: Array.isArray(through.is) ? through.is : [through.is] } }),
    at: reading.document.locate(path),
  }
}

function thingOf(inside: Inside, thing: string, one: Written['things'][string], path: DocumentPath): PlacedThing {
  const { reading, classes } = inside
  const at = reading.document.locateKey(path)
  if (typeof one === 'string') {
    placeNamed(inside, one, path)
    return { thing, place: one, at }
  }
  if (one.place !== undefined) placeNamed(inside, one.place, [...path, 'place'])
  if (one.is !== undefined && !classes.has(one.is))
    say(reading, [...path, 'is'], 'unknown-class', `no class of things is called \`${one.is}\``, maybe(one.is, classes))
  one.silent?.forEach((id, index) => {
    propertyNamed(inside, id, [...path, 'silent', index])
  })
  const rates = Object.entries(one.rates ?? {}).flatMap(([property, written]) => {
    const here = [...path, 'rates', property]
    propertyNamed(inside, property, here, true)
    if (typeof written === 'object') {
      if (written.low > written.high) say(reading, here, 'out-of-range', `the rate goes from ${written.low} down to ${written.high}`)
      return [[property, written] as const]
    }
    const exact = amountOf(reading, written, inside.units.get(property), here)
    return exact === undefined ? [] : [[property, { low: exact.amount, high: exact.amount }] as const]
  })
  return {
    thing,
    ...(one.place === undefined ? {} : { place: one.place }),
    ...(one.is === undefined ? {} : { is: one.is }),
    ...(rates.length === 0 ? {} : { rates: Object.fromEntries(rates) }),
    ...(one.silent === undefined ? {} : { silent: one.silent }),
    ...(one.model === undefined ? {} : { model: one.model }),
    at,
  }
}

function limitOf(inside: Inside, one: Written['limits'][number], path: DocumentPath): Limit {
  const { reading } = inside
  if (one.property !== undefined) propertyNamed(inside, one.property, [...path, 'property'])
  if (one.property === undefined && one.uses === undefined)
    say(reading, path, 'empty', 'a limit is one of a `property`, or of what applications use: `uses`')
  if (one.property !== undefined && one.things === undefined) placeNamed(inside, one.of, [...path, 'of'])
  const unit = one.property === undefined ? undefined : inside.units.get(one.property)
  const most = amountOf(reading, one.at_most, unit, [...path, 'at_most'])
  const uses = Object.entries(one.uses ?? {}).flatMap(([by, amount]) => {
    const read = amountOf(reading, amount, most?.unit, [...path, 'uses', by])
    return read === undefined ? [] : [[by, read.amount] as const]
  })
  return {
    of: one.of,
    ...(one.property === undefined ? {} : { property: one.property }),
    ...(one.things === undefined ? {} : { things: one.things }),
    atMost: most?.amount ?? 0,
    unit: most?.unit ?? '',
    uses: Object.fromEntries(uses),
    at: reading.document.locate(path),
  }
}
