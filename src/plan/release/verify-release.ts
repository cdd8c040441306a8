/** Whether a release may be carried out: signed by whom the root trusts, not expired, not older than what is known, and whole. Source: TUF 1.0.34, section 5. */
import type { Diagnostic, Read } from '../../diagnostics/diagnostic.ts'
import type { ReleaseContent, ReleaseDocument, RootDocument, Signed, TrustState } from '../../model/release.ts'
import { canonicalJson } from '../canonical-json.ts'
import { sha256 } from '../../verify/bundle.ts'
import { nextRoot, selfSigned, signatureProblems } from './root.ts'
import { refusal } from './signed-text.ts'

export interface ReceivedRelease {
  /** Roots newer than the trusted one, oldest first; older and equal ones may stand among them. */
  readonly roots: readonly Signed<RootDocument>[]
  readonly release: Signed<ReleaseDocument>
  readonly content: ReleaseContent
  /** sha256 and length of what came with it, by file name. */
  readonly files: Readonly<Record<string, { readonly sha256: string; readonly bytes: number }>>
}

export interface VerifyReleaseOptions {
  /** Which fleet it is for here. */
  readonly fleet: string
  /** Milliseconds since 1970, UTC. */
  readonly now: number
  readonly source: string
}

export interface VerifiedRelease {
  readonly hash: string
  /** What to remember from now on: nothing older is accepted later. */
  readonly trust: TrustState
}

/** The release's hash and what to remember, or everything that speaks against it. */
export function verifyRelease(trust: TrustState, received: ReceivedRelease, options: VerifyReleaseOptions): Read<VerifiedRelease> {
  const { source, now, fleet } = options
  const root = latestRoot(trust, received.roots, source)
  if (!root.ok) return root
  const { signed } = received.release
  const newest = Object.hasOwn(trust.newest, fleet) ? trust.newest[fleet] : undefined
  const diagnostics: Diagnostic[] = [
    ...signatureProblems(received.release, root.value.signed, 'release', source),
    ...tooOld(root.value.signed, signed, newest, now, source),
    ...wrongContent(received, fleet, source),
  ]
  if (diagnostics.length > 0) return { ok: false, diagnostics }
  const known = { version: signed.version, sha256: signed.content.sha256 }
  return {
    ok: true,
    value: {
      hash: signed.content.sha256,
      trust: {
        root: { signed: root.value.signed, signatures: [...root.value.signatures] },
        newest: { ...trust.newest, [fleet]: known },
      },
    },
    diagnostics: [],
  }
}

/** Walks from the trusted root over each newer one in turn. */
export function latestRoot(
  trust: Pick<TrustState, 'root'>,
  roots: readonly Signed<RootDocument>[],
  source: string,
): Read<Signed<RootDocument>> {
  let current: Signed<RootDocument> = trust.root
  const own = selfSigned(current, source)
  if (own.length > 0) return { ok: false, diagnostics: own }
  for (const next of [...roots].sort((a, b) => a.signed.version - b.signed.version)) {
    if (next.signed.version <= current.signed.version) {
      const same = next.signed.version < current.signed.version || canonicalJson(next.signed) === canonicalJson(current.signed)
      if (same) continue
      return { ok: false, diagnostics: [refusal('mixed', `there are two different roots ${next.signed.version}`, source)] }
    }
    const read = nextRoot(current, next, source)
    if (!read.ok) return read
    current = read.value
  }
  return { ok: true, value: current, diagnostics: [] }
}

function tooOld(
  root: RootDocument,
  release: ReleaseDocument,
  newest: TrustState['newest'][string] | undefined,
  now: number,
  source: string,
): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  if (expired(root.expires, now))
    diagnostics.push(refusal('expired', `the root expired at ${root.expires}`, source, 'maybe a newer root exists'))
  if (newest !== undefined && release.version < newest.version)
    diagnostics.push(
      refusal('rolled-back', `release ${release.version} is older than release ${newest.version}, which was seen here`, source),
    )
  if (newest?.version === release.version && newest.sha256 !== release.content.sha256)
    diagnostics.push(refusal('mixed', `there are two different releases ${release.version}`, source))
  if (expired(release.expires, now)) {
    const frozen = newest?.version === release.version
    diagnostics.push(
      frozen
        ? refusal(
            'frozen',
            `nothing newer came before release ${release.version} expired at ${release.expires}`,
            source,
            'maybe somebody holds newer ones back',
          )
        : refusal('expired', `release ${release.version} expired at ${release.expires}`, source, 'maybe sign it again with a later expiry'),
    )
  }
  return diagnostics
}

function expired(instant: string, now: number): boolean {
  const at = Date.parse(instant)
  // A day that no calendar has is no expiry in the future.
  return Number.isNaN(at) || at <= now
}

function wrongContent({ release, content, files }: ReceivedRelease, fleet: string, source: string): readonly Diagnostic[] {
  const { signed } = release
  const diagnostics: Diagnostic[] = []
  if (signed.fleet !== fleet)
    diagnostics.push(refusal('other-fleet', `the release is for \`${signed.fleet}\`, not for \`${fleet}\``, source))
  const text = canonicalJson(content)
  if (sha256(text) !== signed.content.sha256 || Buffer.byteLength(text) !== signed.content.bytes)
    diagnostics.push(refusal('tampered', 'the content is not the one that was signed', source))
  for (const name of [...new Set([...Object.keys(signed.files), ...Object.keys(files)])].sort()) {
    const [expected, found] = [own(signed.files, name), own(files, name)]
    if (expected === undefined) diagnostics.push(refusal('mixed', `\`${name}\` is no part of the release`, source))
    else if (found === undefined) diagnostics.push(refusal('missing-file', `\`${name}\` is missing`, source))
    else if (found.sha256 !== expected.sha256 || found.bytes !== expected.bytes)
      diagnostics.push(refusal('tampered', `\`${name}\` is not the file that was signed`, source))
  }
  const lines = own(files, 'devices.ndjson')
  if (lines !== undefined && lines.sha256 !== content.assignment.devices.sha256)
    diagnostics.push(refusal('mixed', 'the device lines belong to another assignment', source))
  return diagnostics
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
