// `fleetproof init`: a commented example to begin with.
import { readdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { refuse } from '../complain.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { makeFolder, unwritableAt } from '../files.ts'
import { starterDevices, starterModel } from '../starter.ts'
import type { Streams } from '../streams.ts'

const refusal = { outcome: 'nothing was written', json: false }

/** Writes into a new or empty folder only. */
export async function runInit(folder: string, streams: Streams): Promise<ExitCode> {
  const target = resolve(streams.workingDirectory, folder)
  try {
    await makeFolder(target)
    if ((await readdir(target)).length > 0) {
      const message = 'the folder holds files already; an example is not written among them'
      const hint = 'maybe name a new folder'
      return refuse([{ code: 'output/not-empty', severity: 'error', message, hint, at: { source: folder } }], refusal, streams)
    }
    await writeFile(join(target, 'model.yaml'), starterModel)
    await writeFile(join(target, 'devices.ndjson'), starterDevices)
  } catch (error) {
    return refuse([unwritableAt(folder, error)], refusal, streams)
  }
  streams.out(`wrote ${folder}/model.yaml and ${folder}/devices.ndjson · next: fleetproof assign ${folder}/model.yaml\n`)
  return exitCodes.good
}
