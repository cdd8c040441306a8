/** Where a page of a list ended: opaque to the caller, a text of ours inside. */
import { refusal } from './problem.ts'

export function writeCursor(last: string): string {
  return Buffer.from(last).toString('base64url')
}

export function readCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined
  const bytes = Buffer.from(cursor, 'base64url')
  const text = bytes.toString('utf8')
  if (cursor === '' || writeCursor(text) !== cursor) throw refusal(400, 'service/bad-cursor', 'the cursor is none that was given out')
  return text
}

/** Reads one more than a page holds: if it is there, there is a next page. */
export function pageOf<T>(rows: readonly T[], limit: number, name: (row: T) => string): { readonly items: T[]; readonly next?: string } {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return rows.length > limit && last !== undefined ? { items, next: writeCursor(name(last)) } : { items }
}
