// `assign --what-if`: the model as it is and as it would be, side by side; nothing is written.
import { runAssignment } from '../engine.ts'
import { differenceOf } from '../explain/difference.ts'
import { EDITS_SOURCE, readEdits } from '../model/what-if.ts'
import { assignmentText } from '../report/assignment-text.ts'
import { whatIfJson, whatIfText } from '../report/what-if-text.ts'
import type { SolveLimits, Solvers } from '../solve/solvers.ts'
import { complain, refuse } from './complain.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import { explainWords, type ModelOptions, type OpenedModel } from './inputs.ts'
import type { Streams } from './streams.ts'

export interface WhatIf {
  readonly model: string
  readonly opened: OpenedModel
  readonly edits: readonly string[]
  readonly options: ModelOptions & { readonly json?: boolean }
  readonly limits: SolveLimits
}

export async function tryWhatIf({ model, opened, edits, options, limits }: WhatIf, solvers: Solvers, streams: Streams): Promise<ExitCode> {
  const json = options.json === true
  const outcome = 'nothing was tried'
  const written = { name: EDITS_SOURCE, text: edits.join('\n') }
  const read = readEdits(edits)
  const { inputs } = opened
  const sources = [inputs.model, written]
  if (!read.ok) return refuse(read.diagnostics, { outcome, json, sources }, streams)
  const settings = { clock: streams.clock, limits }
  const after = await runAssignment({ ...inputs, edits: read.value }, solvers, settings)
  if (after.result.status === 'invalid') return refuse(after.result.diagnostics, { outcome, json, sources }, streams)
  const before = await runAssignment(inputs, solvers, settings)
  if (before.result.status === 'invalid') return refuse(before.result.diagnostics, { outcome, json, sources }, streams)
  if (!json) complain(after.result.diagnostics, sources, outcome, streams)
  const words = { colour: streams.outIsTerminal, explain: (device: string) => explainWords(model, device, options) }
  if (before.result.status === 'assigned' && after.result.status === 'assigned') {
    const [from, to] = [before.result.assignment, after.result.assignment]
    const difference = differenceOf({ ids: before.fleet!.ids, ...from }, { ids: after.fleet!.ids, ...to })
    streams.out(
      json
        ? `${JSON.stringify(whatIfJson(edits, before.result, after.result, difference))}\n`
        : whatIfText(edits, before.result, after.result, difference),
    )
    return exitCodes.good
  }
  const head = `${edits.map((edit) => `what if   ${edit}`).join('\n')}\nas it is the model is ${before.result.status}\n\n`
  streams.out(
    json
      ? `${JSON.stringify(whatIfJson(edits, before.result, after.result, undefined))}\n`
      : `${head}${assignmentText(after.result, after.model, words)}`,
  )
  return after.result.status === 'assigned' ? exitCodes.good : after.result.status === 'impossible' ? exitCodes.no : exitCodes.unsure
}
