// The command line: what can be called, with which options, and an example of each; the work is in `commands/`.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { EngineError } from '../diagnostics/engine-error.ts'
import { MOST_CONFIGURATIONS } from '../formats/azure/write-configurations.ts'
import { reportFormats } from '../report/report-formats.ts'
import { version } from '../version.ts'
import { defaultBudget } from './check-limits.ts'
import { runAssign, type AssignCommandOptions } from './commands/assign.ts'
import { runCheck, type CheckCommandOptions } from './commands/check.ts'
import { runDiff, type DiffCommandOptions } from './commands/diff.ts'
import { runExplain, type ExplainCommandOptions } from './commands/explain.ts'
import { exportFormats, runExport, type ExportCommandOptions } from './commands/export.ts'
import { runGate, type GateCommandOptions } from './commands/gate.ts'
import { runImport, type ImportCommandOptions } from './commands/import.ts'
import { runInit } from './commands/init.ts'
import { runPlan, type PlanCommandOptions } from './commands/plan.ts'
import {
  runReleaseCreate,
  runReleaseKey,
  runReleaseRotate,
  runReleaseShow,
  runReleaseSign,
  runReleaseVerify,
  type ReleaseCreateOptions,
  type ReleaseRotateOptions,
  type ReleaseSignOptions,
  type ReleaseVerifyOptions,
} from './commands/release.ts'
import { runRules, type RulesCommandOptions } from './commands/rules.ts'
import type { ServeCommandOptions } from './commands/serve.ts'
import { runSimulate, type SimulateCommandOptions } from './commands/simulate.ts'
import { runVerify } from './commands/verify.ts'
import type { WorkerCommandOptions } from './commands/worker.ts'
import { refuse } from './complain.ts'
import { addRolloutCommands } from './rollout-program.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import type { Streams } from './streams.ts'
import type { VerifyCommandOptions } from './verify-options.ts'

/** Runs one command line (without `node` and the script) and answers its exit code; never throws for what a user can cause. */
export async function runCommandLine(words: readonly string[], streams: Streams, signal: AbortSignal): Promise<ExitCode> {
  let code: ExitCode = exitCodes.good
  const program = build(streams, signal, (result) => (code = result))
  try {
    await program.parseAsync([...words], { from: 'user' })
    return code
  } catch (error) {
    if (signal.aborted) {
      streams.error('interrupted; nothing was written\n')
      return exitCodes.interrupted
    }
    if (error instanceof CommanderError) return misused(error, program, words, streams)
    streams.error(`${failureText(error)}\n`)
    return exitCodes.failed
  }
}

/** The parser's own sentence as a diagnostic; help that was asked for is no mistake. */
function misused(error: CommanderError, program: Command, words: readonly string[], streams: Streams): ExitCode {
  if (error.exitCode === 0) return exitCodes.good
  if (error.code === 'commander.help') return exitCodes.badInput
  const [sentence = '', guess] = error.message.replace(/^error: /, '').split('\n')
  const near = /\(Did you mean (?:one of )?(.*?)\?\)/.exec(guess ?? '')?.[1]
  const code = error.code.replace(/^commander\./, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  const message = sentence
    .replace(/\.$/, '')
    .replaceAll(/'([^']*)'/g, '`$1`')
    .replace(
      /^(?:command-argument value|option (`.*?`) argument) (`.*`) is invalid\. (.)/,
      (_, option: string, value: string, first: string) => `${value} cannot follow ${option}: ${first.toLowerCase()}`,
    )
  const known = words.find((word) => program.commands.some((command) => command.name() === word))
  const hint = near === undefined ? `maybe see \`fleetproof ${known === undefined ? '' : `${known} `}--help\`` : `maybe \`${near}\`?`
  const diagnostic: Diagnostic = { code: `command-line/${code}`, severity: 'error', message, hint, at: { source: 'command line' } }
  return refuse([diagnostic], { outcome: 'nothing was done', json: words.includes('--json') }, streams)
}

function failureText(error: unknown): string {
  if (error instanceof EngineError) return `failed: ${error.message} (${error.code})`
  const message = error instanceof Error ? error.message : String(error)
  return `failed: ${message}\nmaybe this is a defect of fleetproof: please report it with the command that shows it`
}

