// The documents that devices and programs exchange with us, whatever carries them: a desired state, and what a device says of itself.
import { z } from 'zod'
import { deviceOutcome, failureClass, type DeviceOutcome, type FailureClass } from '../model/rollout.ts'
import { readRevision, revisionText, type Revision } from '../model/revision.ts'
import type { DesiredState, DeviceReport } from './deployer.ts'

const digest = z.string().regex(/^[0-9a-f]{64}$/)

const desiredDocument = z.object({
  revision: z.string(),
  outcome: deviceOutcome.shape.outcome,
  variant: z.string().nullable(),
  settings: deviceOutcome.shape.settings,
  artefact: z.object({ name: z.string(), url: z.string(), sha256: digest, bytes: z.int().min(0) }).optional(),
})

/**
 * A device's whole word on itself, so that the last one is enough: what it runs and since which revision, whether its own check agreed, the newest revision it
 * has taken, and how that failed.
 */
export interface StatusDocument {
  readonly seen?: string | undefined
  readonly runs?: (DeviceOutcome & { readonly revision?: string | undefined; readonly verified?: boolean | undefined }) | undefined
  readonly failure?: { readonly revision: string; readonly class: FailureClass; readonly why: string } | undefined
}

/** Canonical: the same state gives the same bytes. */
export function desiredText({ revision, is, artefact }: DesiredState): string {
  const settings = Object.fromEntries(Object.entries(is.settings).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
  return JSON.stringify({
    revision: revisionText(revision),
    outcome: is.outcome,
    variant: is.variant,
    settings,
    ...(artefact === undefined
      ? {}
      : { artefact: { name: artefact.name, url: artefact.url, sha256: artefact.sha256, bytes: artefact.bytes } }),
  })
}

/** By state, its `desiredText` in UTF-8; made once for states that share outcome, revision and artefact. */
export function desiredPayloads(states: readonly DesiredState[]): readonly Buffer[] {
  const made = new Map<DeviceOutcome, { readonly state: DesiredState; readonly payload: Buffer }>()
  return states.map((state) => {
    const known = made.get(state.is)
    if (known?.state.revision === state.revision && known.state.artefact === state.artefact) return known.payload
    const payload = Buffer.from(desiredText(state))
    made.set(state.is, { state, payload })
    return payload
  })
}

/** The desired state that a text of `desiredText` tells `device`; nothing where it is none. */
export function readDesired(device: string, text: string): DesiredState | undefined {
  const read = desiredDocument.safeParse(parsed(text))
  if (!read.success) return undefined
  const revision = readRevision(read.data.revision)
  if (revision === undefined) return undefined
  const { outcome, variant, settings, artefact } = read.data
  return { device, revision, is: { outcome, variant, settings }, ...(artefact === undefined ? {} : { artefact }) }
}

/** The revision that a desired text names; nothing where it names none. */
export function desiredRevision(text: string): Revision | undefined {
  const value = parsed(text)
  const revision = typeof value === 'object' && value !== null && 'revision' in value ? value.revision : undefined
  return typeof revision === 'string' ? readRevision(revision) : undefined
}

/** Reports that a device's status holds, in the order in which they became true; nothing where the text is none: devices send what they like. */
export function readStatus(device: string, text: string): readonly DeviceReport[] {
  const status = statusOf(parsed(text))
  return status === undefined ? [] : statusReports(device, status)
}

/** Read by hand: a fleet says this many thousand times a second. What is not asked for is left out. */
function statusOf(value: unknown): StatusDocument | undefined {
  if (!isRecord(value)) return undefined
  const { seen, runs, failure } = value
  if (!isTextOrAbsent(seen)) return undefined
  const read = runs === undefined ? undefined : runsOf(runs)
  const failed = failure === undefined ? undefined : failureOf(failure)
  if ((runs !== undefined && read === undefined) || (failure !== undefined && failed === undefined)) return undefined
  return { seen, runs: read, failure: failed }
}

function runsOf(value: unknown): StatusDocument['runs'] {
  if (!isRecord(value)) return undefined
  const { revision, outcome, variant, settings = {}, verified } = value
  if (!isTextOrAbsent(revision) || (verified !== undefined && typeof verified !== 'boolean')) return undefined
  if (outcome !== 'variant' && outcome !== 'none' && outcome !== 'unmanaged') return undefined
  if ((variant !== null && typeof variant !== 'string') || !isSettings(settings)) return undefined
  return { revision, outcome, variant, settings, verified }
}

function failureOf(value: unknown): StatusDocument['failure'] {
  if (!isRecord(value)) return undefined
  const kind = failureClass.safeParse(value['class'])
  const { revision, why } = value
  return kind.success && typeof revision === 'string' && typeof why === 'string' ? { revision, class: kind.data, why } : undefined
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isTextOrAbsent = (value: unknown): value is string | undefined => value === undefined || typeof value === 'string'

function isSettings(value: unknown): value is DeviceOutcome['settings'] {
  if (!isRecord(value)) return false
  for (const name in value) {
    const one = value[name]
    if (typeof one !== 'boolean' && typeof one !== 'string' && !Number.isSafeInteger(one)) return false
  }
  return true
}

export function statusReports(device: string, { seen, runs, failure }: StatusDocument): readonly DeviceReport[] {
  const reports: DeviceReport[] = []
  const accepted = seen === undefined ? undefined : readRevision(seen)
  if (accepted !== undefined) reports.push({ device, is: 'accepted', revision: accepted })
  if (runs !== undefined) {
    const revision = runs.revision === undefined ? undefined : readRevision(runs.revision)
    const outcome: DeviceOutcome = { outcome: runs.outcome, variant: runs.variant, settings: runs.settings }
    reports.push({ device, is: 'reported', ...(revision === undefined ? {} : { revision }), runs: outcome })
    if (runs.verified === true && revision !== undefined) reports.push({ device, is: 'verified', revision })
  }
  const failed = failure === undefined ? undefined : readRevision(failure.revision)
  if (failure !== undefined && failed !== undefined) {
    reports.push({ device, is: 'failed', revision: failed, class: failure.class, why: failure.why.slice(0, 1000) })
  }
  return reports
}

/** The newest execution that the reports speak of; 0: none. */
export function seenExecution(reports: readonly DeviceReport[]): number {
  return Math.max(0, ...reports.map((report) => (report.is === 'alive' ? 0 : (report.revision?.execution ?? 0))))
}

/** The value of a JSON text; nothing where it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
