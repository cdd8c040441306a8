// Sources of automations by their format: `node-red:FILE`, `genesis:FILE`, `home-assistant:FOLDER`, `wot:FILE`, `eca:FILE`, `native:FILE`; a file without a prefix is native.
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import type { Diagnostic, Location, Read, Source } from '../diagnostics/diagnostic.ts'
import { suggest } from '../diagnostics/suggest.ts'
import type { CheckInputs, CheckSource, ReadBehaviour } from '../engine-check.ts'
import type { OpenBehaviour } from '../engine-separation.ts'
import { readEca } from '../formats/eca/read-eca.ts'
import { readGenesisModel } from '../formats/genesis/read-model.ts'
import { readHome } from '../formats/home-assistant/read-home.ts'
import { readNativeBehaviour } from '../formats/native/read-behaviour.ts'
import { readNodeRedFlow } from '../formats/node-red/read-flow.ts'
import { readThingDescription } from '../formats/wot/read-thing-description.ts'
import type { BehaviourPart } from '../model/behaviour-part.ts'
import { readSource, refuseTwice } from './files.ts'
import { readFolder } from './folders.ts'
import type { Streams } from './streams.ts'
import { openWorld, worldFiles, type WorldOptions } from './world-files.ts'

const formats = ['native', 'node-red', 'genesis', 'home-assistant', 'wot', 'eca'] as const
type FormatName = (typeof formats)[number]

/** Splits `format:file`; what stands before the first colon counts as a format only if it is one. */
export function splitReference(reference: string): { readonly format: FormatName; readonly file: string } {
  const format = formats.find((name) => reference.startsWith(`${name}:`))
  return format === undefined ? { format: 'native', file: reference } : { format, file: reference.slice(format.length + 1) }
}

/** What is wrong with a reference whose prefix looks like a format and is none; a file of that very name is a file. */
function unknownFormat(reference: string, at: Location, streams: Streams): Diagnostic | undefined {
  const prefix = /^([a-z][a-z0-9_-]+):/i.exec(reference)?.[1]
  if (prefix === undefined || (formats as readonly string[]).includes(prefix)) return undefined
  if (existsSync(resolve(streams.workingDirectory, reference))) return undefined
  const near = suggest(prefix, formats)
  return {
    code: 'check/unknown-format',
    severity: 'error',
    message: `no format is called \`${prefix}\``,
    hint: near === undefined ? `maybe one of ${formats.map((name) => `\`${name}\``).join(', ')}` : `maybe \`${near}\`?`,
    at,
  }
}

/** Readers by format; applications of flows are called like their files, the second of one name with a number. */
export function importers(streams: Streams): Readonly<Record<FormatName, ReadBehaviour>> {
  const used = new Map<string, number>()
  const applicationOf = ({ name }: Source): string => {
    const base = name === '-' ? 'input' : basename(name, extname(name))
    const count = (used.get(base) ?? 0) + 1
    used.set(base, count)
    return count === 1 ? base : `${base}-${count}`
  }
  return {
    native: (source) => listed(readNativeBehaviour(source)),
    'node-red': (source) => listed(readNodeRedFlow(source, { application: applicationOf(source) })),
    genesis: (source) => readGenesisModel(source, (name) => beside(source.name, name, streams)),
    'home-assistant': (source, folder) => {
      const files = folder ?? { name: dirname(source.name), root: basename(source.name), files: new Map([[basename(source.name), source]]) }
      return listed(
        readHome(files.files, {
          application: applicationOf({ name: resolve(streams.workingDirectory, files.name), text: '' }),
          root: files.root,
        }),
      )
    },
    wot: (source) => listed(readThingDescription(source, applicationOf(source))),
    eca: (source) => listed(readEca(source, applicationOf(source))),
  }
}

function listed(read: Read<BehaviourPart>): Read<readonly BehaviourPart[]> {
  return read.ok ? { ...read, value: [read.value] } : read
}

