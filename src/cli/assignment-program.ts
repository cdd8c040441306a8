// Assignments: what every device runs, why, and what differs: the options of each command, and an example.
import { Option } from 'commander'
import { type AssignCommandOptions, runAssign } from './commands/assign.ts'
import { type DiffCommandOptions, runDiff } from './commands/diff.ts'
import { type ExplainCommandOptions, runExplain } from './commands/explain.ts'
import { advisories, aliases, devices, json, natural, tables, threads, whatIf, type Commands } from './program-options.ts'

export function addAssignmentCommands({ program, streams, signal, finish }: Commands): void {
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
    .addOption(new Option('--cache <folder>', 'keep answers about behaviours there, and use what is kept'))
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
}
