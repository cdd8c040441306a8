// `fleetproof release create|sign|verify|rotate|show|key`: snapshots that anyone can check, and keys that can be changed.
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { z } from 'zod'
import type { Diagnostic, Read } from '../../diagnostics/diagnostic.ts'
import {
  rootDocument,
  signedRelease,
  signedRoot,
  trustState,
  type PublicKey,
  type ReleaseDocument,
  type RootDocument,
  type Signed,
  type TrustState,
} from '../../model/release.ts'
import { canonicalJson } from '../../plan/canonical-json.ts'
import { documentFor } from '../../plan/release/content.ts'
import { newKeyPair, readSigningKey, type SigningKey } from '../../plan/release/keys.ts'
import { rootFor, selfSigned, signatureProblems, withSignature } from '../../plan/release/root.ts'
import { readCanonical } from '../../plan/release/signed-text.ts'
import { verifyRelease } from '../../plan/release/verify-release.ts'
import { releaseText } from '../../report/release-text.ts'
import { createSolvers } from '../../solve/create-solvers.ts'
import { refuse } from '../complain.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { makeFolder, readSource, unwritableAt } from '../files.ts'
import type { ModelOptions } from '../inputs.ts'
import { openAssigned } from '../plan-inputs.ts'
import { createRelease, openRelease, releaseFiles, signedName, writeCanonical, writeText } from '../release-files.ts'
import type { Streams } from '../streams.ts'

const publicKey = rootDocument.shape.keys.valueType as z.ZodType<PublicKey>

function bad(diagnostics: readonly Diagnostic[], json: boolean, streams: Streams, outcome = 'nothing was released'): ExitCode {
  return refuse(diagnostics, { outcome, json }, streams)
}

export interface ReleaseCreateOptions extends ModelOptions {
  readonly out: string
  readonly waves?: string
  readonly description?: string
  readonly json?: boolean
}

export async function runReleaseCreate(
  bundle: string,
  options: ReleaseCreateOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  const json = options.json === true
  const solvers = createSolvers({})
  try {
    const assigned = await openAssigned(bundle, options, solvers, streams, signal)
    if (!assigned.ok) return bad(assigned.diagnostics, json, streams)
    const { waves, description } = options
    const made = await createRelease(
      options.out,
      {
        place: bundle,
        assigned: assigned.value,
        ...(waves === undefined ? {} : { waves }),
        ...(description === undefined ? {} : { description }),
      },
      streams,
    )
    if (!made.ok) return bad(made.diagnostics, json, streams)
    streams.out(
      json
        ? `${JSON.stringify(made.value)}\n`
        : `${releaseText(made.value)}\nwrote ${options.out} · next: fleetproof release sign ${options.out}\n`,
    )
    return exitCodes.good
  } finally {
    await solvers.close()
  }
}

/** Makes a pair: NAME.pem stays with whoever signs, NAME.pub.json goes to whoever keeps the root. */
export async function runReleaseKey(name: string, options: { readonly json?: boolean }, streams: Streams): Promise<ExitCode> {
  const pair = newKeyPair()
  const failed =
    (await writeText(`${name}.pem`, pair.privatePem, streams, 0o600)) ?? (await writeCanonical(`${name}.pub.json`, pair.public, streams))
  if (failed !== undefined) return bad([failed], options.json === true, streams, 'no key was written')
  streams.out(
    options.json === true
      ? `${JSON.stringify({ keyid: pair.id })}\n`
      : `wrote ${name}.pem (keep it to yourself) and ${name}.pub.json · key ${pair.id.slice(0, 12)}\n`,
  )
  return exitCodes.good
}

export interface ReleaseSignOptions {
  readonly key: readonly string[]
  readonly fleet?: string
  readonly number?: number
  readonly expires?: string
  readonly json?: boolean
}

