// Bad input as a user meets it: one exact diagnostic with its place, exit code 3, nothing written, no stack trace, and the same as JSON.
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { call, filesIn, folderWith } from '../fixtures/command-line.ts'

interface Mistake {
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly words: readonly string[]
  readonly input?: string
  /** `place code  message`, and the hint after ` | `: all that is printed, but for the excerpts. */
  readonly says: readonly string[]
}

interface ModelParts {
  readonly head?: string
  readonly context?: string
  readonly devices?: string
  readonly variants?: string
  readonly rest?: string
}

const twoVariants = 'variants:\n  edge: {requires: device.ram >= 512}\n  cloud: {}'

/** Lines 1 head, 2 to 4 context, 5 devices, 6 to 8 variants, 9 the rest. */
function modelOf({
  head = 'fleetproof: 1',
  context = 'context:\n  ram: {int: MB}\n  site: {text: true}',
  devices = 'devices: devices.ndjson',
  variants = twoVariants,
  rest = '',
}: ModelParts = {}): string {
  return [head, context, devices, variants, rest].join('\n')
}

const devices = '{"id":"d1","ram":1024,"site":"north"}\n{"id":"d2","ram":256,"site":"south"}\n'
const fleet = (parts: ModelParts = {}, lines: string | Uint8Array = devices) => ({ 'm.yaml': modelOf(parts), 'devices.ndjson': lines })
const assign = ['assign', 'm.yaml']
const variant = (text: string) => ({ variants: `variants:\n  edge: ${text}` })
const automations = 'fleetproof-automations: 1\napplication: flat\nthings: {}\nautomations: []\n'

