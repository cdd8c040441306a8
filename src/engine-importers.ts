/** Readers of automations by the name of their format, over texts that are handed in. */
import { basename, dirname, extname } from 'node:path'
import type { Read, Source } from './diagnostics/diagnostic.ts'
import type { ReadBehaviour } from './engine-check.ts'
import { readEca } from './formats/eca/read-eca.ts'
import { readGenesisModel } from './formats/genesis/read-model.ts'
import { readHome } from './formats/home-assistant/read-home.ts'
import { readNativeBehaviour } from './formats/native/read-behaviour.ts'
import { readNodeRedFlow } from './formats/node-red/read-flow.ts'
import { readThingDescription } from './formats/wot/read-thing-description.ts'
import type { BehaviourPart } from './model/behaviour-part.ts'

export const behaviourFormats = ['native', 'node-red', 'genesis', 'home-assistant', 'wot', 'eca'] as const
export type BehaviourFormat = (typeof behaviourFormats)[number]

export interface ImporterSources {
  /** A text that `model` names, beside it; undefined where there is none. */
  readonly beside: (model: string, name: string) => Source | undefined
  /** What a folder's application is called after; absent: the folder's own name. */
  readonly folderName?: (folder: string) => string
}

/** Applications of flows are called like their files, the second of one name with a number: one set of readers serves one check. */
export function behaviourImporters({
  beside,
  folderName = (name) => name,
}: ImporterSources): Readonly<Record<BehaviourFormat, ReadBehaviour>> {
  const used = new Map<string, number>()
  const applicationOf = (name: string): string => {
    const base = name === '-' ? 'input' : basename(name, extname(name))
    const count = (used.get(base) ?? 0) + 1
    used.set(base, count)
    return count === 1 ? base : `${base}-${count}`
  }
  return {
    native: (source) => listed(readNativeBehaviour(source)),
    'node-red': (source) => listed(readNodeRedFlow(source, { application: applicationOf(source.name) })),
    genesis: (source) => readGenesisModel(source, (name) => beside(source.name, name)),
    'home-assistant': (source, folder) => {
      const files = folder ?? { name: dirname(source.name), root: basename(source.name), files: new Map([[basename(source.name), source]]) }
      return listed(readHome(files.files, { application: applicationOf(folderName(files.name)), root: files.root }))
    },
    wot: (source) => listed(readThingDescription(source, applicationOf(source.name))),
    eca: (source) => listed(readEca(source, applicationOf(source.name))),
  }
}

function listed(read: Read<BehaviourPart>): Read<readonly BehaviourPart[]> {
  return read.ok ? { ...read, value: [read.value] } : read
}
