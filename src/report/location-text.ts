// Where something stands, as editors understand it.
import type { Location } from '../diagnostics/diagnostic.ts'

/** `building.yaml:31:15`; the source alone where no place in it is known; nothing where there is none. */
export function locationText(at: Location | undefined): string {
  if (at?.range === undefined) return at?.source ?? ''
  return `${at.source}:${at.range.start.line}:${at.range.start.column}`
}
