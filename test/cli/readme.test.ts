// The README's transcripts are what the commands print, its library example runs. FLEETPROOF_REWRITE=1 writes the transcripts anew.
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { runCommandLine } from '../../src/cli/program.ts'

const readme = readFileSync('README.md', 'utf8')
const blocks = /<!-- transcript: (.*) -->\n```\n([\s\S]*?)```\n/g
const transcripts = [...readme.matchAll(blocks)].map((match) => ({ command: match[1]!, text: match[2]! }))

/** Durations differ from run to run. */
const masked = (text: string): string => text.replace(/\d+(\.\d+)? (ms|s)\b/g, 'T')

async function run(command: string): Promise<string> {
  let text = `$ fleetproof ${command}\n`
  const write = (part: string): void => void (text += part)
  await runCommandLine(
    command.split(' '),
    {
      out: write,
      error: write,
      input: (async function* () {})(),
      outIsTerminal: false,
      errorIsTerminal: false,
      clock: () => performance.now(),
      workingDirectory: process.cwd(),
    },
    new AbortController().signal,
  )
  return text
}

describe('the README', () => {
  it('shows one example of each half at least', () => {
    expect(transcripts.map(({ command }) => command.split(' ')[0])).toEqual(expect.arrayContaining(['assign', 'explain', 'check']))
  })

  if (process.env['FLEETPROOF_REWRITE'] === '1') {
    it('is written anew', async () => {
      let text = readme
      for (const { command, text: old } of transcripts) {
        const head = `<!-- transcript: ${command} -->\n\`\`\`\n`
        text = text.replace(`${head}${old}\`\`\``, `${head}${await run(command)}\`\`\``)
      }
      writeFileSync('README.md', text)
    })
  } else {
    it.each(transcripts)('prints what the README shows for $command', async ({ command, text }) => {
      expect(masked(await run(command))).toBe(masked(text))
    })
  }

  it('has a library example that runs', async () => {
    const source = readFileSync('examples/library.ts', 'utf8')
    const shown = /```ts\n([\s\S]*?)```/.exec(readme)![1]!
    const body = (text: string): string => text.slice(text.indexOf('const folder'), text.indexOf('await solvers.close()'))
    expect(body(shown)).toBe(body(source))
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    const { status } = (await import('../../examples/library.ts')) as { status: string }
    expect(status).toBe('assigned')
    expect(log).toHaveBeenCalledWith(true, expect.arrayContaining([expect.objectContaining({ name: 'assigned', gap: 0 })]))
    log.mockRestore()
  })
})
