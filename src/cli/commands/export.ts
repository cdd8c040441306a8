// `fleetproof export`: an assignment in the form of another system.
import { join, resolve } from 'node:path'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { EngineError } from '../../diagnostics/engine-error.ts'
import { readYaml } from '../../diagnostics/yaml.ts'
import { analyseRules } from '../../engine-rules.ts'
import { groupBegin, groupNames, hostText, INVENTORY_BEGIN } from '../../formats/ansible/inventory.ts'
import { configurations, twinPatch } from '../../formats/azure/write-configurations.ts'
import { csvRow } from '../../formats/csv/write-rows.ts'
import { looksLikeDivenact } from '../../formats/divenact/read-divenact.ts'
import { writeDivenactAnswer } from '../../formats/divenact/write-answer.ts'
import type { AssignedDevice } from '../../model/assignment.ts'
import { counted } from '../../report/numbers.ts'
import { createSolvers } from '../../solve/create-solvers.ts'
import { openBundle, refuseFolder, type BundleFiles } from '../bundle-files.ts'
import { eachDevice, surveyLines, type BundleLines } from '../bundle-lines.ts'
import { refuse } from '../complain.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { makeFolder, readSource, refuseFile, unwritableAt } from '../files.ts'
import { withOutput, type Output } from '../output-file.ts'
import type { Streams } from '../streams.ts'

export const exportFormats = ['azure', 'ansible', 'csv', 'ndjson', 'divenact'] as const

export interface ExportCommandOptions {
  readonly format: (typeof exportFormats)[number]
  readonly out?: string
  readonly atMost?: number
  readonly json?: boolean
}

/** What is written, after everything was found to be in order. */
interface Job {
  readonly folder: string
  readonly lines: BundleLines
  /** The device lines once more, from their beginning. */
  readonly each: (use: (device: AssignedDevice) => void, output: Output) => Promise<void>
  readonly options: ExportCommandOptions
  readonly streams: Streams
  readonly signal: AbortSignal
}

export async function runExport(folder: string, options: ExportCommandOptions, streams: Streams, signal: AbortSignal): Promise<ExitCode> {
  const refusal = { outcome: 'nothing was exported', json: options.json === true }
  const wrong = await refuseTarget(options, streams)
  if (wrong !== undefined) return refuse([wrong], refusal, streams)
  const opened = await openBundle(folder, streams)
  if (!opened.ok) return refuse(opened.diagnostics, refusal, streams)
  const { manifest } = opened.value
  const source = join(folder, manifest.devices.name)
  const lines = await surveyLines(opened.value.devices, source, manifest)
  if (!lines.ok) return refuse(lines.diagnostics, refusal, streams)
  const again = async (use: (device: AssignedDevice) => void, output: Output): Promise<void> => {
    const reopened = await openBundle(folder, streams)
    if (!reopened.ok) throw new EngineError('export/changed', 'the result changed while it was read')
    const broken = await eachDevice(reopened.value.devices, source, use, async () => {
      signal.throwIfAborted()
      await output.drained()
    })
    if (broken !== undefined) throw new EngineError('export/changed', 'the result changed while it was read')
  }
  const job: Job = { folder, lines: lines.value, each: again, options, streams, signal }
  try {
    const failed = await write(job, opened.value)
    return failed === undefined ? exitCodes.good : refuse([failed], refusal, streams)
  } catch (error) {
    if (options.out === undefined || !(error instanceof Error && 'syscall' in error)) throw error
    return refuse([unwritableAt(options.out, error)], refusal, streams)
  }
}

async function refuseTarget({ format, out }: ExportCommandOptions, streams: Streams): Promise<Diagnostic | undefined> {
  if (format !== 'azure') return out === undefined || out === '-' ? undefined : refuseFile(out, streams)
  if (out === undefined || out === '-') {
    const message = 'configurations and patches of twins are two files; they need a folder'
    return { code: 'export/no-folder', severity: 'error', message, hint: 'maybe `--out hub`', at: { source: 'command line' } }
  }
  const held = await refuseFolder(out, streams)
  return held
}

async function write(job: Job, bundle: BundleFiles): Promise<Diagnostic | undefined> {
  const { options, streams, each } = job
  const whole = (produce: (output: Output) => Promise<void>): Promise<void> => withOutput(options.out, streams, produce)
  switch (options.format) {
    case 'azure':
      return writeAzure(job)
    case 'ansible':
      await whole((output) => writeInventory(job, output))
      return undefined
    case 'ndjson':
      await whole((output) => each((device) => output.write(`${JSON.stringify(device)}\n`), output))
      return undefined
    case 'csv':
      await whole((output) => writeCsv(job, output))
      return undefined
    case 'divenact':
      return writeDivenact(job, bundle)
  }
}

