// Sources of automations by their format: `node-red:FILE`, `genesis:FILE`, `native:FILE`; a file without a prefix is native.
import { readFileSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import type { Diagnostic, Location, Read, Source } from '../diagnostics/diagnostic.ts'
import type { CheckSource, ReadBehaviour } from '../engine-check.ts'
import type { OpenBehaviour } from '../engine-separation.ts'
import { readGenesisModel } from '../formats/genesis/read-model.ts'
import { readNativeBehaviour } from '../formats/native/read-behaviour.ts'
import { readNodeRedFlow } from '../formats/node-red/read-flow.ts'
import type { BehaviourPart } from '../model/behaviour-part.ts'
import { readSource } from './files.ts'
import type { Streams } from './streams.ts'

const formats = ['native', 'node-red', 'genesis'] as const
type FormatName = (typeof formats)[number]

/** Splits `format:file`; what stands before the first colon counts as a format only if it is one. */
export function splitReference(reference: string): { readonly format: FormatName; readonly file: string } {
  const format = formats.find((name) => reference.startsWith(`${name}:`))
  return format === undefined ? { format: 'native', file: reference } : { format, file: reference.slice(format.length + 1) }
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

/** Opens every reference; unreadable files are diagnostics, all of them. */
export async function openSources(references: readonly string[], streams: Streams): Promise<Read<readonly CheckSource[]>> {
  const sources: CheckSource[] = []
  const diagnostics: Diagnostic[] = []
  for (const reference of references) {
    const { format, file } = splitReference(reference)
    const source = await readSource(file, streams)
    diagnostics.push(...source.diagnostics)
    if (source.ok) sources.push({ format, source: source.value })
  }
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, value: sources, diagnostics }
}

/** Reads what variants of the model at `model` name as their behaviour, relative to the model. */
export function behaviourOpener(model: string, streams: Streams): OpenBehaviour {
  const read = importers(streams)
  return async (reference: string, at: Location) => {
    const { format, file } = splitReference(reference)
    const path = model === '-' ? file : join(dirname(model), file)
    const source = await readSource(path, streams)
    if (source.ok) return read[format](source.value)
    return {
      ok: false,
      diagnostics: source.diagnostics.map((diagnostic) => ({ ...diagnostic, message: `\`${path}\`: ${diagnostic.message}`, at })),
    }
  }
}
