// Columns mapped from CSV, NDJSON and Azure twins: units, constants, missing and renamed values, and every mistake at its place.
import { describe, expect, it } from 'vitest'
import { readFleetSource } from '../../src/formats/read-fleet-source.ts'
import { deviceLine } from '../../src/formats/ndjson/write-fleet.ts'
import { bytesOf } from '../fixtures/bytes.ts'

const CONTEXT = `context: {ram: {int: MB}, load: {decimal: 2}, site: {text: true}, online: {bool: true}}
variants: {a: {}}
`

async function read(devices: string, text: string, context = CONTEXT) {
  const fleet = await readFleetSource({ name: 'm.yaml', text: `fleetproof: 1\ndevices: ${devices}\n${context}` }, () => bytesOf(text))
  const said = fleet.diagnostics.map(({ code, message, at }) => {
    const place = at.range === undefined ? at.source : `${at.source}:${at.range.start.line}:${at.range.start.column}`
    return `${place} ${code} ${message}`
  })
  if (!fleet.ok) return { said }
  const { fleet: value, model } = fleet.value
  const names = model.vocabulary.map(({ name }) => name)
  return { said, rows: value.ids.map((_, row) => JSON.parse(deviceLine(value, names, row)) as unknown) }
}

describe('CSV with a column mapping', () => {
  it('reads units, constants, missing marks, renamed values and decimal commas', async () => {
    const csv = '\ufeffName;RAM (GiB);Last;Ort;Status\r\n"a;1";2;12,5;"Haus ""Nord""";up\r\nb;n/a;0;-;down\r\n'
    const devices =
      '{from: f.txt, format: csv, id: Name, decimal: ",", missing: ["n/a"], columns: {ram: RAM, load: Last, site: {from: Ort, missing: ["-"]}, online: {from: Status, values: {up: true, down: false}}}}'
    const context = CONTEXT.replace('{int: MB}', '{int: KiB}')
    expect(await read(devices, csv, context)).toEqual({
      said: [],
      rows: [
        { id: 'a;1', ram: 2 * 1024 * 1024, load: 12.5, site: 'Haus "Nord"', online: true },
        { id: 'b', load: 0, online: false },
      ],
    })
  })

  it('takes a constant without a column, and a separator that is given', async () => {
    expect(
      await read('{from: f.csv, separator: "|", columns: {site: {value: "hall, 1"}, online: {value: true}}}', 'id|ram|load\na|1|0.25\n'),
    ).toEqual({
      said: [],
      rows: [{ id: 'a', ram: 1, load: 0.25, site: 'hall, 1', online: true }],
    })
  })

  it.each<readonly [string, string, string, readonly string[]]>([
    [
      'a value at its cell',
      '{from: f.csv}',
      'id,site,ram\na,"x\ny",many\n',
      ['f.csv:3:4 formats/wrong-type `ram` of device `a` must be a whole number, not the text "many"'],
    ],
    [
      'another dimension in the header',
      '{from: f.csv, columns: {ram: "RAM (kHz)"}}',
      'id,RAM (kHz)\na,1\n',
      ['f.csv:1:1 formats/other-unit `ram` cannot be read from the column `RAM (kHz)`: kHz is frequency, MB is data'],
    ],
    [
      'a part of a unit',
      '{from: f.csv, columns: {ram: "RAM (kB)"}}',
      'id,RAM (kB)\na,2500\n',
      ['f.csv:2:3 formats/fraction `ram` of device `a` is 2.5, no whole number'],
    ],
    [
      'a unit that is none',
      '{from: f.csv, columns: {ram: {from: R, unit: lots}}}',
      '',
      ['m.yaml:2:55 model/unknown-unit `lots` is no unit that is known here'],
    ],
    [
      'a unit of another dimension',
      '{from: f.csv, columns: {ram: {unit: kHz}}}',
      '',
      ['m.yaml:2:46 model/other-dimension `ram` is counted in MB, which kHz cannot be converted to'],
    ],
    [
      'a constant of another type',
      '{from: f.csv, columns: {ram: {value: much}}}',
      '',
      ['m.yaml:2:47 model/wrong-type `ram` must be a whole number, not the text "much"'],
    ],
    [
      'a constant with a column',
      '{from: f.csv, columns: {ram: {value: 1, from: R}}}',
      '',
      ['m.yaml:2:39 model/two-values `ram` is the constant `value`, nothing else is read for it'],
    ],
    [
      'a separator for twins',
      '{from: f.json, format: azure, separator: ";"}',
      '',
      ['m.yaml:2:40 model/wrong-value `devices.separator` is about CSV, and the format is `azure`'],
    ],
    [
      'an unknown format',
      '{from: f.csv, format: cvs}',
      '',
      ['m.yaml:2:32 model/unknown-value `devices.format` can be `csv`, `ndjson` or `azure`, not the text "cvs"'],
    ],
  ])('says %s', async (_, devices, text, expected) => {
    expect((await read(devices, text)).said.filter((one) => !one.includes('unused-attribute'))).toEqual(expected)
  })
})

