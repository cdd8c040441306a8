// A release as a folder: release.json (canonical content), the result it was made from, its plan, and signed.json.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, readdir, rename, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Diagnostic, Read } from '../diagnostics/diagnostic.ts'
import { provedTogether } from '../engine-plan.ts'
import { releaseContent, type Release } from '../model/release.ts'
import { canonicalHash, canonicalJson } from '../plan/canonical-json.ts'
import { releaseOf } from '../plan/release/content.ts'
import { readReleaseDescription } from '../plan/release/read-description.ts'
import { readCanonical } from '../plan/release/signed-text.ts'
import { createSolvers } from '../solve/create-solvers.ts'
import { splitReference } from './behaviours.ts'
import { devicesName, manifestName } from './bundle-files.ts'
import { makeFolder, readSource, sourcePath, unreadable, unwritableAt } from './files.ts'
import type { Assigned } from './plan-inputs.ts'
import type { Streams } from './streams.ts'

export const contentName = 'release.json'
export const signedName = 'signed.json'

export interface ReleaseRequest {
  /** The result that is released. */
  readonly place: string
  readonly assigned: Assigned
  /** A file of waves that goes with it. */
  readonly waves?: string
  /** Components and stages. */
  readonly description?: string
}

/** Writes the content of a release and the result it was made from; what was changed since the result was made is refused. */
export async function createRelease(
  folder: string,
  { place, assigned, waves, description }: ReleaseRequest,
  streams: Streams,
): Promise<Read<Release>> {
  const { manifest, model, fleet, assignment, opened } = assigned
  if (manifest === undefined) return refuse('no-result', 'only a result can be released', place, 'maybe `fleetproof assign --out` it first')
  const found = opened.hashes()
  const other = Object.keys(manifest.inputs).filter((name) => found[name] !== undefined && found[name] !== manifest.inputs[name])
  if (other.length > 0)
    return refuse(
      'other-inputs',
      `${other.map((name) => `\`${name}\``).join(', ')} changed since the result was made`,
      place,
      'maybe assign again',
    )
  const diagnostics: Diagnostic[] = []
  const told = description === undefined ? undefined : await readDescription(description, streams)
  if (told?.ok === false) return told
  const digest = async (
    reference: string,
    at: Diagnostic['at'],
  ): Promise<{ readonly sha256: string; readonly bytes: number } | undefined> => {
    const path = sourcePath(assigned.source.name, fileOf(reference), new Map(), streams)
    try {
      return await hashFile(path)
    } catch (error) {
      diagnostics.push({ code: 'release/missing-artefact', severity: 'error', message: `\`${reference}\`: ${unreadable(error)}`, at })
      return undefined
    }
  }
  const artefacts: Record<string, { readonly sha256: string; readonly bytes: number }> = {}
  const inputs: Record<string, string> = { ...manifest.inputs }
  for (const { artefact, behaviour, at } of model.variants) {
    if (artefact !== undefined) {
      const one = await digest(artefact, at)
      if (one !== undefined) artefacts[artefact] = one
    }
    if (behaviour !== undefined) {
      const one = await digest(behaviour, at)
      if (one !== undefined) inputs[`behaviour ${behaviour}`] = one.sha256
    }
  }
  if (diagnostics.length > 0) return { ok: false, diagnostics }
  const solvers = createSolvers({})
  try {
    const together = await provedTogether(
      { model, fleet, assignment, ...(opened.inputs.behaviours && { behaviours: opened.inputs.behaviours }) },
      solvers,
    )
    if (!together.ok) return together
    const release = releaseOf({
      manifest,
      model,
      inputs,
      artefacts,
      ...(together.value === undefined ? {} : { conflicts: together.value }),
      ...(told?.value ?? {}),
    })
    const target = resolve(streams.workingDirectory, folder)
    try {
      await makeFolder(target)
      await writeFile(join(target, contentName), canonicalJson(release.content))
      for (const name of [manifestName, devicesName])
        await copyFile(join(resolve(streams.workingDirectory, place), name), join(target, name))
      if (waves !== undefined) await copyFile(resolve(streams.workingDirectory, waves), join(target, 'waves.yaml'))
    } catch (error) {
      return { ok: false, diagnostics: [unwritableAt(folder, error)] }
    }
    return { ok: true, value: release, diagnostics: together.diagnostics }
  } finally {
    await solvers.close()
  }
}

async function readDescription(name: string, streams: Streams): Promise<ReturnType<typeof readReleaseDescription>> {
  const source = await readSource(name, streams)
  return source.ok ? readReleaseDescription(source.value) : source
}

function fileOf(reference: string): string {
  const { file } = splitReference(reference)
  return file
}

async function hashFile(path: string): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  if ((await stat(path)).isDirectory()) {
    // A folder is the hash of its files' names and hashes.
    const files: Record<string, string> = {}
    for (const name of (await readdir(path, { recursive: true })).sort()) {
      if ((await stat(join(path, name))).isDirectory()) continue
      const one = await hashFile(join(path, name))
      files[name] = one.sha256
      bytes += one.bytes
    }
    return { sha256: canonicalHash(files), bytes }
  }
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Uint8Array)
    bytes += (chunk as Uint8Array).length
  }
  return { sha256: hash.digest('hex'), bytes }
}

/** The content of a release folder. */
export async function openRelease(folder: string, streams: Streams): Promise<Read<Release>> {
  const source = await readSource(join(folder, contentName), streams)
  if (!source.ok) return source
  const content = readCanonical(source.value, releaseContent)
  return content.ok ? { ok: true, value: { hash: canonicalHash(content.value), content: content.value }, diagnostics: [] } : content
}

/** Hash and length of everything that travels with a release: all files but the content and the signed document themselves. */
export async function releaseFiles(
  folder: string,
  streams: Streams,
): Promise<Readonly<Record<string, { readonly sha256: string; readonly bytes: number }>>> {
  const path = resolve(streams.workingDirectory, folder)
  const files: Record<string, { readonly sha256: string; readonly bytes: number }> = {}
  for (const name of (await readdir(path)).sort())
    if (name !== contentName && name !== signedName) files[name] = await hashFile(join(path, name))
  return files
}

/** Writes a value in canonical JSON, whole or not at all. */
export async function writeCanonical(name: string, value: unknown, streams: Streams, mode = 0o644): Promise<Diagnostic | undefined> {
  return writeText(name, `${canonicalJson(value)}\n`, streams, mode)
}

export async function writeText(name: string, text: string, streams: Streams, mode = 0o644): Promise<Diagnostic | undefined> {
  const path = resolve(streams.workingDirectory, name)
  try {
    await writeFile(`${path}.part-${process.pid}`, text, { mode })
    await rename(`${path}.part-${process.pid}`, path)
    return undefined
  } catch (error) {
    return unwritableAt(name, error)
  }
}

function refuse(
  code: string,
  message: string,
  source: string,
  hint: string,
): { readonly ok: false; readonly diagnostics: readonly Diagnostic[] } {
  return { ok: false, diagnostics: [{ code: `release/${code}`, severity: 'error', message, hint, at: { source } }] }
}