const mistakes: Readonly<Record<string, Mistake>> = {
  'broken YAML': {
    files: fleet({ rest: 'objectives: [assigned, {' }),
    words: assign,
    says: ['m.yaml:9:25 formats/broken-yaml  the indentation does not fit the lines above | maybe a bracket above is not closed'],
  },
  'a wrong type': {
    files: fleet({ rest: 'objectives: assigned' }),
    words: assign,
    says: ['m.yaml:9:13 model/wrong-type  `objectives` must be a list of assigned, soft, preference, changes'],
  },
  'a mapping in place of an expression': {
    files: fleet(variant('{prefers: {ram: 1}}')),
    words: assign,
    says: ['m.yaml:7:19 model/wrong-type  `variants.edge.prefers` must be an expression, not a mapping'],
  },
  'a number compared with a text': {
    files: fleet(variant('{requires: device.ram >= "512"}')),
    words: assign,
    says: ['m.yaml:7:34 expression/type  `device.ram` is int (MB), compared with text | maybe `device.ram >= 512`'],
  },
  'an unknown variant': {
    files: fleet({ rest: 'constraints:\n  - quota: {variant: edeg, min: 1}' }),
    words: assign,
    says: ['m.yaml:10:22 model/unknown-variant  no variant is called `edeg` | maybe `edge`?'],
  },
  'an unknown attribute': {
    files: fleet(variant('{requires: device.rma >= 512}')),
    words: assign,
    says: ['m.yaml:7:20 expression/unknown-attribute  there is no `device.rma` | maybe `device.ram`?'],
  },
  'an unknown key': {
    files: fleet(variant('{require: device.ram >= 512}')),
    words: assign,
    says: ['m.yaml:7:10 model/unknown-key  `require` is not known in `variants.edge` | maybe `requires`?'],
  },
  'an unknown kind of constraint': {
    files: fleet({ rest: 'constraints:\n  - quotas: {variant: edge, min: 1}' }),
    words: assign,
    says: ['m.yaml:10:5 model/unknown-kind  no kind of constraint is called `quotas` | maybe `quota`?'],
  },
  'two mistakes at once': {
    files: fleet({ rest: 'constraints:\n  - quota: {variant: edeg, min: 1}\n  - quotas: {variant: edge, min: 1}' }),
    words: assign,
    says: [
      'm.yaml:10:22 model/unknown-variant  no variant is called `edeg` | maybe `edge`?',
      'm.yaml:11:5 model/unknown-kind  no kind of constraint is called `quotas` | maybe `quota`?',
    ],
  },
  'a device twice': {
    files: fleet({}, `${devices}{"id":"d1","ram":5,"site":"north"}\n`),
    words: assign,
    says: ['devices.ndjson:3:8 formats/duplicate-id  a device `d1` stands further up already'],
  },
  'a variant twice': {
    files: fleet({ variants: 'variants:\n  edge: {}\n  edge: {}' }),
    words: assign,
    says: ['m.yaml:8:3 formats/duplicate-key  `edge` stands twice in this mapping, first in line 7'],
  },
  'links between devices in a circle': {
    files: fleet(
      { context: 'context:\n  gateway: {device: acyclic}', variants: 'variants:\n  edge: {}' },
      '{"id":"a","gateway":"b"}\n{"id":"b","gateway":"c"}\n{"id":"c","gateway":"a"}\n',
    ),
    words: assign,
    says: ['devices.ndjson formats/cyclic-links  `gateway` leads in a circle: `a` -> `b` -> `c` -> `a`'],
  },
  // A fleet without devices is refused: at a command line an empty file is a mistake far more often than a wish.
  'a fleet without devices': {
    files: fleet({}, ''),
    words: assign,
    says: ['devices.ndjson formats/empty-fleet  `devices.ndjson` holds no device'],
  },
  'a model without variants': {
    files: fleet({ variants: 'variants: {}' }),
    words: assign,
    says: ['m.yaml:6:11 model/empty  the model has no variant'],
  },
  'an empty model': {
    files: { 'm.yaml': '' },
    words: assign,
    says: ['m.yaml:1:1 model/no-model  the model is empty | maybe begin with `fleetproof: 1`'],
  },
  'an expression of 10 MB': {
    files: fleet(variant(`{requires: "${'device.ram > 1 && '.repeat(600_000)}true"}`)),
    words: assign,
    says: ['m.yaml:7:21 expression/too-long  the expression has 10800004 characters, 10000 are allowed'],
  },
  'a NUL byte in the model': {
    files: fleet(variant('{requires: device.ram >= 5\0}')),
    words: assign,
    says: ['m.yaml:7:35 formats/control-character  a NUL byte stands in the text | maybe the file is damaged or is not a text file'],
  },
  'a NUL byte among the devices': {
    files: fleet({}, devices.replace('d2', 'd\0')),
    words: assign,
    says: ['devices.ndjson:2:9 formats/control-character  a NUL byte stands in the text | maybe the file is damaged or is not a text file'],
  },
  'a number beyond 2^53 in an expression': {
    files: fleet(variant('{requires: device.ram >= 9007199254740993}')),
    words: assign,
    says: [
      'm.yaml:7:34 expression/number-too-large  `9007199254740993` is beyond the numbers that are exact here: integers, or decimals without their point, below 2^53',
    ],
  },
  'a number beyond 2^53 in a constraint': {
    files: fleet({ rest: 'constraints:\n  - quota: {variant: edge, min: 9007199254740993}' }),
    words: assign,
    says: [
      'm.yaml:10:33 model/number-too-large  `constraints[0].quota.min` is 9007199254740993, beyond 2^53 - 1, the largest whole number that is kept exactly',
    ],
  },
  'a number beyond 2^53 at a device': {
    files: fleet({}, devices.replace('256', '9007199254740994')),
    words: assign,
    says: [
      'devices.ndjson:2:18 formats/number-too-large  `ram` of device `d2` is 9007199254740994, beyond 2^53 - 1, the largest whole number that is kept exactly',
    ],
  },
  '1e400 in an expression': {
    files: fleet(variant('{requires: device.ram >= 1e400}')),
    words: assign,
    says: ['m.yaml:7:34 expression/syntax  `1e400` is too large a number'],
  },
  '1e400 in a constraint': {
    files: fleet({ rest: 'constraints:\n  - quota: {variant: edge, min: 1e400}' }),
    words: assign,
    says: [
      'm.yaml:10:33 model/number-too-large  `constraints[0].quota.min` is beyond 2^53 - 1, the largest whole number that is kept exactly',
    ],
  },
  '1e400 at a device': {
    files: fleet({}, devices.replace('256', '1e400')),
    words: assign,
    says: [
      'devices.ndjson:2:18 formats/number-too-large  `ram` of device `d2` is beyond 2^53 - 1, the largest whole number that is kept exactly',
    ],
  },
  'a table that is missing': {
    files: fleet({ context: 'context:\n  ram: {int: MB}\n  image: {from: images.ndjson, by: ram, key: id, columns: {size: {int: MB}}}' }),
    words: assign,
    says: ['m.yaml:4:3 formats/unreadable  `images.ndjson` cannot be read: there is no such file'],
  },
  'a table that the model does not name': {
    files: fleet({ context: 'context:\n  ram: {int: MB}\n  image: {from: images.ndjson, by: ram, key: id, columns: {size: {int: MB}}}' }),
    words: [...assign, '--table', 'image.ndjson=devices.ndjson'],
    says: ['--table input/unknown-table  the model names no table `image.ndjson` | maybe `images.ndjson`?'],
  },
  'devices that are missing': {
    files: { 'm.yaml': modelOf() },
    words: assign,
    says: ['m.yaml:5:10 formats/unreadable  `devices.ndjson` cannot be read: there is no such file'],
  },
  'a last line that is cut off': {
    files: fleet({}, `${devices}{"id":"d3","ra`),
    words: assign,
    says: [
      'devices.ndjson:3:12 formats/truncated-line  the last line ends too early: a text is not closed by `"` on its line | maybe the file was cut off',
    ],
  },
  'a device without an id': {
    files: fleet({}, '{"ram":5}\n'),
    words: assign,
    says: ['devices.ndjson:1:1 formats/missing-id  the device has no `id`'],
  },
  'a model that is not UTF-8': {
    files: { 'm.yaml': Buffer.from(`${modelOf()}# gr\xfcn`, 'latin1'), 'devices.ndjson': devices },
    words: assign,
    says: ['m.yaml input/not-utf-8  the text is not valid UTF-8'],
  },
  'devices that are not UTF-8': {
    files: fleet({}, Buffer.from(devices.replace('south', 's\xfcd'), 'latin1')),
    words: assign,
    says: ['devices.ndjson:2:30 formats/not-utf8  `site` of device `d2` is not UTF-8'],
  },
  'a folder in place of a model': {
    files: { 'm.yaml/': '' },
    words: assign,
    says: ['m.yaml input/unreadable  this is a folder, not a file'],
  },
  'a folder in place of devices': {
    files: { 'm.yaml': modelOf(), 'devices.ndjson/': '' },
    words: assign,
    says: ['m.yaml:5:10 formats/unreadable  `devices.ndjson` cannot be read: it is a folder'],
  },
  'a file that is missing': { words: assign, says: ['m.yaml input/unreadable  there is no such file'] },
  'a newer format': {
    files: fleet({ head: 'fleetproof: 2' }),
    words: assign,
    says: ['m.yaml:1:13 model/newer-format  the model is written in format 2, this program reads format 1 | maybe update fleetproof'],
  },
  'nesting without end': {
    files: fleet({ rest: `constraints: ${'['.repeat(100_000)}` }),
    words: assign,
    says: ['m.yaml:9:214 formats/too-deep  lists and mappings are nested deeper than 200'],
  },
  'an alias bomb': {
    files: {
      'm.yaml': `a: &a [x,x,x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e'].map((name, at) => `${name}: &${name} [${Array<string>(10).fill(`*${'abcd'[at]!}`).join(',')}]\n`).join('')}`,
    },
    words: assign,
    says: ['m.yaml:4:29 formats/alias-bomb  aliases repeat more than 10000 values'],
  },
  '--table in a wrong form': {
    words: [...assign, '--table', 'models.ndjson'],
    says: [
      'command line command-line/invalid-argument  `models.ndjson` cannot follow `--table <name=file>`: the form is NAME=FILE | maybe see `fleetproof assign --help`',
    ],
  },
  '--threads without a number': {
    words: [...assign, '--threads', 'many'],
    says: [
      'command line command-line/invalid-argument  `many` cannot follow `--threads <n>`: a whole number above 0 is needed | maybe see `fleetproof assign --help`',
    ],
  },
  'an unknown option': {
    words: [...assign, '--jsn'],
    says: ['command line command-line/unknown-option  unknown option `--jsn` | maybe `--json`?'],
  },
  'an unknown command': {
    words: ['asign', 'm.yaml'],
    says: ['command line command-line/unknown-command  unknown command `asign` | maybe `assign`?'],
  },
  'a missing argument': {
    words: ['explain', 'm.yaml'],
    says: ['command line command-line/missing-argument  missing required argument `device` | maybe see `fleetproof explain --help`'],
  },
  'standard input twice': {
    words: ['assign', '-', '--devices', '-'],
    input: modelOf(),
    says: ['- input/twice  standard input (`-`) can be read once only | maybe keep all but one of them in files'],
  },
  'a mistake in standard input': {
    words: ['assign', '-'],
    input: modelOf({ rest: 'objectives: assigned' }),
    says: ['-:9:13 model/wrong-type  `objectives` must be a list of assigned, soft, preference, changes'],
  },
  'a folder for the result that holds other files': {
    files: { ...fleet(), 'out/notes.txt': '' },
    words: [...assign, '--out', 'out'],
    says: ['out output/not-empty  the folder holds other files; a result is not written among them | maybe name a new folder'],
  },
  'a file in place of the folder for the result': {
    files: { ...fleet(), out: '' },
    words: [...assign, '--out', 'out'],
    says: ['out output/unwritable  this is a file, not a folder, or stands below a file'],
  },
  'an answer in the form of DivEnact for another model': {
    files: fleet(),
    words: [...assign, '--format', 'divenact'],
    says: ['m.yaml output/not-divenact  only a DivEnact document has an answer in its form'],
  },
  'an unknown device': {
    files: fleet(),
    words: ['explain', 'm.yaml', 'd3'],
    says: ['m.yaml explain/unknown-device  no device is called `d3` | maybe `d1`?'],
  },
  'an unknown kind of conflict': {
    files: { 'a.yaml': automations },
    words: ['check', 'a.yaml', '--kind', 'conflict/oposite-actuation'],
    says: ['--kind check/unknown-kind  no kind of conflict is called `conflict/oposite-actuation` | maybe `conflict/opposite-actuation`?'],
  },
  'an unknown format': {
    words: ['check', 'nodered:flow.json'],
    says: ['nodered:flow.json check/unknown-format  no format is called `nodered` | maybe `node-red`?'],
  },
  'several files that are missing': {
    words: ['check', 'a.yaml', 'node-red:b.json', '--aliases', 'c.yaml'],
    says: [
      'a.yaml input/unreadable  there is no such file',
      'b.json input/unreadable  there is no such file',
      'c.yaml input/unreadable  there is no such file',
    ],
  },
  'an attribute that no thing has': {
    files: { 'a.yaml': `${automations.replace('[]', '')}  - {name: dark, when: {change: lamp.power}, do: []}\n` },
    words: ['check', 'a.yaml'],
    says: ['a.yaml:5:33 model/unknown-attribute  no attribute is called `lamp.power`'],
  },
  'a Node-RED flow that is no list': {
    files: { 'flow.json': '{"id": "1"}' },
    words: ['check', 'node-red:flow.json'],
    says: ['flow.json:1:1 formats/flow-shape  a Node-RED flow is a list of nodes, not a mapping'],
  },
  'a Node-RED flow that is cut off': {
    files: { 'flow.json': '[{"id":' },
    words: ['check', 'node-red:flow.json'],
    says: ['flow.json:1:8 formats/broken-json  the text ends where a value is expected'],
  },
  'standard input twice, for a check': {
    words: ['check', '-', 'node-red:-'],
    input: automations,
    says: ['- input/twice  standard input (`-`) can be read once only | maybe keep all but one of them in files'],
  },
  'a folder in place of the file for a report': {
    files: { 'a.yaml': automations, 'out/': '' },
    words: ['check', 'a.yaml', '--out', 'out'],
    says: ['out output/unwritable  this is a folder, not a file'],
  },
  'a report into a folder that is missing': {
    files: { 'a.yaml': automations },
    words: ['check', 'a.yaml', '--out', 'no/report.json'],
    says: ['no/report.json output/unwritable  the folder that it should stand in does not exist and cannot be made'],
  },
  'a result that is missing': { words: ['verify', 'result'], says: ['result input/unreadable  there is no such file'] },
  'a folder that is no bundle': {
    files: { 'result/': '' },
    words: ['verify', 'result'],
    says: ['result/manifest.json input/unreadable  there is no such file'],
  },
  'a manifest that is garbage': {
    files: { 'result/manifest.json': 'garbage' },
    words: ['verify', 'result'],
    says: ['result/manifest.json:1:1 formats/broken-json  `garbage` is not a JSON value'],
  },
  'a report that is none': {
    files: { 'report.json': '[]' },
    words: ['verify', 'report.json'],
    says: ['report.json:1:1 model/wrong-type  the text must be a mapping, not a list'],
  },
  'a fleet into a folder that holds files': {
    files: { 'fleet/notes.txt': '' },
    words: ['init'],
    says: ['fleet output/not-empty  the folder holds files already; an example is not written among them | maybe name a new folder'],
  },
  'a fleet in place of a file': {
    files: { fleet: '' },
    words: ['init'],
    says: ['fleet output/unwritable  this is a file, not a folder, or stands below a file'],
  },
}

