// Results that were changed after they were written: `verify` refuses or refutes every one of them, in words.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, folderWith } from '../fixtures/command-line.ts'

const example = (name: string) => readFileSync(fileURLToPath(new URL(`../../examples/${name}`, import.meta.url)), 'utf8')
let place: ReturnType<typeof folderWith>
const at = (name: string) => `${place.folder}/${name}`
const run = (words: readonly string[]) => call(words, { workingDirectory: place.folder })

beforeAll(async () => {
  place = folderWith(
    Object.fromEntries(['building.yaml', 'building-devices.ndjson', 'comfort.yaml', 'energy.yaml'].map((name) => [name, example(name)])),
  )
  expect((await run(['assign', 'building.yaml', '--out', 'good'])).code).toBe(0)
  expect((await run(['check', 'comfort.yaml', 'energy.yaml', '--out', 'good.json'])).code).toBe(1)
})
afterAll(() => place.remove())

// What a forger changes, of documents that hold more.
interface Manifest {
  formatVersion: number
  trust?: boolean
  model: string
  readonly inputs: Record<string, string>
  readonly devices: { count: number }
  readonly counts: Record<string, number>
  readonly levels: readonly { value: number }[]
  readonly certificates: { readonly leaves: readonly { readonly prices: readonly { readonly price: number[] }[] }[] }[]
}
interface Finding {
  verdict: string
  subject: string
  rules: readonly string[]
  trace: { readonly reaction: number; readonly what: string; after?: unknown }[]
  readonly run: { events: { is: string; value?: unknown }[] }
  readonly certificate?: { readonly is: string; argument: string; facts: readonly string[] }
}
interface Report {
  trust?: boolean
  sources: readonly string[]
  readonly findings: Finding[]
}

/** What verify says of a copy of the good bundle after `change`. */
async function forged(change: (folder: string) => void): Promise<{ readonly code: number; readonly said: readonly string[] }> {
  cpSync(at('good'), at('forged'), { recursive: true })
  change(at('forged'))
  const { code, out, error } = await run(['verify', 'forged'])
  rmSync(at('forged'), { recursive: true })
  expect(`${out}${error}`).not.toMatch(/failed:|^\s+at /m)
  return { code, said: `${out}${error}`.trimEnd().split('\n') }
}
const inManifest = (change: (manifest: Manifest) => void) => (folder: string) => {
  const manifest = JSON.parse(readFileSync(`${folder}/manifest.json`, 'utf8')) as Manifest
  change(manifest)
  writeFileSync(`${folder}/manifest.json`, JSON.stringify(manifest))
}
const inDevices = (change: (lines: string[]) => string[]) => (folder: string) => {
  const lines = readFileSync(`${folder}/devices.ndjson`, 'utf8').split('\n')
  writeFileSync(`${folder}/devices.ndjson`, change(lines).join('\n'))
}

describe('a bundle', () => {
  it('as it was written holds', async () => {
    const { code, said } = await forged(() => undefined)
    expect([code, said]).toEqual([
      0,
      [
        'confirmed  300 devices: every choice allowed, every hard constraint holds',
        'confirmed  assigned 291: the best possible, by arithmetic',
        'confirmed  soft 0: the best possible, by arithmetic',
        'confirmed  preference 2,034: the best possible, by arithmetic',
        'confirmed  changes 91: the best possible, by arithmetic',
        'holds',
      ],
    ])
  })

  it.each<[string, (folder: string) => void, number, RegExp]>([
    ['a newer format', inManifest((manifest) => (manifest.formatVersion = 2)), 3, /newer|format 2/],
    ['a field that is not known', inManifest((manifest) => (manifest.trust = true)), 3, /`trust` is not known/],
    ['another number of devices', inManifest((manifest) => (manifest.devices.count = 299)), 1, /299/],
    ['one count changed', inManifest((manifest) => (manifest.counts['eco']! += 1)), 1, /47 devices are claimed for eco, 46 were found/],
    ['a better value claimed', inManifest((manifest) => (manifest.levels[2]!.value += 1)), 1, /preference/],
    [
      'one price changed',
      inManifest((manifest) => (manifest.certificates[1]!.leaves[0]!.prices[0]!.price[2]! -= 1)),
      1,
      /the certificates do not prove the bound 2034/,
    ],
    ['a certificate left out', inManifest((manifest) => manifest.certificates.pop()), 1, /the certificates do not prove the bound 291/],
    [
      'another model',
      inManifest((manifest) => (manifest.inputs['model'] = '0'.repeat(64))),
      1,
      /input model is not the one that the bundle was made from/,
    ],
    [
      'a model that is missing',
      inManifest((manifest) => (manifest.model = '../no.yaml')),
      3,
      /no\.yaml error input\/unreadable {2}there is no such file/,
    ],
    [
      'one line with another variant',
      inDevices((lines) =>
        lines.map((line, index) =>
          index === 0 ? line.replace('"comfort-edge"', '"comfort-preview"').replace(/"settings":.*}}/, '"settings":{}}') : line,
        ),
      ),
      1,
      /device "gw-0001" may not have what it was given/,
    ],
    [
      'one line with an unknown variant',
      inDevices((lines) => lines.map((line, index) => (index === 0 ? line.replace('"comfort-edge"', '"comfort-egde"') : line))),
      3,
      /comfort-egde/,
    ],
    [
      'one line with another setting',
      inDevices((lines) => lines.map((line, index) => (index === 0 ? line.replace('"inference":"edge"', '"inference":"cloud"') : line))),
      1,
      /2034 is claimed, 2032 was found/,
    ],
    ['one line less', inDevices((lines) => lines.slice(1)), 3, /gw-0001/],
    ['one line twice', inDevices((lines) => [lines[0]!, ...lines]), 3, /gw-0001/],
    [
      'two lines changed over',
      inDevices((lines) => [lines[1]!, lines[0]!, ...lines.slice(2)]),
      1,
      /are not those that the manifest was written for/,
    ],
    [
      'a line that is cut off',
      inDevices((lines) => [...lines.slice(0, -2), lines.at(-2)!.slice(0, 20)]),
      3,
      /devices\.ndjson:300:1 error verify\/bad-line {2}the line is not JSON/,
    ],
    ['no lines', (folder) => rmSync(`${folder}/devices.ndjson`), 3, /there is no such file/],
  ])('with %s does not', async (_, change, code, words) => {
    const found = await forged(change)
    expect(found.code).toBe(code)
    expect(found.said.join('\n')).toMatch(words)
    if (code === 1) expect(found.said.at(-1)).toBe('refuted')
    expect(found.said.some((line) => line.startsWith('confirmed'))).toBe(false)
  })

  it('of inputs that have changed since does not', async () => {
    writeFileSync(at('building-devices.ndjson'), example('building-devices.ndjson').replace('"ram":512', '"ram":1024'))
    const { code, said } = await forged(() => undefined)
    writeFileSync(at('building-devices.ndjson'), example('building-devices.ndjson'))
    expect(code).toBe(1)
    expect(said).toContain('refuted    input building-devices.ndjson is not the one that the bundle was made from')
  })
})