async function writeAzure({ lines, options, streams, signal, each }: Job): Promise<Diagnostic | undefined> {
  const most = options.atMost ?? Infinity
  const folder = options.out!
  if (lines.variants.length > most) {
    const message = `the result uses ${lines.variants.length} variants, the hub takes ${most} configurations`
    return { code: 'export/too-many-configurations', severity: 'error', message, at: { source: folder } }
  }
  const listed = configurations(lines.variants)
  const doubt = await proveDisjoint(listed, signal)
  if (doubt !== undefined) throw new EngineError('export/overlap', `the configurations are not proved disjoint: ${doubt}`)
  await makeFolder(resolve(streams.workingDirectory, folder))
  await withOutput(join(folder, 'configurations.json'), streams, (output) => {
    output.write(`${JSON.stringify(listed, null, 2)}\n`)
    return Promise.resolve()
  })
  await withOutput(join(folder, 'twins.ndjson'), streams, (output) => each((device) => output.write(twinPatch(device)), output))
  const proved = listed.length > 1 ? ', proved to select no device twice' : ''
  const made = `${counted(listed.length, 'configuration')}${proved}, and ${counted(lines.devices, 'patch', 'patches')}`
  streams.error(`wrote ${made} of twins into ${folder}\n`)
  return undefined
}

/** By the analysis of `rules`: with one priority for all, no two conditions select the same device, and none is dead. */
async function proveDisjoint(listed: ReturnType<typeof configurations>, signal: AbortSignal): Promise<string | undefined> {
  if (listed.length < 2) return undefined
  const text = JSON.stringify(listed.map((one) => ({ ...one, priority: 1 })))
  const solvers = createSolvers({ threads: 1 })
  try {
    const report = await analyseRules([{ name: 'configurations.json', text }], {
      askAll: (scripts, limits) => solvers.askAll(scripts, { ...limits, signal }),
    })
    if (report.status === 'invalid') return report.diagnostics.map(({ message }) => message).join('; ')
    const [first] = report.findings
    return first === undefined ? undefined : `${first.kind} of ${first.rules.map(({ name }) => name).join(' and ')}`
  } finally {
    await solvers.close()
  }
}

/** Ids of each group are held as bytes until the hosts are written: some 15 bytes a device. */
async function writeInventory({ lines, each }: Job, output: Output): Promise<void> {
  const groups = groupNames([...lines.variants, ...lines.outcomes])
  const members = new Map<string, { readonly done: Buffer[]; open: string }>([...groups.keys()].map((key) => [key, { done: [], open: '' }]))
  let first = true
  output.write(INVENTORY_BEGIN)
  await each((device) => {
    output.write(`${first ? '' : ','}${hostText(device)}`)
    first = false
    const group = members.get(device.variant ?? device.outcome)!
    group.open += `${group.open === '' && group.done.length === 0 ? '' : ','}${JSON.stringify(device.device)}`
    if (group.open.length < 1 << 16) return
    group.done.push(Buffer.from(group.open))
    group.open = ''
  }, output)
  output.write('}}')
  for (const [key, name] of groups) {
    const { done, open } = members.get(key)!
    output.write(groupBegin(name))
    for (const block of done) {
      output.write(block.toString('utf8'))
      await output.drained()
    }
    output.write(`${open}]}`)
  }
  output.write('}\n')
}

async function writeCsv({ lines, each }: Job, output: Output): Promise<void> {
  output.write(csvRow(['device', 'outcome', 'variant', ...lines.settings]))
  await each(
    ({ device, outcome, variant, settings }) =>
      output.write(csvRow([device, outcome, variant ?? '', ...lines.settings.map((name) => String(settings[name] ?? ''))])),
    output,
  )
}

/** The whole document is held: DivEnact's fleets stand in one text. */
async function writeDivenact({ folder, each, options, streams }: Job, bundle: BundleFiles): Promise<Diagnostic | undefined> {
  const source = await readSource(bundle.place.model, streams)
  if (!source.ok) return source.diagnostics[0]
  const document = looksLikeDivenact(source.value) ? readYaml(source.value) : undefined
  if (document?.ok !== true) {
    const message = 'only the result of a DivEnact document has an answer in its form'
    return { code: 'output/not-divenact', severity: 'error', message, at: { source: folder } }
  }
  const devices: AssignedDevice[] = []
  await withOutput(options.out, streams, async (output) => {
    await each((device) => devices.push(device), output)
    output.write(`${JSON.stringify(writeDivenactAnswer(document.value.value, devices), null, 2)}\n`)
  })
  return undefined
}
