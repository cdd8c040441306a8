/** What is written is read: random fleets through NDJSON in any spelling, CSV and the model itself, however the bytes are cut. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readJson } from '../../src/diagnostics/json.ts'
import { readYaml } from '../../src/diagnostics/yaml.ts'
import { readCsvFleet } from '../../src/formats/csv/read-fleet.ts'
import { readInlineFleet } from '../../src/formats/inline/read-fleet.ts'
import { withTables } from '../../src/formats/join-tables.ts'
import { readNdjsonFleet } from '../../src/formats/ndjson/read-fleet.ts'
import { readTable } from '../../src/formats/ndjson/read-table.ts'
import type { FleetModel } from '../../src/model/fleet-model.ts'
import type { Column, Fleet } from '../../src/model/fleet.ts'
import { readFleetModel } from '../../src/model/read-fleet-model.ts'
import { bytesOf } from '../fixtures/bytes.ts'

const SEED = 20_240_607
const read = readFleetModel({
  name: 'm.yaml',
  text: `fleetproof: 1
context:
  arch: {enum: [armv7, arm64, "x 86"]}
  ram: {int: MB}
  load: {decimal: 2}
  online: {bool: true}
  site: {text: true}
  gateway: {device: true}
  tags: {set: text}
devices: d
variants: {a: {}}
`,
})
const model: FleetModel = read.ok ? read.value : (undefined as never)

type Row = Readonly<Record<string, unknown>>
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })
const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((one) => !/[\0-\x1f\x7f\ufffd]/.test(one) && Buffer.from(one).toString() === one)
const rows: fc.Arbitrary<readonly Row[]> = fc.uniqueArray(
  fc.record({
    id: text,
    arch: optional(fc.constantFrom('armv7', 'arm64', 'x 86')),
    ram: optional(fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 })),
    load: optional(fc.integer({ min: -1e9, max: 1e9 }).map((scaled) => scaled / 100)),
    online: optional(fc.boolean()),
    site: optional(text),
    gateway: optional(text),
    tags: optional(
      fc.array(
        fc.string({ maxLength: 5 }).filter((one) => !one.includes('\ufffd')),
        { maxLength: 3 },
      ),
    ),
    // Not in the vocabulary: passed over, whatever it holds.
    other: optional(fc.jsonValue({ maxDepth: 3 })),
  }),
  { minLength: 1, maxLength: 12, selector: ({ id }) => id },
)

/** Values by row as a plain reader of the objects would have them. */
function plain(fleet: Fleet): readonly Row[] {
  const value = (column: Column, row: number): unknown => {
    if (column.is === 'numbers')
      return Number.isNaN(column.numbers[row]) ? undefined : column.type.is === 'decimal' ? column.numbers[row]! / 100 : column.numbers[row]
    const found = column.values[column.codes[row]!]
    return found === undefined
      ? undefined
      : column.type.is === 'bool'
        ? found === 'true'
        : column.type.is === 'set'
          ? (JSON.parse(found) as unknown)
          : found
  }
  return fleet.ids.map((id, row) => ({
    id,
    ...Object.fromEntries(Object.keys(fleet.columns).map((name) => [name, value(fleet.columns[name]!, row)])),
  }))
}

function expected(written: readonly Row[]): readonly Row[] {
  return written.map(({ id, arch, ram, load, online, site, gateway, tags }) => ({
    id,
    arch,
    ram: ram === 0 ? 0 : ram,
    load: load === 0 ? 0 : load,
    online,
    site,
    gateway,
    tags: tags === undefined ? undefined : [...new Set(tags as readonly string[])].sort(),
  }))
}

