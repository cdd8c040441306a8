// `fleetproof check --fleet RESULT`: what stands together at the places of an assigned fleet, and what of it fights.
import { openBundle } from '../bundle-files.ts'
import { complain, refuse } from '../complain.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { openFleet } from '../inputs.ts'
import type { Streams } from '../streams.ts'
import { checkFleet } from '../../engine-fleet.ts'
import { fleetJson, fleetText } from '../../report/fleet-text.ts'
import { createSolvers } from '../../solve/create-solvers.ts'
import { readBundleDevices } from '../../verify/bundle-devices.ts'
import { boundedCheck } from '../check-limits.ts'
import { openCache } from '../answer-cache.ts'

export interface CheckFleetOptions {
  readonly over?: string
  readonly json?: boolean
  readonly cache?: string
  readonly threads?: number
  readonly budget?: number
}

export async function runCheckFleet(
  results: readonly string[],
  options: CheckFleetOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  const json = options.json === true
  const refusal = { outcome: 'nothing was checked', json }
  const [folder, ...more] = results
  if (folder === undefined || more.length > 0) {
    const message = 'one result is looked at at a time'
    return refuse([{ code: 'check/one-fleet', severity: 'error', message, at: { source: '--fleet' } }], refusal, streams)
  }
  const bundle = await openBundle(folder, streams)
  if (!bundle.ok) return refuse(bundle.diagnostics, refusal, streams)
  const opened = await openFleet(bundle.value.place, streams)
  if (!opened.ok) return refuse(opened.diagnostics, { ...refusal, sources: opened.sources }, streams)
  const { inputs, read } = opened
  const { model, fleet } = read
  const assigned = await readBundleDevices(model, fleet, bundle.value.devices, bundle.value.manifest.devices.name)
  if (!assigned.ok) return refuse(assigned.diagnostics, refusal, streams)
  const kept = options.cache === undefined ? undefined : await openCache(options.cache, streams)
  if (kept?.is === 'failed') return refuse([kept.diagnostic], refusal, streams)
  const solvers = createSolvers(options.threads === undefined ? {} : { threads: options.threads })
  try {
    const { askAll, limits, stop } = boundedCheck(solvers, options.budget, streams, signal)
    const over = options.over === undefined ? undefined : { text: options.over, at: { source: '--over' } }
    const checked = await checkFleet(
      { model, fleet, assignment: assigned.value },
      over,
      { askAll },
      {
        ...inputs.behaviours,
        limits: { ...limits, ...(kept && { cache: kept.cache }) },
      },
    )
    stop()
    if (!checked.ok) return refuse(checked.diagnostics, { ...refusal, sources: [inputs.model] }, streams)
    if (!json) complain(checked.diagnostics, [inputs.model], refusal.outcome, streams)
    streams.out(json ? `${JSON.stringify(fleetJson(checked.value))}\n` : fleetText(checked.value))
    const verdicts = checked.value.compositions.flatMap(({ open }) => open.map(({ verdict }) => verdict))
    return verdicts.includes('conflict') ? exitCodes.no : verdicts.length > 0 ? exitCodes.unsure : exitCodes.good
  } finally {
    await solvers.close()
  }
}
