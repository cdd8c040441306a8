// The earlier result that moves are counted against: the folder of `assign --out`, read whole, or what is wrong with it.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Diagnostic, Read } from '../diagnostics/diagnostic.ts'
import type { EarlierResult } from '../engine-since.ts'
import { openBundle } from './bundle-files.ts'
import { readChoices } from './bundle-choices.ts'
import type { Streams } from './streams.ts'

export interface EarlierBundle {
  readonly result: EarlierResult
  /** Of its device lines. */
  readonly sha256: string
}

export async function readEarlierBundle(folder: string, streams: Streams): Promise<Read<EarlierBundle>> {
  const opened = await openBundle(folder, streams)
  if (!opened.ok) return opened
  const { manifest, devices } = opened.value
  const source = join(folder, manifest.devices.name)
  const hash = createHash('sha256')
  const hashed = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of devices) {
      hash.update(chunk)
      yield chunk
    }
  }
  const read = await readChoices(hashed(), source, manifest.devices.count)
  if (!read.ok) return read
  const { ids, choices, chosen } = read.value
  const sha256 = hash.digest('hex')
  if (ids.length !== manifest.devices.count || sha256 !== manifest.devices.sha256) {
    const message = 'the lines are not those that the manifest was written for'
    return failed('bundle/other-lines', message, source, 'maybe the result was changed or cut off; assign again')
  }
  if (new Set(ids).size !== ids.length) return failed('bundle/twice', 'a device stands twice', source, 'maybe assign again')
  const levels = manifest.levels.map(({ name }) => name)
  return { ok: true, value: { result: { ids, choices, chosen, certificates: manifest.certificates, levels }, sha256 }, diagnostics: [] }
}

/** Why the earlier result cannot be one of this fleet: it speaks of none of its devices, or gives none of its variants. */
export function refuseOther(
  folder: string,
  { ids, choices }: EarlierResult,
  fleet: { readonly ids: readonly string[] },
  variants: readonly { readonly id: string }[],
): Diagnostic | undefined {
  const there = new Set(fleet.ids)
  const other = (message: string): Diagnostic => ({
    code: 'since/other-fleet',
    severity: 'error',
    message,
    hint: 'maybe the result of another model?',
    at: { source: folder },
  })
  if (ids.length > 0 && !ids.some((id) => there.has(id))) return other('none of its devices is in the fleet')
  const given = choices.flatMap(({ variant }) => variant ?? [])
  const offered = new Set(variants.map(({ id }) => id))
  return given.length > 0 && !given.some((id) => offered.has(id)) ? other('the model has none of the variants that it gives') : undefined
}

function failed(
  code: string,
  message: string,
  source: string,
  hint: string,
): { readonly ok: false; readonly diagnostics: readonly Diagnostic[] } {
  return { ok: false, diagnostics: [{ code, severity: 'error', message, hint, at: { source } }] }
}
