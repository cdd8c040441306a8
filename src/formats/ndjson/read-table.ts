/** Reads a table that devices are joined with: NDJSON, one JSON list of mappings, or CSV; told apart by the first character. */
import { cappedDiagnostics } from '../../diagnostics/capped.ts'
import type { Read } from '../../diagnostics/diagnostic.ts'
import { readJson } from '../../diagnostics/json.ts'
import { lineLocation, readHeader, sayCsvProblem } from '../csv/header.ts'
import { eachCsvRow } from '../csv/rows.ts'
import { eachLine } from '../lines.ts'
import type { Table } from '../table.ts'
import { brokenLine } from './broken-line.ts'

/** Tables are held in memory whole; more is refused. */
const LARGEST_TABLE = 512 * 1024 * 1024

export async function readTable(source: string, chunks: AsyncIterable<Uint8Array>): Promise<Read<Table>> {
  const held: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > LARGEST_TABLE)
      return {
        ok: false,
        diagnostics: [
          {
            code: 'formats/too-large',
            severity: 'error',
            message: `the table is larger than ${LARGEST_TABLE / 1024 / 1024} MB`,
            at: { source },
          },
        ],
      }
    held.push(Uint8Array.from(chunk))
  }
  const first = firstCharacter(held)
  if (first === undefined)
    return {
      ok: false,
      diagnostics: [{ code: 'formats/empty-table', severity: 'error', message: `\`${source}\` holds no row`, at: { source } }],
    }
  if (first === '[') return readList(source, Buffer.concat(held).toString('utf8'))
  return first === '{' ? readLines(source, held) : readCsv(source, held)
}

function firstCharacter(chunks: readonly Uint8Array[]): string | undefined {
  for (const chunk of chunks) {
    const found = /[^\s\ufeff]/.exec(Buffer.from(chunk).toString('utf8'))
    if (found !== null) return found[0]
  }
  return undefined
}

async function readLines(source: string, chunks: readonly Uint8Array[]): Promise<Read<Table>> {
  const problems = cappedDiagnostics()
  const rows: Readonly<Record<string, unknown>>[] = []
  const lines: number[] = []
  await eachLine(streamOf(chunks), (buffer, start, end, line, ended) => {
    const text = buffer.toString('utf8', start, end)
    if (text.trim() === '') return
    const row = parsed(text)
    if (isRow(row) && !text.includes('\ufffd')) {
      rows.push(row)
      lines.push(line)
    } else if (isRow(row))
      problems.add({ code: 'formats/not-utf8', severity: 'error', message: 'the line is not UTF-8', at: lineLocation(source, line) })
    else problems.add(brokenLine(source, text, line, ended))
  })
  return problems.hasErrors()
    ? { ok: false, diagnostics: problems.list() }
    : { ok: true, value: { name: source, format: 'json', rows, lines }, diagnostics: [] }
}

function readList(source: string, text: string): Read<Table> {
  const read = readJson({ name: source, text })
  if (!read.ok) return read
  const problems = cappedDiagnostics()
  const values = read.value.value as readonly unknown[]
  const lines: number[] = []
  values.forEach((row, index) => {
    const at = read.value.locate([index])
    lines.push(at.range!.start.line)
    if (!isRow(row)) problems.add({ code: 'formats/wrong-type', severity: 'error', message: 'a row must be a mapping', at })
  })
  return problems.hasErrors()
    ? { ok: false, diagnostics: problems.list() }
    : { ok: true, value: { name: source, format: 'json', rows: values.filter(isRow), lines }, diagnostics: [] }
}

async function readCsv(source: string, chunks: readonly Uint8Array[]): Promise<Read<Table>> {
  const problems = cappedDiagnostics()
  const rows: Readonly<Record<string, unknown>>[] = []
  const lines: number[] = []
  let names: readonly string[] | undefined
  const problem = await eachCsvRow(streamOf(chunks), (row) => {
    if (names === undefined) names = [...readHeader(source, row, problems).keys()]
    else if (row.cells.length !== names.length) {
      problems.add({
        code: 'formats/broken-line',
        severity: 'error',
        message: `the row has ${row.cells.length} cells, the header has ${names.length}`,
        at: lineLocation(source, row.line),
      })
    } else {
      rows.push(Object.fromEntries(names.map((name, index) => [name, row.cells[index]])))
      lines.push(row.line)
    }
  })
  if (problem !== undefined) sayCsvProblem(source, problem, problems)
  return problems.hasErrors()
    ? { ok: false, diagnostics: problems.list() }
    : { ok: true, value: { name: source, format: 'csv', rows, lines }, diagnostics: [] }
}

async function* streamOf(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  await Promise.resolve()
  yield* chunks
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function isRow(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