function natural(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('a whole number above 0 is needed')
  return value
}

function count(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('a whole number of 0 or more is needed')
  return value
}

function table(text: string, before: readonly string[]): readonly string[] {
  if (!/^[^=]+=.+$/.test(text)) throw new InvalidArgumentError('the form is NAME=FILE')
  return [...before, text]
}

const collect = (text: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), text]

function build(streams: Streams, signal: AbortSignal, finish: (code: ExitCode) => void): Command {
  const program = new Command('fleetproof')
    .description('decides which variant each device of a fleet runs, proves the choice, and tells whether automations fight')
    .version(version)
    .exitOverride()
    // Mistakes are said as those of every other input; what is left to write is help.
    .configureOutput({
      writeOut: streams.out,
      writeErr: streams.error,
      outputError: () => undefined,
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
    })
    .addHelpText(
      'after',
      '\nexit codes: 0 assigned, proved, holds · 1 impossible, conflicts, refuted · 2 undecided, unknown · 3 bad input · 4 failed · 130 interrupted',
    )

  const json = () => new Option('--json', 'answer in JSON for programs')
  const devices = () =>
    new Option('--devices <file>', 'read the devices from this file instead of the one that the model names (`-`: standard input)')
  const tables = () =>
    new Option('--table <name=file>', 'read a joined table from this file; may be repeated').argParser(table).default([], 'none')
  const whatIf = () =>
    new Option(
      '--what-if <edit>',
      'try a change without writing it: `PATH = VALUE`, `drop PATH`, `devices.ID.NAME = VALUE`, `pin ID to VARIANT`; may be repeated',
    )
      .argParser(collect)
      .default([], 'none')
  const threads = () => new Option('--threads <n>', 'worker threads').argParser(natural)
  const budget = () =>
    new Option('--budget <seconds>', 'leave open what is not decided by then').argParser(natural).default(undefined, String(defaultBudget))
  const places = () =>
    new Option('--places <file>', 'where things stand, and what joins places; may be repeated').argParser(collect).default([], 'none')
  const effects = () =>
    new Option('--effects <file>', 'further classes of things and what they do; may be repeated').argParser(collect).default([], 'none')
  const properties = () =>
    new Option('--properties <file>', 'safety properties, or `default` for the library; may be repeated')
      .argParser(collect)
      .default([], 'none')
  const models = () => new Option('--models <file>', 'what things take, by model (NDJSON of Zigbee models)')
  const aliases = () => new Option('--aliases <file>', 'which names are one thing, which brokers are one, what excludes what')

  const advisories = () =>
    new Option('--advisory <file>', 'follow this security advisory (OSV or CSAF); may be repeated').argParser(collect).default([], 'none')

  program
    .command('assign')
    .description('give every device its best variant, with a checked proof')
    .argument('<model>', 'a model (YAML), or a DivEnact document')
    .addOption(devices())
    .addOption(tables())
    .addOption(aliases())
    .addOption(advisories())
    .addOption(json())
    .addOption(new Option('--format <format>', 'how to answer').choices(['text', 'json', 'divenact']).default('text'))
    .addOption(new Option('--out <folder>', 'write the result bundle: manifest, certificates, devices'))
    .addOption(new Option('--since <folder>', 'of equally good assignments, move the fewest devices away from this earlier result'))
    .addOption(new Option('--method <method>', 'force one method').choices(['flow', 'sites', 'z3', 'highs']))
    .addOption(new Option('--timeout <seconds>', 'stop solving after this long and tell what is known by then').argParser(natural))
    .addOption(threads())
    .addOption(whatIf())
    .addHelpText(
      'after',
      '\nexample:\n  fleetproof assign building.yaml --out building.result\n  fleetproof assign building.yaml --what-if "drop constraints[0]"',
    )
    .action(async (model: string, options: AssignCommandOptions) => finish(await runAssign(model, options, streams, signal)))

  program
    .command('explain')
    .description('say why a device got what it got, or why it got nothing')
    .argument('<model>', 'the model')
    .argument('<device>', 'the id of the device')
    .addOption(devices())
    .addOption(tables())
    .addOption(aliases())
    .addOption(advisories())
    .addOption(json())
    .addOption(threads())
    .addOption(
      new Option(
        '--why-not <variant>',
        'say what breaks, or what it would cost, if the device ran this (`VARIANT [SETTING=VALUE ...]`, or `nothing`)',
      ),
    )
    .addOption(whatIf())
    .addHelpText(
      'after',
      '\nexample:\n  fleetproof explain building.yaml gw-0113\n  fleetproof explain building.yaml gw-0087 --why-not comfort-edge',
    )
    .action(async (model: string, device: string, options: ExplainCommandOptions) =>
      finish(await runExplain(model, device, options, streams, signal)),
    )

  program
    .command('diff')
    .description('say what differs between two results, or between what runs today and a result or a model')
    .argument('<first>', 'a result (the folder of `assign --out`), or a model, which says what runs today')
    .argument('[second]', 'a result; absent: the first is compared with what runs today')
    .addOption(devices())
    .addOption(tables())
    .addOption(aliases())
    .addOption(json())
    .addOption(new Option('--ndjson', 'one line of JSON for each device that differs').conflicts('json'))
    .addOption(threads())
    .addHelpText('after', '\nexample:\n  fleetproof diff monday.result tuesday.result\n  fleetproof diff building.yaml')
    .action(async (first: string, second: string | undefined, options: DiffCommandOptions) =>
      finish(await runDiff(first, second, options, streams, signal)),
    )

  program
    .command('check')
    .description('tell whether automations fight over actuators: a proof, a trace, or an honest unknown')
    .argument('<source...>', 'native:FILE, node-red:FILE, genesis:FILE; a file without a prefix is native')
    .addOption(aliases())
    .addOption(places())
    .addOption(effects())
    .addOption(properties())
    .addOption(models())
    .addOption(json())
    .addOption(new Option('--all', 'show what is proved one by one, too'))
    .addOption(new Option('--relations', 'show relations that are no conflict by themselves'))
    .addOption(new Option('--kind <id>', 'only this kind (K1, K17, ...); may be repeated').argParser(collect).default([], 'every kind'))
    .addOption(new Option('--format <format>', 'how to answer').choices(reportFormats).default('text'))
    .addOption(new Option('--out <file>', 'write the whole report as JSON, certificates and traces included, for `verify`'))
    .addOption(threads())
    .addOption(budget())
    .addOption(new Option('--cache <folder>', 'keep answers of solvers there, and use what is kept'))
    .addHelpText('after', '\nexample:\n  fleetproof check node-red:comfort.json node-red:energy.json --aliases house.yaml')
    .action(async (sources: string[], options: CheckCommandOptions) => finish(await runCheck(sources, options, streams, signal)))

  program
    .command('gate')
    .description('one verdict and exit code for a pipeline: 0 passed, 1 conflicts, 2 more open questions than allowed')
    .argument('<source...>', 'as for `check`')
    .addOption(aliases())
    .addOption(places())
    .addOption(effects())
    .addOption(properties())
    .addOption(models())
    .addOption(new Option('--baseline <file>', 'known findings that are accepted, each with its reason and last day'))
    .addOption(
      new Option('--fail-on <severity>', 'the weakest severity that counts').choices(['error', 'warning', 'relation']).default('error'),
    )
    .addOption(new Option('--allow-possible <n>', 'let so many possible conflicts through').argParser(count).default(0))
    .addOption(new Option('--allow-unknown <n>', 'let so many undecided questions through').argParser(count).default(0))
    .addOption(new Option('--server <url>', 'have a service decide (`fleetproof serve`); its token stands in FLEETPROOF_TOKEN'))
    .addOption(new Option('--token-file <file>', 'read the token of the service from this file'))
    .addOption(new Option('--accept <file>', 'write a baseline that accepts what is open now, and pass'))
    .addOption(new Option('--reason <text>', 'why it is accepted'))
    .addOption(new Option('--until <day>', 'the last day on which that counts, 2027-05-31'))
    .addOption(new Option('--kind <id>', 'only this kind (K1, K17, ...); may be repeated').argParser(collect).default([], 'every kind'))
    .addOption(json())
    .addOption(new Option('--format <format>', 'write the whole report in this format instead').choices(reportFormats).default('text'))
    .addOption(threads())
    .addHelpText(
      'after',
      '\nexample:\n  fleetproof gate comfort.yaml energy.yaml --baseline accepted.yaml --format junit > check.xml\n  fleetproof gate node-red:flows.json --server https://fleet.example.org --token-file token',
    )
    .action(async (sources: string[], options: GateCommandOptions) => finish(await runGate(sources, options, streams, signal)))

  program
    .command('rules')
    .description('find overlaps, dead and shadowed rules in rule sets of other systems; no device is needed')
    .argument('<file...>', 'rules with `fleetproof-rules: 1`, or configurations of Azure IoT Hub (JSON), which are one set together')
    .addOption(json())
    .addOption(threads())
    .addHelpText('after', '\nexample:\n  fleetproof rules targets.yaml')
    .action(async (files: string[], options: RulesCommandOptions) => finish(await runRules(files, options, streams, signal)))

  program
    .command('simulate')
    .description('play automations in the interpreter: a run of a stored report, or one drawn at random')
    .argument('<source...>', 'as for `check`')
    .addOption(aliases())
    .addOption(places())
    .addOption(effects())
    .addOption(properties())
    .addOption(models())
    .addOption(new Option('--play <report>', 'play a run of this report (the file of `check --out`)'))
    .addOption(new Option('--finding <fingerprint>', 'which finding of the report'))
    .addOption(new Option('--seed <n>', 'draw another run').argParser(count).default(1))
    .addOption(new Option('--events <n>', 'outside events to draw').argParser(natural).default(20))
    .addOption(
      new Option('--watch <attribute>', 'draw this attribute though it never changes; may be repeated')
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(json())
    .addHelpText('after', '\nexample:\n  fleetproof simulate comfort.yaml energy.yaml --seed 7 --events 10')
    .action(async (sources: string[], options: SimulateCommandOptions) => finish(await runSimulate(sources, options, streams, signal)))

  program
    .command('verify')
    .description('check a result bundle or a conflict report again, from the raw inputs')
    .argument('<result>', 'the folder of `assign --out`, or the file of `check --out`')
    .addOption(new Option('--model <file>', 'the model, where it is not where the result says'))
    .addOption(devices())
    .addOption(tables())
    .addOption(aliases())
    .addOption(new Option('--solver <program>', 'a second solver for what only a solver can confirm').choices(['cvc5', 'z3']))
    .addOption(json())
    .addHelpText('after', '\nexample:\n  fleetproof verify building.result --solver cvc5')
    .action(async (result: string, options: VerifyCommandOptions) => finish(await runVerify(result, options, streams, signal)))

  program
    .command('plan')
    .description('say what must change, in which waves, with the proof that no mixture of old and new on the way breaks anything')
    .argument('<result>', 'a result (the folder of `assign --out`), or a model, which is assigned first')
    .addOption(new Option('--waves <file>', 'waves, gates, budgets, capacities (`fleetproof-waves: 1`); absent: all at once'))
    .addOption(devices())
    .addOption(tables())
    .addOption(aliases())
    .addOption(advisories())
    .addOption(json())
    .addOption(new Option('--ndjson', 'one line of JSON for each change, in order').conflicts('json'))
    .addOption(new Option('--out <folder>', 'write the plan: plan.json, changes.ndjson'))
    .addOption(new Option('--release <folder>', 'write a release with the result and its plan, ready to be signed'))
    .addOption(new Option('--quota <n>', 'messages a minute that the deployer may send, for the estimate').argParser(natural))
    .addOption(new Option('--batch <n>', 'devices that one message tells').argParser(natural))
    .addOption(threads())
    .addHelpText('after', '\nexample:\n  fleetproof plan building.result --waves waves.yaml')
    .action(async (place: string, options: PlanCommandOptions) => finish(await runPlan(place, options, streams, signal)))

  addRolloutCommands(program, streams, signal, finish)

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

  program
    .command('export')
    .description('write an assignment in the form of another system')
    .argument('<bundle>', 'the folder of `assign --out`')
    .addOption(new Option('--format <format>', 'whose form').choices(exportFormats).makeOptionMandatory())
    .addOption(new Option('--out <path>', 'write to this file (azure: folder) instead of standard output'))
    .addOption(new Option('--at-most <n>', 'configurations that the hub takes (azure)').argParser(natural).default(MOST_CONFIGURATIONS))
    .addOption(json())
    .addHelpText('after', '\nexample:\n  fleetproof export building.result --format azure --out building.hub')
    .action(async (bundle: string, options: ExportCommandOptions) => finish(await runExport(bundle, options, streams, signal)))

  program
    .command('import')
    .description('read devices of another system as the model sees them, and write them as NDJSON')
    .argument('<model>', 'a model that says how its devices are read')
    .addOption(devices())
    .addOption(tables())
    .addOption(new Option('--out <file>', 'write to this file instead of standard output'))
    .addOption(json())
    .addHelpText('after', '\nexample:\n  fleetproof import building.yaml --devices twins.json --out devices.ndjson')
    .action(async (model: string, options: ImportCommandOptions) => finish(await runImport(model, options, streams)))

  program
    .command('serve')
    .description('serve the HTTP API until told to stop; nothing is open without a token but health and login')
    .addOption(new Option('--data <folder>', 'where the embedded store stands').default('fleetproof-data'))
    .addOption(new Option('--database <url>', 'a PostgreSQL server instead, `postgres://...`; also read from FLEETPROOF_DATABASE'))
    .addOption(new Option('--database-password-file <file>', 'read its password from this file'))
    .addOption(new Option('--host <address>', 'listen here').default('127.0.0.1'))
    .addOption(new Option('--port <n>', 'listen on this port; 0: any free one').argParser(count).default(8080))
    .addOption(new Option('--tls-cert <file>', 'certificate chain (PEM)'))
    .addOption(new Option('--tls-key <file>', 'its private key (PEM)'))
    .addOption(new Option('--behind-proxy', 'a proxy ends TLS and says who called (X-Forwarded-*)'))
    .addOption(
      new Option('--tenant <name>', 'a tenant, with an admin token at its first start; may be repeated')
        .argParser(collect)
        .default([], '`default`'),
    )
    .addOption(new Option('--mqtt <url>', 'take contexts of devices from this broker'))
    .addOption(new Option('--mqtt-user <name>', 'as this user'))
    .addOption(new Option('--mqtt-password-file <file>', 'with the password in this file'))
    .addOption(new Option('--oidc-issuer <url>', 'let people sign in through this provider'))
    .addOption(new Option('--oidc-client <id>', 'as which we are known to it'))
    .addOption(new Option('--oidc-secret-file <file>', 'with the secret in this file'))
    .addOption(new Option('--oidc-redirect <url>', 'where it sends people back to: https://OUR-HOST/login/callback'))
    .addOption(new Option('--oidc-role-claim <name>', 'which claim holds the role').default('roles'))
    .addOption(new Option('--oidc-tenant-claim <name>', 'which claim names the tenant').default(undefined, 'the first --tenant'))
    .addOption(
      new Option('--log-level <level>', 'how much is logged')
        .choices(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
        .default('info'),
    )
    .addOption(threads())
    .addHelpText(
      'after',
      '\nexample:\n  fleetproof serve --data fleet-data\n  fleetproof serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem --database postgres://fleetproof@db/fleetproof',
    )
    .action(async (options: ServeCommandOptions) => {
      // No other command waits until the service is loaded.
      const { runServe } = await import('./commands/serve.ts')
      finish(await runServe(options, streams, signal))
    })

  program
    .command('worker')
    .description('do the work of a service on the same PostgreSQL server, until told to stop; start as many as you like')
    .addOption(new Option('--database <url>', 'the PostgreSQL server, `postgres://...`; also read from FLEETPROOF_DATABASE'))
    .addOption(new Option('--database-password-file <file>', 'read its password from this file'))
    .addOption(new Option('--grace <seconds>', 'wait so long for running jobs when told to stop').argParser(natural).default(10))
    .addOption(threads())
    .addHelpText('after', '\nexample:\n  fleetproof worker --database postgres://fleetproof@db/fleetproof')
    .action(async (options: WorkerCommandOptions) => {
      const { runWorker } = await import('./commands/worker.ts')
      finish(await runWorker(options, streams, signal))
    })

  program
    .command('init')
    .description('write a commented example to begin with')
    .argument('[folder]', 'where', 'fleet')
    .addHelpText('after', '\nexample:\n  fleetproof init my-fleet && fleetproof assign my-fleet/model.yaml')
    .action(async (folder: string) => finish(await runInit(folder, streams)))

  return program
}
