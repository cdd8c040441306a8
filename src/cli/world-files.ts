// Files about the world that automations act on: `--places`, `--effects`, `--properties`, `--models`.
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import type { Diagnostic, Read, Source } from '../diagnostics/diagnostic.ts'
import type { CheckInputs } from '../engine-check.ts'
import { readZigbeeModels } from '../formats/zigbee/read-models.ts'
import { readSource } from './files.ts'
import type { Streams } from './streams.ts'

/** Each may be given several times; `--properties default` is the library that comes with the project. */
export interface WorldOptions {
  readonly places?: readonly string[]
  readonly effects?: readonly string[]
  readonly properties?: readonly string[]
  readonly models?: string
}

type World = Pick<CheckInputs, 'places' | 'effects' | 'properties' | 'models'>

export const worldFiles = ({ places = [], effects = [], properties = [] }: WorldOptions): readonly string[] => [
  ...places,
  ...effects,
  ...properties.filter((file) => file !== 'default'),
]

/** Opens them all; what cannot be read is a diagnostic. */
export async function openWorld(options: WorldOptions, streams: Streams): Promise<Read<World>> {
  const diagnostics: Diagnostic[] = []
  const open = async (file: string): Promise<readonly Source[]> => {
    const read = await readSource(file, streams)
    diagnostics.push(...read.diagnostics)
    return read.ok ? [read.value] : []
  }
  const all = async (files: readonly string[]): Promise<readonly Source[]> => {
    const sources: Source[] = []
    for (const file of files) sources.push(...(await open(file)))
    return sources
  }
  const properties: (Source | 'default')[] = []
  for (const file of options.properties ?? []) properties.push(...(file === 'default' ? ['default' as const] : await open(file)))
  const models = options.models === undefined ? undefined : await openModels(options.models, streams)
  diagnostics.push(...(models?.diagnostics ?? []))
  const world: World = {
    places: await all(options.places ?? []),
    effects: await all(options.effects ?? []),
    properties,
    ...(models?.ok === true ? { models: models.value } : {}),
  }
  return diagnostics.some(({ severity }) => severity === 'error') ? { ok: false, diagnostics } : { ok: true, value: world, diagnostics }
}

async function openModels(file: string, streams: Streams): Promise<Read<NonNullable<World['models']>>> {
  const source = await readSource(file, streams)
  if (!source.ok) return source
  const read = await readZigbeeModels(file, createReadStream(resolve(streams.workingDirectory, file)))
  if (!read.ok) return read
  const models = [...read.value].map(
    ([model, { attributes }]) => [model, attributes.map(({ name, type }) => ({ attribute: name, type }))] as const,
  )
  return { ...read, value: new Map(models) }
}

/** What a stored report keeps of them. */
export const storedWorld = ({ places = [], effects = [], properties = [], models }: WorldOptions): WorldOptions => ({
  ...(places.length === 0 ? {} : { places }),
  ...(effects.length === 0 ? {} : { effects }),
  ...(properties.length === 0 ? {} : { properties }),
  ...(models === undefined ? {} : { models }),
})
