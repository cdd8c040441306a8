/** A baseline: known findings that their owner accepts, each by its fingerprint, with a reason and a day on which the acceptance ends. */
import { z } from 'zod'
import type { Diagnostic, Read, Source } from '../diagnostics/diagnostic.ts'
import { readShape } from '../diagnostics/shape.ts'
import { readYaml } from '../diagnostics/yaml.ts'

export interface Accepted {
  readonly fingerprint: string
  readonly reason: string
  /** The last day on which it counts, `2027-03-31`. */
  readonly until: string
}

export interface Baseline {
  readonly accepted: readonly Accepted[]
}

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'a day as `2027-03-31` is needed')

const shape = z.strictObject({
  'fleetproof-baseline': z.literal(1),
  accepted: z.array(
    z.strictObject({ fingerprint: z.string().min(1), reason: z.string().trim().min(3), until: day, says: z.string().optional() }),
  ),
})

/** Reads a baseline (YAML); a fingerprint that stands twice is an error, so that nobody wonders which reason counts. */
export function readBaseline(source: Source): Read<Baseline> {
  const document = readYaml(source)
  if (!document.ok) return document
  const read = readShape(shape, document.value.value, document.value, [])
  if (!read.ok) return read
  const seen = new Set<string>()
  const twice: Diagnostic[] = []
  read.value.accepted.forEach(({ fingerprint, until }, index) => {
    const at = document.value.locate(['accepted', index, 'fingerprint'])
    if (seen.has(fingerprint))
      twice.push({ code: 'baseline/twice', severity: 'error', message: `\`${fingerprint}\` is accepted twice`, at })
    seen.add(fingerprint)
    if (Number.isNaN(Date.parse(`${until}T00:00:00Z`)) || new Date(`${until}T00:00:00Z`).toISOString().slice(0, 10) !== until)
      twice.push({
        code: 'baseline/no-such-day',
        severity: 'error',
        message: `there is no day \`${until}\``,
        at: document.value.locate(['accepted', index, 'until']),
      })
  })
  if (twice.length > 0) return { ok: false, diagnostics: twice }
  return {
    ok: true,
    value: { accepted: read.value.accepted.map(({ fingerprint, reason, until }) => ({ fingerprint, reason, until })) },
    diagnostics: document.diagnostics,
  }
}
