// Automations and rules: whether they fight: the options of each command, and an example.
import { Option } from 'commander'
import { reportFormats } from '../report/report-formats.ts'
import { type CheckCommandOptions, runCheck } from './commands/check.ts'
import { type CheckFleetOptions, runCheckFleet } from './commands/check-fleet.ts'
import { type FixCommandOptions, runFix } from './commands/fix.ts'
import { type GateCommandOptions, runGate } from './commands/gate.ts'
import { type RulesCommandOptions, runRules } from './commands/rules.ts'
import { type SimulateCommandOptions, runSimulate } from './commands/simulate.ts'
import { aboutSources, budget, collect, count, json, natural, threads, type Commands } from './program-options.ts'

export function addAutomationCommands({ program, streams, signal, finish }: Commands): void {
  aboutSources(program.command('check'))
    .description('tell whether automations fight over actuators: a proof, a trace, or an honest unknown')
    .argument('<source...>', 'native:FILE, node-red:FILE, genesis:FILE; a file without a prefix is native; with `--fleet` a result')
    .addOption(json())
    .addOption(new Option('--all', 'show what is proved one by one, too'))
    .addOption(new Option('--relations', 'show relations that are no conflict by themselves'))
    .addOption(new Option('--kind <id>', 'only this kind (K1, K17, ...); may be repeated').argParser(collect).default([], 'every kind'))
    .addOption(new Option('--timed', 'ask the kinds that speak of time and physics, too'))
    .addOption(
      new Option('--window <seconds>', 'how soon another rule contends (K1w) or takes a command back (K12)')
        .argParser(natural)
        .default(undefined, '10 and 60'),
    )
    .addOption(new Option('--format <format>', 'how to answer').choices(reportFormats).default('text'))
    .addOption(new Option('--out <file>', 'write the whole report as JSON, certificates and traces included, for `verify`'))
    .addOption(threads())
    .addOption(budget())
    .addOption(new Option('--cache <folder>', 'keep answers of solvers there, and use what is kept'))
    .addOption(
      new Option('--fleet', 'look at what stands together at the places of a fleet, as a result (the folder of `assign --out`) says'),
    )
    .addOption(new Option('--over <expression>', 'with `--fleet`: where devices meet, such as `device.site`; else as the model says'))
    .addHelpText(
      'after',
      '\nexample:\n  fleetproof check node-red:comfort.json node-red:energy.json --aliases house.yaml\n  fleetproof check --fleet building.result --over device.site',
    )
    .action(async (sources: string[], options: CheckCommandOptions & CheckFleetOptions & { readonly fleet?: boolean }) =>
      finish(
        options.fleet === true ? await runCheckFleet(sources, options, streams, signal) : await runCheck(sources, options, streams, signal),
      ),
    )

  aboutSources(program.command('fix'))
    .description('change automations so that a conflict is gone: only changes that are proved to help, the smallest first')
    .argument('<source...>', 'as for `check`')
    .addOption(new Option('--finding <fingerprint>', 'only this finding of `check`'))
    .addOption(new Option('--timed', 'repair what the kinds that speak of time and physics find, too, and let no repair bring about such'))
    .addOption(new Option('--apply', 'write the smallest repair of each conflict; what was there is kept as FILE.before-fix'))
    .addOption(json())
    .addOption(threads())
    .addOption(budget())
    .addOption(new Option('--cache <folder>', 'keep answers of solvers there, and use what is kept'))
    .addHelpText('after', '\nexample:\n  fleetproof fix comfort.yaml energy.yaml --apply')
    .action(async (sources: string[], options: FixCommandOptions) => finish(await runFix(sources, options, streams, signal)))

  aboutSources(program.command('gate'))
    .description('one verdict and exit code for a pipeline: 0 passed, 1 conflicts, 2 more open questions than allowed')
    .argument('<source...>', 'as for `check`')
    .addOption(new Option('--timed', 'ask the kinds that speak of time and physics, too'))
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

  aboutSources(program.command('simulate'))
    .description('play automations in the interpreter: a run of a stored report, or one drawn at random')
    .argument('<source...>', 'as for `check`')
    .addOption(new Option('--play <report>', 'play a run of this report (the file of `check --out`)'))
    .addOption(new Option('--finding <fingerprint>', 'which finding of the report'))
    .addOption(new Option('--seed <n>', 'draw another run').argParser(count).default(1))
    .addOption(new Option('--events <n>', 'outside events to draw').argParser(natural).default(20))
    .addOption(new Option('--timed', 'draw a run in real time: delays, timers, quantities and their sensors'))
    .addOption(
      new Option('--watch <attribute>', 'draw this attribute though it never changes; may be repeated')
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(json())
    .addHelpText('after', '\nexample:\n  fleetproof simulate comfort.yaml energy.yaml --seed 7 --events 10')
    .action(async (sources: string[], options: SimulateCommandOptions) => finish(await runSimulate(sources, options, streams, signal)))
}
