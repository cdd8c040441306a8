// The tour of `npm run demo`: both halves and their join on the example fleets, through the command line, nothing but Node needed.
import { fileURLToPath } from 'node:url'
import { runCommandLine } from '../src/cli/program.ts'

const steps: readonly { readonly says: string; readonly words: readonly string[]; readonly code: number }[] = [
  { says: 'Every gateway of a heating fleet gets its best variant, with a proof.', words: ['assign', 'building.yaml'], code: 0 },
  { says: 'Why this gateway runs what it runs, and why that one runs nothing.', words: ['explain', 'building.yaml', 'gw-0001'], code: 0 },
  { says: '', words: ['explain', 'building.yaml', 'gw-0006'], code: 0 },
  { says: 'Two applications, each right alone: together they fight over a window. The run that shows it was replayed.', words: ['check', 'comfort.yaml', 'energy.yaml'], code: 1 },
  { says: 'And these two do not: every question about opposite commands is proved.', words: ['check', 'energy.yaml', 'security.yaml', '--kind', 'K1', '--all'], code: 0 },
  { says: 'The join: variants whose applications fight are kept apart in every flat; what remains side by side is proved.', words: ['assign', 'flats.yaml'], code: 0 },
]

const started = performance.now()
let wrong = 0
for (const { says, words, code } of steps) {
  if (says !== '') process.stdout.write(`\n# ${says}\n`)
  process.stdout.write(`\n$ fleetproof ${words.join(' ')}\n`)
  const ended = await runCommandLine(
    words,
    {
      out: (text) => process.stdout.write(text),
      error: (text) => process.stderr.write(text),
      input: process.stdin,
      outIsTerminal: process.stdout.isTTY,
      errorIsTerminal: process.stderr.isTTY,
      clock: () => performance.now(),
      workingDirectory: fileURLToPath(new URL('.', import.meta.url)),
    },
    new AbortController().signal,
  )
  if (ended === code) continue
  wrong++
  process.stderr.write(`this step ended with exit code ${ended}, ${code} was expected\n`)
}
process.stdout.write(`\n${steps.length - wrong} of ${steps.length} steps as expected, ${((performance.now() - started) / 1000).toFixed(1)} s\n`)
process.exitCode = wrong === 0 ? 0 : 1
