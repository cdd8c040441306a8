/** Mistakes in devices and tables: each gives its code, its place and its words; good lines around it are read. */
import { describe, expect, it } from 'vitest'
import type { Diagnostic, Read } from '../../src/diagnostics/diagnostic.ts'
import { readCsvFleet } from '../../src/formats/csv/read-fleet.ts'
import { readInlineFleet } from '../../src/formats/inline/read-fleet.ts'
import { readNdjsonFleet } from '../../src/formats/ndjson/read-fleet.ts'
import { readTable } from '../../src/formats/ndjson/read-table.ts'
import type { Table } from '../../src/formats/table.ts'
import type { FleetModel } from '../../src/model/fleet-model.ts'
import type { Fleet } from '../../src/model/fleet.ts'
import { readFleetModel } from '../../src/model/read-fleet-model.ts'
import { bytesOf } from '../fixtures/bytes.ts'

const CONTEXT = `context:
  arch: {enum: [armv7, arm64, x86_64]}
  ram: {int: MB}
  load: {decimal: 2}
  online: {bool: true}
  seen: {time: true}
  firmware: {semver: true}
  site: {text: true}
  gateway: {device: true}
  tags: {set: text}
`

function modelOf(context = CONTEXT, devices = 'devices: d.ndjson', variants = 'variants: {a: {}}'): FleetModel {
  const read = readFleetModel({ name: 'm.yaml', text: `fleetproof: 1\n${context}${devices}\n${variants}\n` })
  if (!read.ok) throw new Error(read.diagnostics.map(({ message }) => message).join('; '))
  return read.value
}

/** Attributes that no device has are no matter here. */
function said(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics
    .filter(({ code }) => code !== 'formats/unused-attribute')
    .map(({ code, severity, message, hint, at }) => {
      const place = at.range === undefined ? at.source : `${at.range.start.line}:${at.range.start.column}`
      return `${place} ${severity === 'error' ? '' : `${severity} `}${code} ${message}${hint === undefined ? '' : ` | ${hint}`}`
    })
}

async function ndjson(
  text: string,
  model = modelOf(),
  tables = new Map<string, Table>(),
  encoding: 'utf8' | 'latin1' = 'utf8',
): Promise<Read<Fleet>> {
  return readNdjsonFleet(model, 'd.ndjson', bytesOf(text, 7, encoding), tables)
}

