// `fleetproof init`: a commented example to begin with.
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { complain } from '../complain.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { unreadable } from '../files.ts'
import { starterDevices, starterModel } from '../starter.ts'
import type { Streams } from '../streams.ts'

/** Writes into a new or empty folder only. */
export async function runInit(folder: string, streams: Streams): Promise<ExitCode> {
  const target = resolve(streams.workingDirectory, folder)
  try {
    await mkdir(target, { recursive: true })
    if ((await readdir(target)).length > 0) {
      complain(
        [
          {
            code: 'output/not-empty',
            severity: 'error',
            message: 'the folder holds files already; an example is not written among them',
            hint: 'maybe name a new folder',
            at: { source: folder },
          },
        ],
        [],
        'nothing was written',
        streams,
      )
      return exitCodes.badInput
    }
    await writeFile(join(target, 'model.yaml'), starterModel)
    await writeFile(join(target, 'devices.ndjson'), starterDevices)
  } catch (error) {
    complain(
      [{ code: 'output/unwritable', severity: 'error', message: unreadable(error), at: { source: folder } }],
      [],
      'nothing was written',
      streams,
    )
    return exitCodes.badInput
  }
  streams.out(`wrote ${folder}/model.yaml and ${folder}/devices.ndjson · next: fleetproof assign ${folder}/model.yaml\n`)
  return exitCodes.good
}
