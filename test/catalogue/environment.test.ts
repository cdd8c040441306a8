/** The catalogues of effects and safety properties: the texts that the library carries are the files, and everything in them can be read and used. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { defaultEffects } from '../../src/formats/places/read-effects.ts'
import { defaultLibrary, defaultSafety } from '../../src/formats/places/read-properties.ts'

const NAMES = { effects: 'defaultEffectsText', properties: 'defaultPropertiesText' } as const
const file = (kind: string, name: string): URL => new URL(`../../constraints/${kind}/${name}`, import.meta.url)

describe.each(['effects', 'properties'] as const)('the catalogue of %s', (kind) => {
  it('is carried as text, letter by letter', () => {
    const yaml = readFileSync(file(kind, 'default.yaml'), 'utf8')
    const body = yaml.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')
    const text = `/** The text of \`default.yaml\` beside it, for who opens no files. Written by test/catalogue/environment.test.ts (\`FLEETPROOF_REWRITE=1\`). */\nexport const ${NAMES[kind]} = \`${body}\`\n`
    const carried = file(kind, 'default-text.ts')
    if (process.env['FLEETPROOF_REWRITE'] === '1') writeFileSync(carried, text)
    expect(existsSync(carried) ? readFileSync(carried, 'utf8') : '').toBe(text)
  })
})

describe('the catalogue of effects', () => {
  const { classes, properties } = defaultEffects()

  it('knows every class of actuator of a home, each effect with direction, rate interval and source', () => {
    const needed =
      'heater air-conditioner thermostat radiator-valve window blind light fan humidifier dehumidifier ventilation sprinkler water-valve gas-valve siren speaker lock door charger pump'
    expect(needed.split(' ').filter((id) => !classes.some((one) => one.id === id))).toEqual([])
    for (const { effects } of classes)
      for (const { rate, source } of effects) {
        expect(rate.low).toBeLessThanOrEqual(rate.high)
        expect(source.length).toBeGreaterThan(10)
      }
  })

  it('has words of which none means two classes', () => {
    const words = classes.filter(({ senses }) => !senses).flatMap((one) => one.words)
    expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([])
  })

  it('drives each of its properties by some class', () => {
    const driven = new Set(classes.flatMap(({ effects }) => effects.map(({ property }) => property)))
    expect(properties.map(({ id }) => id).filter((id) => !driven.has(id) && id !== 'co')).toEqual([])
  })
})

describe('the library of safety properties', () => {
  it('has at least 40 templates that speak of what automations bring about, each with a hazard and a source', () => {
    expect(defaultSafety().length).toBeGreaterThanOrEqual(40)
    expect(defaultLibrary().length).toBeGreaterThan(defaultSafety().length)
    for (const { says, hazard, source, when } of defaultLibrary()) {
      expect([says, hazard, source].every((text) => text.length > 3)).toBe(true)
      expect(when.length).toBeGreaterThan(0)
    }
  })
})