const mistakes: readonly (readonly [string, string, readonly string[]])[] = [
  ['nothing at all', '', ['d.ndjson formats/empty-fleet `d.ndjson` holds no device']],
  ['blank lines only', '\n \n\n', ['d.ndjson formats/empty-fleet `d.ndjson` holds no device']],
  ['a comma too many', '{"id":"a"}\n{"id":"b",}\n', ['2:11 formats/broken-line a key in double quotes is expected here']],
  ['a word in quotes of another sort', "{'id':'a'}\n", ['1:2 formats/broken-line a key in double quotes is expected here']],
  ['a word that is no value', '{"id":"a","ram":NaN}\n', ['1:17 formats/broken-line `NaN` is not a JSON value']],
  ['a number with a zero before it', '{"id":"a","other":[01]}\n', ['1:20 formats/broken-line `01` is not a JSON value']],
  ['two objects in one line', '{"id":"a"}{"id":"b"}\n', ['1:11 formats/broken-line the text goes on after the end of the JSON value']],
  [
    'a last line cut off',
    '{"id":"a"}\n{"id":"b","si',
    ['2:11 formats/truncated-line the last line ends too early: a text is not closed by `"` on its line | maybe the file was cut off'],
  ],
  [
    'a last line cut off behind a colon',
    '{"id":"a"}\n{"id":',
    ['2:7 formats/truncated-line the last line ends too early: the text ends where a value is expected | maybe the file was cut off'],
  ],
  [
    'a NUL byte',
    '{"id":"a\0"}\n',
    ['1:9 formats/control-character a NUL byte stands in the text | maybe the file is damaged or is not a text file'],
  ],
  ['an escaped control character in an id', '{"id":"a\\u0007"}\n', ['1:8 formats/control-character `id` holds a control character']],
  [
    'a line that is a list',
    '["a"]\n',
    ['1:1 formats/broken-line the line is no JSON object | maybe the file is one JSON list; write each device on a line of its own'],
  ],
  ['a line that is a text', '"a"\n', ['1:1 formats/broken-line the line is no JSON object | maybe `{"id": ...}`']],
  [
    'a file in many lines',
    '{\n"id": "a"\n}\n',
    [
      '1:2 formats/broken-line a key in double quotes is expected here | maybe write each device on a single line',
      '2:5 formats/broken-line the text goes on after the end of the JSON value',
      '3:1 formats/broken-line `}` is not a JSON value',
    ],
  ],
  ['no id', '{"site":"x"}\n', ['1:1 formats/missing-id the device has no `id`']],
  ['an empty id', '{"id":""}\n', ['1:8 formats/missing-id the device has no `id`']],
  ['an id that is a list', '{"id":["a"]}\n', ['1:7 formats/wrong-type `id` must be a text']],
  ['an id twice', '{"id":"a"}\n{"id":"b"}\n{"site":"x","id":"a"}\n', ['3:19 formats/duplicate-id a device `a` stands further up already']],
  ['an id twice, written otherwise', '{"id":"a"}\n{"id":"\\u0061"}\n', ['2:8 formats/duplicate-id a device `a` stands further up already']],
  [
    'a value no enumeration has',
    '{"id":"a","arch":"arm46"}\n',
    ['1:19 formats/unknown-value `arch` of device `a` is the text "arm46", none of armv7, arm64, x86_64 | maybe `arm64`?'],
  ],
  [
    'a number for an enumeration',
    '{"id":"a","arch":64}\n',
    ['1:18 formats/unknown-value `arch` of device `a` is the number 64, none of armv7, arm64, x86_64'],
  ],
  [
    'a fraction where a whole number is wanted',
    '{"id":"a","ram":0.5}\n',
    ['1:17 formats/fraction `ram` of device `a` is 0.5, no whole number | maybe declare it as `decimal`'],
  ],
  [
    'a number in quotes',
    '{"id":"a","ram":"512"}\n',
    ['1:18 formats/wrong-type `ram` of device `a` must be a whole number, not the text "512"'],
  ],
  [
    'a number beyond 2^53',
    '{"id":"a","ram":9007199254740993}\n',
    [
      '1:17 formats/number-too-large `ram` of device `a` is 9007199254740992, beyond 2^53 - 1, the largest whole number that is kept exactly',
    ],
  ],
  [
    'too many decimal places',
    '{"id":"a","load":0.125}\n',
    ['1:18 formats/fraction `load` of device `a` is 0.125, with more than 2 decimal places | maybe declare it as `decimal: 3`'],
  ],
  [
    'a decimal that does not fit when scaled',
    '{"id":"a","load":99999999999999}\n',
    [
      '1:18 formats/number-too-large `load` of device `a` is 99999999999999, beyond 2^53 - 1, the largest whole number that is kept exactly',
    ],
  ],
  [
    'a text for a truth',
    '{"id":"a","online":"yes"}\n',
    ['1:21 formats/wrong-type `online` of device `a` must be `true` or `false`, not the text "yes"'],
  ],
  [
    'a 30th of February',
    '{"id":"a","seen":"2026-02-30T00:00:00Z"}\n',
    ['1:19 formats/wrong-type `seen` of device `a` must be a time such as 2026-01-31T12:00:00Z, not the text "2026-02-30T00:00:00Z"'],
  ],
  [
    'a short version',
    '{"id":"a","firmware":"1.2"}\n',
    ['1:23 formats/wrong-type `firmware` of device `a` must be a version such as 2.1.0, not the text "1.2"'],
  ],
  ['a list for a text', '{"id":"a","site":["x"]}\n', ['1:18 formats/wrong-type `site` of device `a` must be a text, not a list']],
  [
    'a text for a set',
    '{"id":"a","tags":"x"}\n',
    ['1:19 formats/wrong-type `tags` of device `a` must be a list of texts, not the text "x"'],
  ],
  [
    'a set with a number',
    '{"id":"a","tags":["x",1]}\n',
    ['1:18 formats/wrong-type `tags` of device `a` must be a list of texts, not a list'],
  ],
  [
    'a link to nobody',
    '{"id":"a","gateway":"g1"}\n{"id":"b","gateway":"g2"}\n{"id":"c","gateway":"a"}\n',
    ['d.ndjson warning formats/unknown-device `gateway` of 2 devices names no device of the fleet; the first: `a` names `g1`'],
  ],
]