/** Signs the folder as it is now; further people sign the same document. */
export async function runReleaseSign(folder: string, options: ReleaseSignOptions, streams: Streams): Promise<ExitCode> {
  const json = options.json === true
  const release = await openRelease(folder, streams)
  if (!release.ok) return bad(release.diagnostics, json, streams)
  const keys = await readKeys(options.key, streams)
  if (!keys.ok) return bad(keys.diagnostics, json, streams)
  const signedFile = join(folder, signedName)
  const before = await readIfThere(signedFile, signedRelease, streams)
  if (!before.ok) return bad(before.diagnostics, json, streams)
  const fleet = options.fleet ?? before.value?.signed.fleet
  const version = options.number ?? before.value?.signed.version
  const expires = options.expires ?? before.value?.signed.expires
  if (fleet === undefined || version === undefined || expires === undefined) {
    const message = 'the first signature needs `--fleet`, `--number` and `--expires`'
    return bad([{ code: 'release/unsaid', severity: 'error', message, at: { source: 'command line' } }], json, streams)
  }
  const document: ReleaseDocument = documentFor(release.value, { fleet, version, expires, files: await releaseFiles(folder, streams) })
  const same = before.value !== undefined && canonicalJson(before.value.signed) === canonicalJson(document)
  const start: Signed<ReleaseDocument> = { signed: document, signatures: same ? before.value.signatures : [] }
  const signed = keys.value.reduce<Signed<ReleaseDocument>>((all, key) => withSignature(all, key), start)
  const checked = signedRelease.safeParse(signed)
  if (!checked.success) {
    const message = `\`--${checked.error.issues[0]!.path.at(-1) === 'expires' ? 'expires' : 'fleet'}\` ${checked.error.issues[0]!.message}`
    return bad([{ code: 'release/unsaid', severity: 'error', message, at: { source: 'command line' } }], json, streams)
  }
  const failed = await writeCanonical(signedFile, signed, streams)
  if (failed !== undefined) return bad([failed], json, streams)
  const count = signed.signatures.length
  streams.out(
    json
      ? `${JSON.stringify({ release: release.value.hash, version, signatures: count })}\n`
      : `release ${short(release.value.hash)} · number ${version} for ${fleet} until ${expires} · ${count} ${count === 1 ? 'signature' : 'signatures'}\n`,
  )
  return exitCodes.good
}

export interface ReleaseVerifyOptions {
  readonly trust: string
  /** Begin to trust this root, where there is no trust yet. */
  readonly root?: string
  /** Folder with newer roots. */
  readonly roots?: string
  readonly fleet: string
  readonly json?: boolean
}

/** Exit 0: it may be carried out, and is remembered; 1: it is refused. */
export async function runReleaseVerify(folder: string, options: ReleaseVerifyOptions, streams: Streams): Promise<ExitCode> {
  const json = options.json === true
  const outcome = 'nothing was verified'
  const trust = await readTrust(options, streams)
  if (!trust.ok) return bad(trust.diagnostics, json, streams, outcome)
  const signed = await readFileAs(join(folder, signedName), signedRelease, streams)
  if (!signed.ok) return verdict(signed.diagnostics, json, streams)
  const release = await openRelease(folder, streams)
  if (!release.ok) return verdict(release.diagnostics, json, streams)
  const roots = options.roots === undefined ? { ok: true as const, value: [] } : await readRoots(options.roots, streams)
  if (!roots.ok) return verdict(roots.diagnostics, json, streams)
  const verified = verifyRelease(
    trust.value,
    { roots: roots.value, release: signed.value, content: release.value.content, files: await releaseFiles(folder, streams) },
    { fleet: options.fleet, now: Date.now(), source: folder },
  )
  if (!verified.ok) return verdict(verified.diagnostics, json, streams)
  const failed = await writeCanonical(options.trust, verified.value.trust, streams)
  if (failed !== undefined) return bad([failed], json, streams, 'what was verified could not be remembered')
  streams.out(
    json
      ? `${JSON.stringify({ status: 'holds', release: verified.value.hash, version: signed.value.signed.version })}\n`
      : `release ${short(verified.value.hash)} holds: number ${signed.value.signed.version} for ${options.fleet}, until ${signed.value.signed.expires}\n`,
  )
  return exitCodes.good
}

