/** The content of a release from a result bundle: what it was made from and what it says, all by hash. The same inputs give the same bytes. */
import type { FleetModel } from '../../model/fleet-model.ts'
import { RELEASE_FORMAT, type Release, type ReleaseComponent, type ReleaseContent, type ReleaseDocument } from '../../model/release.ts'
import type { Separation } from '../../model/assignment.ts'
import type { ConflictVerdict } from '../../model/conflict.ts'
import type { Stage } from '../../model/wave.ts'
import { certificatesHash, type Manifest } from '../../verify/bundle.ts'
import { canonicalHash, canonicalJson } from '../canonical-json.ts'

export interface ReleaseParts {
  readonly manifest: Manifest
  readonly model: Pick<FleetModel, 'variants' | 'constraints'>
  /** sha256 of every input, by the name that the model has for it; the bundle's own and those of behaviours. */
  readonly inputs: Readonly<Record<string, string>>
  readonly artefacts: Readonly<Record<string, { readonly sha256: string; readonly bytes: number }>>
  /** What conflict analysis says of every set of variants that stands together; absent where nobody asked it. */
  readonly conflicts?: Separation['together']
  readonly components?: Readonly<Record<string, ReleaseComponent>>
  readonly stages?: readonly Stage[]
}

export function releaseOf({ manifest, model, inputs, artefacts, conflicts, components = {}, stages = [] }: ReleaseParts): Release {
  const byId = <T extends { readonly id: string }>(list: readonly T[]): readonly T[] => [...list].sort((a, b) => (a.id < b.id ? -1 : 1))
  const content: ReleaseContent = {
    formatVersion: RELEASE_FORMAT,
    inputs: { ...inputs },
    variants: byId(model.variants).map(({ id, version, artefact, behaviour }) => ({
      id,
      version: version ?? null,
      artefact: artefact ?? null,
      behaviour: behaviour ?? null,
    })),
    artefacts: { ...artefacts },
    constraints: constraintsHash(model),
    assignment: {
      devices: { sha256: manifest.devices.sha256, count: manifest.devices.count },
      certificates: manifest.certificatesSha256 ?? certificatesHash(manifest.certificates),
      optimal: manifest.levels.every(({ gap, checkedBy }) => gap === 0 && checkedBy !== 'nobody' && checkedBy !== 'same-solver'),
      levels: manifest.levels.map(({ name, value, bound, checkedBy }) => ({ name, value, bound, checkedBy })),
      counts: { ...manifest.counts },
    },
    ...(conflicts === undefined ? {} : { conflicts: { sha256: conflictsHash(conflicts), summary: summaryOf(conflicts) } }),
    solvers: { ...manifest.solvers },
    seed: manifest.seed,
    components: { ...components },
    stages: [...stages],
  }
  return { hash: canonicalHash(content), content }
}

/** The set of constraints as written, without where they stand. */
function constraintsHash({ constraints }: Pick<FleetModel, 'constraints'>): string {
  return canonicalHash(
    constraints.map(({ kind, name, parameters, policy, during }) => ({
      kind,
      ...(name === undefined ? {} : { name }),
      parameters: parameters ?? null,
      policy,
      ...(during === undefined ? {} : { during }),
    })),
  )
}

/** What was found, whatever the time it took and wherever the files stood. */
function conflictsHash(together: Separation['together']): string {
  const lines = together.map(({ variants, places, proved, open }) => ({
    variants,
    places,
    proved,
    open: open.map(({ fingerprint, kind, verdict }) => ({ fingerprint, kind, verdict })),
  }))
  return canonicalHash(lines.sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1)))
}

function summaryOf(together: Separation['together']): Readonly<Record<ConflictVerdict, number>> {
  const summary = { proved: 0, conflict: 0, possible: 0, unknown: 0 }
  for (const { proved, open } of together) {
    summary.proved += proved
    for (const { verdict } of open) summary[verdict]++
  }
  return summary
}

/** What gets signed of a release. */
export function documentFor(
  { content }: Release,
  { fleet, version, expires, files }: Pick<ReleaseDocument, 'fleet' | 'version' | 'expires' | 'files'>,
): ReleaseDocument {
  const text = canonicalJson(content)
  return {
    _type: 'release',
    spec_version: '1.0.34',
    version,
    expires,
    fleet,
    content: { sha256: canonicalHash(content), bytes: Buffer.byteLength(text) },
    files,
  }
}

/** What of a release comes out otherwise when it is made again; nothing where both are the same bytes. */
export function replayDifferences(made: ReleaseContent, again: ReleaseContent): readonly string[] {
  const differing: string[] = []
  const walk = (path: string, a: unknown, b: unknown): void => {
    if (canonicalJson(a ?? null) === canonicalJson(b ?? null)) return
    if (isRecord(a) && isRecord(b))
      for (const key of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort())
        walk(path === '' ? key : `${path}.${key}`, a[key], b[key])
    else differing.push(path)
  }
  walk('', made, again)
  return differing
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
