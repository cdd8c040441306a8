/** Canonical JSON (RFC 8785): one text for one value. Keys in order of their UTF-16 units, numbers as ECMAScript prints them, no blanks. */
import { createHash } from 'node:crypto'
import { EngineError } from '../diagnostics/engine-error.ts'

/** Throws for what JSON has no text for: undefined, functions, bigints, numbers that are not finite, texts with half a surrogate pair. Absent keys are left out only where they are absent. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw refuse(`the number ${value}`)
    return JSON.stringify(value)
  }
  if (typeof value === 'string') return text(value)
  if (Array.isArray(value)) return `[${Array.from(value, (item) => canonicalJson(item)).join(',')}]`
  if (typeof value !== 'object') throw refuse(typeof value)
  const members = Object.entries(value)
  // Default order of texts is by UTF-16 units, as the RFC asks.
  members.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${text(key)}:${canonicalJson(member)}`).join(',')}}`
}

function text(value: string): string {
  if (/\p{Surrogate}/u.test(value)) throw refuse('a text with half a surrogate pair')
  return JSON.stringify(value)
}

/** sha256 of the canonical JSON as UTF-8, in hexadecimal digits. */
export function canonicalHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}

function refuse(what: string): EngineError {
  return new EngineError('plan/canonical-json', `canonical JSON has no text for ${what}`)
}
