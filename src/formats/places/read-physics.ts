/** Reads what a places file says of quantities: which sensor shows which property and how soon, what the outside does to it, within what it is to stay. */
import { z } from 'zod'
import { describeValue, type DocumentPath } from '../../diagnostics/document.ts'
import type { PlacesFile, QuantityBounds, StatedInfluence, StatedObservation } from '../../model/environment.ts'
import { say } from '../../model/reading.ts'
import { readAmount } from '../../model/units.ts'
import type { Inside } from './inside.ts'
import { amountOf, placeNamed, propertyNamed } from './inside.ts'
import { mustRise } from './read-effects.ts'

const amountShape = z.union([z.number(), z.string().min(1)])
const observationShape = z.strictObject({
  property: z.string().min(1).optional(),
  place: z.string().min(1).optional(),
  within: amountShape.optional(),
  every: z.union([z.number().positive(), z.string().min(1)]).optional(),
})
const influenceShape = z.strictObject({
  property: z.string().min(1),
  place: z.string().min(1).optional(),
  low: z.number().optional(),
  high: z.number().optional(),
  least: z.number().optional(),
  most: z.number().optional(),
})
const boundsShape = z.strictObject({
  property: z.string().min(1),
  place: z.string().min(1),
  least: z.number().optional(),
  most: z.number().optional(),
})
export const physicsShape = {
  observations: z.record(z.string(), observationShape).default({}),
  influences: z.array(influenceShape).default([]),
  bounds: z.array(boundsShape).default([]),
}
interface Written {
  readonly observations: Readonly<Record<string, z.infer<typeof observationShape>>>
  readonly influences: readonly z.infer<typeof influenceShape>[]
  readonly bounds: readonly z.infer<typeof boundsShape>[]
}

export function physicsIn(
  inside: Inside,
  { observations, influences, bounds }: Written,
  path: DocumentPath,
): Required<Pick<PlacesFile, 'observations' | 'influences' | 'bounds'>> {
  return {
    observations: Object.entries(observations).map(([attribute, one]) =>
      observationOf(inside, attribute, one, [...path, 'observations', attribute]),
    ),
    influences: influences.map((one, index) => influenceOf(inside, one, [...path, 'influences', index])),
    bounds: bounds.map((one, index) => boundsOf(inside, one, [...path, 'bounds', index])),
  }
}

function observationOf(
  inside: Inside,
  attribute: string,
  { property, place, within, every }: z.infer<typeof observationShape>,
  path: DocumentPath,
): StatedObservation {
  const { reading, units } = inside
  if (property !== undefined) propertyNamed(inside, property, [...path, 'property'])
  if (place !== undefined) placeNamed(inside, place, [...path, 'place'])
  if (within !== undefined && every !== undefined)
    say(reading, path, 'wrong-value', `\`${attribute}\` reports either \`within\` a change or \`every\` so often`)
  const stated = { attribute, ...(property === undefined ? {} : { property }), ...(place === undefined ? {} : { place }) }
  const at = reading.document.locateKey(path)
  if (within !== undefined) {
    const read = amountOf(reading, within, property === undefined ? undefined : units.get(property), [...path, 'within'])
    if (read?.amount === 0)
      say(reading, [...path, 'within'], 'out-of-range', `a sensor tells only after some change: \`within\` is more than 0`)
    return { ...stated, reports: { within: read?.amount ?? 0 }, at }
  }
  const everyMilliseconds = every === undefined ? undefined : timeOf(inside, every, [...path, 'every'])
  return { ...stated, ...(everyMilliseconds === undefined ? {} : { reports: { everyMilliseconds } }), at }
}

/** `5 min`, or a number of milliseconds. */
function timeOf({ reading }: Inside, written: number | string, path: DocumentPath): number | undefined {
  if (typeof written === 'number') return written
  const amount = readAmount(written)
  if (amount.is === 'amount' && amount.dimension === 'time' && amount.value > 0) return amount.value
  const message = amount.is === 'wrong' ? amount.message : `a time such as \`5 min\` stands here, not ${describeValue(written)}`
  say(reading, path, 'wrong-duration', message, { hint: 'maybe one of `ms`, `s`, `min`, `h`, `d`' })
  return undefined
}

function influenceOf(inside: Inside, one: z.infer<typeof influenceShape>, path: DocumentPath): StatedInfluence {
  const { reading } = inside
  const { property, place, low, high, least, most } = one
  propertyNamed(inside, property, [...path, 'property'])
  if (place !== undefined) placeNamed(inside, place, [...path, 'place'])
  if ((low === undefined) !== (high === undefined))
    say(reading, path, 'missing-key', `a rate has both ends: \`${low === undefined ? 'low' : 'high'}\` is missing`)
  mustRise(reading, one, path)
  return {
    property,
    ...(place === undefined ? {} : { place }),
    ...(low === undefined ? {} : { low }),
    ...(high === undefined ? {} : { high }),
    ...(least === undefined ? {} : { least }),
    ...(most === undefined ? {} : { most }),
    at: reading.document.locate(path),
  }
}

function boundsOf(inside: Inside, one: z.infer<typeof boundsShape>, path: DocumentPath): QuantityBounds {
  const { reading } = inside
  const { property, place, least, most } = one
  propertyNamed(inside, property, [...path, 'property'])
  placeNamed(inside, place, [...path, 'place'])
  if (least === undefined && most === undefined) say(reading, path, 'empty', 'bounds need `least` or `most`, or both')
  mustRise(reading, one, path)
  return {
    ...{ property, place, ...(least === undefined ? {} : { least }), ...(most === undefined ? {} : { most }) },
    at: reading.document.locate(path),
  }
}
