/** Reads whatever can stand for a model with its fleet: a model of our own with the sources it names, or a DivEnact document, which holds both. */
import type { FleetModel } from '../model/fleet-model.ts'
import type { Read, Source } from '../diagnostics/diagnostic.ts'
import { editFleet } from '../model/edit-fleet.ts'
import { readFleetModel } from '../model/read-fleet-model.ts'
import type { Edit } from '../model/what-if.ts'
import { readAdvisories } from './advisories/read-advisories.ts'
import { looksLikeDivenact, readDivenact } from './divenact/read-divenact.ts'
import { readModelledFleet, type ModelledFleet, type Open, type ReadDevices } from './fleet-source.ts'

export interface ReadFleetOptions {
  /** Name of the source to read devices from, in place of what the model says. */
  readonly devices?: string
  /** Gives the devices in place of that source, from where they are kept. */
  readonly kept?: ReadDevices
  /** Names of sources with security advisories, beside those that the model names. */
  readonly advisories?: readonly string[]
  /** Hears the number of devices read. */
  readonly progress?: (devices: number) => void
  /** Changes to what the model and its devices say. */
  readonly edits?: readonly Edit[]
}

/** `open` gives the sources that the model names. */
export async function readFleetSource(source: Source, open: Open, options: ReadFleetOptions = {}): Promise<Read<ModelledFleet>> {
  const edit = options.edits?.[0]
  const read = !looksLikeDivenact(source) ? await readOwn(source, open, options) : edit === undefined ? readDivenact(source) : notHere(edit)
  if (!read.ok) return read
  const advised = await readAdvisories(read.value, open, options.advisories ?? [])
  return { ...advised, diagnostics: [...read.diagnostics, ...advised.diagnostics] }
}

async function readOwn(source: Source, open: Open, options: ReadFleetOptions): Promise<Read<ModelledFleet>> {
  const { edits = [] } = options
  const model = readFleetModel(source, edits)
  if (!model.ok) return model
  const read = await readModelledFleet(withDevices(model.value, options.devices), open, options.progress, options.kept)
  const diagnostics = [...model.diagnostics, ...read.diagnostics]
  if (!read.ok || edits.length === 0) return { ...read, diagnostics }
  const fleet = editFleet(read.value.model, read.value.fleet, edits)
  return fleet.ok ? { ok: true, value: { ...read.value, fleet: fleet.value }, diagnostics } : { ok: false, diagnostics: fleet.diagnostics }
}

function notHere({ at }: Edit): Read<ModelledFleet> {
  const message = 'a DivEnact document cannot be tried with changes'
  const hint = 'maybe write the same as a model of ours'
  return { ok: false, diagnostics: [{ code: 'what-if/divenact', severity: 'error', message, hint, at }] }
}

function withDevices(model: FleetModel, name: string | undefined): FleetModel {
  if (name === undefined) return model
  const { devices } = model
  return { ...model, devices: devices.is === 'source' ? { ...devices, name } : { is: 'source', name, id: 'id', columns: {} } }
}