/** JSON in a random spelling: blanks, order of keys, escapes, absent or null. */
const spelling = fc.record({
  blank: fc.constantFrom('', ' ', '\t '),
  escape: fc.boolean(),
  nulls: fc.boolean(),
  turn: fc.nat(8),
  end: fc.constantFrom('\n', '\r\n', '\n\n'),
})
function spelled(row: Row, { blank, escape, nulls, turn }: { blank: string; escape: boolean; nulls: boolean; turn: number }): string {
  const entries = Object.entries(row).filter(([, value]) => nulls || value !== undefined)
  const turned = [...entries.slice(turn % entries.length), ...entries.slice(0, turn % entries.length)]
  const quoted = (value: unknown): string => {
    const json = JSON.stringify(value ?? null)
    return escape
      ? json.replaceAll(/[a-z](?=[^"]*"$)/g, (letter) =>
          json.startsWith('"') ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}` : letter,
        )
      : json
  }
  return `${blank}{${blank}${turned.map(([key, value]) => `${blank}${JSON.stringify(key)}${blank}:${blank}${quoted(value)}${blank}`).join(',')}}${blank}`
}

describe('a random fleet', () => {
  it('is read from NDJSON as JSON.parse reads it, in any spelling and cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.array(spelling, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        async (written, spellings, cut, mark) => {
          const lines = written.map(
            (row, index) => spelled(row, spellings[index % spellings.length]!) + spellings[index % spellings.length]!.end,
          )
          const fleet = await readNdjsonFleet(model, 'd', bytesOf((mark ? '\ufeff' : '') + lines.join(''), cut), new Map())
          expect(fleet.ok && plain(fleet.value)).toEqual(expected(written))
          const { gateway } = fleet.ok ? fleet.value.columns : {}
          if (gateway?.is === 'codes')
            gateway.values.forEach((id, code) => expect(gateway.rows?.[code]).toBe(written.findIndex((row) => row['id'] === id)))
        },
      ),
      { seed: SEED, numRuns: 300 },
    )
  })

  it('is read from CSV', async () => {
    const cell = (value: unknown): string => {
      const plainText =
        value === undefined ? '' : Array.isArray(value) ? value.join(';') : typeof value === 'string' ? value : JSON.stringify(value)
      return /[",;\t\r\n]/.test(plainText) ? `"${plainText.replaceAll('"', '""')}"` : plainText
    }
    const fields = ['id', 'arch', 'ram', 'load', 'online', 'site', 'gateway', 'tags'] as const
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        async (written, cut, end, last) => {
          const simple = written.map((row) => ({
            ...row,
            tags: (row['tags'] as readonly string[] | undefined)?.map((tag) => tag.replaceAll(/[;\s]/g, '_')).filter((tag) => tag !== ''),
          }))
          const lines = [fields.join(','), ...simple.map((row) => fields.map((field) => cell((row as Row)[field])).join(','))]
          const fleet = await readCsvFleet(model, 'd', bytesOf(lines.join(end) + (last ? end : ''), cut), new Map())
          const wanted = expected(simple).map((row) => ({
            ...row,
            tags: (row['tags'] as readonly string[] | undefined)?.length === 0 ? undefined : row['tags'],
          }))
          expect(fleet.ok && plain(fleet.value)).toEqual(wanted)
        },
      ),
      { seed: SEED, numRuns: 200 },
    )
  })

  it('is read from the model itself', () => {
    fc.assert(
      fc.property(rows, (written) => {
        const inline = readFleetModel({ name: 'm.json', text: JSON.stringify({ fleetproof: 1, variants: { a: {} }, devices: written }) })
        const fleet = inline.ok ? readInlineFleet({ ...inline.value, vocabulary: model.vocabulary }, new Map()) : inline
        expect(fleet.ok && plain(fleet.value)).toEqual(expected(written))
      }),
      { seed: SEED, numRuns: 100 },
    )
  })
})

describe('a random line', () => {
  it('is accepted exactly where JSON.parse gives an object with a new id', async () => {
    const good = '{"id":"a","ram":12,"site":"x","tags":["p","q"],"other":{"n":[1,-2.5e3,true,null,"y"]}}'
    const empty = { ...model, vocabulary: [] }
    await fc.assert(
      fc.asyncProperty(
        fc.nat(good.length - 1),
        fc.constantFrom('', '"', '{', '}', '[', ']', ',', ':', '0', '-', '.', 'e', '\\', ' ', 't', '\t', '\u0001'),
        fc.boolean(),
        async (at, piece, instead) => {
          const line = good.slice(0, at) + piece + good.slice(at + (instead ? 1 : 0))
          let id: unknown
          try {
            id = (JSON.parse(line) as Row)['id']
          } catch {
            id = undefined
          }
          const accepted = typeof id === 'string' && id !== '' && !/[\0-\x1f]/.test(id)
          const fleet = await readNdjsonFleet(empty, 'd', bytesOf(`${line}\n`), new Map())
          expect(fleet.ok).toBe(accepted)
          if (fleet.ok) expect(fleet.value.ids).toEqual([id])
        },
      ),
      { seed: SEED, numRuns: 1500 },
    )
  })
})

/** Whole numbers beyond 2^53 are kept as bigint, so that nobody takes them for exact; `JSON.parse` rounds them. */
function asNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(asNumbers)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asNumbers(inner)]))
}

