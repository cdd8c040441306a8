/** The root of trust: which keys may sign, how many of them must, and how that changes. Source: TUF 1.0.34, sections 5.3 and 6.1. */
import type { Diagnostic, Read } from '../../diagnostics/diagnostic.ts'
import type { PublicKey, RoleName, RootDocument, Signature, Signed } from '../../model/release.ts'
import { keyId, signatureFits, signDocument, type SigningKey } from './keys.ts'
import { refusal } from './signed-text.ts'

export interface RootPlan {
  readonly version: number
  /** RFC 3339, UTC, whole seconds. */
  readonly expires: string
  readonly root: RolePlan
  readonly release: RolePlan
}

interface RolePlan {
  readonly keys: readonly PublicKey[]
  readonly threshold: number
}

/** The document for these roles; what cannot be met (more signatures asked than there are keys) is refused. */
export function rootFor(plan: RootPlan, source: string): Read<RootDocument> {
  const diagnostics: Diagnostic[] = []
  const role = (name: RoleName): { readonly keyids: string[]; readonly threshold: number } => {
    const { keys, threshold } = plan[name]
    const keyids = [...new Set(keys.map(keyId))].sort()
    if (threshold > keyids.length)
      diagnostics.push(refusal('threshold', `role \`${name}\` asks ${threshold} signatures of ${keyids.length} keys`, source))
    return { keyids, threshold }
  }
  const roles = { root: role('root'), release: role('release') }
  if (diagnostics.length > 0) return { ok: false, diagnostics }
  const keys = [...plan.root.keys, ...plan.release.keys].map((key) => [keyId(key), key] as const).sort(([a], [b]) => (a < b ? -1 : 1))
  const value: RootDocument = {
    _type: 'root',
    spec_version: '1.0.34',
    version: plan.version,
    expires: plan.expires,
    keys: Object.fromEntries(keys),
    roles,
  }
  return { ok: true, value, diagnostics: [] }
}

/** The document with one more signature; signing again with the same key replaces. */
export function withSignature<D>(
  { signed, signatures }: { readonly signed: D; readonly signatures: readonly Signature[] },
  key: SigningKey,
): Signed<D> {
  const others = signatures.filter(({ keyid }) => keyid !== key.id)
  return { signed, signatures: [...others, signDocument(signed, key)].sort((a, b) => (a.keyid < b.keyid ? -1 : 1)) }
}

/** What keeps a document from being accepted for a role; nothing where the role's threshold signed it and no signature is wrong. `others` may have signed, too. */
export function signatureProblems(
  { signed, signatures }: Signed<unknown>,
  root: RootDocument,
  roleName: RoleName,
  source: string,
  others: Readonly<Record<string, PublicKey>> = {},
): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  const seen = new Set<string>()
  let fitting = 0
  const { keyids, threshold } = root.roles[roleName]
  for (const signature of signatures) {
    const { keyid } = signature
    const short = `\`${keyid.slice(0, 12)}\``
    const key =
      (Object.hasOwn(root.keys, keyid) ? root.keys[keyid] : undefined) ?? (Object.hasOwn(others, keyid) ? others[keyid] : undefined)
    if (seen.has(keyid)) diagnostics.push(refusal('signed-twice', `key ${short} signed twice`, source))
    else if (key === undefined) diagnostics.push(refusal('unknown-key', `key ${short} stands in no root that is trusted here`, source))
    else if (keyId(key) !== keyid) diagnostics.push(refusal('wrong-key', `key ${short} is not the key of that name`, source))
    else if (!signatureFits(signed, signature, key))
      diagnostics.push(
        refusal('bad-signature', `the signature by key ${short} does not fit: the document was changed after it was signed`, source),
      )
    else if (keyids.includes(keyid)) fitting++
    seen.add(keyid)
  }
  if (fitting < threshold)
    diagnostics.push(
      refusal(
        'too-few-signatures',
        `${fitting} of ${threshold} signatures that role \`${roleName}\` needs`,
        source,
        'maybe it is not signed by everyone yet',
      ),
    )
  return diagnostics
}

/** Whether the root may be trusted by itself: signed by its own threshold. The first root is trusted because somebody brought it here. */
export function selfSigned(root: Signed<RootDocument>, source: string): readonly Diagnostic[] {
  return [...wellFormed(root.signed, source), ...signatureProblems(root, root.signed, 'root', source)]
}

function wellFormed(root: RootDocument, source: string): readonly Diagnostic[] {
  return (['root', 'release'] as const).flatMap((name) => {
    const { keyids, threshold } = root.roles[name]
    const missing = keyids.filter((id) => !Object.hasOwn(root.keys, id))
    const different = new Set(keyids).size
    return [
      ...(missing.length === 0 ? [] : [refusal('missing-key', `role \`${name}\` names a key that the root does not hold`, source)]),
      ...(different < threshold
        ? [refusal('threshold', `role \`${name}\` asks ${threshold} signatures of ${different} keys`, source)]
        : []),
    ]
  })
}

/** The next root after the trusted one: exactly one version newer, signed by the thresholds of both. */
export function nextRoot(trusted: Signed<RootDocument>, next: Signed<RootDocument>, source: string): Read<Signed<RootDocument>> {
  const diagnostics: Diagnostic[] = [...wellFormed(next.signed, source)]
  const [before, after] = [trusted.signed.version, next.signed.version]
  if (after < before) diagnostics.push(refusal('rolled-back', `root ${after} is older than root ${before}, which is trusted here`, source))
  else if (after !== before + 1)
    diagnostics.push(refusal('root-gap', `root ${after} does not follow root ${before}`, source, 'maybe the roots between are missing'))
  diagnostics.push(...signatureProblems(next, trusted.signed, 'root', source, next.signed.keys))
  diagnostics.push(...signatureProblems(next, next.signed, 'root', source, trusted.signed.keys))
  return diagnostics.length > 0 ? { ok: false, diagnostics: distinct(diagnostics) } : { ok: true, value: next, diagnostics: [] }
}

function distinct(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(diagnostics.map((one) => [`${one.code} ${one.message}`, one])).values()]
}
