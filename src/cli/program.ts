// The command line: what can be called, with which options, and an example of each; the work is in `commands/`.
import { Command, CommanderError, Option } from 'commander'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { EngineError } from '../diagnostics/engine-error.ts'
import { version } from '../version.ts'
import { runInit } from './commands/init.ts'
import { type PlanCommandOptions, runPlan } from './commands/plan.ts'
import { runVerify } from './commands/verify.ts'
import { addAssignmentCommands } from './assignment-program.ts'
import { addAutomationCommands } from './automation-program.ts'
import { addCompletion } from './complete-files.ts'
import { refuse } from './complain.ts'
import { addExchangeCommands } from './exchange-program.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { advisories, aliases, devices, json, natural, tables, threads } from './program-options.ts'
import { addReleaseCommands } from './release-program.ts'
import { addRolloutCommands } from './rollout-program.ts'
import { addServiceCommands } from './service-program.ts'
import type { Streams } from './streams.ts'
import type { VerifyCommandOptions } from './verify-options.ts'

/** Runs one command line (without `node` and the script) and answers its exit code; never throws for what a user can cause. */
export async function runCommandLine(words: readonly string[], streams: Streams, signal: AbortSignal): Promise<ExitCode> {
  let code: ExitCode = exitCodes.good
  const program = build(words, streams, signal, (result) => (code = result))
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

function build(words: readonly string[], streams: Streams, signal: AbortSignal, finish: (code: ExitCode) => void): Command {
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
  const commands = { program, streams, signal, finish }
  addAssignmentCommands(commands)
  addAutomationCommands(commands)

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

  addRolloutCommands(commands)
  addReleaseCommands(commands)
  addExchangeCommands(commands)
  addServiceCommands(commands)

  program
    .command('init')
    .description('write a commented example to begin with')
    .argument('[folder]', 'where', 'fleet')
    .addHelpText('after', '\nexample:\n  fleetproof init my-fleet && fleetproof assign my-fleet/model.yaml')
    .action(async (folder: string) => finish(await runInit(folder, streams)))

  addCompletion(program, words, streams)
  return program
}
