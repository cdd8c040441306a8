/** Texts that a job was given, as the engine opens sources: by name, beside a model, as behaviours of variants. */
import { dirname, join } from 'node:path'
import type { Location, Read, Source } from '../diagnostics/diagnostic.ts'
import { behaviourFormats, behaviourImporters } from '../engine-importers.ts'
import type { ReadBehaviour } from '../engine-check.ts'
import type { OpenBehaviour } from '../engine-separation.ts'
import type { Open } from '../formats/fleet-source.ts'
import type { BehaviourPart } from '../model/behaviour-part.ts'
import type { NamedText } from './job-inputs.ts'

export interface Texts {
  readonly open: Open
  readonly importers: Readonly<Record<string, ReadBehaviour>>
  readonly openBehaviour: OpenBehaviour
}

/** A text stands under its name, or under its name beside the model. */
export function textsOf(model: string, given: readonly NamedText[]): Texts {
  const byName = new Map(given.map((text) => [text.name, text]))
  const find = (name: string, beside = model): Source | undefined => byName.get(name) ?? byName.get(join(dirname(beside), name))
  const importers = behaviourImporters({ beside: (from, name) => find(name, from) })
  const open = async function* (name: string): AsyncGenerator<Uint8Array> {
    const found = find(name)
    if (found === undefined) throw await Promise.resolve(new Error('it was not sent along'))
    yield Buffer.from(found.text)
  }
  return { open, importers, openBehaviour: opener(find, importers) }
}

const opener =
  (find: (name: string) => Source | undefined, importers: Readonly<Record<string, ReadBehaviour>>): OpenBehaviour =>
  (reference: string, at: Location): Promise<Read<readonly BehaviourPart[]>> => {
    const format = behaviourFormats.find((name) => reference.startsWith(`${name}:`)) ?? 'native'
    const name = reference.startsWith(`${format}:`) ? reference.slice(format.length + 1) : reference
    const source = find(name)
    if (source !== undefined) return Promise.resolve(importers[format]!(source))
    const message = `\`${name}\` was not sent along`
    return Promise.resolve({ ok: false, diagnostics: [{ code: 'jobs/unknown-source', severity: 'error', message, at }] })
  }
