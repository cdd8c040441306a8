// `fleetproof import`: devices of another system, read as a model reads them, as NDJSON.
import { readFleetSource } from '../../formats/read-fleet-source.ts'
import { deviceLine } from '../../formats/ndjson/write-fleet.ts'
import { complain, refuse } from '../complain.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { refuseFile, unwritableAt } from '../files.ts'
import { modelPlace, openModel, type ModelOptions } from '../inputs.ts'
import { withOutput } from '../output-file.ts'
import type { Streams } from '../streams.ts'

export interface ImportCommandOptions extends ModelOptions {
  readonly out?: string
  readonly json?: boolean
}

const ROWS_AT_ONCE = 4096

export async function runImport(model: string, options: ImportCommandOptions, streams: Streams): Promise<ExitCode> {
  const refusal = { outcome: 'nothing was imported', json: options.json === true }
  const wrong = options.out === undefined || options.out === '-' ? undefined : await refuseFile(options.out, streams)
  if (wrong !== undefined) return refuse([wrong], refusal, streams)
  const opened = await openModel(modelPlace(model, options), streams)
  if (!opened.ok) return refuse(opened.diagnostics, refusal, streams)
  const { inputs } = opened.value
  const read = await readFleetSource(inputs.model, inputs.open, inputs.devices === undefined ? {} : { devices: inputs.devices })
  if (!read.ok) return refuse(read.diagnostics, { ...refusal, sources: [inputs.model] }, streams)
  complain(read.diagnostics, [inputs.model], refusal.outcome, streams)
  const { fleet } = read.value
  // Joined columns are left to the tables that they come from.
  const names = read.value.model.vocabulary.map(({ name }) => name)
  try {
    await withOutput(options.out, streams, async (output) => {
      for (let row = 0; row < fleet.size; row++) {
        output.write(deviceLine(fleet, names, row))
        if (row % ROWS_AT_ONCE === 0) await output.drained()
      }
    })
  } catch (error) {
    if (options.out === undefined) throw error
    return refuse([unwritableAt(options.out, error)], refusal, streams)
  }
  if (options.out !== undefined && options.out !== '-')
    streams.error(`wrote ${fleet.size.toLocaleString('en-US')} devices into ${options.out}\n`)
  return exitCodes.good
}
