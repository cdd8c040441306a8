// `fleetproof assign`: a model in, an assignment out.
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { AssignedDevice, MethodUsed } from '../../model/assignment.ts'
import { readYaml } from '../../diagnostics/yaml.ts'
import { version } from '../../version.ts'
import { runAssignment, type AssignmentRun } from '../../engine.ts'
import { looksLikeDivenact } from '../../formats/divenact/read-divenact.ts'
import { writeDivenactAnswer } from '../../formats/divenact/write-answer.ts'
import { assignedDevice, assignmentJson } from '../../report/assignment-json.ts'
import { assignmentText } from '../../report/assignment-text.ts'
import { createSolvers } from '../../solve/create-solvers.ts'
import type { Method, Solvers } from '../../solve/solvers.ts'
import { refuseFolder, writeBundle } from '../bundle-files.ts'
import { complain, refuse } from '../complain.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { unwritableAt } from '../files.ts'
import { explainWords, modelPlace, openModel, shellWord, type ModelOptions, type OpenedModel } from '../inputs.ts'
import type { Streams } from '../streams.ts'
import { tryWhatIf } from '../what-if.ts'

export interface AssignCommandOptions extends ModelOptions {
  readonly json?: boolean
  readonly format?: 'text' | 'json' | 'divenact'
  readonly out?: string
  readonly method?: Method
  readonly threads?: number
  /** Seconds. */
  readonly timeout?: number
  /** Edits to try beside the model as it is. */
  readonly whatIf?: readonly string[]
}

export async function runAssign(model: string, options: AssignCommandOptions, streams: Streams, signal: AbortSignal): Promise<ExitCode> {
  const format = options.json === true ? 'json' : (options.format ?? 'text')
  const json = format !== 'text'
  const outcome = 'nothing was assigned'
  if (options.out !== undefined && (options.whatIf ?? []).length > 0) {
    const message = 'what is only tried is not written: `--what-if` and `--out` exclude each other'
    return refuse([{ code: 'what-if/out', severity: 'error', message, at: { source: '--what-if' } }], { outcome, json }, streams)
  }
  const refused = options.out === undefined ? undefined : await refuseFolder(options.out, streams)
  if (refused !== undefined) return refuse([refused], { outcome, json }, streams)
  const opened = await openModel(modelPlace(model, options), streams)
  if (!opened.ok) return refuse(opened.diagnostics, { outcome, json }, streams)
  const { inputs } = opened.value
  if (format === 'divenact' && !looksLikeDivenact(inputs.model)) {
    const message = 'only a DivEnact document has an answer in its form'
    return refuse([{ code: 'output/not-divenact', severity: 'error', message, at: { source: model } }], { outcome, json }, streams)
  }
  const solvers = createSolvers(options.threads === undefined ? {} : { threads: options.threads })
  try {
    const soon = options.timeout === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(1000 * options.timeout)])
    const limits = { signal: soon, ...(options.method === undefined ? {} : { force: options.method }) }
    if (options.whatIf !== undefined && options.whatIf.length > 0)
      return await tryWhatIf(
        { model, opened: opened.value, edits: options.whatIf, options: { ...options, json }, limits },
        solvers,
        streams,
      )
    const run = await runAssignment(inputs, solvers, { clock: streams.clock, limits })
    const { result } = run
    // Who interrupts still hears what was known by then.
    if (signal.aborted && result.status === 'undecided') streams.error(answer(run, 'text', model, options, inputs.model, streams))
    signal.throwIfAborted()
    if (result.status === 'invalid') return refuse(result.diagnostics, { outcome, json, sources: [inputs.model] }, streams)
    if (!json) complain(result.diagnostics, [inputs.model], outcome, streams)
    if (options.out !== undefined && result.status === 'assigned') {
      const failed = await write(options.out, model, options, run, opened.value, await versionsOf(result.methods, solvers), streams)
      if (failed !== undefined) return refuse([failed], { outcome: 'the result was not written', json }, streams)
    }
    streams.out(answer(run, format, model, options, inputs.model, streams))
    switch (result.status) {
      case 'assigned':
        return exitCodes.good
      case 'impossible':
        return exitCodes.no
      case 'undecided':
        return exitCodes.unsure
    }
  } finally {
    await solvers.close()
  }
}

function answer(
  run: AssignmentRun,
  format: 'text' | 'json' | 'divenact',
  model: string,
  options: AssignCommandOptions,
  source: OpenedModel['inputs']['model'],
  streams: Streams,
): string {
  const { result, fleet } = run
  const ids = fleet?.ids ?? []
  switch (format) {
    case 'json':
      return `${JSON.stringify(assignmentJson(result, ids, { withDevices: options.out === undefined }))}\n`
    case 'divenact': {
      if (result.status !== 'assigned') return `${JSON.stringify(assignmentJson(result, ids, { withDevices: false }))}\n`
      const document = readYaml(source)
      const devices = ids.map((_, row): AssignedDevice => assignedDevice(result.assignment, ids, row))
      return document.ok ? `${JSON.stringify(writeDivenactAnswer(document.value.value, devices), null, 2)}\n` : ''
    }
    case 'text': {
      const text = assignmentText(result, run.model, {
        colour: streams.outIsTerminal,
        explain: (device) => explainWords(model, device, options),
      })
      return options.out === undefined || result.status !== 'assigned'
        ? text
        : `${text}\nwrote ${options.out} · next: fleetproof verify ${shellWord(options.out)}\n`
    }
  }
}

async function write(
  folder: string,
  model: string,
  options: AssignCommandOptions,
  run: AssignmentRun,
  opened: OpenedModel,
  solvers: Readonly<Record<string, string>>,
  streams: Streams,
): Promise<Diagnostic | undefined> {
  const { result, fleet } = run
  if (result.status !== 'assigned' || fleet === undefined) return undefined
  const { assignment, levels, certificates } = result
  try {
    await writeBundle(
      folder,
      { assignment, ids: fleet.ids, levels, certificates, place: modelPlace(model, options), inputs: opened.hashes(), solvers },
      streams,
    )
    return undefined
  } catch (error) {
    return unwritableAt(folder, error)
  }
}

/** Of the solvers that took part; asking one for its version starts it, which those that did not are spared. */
async function versionsOf(methods: readonly MethodUsed[], solvers: Solvers): Promise<Readonly<Record<string, string>>> {
  const own = { fleetproof: version }
  return methods.some(({ method }) => method === 'z3' || method === 'highs') ? { ...own, ...(await solvers.versions()) } : own
}
