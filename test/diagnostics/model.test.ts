/** Mistakes in a model: each gives its code, its place and its words. */
import { describe, expect, it } from 'vitest'
import { readFleetModel } from '../../src/model/read-fleet-model.ts'

const HEAD = 'fleetproof: 1\n'
const REST = 'devices: d.ndjson\nvariants: {a: {}}\n'

/** `line:column code message | hint` of everything said. */
function said(text: string, name = 'm.yaml'): readonly string[] {
  return readFleetModel({ name, text }).diagnostics.map(({ code, message, hint, at }) => {
    const place = at.range === undefined ? '' : `${at.range.start.line}:${at.range.start.column}`
    return `${place} ${code} ${message}${hint === undefined ? '' : ` | ${hint}`}`
  })
}

const cases: readonly (readonly [string, string, readonly string[]])[] = [
  ['an empty text', '', ['1:1 model/no-model the model is empty | maybe begin with `fleetproof: 1`']],
  [
    'a list',
    '- a',
    ['1:1 model/no-model a model is a mapping of `fleetproof`, `variants` and more, not a list | maybe begin with `fleetproof: 1`'],
  ],
  [
    'no format',
    'variants: {}',
    ['1:1 model/no-format `fleetproof`, the version of the format, is missing | maybe begin with `fleetproof: 1`'],
  ],
  [
    'a newer format',
    'fleetproof: 2\nwhatever: 1',
    ['1:13 model/newer-format the model is written in format 2, this program reads format 1 | maybe update fleetproof'],
  ],
  ['a quoted format', 'fleetproof: "1"', ['1:14 model/bad-format `fleetproof` must be 1, the version of the format, not the text "1"']],
  ['an unclosed quote', `${HEAD}a: "x`, ['2:6 formats/broken-yaml a text is not closed by its quote']],
  [
    'a tab',
    `${HEAD}variants:\n\ta: {}`,
    ['3:1 formats/tab a tab stands in the indentation; YAML allows blanks only | maybe replace the tab by blanks'],
  ],
  ['a key twice', `${HEAD}${REST}devices: e`, ['4:1 formats/duplicate-key `devices` stands twice in this mapping, first in line 2']],
  [
    'a NUL byte',
    `${HEAD}a: \0`,
    ['2:4 formats/control-character a NUL byte stands in the text | maybe the file is damaged or is not a text file'],
  ],
  [
    'not UTF-8',
    `${HEAD}a: \ufffd`,
    ['2:4 formats/not-utf8 the text is not UTF-8 here, its characters cannot be read | maybe save the file as UTF-8'],
  ],
  ['deep brackets', `${HEAD}a: ${'['.repeat(300)}`, ['2:204 formats/too-deep lists and mappings are nested deeper than 200']],
  ['an alias to itself', `${HEAD}a: &x [*x]`, ['2:8 formats/alias-circle the alias `*x` stands inside what it repeats']],
  ['an unknown alias', `${HEAD}a: *x`, ['2:4 formats/unknown-alias no anchor `&x` stands before the alias `*x`']],
  ['an unknown tag', `${HEAD}a: !js 1`, ['2:8 formats/unknown-tag the tag `!js` is not understood here']],
  ['a prototype key', `${HEAD}__proto__: 1`, ['2:1 formats/reserved-key `__proto__` cannot be a key']],
  ['broken JSON', '{"fleetproof": 1,\n "a": [1,}', ['2:10 formats/broken-json `}` is not a JSON value']],
  [
    'a JSON key twice',
    '{"fleetproof": 1,\n "a": 1, "a": 2}',
    ['2:11 formats/duplicate-key `a` stands twice in this mapping, first in line 2'],
  ],
  ['an unknown key', `${HEAD}${REST}constrains: []`, ['4:1 model/unknown-key `constrains` is not known here | maybe `constraints`?']],
  ['no variants', `${HEAD}devices: d`, ['1:1 model/missing-key `variants` is missing']],
  ['an empty list of variants', `${HEAD}devices: d\nvariants: {}`, ['3:11 model/empty the model has no variant']],
  [
    'no devices',
    `${HEAD}variants: {a: {}}`,
    ['1:1 model/missing-key the model does not say where its devices come from | maybe `devices: devices.ndjson`'],
  ],
  [
    'a variant with a blank',
    `${HEAD}devices: d\nvariants:\n  a b: {}`,
    ['4:3 model/bad-name the variant "a b" holds a blank | maybe `a-b`'],
  ],
  [
    'a variant called none',
    `${HEAD}devices: d\nvariants: {none: {}}`,
    ['3:12 model/bad-name the variant "none" is the name of an outcome that every model has'],
  ],
  [
    'a misspelt key of a variant',
    `${HEAD}devices: d\nvariants: {a: {preferes: 1}}`,
    ['3:16 model/unknown-key `preferes` is not known in `variants.a` | maybe `prefers`?'],
  ],
  [
    'a list for an expression',
    `${HEAD}devices: d\nvariants: {a: {requires: [1]}}`,
    ['3:26 model/wrong-type `variants.a.requires` must be an expression, not a list'],
  ],
  ['an empty expression', `${HEAD}devices: d\nvariants: {a: {requires: " "}}`, ['3:27 model/empty `variants.a.requires` is empty']],
  [
    'an unknown unit',
    `${HEAD}devices: d\nvariants: {a: {uses: {memory: 256 Mib}}}`,
    ['3:31 model/unknown-unit `Mib` is no unit that is known here | maybe `MiB`?'],
  ],
  [
    'a fraction of a unit',
    `${HEAD}devices: d\nvariants: {a: {uses: {memory: 1.5 B}}}`,
    ['3:31 model/not-whole `1.5 B` is no whole number of B'],
  ],
  ['a negative amount', `${HEAD}devices: d\nvariants: {a: {uses: {memory: -1 MB}}}`, ['3:31 model/out-of-range `-1 MB` is negative']],
  [
    'an amount beyond 2^53',
    `${HEAD}devices: d\nvariants: {a: {uses: {memory: 99999 TB}}}`,
    ['3:31 model/number-too-large `99999 TB` is beyond 2^53 - 1 B'],
  ],
  [
    'two dimensions of one resource',
    `${HEAD}devices: d\nvariants:\n  a: {uses: {memory: 1 MB}}\n  b: {uses: {memory: 1 kbit/s}}`,
    ['5:22 model/other-dimension `memory` is data rate here and data in `variants.a.uses.memory`'],
  ],
  [
    'a short version',
    `${HEAD}devices: d\nvariants: {a: {version: 2.10}}`,
    ['3:25 model/bad-version the text "2.10" is no version such as 2.1.0 | maybe `2.10.0`'],
  ],
  [
    'an empty setting range',
    `${HEAD}devices: d\nvariants: {a: {settings: {n: {int: {min: 3, max: 1}}}}}`,
    ['3:36 model/out-of-range `variants.a.settings.n` goes from 3 to 1, which holds nothing'],
  ],
  [
    'a setting beyond 2^53',
    `${HEAD}devices: d\nvariants: {a: {settings: {n: {int: {min: 0, max: 9007199254740993}}}}}`,
    [
      '3:50 model/number-too-large `variants.a.settings.n.int.max` is 9007199254740993, beyond 2^53 - 1, the largest whole number that is kept exactly',
    ],
  ],
  [
    'a rule without then',
    `${HEAD}devices: d\nvariants: {a: {rules: [{if: "true"}]}}`,
    ['3:24 model/missing-key `variants.a.rules[0].then` is missing'],
  ],
  [
    'a type as text',
    `${HEAD}${REST}context: {ram: integer}`,
    ['4:16 model/wrong-type `context.ram` must be a mapping that names a type, not the text "integer" | maybe `{int: true}`'],
  ],
  [
    'a misspelt type',
    `${HEAD}${REST}context: {arch: {enmu: [a]}}`,
    ['4:17 model/unknown-type `context.arch` names no type | maybe `enum`?'],
  ],
  [
    'two types',
    `${HEAD}${REST}context: {arch: {enum: [a], text: true}}`,
    ['4:17 model/two-types `context.arch` names two types, `enum` and `text`'],
  ],
  [
    'an enumeration with a value twice',
    `${HEAD}${REST}context: {arch: {enum: [a, b, a]}}`,
    ['4:31 model/duplicate-value `a` stands twice in `context.arch.enum`'],
  ],
  [
    'a fraction for places',
    `${HEAD}${REST}context: {load: {decimal: 2.5}}`,
    ['4:27 model/not-whole `context.load.decimal` is 2.5, it must be a whole number'],
  ],
  [
    'an attribute that is no word',
    `${HEAD}${REST}context: {access-point: {text: true}}`,
    [
      '4:11 model/bad-name the attribute `access-point` must be a word of letters, digits and `_` that does not begin with a digit | maybe call it `access_point` and map it with `devices: {from: ..., columns: {access_point: access-point}}`',
    ],
  ],
  [
    'a default of another type',
    `${HEAD}${REST}context: {ram: {int: MB, default: lots}}`,
    ['4:35 model/wrong-type the default of `context.ram` must be a whole number, not the text "lots"'],
  ],
  [
    'a join by nothing',
    `${HEAD}${REST}context: {modl: {text: true}, image: {from: t, by: model}}`,
    ['4:52 model/unknown-attribute the join `image` is looked up by `model`, which is no attribute of the vocabulary | maybe `modl`?'],
  ],
  [
    'joins in a circle',
    `${HEAD}${REST}context:\n  a: {from: s, by: b.x}\n  b: {from: t, by: a.y}`,
    ['5:20 model/cyclic-join joins are looked up by each other in a circle: `a` -> `b` -> `a`'],
  ],
  [
    'a mapped column of nothing',
    `${HEAD}variants: {a: {}}\ncontext: {ram: {int: MB}}\ndevices: {from: d, columns: {rma: memory}}`,
    ['4:30 model/unknown-attribute `devices.columns` maps `rma`, which is no attribute of the vocabulary | maybe `ram`?'],
  ],
  [
    'a number for a device',
    `${HEAD}variants: {a: {}}\ndevices: [7]`,
    ['3:11 model/wrong-type `devices[0]` must be a mapping of attributes, not the number 7'],
  ],
  [
    'a current setting of nothing',
    `${HEAD}${REST}current: {variant: device.x, settings: {mode: device.y}}`,
    ['4:41 model/unknown-setting no variant has a setting called `mode`'],
  ],
  ['a reason left out', `${HEAD}${REST}leave: [{if: "true"}]`, ['4:9 model/missing-key `leave[0].because` is missing']],
  [
    'a constraint as text',
    `${HEAD}${REST}constraints: [quota]`,
    ['4:15 model/wrong-type `constraints[0]` must be a mapping with the kind as its key | maybe `quota: {variant: ..., max: 10}`'],
  ],
  [
    'two kinds',
    `${HEAD}${REST}constraints:\n  - quota: {}\n    pin: {}`,
    [
      '6:5 model/two-kinds `constraints[0]` must name exactly one kind, here stand `quota` and `pin` | maybe these are two entries of the list',
    ],
  ],
  [
    'a misspelt policy',
    `${HEAD}${REST}constraints:\n  - quota: {}\n    do_not_worse: true`,
    ['6:5 model/two-kinds `constraints[0]` must name exactly one kind, here stand `quota` and `do_not_worse` | maybe `do_not_worsen`?'],
  ],
  ['no kind', `${HEAD}${REST}constraints: [{name: x}]`, ['4:15 model/missing-kind `constraints[0]` names no kind of constraint']],
  [
    'two policies',
    `${HEAD}${REST}constraints: [{pin: {}, soft: 1, do_not_worsen: true}]`,
    ['4:15 model/two-policies `constraints[0]` can be one of hard, `soft` and `do_not_worsen`'],
  ],
  [
    'a weight of nothing',
    `${HEAD}${REST}constraints: [{pin: {}, soft: 0}]`,
    ['4:31 model/out-of-range `constraints[0].soft` is 0, it must be at least 1'],
  ],
  [
    'one name twice',
    `${HEAD}${REST}constraints: [{pin: {}, name: x}, {pin: {}, name: x}]`,
    ['4:51 model/duplicate-name `constraints[0]` is called "x" too'],
  ],
  [
    'a misspelt objective',
    `${HEAD}${REST}objectives: [asigned]`,
    ['4:14 model/unknown-objective no objective is called "asigned" | maybe `assigned`?'],
  ],
  [
    'a score beside others',
    `${HEAD}${REST}objectives: [{score: {assigned: 1}}, changes]`,
    ['4:14 model/two-objectives `score` stands for the whole objective, nothing can stand beside it'],
  ],
  [
    'soft without its objective',
    `${HEAD}${REST}constraints: [{pin: {}, soft: 1}]\nobjectives: [assigned]`,
    ['5:13 model/soft-unused there are soft constraints, but `soft` is not among the objectives, so they count for nothing'],
  ],
]