describe('a report', () => {
  async function verified(change: (report: Report) => void, options: readonly string[] = []) {
    const report = JSON.parse(readFileSync(at('good.json'), 'utf8')) as Report
    change(report)
    writeFileSync(at('forged.json'), JSON.stringify(report))
    const { code, out, error } = await run(['verify', 'forged.json', ...options])
    expect(`${out}${error}`).not.toMatch(/failed:|^\s+at /m)
    return { code, said: `${out}${error}`.trimEnd().split('\n') }
  }
  const conflict = (report: Report): Finding => report.findings.find(({ verdict }) => verdict === 'conflict')!
  const structural = (report: Report): Finding => report.findings.find(({ certificate }) => certificate?.argument === 'single-writer')!

  it('as it was written holds', async () => {
    const { code, said } = await verified(() => undefined)
    expect(code).toBe(0)
    expect(said).toContain('confirmed  2 conflicts: replayed in the interpreter')
  })

  it.each<[string, (report: Report) => void, number, RegExp]>([
    ['its run changed', (report) => (conflict(report).run.events[1]!.value = 700), 1, /K1 window\.position/],
    ['its run cut', (report) => conflict(report).run.events.pop(), 1, /K1 window\.position/],
    ['its trace changed', (report) => (conflict(report).trace.at(-1)!.after = 'open'), 1, /its trace is not what the run does/],
    [
      'a line of its trace made up',
      (report) => conflict(report).trace.push({ reaction: 2, what: 'the lamp explodes' }),
      1,
      /the lamp explodes/,
    ],
    ['its trace left out', (report) => (conflict(report).trace = []), 1, /it shows no trace/],
    ['the conflict called proved', (report) => (conflict(report).verdict = 'proved'), 1, /K1 window\.position/],
    [
      'the conflict left out',
      (report) => report.findings.splice(report.findings.indexOf(conflict(report)), 1),
      1,
      /the sources raise this question, the report does not answer it/,
    ],
    [
      'an argument changed',
      (report) => (structural(report).certificate!.argument = 'no-live-writer'),
      1,
      /its argument is not the one that the sources give/,
    ],
    [
      'facts of an argument changed',
      (report) => (structural(report).certificate!.facts = ['nobody']),
      1,
      /its argument is not the one that the sources give/,
    ],
    ['a proof of another subject', (report) => (structural(report).subject = 'window.position'), 1, /the report does not answer it/],
    [
      'rules that are others',
      (report) => (conflict(report).rules = ['comfort/somebody comes home']),
      1,
      /its rules or places are not those of the sources/,
    ],
    ['sources that are missing', (report) => (report.sources = ['no.yaml']), 3, /no\.yaml error input\/unreadable/],
    ['an unknown field', (report) => (report.trust = true), 3, /`trust` is not known/],
    ['an unknown verdict', (report) => (conflict(report).verdict = 'fine'), 3, /verdict/],
    ['a run that is none', (report) => (conflict(report).run.events = [{ is: 'write' }]), 1, /its trace is not what the run does/],
  ])('with %s does not', async (_, change, code, words) => {
    const found = await verified(change)
    expect(found.code).toBe(code)
    expect(found.said.join('\n')).toMatch(words)
  })
})
