// `fleetproof rules`: rule sets of other systems in, overlaps, dead and shadowed rules out.
import type { Diagnostic, Source } from '../../diagnostics/diagnostic.ts'
import { analyseRules } from '../../engine-rules.ts'
import { rulesJson } from '../../report/rules-json.ts'
import { rulesText } from '../../report/rules-text.ts'
import { createSolvers } from '../../solve/create-solvers.ts'
import type { Solvers } from '../../solve/solvers.ts'
import { complain, refuse } from '../complain.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { readSource } from '../files.ts'
import type { Streams } from '../streams.ts'

export interface RulesCommandOptions {
  readonly json?: boolean
  readonly threads?: number
}

const outcome = 'nothing was analysed'

/** 0 nothing found, 1 findings, 3 bad input. */
export async function runRules(
  files: readonly string[],
  options: RulesCommandOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  const json = options.json === true
  const sources: Source[] = []
  const wrong: Diagnostic[] = []
  const names = [...new Set(files)]
  for (const file of names) {
    const source = await readSource(file, streams)
    if (source.ok) sources.push(source.value)
    else wrong.push(...source.diagnostics)
  }
  if (wrong.length > 0) return refuse(wrong, { outcome, json, sources }, streams)
  const solvers = createSolvers(options.threads === undefined ? {} : { threads: options.threads })
  try {
    const askAll: Solvers['askAll'] = (scripts, limits) => solvers.askAll(scripts, { ...limits, signal })
    const report = await analyseRules(sources, { askAll }, { clock: streams.clock })
    signal.throwIfAborted()
    if (report.status === 'invalid') return refuse(report.diagnostics, { outcome, json, sources }, streams)
    if (!json) complain(report.diagnostics, sources, outcome, streams)
    streams.out(json ? `${JSON.stringify(rulesJson(report))}\n` : rulesText(report, { colour: streams.outIsTerminal }))
    return report.findings.length === 0 ? exitCodes.good : exitCodes.no
  } finally {
    await solvers.close()
  }
}