describe('a mistake in the model', () => {
  it.each(cases)('%s', (_, text, expected) => {
    expect(said(text)).toEqual(expected)
  })

  it('refuses a text beyond 64 MB before it is parsed', () => {
    const read = readFleetModel({ name: 'm.yaml', text: HEAD + '#'.repeat(64 * 1024 * 1024) })
    expect(read.diagnostics.map(({ code }) => code)).toEqual(['formats/too-large'])
  })

  it('refuses aliases that multiply, whatever they hold', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
    for (let i = 1; i < 9; i += 1) lines.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ')}]`)
    expect(said(`${HEAD}${lines.join('\n')}`)[0]).toMatch(/formats\/alias-bomb aliases repeat more than 10000 values$/)
  })

  it('refuses blocks nested beyond every stack', () => {
    expect(said('- '.repeat(20_000))[0]).toContain('formats/too-deep')
    expect(said(Array.from({ length: 1500 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'))[0]).toContain('formats/too-deep')
  })

  it('says everything at once, in the order of the reader', () => {
    const text = `${HEAD}devices: d\nvariants: {a: {requires: [], uses: {x: 1 Mb}}}\nobjectives: [x, y]\nconstraints: [1]`
    expect(said(text)).toHaveLength(5)
  })
})

describe('a model that is right', () => {
  const text = `fleetproof: 1
context:
  ram: {int: MB, default: 0}
  load: {decimal: 2, default: 1.5}
  model: {text: true}
  maker: {from: makers.csv, by: image.maker, key: name}
  image: {from: models.ndjson, by: model, columns: {maker: {text: true}, has: {present: [gluon, v2019.1.3]}, old: {bool: true, path: [a.b, c], default: false}}}
devices: {from: d.ndjson, id: serial, columns: {ram: memory}, dirty: report}
current: {variant: device.model, settings: {mode: "'x'"}}
leave: [{if: device.ram < 1, because: no memory}, {if: "false", because: never}]
unmanaged: {uses: {memory: 1 GiB}}
variants:
  a:
    requires: "device.ram >= 512"
    uses: {memory: 256 MB, uplink: 1.5 kbit/s, slots: 2, power: device.ram / 2}
    settings: {mode: {enum: [1.10, yes]}, n: {int: {min: 0, max: 3}}}
    rules: [{if: settings.n == 1, then: true}]
    prefers: 10
    version: v2.1.0
constraints:
  - requires_on: {share: {min: 20%}}
    name: one
  - {pin: {}, soft: 5}
  - {pin: {}, soft: {weight: 2, level: 3, per: whole}}
  - {pin: {}, do_not_worsen: true}
`
  const read = readFleetModel({ name: 'm.yaml', text })
  const model = read.ok ? read.value : undefined

  it('is read whole, without a word', () => {
    expect(read.diagnostics).toEqual([])
    expect(model?.devices).toEqual({ is: 'source', name: 'd.ndjson', id: 'serial', columns: { ram: 'memory' }, dirty: 'report' })
    expect(model?.vocabulary.map(({ name, default: fallback }) => [name, fallback])).toEqual([
      ['ram', 0],
      ['load', 150],
      ['model', undefined],
    ])
  })

  it('orders joins so that each key is known before it is used', () => {
    expect(model?.joins.map(({ name, by, key, reading }) => ({ name, by, key, reading }))).toEqual([
      {
        name: 'image',
        by: 'model',
        key: 'model',
        reading: { has: { present: ['gluon', 'v2019.1.3'] }, old: { path: ['a.b', 'c'], default: 'false' } },
      },
      { name: 'maker', by: 'image.maker', key: 'name', reading: undefined },
    ])
  })

  it('keeps amounts in canonical units and expressions as they are written', () => {
    const variant = model?.variants[0]
    expect(variant?.uses).toMatchObject({ memory: 256_000_000, uplink: 1500, slots: 2, power: { text: 'device.ram / 2' } })
    expect(model?.unmanagedUses).toEqual({ memory: 2 ** 30 })
    expect(variant?.version).toBe('2.1.0')
    expect(variant?.prefers?.text).toBe('10')
    expect(variant?.settings[0]?.type).toEqual({ is: 'enum', values: ['1.10', 'yes'] })
    // The place is inside the quotes.
    expect(variant?.requires?.at.range).toEqual({ start: { line: 14, column: 16 }, end: { line: 14, column: 33 } })
  })

  it('reads policies, kinds and objectives', () => {
    expect(model?.constraints.map(({ kind, policy, name }) => [kind, policy, name])).toEqual([
      ['placement/requires-on', { is: 'hard' }, 'one'],
      ['placement/pin', { is: 'soft', weight: 5, level: 1, per: 'unit' }, undefined],
      ['placement/pin', { is: 'soft', weight: 2, level: 3, per: 'whole' }, undefined],
      ['placement/pin', { is: 'do-not-worsen' }, undefined],
    ])
    expect(model?.constraints[0]?.parameters).toEqual({ share: { min: '20%' } })
    expect(model?.objectives.map(({ is }) => is)).toEqual(['assigned', 'soft', 'preference', 'changes'])
    expect(model?.leave?.text).toBe('(device.ram < 1) || (false)')
    expect(model?.places.get('/constraints/0/requires_on/share/min')?.range?.start).toEqual({ line: 21, column: 32 })
  })

  it('is the same from JSON', () => {
    const json =
      '{"fleetproof": 1, "devices": [{"id": "d"}], "variants": {"a": {"prefers": "1"}}, "objectives": [{"score": {"assigned": 200}}]}'
    const other = readFleetModel({ name: 'm.json', text: json })
    expect(other.ok && other.value.devices).toEqual({ is: 'inline', rows: [{ id: 'd' }] })
    expect(other.ok && other.value.objectives).toEqual([{ is: 'score', assigned: 200, preference: 0, changes: 0 }])
  })
})
