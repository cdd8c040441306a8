/** Reads a security advisory, whichever of the known formats it is written in. */
import type { Read, Source } from '../../diagnostics/diagnostic.ts'
import { describeValue } from '../../diagnostics/document.ts'
import { readJson } from '../../diagnostics/json.ts'
import { looksLikeCsaf, readCsaf } from '../csaf/read-csaf.ts'
import { looksLikeOsv, readOsv } from '../osv/read-osv.ts'
import type { Advisory } from './advisory.ts'

/** One for every vulnerability that the document holds; none, and a warning, where it was withdrawn. */
export function readAdvisory(source: Source): Read<readonly Advisory[]> {
  const read = readJson(source)
  if (!read.ok) return read
  const { value } = read.value
  if (looksLikeCsaf(value)) return readCsaf(read.value)
  if (looksLikeOsv(value)) return readOsv(read.value)
  const message = `neither an OSV nor a CSAF advisory: ${describeValue(value)}`
  const hint = 'maybe an OSV file has `id` and `affected`, a CSAF file has `document` and `vulnerabilities`'
  return { ok: false, diagnostics: [{ code: 'advisory/unknown-format', severity: 'error', message, hint, at: read.value.locate([]) }] }
}
