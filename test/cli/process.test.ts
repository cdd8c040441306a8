// What only the whole shows: the process itself, an interruption, progress that appears on a terminal alone, a readable length.
import { execFile } from 'node:child_process'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { runCommandLine } from '../../src/cli/program.ts'
import { startProgress } from '../../src/cli/progress.ts'
import type { Streams } from '../../src/cli/streams.ts'
import { call, filesIn, folderWith } from '../fixtures/command-line.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the process', () => {
  it('is called by npm, and ends with the exit code of the command', async () => {
    const run = promisify(execFile)
    const good = await run('npm', ['run', '-s', 'fleetproof', '--', 'assign', 'examples/building.yaml', '--json'], { cwd: root })
    expect(JSON.parse(good.stdout)).toMatchObject({ status: 'assigned', optimal: true })
    await expect(run('npm', ['run', '-s', 'fleetproof', '--', 'assign', 'no.yaml'], { cwd: root })).rejects.toMatchObject({
      code: 3,
      stdout: '',
    })
  })

  it('says that it was interrupted, and writes nothing', async () => {
    const { folder, remove } = folderWith({ 'm.yaml': 'fleetproof: 1\ndevices: [{id: a}]\nvariants: {b: {}}\n' })
    let error = ''
    const streams = streamsOf({ error: (text) => (error += text), workingDirectory: folder })
    const code = await runCommandLine(['assign', 'm.yaml', '--out', 'result'], streams, AbortSignal.abort())
    expect([code, error, filesIn(folder)]).toEqual([130, 'interrupted; nothing was written\n', ['m.yaml']])
    remove()
  })
})

describe('progress', () => {
  const drawn = (terminal: boolean, elapsed: number): string => {
    let now = 0
    let text = ''
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 20, cursorTo: () => true, clearLine: () => true })
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
    const progress = startProgress('reading devices.ndjson', streamsOf({ errorIsTerminal: terminal, clock: () => now }), stream)
    now = elapsed
    progress.update(500, 1000)
    progress.stop()
    return (stream.read() as Buffer | null)?.toString() ?? text
  }

  it('is drawn on a terminal, after a second', () => {
    expect(drawn(true, 2000)).toContain('reading devices.ndjson')
    expect(drawn(true, 900)).toBe('')
  })

  it('is never drawn elsewhere', () => {
    expect(drawn(false, 60_000)).toBe('')
  })
})

describe('devices without a variant', () => {
  it('fill ten lines at most, each of a readable length', async () => {
    const variants = Array.from({ length: 12 }, (_, v) => `  v${v}: {requires: device.ram >= ${1000 + v}}`).join('\n')
    const devices = Array.from({ length: 40 }, (_, d) => `{id: d${d}, ram: ${d % 15}}`).join(', ')
    const input = `fleetproof: 1\ncontext: {ram: {int: MB}}\ndevices: [${devices}]\nvariants:\n${variants}\n`
    const { code, out } = await call(['assign', '-'], { workingDirectory: '/', input })
    expect(code).toBe(0)
    const lines = out.slice(out.indexOf('40 devices have no variant')).trimEnd().split('\n')
    expect(lines).toHaveLength(12)
    expect(lines[1]).toMatch(/^ {4}3 {3}v0: needs device\.ram >= 1000, has 0 MB; .*; and \d+ more reasons {3}fleetproof explain - d0$/)
    expect(lines.at(-1)).toBe('    and 10 devices for 5 more reasons')
    for (const line of lines) expect(line.length).toBeLessThan(180)
  })

  it('come with a call of `explain` that a shell takes back', async () => {
    const { folder, remove } = folderWith({
      'my model.yaml': 'fleetproof: 1\ncontext: {ram: {int: MB}}\ndevices: devices.ndjson\nvariants: {b: {requires: device.ram >= 2}}\n',
      'other.ndjson': '{"id":"gw 1","ram":1}\n',
    })
    const { out } = await call(['assign', 'my model.yaml', '--devices', 'other.ndjson'], { workingDirectory: folder })
    remove()
    expect(out).toMatch(/ {3}fleetproof explain 'my model\.yaml' 'gw 1' --devices other\.ndjson\n$/)
  })
})

function streamsOf(given: Partial<Streams>): Streams {
  const nothing = () => undefined
  return {
    out: nothing,
    error: nothing,
    input: (async function* () {})(),
    outIsTerminal: false,
    errorIsTerminal: false,
    clock: () => 0,
    workingDirectory: '/',
    ...given,
  }
}
