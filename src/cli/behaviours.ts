// Sources of automations by their format: `node-red:FILE`, `genesis:FILE`, `home-assistant:FOLDER`, `wot:FILE`, `eca:FILE`, `native:FILE`; a file without a prefix is native.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Diagnostic, Location, Read, Source } from '../diagnostics/diagnostic.ts'
import { suggest } from '../diagnostics/suggest.ts'
import type { CheckInputs, CheckSource, ReadBehaviour } from '../engine-check.ts'
import { behaviourFormats, behaviourImporters, type BehaviourFormat } from '../engine-importers.ts'
import type { OpenBehaviour } from '../engine-separation.ts'
import { readSource, refuseTwice } from './files.ts'
import { readFolder } from './folders.ts'
import type { Streams } from './streams.ts'
import { openWorld, worldFiles, type WorldOptions } from './world-files.ts'

const formats = behaviourFormats
type FormatName = BehaviourFormat

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

/** Readers by format, opening what lies beside a file from the disk. */
export function importers(streams: Streams): Readonly<Record<FormatName, ReadBehaviour>> {
  return behaviourImporters({
    beside: (model, name) => beside(model, name, streams),
    folderName: (folder) => resolve(streams.workingDirectory, folder),
  })
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
