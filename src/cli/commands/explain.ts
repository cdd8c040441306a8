// `fleetproof explain`: why one device got what it got.
import { suggest } from '../../diagnostics/suggest.ts'
import { explain } from '../../engine.ts'
import { assignmentJson } from '../../report/assignment-json.ts'
import { assignmentText } from '../../report/assignment-text.ts'
import { explanationJson, explanationText } from '../../report/explanation-text.ts'
import { createSolvers } from '../../solve/create-solvers.ts'
import { complain } from '../complain.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { modelPlace, openModel, type ModelOptions } from '../inputs.ts'
import type { Streams } from '../streams.ts'

export interface ExplainCommandOptions extends ModelOptions {
  readonly json?: boolean
  readonly threads?: number
}

export async function runExplain(
  model: string,
  device: string,
  options: ExplainCommandOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  const opened = await openModel(modelPlace(model, options), streams)
  if (!opened.ok) {
    complain(opened.diagnostics, [], 'nothing was explained', streams)
    return exitCodes.badInput
  }
  const { inputs } = opened.value
  const solvers = createSolvers(options.threads === undefined ? {} : { threads: options.threads })
  try {
    const { result, explanation, ids } = await explain(inputs, device, solvers, { clock: streams.clock, limits: { signal } })
    signal.throwIfAborted()
    if (result.status === 'invalid') complain(result.diagnostics, [inputs.model], 'nothing was explained', streams)
    if (result.status !== 'assigned') {
      const text = options.json === true ? `${JSON.stringify(assignmentJson(result, [], { withDevices: false }))}\n` : ''
      streams.out(text || assignmentText(result, undefined, { colour: streams.outIsTerminal, explain: '' }))
      return result.status === 'impossible' ? exitCodes.no : result.status === 'undecided' ? exitCodes.unsure : exitCodes.badInput
    }
    if (explanation === undefined) {
      const near = suggest(device, ids)
      const hint = near === undefined ? {} : { hint: `maybe \`${near}\`?` }
      complain(
        [
          {
            code: 'explain/unknown-device',
            severity: 'error',
            message: `no device is called \`${device}\``,
            ...hint,
            at: { source: model },
          },
        ],
        [],
        'nothing was explained',
        streams,
      )
      return exitCodes.badInput
    }
    streams.out(options.json === true ? `${JSON.stringify(explanationJson(explanation))}\n` : explanationText(explanation))
    return exitCodes.good
  } finally {
    await solvers.close()
  }
}