describe('a mistake in NDJSON', () => {
  it.each(mistakes)('%s', async (_, text, expected) => {
    expect(said((await ndjson(text)).diagnostics)).toEqual(expected)
  })

  it('bytes that are not UTF-8', async () => {
    expect(said((await ndjson('{"id":"a","site":"caf\xe9"}\n{"id":"\xff"}\n', modelOf(), new Map(), 'latin1')).diagnostics)).toEqual([
      '1:19 formats/not-utf8 `site` of device `a` is not UTF-8',
      '2:8 formats/not-utf8 `id` is not UTF-8',
    ])
  })

  it('a line without end', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      await Promise.resolve()
      for (;;) yield new Uint8Array(1 << 20).fill(32)
    }
    const read = await readNdjsonFleet(modelOf(), 'd.ndjson', endless(), new Map())
    expect(said(read.diagnostics)).toEqual([
      '1:1 formats/too-large the line is longer than 16 MB | maybe the file is not NDJSON, one device per line',
    ])
  })

  it('keeps twenty of a kind and counts the others', async () => {
    const text = Array.from({ length: 173 }, (_, i) => `{"id":"d${i}","ram":"x"}`).join('\n')
    const all = said((await ndjson(text)).diagnostics)
    expect(all).toHaveLength(21)
    expect(all[20]).toBe('d.ndjson formats/wrong-type and 153 more like this')
  })

  it('links in a circle, where they must not', async () => {
    const acyclic = modelOf('context: {gateway: {device: acyclic}}\n')
    const line = (id: string, gateway: string): string => `{"id":"${id}","gateway":"${gateway}"}\n`
    expect(said((await ndjson(line('a', 'b') + line('b', 'c') + line('c', 'b'), acyclic)).diagnostics)).toEqual([
      'd.ndjson formats/cyclic-links `gateway` leads in a circle: `b` -> `c` -> `b`',
    ])
    expect(said((await ndjson(line('a', 'b') + line('b', 'c') + line('c', 'd') + line('d', 'x'), acyclic)).diagnostics)).toHaveLength(1)
    const mesh = modelOf('context: {gateway: {device: true}}\n')
    expect(said((await ndjson(line('a', 'b') + line('b', 'a'), mesh)).diagnostics)).toEqual([])
  })

  it('an attribute that no device has, with the field that was meant', async () => {
    const read = await ndjson('{"id":"a","memroy":5}\n', modelOf('context: {memory: {int: MB}}\n'))
    expect(read.diagnostics.map(({ code, severity, hint, at }) => [code, severity, hint, at.source, at.range?.start.line])).toEqual([
      ['formats/unused-attribute', 'warning', 'maybe `memroy`, which the devices have', 'm.yaml', 2],
    ])
  })

  it('is a warning, and the value missing, where dirt is to be reported', async () => {
    const read = await ndjson(
      '{"id":"a","ram":"x","site":"s"}\n{"id":"b","ram":5}\n',
      modelOf(CONTEXT, 'devices: {from: d.ndjson, dirty: report}'),
    )
    expect(said(read.diagnostics)).toEqual(['1:18 warning formats/wrong-type `ram` of device `a` must be a whole number, not the text "x"'])
    expect(read.ok && read.value.columns['ram']).toMatchObject({ numbers: Float64Array.of(NaN, 5) })
    expect(read.ok && read.value.columns['site']).toMatchObject({ codes: Int32Array.of(0, -1) })
  })
})

