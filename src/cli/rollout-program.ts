// The commands of rollouts, with their options and an example of each.
import { Option, type Command } from 'commander'
import { runDeploy, type DeployOptions } from './commands/deploy.ts'
import { actAtServer, startAtServer, statusAtServer } from './commands/rollout-server.ts'
import {
  runInventory,
  runRolloutAct,
  runRolloutApprove,
  runRolloutStart,
  runRolloutStatus,
  type RolloutOptions,
  type RolloutStartOptions,
} from './commands/rollout.ts'
import type { Commands } from './program-options.ts'

const store = (): Option => new Option('--store <folder>', 'the embedded store').default('.fleetproof')
const database = (): Option => new Option('--database <url>', 'a PostgreSQL server instead of the embedded store')
const tenant = (): Option => new Option('--tenant <id>', 'whose rollouts').default('default')
const json = (): Option => new Option('--json', 'one JSON line for programs')
const as = (): Option => new Option('--as <name>', 'who acts, for the audit; absent: the user')
const reason = (): Option => new Option('--reason <text>', 'why, for the audit')

interface AtServer {
  readonly server?: string
  readonly tokenFile?: string
  readonly waves?: string
}

const acts = [
  ['pause', 'pause', 'tell no more devices; what was told goes on'],
  ['resume', 'resume', 'go on with one that is paused, approved, or was left by a process that died'],
  ['abort', 'abort', 'tell no more devices, and take back what no device was told yet'],
  ['next', 'next', 'begin the next wave now, whatever the gate says'],
  ['retry', 'retry', 'tell those again that failed; what was rejected stays so'],
  ['rollback', 'roll-back', 'bring every device that was told back to what it ran before'],
] as const

export function addRolloutCommands({ program, streams, signal, finish }: Commands): void {
  const rollout = program
    .command('rollout')
    .exitOverride()
    .description('carry a plan out: waves, gates, operations; exit code 0 succeeded, 1 failed or aborted, 2 paused or waiting')
    .addHelpText('after', '\nexample:\n  fleetproof rollout start building.plan --deployer mqtt://127.0.0.1:1883')
  const common = (command: Command): Command =>
    command.addOption(store()).addOption(database()).addOption(tenant()).addOption(as()).addOption(reason()).addOption(json())

  const steered = (command: Command): Command =>
    common(command)
      .addOption(new Option('--server <url>', 'at a service, which carries it out, instead of here'))
      .addOption(new Option('--token-file <file>', 'read the token of the service from this file; absent: FLEETPROOF_TOKEN'))
  const starting = (command: Command): Command =>
    command
      .addOption(
        new Option('--deployer <address>', '`mqtt://broker:1883`, or a YAML file that describes the deployer').makeOptionMandatory(),
      )
      .addOption(new Option('--id <id>', 'its name; absent: made from the plan'))
      .addOption(new Option('--fleet <id>', 'whose executions are counted together').default('default'))
      .addOption(new Option('--stage <name>', 'the stage whose inventory it changes').default('production'))
      .addOption(new Option('--approval', 'somebody else must approve it before it starts'))

  starting(steered(rollout.command('start')))
    .description('make a rollout of a plan and carry it out until it ends or pauses')
    .argument('<plan>', 'the folder of `plan --out` or of a release; with `--server` the id of an assignment there')
    .addOption(new Option('--waves <file>', 'with `--server`: waves, gates, budgets'))
    .addHelpText(
      'after',
      '\nexample:\n  fleetproof rollout start building.plan --deployer mqtt://127.0.0.1:1883\n  fleetproof rollout start ASSIGNMENT --server https://fleet.example --deployer floor --waves waves.yaml',
    )
    .action(async (plan: string, { server, ...options }: RolloutStartOptions & AtServer) =>
      finish(
        server === undefined
          ? await runRolloutStart(plan, options, streams, signal)
          : await startAtServer(plan, { ...options, server }, streams, signal),
      ),
    )

  starting(common(program.command('deploy')))
    .description('carry a plan out, as `rollout start`; with `--dry-run` only say what would be sent and refused')
    .argument('<plan>', 'the folder of `plan --out` or of a release')
    .addOption(new Option('--dry-run', 'ask the backend and change nothing: 0 nothing would be refused, 1 something would'))
    .addHelpText('after', '\nexample:\n  fleetproof deploy building.plan --deployer mqtt://127.0.0.1:1883 --dry-run')
    .action(async (plan: string, options: DeployOptions) => finish(await runDeploy(plan, options, streams, signal)))

  steered(rollout.command('status'))
    .description('how far rollouts are')
    .argument('[id]', 'which; absent: all')
    .addHelpText('after', '\nexample:\n  fleetproof rollout status plan-5c1e0b2a')
    .action(async (id: string | undefined, { server, ...options }: RolloutOptions & AtServer) =>
      finish(
        server === undefined
          ? await runRolloutStatus(id, options, streams)
          : await statusAtServer(id, { ...options, server }, streams, signal),
      ),
    )

  steered(rollout.command('approve'))
    .description('let it start; its author may not')
    .argument('<id>', 'which')
    .addHelpText('after', '\nexample:\n  fleetproof rollout approve plan-5c1e0b2a --as grace --reason "tested in staging"')
    .action(async (id: string, { server, ...options }: RolloutOptions & AtServer) =>
      finish(
        server === undefined
          ? await runRolloutApprove(id, options, streams)
          : await actAtServer(id, 'approve', { ...options, server }, streams, signal),
      ),
    )

  for (const [name, what, says] of acts)
    steered(rollout.command(name))
      .description(says)
      .argument('<id>', 'which')
      .addHelpText('after', `\nexample:\n  fleetproof rollout ${name} plan-5c1e0b2a --reason "as agreed"`)
      .action(async (id: string, { server, ...options }: RolloutOptions & AtServer) =>
        finish(
          server === undefined
            ? await runRolloutAct(id, what, options, streams, signal)
            : await actAtServer(id, name, { ...options, server }, streams, signal),
        ),
      )

  common(rollout.command('inventory'))
    .description('what devices were last found to run')
    .addOption(new Option('--stage <name>', 'of which stage').default('production'))
    .addOption(new Option('--device <id>', 'the history of one device'))
    .addHelpText('after', '\nexample:\n  fleetproof rollout inventory --device gw-0113')
    .action(async (options: RolloutOptions) => finish(await runInventory(options, streams)))
}
