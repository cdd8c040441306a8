#!/usr/bin/env node
// The process: standard streams, Ctrl-C, exit code.
import { once } from 'node:events'
import { isatty } from 'node:tty'
import { runCommandLine } from './program.ts'
import { exitCodes } from './exit-codes.ts'

const abort = new AbortController()
process.on('SIGINT', () => {
  if (abort.signal.aborted) process.exit(exitCodes.interrupted)
  abort.abort()
})
process.on('SIGTERM', () => abort.abort())
// A reader that stops early (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? exitCodes.good : exitCodes.failed))

process.exitCode = await runCommandLine(
  process.argv.slice(2),
  {
    out: (text) => process.stdout.write(text),
    error: (text) => process.stderr.write(text),
    drained: async () => {
      if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain')
    },
    input: process.stdin,
    outIsTerminal: isatty(1) && process.env['NO_COLOR'] === undefined,
    errorIsTerminal: isatty(2),
    clock: () => performance.now(),
    workingDirectory: process.cwd(),
  },
  abort.signal,
)