describe('a mistake in a joined table', () => {
  const model = modelOf('context:\n  model: {text: true}\n  image: {from: models, by: model, columns: {ram: {int: MB}}}\n')
  const joined = async (table: string | undefined, devices = '{"id":"a","model":"m1"}\n'): Promise<readonly string[]> => {
    if (table === undefined) return said((await ndjson(devices, model)).diagnostics)
    const read = await readTable('models', bytesOf(table))
    if (!read.ok) return said(read.diagnostics)
    return said((await ndjson(devices, model, new Map([['models', read.value]]))).diagnostics)
  }
  it.each<readonly [string, string | undefined, readonly string[]]>([
    [
      'is missing',
      undefined,
      ['4:3 formats/missing-table the table `models` of the join `image` was not given | maybe `--table models=FILE`'],
    ],
    ['is empty', ' \n', ['models formats/empty-table `models` holds no row']],
    [
      'has a key twice',
      '{"model":"m1"}\n{"model":"m1"}\n',
      ['2:1 formats/duplicate-row two rows have the model `m1`, the first in line 1'],
    ],
    [
      'has no keys',
      '[{"name":"m1"}]',
      [
        'models formats/missing-key no row has a `model`, by which `image` is looked up',
        'models warning formats/unmatched-key 1 device has a `model` that `models` does not hold; the first: `a` with `m1`',
      ],
    ],
    ['has a wrong value', 'model,ram\nm1,lots\n', ['2:1 formats/wrong-type `ram` of `m1` must be a whole number, not the text "lots"']],
    [
      'does not know a device',
      '{"model":"m2","ram":1}\n',
      ['models warning formats/unmatched-key 1 device has a `model` that `models` does not hold; the first: `a` with `m1`'],
    ],
    [
      'is cut off',
      '{"model":"m1","ram":1}\n{"model":',
      ['2:10 formats/truncated-line the last line ends too early: the text ends where a value is expected | maybe the file was cut off'],
    ],
    ['holds a row that is none', '[{"model":"m1"},\n 7]', ['2:2 formats/wrong-type a row must be a mapping']],
  ])('%s', async (_, table, expected) => {
    expect(await joined(table)).toEqual(expected)
  })
})

describe('a mistake in CSV', () => {
  it.each<readonly [string, string, readonly string[]]>([
    ['no id column', 'name,site\na,b\n', ['1:1 formats/missing-id no column is called `id` | maybe `devices: {from: ..., id: NAME}`']],
    [
      'a column twice',
      'id,site,site\na,b,c\n',
      ['1:9 formats/duplicate-column two columns are called `site`', '2:1 formats/broken-line the row has 3 cells, the header has 2'],
    ],
    ['a short row', 'id,site\na,b\nc\n', ['3:1 formats/broken-line the row has 1 cells, the header has 2']],
    [
      'an open quote',
      'id,site\na,"b\nc,d\n',
      ['2:1 formats/truncated-line a quote that is opened in the row beginning here is never closed | maybe the file was cut off'],
    ],
    [
      'text behind a quote',
      'id,site\na,"b"c\n',
      ['2:1 formats/broken-line text stands behind the closing quote of cell 2 | maybe double the quotes inside a quoted cell'],
    ],
    [
      'a wrong value',
      'id;ram\na;1.5\nb;x\nc;99999999999999999\n',
      [
        '2:3 formats/fraction `ram` of device `a` is 1.5, no whole number | maybe declare it as `decimal`',
        '3:3 formats/wrong-type `ram` of device `b` must be a whole number, not the text "x"',
        '4:3 formats/number-too-large `ram` of device `c` is 99999999999999999, beyond 2^53 - 1, the largest whole number that is kept exactly',
      ],
    ],
    ['an id twice', 'id\na\na\n', ['3:1 formats/duplicate-id a device `a` stands further up already']],
    ['only a header', 'id,site\n', ['d.csv formats/empty-fleet `d.csv` holds no device']],
  ])('%s', async (_, text, expected) => {
    expect(said((await readCsvFleet(modelOf(), 'd.csv', bytesOf(text, 5), new Map())).diagnostics)).toEqual(expected)
  })
})

describe('a mistake among devices in the model', () => {
  it('has its place there', () => {
    const model = modelOf('context: {ram: {int: MB}}\n', 'devices:\n  - {id: a, ram: 5}\n  - {id: a}\n  - {ram: 1.5}')
    expect(said(readInlineFleet(model, new Map()).diagnostics)).toEqual([
      '5:10 formats/duplicate-id a device `a` stands further up already',
      '6:11 formats/fraction `ram` of `devices[2]` is 1.5, no whole number | maybe declare it as `decimal`',
      '6:5 formats/missing-id the device has no `id`',
    ])
    expect(said(readInlineFleet(modelOf(CONTEXT, 'devices: []'), new Map()).diagnostics)).toEqual([
      'm.yaml formats/empty-fleet `m.yaml` holds no device',
    ])
  })
})
