// `fleetproof fix`: automations in, changes out that are proved to take a conflict away; `--apply` writes the smallest one of each.
import { timedKinds } from '../../../constraints/timed-kinds.ts'
import { fix, withTexts, type FixedFinding } from '../../engine-fix.ts'
import { fixJson, fixText } from '../../report/fix-text.ts'
import { createSolvers } from '../../solve/create-solvers.ts'
import { openCache } from '../answer-cache.ts'
import { applyFiles, type ChangedFile } from '../apply-files.ts'
import { importers, openCheckInputs, textsOf } from '../behaviours.ts'
import { boundedCheck } from '../check-limits.ts'
import { complain, refuse } from '../complain.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import type { Streams } from '../streams.ts'
import type { WorldOptions } from '../world-files.ts'

export interface FixCommandOptions extends WorldOptions {
  readonly aliases?: string
  readonly finding?: string
  /** Kinds that speak of time, too. */
  readonly timed?: boolean
  readonly apply?: boolean
  readonly json?: boolean
  readonly threads?: number
  readonly budget?: number
  readonly cache?: string
}

export async function runFix(
  references: readonly string[],
  options: FixCommandOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  const json = options.json === true
  const refusal = { outcome: 'nothing was repaired', json }
  const opened = await openCheckInputs(references, options.aliases, streams, options)
  if (!opened.ok) return refuse(opened.diagnostics, refusal, streams)
  const kept = options.cache === undefined ? undefined : await openCache(options.cache, streams)
  if (kept?.is === 'failed') return refuse([kept.diagnostic], refusal, streams)
  const solvers = createSolvers(options.threads === undefined ? {} : { threads: options.threads })
  try {
    const { askAll, limits, stop } = boundedCheck(solvers, options.budget ?? 600, streams, signal)
    const asked = {
      ...(options.timed === true && { timed: { kinds: timedKinds } }),
      importers: () => importers(streams),
      limits: { ...limits, ...(kept && { cache: kept.cache }) },
      ...(limits.stopped && { stopped: limits.stopped }),
    }
    let inputs = opened.value
    const result = await fix(inputs, { askAll }, { ...asked, ...(options.finding !== undefined && { finding: options.finding }) })
    if (result.status === 'invalid') return refuse(result.diagnostics, { ...refusal, sources: textsOf(inputs) }, streams)
    if (!json) complain(result.diagnostics, textsOf(inputs), refusal.outcome, streams)
    streams.out(json ? `${JSON.stringify(fixJson(result.findings))}\n` : fixText(result.findings))
    stop()
    if (options.apply === true) {
      // What helps one conflict may be written where another repair stands: each is looked for anew in what the ones before made.
      const applied = new Map<string, ChangedFile>()
      for (const { finding } of result.findings.filter(({ repairs }) => repairs.length > 0)) {
        const again = await fix(inputs, { askAll }, { ...asked, finding: finding.fingerprint, repairs: 1 })
        const repair = again.status === 'fixed' ? again.findings[0]?.repairs[0] : undefined
        if (repair === undefined) continue
        for (const { name, before, after } of repair.files) applied.set(name, { name, before: applied.get(name)?.before ?? before, after })
        inputs = withTexts(inputs, new Map(repair.files.map(({ name, after }) => [name, after])))
      }
      const failed = await applyFiles([...applied.values()], streams)
      if (failed !== undefined) return refuse([failed], refusal, streams)
      if (!json) streams.out([...applied.keys()].map((name) => `wrote ${name}, kept ${name}.before-fix\n`).join(''))
    }
    return exitCodeOf(result.findings)
  } finally {
    await solvers.close()
  }
}

/** 0 nothing to repair, or a repair for everything; 1 something is left that nothing helps. */
function exitCodeOf(findings: readonly FixedFinding[]): ExitCode {
  return findings.every(({ repairs }) => repairs.length > 0) ? exitCodes.good : exitCodes.no
}
