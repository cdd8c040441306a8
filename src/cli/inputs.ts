// What a command that takes a model needs to open: the model itself, the sources it names, their hashes.
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { Diagnostic, Read, Source } from '../diagnostics/diagnostic.ts'
import { suggest } from '../diagnostics/suggest.ts'
import type { AssignInputs } from '../engine.ts'
import { readAliases } from '../formats/aliases/read-aliases.ts'
import { looksLikeDivenact } from '../formats/divenact/read-divenact.ts'
import type { ModelledFleet } from '../formats/fleet-source.ts'
import { readFleetSource } from '../formats/read-fleet-source.ts'
import { noAliases, type Aliases } from '../model/behaviour-part.ts'
import { readFleetModel } from '../model/read-fleet-model.ts'
import { behaviourOpener } from './behaviours.ts'
import { openPath, readSource, refuseTwice, sourcePath } from './files.ts'
import { startProgress } from './progress.ts'
import type { Streams } from './streams.ts'

/** Where a model and what it names are read from. */
export interface ModelPlace {
  readonly model: string
  /** In place of the devices that the model names. */
  readonly devices?: string
  /** Files by the model's name for them. */
  readonly replaced: ReadonlyMap<string, string>
  /** Alias file for the behaviours that variants name. */
  readonly aliases?: string
  /** Security advisories beside those that the model names, in the order in which they were given. */
  readonly advisories?: readonly string[]
}

export interface OpenedModel {
  readonly inputs: AssignInputs
  /** sha256 of everything that was read to its end, by the model's name for it; the model itself as `model`. */
  readonly hashes: () => Readonly<Record<string, string>>
}

export async function openModel(place: ModelPlace, streams: Streams): Promise<Read<OpenedModel>> {
  const twice = refuseTwice([place.model, place.devices, place.aliases, ...place.replaced.values(), ...(place.advisories ?? [])])
  if (twice.length > 0) return { ok: false, diagnostics: twice }
  const model = await readSource(place.model, streams)
  if (!model.ok) return model
  const unnamed = refuseTables(model.value, place.replaced)
  if (unnamed.length > 0) return { ok: false, diagnostics: unnamed }
  const digests = new Map([['model', createHash('sha256').update(model.value.text).digest('hex')]])
  const given = [...(place.devices === undefined ? [] : [place.devices]), ...(place.advisories ?? [])]
  const replaced = new Map([...place.replaced, ...given.map((name) => [name, name] as const)])
  const open = async function* (source: string): AsyncGenerator<Uint8Array> {
    const path = sourcePath(place.model, source, replaced, streams)
    const hash = createHash('sha256')
    const total = path === '-' ? 0 : (await stat(path)).size
    const progress = startProgress(`reading ${source}`, streams)
    let done = 0
    try {
      for await (const chunk of openPath(path, streams)) {
        hash.update(chunk)
        done += chunk.length
        progress.update(done, total)
        yield chunk
      }
      digests.set(digestName(source, place), hash.digest('hex'))
    } finally {
      progress.stop()
    }
  }
  const aliases = await readAliasFile(place.aliases, streams)
  if (!aliases.ok) return aliases
  const inputs: AssignInputs = {
    model: model.value,
    open,
    behaviours: { open: behaviourOpener(place.model, streams), aliases: aliases.value },
    ...(place.devices === undefined ? {} : { devices: place.devices }),
    ...(place.advisories === undefined ? {} : { advisories: place.advisories }),
  }
  return {
    ok: true,
    value: { inputs, hashes: () => Object.fromEntries([...digests].sort(([a], [b]) => (a < b ? -1 : 1))) },
    diagnostics: [],
  }
}

type OpenedFleet =
  | ({ readonly ok: true; readonly read: ModelledFleet } & OpenedModel)
  /** `sources`: texts that the diagnostics speak of. */
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[]; readonly sources: readonly Source[] }

/** Opens the model and reads it with its devices. */
export async function openFleet(place: ModelPlace, streams: Streams): Promise<OpenedFleet> {
  const opened = await openModel(place, streams)
  if (!opened.ok) return { ...opened, sources: [] }
  const { inputs, hashes } = opened.value
  const read = await readFleetSource(inputs.model, inputs.open, {
    ...(inputs.devices === undefined ? {} : { devices: inputs.devices }),
    ...(inputs.advisories === undefined ? {} : { advisories: inputs.advisories }),
  })
  if (!read.ok) return { ...read, sources: [inputs.model] }
  return { ok: true, inputs, hashes, read: read.value }
}

/** What stands elsewhere than the model says is hashed under its part, so that it may be called by another path later. */
function digestName(source: string, { devices, advisories = [] }: ModelPlace): string {
  if (source === devices) return 'devices'
  const advisory = advisories.indexOf(source)
  return advisory < 0 ? source : advisoryName(advisory)
}

/** How bundles call an advisory that was given beside the model. */
export function advisoryName(index: number): string {
  return `advisory/${String(index + 1).padStart(4, '0')}`
}

async function readAliasFile(name: string | undefined, streams: Streams): Promise<Read<Aliases>> {
  if (name === undefined) return { ok: true, value: noAliases, diagnostics: [] }
  const source = await readSource(name, streams)
  return source.ok ? readAliases(source.value) : source
}

/** A replaced table that the model does not name would be left unread without a word. */
function refuseTables(source: Source, replaced: ReadonlyMap<string, string>): readonly Diagnostic[] {
  if (replaced.size === 0) return []
  const read = looksLikeDivenact(source) ? undefined : readFleetModel(source)
  if (read?.ok === false) return []
  const named = [...(read?.value.joins ?? []), ...(read?.value.links ?? [])].flatMap(({ from }) => (from === undefined ? [] : [from]))
  if (read?.value.devices.is === 'source') named.push(read.value.devices.name)
  return [...replaced.keys()]
    .filter((name) => !named.includes(name))
    .map((name) => {
      const near = suggest(name, named)
      return {
        code: 'input/unknown-table',
        severity: 'error',
        message: `the model names no table \`${name}\``,
        ...(near === undefined ? {} : { hint: `maybe \`${near}\`?` }),
        at: { source: '--table' },
      }
    })
}

/** How `explain` is called for a device of the same fleet. */
export function explainWords(model: string, device: string, { devices, table = [], aliases, advisory = [] }: ModelOptions): string {
  const given = [
    ...(devices === undefined ? [] : ['--devices', devices]),
    ...table.flatMap((text) => ['--table', text]),
    ...(aliases === undefined ? [] : ['--aliases', aliases]),
    ...advisory.flatMap((file) => ['--advisory', file]),
  ]
  return ['fleetproof', 'explain', model, device, ...given].map(shellWord).join(' ')
}

/** A word as a shell takes it back. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

export interface ModelOptions {
  readonly aliases?: string
  readonly devices?: string
  readonly advisory?: readonly string[]
  /** `NAME=FILE` each. */
  readonly table?: readonly string[]
}

export function modelPlace(model: string, options: ModelOptions): ModelPlace {
  const replaced = new Map(
    (options.table ?? []).map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)] as const),
  )
  const { devices, aliases } = options
  const advisories = [...new Set(options.advisory ?? [])]
  return {
    model,
    replaced,
    ...(devices === undefined ? {} : { devices }),
    ...(aliases === undefined ? {} : { aliases }),
    ...(advisories.length === 0 ? {} : { advisories }),
  }
}
