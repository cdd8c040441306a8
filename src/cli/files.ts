// Files opened for a command, relative to where it was called or to the model that names them; `-` is standard input.
import { createReadStream } from 'node:fs'
import { access, constants, mkdir, readFile, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { Diagnostic, Read, Source } from '../diagnostics/diagnostic.ts'
import type { Streams } from './streams.ts'

const largestText = 64 * 2 ** 20

/** The whole text of a file; a missing, unreadable, too large or non-UTF-8 file is a diagnostic. */
export async function readSource(name: string, streams: Streams): Promise<Read<Source>> {
  try {
    if (name === '-') {
      const parts: Uint8Array[] = []
      let size = 0
      for await (const part of streams.input) {
        parts.push(part)
        size += part.length
        if (size > largestText) return refuse(name, 'input/too-large', `standard input holds more than ${largestText / 2 ** 20} MB`)
      }
      return decode('-', Buffer.concat(parts))
    }
    const path = resolve(streams.workingDirectory, name)
    const { size } = await stat(path)
    if (size > largestText)
      return refuse(
        name,
        'input/too-large',
        `the file holds ${Math.ceil(size / 2 ** 20)} MB; at most ${largestText / 2 ** 20} MB are read as one text`,
        'maybe keep the devices in an NDJSON file of their own, which may have any size',
      )
    return decode(name, await readFile(path))
  } catch (error) {
    return refuse(name, 'input/unreadable', unreadable(error))
  }
}

function decode(name: string, bytes: Buffer): Read<Source> {
  try {
    return { ok: true, value: { name, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }, diagnostics: [] }
  } catch {
    return refuse(name, 'input/not-utf-8', 'the text is not valid UTF-8')
  }
}

/** In words why a file could not be read. */
export function unreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  switch (code) {
    case 'ENOENT':
      return 'there is no such file'
    case 'EISDIR':
      return 'this is a folder, not a file'
    case 'EACCES':
    case 'EPERM':
      return 'the file may not be read by this user'
    default:
      return `the file cannot be read (${code === '' ? String(error) : code})`
  }
}

/** In words why a file or folder could not be written. */
function unwritable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  switch (code) {
    case 'ENOENT':
      return 'the folder that it should stand in does not exist and cannot be made'
    case 'EEXIST':
    case 'ENOTDIR':
      return 'this is a file, not a folder, or stands below a file'
    case 'EISDIR':
      return 'this is a folder, not a file'
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'this user may not write here'
    case 'ENOSPC':
      return 'no space is left'
    default:
      return `it cannot be written (${code === '' ? String(error) : code})`
  }
}

export function unwritableAt(source: string, error: unknown): Diagnostic {
  return { code: 'output/unwritable', severity: 'error', message: unwritable(error), at: { source } }
}

/** Makes a folder and those above it that are missing. */
export async function makeFolder(path: string): Promise<void> {
  const missing: string[] = []
  for (let folder = path; ; folder = dirname(folder)) {
    if (await isFolder(folder)) break
    missing.push(folder)
    if (folder === dirname(folder)) break
  }
  // One by one: `mkdir` with `recursive` never ends where the file system refuses with ENOENT, as /proc does.
  for (const folder of missing.reverse()) await mkdir(folder)
}

async function isFolder(path: string): Promise<boolean> {
  try {
    if (!(await stat(path)).isDirectory()) throw Object.assign(new Error(`${path} is a file`), { code: 'ENOTDIR' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** Why no file can be written under this name, as far as that can be told beforehand. */
export async function refuseFile(file: string, streams: Streams): Promise<Diagnostic | undefined> {
  const path = resolve(streams.workingDirectory, file)
  try {
    if ((await stat(path)).isDirectory()) return unwritableAt(file, Object.assign(new Error(), { code: 'EISDIR' }))
    await access(path, constants.W_OK)
    return undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return unwritableAt(file, error)
  }
  try {
    await access(dirname(path), constants.W_OK)
    return undefined
  } catch (error) {
    return unwritableAt(file, error)
  }
}

/** Standard input can be read once only. */
export function refuseTwice(names: readonly (string | undefined)[]): readonly Diagnostic[] {
  if (names.filter((name) => name === '-').length < 2) return []
  const message = 'standard input (`-`) can be read once only'
  return [{ code: 'input/twice', severity: 'error', message, hint: 'maybe keep all but one of them in files', at: { source: '-' } }]
}

function refuse<T>(source: string, code: string, message: string, hint?: string): Read<T> {
  const diagnostic: Diagnostic = { code, severity: 'error', message, ...(hint === undefined ? {} : { hint }), at: { source } }
  return { ok: false, diagnostics: [diagnostic] }
}

/** The path of a source that a model names: as replaced (`--devices`, `--table name=file`), which is relative to the caller, else relative to the model's folder. */
export function sourcePath(modelName: string, name: string, replaced: ReadonlyMap<string, string>, streams: Streams): string {
  const replacement = replaced.get(name)
  if (replacement === '-' || name === '-') return '-'
  if (replacement !== undefined) return resolve(streams.workingDirectory, replacement)
  if (isAbsolute(name)) return name
  return join(modelName === '-' ? streams.workingDirectory : dirname(resolve(streams.workingDirectory, modelName)), name)
}

/** The bytes of a file, or of standard input for `-`. */
export function openPath(path: string, streams: Streams): AsyncIterable<Uint8Array> {
  return path === '-' ? streams.input : createReadStream(path, { highWaterMark: 1 << 20 })
}
