/** Reads a catalogue of effects: physical properties, and what classes of things do to them. */
import { z } from 'zod'
import { defaultEffectsText } from '../../../constraints/effects/default-text.ts'
import { EngineError } from '../../diagnostics/engine-error.ts'
import type { Read, Source } from '../../diagnostics/diagnostic.ts'
import type { DocumentPath } from '../../diagnostics/document.ts'
import { maybe } from '../../diagnostics/suggest.ts'
import { readYaml } from '../../diagnostics/yaml.ts'
import type { ClassEffect, EffectCatalogue, PhysicalProperty, ThingClass } from '../../model/environment.ts'
import { type Reading, say, shaped } from '../../model/reading.ts'

const valueShape = z.union([z.boolean(), z.number(), z.string()])
const rateShape = z.strictObject({ low: z.number().min(0), high: z.number().min(0) })
const effectShape = z.strictObject({
  property: z.string().min(1),
  while: z.strictObject({ values: z.array(valueShape), above: z.number().optional() }),
  direction: z.enum(['up', 'down', 'exchange']),
  rate: rateShape,
  returns: z.literal(true).optional(),
  source: z.string().min(1),
})
const names = z.array(z.string().min(1)).default([])
const classShape = z.strictObject({
  says: z.string().min(1),
  domains: names,
  deviceClasses: names,
  words: names,
  hazard: z.boolean().default(false),
  senses: z.boolean().default(false),
  observes: z.string().min(1).optional(),
  effects: z.array(effectShape).default([]),
})
const outsideShape = z.strictObject({
  low: z.number(),
  high: z.number(),
  least: z.number().optional(),
  most: z.number().optional(),
  source: z.string().min(1),
})
/** The user's own physical properties, as places files list them too. */
export const physicalShape = z.record(
  z.string(),
  z.strictObject({
    says: z.string().min(1),
    unit: z.string().min(1),
    outside: outsideShape.optional(),
    resolution: z.strictObject({ within: z.number().positive(), source: z.string().min(1) }).optional(),
  }),
)
const catalogueShape = z.strictObject({
  'fleetproof-effects': z.literal(1),
  properties: physicalShape.default({}),
  classes: z.record(z.string(), classShape).default({}),
})

/** Entries of `base` are known besides; those of the source replace them. */
export function readEffects(source: Source, base: EffectCatalogue = { properties: [], classes: [] }): Read<EffectCatalogue> {
  const text = readYaml(source)
  if (!text.ok) return text
  const reading: Reading = { document: text.value, diagnostics: [...text.diagnostics] }
  const read = shaped(reading, catalogueShape, text.value.value, [])
  if (read === undefined) return { ok: false, diagnostics: reading.diagnostics }
  const properties = united(base.properties, physicalProperties(reading, read.properties))
  const known = new Set(properties.map(({ id }) => id))
  const classes = Object.entries(read.classes).map(([id, written]): ThingClass => {
    const effects = written.effects.map((effect, index): ClassEffect => {
      const path = ['classes', id, 'effects', index]
      if (!known.has(effect.property))
        say(
          reading,
          [...path, 'property'],
          'unknown-property',
          `no physical property is called \`${effect.property}\``,
          maybe(effect.property, known),
        )
      if (effect.rate.low > effect.rate.high)
        say(reading, [...path, 'rate'], 'out-of-range', `the rate goes from ${effect.rate.low} down to ${effect.rate.high}`)
      const { above, values } = effect.while
      if (values.length === 0 && above === undefined)
        say(reading, [...path, 'while'], 'empty', 'an effect needs a value, or a bound `above`, while which it acts')
      const { property, direction, rate, source: from } = effect
      return {
        ...{ property, direction, rate, source: from, while: { values, ...(above === undefined ? {} : { above }) } },
        ...(effect.returns === undefined ? {} : { returns: effect.returns }),
      }
    })
    const { says, domains, deviceClasses, words, hazard, senses, observes } = written
    if (observes !== undefined && !known.has(observes))
      say(
        reading,
        ['classes', id, 'observes'],
        'unknown-property',
        `no physical property is called \`${observes}\``,
        maybe(observes, known),
      )
    return { id, says, domains, deviceClasses, words, hazard, senses, effects, ...(observes === undefined ? {} : { observes }) }
  })
  const { diagnostics } = reading
  if (diagnostics.some(({ severity }) => severity === 'error')) return { ok: false, diagnostics }
  return { ok: true, value: { properties, classes: united(base.classes, classes) }, diagnostics }
}

/** `path`: where the properties are listed. */
export function physicalProperties(
  reading: Reading,
  written: z.infer<typeof physicalShape>,
  path: DocumentPath = ['properties'],
): readonly PhysicalProperty[] {
  return Object.entries(written).map(([id, { says, unit, outside, resolution }]): PhysicalProperty => {
    const at = reading.document.locateKey([...path, id])
    if (outside === undefined) return { id, says, unit, ...(resolution === undefined ? {} : { resolution }), at }
    mustRise(reading, outside, [...path, id, 'outside'])
    const { low, high, least, most, source } = outside
    const ends = { ...(least === undefined ? {} : { least }), ...(most === undefined ? {} : { most }) }
    return { id, says, unit, outside: { low, high, ...ends, source }, ...(resolution === undefined ? {} : { resolution }), at }
  })
}

/** Says so where a rate or a range goes down from its low end. */
export function mustRise(
  reading: Reading,
  {
    low,
    high,
    least,
    most,
  }: { low?: number | undefined; high?: number | undefined; least?: number | undefined; most?: number | undefined },
  path: DocumentPath,
): void {
  if (low !== undefined && high !== undefined && low > high) say(reading, path, 'out-of-range', `the rate goes from ${low} down to ${high}`)
  if (least !== undefined && most !== undefined && least > most)
    say(reading, path, 'out-of-range', `\`least\` is ${least}, more than \`most\`, which is ${most}`)
}

/** Those of the first list that the second does not replace, then the second. */
export function united<T extends { readonly id: string }>(base: readonly T[], own: readonly T[]): readonly T[] {
  const replaced = new Set(own.map(({ id }) => id))
  return [...base.filter(({ id }) => !replaced.has(id)), ...own]
}

let catalogue: EffectCatalogue | undefined

/** The catalogue that comes with the project. */
export function defaultEffects(): EffectCatalogue {
  if (catalogue !== undefined) return catalogue
  const read = readEffects({ name: 'constraints/effects/default.yaml', text: defaultEffectsText })
  if (!read.ok) throw new EngineError('formats/default-effects', read.diagnostics.map(({ message }) => message).join('; '))
  catalogue = read.value
  return catalogue
}
