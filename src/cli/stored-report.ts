// The file of `check --out`: the whole report with what it was made from, so that `verify` can read it again.
import { z } from 'zod'
import type { ConflictKind } from '../../constraints/reaction.ts'
import type { Read, Source } from '../diagnostics/diagnostic.ts'
import { readJson } from '../diagnostics/json.ts'
import { readShape } from '../diagnostics/shape.ts'
import type { ConflictReport, Finding } from '../model/conflict.ts'
import { schemaVersion } from '../report/assignment-json.ts'
import { listScripts, type Script } from '../report/listed-scripts.ts'
import { storedWorld, type WorldOptions } from './world-files.ts'

const values = z.array(z.union([z.boolean(), z.number(), z.string(), z.null()]))
const decimal = z.string().regex(/^-?\d+(?:\.\d+)?$/)
const span = z.discriminatedUnion('is', [
  z.strictObject({ is: z.literal('among'), values }),
  z.strictObject({ is: z.literal('except'), values }),
  z.strictObject({
    is: z.literal('numbers'),
    low: decimal.optional(),
    above: z.boolean(),
    high: decimal.optional(),
    below: z.boolean(),
    none: z.boolean(),
  }),
])
const bound = z.strictObject({
  from: z.enum(['first', 'second', 'type']),
  less: z.string().optional(),
  more: z.string().optional(),
  bound: decimal,
  strict: z.boolean(),
})
/** Why two rules never act in one reaction. */
const reason = z.discriminatedUnion('is', [
  z.strictObject({ is: z.literal('event') }),
  z.strictObject({ is: z.literal('attribute'), attribute: z.string(), of: z.enum(['value', 'number']), first: span, second: span }),
  z.strictObject({ is: z.literal('circle'), bounds: z.array(bound) }),
])

const shape = z.strictObject({
  schemaVersion: z.int(),
  /** References as they were given: `node-red:comfort.json`. */
  sources: z.array(z.string()),
  aliases: z.string().optional(),
  places: z.array(z.string()).optional(),
  effects: z.array(z.string()).optional(),
  properties: z.array(z.string()).optional(),
  models: z.string().optional(),
  /** Ids of the kinds that were looked for. */
  kinds: z.array(z.string()),
  assumptions: z.array(z.string()),
  /** Scripts of certificates, each once: most proofs share the invariants they stand on. */
  scripts: z.array(z.strictObject({ says: z.string(), text: z.string() })),
  findings: z.array(
    z.looseObject({
      kind: z.string(),
      id: z.string(),
      verdict: z.enum(['proved', 'conflict', 'possible', 'unknown']),
      checkedBy: z.enum(['interpreter', 'structure', 'enumeration', 'other-solver', 'same-solver', 'nobody']),
      subject: z.string(),
      actuator: z.string().optional(),
      rules: z.array(z.string()),
      leansOn: z.array(z.string()),
      fingerprint: z.string(),
      run: z
        .looseObject({
          initial: z.record(z.string(), z.unknown()),
          events: z.array(z.looseObject({ is: z.string() })),
          choices: z.array(z.looseObject({ is: z.string() })),
        })
        .optional(),
      certificate: z
        .discriminatedUnion('is', [
          z.strictObject({ is: z.literal('refutation'), scripts: z.array(z.int().nonnegative()) }),
          z.strictObject({ is: z.literal('structure'), argument: z.string(), facts: z.array(z.string()) }),
          z.strictObject({ is: z.literal('disjoint'), reasons: z.array(reason) }),
          z.strictObject({
            is: z.literal('induction'),
            method: z.enum(['induction', 'k-induction', 'spacer']),
            depth: z.int().positive(),
            invariant: z.array(z.string()),
            scripts: z.array(z.strictObject({ says: z.string(), text: z.string() })),
          }),
        ])
        .optional(),
    }),
  ),
})

export interface StoredReport extends WorldOptions {
  readonly sources: readonly string[]
  readonly aliases?: string
  readonly kinds: readonly string[]
  readonly assumptions: readonly string[]
  readonly findings: readonly Finding[]
}

export function storedReport(
  report: Extract<ConflictReport, { status: 'checked' }>,
  sources: readonly string[],
  options: WorldOptions & { readonly aliases?: string },
  kinds: readonly Pick<ConflictKind, 'id'>[],
): object {
  const { assumptions } = report
  const { scripts, findings } = listScripts(report.findings)
  return {
    schemaVersion,
    sources,
    ...(options.aliases === undefined ? {} : { aliases: options.aliases }),
    ...storedWorld(options),
    kinds: kinds.map(({ id }) => id),
    assumptions,
    scripts,
    findings,
  }
}

export function readStoredReport(source: Source): Read<StoredReport> {
  const document = readJson(source)
  if (!document.ok) return document
  const read = readShape(shape, document.value.value, document.value, [])
  if (!read.ok) return read
  const { scripts, findings, ...rest } = read.value
  const unfolded = findings.map((finding) => {
    const { certificate } = finding
    // A place without a script becomes an empty one, which no source gives.
    const listed = (places: readonly number[]): readonly Script[] => places.map((place) => scripts[place] ?? { says: '', text: '' })
    return certificate?.is === 'refutation'
      ? { ...finding, certificate: { ...certificate, scripts: listed(certificate.scripts) } }
      : finding
  })
  // What the shape leaves loose, the checker looks at: a run is replayed, not believed.
  return { ok: true, value: { ...rest, findings: unfolded } as unknown as StoredReport, diagnostics: [] }
}
