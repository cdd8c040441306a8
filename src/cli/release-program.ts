// Releases: the options of each command, and an example.
import { Option, type Command } from 'commander'
import {
  type ReleaseCreateOptions,
  type ReleaseRotateOptions,
  type ReleaseSignOptions,
  type ReleaseVerifyOptions,
  runReleaseCreate,
  runReleaseKey,
  runReleaseRotate,
  runReleaseShow,
  runReleaseSign,
  runReleaseVerify,
} from './commands/release.ts'
import { releaseStatus, runReleaseStage, type ServerReleaseOptions, type ServerReleaseRun } from './commands/release-server.ts'
import { collect, json, natural, type Commands } from './program-options.ts'

export function addReleaseCommands({ program, streams, signal, finish }: Commands): void {
  const release = program
    .command('release')
    .description('make, sign and check releases: snapshots named by their content')
    .exitOverride()
    .addHelpText('after', '\nexample:\n  fleetproof release create building.result --out building.release')
  release
    .command('create')
    .description('make a release of a result')
    .argument('<result>', 'the folder of `assign --out`')
    .requiredOption('--out <folder>', 'where')
    .addOption(new Option('--waves <file>', 'waves that go with it'))
    .addOption(new Option('--description <file>', 'components and stages (`fleetproof-release: 1`)'))
    .addOption(json())
    .addHelpText('after', '\nexample:\n  fleetproof release create building.result --out building.release')
    .action(async (result: string, options: ReleaseCreateOptions) => finish(await runReleaseCreate(result, options, streams, signal)))
  release
    .command('key')
    .description('make a pair of keys: NAME.pem to sign with, NAME.pub.json for the root')
    .argument('<name>', 'path without ending')
    .addOption(json())
    .addHelpText('after', '\nexample:\n  fleetproof release key keys/ann')
    .action(async (name: string, options: { readonly json?: boolean }) => finish(await runReleaseKey(name, options, streams)))
  release
    .command('sign')
    .description('sign a release, or sign it too')
    .argument('<release>', 'the folder of the release')
    .requiredOption('--key <file>', 'a private key (PEM); may be repeated', collect, [] as readonly string[])
    .addOption(new Option('--fleet <name>', 'which fleet it is for (first signature)'))
    .addOption(new Option('--number <n>', 'its number, which only grows (first signature)').argParser(natural))
    .addOption(new Option('--expires <time>', 'until when it may be carried out, 2027-01-31T00:00:00Z (first signature)'))
    .addOption(json())
    .addHelpText(
      'after',
      '\nexample:\n  fleetproof release sign building.release --key ann.pem --fleet homes --number 7 --expires 2027-01-31T00:00:00Z',
    )
    .action(async (folder: string, options: ReleaseSignOptions) => finish(await runReleaseSign(folder, options, streams)))
  release
    .command('verify')
    .description('tell whether a release may be carried out: 0 holds, 1 refused')
    .argument('<release>', 'the folder of the release')
    .requiredOption('--trust <file>', 'what is trusted and was seen; kept up to date')
    .requiredOption('--fleet <name>', 'the fleet here')
    .addOption(new Option('--root <file>', 'the root to begin to trust, where there is no trust yet'))
    .addOption(new Option('--roots <folder>', 'newer roots (the folder of `release rotate`)'))
    .addOption(json())
    .addHelpText(
      'after',
      '\nexample:\n  fleetproof release verify building.release --trust trust.json --fleet homes --root roots/1.root.json',
    )
    .action(async (folder: string, options: ReleaseVerifyOptions) => finish(await runReleaseVerify(folder, options, streams)))
  release
    .command('rotate')
    .description(
      'begin the next root (the first, where there is none) with these keys, or sign the newest: 0 complete, 2 signatures are missing',
    )
    .argument('<folder>', 'where the roots stand')
    .addOption(new Option('--root-key <file>', 'a public key that may sign roots; may be repeated').argParser(collect))
    .addOption(new Option('--release-key <file>', 'a public key that may sign releases; may be repeated').argParser(collect))
    .addOption(new Option('--root-threshold <n>', 'signatures that a root needs').argParser(natural))
    .addOption(new Option('--release-threshold <n>', 'signatures that a release needs').argParser(natural))
    .addOption(new Option('--expires <time>', 'until when the root counts'))
    .addOption(
      new Option('--sign <file>', 'a private key (PEM) of the old or the new root; may be repeated').argParser(collect).default([], 'none'),
    )
    .addOption(json())
    .addHelpText(
      'after',
      '\nexample:\n  fleetproof release rotate roots --root-key ann.pub.json --release-key bob.pub.json --expires 2028-01-01T00:00:00Z --sign ann.pem',
    )
    .action(async (folder: string, options: ReleaseRotateOptions) => finish(await runReleaseRotate(folder, options, streams)))
  release
    .command('show')
    .description('say what a release holds and who signed it')
    .argument('<release>', 'the folder of the release')
    .addOption(json())
    .addHelpText('after', '\nexample:\n  fleetproof release show building.release')
    .action(async (folder: string, options: { readonly json?: boolean }) => finish(await runReleaseShow(folder, options, streams)))

  const atServer = (command: Command): Command =>
    command
      .addOption(new Option('--server <url>', 'the service that has it').makeOptionMandatory())
      .addOption(new Option('--token-file <file>', 'read the token of the service from this file; absent: FLEETPROOF_TOKEN'))
      .addOption(json())
  atServer(release.command('status'))
    .description('say where a release stands at a service: gates, tasks, who did what and who was told')
    .argument('<hash>', 'its content hash')
    .addHelpText('after', '\nexample:\n  fleetproof release status HASH --server https://fleet.example')
    .action(async (hash: string, options: ServerReleaseOptions) => finish(await releaseStatus(hash, options, streams, signal)))
  atServer(release.command('run'))
    .description('do the tasks of a stage at a service, behind its open gates')
    .argument('<hash>', 'its content hash')
    .argument('<stage>', 'which stage')
    .addOption(
      new Option(
        '--deployer <address>',
        'for a rollout among the tasks: a name that the service knows, `mqtt://broker:1883`, or a YAML file',
      ),
    )
    .addOption(new Option('--waves <file>', 'the waves of that rollout'))
    .addOption(new Option('--approved', 'that rollout starts without somebody else who approves it'))
    .addOption(new Option('--reason <text>', 'why, for the audit'))
    .addHelpText('after', '\nexample:\n  fleetproof release run HASH staging --server https://fleet.example --deployer floor')
    .action(async (hash: string, stage: string, options: ServerReleaseRun) =>
      finish(await runReleaseStage(hash, stage, options, streams, signal)),
    )
}
