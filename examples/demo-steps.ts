// Runs the steps of a tour through the command line and says which did not end as they should.
import { runCommandLine } from '../src/cli/program.ts'

export interface DemoStep {
  /** What the step shows; nothing where it belongs to the one before. */
  readonly says: string
  readonly words: readonly string[]
  readonly code: number
  readonly before?: () => void
}

/** Answers how many went wrong. */
export async function runSteps(steps: readonly DemoStep[], folder: string): Promise<number> {
  let wrong = 0
  for (const { says, words, code, before } of steps) {
    before?.()
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
        workingDirectory: folder,
      },
      new AbortController().signal,
    )
    if (ended === code) continue
    wrong++
    process.stderr.write(`this step ended with exit code ${ended}, ${code} was expected\n`)
  }
  return wrong
}
