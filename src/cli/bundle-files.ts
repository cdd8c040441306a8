// The result bundle as a folder: manifest.json beside devices.ndjson, written whole or not at all.
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { access, constants, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { Diagnostic, Read } from '../diagnostics/diagnostic.ts'
import type { Assignment, Level, Separation } from '../model/assignment.ts'
import type { Certificate } from '../model/certificate.ts'
import { schemaVersion } from '../report/assignment-json.ts'
import { BUNDLE_FORMAT, certificatesHash, readManifest, type Manifest } from '../verify/bundle.ts'
import { countOutcomes } from '../verify/check-bundle.ts'
import { makeFolder, openPath, readSource, unreadable, unwritableAt } from './files.ts'
import { advisoryName, type ModelPlace } from './inputs.ts'
import type { Streams } from './streams.ts'

export const manifestName = 'manifest.json'
export const devicesName = 'devices.ndjson'

export interface BundleContent {
  readonly assignment: Assignment
  readonly ids: readonly string[]
  readonly levels: readonly Level[]
  readonly certificates: readonly Certificate[]
  /** Where the model was read from, as it was given. */
  readonly place: ModelPlace
  readonly inputs: Readonly<Record<string, string>>
  readonly solvers: Readonly<Record<string, string>>
  /** Sets of more than two variants that were kept apart while solving. */
  readonly apart?: readonly { readonly present: readonly string[]; readonly absent: readonly string[] }[]
  /** What stands together, each proved whole, and what that says of all places. */
  readonly separation?: Pick<Separation, 'together' | 'safe'>
  /** The folder of the earlier result that moves are counted against, and the sha256 of its device lines. */
  readonly since?: { readonly folder: string; readonly sha256: string }
}

type Apart = NonNullable<Manifest['apart']>[number]

const writtenCut = ({ present, absent }: NonNullable<BundleContent['apart']>[number]): Apart =>
  absent.length === 0 ? [...present] : { with: [...present], without: [...absent] }

const writtenSafety = ({ together, safe }: Pick<Separation, 'together' | 'safe'>): Pick<Manifest, 'together' | 'safe'> => ({
  together: together.map(writtenComposition),
  safe: { ...safe, kinds: [...safe.kinds], assumptions: [...safe.assumptions] },
})

const writtenComposition = ({ variants, places, place, key, proved }: Separation['together'][number]) => ({
  ...{ variants: [...variants], places, place, key, proved },
})

/** A folder that holds something other than a bundle is not overwritten. */
export async function refuseFolder(folder: string, streams: Streams): Promise<Diagnostic | undefined> {
  try {
    const path = resolve(streams.workingDirectory, folder)
    const names = await readdir(path)
    await access(dirname(path), constants.W_OK)
    if (names.length === 0 || names.includes(manifestName)) return undefined
    return {
      code: 'output/not-empty',
      severity: 'error',
      message: 'the folder holds other files; a result is not written among them',
      hint: 'maybe name a new folder',
      at: { source: folder },
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : unwritableAt(folder, error)
  }
}

/** Writes into a folder beside the target first; the target appears complete. */
export async function writeBundle(folder: string, content: BundleContent, streams: Streams): Promise<void> {
  const target = resolve(streams.workingDirectory, folder)
  const draft = join(dirname(target), `.${basename(target)}.part-${process.pid}`)
  await makeFolder(draft)
  try {
    const sha256 = await writeDevices(join(draft, devicesName), content.assignment, content.ids)
    const from = (file: string) => (file === '-' ? '-' : relative(target, resolve(streams.workingDirectory, file)))
    const { model, devices, aliases, replaced, advisories = [] } = content.place
    const elsewhere = [
      ...replaced,
      ...(devices === undefined ? [] : [['devices', devices] as const]),
      ...(aliases === undefined ? [] : [['aliases', aliases] as const]),
      ...advisories.map((file, index) => [advisoryName(index), file] as const),
    ]
    const manifest: Manifest = {
      formatVersion: BUNDLE_FORMAT,
      schemaVersion,
      model: from(model),
      replaced: Object.fromEntries(elsewhere.map(([name, file]) => [name, from(file)] as const).sort(([a], [b]) => (a < b ? -1 : 1))),
      inputs: content.since === undefined ? content.inputs : { ...content.inputs, since: content.since.sha256 },
      ...(content.since && { since: from(content.since.folder) }),
      devices: { name: devicesName, sha256, count: content.ids.length },
      solvers: content.solvers,
      seed: 0,
      ...(content.apart && content.apart.length > 0 && { apart: content.apart.map(writtenCut) }),
      ...(content.separation && writtenSafety(content.separation)),
      levels: content.levels.map((level) => ({ ...level })),
      counts: countOutcomes(content.assignment),
      certificates: content.certificates as Manifest['certificates'],
      certificatesSha256: certificatesHash(content.certificates),
    }
    await writeFile(join(draft, manifestName), `${JSON.stringify(manifest, null, 1)}\n`)
    await rm(target, { recursive: true, force: true })
    await rename(draft, target)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** One line per device, by row; what follows the id is made once per choice. Answers the sha256 of the bytes. */
async function writeDevices(file: string, assignment: Assignment, ids: readonly string[]): Promise<string> {
  const tails = assignment.choices.map(
    ({ outcome, variant, settings }) => `,${JSON.stringify({ outcome, variant: variant ?? null, settings }).slice(1)}\n`,
  )
  const hash = createHash('sha256')
  const stream = createWriteStream(file, { highWaterMark: 1 << 20 })
  const failed = once(stream, 'error').then(([error]) => Promise.reject(error as Error))
  failed.catch(() => undefined)
  for (let row = 0; row < ids.length;) {
    const end = Math.min(ids.length, row + 8192)
    let text = ''
    for (; row < end; row++) text += `{"device":${JSON.stringify(ids[row])}${tails[assignment.chosen[row]!]!}`
    const bytes = Buffer.from(text)
    hash.update(bytes)
    if (!stream.write(bytes)) await Promise.race([once(stream, 'drain'), failed])
  }
  stream.end()
  await Promise.race([once(stream, 'finish'), failed])
  return hash.digest('hex')
}

export interface BundleFiles {
  readonly manifest: Manifest
  /** The folder of the earlier result, usable from the working directory. */
  readonly since?: string
  /** Paths usable from the working directory. */
  readonly place: ModelPlace
  readonly devices: AsyncIterable<Uint8Array>
}

async function refuseMissing(file: string, streams: Streams): Promise<Diagnostic | undefined> {
  try {
    await access(resolve(streams.workingDirectory, file), constants.R_OK)
    return undefined
  } catch (error) {
    return { code: 'input/unreadable', severity: 'error', message: unreadable(error), at: { source: file } }
  }
}

// A file that is opened before somebody reads it would end the process where it is missing.
async function* openLate(path: string, streams: Streams): AsyncGenerator<Uint8Array> {
  yield* openPath(path, streams)
}

/** The manifest and the open device lines. */
export async function openBundle(folder: string, streams: Streams): Promise<Read<BundleFiles>> {
  const text = await readSource(join(folder, manifestName), streams)
  if (!text.ok) return text
  const manifest = readManifest(text.value)
  if (!manifest.ok) return manifest
  const lines = join(folder, basename(manifest.value.devices.name))
  const missing = await refuseMissing(lines, streams)
  if (missing !== undefined) return { ok: false, diagnostics: [missing] }
  const path = (file: string) => (file === '-' ? '-' : join(folder, file))
  const { devices, aliases, ...others } = manifest.value.replaced
  const entries = Object.entries(others)
  const advisories = entries.flatMap(([name, file]) => (name.startsWith('advisory/') ? [path(file)] : []))
  const replaced = new Map(entries.filter(([name]) => !name.startsWith('advisory/')).map(([name, file]) => [name, path(file)]))
  return {
    ok: true,
    value: {
      manifest: manifest.value,
      ...(manifest.value.since === undefined ? {} : { since: path(manifest.value.since) }),
      place: {
        model: path(manifest.value.model),
        replaced,
        ...(devices === undefined ? {} : { devices: path(devices) }),
        ...(aliases === undefined ? {} : { aliases: path(aliases) }),
        ...(advisories.length === 0 ? {} : { advisories }),
      },
      devices: openLate(resolve(streams.workingDirectory, lines), streams),
    },
    diagnostics: manifest.diagnostics,
  }
}
