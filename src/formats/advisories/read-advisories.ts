/** Opens and reads the advisories that a model names and those that were given beside it, and makes constraints of them. */
import type { Diagnostic, Location, Read } from '../../diagnostics/diagnostic.ts'
import { MAXIMUM_TEXT } from '../../diagnostics/check-text.ts'
import type { Advisories } from '../../model/fleet-model.ts'
import { type ModelledFleet, type Open, reading } from '../fleet-source.ts'
import { readTable } from '../ndjson/read-table.ts'
import type { Advisory } from './advisory.ts'
import { followAdvisories } from './follow-advisories.ts'
import { withPackages } from './packages-table.ts'
import { readAdvisory } from './read-advisory.ts'

/** `given`: names of further sources. */
export async function readAdvisories(modelled: ModelledFleet, open: Open, given: readonly string[]): Promise<Read<ModelledFleet>> {
  const from: Advisories = modelled.model.advisories ?? { files: [], packages: { is: 'attribute', name: 'packages' } }
  const named: readonly { readonly name: string; readonly at: Location }[] = [
    ...from.files,
    ...given.filter((name) => !from.files.some((file) => file.name === name)).map((name) => ({ name, at: { source: name } })),
  ]
  if (named.length === 0) return { ok: true, value: modelled, diagnostics: [] }
  const diagnostics: Diagnostic[] = []
  const advisories: Advisory[] = []
  let failed = false
  for (const { name, at } of named) {
    const read = await reading(name, at, open, (chunks) => readOne(name, chunks))
    diagnostics.push(...read.diagnostics)
    if (read.ok) advisories.push(...read.value)
    else failed = true
  }
  if (failed) return { ok: false, diagnostics }
  const listed = await withTable(modelled, from, open)
  diagnostics.push(...listed.diagnostics)
  if (!listed.ok) return { ok: false, diagnostics }
  const { model, fleet } = listed.value
  const followed = followAdvisories(model, fleet, advisories, from)
  diagnostics.push(...followed.diagnostics)
  return followed.ok ? { ok: true, value: { model: followed.value, fleet }, diagnostics } : { ok: false, diagnostics }
}

async function readOne(name: string, chunks: AsyncIterable<Uint8Array>): Promise<Read<readonly Advisory[]>> {
  const held: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > MAXIMUM_TEXT) break
    held.push(Uint8Array.from(chunk))
  }
  if (bytes > MAXIMUM_TEXT) {
    const message = `the advisory is larger than ${MAXIMUM_TEXT / 1024 / 1024} MB`
    return { ok: false, diagnostics: [{ code: 'formats/too-large', severity: 'error', message, at: { source: name } }] }
  }
  return readAdvisory({ name, text: Buffer.concat(held).toString('utf8') })
}

async function withTable(modelled: ModelledFleet, { packages }: Advisories, open: Open): Promise<Read<ModelledFleet>> {
  if (packages.is === 'attribute') return { ok: true, value: modelled, diagnostics: [] }
  const table = await reading(packages.from, packages.at, open, (chunks) => readTable(packages.from, chunks))
  if (!table.ok) return table
  const read = withPackages(modelled, table.value, packages)
  return { ...read, diagnostics: [...table.diagnostics, ...read.diagnostics] }
}
