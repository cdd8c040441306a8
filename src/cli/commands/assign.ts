// `fleetproof assign`: a model in, an assignment out.
import { resolve } from 'node:path'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { endsAfter } from '../../ends-after.ts'
import type { AssignedDevice, MethodUsed } from '../../model/assignment.ts'
import { readYaml } from '../../diagnostics/yaml.ts'
import { version } from '../../version.ts'
import { cutsBesidePairs } from '../../engine-apart.ts'
import { runAssignment, type AssignInputs, type AssignmentRun } from '../../engine.ts'
import { differenceOf } from '../../explain/difference.ts'
import { looksLikeDivenact } from '../../formats/divenact/read-divenact.ts'
import { writeDivenactAnswer } from '../../formats/divenact/write-answer.ts'
import { assignedDevice, assignmentJson } from '../../report/assignment-json.ts'
import { differenceJson, differenceText } from '../../report/difference-text.ts'
import { assignmentText } from '../../report/assignment-text.ts'
import { createSolvers } from '../../solve/create-solvers.ts'
import type { Method, Solvers } from '../../solve/solvers.ts'
import { openCache } from '../answer-cache.ts'
import { refuseFolder, writeBundle } from '../bundle-files.ts'
import { complain, refuse } from '../complain.ts'
import { readEarlierBundle, refuseOther } from '../earlier-bundle.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { unwritableAt } from '../files.ts'
import { explainWords, modelPlace, openModel, shellWord, type ModelOptions, type OpenedModel } from '../inputs.ts'
import type { Streams } from '../streams.ts'
import { tryWhatIf } from '../what-if.ts'

