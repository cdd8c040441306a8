// Options that several commands share, and how their values are read.
import { InvalidArgumentError, Option, type Command } from 'commander'
import { defaultBudget } from './check-limits.ts'
import type { ExitCode } from './exit-codes.ts'
import type { Streams } from './streams.ts'

/** What a command is added to, and where its result goes. */
export interface Commands {
  readonly program: Command
  readonly streams: Streams
  readonly signal: AbortSignal
  readonly finish: (code: ExitCode) => void
}

export function natural(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('a whole number above 0 is needed')
  return value
}

export function count(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('a whole number of 0 or more is needed')
  return value
}

function table(text: string, before: readonly string[]): readonly string[] {
  if (!/^[^=]+=.+$/.test(text)) throw new InvalidArgumentError('the form is NAME=FILE')
  return [...before, text]
}

export const collect = (text: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), text]

export const json = (): Option => new Option('--json', 'answer in JSON for programs')
export const devices = (): Option =>
  new Option('--devices <file>', 'read the devices from this file instead of the one that the model names (`-`: standard input)')
export const tables = (): Option =>
  new Option('--table <name=file>', 'read a joined table from this file; may be repeated').argParser(table).default([], 'none')
export const whatIf = (): Option =>
  new Option(
    '--what-if <edit>',
    'try a change without writing it: `PATH = VALUE`, `drop PATH`, `devices.ID.NAME = VALUE`, `pin ID to VARIANT`; may be repeated',
  )
    .argParser(collect)
    .default([], 'none')
export const threads = (): Option => new Option('--threads <n>', 'worker threads').argParser(natural)
export const budget = (): Option =>
  new Option('--budget <seconds>', 'leave open what is not decided by then').argParser(natural).default(undefined, String(defaultBudget))
const places = (): Option =>
  new Option('--places <file>', 'where things stand, and what joins places; may be repeated').argParser(collect).default([], 'none')
const effects = (): Option =>
  new Option('--effects <file>', 'further classes of things and what they do; may be repeated').argParser(collect).default([], 'none')
const properties = (): Option =>
  new Option('--properties <file>', 'safety properties, or `default` for the library; may be repeated')
    .argParser(collect)
    .default([], 'none')
const models = (): Option => new Option('--models <file>', 'what things take, by model (NDJSON of Zigbee models)')
export const aliases = (): Option => new Option('--aliases <file>', 'which names are one thing, which brokers are one, what excludes what')

export const advisories = (): Option =>
  new Option('--advisory <file>', 'follow this security advisory (OSV or CSAF); may be repeated').argParser(collect).default([], 'none')

/** What every command that reads automations is told of them and their world. */
export const aboutSources = (command: Command): Command =>
  command.addOption(aliases()).addOption(places()).addOption(effects()).addOption(properties()).addOption(models())
