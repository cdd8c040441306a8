// `fleetproof deploy`: carries a plan out; with `--dry-run` only says what the backend would be sent and would refuse.
import { EngineError } from '../../diagnostics/engine-error.ts'
import { connectDeployer } from '../../deploy/connect-deployer.ts'
import type { Rehearsal } from '../../deploy/deployer.ts'
import { rehearsePlan } from '../../deploy/rollout/rehearse-plan.ts'
import { planHeadOf } from '../../plan/pages.ts'
import { counted, grouped } from '../../report/numbers.ts'
import { schemaVersion } from '../../report/assignment-json.ts'
import { refuse } from '../complain.ts'
import { readDeployer } from '../deployer-option.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { shellWord } from '../inputs.ts'
import { readPlanFiles } from '../read-plan-files.ts'
import type { Streams } from '../streams.ts'
import { estimateLine, runRolloutStart, type RolloutStartOptions } from './rollout.ts'

export interface DeployOptions extends RolloutStartOptions {
  readonly dryRun?: boolean
}

const SHOWN = 10

export async function runDeploy(folder: string, options: DeployOptions, streams: Streams, signal: AbortSignal): Promise<ExitCode> {
  if (options.dryRun !== true) return runRolloutStart(folder, options, streams, signal)
  const json = options.json === true
  const outcome = 'nothing was tried'
  const plan = await readPlanFiles(folder, streams)
  if (!plan.ok) return refuse(plan.diagnostics, { outcome, json }, streams)
  const config = await readDeployer(options.deployer, streams)
  if (!config.ok) return refuse(config.diagnostics, { outcome, json }, streams)
  let found: Rehearsal
  try {
    const deployer = await connectDeployer(config.value, 'rehearsal', { environment: process.env, signal })
    try {
      found = await rehearsePlan(deployer, plan.value, plan.value.changes.count, signal)
    } finally {
      await deployer.close()
    }
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'deploy/configuration') throw error
    const at = { source: options.deployer }
    return refuse([{ code: error.code, severity: 'error', message: error.message, at }], { outcome, json }, streams)
  }
  const { sends, refusals } = found
  const head = planHeadOf(plan.value)
  if (json) streams.out(`${JSON.stringify({ schemaVersion, devices: head.changes, sends, refusals })}\n`)
  else
    streams.out(
      [
        estimateLine(head, config.value),
        'dry run: nothing was sent',
        ...some(`would send ${grouped(sends.length)}`, sends),
        ...some(
          `would refuse ${counted(refusals.length, 'device')}`,
          refusals.map(({ device, why }) => `${device}  ${why}`),
        ),
        `next: fleetproof rollout start ${shellWord(folder)} --deployer ${shellWord(options.deployer)}`,
        '',
      ].join('\n'),
    )
  return refusals.length === 0 ? exitCodes.good : exitCodes.no
}

function some(title: string, all: readonly string[]): readonly string[] {
  if (all.length === 0) return [title]
  const rest = all.length > SHOWN ? [`  and ${grouped(all.length - SHOWN)} more`] : []
  return [`${title}:`, ...all.slice(0, SHOWN).map((line) => `  ${line}`), ...rest]
}
