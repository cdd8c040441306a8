/** A release: an immutable snapshot named by its content hash, and the signed metadata around it. In the sense of TUF (specification 1.0.34): a root names keys, roles and thresholds; what is signed has a version that only grows and an expiry. */
import { z } from 'zod'
import { releaseHash } from './revision.ts'
import { stage } from './wave.ts'

const hash = releaseHash
const version = z.int().min(1)
/** RFC 3339, UTC, whole seconds: `2027-01-31T00:00:00Z`. */
const instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'must be a time such as `2027-01-31T00:00:00Z`')

/** A component of a coordinated release: which version it is, and which versions of others it works with (semver ranges). */
export const releaseComponent = z.strictObject({
  version: z.string(),
  /** Range by component. */
  needs: z.record(z.string(), z.string()),
})
export type ReleaseComponent = z.infer<typeof releaseComponent>

export const RELEASE_FORMAT = 1

/** What the release is made of. Its hash is the sha256 of its canonical JSON; every field is content or the sha256 of content, so the same inputs give the same hash. */
export const releaseContent = z.strictObject({
  formatVersion: z.int().min(1),
  /** sha256 by name of everything that the assignment was made from: the model (variants and constraint set stand in it), devices, tables, behaviours. */
  inputs: z.record(z.string(), hash),
  variants: z.array(
    z.strictObject({ id: z.string(), version: z.string().nullable(), artefact: z.string().nullable(), behaviour: z.string().nullable() }),
  ),
  /** sha256 and size by artefact. */
  artefacts: z.record(z.string(), z.strictObject({ sha256: hash, bytes: z.int().min(0) })),
  /** sha256 of the constraints as written, in canonical JSON. */
  constraints: hash,
  /** The result bundle: its device lines, its certificates, and what it reached. */
  assignment: z.strictObject({
    devices: z.strictObject({ sha256: hash, count: z.int().min(0) }),
    certificates: hash,
    optimal: z.boolean(),
    levels: z.array(z.strictObject({ name: z.string(), value: z.int(), bound: z.int(), checkedBy: z.string() })),
    counts: z.record(z.string(), z.int().min(0)),
  }),
  /** sha256 of the conflict report and how its findings ended; absent where nothing has a behaviour. */
  conflicts: z.strictObject({ sha256: hash, summary: z.record(z.string(), z.int().min(0)) }).optional(),
  solvers: z.record(z.string(), z.string()),
  seed: z.int(),
  components: z.record(z.string(), releaseComponent),
  stages: z.array(stage),
})
export type ReleaseContent = z.infer<typeof releaseContent>

/** A release with its name. */
export interface Release {
  readonly hash: string
  readonly content: ReleaseContent
}

const key = z.strictObject({ keytype: z.literal('ed25519'), scheme: z.literal('ed25519'), keyval: z.strictObject({ public: hash }) })
export type PublicKey = z.infer<typeof key>

export type RoleName = 'root' | 'release'

const role = z.strictObject({ keyids: z.array(hash), threshold: z.int().min(1) })

/** Who may sign what. A new root is signed by the thresholds of the old one and of itself. */
export const rootDocument = z.strictObject({
  _type: z.literal('root'),
  spec_version: z.literal('1.0.34'),
  version,
  expires: instant,
  keys: z.record(hash, key),
  roles: z.strictObject({ root: role, release: role }),
})
export type RootDocument = z.infer<typeof rootDocument>

/** What is signed of a release: its hash and the counter that refuses older ones. */
export const releaseDocument = z.strictObject({
  _type: z.literal('release'),
  spec_version: z.literal('1.0.34'),
  version,
  expires: instant,
  /** Of the fleet that the release is for: one fleet's release is no release of another. */
  fleet: z.string().min(1),
  /** sha256 and length of the canonical content, and of everything that travels with it, by file name. */
  content: z.strictObject({ sha256: hash, bytes: z.int().min(1) }),
  files: z.record(z.string(), z.strictObject({ sha256: hash, bytes: z.int().min(0) })),
})
export type ReleaseDocument = z.infer<typeof releaseDocument>

export const signature = z.strictObject({
  keyid: hash,
  sig: z.string().regex(/^[0-9a-f]{128}$/, 'must be an ed25519 signature in hexadecimal digits'),
})
export type Signature = z.infer<typeof signature>

export interface Signed<Document> {
  readonly signed: Document
  readonly signatures: readonly Signature[]
}
export const signedRoot = z.strictObject({ signed: rootDocument, signatures: z.array(signature).min(1) })
export const signedRelease = z.strictObject({ signed: releaseDocument, signatures: z.array(signature).min(1) })

/** What a verifier remembers between updates: versions never go back. */
export const trustState = z.strictObject({
  root: signedRoot,
  /** Newest release version seen by fleet, with its hash. */
  newest: z.record(z.string(), z.strictObject({ version, sha256: hash })),
})
export type TrustState = z.infer<typeof trustState>
