/** The result bundle: a manifest (JSON) next to one line of JSON per device. Its shape, its hashes; files are opened by the caller. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Diagnostic, Read, Source } from '../diagnostics/diagnostic.ts'
import { readJson } from '../diagnostics/json.ts'
import { readShape } from '../diagnostics/shape.ts'

/** Version of the bundle's format; readers refuse newer ones. */
export const BUNDLE_FORMAT = 1

const whole = z.int()
const vector = z.array(whole)
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be a sha256 in hexadecimal digits')
const checkedBy = z.enum(['arithmetic', 'enumeration', 'other-solver', 'same-solver', 'nobody'])

const priceShape = z.strictObject({ use: whole, group: z.string(), part: z.string(), price: vector, per: whole.min(1).optional() })
const leafShape = z.strictObject({ cases: z.array(z.strictObject({ use: whole, holds: z.boolean() })), prices: z.array(priceShape) })

const sitePriceShape = z.strictObject({ use: whole, group: z.string(), part: z.string(), price: whole })
const siteLevelShape = z.strictObject({ level: whole, scale: whole, kept: vector, factors: vector, prices: z.array(sitePriceShape) })

const pricedClash = z.tuple([whole, whole])
const settingValue = z.union([z.boolean(), z.string(), whole])
const choiceShape = z.strictObject({
  outcome: z.enum(['none', 'unmanaged', 'variant']),
  variant: z.string().optional(),
  settings: z.record(z.string(), settingValue),
})
const deviceChoices = { devices: z.array(z.string()), choices: z.array(whole) }
const levelLeafShape = z.strictObject({
  cases: z.array(z.strictObject({ division: whole, within: z.boolean(), price: whole })),
  factors: vector,
  prices: z.array(sitePriceShape),
  clashes: z.array(pricedClash),
})
const levelsShape = z.strictObject({
  is: z.literal('levels'),
  component: z.string(),
  bound: vector,
  choices: z.array(choiceShape),
  clashes: z.array(z.strictObject({ use: whole, members: z.array(z.strictObject(deviceChoices)) })),
  divisions: z.array(z.strictObject({ ...deviceChoices, most: whole })),
  levels: z.array(
    z.strictObject({
      level: whole,
      scale: whole,
      prices: z.array(sitePriceShape),
      clashes: z.array(pricedClash),
      leaves: z.array(levelLeafShape),
    }),
  ),
})

const certificateShape = z.discriminatedUnion('is', [
  z.strictObject({ is: z.literal('prices'), component: z.string(), bound: vector, leaves: z.array(leafShape) }),
  z.strictObject({ is: z.literal('sites'), component: z.string(), bound: vector, levels: z.array(siteLevelShape) }),
  levelsShape,
  z.strictObject({ is: z.literal('enumeration'), component: z.string(), bound: vector }),
  z.strictObject({ is: z.literal('refutation'), component: z.string(), bound: vector, scripts: z.array(z.string()) }),
  z.strictObject({ is: z.literal('impossible'), component: z.string(), script: z.string() }),
])

const levelShape = z.strictObject({
  name: z.string(),
  sense: z.enum(['maximise', 'minimise']),
  value: whole,
  bound: whole,
  gap: whole,
  checkedBy,
})

const manifestShape = z.strictObject({
  formatVersion: whole.min(1),
  schemaVersion: whole.min(1),
  /** Where the model stands, relative to the bundle's folder; `-` where it came by standard input. */
  model: z.string(),
  /** Sources that were read from elsewhere than the model says, by the model's name for them; relative to the bundle's folder. */
  replaced: z.record(z.string(), z.string()),
  /** sha256 of every input by the name it was read under: the model, the devices, joined tables. */
  inputs: z.record(z.string(), hash),
  /** The earlier result that moves are counted against, relative to the bundle's folder; the sha256 of its device lines is the input `since`. */
  since: z.string().optional(),
  /** sha256 of the bundle's own device lines. */
  devices: z.strictObject({ name: z.string(), sha256: hash, count: whole.min(0) }),
  /** Versions of the solvers that took part. */
  solvers: z.record(z.string(), z.string()),
  seed: whole,
  /** Sets of more than two variants that were kept apart while solving, because what they run fights only in that company; absent: none. */
  apart: z.array(z.union([z.array(z.string()), z.strictObject({ with: z.array(z.string()), without: z.array(z.string()) })])).optional(),
  /** Sets of variants with behaviours that stand together at some places, each proved whole; `key` is the sha256 of what they do, in canonical form. */
  together: z
    .array(z.strictObject({ variants: z.array(z.string()), places: whole.min(1), place: z.string(), key: hash, proved: whole.min(0) }))
    .optional(),
  /** Nothing of these kinds happens across variants at any of so many places with several behaviours, nor with one, under these assumptions. */
  safe: z
    .strictObject({ kinds: z.array(z.string()), several: whole.min(0), single: whole.min(0), assumptions: z.array(z.string()) })
    .optional(),
  levels: z.array(levelShape),
  /** Devices by variant, and under `none` and `unmanaged`; what is absent counts none. */
  counts: z.record(z.string(), whole.min(0)),
  certificates: z.array(certificateShape),
  /** `certificatesHash` of the certificates: a changed one may prove as much, and yet is not what was written. */
  certificatesSha256: hash.optional(),
})

export type Manifest = z.infer<typeof manifestShape>

/** Reads a manifest; a newer format is refused before its shape is looked at. */
export function readManifest(source: Source): Read<Manifest> {
  const read = readJson(source)
  if (!read.ok) return read
  const document = read.value
  const value = document.value
  const version = typeof value === 'object' && value !== null ? (value as { readonly formatVersion?: unknown }).formatVersion : undefined
  if (typeof version === 'number' && version > BUNDLE_FORMAT) {
    const newer: Diagnostic = {
      code: 'verify/newer-format',
      severity: 'error',
      message: `the bundle has format ${version}, this program reads up to ${BUNDLE_FORMAT}`,
      hint: 'maybe a newer version of fleetproof reads it',
      at: document.locate(['formatVersion']),
    }
    return { ok: false, diagnostics: [newer] }
  }
  const shaped = readShape(manifestShape, value, document, [])
  return shaped.ok ? { ok: true, value: shaped.value, diagnostics: read.diagnostics } : shaped
}

/** sha256 of a text (as UTF-8) or of bytes, in hexadecimal digits. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** sha256 of the certificates as JSON whose keys are sorted. */
export function certificatesHash(certificates: readonly unknown[]): string {
  const sorted = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value
  return sha256(JSON.stringify(certificates, sorted))
}

/** Passes chunks on as they come; `digest` is their sha256 once all have passed. */
export function hashing(chunks: AsyncIterable<Uint8Array>): { readonly chunks: AsyncIterable<Uint8Array>; readonly digest: () => string } {
  const state = createHash('sha256')
  async function* pass(): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      state.update(chunk)
      yield chunk
    }
  }
  return { chunks: pass(), digest: () => state.digest('hex') }
}
