// `fleetproof check`: sources of automations in, a verdict for every possible conflict out.
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { conflictKinds } from '../../../constraints/conflict.ts'
import { suggest } from '../../diagnostics/suggest.ts'
import type { Source } from '../../diagnostics/diagnostic.ts'
import { check } from '../../engine-check.ts'
import type { ConflictReport } from '../../model/conflict.ts'
import { conflictsJson } from '../../report/conflicts-json.ts'
import { conflictsText } from '../../report/conflicts-text.ts'
import { createSolvers } from '../../solve/create-solvers.ts'
import type { Solvers } from '../../solve/solvers.ts'
import { importers, openSources } from '../behaviours.ts'
import { complain } from '../complain.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { readSource, unreadable } from '../files.ts'
import { storedReport } from '../stored-report.ts'
import type { Streams } from '../streams.ts'

export interface CheckCommandOptions {
  readonly aliases?: string
  readonly json?: boolean
  readonly all?: boolean
  readonly relations?: boolean
  readonly kind?: readonly string[]
  readonly out?: string
  readonly threads?: number
}

const nothing = 'nothing was checked'

export async function runCheck(
  references: readonly string[],
  options: CheckCommandOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  const kinds =
    options.kind === undefined || options.kind.length === 0
      ? conflictKinds
      : conflictKinds.filter(({ number, id }) => options.kind!.some((wanted) => wanted === number || wanted === id))
  for (const wanted of options.kind ?? []) {
    if (conflictKinds.some(({ number, id }) => wanted === number || wanted === id)) continue
    const near = suggest(
      wanted,
      conflictKinds.flatMap(({ number, id }) => [number, id]),
    )
    const hint = near === undefined ? {} : { hint: `maybe \`${near}\`?` }
    complain(
      [
        {
          code: 'check/unknown-kind',
          severity: 'error',
          message: `no kind of conflict is called \`${wanted}\``,
          ...hint,
          at: { source: 'command line' },
        },
      ],
      [],
      nothing,
      streams,
    )
    return exitCodes.badInput
  }
  const sources = await openSources(references, streams)
  const aliases = options.aliases === undefined ? undefined : await readSource(options.aliases, streams)
  if (!sources.ok || aliases?.ok === false) {
    complain([...sources.diagnostics, ...(aliases?.diagnostics ?? [])], [], nothing, streams)
    return exitCodes.badInput
  }
  const texts: Source[] = [...sources.value.map(({ source }) => source), ...(aliases === undefined ? [] : [aliases.value])]
  const solvers = createSolvers(options.threads === undefined ? {} : { threads: options.threads })
  try {
    const inputs = { sources: sources.value, ...(aliases === undefined ? {} : { aliases: aliases.value }) }
    const askAll: Solvers['askAll'] = (scripts, limits) => solvers.askAll(scripts, { ...limits, signal })
    const report = await check(inputs, { askAll }, { kinds, importers: importers(streams), clock: streams.clock })
    signal.throwIfAborted()
    if (options.json !== true || report.status === 'invalid') complain(report.diagnostics, texts, nothing, streams)
    if (
      report.status === 'checked' &&
      options.out !== undefined &&
      !(await write(options.out, storedReport(report, references, options, kinds), streams))
    )
      return exitCodes.badInput
    streams.out(
      options.json === true
        ? `${JSON.stringify(conflictsJson(report, { all: options.all === true }))}\n`
        : conflictsText(report, { colour: streams.outIsTerminal, all: options.all === true, relations: options.relations === true }),
    )
    return exitCode(report)
  } finally {
    await solvers.close()
  }
}

async function write(file: string, content: object, streams: Streams): Promise<boolean> {
  try {
    await writeFile(resolve(streams.workingDirectory, file), `${JSON.stringify(content, null, 1)}\n`)
    return true
  } catch (error) {
    complain(
      [{ code: 'output/unwritable', severity: 'error', message: unreadable(error), at: { source: file } }],
      [],
      'the report was not written',
      streams,
    )
    return false
  }
}

/** 0 all proved, 1 conflicts, 2 possible or unknown, 3 bad input; relations count for nothing. */
export function exitCode(report: ConflictReport): ExitCode {
  if (report.status === 'invalid') return exitCodes.badInput
  const findings = report.findings.filter(({ severity }) => severity !== 'relation')
  if (findings.some(({ verdict }) => verdict === 'conflict')) return exitCodes.no
  return findings.some(({ verdict }) => verdict !== 'proved') ? exitCodes.unsure : exitCodes.good
}