describe('NDJSON with a column mapping', () => {
  it('reads nested paths, units and renamed values', async () => {
    const devices =
      '{from: f.ndjson, columns: {ram: {from: hw.ram, unit: GB}, site: location.name, online: {from: state, values: {"1": true}}}}'
    expect(await read(devices, '{"id":"a","hw":{"ram":1.5},"location":{"name":"x"},"state":1,"load":0.5}\n')).toEqual({
      said: [],
      rows: [{ id: 'a', ram: 1500, load: 0.5, site: 'x', online: true }],
    })
  })
})

const TWINS = [
  {
    deviceId: 'a',
    connectionState: 'Connected',
    tags: { site: 'north', ram: 9 },
    properties: { desired: {}, reported: { ram: 512, $version: 3 } },
  },
  {
    deviceId: 'b',
    connectionState: 'Disconnected',
    tags: { site: 'north {', place: { hall: 'h' } },
    properties: { reported: { ram: 256, load: 0.5 } },
  },
]

describe('Azure device twins', () => {
  const expected = [
    { id: 'a', ram: 512, site: 'north', online: true },
    { id: 'b', ram: 256, load: 0.5, site: 'north {', online: false },
  ]
  it.each([
    ['a list', JSON.stringify(TWINS)],
    ['a list over many lines', JSON.stringify(TWINS, null, 2)],
    ['lines', TWINS.map((twin) => `${JSON.stringify(twin)}\r\n`).join('')],
  ])('are read from %s', async (_, text) => {
    expect(await read('{from: twins.json, format: azure}', text)).toEqual({ said: [], rows: expected })
  })

  it('are read along paths, without those of modules', async () => {
    const devices = '{from: t.json, format: azure, columns: {site: tags.place.hall, ram: tags.ram}}'
    expect(await read(devices, JSON.stringify([...TWINS, { deviceId: 'a', moduleId: 'm' }]), CONTEXT)).toEqual({
      said: ['t.json azure/modules 1 twin is of modules, not of devices; they are left out'],
      rows: [
        { id: 'a', ram: 9, online: true },
        { id: 'b', load: 0.5, site: 'h', online: false },
      ],
    })
  })

  it.each<readonly [string, string, readonly string[]]>([
    [
      'cut off',
      '[{"deviceId":"a"},\n {"deviceId":"b"',
      ['t.json:2:2 formats/truncated-line the list or the twin that begins here never ends'],
    ],
    ['a list without end', '[{"deviceId":"a"},\n', ['t.json:2:1 formats/truncated-line the list or the twin that begins here never ends']],
    ['something else', '[{"deviceId":"a"}, 7]', ['t.json:1:20 formats/broken-line a twin is expected here, not "7]"']],
    [
      'a broken twin',
      '[{"deviceId":"a"},\n {"deviceId" "b"}]',
      ['t.json:2:14 formats/broken-json a colon is expected after the key `deviceId`'],
    ],
    ['no id', '[{"tags":{}}]', ['t.json:1:2 formats/missing-id the device has no `deviceId`']],
    ['an id twice', '[{"deviceId":"a"},{"deviceId":"a"}]', ['t.json:1:32 formats/duplicate-id a device `a` stands further up already']],
    [
      'a wrong value',
      '[{"deviceId":"a",\n"tags":{"ram":"x"}}]',
      ['t.json:2:16 formats/wrong-type `ram` of device `a` must be a whole number, not the text "x"'],
    ],
    ['nothing', '', ['t.json formats/empty-fleet `t.json` holds no device']],
  ])('say %s', async (_, text, expected) => {
    expect((await read('{from: t.json, format: azure}', text)).said.filter((one) => !one.includes('unused-attribute'))).toEqual(expected)
  })
})
