// Columns of text without a frame: the first column is left-aligned, the others are numbers.

/** Lines of equal columns, two spaces apart, indented by `indent`; the last column is not padded on its right. */
export function alignColumns(rows: readonly (readonly string[])[], indent = '  ', leftAligned: readonly number[] = [0]): string[] {
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)))
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      leftAligned.includes(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    )
    return (indent + cells.join('   ')).trimEnd()
  })
}
