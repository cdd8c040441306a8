// `fleetproof diff`: what differs between two results, or between what runs today and a result.
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Diagnostic, Read, Source } from '../../diagnostics/diagnostic.ts'
import { runAssignment } from '../../engine.ts'
import { ask, sinceToday, today } from '../../engine-explain.ts'
import { differenceOf, type Difference, type Outcomes } from '../../explain/difference.ts'
import { changeJson, differenceJson, differenceText } from '../../report/difference-text.ts'
import { createSolvers } from '../../solve/create-solvers.ts'
import type { Solvers } from '../../solve/solvers.ts'
import { openBundle, type BundleFiles } from '../bundle-files.ts'
import { readChoices } from '../bundle-choices.ts'
import { refuse } from '../complain.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { modelPlace, openModel, type ModelOptions, type ModelPlace } from '../inputs.ts'
import type { Streams } from '../streams.ts'

export interface DiffCommandOptions extends ModelOptions {
  readonly json?: boolean
  readonly ndjson?: boolean
  readonly threads?: number
}

interface Told {
  readonly difference: Difference
  readonly names: { readonly before: string; readonly after: string }
}

type Failed = { readonly ok: false; readonly diagnostics: readonly Diagnostic[]; readonly sources?: readonly Source[] }

export async function runDiff(
  first: string,
  second: string | undefined,
  options: DiffCommandOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  const machine = options.json === true || options.ndjson === true
  const solvers = createSolvers(options.threads === undefined ? {} : { threads: options.threads })
  try {
    const told = await compare(first, second, options, solvers, streams, signal)
    signal.throwIfAborted()
    if (!told.ok) {
      const { diagnostics, sources = [] } = told
      return refuse(diagnostics, { outcome: 'nothing was compared', json: machine, sources }, streams)
    }
    const { difference, names } = told.value
    if (options.ndjson === true) for (const change of difference.changes) streams.out(`${JSON.stringify(changeJson(change))}\n`)
    else streams.out(options.json === true ? `${JSON.stringify(differenceJson(difference))}\n` : differenceText(difference, names))
    return exitCodes.good
  } finally {
    await solvers.close()
  }
}

type Comparison = { readonly ok: true; readonly value: Told } | Failed

async function compare(
  first: string,
  second: string | undefined,
  options: DiffCommandOptions,
  solvers: Solvers,
  streams: Streams,
  signal: AbortSignal,
): Promise<Comparison> {
  const [firstIs, secondIs] = [await isFolder(first, streams), second !== undefined && (await isFolder(second, streams))]
  if (second !== undefined && firstIs && secondIs) {
    const before = await readBundle(first, streams)
    if (!before.ok) return before
    const after = await readBundle(second, streams)
    if (!after.ok) return after
    return told(differenceOf(before.value.outcomes, after.value.outcomes), first, second)
  }
  if (second === undefined && !firstIs) return againstRun(first, options, solvers, streams, signal)
  // One model, and one result that stands against what runs today.
  const folder = firstIs ? first : second!
  if (second !== undefined && !secondIs && firstIs) {
    const message = 'a model says what runs today, which comes first'
    return failed('diff/order', message, second, `maybe \`fleetproof diff ${second} ${first}\``)
  }
  if (second !== undefined && !secondIs)
    return failed('diff/two-models', 'two models cannot be compared', second, 'maybe `assign --out` each of them first')
  const bundle = await readBundle(folder, streams)
  if (!bundle.ok) return bundle
  return againstToday(second === undefined ? undefined : first, bundle.value, folder, options, solvers, streams)
}

function told(difference: Difference, before: string, after: string): Comparison {
  return { ok: true, value: { difference, names: { before, after } } }
}

function failed(code: string, message: string, source: string, hint: string): Failed {
  return { ok: false, diagnostics: [{ code, severity: 'error', message, hint, at: { source } }] }
}

/** What runs today against the best assignment of the model. */
async function againstRun(
  model: string,
  options: DiffCommandOptions,
  solvers: Solvers,
  streams: Streams,
  signal: AbortSignal,
): Promise<Comparison> {
  const opened = await openModel(modelPlace(model, options), streams)
  if (!opened.ok) return opened
  const run = await runAssignment(opened.value.inputs, solvers, { clock: streams.clock, limits: { signal } })
  const { result } = run
  if (result.status === 'invalid') return { ok: false, diagnostics: result.diagnostics, sources: [opened.value.inputs.model] }
  const asked = ask(run)
  if (asked === undefined || result.status !== 'assigned')
    return failed(
      'diff/no-assignment',
      `the model has no assignment to compare with: it is ${result.status}`,
      model,
      `maybe see \`fleetproof assign ${model}\``,
    )
  return told(sinceToday(asked, result.current), 'today', model)
}

/** What runs today, by the model or by the one that the bundle was made from, against the bundle. */
async function againstToday(
  model: string | undefined,
  { outcomes, place }: ReadBundle,
  folder: string,
  options: DiffCommandOptions,
  solvers: Solvers,
  streams: Streams,
): Promise<Comparison> {
  const given = modelPlace(model ?? place.model, options)
  const opened = await openModel(
    model === undefined ? { ...place, ...given, replaced: new Map([...place.replaced, ...given.replaced]) } : given,
    streams,
  )
  if (!opened.ok) return opened
  const read = await today(opened.value.inputs, solvers)
  if (!read.ok) return { ok: false, diagnostics: read.diagnostics, sources: [opened.value.inputs.model] }
  const { outcomes: before, whyNotStay } = read.value
  const rowOf =
    before.ids.length === outcomes.ids.length && before.ids.every((id, i) => id === outcomes.ids[i])
      ? undefined
      : new Map(before.ids.map((id, i) => [id, i]))
  const why = whyNotStay(outcomes)
  const difference = differenceOf(before, outcomes, (i) => {
    const row = rowOf === undefined ? i : rowOf.get(outcomes.ids[i]!)
    return row === undefined ? undefined : why(row)
  })
  return told(difference, 'today', folder)
}

interface ReadBundle {
  readonly outcomes: Outcomes
  readonly place: ModelPlace
}

async function readBundle(folder: string, streams: Streams): Promise<Read<ReadBundle>> {
  const opened = await openBundle(folder, streams)
  if (!opened.ok) return opened
  const outcomes = await readOutcomes(opened.value, folder)
  return outcomes.ok ? { ok: true, value: { outcomes: outcomes.value, place: opened.value.place }, diagnostics: [] } : outcomes
}

async function readOutcomes({ manifest, devices }: BundleFiles, folder: string): Promise<Read<Outcomes>> {
  const source = `${folder}/${manifest.devices.name}`
  const read = await readChoices(devices, source, manifest.devices.count)
  if (!read.ok) return read
  const { ids } = read.value
  if (ids.length === manifest.devices.count) return read
  const message = `the manifest counts ${manifest.devices.count} devices, the lines are ${ids.length}`
  return {
    ok: false,
    diagnostics: [{ code: 'bundle/other-lines', severity: 'error', message, hint: 'maybe assign again', at: { source } }],
  }
}

async function isFolder(name: string, streams: Streams): Promise<boolean> {
  if (name === '-') return false
  try {
    return (await stat(resolve(streams.workingDirectory, name))).isDirectory()
  } catch {
    return false
  }
}
