// Files opened for a command, relative to where it was called or to the model that names them; `-` is standard input.
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
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
