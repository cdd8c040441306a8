/** A table that devices are joined with, as it was read: mappings, and the line each begins in. Cells of CSV are texts. */
export interface Table {
  readonly name: string
  readonly format: 'json' | 'csv'
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  readonly lines: readonly number[]
}
