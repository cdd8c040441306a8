// A solve that takes minutes is ended from outside, in processes of their own: by signals, by `--timeout`, by the library's signal. What is known is told, nothing is left.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { filesIn, folderWith } from '../fixtures/command-line.ts'
import { marketSplit } from '../fixtures/solvers/market-split.ts'
import { transpiledMain } from '../fixtures/transpiled.ts'

// From plain JavaScript: a loader would take most of the time there is until it is stopped.
const main = transpiledMain()

interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly out: string
  readonly error: string
}

/** Runs a script; `during` gets the process once it has run for `after` milliseconds. */
function run(
  words: readonly string[],
  options: { readonly cwd?: string; readonly after?: number; readonly kill?: NodeJS.Signals } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.cwd && { cwd: options.cwd }),
    })
    let [out, error] = ['', '']
    child.stdout.on('data', (part: Buffer) => (out += part.toString()))
    child.stderr.on('data', (part: Buffer) => (error += part.toString()))
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, out, error }))
    const { after, kill } = options
    if (after !== undefined && kill !== undefined) setTimeout(() => child.kill(kill), after)
  })
}

describe('a solve that takes minutes', () => {
  const hard = { 'hard.yaml': marketSplit(40, 5) }
  const root = fileURLToPath(new URL('../..', import.meta.url))

  for (const kill of ['SIGINT', 'SIGTERM'] as const)
    it(`ends with ${kill}: says what is known, writes nothing`, async () => {
      const { folder, remove } = folderWith(hard)
      const ask = (after: number): Promise<Ended> =>
        run([main, 'assign', join(folder, 'hard.yaml'), '--out', join(folder, 'result')], { cwd: root, after, kill })
      let ended = await ask(3000)
      // On a busy machine the program may not have begun to solve by then: it is given longer.
      for (const after of [6000, 15_000, 40_000]) if (!ended.error.includes('known so far')) ended = await ask(after)
      expect([ended.code, ended.signal, ended.out]).toEqual([130, null, ''])
      expect(ended.error).toBe(
        [
          'undecided: it was stopped',
          'known so far',
          '  assigned     nothing found   at most 40',
          '  preference   nothing found    at most 0',
          '  changes      nothing found   at least 0',
          '0 components done, 1 open',
          '  all (40 devices, z3): it was stopped',
          'interrupted; nothing was written',
          '',
        ].join('\n'),
      )
      expect(filesIn(folder)).toEqual(['hard.yaml'])
      remove()
    }, 150_000)

  it('ends with its time, undecided', async () => {
    const { folder, remove } = folderWith(hard)
    const ended = await run([main, 'assign', join(folder, 'hard.yaml'), '--timeout', '4', '--json'], { cwd: root })
    expect([ended.code, ended.error]).toEqual([2, ''])
    expect(JSON.parse(ended.out)).toMatchObject({
      status: 'undecided',
      why: 'the time is used up',
      known: {
        levels: [
          { name: 'assigned', sense: 'maximise', bound: 40 },
          { name: 'preference', sense: 'maximise', bound: 0 },
          { name: 'changes', sense: 'minimise', bound: 0 },
        ],
        done: [],
        open: [{ component: 'all', devices: 40, why: 'the time is used up' }],
      },
    })
    remove()
  })

  it.skipIf(!existsSync('/proc/self/task'))(
    'is stopped by the signal of the library; the next one is answered, and no thread is left',
    async () => {
      const script = fileURLToPath(new URL('../fixtures/solvers/stop-and-go-on.ts', import.meta.url))
      const ended = await run(['--import', 'tsx', script], { cwd: root })
      expect(JSON.parse(ended.out)).toEqual({
        first: 'assigned',
        stopped: 'undecided',
        why: 'it was stopped',
        known: true,
        next: 'assigned',
        left: 0,
      })
      expect(ended.code).toBe(0)
    },
  )
})
