/** Unpacks zip, tar and tar.gz in memory within limits. What is not wanted is passed over without being kept; what is dangerous refuses the whole. */
import { once } from 'node:events'
import { Readable, type Writable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { fromBuffer, type Entry, type ZipFile } from 'yauzl'
import type { Diagnostic, Read } from '../../diagnostics/diagnostic.ts'
import { wrongPart } from '../problem.ts'
import { ratioFrom, type UploadLimits } from './limits.ts'
import { safePath } from './safe-path.ts'

/** Bytes by path. */
export type Unpacked = ReadonlyMap<string, Uint8Array>

interface Unpacking {
  readonly name: string
  readonly packed: number
  readonly limits: UploadLimits
  readonly wanted: (path: string) => boolean
  readonly files: Map<string, Uint8Array>
  entries: number
  total: number
}

class Unpackable extends Error {
  readonly diagnostic: Diagnostic
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message)
    this.diagnostic = diagnostic
  }
}

export async function unpack(
  name: string,
  bytes: Buffer,
  limits: UploadLimits,
  wanted: (path: string) => boolean,
): Promise<Read<Unpacked>> {
  const state: Unpacking = { name, packed: bytes.length, limits, wanted, files: new Map(), entries: 0, total: 0 }
  try {
    if (bytes.subarray(0, 4).equals(Buffer.from([0x50, 0x4b, 3, 4]))) await unzip(state, bytes)
    else if (bytes.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]))) await untar(state, gunzipped(state, bytes))
    else if (bytes.subarray(257, 262).toString('latin1') === 'ustar') await untar(state, Readable.from([bytes]))
    else return { ok: false, diagnostics: [wrongPart(name, 'upload/no-archive', 'this is neither zip nor tar nor tar.gz')] }
    return { ok: true, value: state.files, diagnostics: [] }
  } catch (error) {
    if (error instanceof Unpackable) return { ok: false, diagnostics: [error.diagnostic] }
    const why = error instanceof Error ? error.message : String(error)
    return { ok: false, diagnostics: [wrongPart(name, 'upload/broken-archive', `the archive is broken: ${why}`)] }
  }
}

function stop(state: Unpacking, code: string, message: string, hint?: string): never {
  throw new Unpackable(wrongPart(state.name, `upload/${code}`, message, hint))
}

/** The path to keep an entry under; undefined where it is not wanted. */
function entryPath(state: Unpacking, given: string): string | undefined {
  if (++state.entries > state.limits.mostEntries) stop(state, 'too-many', `the archive names more than ${state.limits.mostEntries} entries`)
  const safe = safePath(given)
  if ('wrong' in safe)
    return stop(state, 'unsafe-path', `the path \`${printable(given)}\` ${safe.wrong}`, 'maybe pack the folder from inside')
  if (!state.wanted(safe.path)) return undefined
  if (state.files.has(safe.path)) stop(state, 'twice', `\`${safe.path}\` stands in the archive twice`)
  if (state.files.size >= state.limits.mostFiles) stop(state, 'too-many', `the archive holds more than ${state.limits.mostFiles} files`)
  return safe.path
}

// What a stranger wrote goes into messages short and without control characters.
function printable(text: string): string {
  return text.slice(0, 100).replaceAll(/[\u0000-\u001f\u007f`]/g, '?')
}

/** Counts what really comes out, whatever the archive says of its sizes. */
async function keep(state: Unpacking, path: string, stream: AsyncIterable<Uint8Array>): Promise<void> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of stream) {
    size += part.length
    count(state, part.length)
    if (size > state.limits.largestFile) stop(state, 'too-large', `\`${path}\` is larger than ${mebibytes(state.limits.largestFile)}`)
    parts.push(part)
  }
  state.files.set(path, Buffer.concat(parts))
}

function count(state: Unpacking, bytes: number): void {
  state.total += bytes
  if (state.total > state.limits.largestTotal)
    stop(state, 'too-large', `the archive unpacks to more than ${mebibytes(state.limits.largestTotal)}`)
  if (state.total > ratioFrom && state.total > state.packed * state.limits.mostRatio)
    stop(state, 'bomb', `the archive unpacks to more than ${state.limits.mostRatio} times its size`)
}

const mebibytes = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)} MB`

async function unzip(state: Unpacking, bytes: Buffer): Promise<void> {
  const zip = await openZip(bytes)
  const stream = (entry: Entry) =>
    new Promise<Readable>((resolve, reject) => {
      zip.openReadStream(entry, (error, opened) => {
        if (error) reject(error)
        else resolve(opened)
      })
    })
  const failed = once(zip, 'error').then(([error]) => Promise.reject(error as Error))
  failed.catch(() => undefined)
  const ended = once(zip, 'end').then(() => undefined)
  for (;;) {
    const entry = once(zip, 'entry').then(([each]) => each as Entry)
    entry.catch(() => undefined)
    zip.readEntry()
    const next = await Promise.race([entry, ended, failed])
    if (next === undefined) return
    const link = ((next.externalFileAttributes >>> 16) & 0o170000) === 0o120000
    if (next.fileName.endsWith('/')) {
      entryPath(state, next.fileName)
      continue
    }
    const path = entryPath(state, next.fileName)
    if (path === undefined || link) continue
    if (next.isEncrypted()) stop(state, 'encrypted', `\`${path}\` is encrypted`)
    await keep(state, path, await stream(next))
  }
}

function openZip(bytes: Buffer): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    // Sizes are counted while unpacking: what the archive says of them is not believed.
    fromBuffer(bytes, { lazyEntries: true, strictFileNames: true, validateEntrySizes: true }, (error, zip) => {
      if (error) reject(error)
      else resolve(zip)
    })
  })
}

async function untar(state: Unpacking, source: AsyncIterable<Uint8Array>): Promise<void> {
  const tar = extract()
  const feeding = feed(tar as unknown as Writable, source)
  feeding.catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))))
  for await (const entry of tar) {
    const { name, type } = entry.header
    const path = entryPath(state, name)
    // Links, devices and pipes are passed over: nothing outside is ever read through them.
    if (path === undefined || type !== 'file') entry.resume()
    else await keep(state, path, entry as AsyncIterable<Uint8Array>)
  }
  await feeding
}

async function feed(tar: Writable, source: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const part of source) if (!tar.write(Buffer.from(part))) await once(tar, 'drain')
  tar.end()
}

/** What comes out is counted here too: entries that are passed over are unpacked as well. */
async function* gunzipped(state: Unpacking, bytes: Buffer): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const part of Readable.from([bytes]).pipe(createGunzip()) as AsyncIterable<Buffer>) {
    size += part.length
    if (size > 2 * state.limits.largestTotal)
      stop(state, 'too-large', `the archive unpacks to more than ${mebibytes(2 * state.limits.largestTotal)}`)
    if (size > 4 * ratioFrom && size > bytes.length * state.limits.mostRatio)
      stop(state, 'bomb', `the archive unpacks to more than ${state.limits.mostRatio} times its size`)
    yield part
  }
}
