// `fleetproof explain`: why one device got what it got.
import { suggest } from '../../diagnostics/suggest.ts'
import { explain } from '../../engine.ts'
import { assignmentJson } from '../../report/assignment-json.ts'
import { assignmentText } from '../../report/assignment-text.ts'
import { explanationJson, explanationText } from '../../report/explanation-text.ts'
import { createSolvers } from '../../solve/create-solvers.ts'
import { refuse } from '../complain.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { explainWords, modelPlace, openModel, type ModelOptions } from '../inputs.ts'
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
  const json = options.json === true
  const outcome = 'nothing was explained'
  const opened = await openModel(modelPlace(model, options), streams)
  if (!opened.ok) return refuse(opened.diagnostics, { outcome, json }, streams)
  const { inputs } = opened.value
  const solvers = createSolvers(options.threads === undefined ? {} : { threads: options.threads })
  try {
    const { result, explanation, ids } = await explain(inputs, device, solvers, { clock: streams.clock, limits: { signal } })
    signal.throwIfAborted()
    if (result.status === 'invalid') return refuse(result.diagnostics, { outcome, json, sources: [inputs.model] }, streams)
    if (result.status !== 'assigned') {
      const colour = streams.outIsTerminal
      streams.out(
        json
          ? `${JSON.stringify(assignmentJson(result, [], { withDevices: false }))}\n`
          : assignmentText(result, undefined, { colour, explain: (id) => explainWords(model, id, options) }),
      )
      return result.status === 'impossible' ? exitCodes.no : exitCodes.unsure
    }
    if (explanation === undefined) {
      const near = suggest(device, ids)
      const message = `no device is called \`${device}\``
      const hint = near === undefined ? {} : { hint: `maybe \`${near}\`?` }
      const unknown = { code: 'explain/unknown-device', severity: 'error', message, ...hint, at: { source: model } } as const
      return refuse([unknown], { outcome, json }, streams)
    }
    streams.out(json ? `${JSON.stringify(explanationJson(explanation))}\n` : explanationText(explanation))
    return exitCodes.good
  } finally {
    await solvers.close()
  }
}
