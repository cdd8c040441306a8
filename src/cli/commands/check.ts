// `fleetproof check`: sources of automations in, a verdict for every possible conflict out.
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { ConflictKind } from '../../../constraints/reaction.ts'
import { conflictKinds, conflictKindsInFull } from '../../../constraints/conflict.ts'
import { timedDefaults, type TimedKind, type TimedOptions } from '../../../constraints/timed.ts'
import { timedKinds } from '../../../constraints/timed-kinds.ts'
import { suggest } from '../../diagnostics/suggest.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { check } from '../../engine-check.ts'
import type { ConflictReport } from '../../model/conflict.ts'
import { formatReport, type ReportFormat } from '../../report/report-formats.ts'
import { createSolvers } from '../../solve/create-solvers.ts'
import { openCache } from '../answer-cache.ts'
import { importers, openCheckInputs, textsOf } from '../behaviours.ts'
import { boundedCheck } from '../check-limits.ts'
import { complain, refuse } from '../complain.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { refuseFile, unwritableAt } from '../files.ts'
import { storedReport } from '../stored-report.ts'
import type { Streams } from '../streams.ts'
import type { WorldOptions } from '../world-files.ts'

export interface CheckCommandOptions extends WorldOptions {
  readonly aliases?: string
  readonly json?: boolean
  readonly format?: ReportFormat
  readonly all?: boolean
  readonly relations?: boolean
  readonly kind?: readonly string[]
  /** Ask the kinds that speak of time and physics, too. */
  readonly timed?: boolean
  /** Seconds within which another rule contends, or takes a command back. */
  readonly window?: number
  readonly out?: string
  readonly threads?: number
  /** Seconds after which the rest is left open. */
  readonly budget?: number
  /** A folder that keeps answers of solvers from one check to the next. */
  readonly cache?: string
}

const nothing = 'nothing was checked'

export async function runCheck(
  references: readonly string[],
  options: CheckCommandOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  const format = options.json === true ? 'json' : (options.format ?? 'text')
  const json = format === 'json'
  const kinds = kindsOf(options.kind ?? [], options.relations === true, options.timed === true)
  const wrong = [...kinds.unknown, ...(options.out === undefined ? [] : [await refuseFile(options.out, streams)])].filter(
    (diagnostic) => diagnostic !== undefined,
  )
  if (wrong.length > 0) return refuse(wrong, { outcome: nothing, json }, streams)
  const opened = await openCheckInputs(references, options.aliases, streams, options)
  if (!opened.ok) return refuse(opened.diagnostics, { outcome: nothing, json }, streams)
  const inputs = opened.value
  const kept = options.cache === undefined ? undefined : await openCache(options.cache, streams)
  if (kept?.is === 'failed') return refuse([kept.diagnostic], { outcome: nothing, json }, streams)
  const solvers = createSolvers(options.threads === undefined ? {} : { threads: options.threads })
  try {
    const { askAll, limits, stop } = boundedCheck(solvers, options.budget, streams, signal)
    const report = await check(
      inputs,
      { askAll },
      {
        kinds: kinds.known,
        timed: { kinds: kinds.timed, options: timedOptions(options.window) },
        importers: importers(streams),
        clock: streams.clock,
        limits: { ...limits, ...(kept === undefined ? {} : { cache: kept.cache }) },
      },
    )
    stop()
    if (report.status === 'invalid') return refuse(report.diagnostics, { outcome: nothing, json, sources: textsOf(inputs) }, streams)
    if (!json) complain(report.diagnostics, textsOf(inputs), nothing, streams)
    if (options.out !== undefined) {
      const failed = await write(options.out, storedReport(report, references, options, [...kinds.known, ...kinds.timed]), streams)
      if (failed !== undefined) return refuse([failed], { outcome: 'the report was not written', json }, streams)
    }
    streams.out(
      formatReport(report, format, {
        all: options.all === true,
        relations: options.relations === true,
        colour: streams.outIsTerminal,
        sources: textsOf(inputs),
        references,
      }),
    )
    if (!signal.aborted) return exitCode(report)
    streams.error('interrupted; what was not decided by then is `unknown`\n')
    return exitCodes.interrupted
  } finally {
    await solvers.close()
  }
}

/** The windows that the owner asks with. */
const timedOptions = (seconds: number | undefined): TimedOptions =>
  seconds === undefined ? timedDefaults : { ...timedDefaults, window: seconds * 1000, revert: seconds * 1000 }

/** Kinds by number or id; none asked for: all. Relations about everything where they are asked for, else where it can hurt. */
export function kindsOf(
  asked: readonly string[],
  relations = false,
  timed = false,
): { readonly known: readonly ConflictKind[]; readonly timed: readonly TimedKind[]; readonly unknown: readonly Diagnostic[] } {
  const names: readonly string[] = [...conflictKinds, ...timedKinds].flatMap(({ number, id }) => [number, id])
  const unknown = asked
    .filter((wanted) => !names.includes(wanted))
    .map((wanted): Diagnostic => {
      const near = suggest(wanted, names)
      return {
        code: 'check/unknown-kind',
        severity: 'error',
        message: `no kind of conflict is called \`${wanted}\``,
        hint:
          near === undefined
            ? `maybe one of ${[...new Set([...conflictKinds, ...timedKinds].map(({ number }) => number))].join(', ')}`
            : `maybe \`${near}\`?`,
        at: { source: '--kind' },
      }
    })
  return {
    known:
      asked.length === 0
        ? relations
          ? conflictKindsInFull
          : conflictKinds
        : conflictKindsInFull.filter(({ number, id }) => asked.includes(number) || asked.includes(id)),
    timed: timedKinds.filter(({ number, id, onRequest }) =>
      asked.length === 0 ? timed && (relations || onRequest !== true) : asked.includes(number) || asked.includes(id),
    ),
    unknown,
  }
}

async function write(file: string, content: object, streams: Streams): Promise<Diagnostic | undefined> {
  try {
    await writeFile(resolve(streams.workingDirectory, file), `${JSON.stringify(content, null, 1)}\n`)
    return undefined
  } catch (error) {
    return unwritableAt(file, error)
  }
}

/** 0 all proved, 1 conflicts, 2 possible or unknown, 3 bad input; relations count for nothing. */
export function exitCode(report: ConflictReport): ExitCode {
  if (report.status === 'invalid') return exitCodes.badInput
  const findings = report.findings.filter(({ severity }) => severity !== 'relation')
  if (findings.some(({ verdict }) => verdict === 'conflict')) return exitCodes.no
  return findings.some(({ verdict }) => verdict !== 'proved') ? exitCodes.unsure : exitCodes.good
}
