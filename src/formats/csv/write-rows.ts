/** Writes rows of CSV (RFC 4180): lines end in CR LF, cells with a separator, a quote or a line end stand in quotes. */

export function csvRow(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

function csvCell(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
