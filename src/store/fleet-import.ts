/** Devices from NDJSON into a table, as a stream: memory holds one chunk and the ids. */
import type { Kysely } from 'kysely'
import type { Read } from '../diagnostics/diagnostic.ts'
import { eachLine, LONGEST_LINE } from '../formats/lines.ts'
import { encodeCodes } from './column-codec.ts'
import { CHUNK_ROWS, idsOfChunk, removeDataset, writeDataset, type DatasetWriter } from './datasets.ts'
import { rawReader, type RawReader } from './raw-lines.ts'
import type { Schema } from './schema.ts'

export interface ImportOptions {
  /** What diagnostics call the stream. */
  readonly source: string
  /** The field that names the device; `id` unless told. */
  readonly idField?: string
  readonly now: string
  /** Hears the number of devices, now and then. */
  readonly progress?: (devices: number) => void
}

export interface Imported {
  readonly dataset: string
  readonly size: number
}

/** A finished table, or everything that is wrong with the lines; then nothing of them is kept. An empty stream is an empty fleet. */
export async function importDevices(
  queries: Kysely<Schema>,
  tenant: string,
  chunks: AsyncIterable<Uint8Array>,
  { source, idField = 'id', now, progress }: ImportOptions,
): Promise<Read<Imported>> {
  const reader = rawReader(source, idField, CHUNK_ROWS)
  const writer = await writeDataset(queries, tenant, 'fleet', now)
  try {
    const end = await readLines(reader, writer, chunks, progress)
    if (end.tooLong !== undefined) {
      const at = { source, range: { start: { line: end.tooLong, column: 1 }, end: { line: end.tooLong, column: 1 } } }
      const message = `the line is longer than ${LONGEST_LINE / 1024 / 1024} MB`
      reader.problems.add({
        code: 'formats/too-large',
        severity: 'error',
        message,
        hint: 'maybe the stream is not NDJSON, one device per line',
        at,
      })
    }
    const diagnostics = reader.problems.list()
    if (reader.problems.hasErrors()) {
      await removeDataset(queries, writer.id)
      return { ok: false, diagnostics }
    }
    await writer.finish(reader.ids, { columns: reader.names(), idField })
    return { ok: true, value: { dataset: writer.id, size: reader.ids.size }, diagnostics }
  } catch (error) {
    await removeDataset(queries, writer.id).catch(() => undefined)
    throw error
  }
}

async function readLines(
  reader: RawReader,
  writer: DatasetWriter,
  chunks: AsyncIterable<Uint8Array>,
  progress: ImportOptions['progress'],
): Promise<{ readonly tooLong?: number }> {
  let written = 0
  let writing: Promise<void> = Promise.resolve()
  // Lines come faster than chunks are written: who is behind is waited for before the next piece of the stream is taken.
  const full: (() => Promise<void>)[] = []
  const flush = (rows: number): void => {
    const columns = reader.take().map(({ name, codes, texts }) => ({ name, data: encodeCodes(codes, rows, texts) }))
    const ids = idsOfChunk(reader.ids, written, written + rows)
    written += rows
    if (!reader.problems.hasErrors()) full.push(() => writer.chunk(columns, ids))
    progress?.(written)
  }
  let rows = 0
  const paced = async function* (): AsyncIterable<Uint8Array> {
    for await (const chunk of chunks) {
      // Large pieces are cut, so that not many chunks wait at once.
      for (let at = 0; at < chunk.byteLength; at += PIECE) {
        yield chunk.subarray(at, at + PIECE)
        if (full.length > 0) {
          await writing
          const all = full.splice(0)
          writing = all.reduce((before, write) => before.then(write), Promise.resolve())
          // Heard below.
          writing.catch(() => undefined)
        }
      }
    }
  }
  const end = await eachLine(paced(), (buffer, start, stop, line) => {
    rows = reader.line(buffer, start, stop, line)
    if (rows < CHUNK_ROWS) return
    flush(rows)
    rows = 0
  })
  if (rows > 0) flush(rows)
  await writing
  for (const write of full) await write()
  return end.ok ? {} : { tooLong: end.tooLong }
}

const PIECE = 1024 * 1024