/** A file that a model names, beside the model; undefined where it cannot be read as text. */
function beside(model: string, name: string, streams: Streams): Source | undefined {
  const path = join(dirname(model === '-' ? '.' : model), name)
  try {
    return { name: path, text: readFileSync(resolve(streams.workingDirectory, path), 'utf8') }
  } catch {
    return undefined
  }
}

/** Opens every reference and the alias file; what cannot be read is a diagnostic, all of it. */
export async function openCheckInputs(
  references: readonly string[],
  aliasFile: string | undefined,
  streams: Streams,
  world: WorldOptions = {},
): Promise<Read<CheckInputs>> {
  const twice = refuseTwice([...references.map((reference) => splitReference(reference).file), aliasFile, ...worldFiles(world)])
  if (twice.length > 0) return { ok: false, diagnostics: twice }
  const sources = await openSources(references, streams)
  const aliases = aliasFile === undefined ? undefined : await readSource(aliasFile, streams)
  const about = await openWorld(world, streams)
  if (!sources.ok || aliases?.ok === false || !about.ok)
    return { ok: false, diagnostics: [...sources.diagnostics, ...(aliases?.diagnostics ?? []), ...about.diagnostics] }
  return {
    ok: true,
    value: { sources: sources.value, ...about.value, ...(aliases === undefined ? {} : { aliases: aliases.value }) },
    diagnostics: [],
  }
}

/** The texts of the inputs, for excerpts. */
export function textsOf({ sources, aliases, places = [], effects = [], properties = [] }: CheckInputs): readonly Source[] {
  return [
    ...sources.flatMap(({ source, folder }) => [...(folder?.files.values() ?? [source])]),
    ...(aliases === undefined ? [] : [aliases]),
    ...[...places, ...effects, ...properties].filter((source) => source !== 'default'),
  ]
}

async function openSources(references: readonly string[], streams: Streams): Promise<Read<readonly CheckSource[]>> {
  const sources: CheckSource[] = []
  const diagnostics: Diagnostic[] = []
  for (const reference of references) {
    const wrong = unknownFormat(reference, { source: reference }, streams)
    if (wrong !== undefined) {
      diagnostics.push(wrong)
      continue
    }
    const opened = await openReference(splitReference(reference), streams)
    diagnostics.push(...opened.diagnostics)
    if (opened.ok) sources.push(opened.value)
  }
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, value: sources, diagnostics }
}

/** One file, or a whole folder where the format is one of folders. */
async function openReference({ format, file }: ReturnType<typeof splitReference>, streams: Streams): Promise<Read<CheckSource>> {
  if (format === 'home-assistant') {
    const folder = await readFolder(file, 'configuration.yaml', streams)
    if (!folder.ok) return folder
    const source = folder.value.files.get(folder.value.root)!
    return { ok: true, value: { format, source, folder: folder.value }, diagnostics: folder.diagnostics }
  }
  const source = await readSource(file, streams)
  return source.ok ? { ok: true, value: { format, source: source.value }, diagnostics: source.diagnostics } : source
}

/** Reads what variants of the model at `model` name as their behaviour, relative to the model. */
export function behaviourOpener(model: string, streams: Streams): OpenBehaviour {
  const read = importers(streams)
  return async (reference: string, at: Location) => {
    const wrong = unknownFormat(reference, at, streams)
    if (wrong !== undefined) return { ok: false, diagnostics: [wrong] }
    const { format, file } = splitReference(reference)
    const path = model === '-' ? file : join(dirname(model), file)
    const source = await openReference({ format, file: path }, streams)
    if (source.ok) return read[format](source.value.source, source.value.folder)
    return {
      ok: false,
      diagnostics: source.diagnostics.map((diagnostic) => ({ ...diagnostic, message: `\`${path}\`: ${diagnostic.message}`, at })),
    }
  }
}
