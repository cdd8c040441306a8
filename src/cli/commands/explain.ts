// `fleetproof explain`: why one device got what it got, or why not something else.
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { maybe } from '../../diagnostics/suggest.ts'
import { runAssignment } from '../../engine.ts'
import { ask, explainRow, whyNotFor } from '../../engine-explain.ts'
import { readWanted } from '../../explain/read-wanted.ts'
import { EDITS_SOURCE, readEdits } from '../../model/what-if.ts'
import { assignmentJson } from '../../report/assignment-json.ts'
import { assignmentText } from '../../report/assignment-text.ts'
import { explanationJson, explanationText } from '../../report/explanation-text.ts'
import { whyNotJson, whyNotText } from '../../report/why-not-text.ts'
import { createSolvers } from '../../solve/create-solvers.ts'
import { refuse } from '../complain.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { explainWords, modelPlace, openModel, type ModelOptions } from '../inputs.ts'
import type { Streams } from '../streams.ts'

export interface ExplainCommandOptions extends ModelOptions {
  readonly json?: boolean
  readonly threads?: number
  /** A variant, with settings behind it: `comfort-edge inference=cloud`; `nothing`. */
  readonly whyNot?: string
  readonly whatIf?: readonly string[]
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
  const edits = readEdits(options.whatIf ?? [])
  const written = { name: EDITS_SOURCE, text: (options.whatIf ?? []).join('\n') }
  if (!edits.ok) return refuse(edits.diagnostics, { outcome, json, sources: [written] }, streams)
  const opened = await openModel(modelPlace(model, options), streams)
  if (!opened.ok) return refuse(opened.diagnostics, { outcome, json }, streams)
  const inputs = { ...opened.value.inputs, edits: edits.value }
  const solvers = createSolvers(options.threads === undefined ? {} : { threads: options.threads })
  try {
    const run = await runAssignment(inputs, solvers, { clock: streams.clock, limits: { signal } })
    signal.throwIfAborted()
    const { result } = run
    if (result.status === 'invalid') return refuse(result.diagnostics, { outcome, json, sources: [inputs.model, written] }, streams)
    const asked = ask(run)
    if (asked === undefined) {
      const colour = streams.outIsTerminal
      streams.out(
        json
          ? `${JSON.stringify(assignmentJson(result, [], { withDevices: false }))}\n`
          : assignmentText(result, undefined, { colour, explain: (id) => explainWords(model, id, options) }),
      )
      return result.status === 'impossible' ? exitCodes.no : exitCodes.unsure
    }
    const row = asked.rowOf(device)
    const wanted = options.whyNot === undefined ? undefined : readWanted(options.whyNot, asked.context.model)
    const wrong = [
      ...(row === undefined ? [unknownDevice(device, asked.context.fleet.ids, model)] : []),
      ...(wanted?.ok === false ? wanted.diagnostics : []),
    ]
    if (row === undefined || wrong.length > 0) return refuse(wrong, { outcome, json }, streams)
    if (wanted?.ok === true) {
      const answer = await whyNotFor(asked, row, wanted.value, solvers, { limits: { signal }, confirm: true })
      streams.out(json ? `${JSON.stringify(whyNotJson(device, wanted.value, answer))}\n` : whyNotText(device, wanted.value, answer))
      return exitCodes.good
    }
    const explanation = await explainRow(asked, row, solvers, { limits: { signal } })
    streams.out(json ? `${JSON.stringify(explanationJson(explanation))}\n` : explanationText(explanation))
    return exitCodes.good
  } finally {
    await solvers.close()
  }
}

function unknownDevice(device: string, ids: readonly string[], source: string): Diagnostic {
  const message = `no device is called \`${device}\``
  return { code: 'explain/unknown-device', severity: 'error', message, ...maybe(device, ids), at: { source } }
}
