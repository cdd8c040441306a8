/** The first row of a CSV file: names of columns, each once. */
import type { CappedDiagnostics } from '../../diagnostics/capped.ts'
import type { Location } from '../../diagnostics/diagnostic.ts'
import type { CsvProblem, CsvRow } from './rows.ts'

/** Position of each name; duplicate names are said. */
export function readHeader(source: string, row: CsvRow, problems: CappedDiagnostics): ReadonlyMap<string, number> {
  const names = new Map<string, number>()
  row.cells.forEach((cell, index) => {
    const name = cell.trim()
    if (names.has(name) && name !== '') {
      problems.add({
        code: 'formats/duplicate-column',
        severity: 'error',
        message: `two columns are called \`${name}\``,
        at: cellLocation(source, row, index),
      })
    } else names.set(name, index)
  })
  return names
}

export function sayCsvProblem(source: string, problem: CsvProblem, problems: CappedDiagnostics): void {
  const at = lineLocation(source, problem.line)
  switch (problem.is) {
    case 'open-quote':
      problems.add({
        code: 'formats/truncated-line',
        severity: 'error',
        message: 'a quote that is opened in the row beginning here is never closed',
        hint: 'maybe the file was cut off',
        at,
      })
      return
    case 'after-quote':
      problems.add({
        code: 'formats/broken-line',
        severity: 'error',
        message: `text stands behind the closing quote of cell ${problem.cell + 1}`,
        hint: 'maybe double the quotes inside a quoted cell',
        at,
      })
      return
    case 'too-long':
      problems.add({
        code: 'formats/too-large',
        severity: 'error',
        message: 'the row is longer than 16 MB',
        hint: 'maybe a quote is not closed',
        at,
      })
  }
}

/** The cell, or the row's line where there is none. */
export function cellLocation(source: string, row: CsvRow, cell: number | undefined): Location {
  const start = cell === undefined ? undefined : row.places[cell]
  if (start === undefined) return lineLocation(source, row.line)
  const text = row.cells[cell!]!
  const end = text.includes('\n') ? start : { line: start.line, column: start.column + text.length }
  return { source, range: { start, end } }
}

export function lineLocation(source: string, line: number): Location {
  return { source, range: { start: { line, column: 1 }, end: { line, column: 1 } } }
}
