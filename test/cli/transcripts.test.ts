// Transcripts of the command line: `$ command`, what it prints on both streams, its exit code. FLEETPROOF_REWRITE=1 writes them anew; the diff is reviewed.
// They begin in a folder with the examples; `$ cat FILE` stands for a file with what follows. The clock stands still, so every time is 0 ms.
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runCommandLine } from '../../src/cli/program.ts'
import { folderWith } from '../fixtures/command-line.ts'

const folder = fileURLToPath(new URL('transcripts', import.meta.url))
const examples = fileURLToPath(new URL('../../examples', import.meta.url))
const rewrite = process.env['FLEETPROOF_REWRITE'] === '1'

interface Step {
  readonly command: string
  readonly printed: string
  readonly code: number
}

function readSteps(text: string): readonly Step[] {
  return text
    .split(/^(?=\$ )/m)
    .filter((block) => block.trim() !== '')
    .map((block) => {
      const [, command, printed, code] = /^\$ (.*)\n((?:.*\n)*?)exit code (\d+)\n*$/.exec(block) ?? []
      if (command === undefined || printed === undefined) throw new Error(`not a step of a transcript:\n${block}`)
      return { command, printed, code: Number(code) }
    })
}

const writeSteps = (steps: readonly Step[]) =>
  steps.map(({ command, printed, code }) => `$ ${command}\n${printed}exit code ${code}\n`).join('\n')

/** Words as a shell parts them; single quotes keep blanks. */
const wordsOf = (command: string) => [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!)

async function play(step: Step, workingDirectory: string): Promise<Step> {
  const [program, ...words] = wordsOf(step.command)
  if (program === 'cat') {
    writeFileSync(join(workingDirectory, words[0]!), step.printed)
    return step
  }
  let printed = ''
  // Line ends of CSV (RFC 4180) are no part of what a transcript shows.
  const print = (text: string): void => void (printed += text.replaceAll('\r\n', '\n'))
  const code = await runCommandLine(
    words,
    {
      out: print,
      error: print,
      input: (async function* () {})(),
      outIsTerminal: false,
      errorIsTerminal: false,
      clock: () => 0,
      workingDirectory,
    },
    new AbortController().signal,
  )
  return { command: step.command, printed, code }
}

describe('transcripts', () => {
  const names = readdirSync(folder).filter((name) => name.endsWith('.txt'))
  it.each(names)('%s', async (name) => {
    const place = folderWith({})
    try {
      cpSync(examples, place.folder, { recursive: true })
      const wanted = readSteps(readFileSync(join(folder, name), 'utf8'))
      const found: Step[] = []
      for (const step of wanted) found.push(await play(step, place.folder))
      if (rewrite) writeFileSync(join(folder, name), writeSteps(found))
      else expect(writeSteps(found)).toBe(writeSteps(wanted))
    } finally {
      place.remove()
    }
  })

  it('show every command, each with an example in its help', () => {
    const help = readSteps(readFileSync(join(folder, 'help.txt'), 'utf8'))
    const commands = [...help[0]!.printed.matchAll(/^ {2}([a-z]+) .*/gm)].map(([, name]) => name!).filter((name) => name !== 'help')
    expect(commands).toEqual(expect.arrayContaining(['assign', 'explain', 'check', 'verify', 'init']))
    expect(help.slice(1).map(({ command }) => command)).toEqual(commands.map((name) => `fleetproof ${name} --help`))
    for (const [index, name] of commands.entries())
      expect(help[index + 1]!.printed).toMatch(new RegExp(`\nexample:\n {2}fleetproof ${name} `))
  })
})
