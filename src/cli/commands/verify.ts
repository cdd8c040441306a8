// `fleetproof verify`: what a result says, checked again from the raw inputs.
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { refuse } from '../complain.ts'
import type { ExitCode } from '../exit-codes.ts'
import { unreadable } from '../files.ts'
import type { Streams } from '../streams.ts'
import { verifyBundle } from '../verify-bundle.ts'
import type { VerifyCommandOptions } from '../verify-options.ts'
import { verifyReport } from '../verify-report.ts'

export async function runVerify(result: string, options: VerifyCommandOptions, streams: Streams, signal: AbortSignal): Promise<ExitCode> {
  let isFolder: boolean
  try {
    isFolder = (await stat(resolve(streams.workingDirectory, result))).isDirectory()
  } catch (error) {
    const missing = { code: 'input/unreadable', severity: 'error', message: unreadable(error), at: { source: result } } as const
    return refuse([missing], { outcome: 'nothing was verified', json: options.json === true }, streams)
  }
  return (isFolder ? verifyBundle : verifyReport)(result, options, streams, signal)
}
