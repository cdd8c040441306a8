// To and from other systems: the options of each command, and an example.
import { Option } from 'commander'
import { MOST_CONFIGURATIONS } from '../formats/azure/write-configurations.ts'
import { type ExportCommandOptions, exportFormats, runExport } from './commands/export.ts'
import { type ImportCommandOptions, runImport } from './commands/import.ts'
import { devices, json, natural, tables, type Commands } from './program-options.ts'

export function addExchangeCommands({ program, streams, signal, finish }: Commands): void {
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
}
