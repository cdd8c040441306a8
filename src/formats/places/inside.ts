/** What names and amounts in a places file mean, and what is said of those that mean nothing. */
import type { DocumentPath } from '../../diagnostics/document.ts'
import { maybe } from '../../diagnostics/suggest.ts'
import { type Reading, say } from '../../model/reading.ts'

/** What names in a places file can mean. */
export interface Inside {
  readonly reading: Reading
  readonly places: ReadonlySet<string>
  readonly units: ReadonlyMap<string, string>
  readonly classes: ReadonlySet<string>
}

export function placeNamed({ reading, places }: Inside, id: string, path: DocumentPath): void {
  if (!places.has(id)) say(reading, path, 'unknown-place', `no place is called \`${id}\``, maybe(id, places))
}

export function propertyNamed({ reading, units }: Inside, id: string, path: DocumentPath, key = false): void {
  if (!units.has(id))
    say(reading, path, 'unknown-property', `no physical property is called \`${id}\``, { key, ...maybe(id, units.keys()) })
}

/** `2000 W`, `1 %` or a bare number in the unit that is expected. */
export function amountOf(
  reading: Reading,
  written: string | number,
  unit: string | undefined,
  path: DocumentPath,
): { readonly amount: number; readonly unit: string } | undefined {
  const parts = /^(\d+(?:\.\d+)?)\s*(\S.*)?$/.exec(String(written).trim())
  const found = parts?.[2] ?? unit ?? ''
  if (parts === null || Number(parts[1]) < 0) {
    say(reading, path, 'wrong-value', `\`${written}\` is no amount`, { hint: `maybe \`10 ${unit ?? '%'}\`` })
    return undefined
  }
  if (unit !== undefined && unit !== '' && found !== unit) {
    say(reading, path, 'wrong-unit', `\`${written}\` is not in \`${unit}\``, { hint: `maybe \`${parts[1]!} ${unit}\`` })
    return undefined
  }
  return { amount: Number(parts[1]), unit: found }
}