export interface AssignCommandOptions extends ModelOptions {
  readonly json?: boolean
  readonly format?: 'text' | 'json' | 'divenact'
  readonly out?: string
  /** The folder of an earlier result. */
  readonly since?: string
  readonly method?: Method
  readonly threads?: number
  /** Seconds. */
  readonly timeout?: number
  /** A folder that keeps what is known of behaviours from one assignment to the next. */
  readonly cache?: string
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
  const clash = sinceClash(options, streams)
  if (clash !== undefined) return refuse([clash], { outcome, json }, streams)
  const refused = options.out === undefined ? undefined : await refuseFolder(options.out, streams)
  if (refused !== undefined) return refuse([refused], { outcome, json }, streams)
  const opened = await openModel(modelPlace(model, options), streams)
  if (!opened.ok) return refuse(opened.diagnostics, { outcome, json }, streams)
  const earlier = options.since === undefined ? undefined : await readEarlierBundle(options.since, streams)
  if (earlier?.ok === false) return refuse(earlier.diagnostics, { outcome, json }, streams)
  const kept = options.cache === undefined ? undefined : await openCache(options.cache, streams)
  if (kept?.is === 'failed') return refuse([kept.diagnostic], { outcome, json }, streams)
  const behaviours = { ...opened.value.inputs.behaviours, ...(kept && { limits: { cache: kept.cache } }) }
  const inputs: AssignInputs = { ...opened.value.inputs, behaviours, ...(earlier && { since: earlier.value.result }) }
  if (format === 'divenact' && !looksLikeDivenact(inputs.model)) {
    const message = 'only a DivEnact document has an answer in its form'
    return refuse([{ code: 'output/not-divenact', severity: 'error', message, at: { source: model } }], { outcome, json }, streams)
  }
  const solvers = createSolvers(options.threads === undefined ? {} : { threads: options.threads })
  try {
    const soon = options.timeout === undefined ? signal : endsAfter(1000 * options.timeout, signal)
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
    if (signal.aborted && result.status === 'undecided') streams.error(answer(run, 'text', model, options, inputs, streams))
    signal.throwIfAborted()
    if (result.status === 'invalid') return refuse(result.diagnostics, { outcome, json, sources: [inputs.model] }, streams)
    const other = earlier && refuseOther(options.since!, earlier.value.result, run.fleet!, run.model!.variants)
    if (other !== undefined) return refuse([other], { outcome, json }, streams)
    if (!json) complain(result.diagnostics, [inputs.model], outcome, streams)
    if (options.out !== undefined && result.status === 'assigned') {
      const since = earlier && { folder: options.since!, sha256: earlier.value.sha256 }
      const solversUsed = await versionsOf(result.methods, solvers)
      const failed = await write(
        options.out,
        model,
        options,
        run,
        { opened: opened.value, solvers: solversUsed, ...(since && { since }) },
        streams,
      )
      if (failed !== undefined) return refuse([failed], { outcome: 'the result was not written', json }, streams)
    }
    streams.out(answer(run, format, model, options, inputs, streams))
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
  { model: source, since }: AssignInputs,
  streams: Streams,
): string {
  const { result, fleet } = run
  const ids = fleet?.ids ?? []
  const difference = since && result.status === 'assigned' ? differenceOf(since, { ids, ...result.assignment }) : undefined
  switch (format) {
    case 'json': {
      const json = assignmentJson(result, ids, { withDevices: options.out === undefined })
      return `${JSON.stringify(difference === undefined ? json : { ...json, since: differenceJson(difference) })}\n`
    }
    case 'divenact': {
      if (result.status !== 'assigned') return `${JSON.stringify(assignmentJson(result, ids, { withDevices: false }))}\n`
      const document = readYaml(source)
      const devices = ids.map((_, row): AssignedDevice => assignedDevice(result.assignment, ids, row))
      return document.ok ? `${JSON.stringify(writeDivenactAnswer(document.value.value, devices), null, 2)}\n` : ''
    }
    case 'text': {
      const whole = assignmentText(result, run.model, {
        colour: streams.outIsTerminal,
        explain: (device) => explainWords(model, device, options),
      })
      const text =
        difference === undefined ? whole : `${whole}\n${differenceText(difference, { before: options.since!, after: 'now' }).trimEnd()}\n`
      return options.out === undefined || result.status !== 'assigned'
        ? text
        : `${text}\nwrote ${options.out} · next: fleetproof verify ${shellWord(options.out)}\n`
    }
  }
}

/** What a bundle says beside the result. */
interface Beside {
  readonly opened: OpenedModel
  readonly solvers: Readonly<Record<string, string>>
  readonly since?: { readonly folder: string; readonly sha256: string }
}

/** What cannot be asked together with an earlier result. */
function sinceClash({ since, out, whatIf = [] }: AssignCommandOptions, { workingDirectory }: Streams): Diagnostic | undefined {
  const refused = (message: string, hint?: string): Diagnostic => ({
    code: 'since/clash',
    severity: 'error',
    message,
    ...(hint === undefined ? {} : { hint }),
    at: { source: '--since' },
  })
  if (since === undefined) return undefined
  if (whatIf.length > 0) return refused('`--what-if` compares with the model as it is: `--since` and `--what-if` exclude each other')
  if (out !== undefined && resolve(workingDirectory, out) === resolve(workingDirectory, since))
    return refused('the earlier result would be overwritten, and nobody could verify the moves against it', 'maybe another `--out`')
  return undefined
}

async function write(
  folder: string,
  model: string,
  options: AssignCommandOptions,
  run: AssignmentRun,
  { opened, solvers, since }: Beside,
  streams: Streams,
): Promise<Diagnostic | undefined> {
  const { result, fleet } = run
  if (result.status !== 'assigned' || fleet === undefined) return undefined
  const { assignment, levels, certificates } = result
  try {
    await writeBundle(
      folder,
      {
        assignment,
        ids: fleet.ids,
        levels,
        certificates,
        apart: cutsBesidePairs(result.separation),
        ...(result.separation && { separation: result.separation }),
        place: modelPlace(model, options),
        inputs: opened.hashes(),
        solvers,
        ...(since && { since }),
      },
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
