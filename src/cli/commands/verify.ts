// `fleetproof verify`: what a result says, checked again from the raw inputs.
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { complain } from '../complain.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { unreadable } from '../files.ts'
import type { Streams } from '../streams.ts'
import { verifyBundle } from '../verify-bundle.ts'
import type { VerifyCommandOptions } from '../verify-options.ts'
import { verifyReport } from '../verify-report.ts'

export async function runVerify(result: string, options: VerifyCommandOptions, streams: Streams, signal: AbortSignal): Promise<ExitCode> {
  try {
    const isFolder = (await stat(resolve(streams.workingDirectory, result))).isDirectory()
    return await (isFolder ? verifyBundle : verifyReport)(result, options, streams, signal)
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT') throw error
    complain(
      [{ code: 'input/unreadable', severity: 'error', message: unreadable(error), at: { source: result } }],
      [],
      'nothing was verified',
      streams,
    )
    return exitCodes.badInput
  }
}
