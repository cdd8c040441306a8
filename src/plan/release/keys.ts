/** Ed25519 keys as TUF writes them: named by the hash of their public half; the private half stays with whoever signs. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto'
import type { Diagnostic, Read, Source } from '../../diagnostics/diagnostic.ts'
import type { PublicKey, Signature } from '../../model/release.ts'
import { canonicalHash, canonicalJson } from '../canonical-json.ts'

/** sha256 of the key's canonical JSON. */
export function keyId(key: PublicKey): string {
  return canonicalHash(key)
}

export interface KeyPair {
  readonly id: string
  readonly public: PublicKey
  /** PKCS #8, PEM. */
  readonly privatePem: string
}

/** A new pair; the only function of this room that draws random numbers. */
export function newKeyPair(): KeyPair {
  const { privateKey } = generateKeyPairSync('ed25519')
  const publicKey = publicOf(privateKey)
  return { id: keyId(publicKey), public: publicKey, privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string }
}

export interface SigningKey {
  readonly id: string
  readonly public: PublicKey
  readonly key: KeyObject
}

/** Reads a private key (PKCS #8, PEM); any other sort of key is refused. */
export function readSigningKey(source: Source): Read<SigningKey> {
  try {
    const key = createPrivateKey(source.text)
    if (key.asymmetricKeyType !== 'ed25519')
      return refuse(source.name, `the key is of type ${key.asymmetricKeyType ?? 'unknown'}, not ed25519`)
    const publicKey = publicOf(key)
    return { ok: true, value: { id: keyId(publicKey), public: publicKey, key }, diagnostics: [] }
  } catch {
    return refuse(source.name, 'the file holds no private key (PEM, PKCS #8, without a passphrase)')
  }
}

function refuse(source: string, message: string): { readonly ok: false; readonly diagnostics: readonly Diagnostic[] } {
  const hint = 'maybe make one with `fleetproof release key`'
  return { ok: false, diagnostics: [{ code: 'release/bad-key', severity: 'error', message, hint, at: { source } }] }
}

function publicOf(key: KeyObject): PublicKey {
  const { x } = createPublicKey(key).export({ format: 'jwk' })
  return { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: Buffer.from(x!, 'base64url').toString('hex') } }
}

/** Signs the canonical JSON of a document. */
export function signDocument(document: unknown, { id, key }: SigningKey): Signature {
  return { keyid: id, sig: sign(null, Buffer.from(canonicalJson(document)), key).toString('hex') }
}

/** Whether the signature is the key's, over the document's canonical JSON. */
export function signatureFits(document: unknown, { sig }: Signature, { keyval }: PublicKey): boolean {
  const x = Buffer.from(keyval.public, 'hex').toString('base64url')
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    return verify(null, Buffer.from(canonicalJson(document)), key, Buffer.from(sig, 'hex'))
  } catch {
    return false
  }
}