describe('a structured text', () => {
  it('is read from JSON as JSON.parse reads it, by both readers', () => {
    fc.assert(
      fc.property(
        fc
          .jsonValue({ maxDepth: 5 })
          .filter((value) => !JSON.stringify(value).includes('__proto__') && !/\ufffd|\\u00|\\ufffd|\x7f/.test(JSON.stringify(value))),
        fc.constantFrom(0, 2),
        (value, indent) => {
          const json = JSON.stringify(value, undefined, indent)
          const strict = readJson({ name: 'x.json', text: json })
          expect(strict.ok && asNumbers(strict.value.value)).toEqual(JSON.parse(json))
          if (typeof value === 'object' && value !== null) {
            const yaml = readYaml({ name: 'x.yaml', text: json })
            expect(yaml.ok && asNumbers(yaml.value.value)).toEqual(JSON.parse(json))
          }
        },
      ),
      { seed: SEED, numRuns: 300 },
    )
  })

  it('never makes a reader throw', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(
            'a',
            ':',
            ' ',
            '\n',
            '-',
            '[',
            ']',
            '{',
            '}',
            '"',
            "'",
            '&',
            '*',
            '!',
            '|',
            '>',
            '#',
            '?',
            '%',
            ',',
            '\t',
            '1',
            '<',
          ),
          maxLength: 40,
        }),
        (anything) => {
          for (const name of ['x.yaml', 'x.json']) {
            const got = readYaml({ name, text: anything })
            if (!got.ok) expect(got.diagnostics.every(({ at, message }) => at.range !== undefined && message !== '')).toBe(true)
            readFleetModel({ name, text: `fleetproof: 1\n${anything}` })
          }
        },
      ),
      { seed: SEED, numRuns: 1500 },
    )
  })
})

describe('a joined table', () => {
  const joined = readFleetModel({
    name: 'm.yaml',
    text: `fleetproof: 1
context:
  model: {text: true}
  image:
    from: models
    by: model
    columns:
      has: {present: [gluon, v1.2], default: false}
      target: {text: true, path: [gluon, v1.2, target]}
      flash: {int: MB, default: 4}
  maker: {from: makers, by: image.maker, key: name}
devices: d
variants: {a: {requires: device.image.ram > 1 && device.maker.country == "x" && device.image.mhz > 2.5}}
`,
  })

  it('gives every device the values of its row, by paths, presence, defaults and a second table', async () => {
    if (!joined.ok) throw new Error('the model is right')
    const table = async (name: string, content: string): Promise<[string, Awaited<ReturnType<typeof readTable>>]> => [
      name,
      await readTable(name, bytesOf(content)),
    ]
    const read = await Promise.all([
      table(
        'models',
        '{"model":"m1","ram":64,"maker":"k","mhz":2.5,"gluon":{"v1.2":{"target":"ath"},"x":1}}\n{"model":"m2","ram":32,"flash":8,"mhz":3}\n',
      ),
      table('makers', 'name;country\nk;x\n'),
    ])
    const tables = new Map(read.flatMap(([name, one]) => (one.ok ? [[name, one.value] as const] : [])))
    const devices = ['m1', 'm2', 'm3'].map((name) => `{"id":"d-${name}","model":"${name}"}\n`).join('') + '{"id":"none"}\n'
    const fleet = await readNdjsonFleet(joined.value, 'd', bytesOf(devices), tables)
    expect(fleet.ok && plain(fleet.value)).toEqual([
      {
        id: 'd-m1',
        model: 'm1',
        'image.ram': 64,
        'image.maker': 'k',
        'image.mhz': 0.25,
        'image.has': true,
        'image.target': 'ath',
        'image.flash': 4,
        'maker.country': 'x',
      },
      {
        id: 'd-m2',
        model: 'm2',
        'image.ram': 32,
        'image.maker': undefined,
        'image.mhz': 0.3,
        'image.has': false,
        'image.target': undefined,
        'image.flash': 8,
        'maker.country': undefined,
      },
      {
        id: 'd-m3',
        model: 'm3',
        'image.ram': undefined,
        'image.maker': undefined,
        'image.mhz': undefined,
        'image.has': false,
        'image.target': undefined,
        'image.flash': 4,
        'maker.country': undefined,
      },
      {
        id: 'none',
        model: undefined,
        'image.ram': undefined,
        'image.maker': undefined,
        'image.mhz': undefined,
        'image.has': false,
        'image.target': undefined,
        'image.flash': 4,
        'maker.country': undefined,
      },
    ])
    expect(
      withTables(joined.value, tables).joins.map(({ columns }) => Object.entries(columns).map(([name, { is }]) => `${name}: ${is}`)),
    ).toEqual([
      [
        'model: text',
        'ram: int',
        'maker: text',
        'mhz: decimal',
        'gluon.v1.2.target: text',
        'gluon.x: int',
        'flash: int',
        'has: bool',
        'target: text',
      ],
      ['name: text', 'country: text'],
    ])
  })
})