/** What speaks against a release is an answer, no mistake of the caller. */
function verdict(diagnostics: readonly Diagnostic[], json: boolean, streams: Streams): ExitCode {
  if (json) streams.out(`${JSON.stringify({ status: 'refused', diagnostics })}\n`)
  else
    streams.out(
      `refused\n${diagnostics.map(({ code, message, hint }) => `  ${code}  ${message}${hint === undefined ? '' : ` · ${hint}`}`).join('\n')}\n`,
    )
  return exitCodes.no
}

export interface ReleaseRotateOptions {
  readonly rootKey?: readonly string[]
  readonly releaseKey?: readonly string[]
  readonly rootThreshold?: number
  readonly releaseThreshold?: number
  readonly expires?: string
  readonly sign: readonly string[]
  readonly json?: boolean
}

/** With keys: begins the next root (the first, where there is none); always: signs the newest with what is given. */
export async function runReleaseRotate(folder: string, options: ReleaseRotateOptions, streams: Streams): Promise<ExitCode> {
  const json = options.json === true
  const outcome = 'no root was written'
  try {
    await makeFolder(resolve(streams.workingDirectory, folder))
  } catch (error) {
    return bad([unwritableAt(folder, error)], json, streams, outcome)
  }
  const roots = await readRoots(folder, streams)
  if (!roots.ok) return bad(roots.diagnostics, json, streams, outcome)
  const keys = await readKeys(options.sign, streams)
  if (!keys.ok) return bad(keys.diagnostics, json, streams, outcome)
  const newest = roots.value.at(-1)
  let start = newest
  if ((options.rootKey ?? []).length + (options.releaseKey ?? []).length > 0 || newest === undefined) {
    const next = await nextDocument(newest?.signed, options, streams)
    if (!next.ok) return bad(next.diagnostics, json, streams, outcome)
    start = { signed: next.value, signatures: [] }
  }
  const signed = keys.value.reduce<Signed<RootDocument>>((all, key) => withSignature(all, key), start!)
  const { version } = signed.signed
  const failed = await writeCanonical(join(folder, `${version}.root.json`), signed, streams)
  if (failed !== undefined) return bad([failed], json, streams, outcome)
  const before = roots.value.find((root) => root.signed.version === version - 1)
  const open = [
    ...selfSigned(signed, folder).filter(({ code }) => code === 'release/too-few-signatures'),
    ...(before === undefined
      ? []
      : signatureProblems(signed, before.signed, 'root', folder, signed.signed.keys).filter(
          ({ code }) => code === 'release/too-few-signatures',
        )),
  ]
  const state = open.length === 0 ? 'complete' : `open: ${open.map(({ message }) => message).join('; ')}`
  streams.out(
    json
      ? `${JSON.stringify({ version, complete: open.length === 0 })}\n`
      : `root ${version} · ${signed.signatures.length} signatures · ${state}\n`,
  )
  return open.length === 0 ? exitCodes.good : exitCodes.unsure
}

async function nextDocument(
  before: RootDocument | undefined,
  options: ReleaseRotateOptions,
  streams: Streams,
): Promise<Read<RootDocument>> {
  const own = async (names: readonly string[] | undefined, role: 'root' | 'release'): Promise<Read<readonly PublicKey[]>> => {
    if (names === undefined || names.length === 0)
      return { ok: true, value: before === undefined ? [] : before.roles[role].keyids.map((id) => before.keys[id]!), diagnostics: [] }
    const found: PublicKey[] = []
    for (const name of names) {
      const read = await readFileAs(name, publicKey, streams)
      if (!read.ok) return read
      found.push(read.value)
    }
    return { ok: true, value: found, diagnostics: [] }
  }
  const [root, release] = [await own(options.rootKey, 'root'), await own(options.releaseKey, 'release')]
  if (!root.ok) return root
  if (!release.ok) return release
  const expires = options.expires ?? before?.expires
  const missing =
    expires === undefined
      ? '`--expires`'
      : root.value.length === 0
        ? '`--root-key`'
        : release.value.length === 0
          ? '`--release-key`'
          : undefined
  if (missing !== undefined || expires === undefined)
    return {
      ok: false,
      diagnostics: [
        { code: 'release/unsaid', severity: 'error', message: `the first root needs ${missing!}`, at: { source: 'command line' } },
      ],
    }
  const made = rootFor(
    {
      version: (before?.version ?? 0) + 1,
      expires,
      root: { keys: root.value, threshold: options.rootThreshold ?? before?.roles.root.threshold ?? 1 },
      release: { keys: release.value, threshold: options.releaseThreshold ?? before?.roles.release.threshold ?? 1 },
    },
    'command line',
  )
  if (!made.ok || rootDocument.safeParse(made.value).success) return made
  const message = `\`--expires\` must be a time such as \`2027-01-31T00:00:00Z\`, not \`${expires}\``
  return { ok: false, diagnostics: [{ code: 'release/unsaid', severity: 'error', message, at: { source: 'command line' } }] }
}

