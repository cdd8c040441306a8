// `fleetproof gate`: one verdict and exit code for a pipeline, with a baseline of what is known and accepted.
import { writeFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { stringify } from 'yaml'
import type { Diagnostic, Source } from '../../diagnostics/diagnostic.ts'
import { check, type CheckInputs } from '../../engine-check.ts'
import { gateReport, type GateResult } from '../../explain/gate.ts'
import { readBaseline, type Baseline } from '../../model/baseline.ts'
import type { Finding } from '../../model/conflict.ts'
import { gateJson } from '../../report/gate-json.ts'
import { gateText } from '../../report/gate-text.ts'
import { formatReport, type ReportFormat } from '../../report/report-formats.ts'
import { createSolvers } from '../../solve/create-solvers.ts'
import type { Solvers } from '../../solve/solvers.ts'
import { importers, openCheckInputs, textsOf } from '../behaviours.ts'
import { complain, refuse } from '../complain.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { readSource, refuseFile, unwritableAt } from '../files.ts'
import { gateByServer } from '../server-gate.ts'
import type { Streams } from '../streams.ts'
import type { WorldOptions } from '../world-files.ts'
import { kindsOf } from './check.ts'

export interface GateCommandOptions extends WorldOptions {
  readonly aliases?: string
  readonly baseline?: string
  readonly failOn?: Finding['severity']
  readonly allowPossible?: number
  readonly allowUnknown?: number
  readonly accept?: string
  readonly reason?: string
  readonly until?: string
  readonly kind?: readonly string[]
  /** Ask the kinds that speak of time and physics, too. */
  readonly timed?: boolean
  readonly json?: boolean
  readonly format?: ReportFormat
  readonly threads?: number
  /** A service that decides. */
  readonly server?: string
  readonly tokenFile?: string
}

const nothing = 'nothing was decided'

export async function runGate(
  references: readonly string[],
  options: GateCommandOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  const json = options.json === true
  const kinds = kindsOf(options.kind ?? [], false, options.timed === true)
  const wrong = [
    ...kinds.unknown,
    ...misused(options),
    ...(options.accept === undefined ? [] : [await refuseFile(options.accept, streams)]),
  ]
  const mistakes = wrong.filter((diagnostic) => diagnostic !== undefined)
  if (mistakes.length > 0) return refuse(mistakes, { outcome: nothing, json }, streams)
  const opened = await openCheckInputs(references, options.aliases, streams, options)
  const source = options.baseline === undefined ? undefined : await readSource(options.baseline, streams)
  const baseline = source?.ok === true ? readBaseline(source.value) : source
  if (!opened.ok || baseline?.ok === false)
    return refuse(
      [...(opened.ok ? [] : opened.diagnostics), ...(baseline?.ok === false ? baseline.diagnostics : [])],
      { outcome: nothing, json, sources: source?.ok === true ? [source.value] : [] },
      streams,
    )
  const inputs = opened.value
  if (options.server !== undefined)
    return askServer(options.server, inputs, source?.ok === true ? source.value : undefined, options, streams, signal)
  const solvers = createSolvers(options.threads === undefined ? {} : { threads: options.threads })
  try {
    const askAll: Solvers['askAll'] = (scripts, limits) => solvers.askAll(scripts, { ...limits, signal })
    const report = await check(
      inputs,
      { askAll },
      {
        kinds: kinds.known,
        timed: { kinds: kinds.timed },
        importers: importers(streams),
        clock: streams.clock,
      },
    )
    signal.throwIfAborted()
    if (report.status === 'invalid') return refuse(report.diagnostics, { outcome: nothing, json, sources: textsOf(inputs) }, streams)
    if (!json) complain(report.diagnostics, textsOf(inputs), nothing, streams)
    const known: Baseline = baseline?.value ?? { accepted: [] }
    const today = streams.today?.() ?? new Date().toISOString().slice(0, 10)
    const result = gateReport(report, known, {
      failOn: options.failOn ?? 'error',
      allowed: { possible: options.allowPossible ?? 0, unknown: options.allowUnknown ?? 0 },
      today,
    })
    if (options.accept !== undefined) {
      const failed = await writeBaseline(options.accept, known, result, options, streams)
      if (failed !== undefined) return refuse([failed], { outcome: 'the baseline was not written', json }, streams)
    }
    const accepted = new Map(result.accepted.map(({ finding, by }) => [finding.fingerprint, by]))
    streams.out(
      json
        ? `${JSON.stringify(gateJson(result))}\n`
        : options.format !== undefined && options.format !== 'text'
          ? formatReport(report, options.format, {
              all: false,
              relations: false,
              colour: false,
              sources: textsOf(inputs),
              references,
              accepted,
            })
          : gateText(result, { colour: streams.outIsTerminal, ...(options.accept !== undefined && { wrote: options.accept }) }),
    )
    if (options.accept !== undefined) return exitCodes.good
    return verdictCodes[result.verdict]
  } finally {
    await solvers.close()
  }
}

/** The service decides; what it says is printed as if it was decided here. */
async function askServer(
  server: string,
  inputs: CheckInputs,
  baseline: Source | undefined,
  options: GateCommandOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { json = false, format = 'text' } = options
  const answered = await gateByServer(
    {
      server,
      inputs,
      kinds: options.kind ?? [],
      gate: {
        failOn: options.failOn ?? 'error',
        allowPossible: options.allowPossible ?? 0,
        allowUnknown: options.allowUnknown ?? 0,
        ...(baseline === undefined ? {} : { baseline: { name: basename(baseline.name), text: baseline.text } }),
      },
      ...(options.tokenFile === undefined ? {} : { tokenFile: options.tokenFile }),
      ...(json || format === 'text' ? {} : { format }),
    },
    streams,
    signal,
  )
  if (!answered.ok) return refuse(answered.diagnostics, { outcome: nothing, json, sources: textsOf(inputs) }, streams)
  const { verdict, text, report } = answered.value
  streams.out(json ? `${JSON.stringify(answered.value.json)}\n` : (report ?? text))
  return verdictCodes[verdict]
}

const verdictCodes = { pass: exitCodes.good, conflict: exitCodes.no, unsure: exitCodes.unsure } as const

/** Options that only make sense together. */
function misused({ accept, reason, until, server, tokenFile, models, timed }: GateCommandOptions): readonly Diagnostic[] {
  const at = { source: 'command line' }
  if (server !== undefined && !/^https?:\/\/[^/]/.test(server))
    return [
      {
        code: 'command-line/gate',
        severity: 'error',
        message: `\`${server}\` is no address of a service`,
        hint: 'maybe `https://fleet.example.org`',
        at,
      },
    ]
  const missing = (message: string, hint: string): Diagnostic => ({ code: 'command-line/gate', severity: 'error', message, hint, at })
  if (server !== undefined && timed === true)
    return [missing('a service asks no kinds of time yet', 'maybe leave out `--server`, or `--timed`')]
  if (server !== undefined && (accept !== undefined || models !== undefined))
    return [missing('a service writes no baseline and reads no models', 'maybe leave out `--server`, or `--accept` and `--models`')]
  if (server === undefined && tokenFile !== undefined)
    return [missing('a token is for a service, and none is named', 'maybe `--server URL` is missing')]
  if (accept === undefined)
    return reason === undefined && until === undefined
      ? []
      : [missing('`--reason` and `--until` say why something is accepted, and nothing is', 'maybe `--accept BASELINE` is missing')]
  if (reason === undefined || until === undefined)
    return [missing('who accepts findings says why, and until when', 'maybe `--reason "known, fixed in May" --until 2027-05-31`')]
  if (!/^\d{4}-\d{2}-\d{2}$/.test(until)) return [missing(`\`${until}\` is no day`, 'maybe `2027-05-31`')]
  return []
}

/** What is open now joins what was accepted and is still there. */
async function writeBaseline(
  file: string,
  before: Baseline,
  result: GateResult,
  { reason = '', until = '' }: GateCommandOptions,
  streams: Streams,
): Promise<Diagnostic | undefined> {
  const stale = new Set(result.stale.map(({ fingerprint }) => fingerprint))
  const open = [...result.conflict, ...result.possible, ...result.unknown]
  const fresh = new Set(open.map(({ fingerprint }) => fingerprint))
  const accepted = [
    ...before.accepted.filter(({ fingerprint }) => !stale.has(fingerprint) && !fresh.has(fingerprint)),
    ...open
      .filter(({ fingerprint }, index) => open.findIndex((other) => other.fingerprint === fingerprint) === index)
      .map(({ fingerprint, id, text }) => ({ fingerprint, reason, until, says: `${id} ${text}` })),
  ].sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1))
  try {
    await writeFile(resolve(streams.workingDirectory, file), stringify({ 'fleetproof-baseline': 1, accepted }, { lineWidth: 0 }))
    return undefined
  } catch (error) {
    return unwritableAt(file, error)
  }
}