/** What was printed, without the excerpts: the hint joins its sentence, the counting line is left out. */
function said(error: string): readonly string[] {
  const lines: string[] = []
  for (const line of error.trimEnd().split('\n').slice(0, -1)) {
    if (/^ *\d* \|/.test(line)) continue
    if (line.startsWith('   maybe ')) lines.push(`${lines.pop() ?? ''} | ${line.trimStart()}`)
    else lines.push(line.replace(' error ', ' '))
  }
  return lines
}

interface Printed {
  readonly code: string
  readonly message: string
  readonly hint?: string
}

describe('bad input', () => {
  it.each(Object.entries(mistakes))('%s', async (_, { files = {}, words, input, says }) => {
    const { folder, remove } = folderWith(files)
    try {
      const before = filesIn(folder)
      const options = { workingDirectory: folder, ...(input !== undefined && { input }) }
      const { code, out, error } = await call(words, options)
      expect(said(error)).toEqual(says)
      expect(code).toBe(3)
      if (!words.includes('--format')) expect(out).toBe('')
      expect(error.trimEnd().split('\n').at(-1)).toMatch(new RegExp(`^${says.length} errors?, (nothing|the re\\w+) was (not )?\\w+$`))
      expect(error).not.toMatch(/^\s+at |failed:/m)
      expect(error.length).toBeLessThan(2000)
      if (words[0] !== 'init' && !words.includes('--format')) {
        const json = await call([...words, '--json'], options)
        expect(json.code).toBe(3)
        expect(json.out).toMatch(/^[^\n]+\n$/)
        const { status, diagnostics } = JSON.parse(json.out) as { status: string; diagnostics: readonly Printed[] }
        expect(status).toBe('invalid')
        expect(diagnostics.map(({ code, message, hint }) => `${code}  ${message}${hint === undefined ? '' : ` | ${hint}`}`)).toEqual(
          says.map((line) => line.slice(line.search(/[\w-]+\/[\w-]+ {2}/))),
        )
      }
      expect(filesIn(folder)).toEqual(before)
    } finally {
      remove()
    }
  })

  // A folder that only looks as if it could be written.
  it.skipIf(!existsSync('/proc/self'))('a folder for the result where nothing can be made', async () => {
    const { folder, remove } = folderWith(fleet())
    const { code, out, error } = await call([...assign, '--out', '/proc/result'], { workingDirectory: folder })
    remove()
    expect([code, out, said(error)]).toEqual([
      3,
      '',
      ['/proc/result output/unwritable  the folder that it should stand in does not exist and cannot be made'],
    ])
  })

  const invalid = new URL('../../../shared/data/genesis/examples/invalid.json', import.meta.url).pathname
  it.skipIf(!existsSync(invalid))('a GeneSIS model that is not JSON', async () => {
    const { code, error } = await call(['check', `genesis:${invalid}`], { workingDirectory: '/' })
    expect([code, said(error)]).toEqual([
      3,
      [`${invalid}:8:13 formats/broken-json  the mapping that begins in line 4, column 24 goes on without a comma or \`}\``],
    ])
  })

  it('shows the line of the mistake, with the place marked', async () => {
    const { folder, remove } = folderWith(fleet(variant('{requires: device.rma >= 512}')))
    const { error } = await call(assign, { workingDirectory: folder })
    remove()
    expect(error).toBe(
      [
        'm.yaml:7:20 error expression/unknown-attribute  there is no `device.rma`',
        '    7 |   edge: {requires: device.rma >= 512}',
        '      |                    ^^^^^^^^^^',
        '   maybe `device.ram`?',
        '1 error, nothing was assigned',
        '',
      ].join('\n'),
    )
  })
})

describe('input that is unusual and good', () => {
  it.each([
    ['a model', ['assign', '-', '--json'], modelOf(), { 'devices.ndjson': devices }],
    ['devices', ['assign', 'm.yaml', '--devices', '-', '--json'], devices, { 'm.yaml': modelOf() }],
  ] as const)('%s from standard input', async (_, words, input, files) => {
    const { folder, remove } = folderWith(files)
    const { code, out } = await call(words, { workingDirectory: folder, input })
    remove()
    expect(code).toBe(0)
    expect((JSON.parse(out) as { counts: object }).counts).toEqual({ edge: 1, cloud: 1, none: 0 })
  })

  it('automations from standard input', async () => {
    const { code, error } = await call(['check', '-'], { workingDirectory: '/', input: automations })
    expect([code, error]).toEqual([0, ''])
  })
})
