// `fleetproof plan`: what must change, in which waves, and the proof that nothing on the way is unsafe.
import { planRollout } from '../../engine-plan.ts'
import type { Source } from '../../diagnostics/diagnostic.ts'
import { plainPolicy, readWavePolicy } from '../../plan/read-policy.ts'
import { planPages } from '../../plan/pages.ts'
import { planJson } from '../../report/plan-json.ts'
import { planText } from '../../report/plan-text.ts'
import { createSolvers } from '../../solve/create-solvers.ts'
import { complain, refuse } from '../complain.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { readSource, unwritableAt } from '../files.ts'
import { shellWord, type ModelOptions } from '../inputs.ts'
import { writePlan } from '../plan-files.ts'
import { openAssigned } from '../plan-inputs.ts'
import { createRelease } from '../release-files.ts'
import type { Streams } from '../streams.ts'

export interface PlanCommandOptions extends ModelOptions {
  readonly waves?: string
  readonly json?: boolean
  readonly ndjson?: boolean
  readonly out?: string
  readonly release?: string
  /** Messages per minute that the deployer may send. */
  readonly quota?: number
  readonly batch?: number
  readonly threads?: number
}

export async function runPlan(place: string, options: PlanCommandOptions, streams: Streams, signal: AbortSignal): Promise<ExitCode> {
  const machine = options.json === true || options.ndjson === true
  const outcome = 'nothing was planned'
  const solvers = createSolvers(options.threads === undefined ? {} : { threads: options.threads })
  try {
    const assigned = await openAssigned(place, options, solvers, streams, signal)
    signal.throwIfAborted()
    const sources: Source[] = [...(assigned.sources ?? [])]
    if (!assigned.ok) return refuse(assigned.diagnostics, { outcome, json: machine, sources }, streams)
    const { model, fleet, assignment, opened } = assigned.value
    let policy = plainPolicy
    if (options.waves !== undefined) {
      const text = await readSource(options.waves, streams)
      if (!text.ok) return refuse(text.diagnostics, { outcome, json: machine }, streams)
      sources.push(text.value)
      const read = readWavePolicy(text.value, model)
      if (!read.ok) return refuse(read.diagnostics, { outcome, json: machine, sources }, streams)
      policy = read.value
    }
    const release =
      options.release === undefined
        ? undefined
        : await createRelease(
            options.release,
            { place, assigned: assigned.value, ...(options.waves === undefined ? {} : { waves: options.waves }) },
            streams,
          )
    if (release?.ok === false) return refuse(release.diagnostics, { outcome, json: machine, sources }, streams)
    const planned = await planRollout(
      {
        model,
        fleet,
        assignment,
        policy,
        ...(opened.inputs.behaviours && { behaviours: opened.inputs.behaviours }),
        ...(options.quota === undefined ? {} : { quota: { perMinute: options.quota, batch: options.batch ?? 1 } }),
        ...(release === undefined ? {} : { release: release.value.hash }),
      },
      solvers,
    )
    signal.throwIfAborted()
    if (!planned.ok) return refuse(planned.diagnostics, { outcome, json: machine, sources }, streams)
    const result = planned.value
    const folder = options.release ?? options.out
    if (!machine) complain([...assigned.diagnostics, ...planned.diagnostics], sources, outcome, streams)
    if (result.is === 'planned' && folder !== undefined) {
      try {
        await writePlan(folder, result.plan, streams)
        if (options.out !== undefined && options.out !== folder) await writePlan(options.out, result.plan, streams)
      } catch (error) {
        return refuse([unwritableAt(folder, error)], { outcome: 'the plan was not written', json: machine }, streams)
      }
    }
    if (options.ndjson === true) {
      if (result.is === 'planned')
        for (const page of planPages(result.plan)) {
          streams.out(page)
          await streams.drained?.()
        }
      else streams.out(`${JSON.stringify(planJson(result))}\n`)
    } else if (options.json === true) streams.out(`${JSON.stringify(planJson(result))}\n`)
    else {
      streams.out(planText(result, { colour: streams.outIsTerminal }))
      if (result.is === 'planned' && folder !== undefined)
        streams.out(
          `\nwrote ${folder} · next: fleetproof ${options.release === undefined ? 'rollout start' : 'release sign'} ${shellWord(folder)}\n`,
        )
    }
    switch (result.is) {
      case 'planned':
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