export async function runReleaseShow(folder: string, options: { readonly json?: boolean }, streams: Streams): Promise<ExitCode> {
  const json = options.json === true
  const release = await openRelease(folder, streams)
  if (!release.ok) return bad(release.diagnostics, json, streams, 'nothing can be shown')
  const signed = await readIfThere(join(folder, signedName), signedRelease, streams)
  if (!signed.ok) return bad(signed.diagnostics, json, streams, 'nothing can be shown')
  streams.out(
    json
      ? `${JSON.stringify({ ...release.value, ...(signed.value === undefined ? {} : { signed: signed.value }) })}\n`
      : releaseText(release.value, signed.value),
  )
  return exitCodes.good
}

function short(hash: string): string {
  return `${hash.slice(0, 4)}…${hash.slice(-2)}`
}

async function readKeys(names: readonly string[], streams: Streams): Promise<Read<readonly SigningKey[]>> {
  const keys: SigningKey[] = []
  for (const name of names) {
    const source = await readSource(name, streams)
    if (!source.ok) return source
    const key = readSigningKey(source.value)
    if (!key.ok) return key
    keys.push(key.value)
  }
  return { ok: true, value: keys, diagnostics: [] }
}

async function readFileAs<T>(name: string, schema: z.ZodType<T>, streams: Streams): Promise<Read<T>> {
  const source = await readSource(name, streams)
  return source.ok ? readCanonical(source.value, schema) : source
}

async function readIfThere<T>(name: string, schema: z.ZodType<T>, streams: Streams): Promise<Read<T | undefined>> {
  const source = await readSource(name, streams)
  if (source.ok) return readCanonical(source.value, schema)
  const missing = source.diagnostics.every(({ message }) => message === 'there is no such file')
  return missing ? { ok: true, value: undefined, diagnostics: [] } : source
}

async function readTrust({ trust, root }: ReleaseVerifyOptions, streams: Streams): Promise<Read<TrustState>> {
  const state = await readIfThere(trust, trustState, streams)
  if (!state.ok) return state
  if (state.value !== undefined) return { ok: true, value: state.value, diagnostics: [] }
  if (root === undefined) {
    const message = 'nothing is trusted here yet'
    return {
      ok: false,
      diagnostics: [
        { code: 'release/no-trust', severity: 'error', message, hint: 'maybe begin with `--root 1.root.json`', at: { source: trust } },
      ],
    }
  }
  const first = await readFileAs(root, signedRoot, streams)
  return first.ok ? { ok: true, value: { root: first.value, newest: {} }, diagnostics: [] } : first
}

/** All roots of a folder, oldest first. */
async function readRoots(folder: string, streams: Streams): Promise<Read<readonly Signed<RootDocument>[]>> {
  let names: string[]
  try {
    names = (await readdir(resolve(streams.workingDirectory, folder))).filter((name) => /^\d+\.root\.json$/.test(name))
  } catch (error) {
    return { ok: false, diagnostics: [unwritableAt(folder, error)] }
  }
  const roots: Signed<RootDocument>[] = []
  for (const name of names.sort((a, b) => Number.parseInt(a) - Number.parseInt(b))) {
    const root = await readFileAs(join(folder, name), signedRoot, streams)
    if (!root.ok) return root
    roots.push(root.value)
  }
  return { ok: true, value: roots, diagnostics: [] }
}
