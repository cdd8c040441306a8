// What a plan is made from: the result of `assign --out`, or a model, which is assigned first.
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Read, Source } from '../diagnostics/diagnostic.ts'
import { runAssignment } from '../engine.ts'
import { readFleetSource } from '../formats/read-fleet-source.ts'
import type { Assignment } from '../model/assignment.ts'
import type { Fleet } from '../model/fleet.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import type { Solvers } from '../solve/solvers.ts'
import { readBundleDevices } from '../verify/bundle-devices.ts'
import type { Manifest } from '../verify/bundle.ts'
import { devicesName, openBundle } from './bundle-files.ts'
import { modelPlace, openModel, type ModelOptions, type OpenedModel } from './inputs.ts'
import type { Streams } from './streams.ts'

export interface Assigned {
  readonly opened: OpenedModel
  readonly source: Source
  readonly model: FleetModel
  readonly fleet: Fleet
  readonly assignment: Assignment
  /** Present where it came from a result. */
  readonly manifest?: Manifest
}

type ReadAssigned = Read<Assigned> & { readonly sources?: readonly Source[] }

export async function openAssigned(
  place: string,
  options: ModelOptions,
  solvers: Solvers,
  streams: Streams,
  signal: AbortSignal,
): Promise<ReadAssigned> {
  return (await isFolder(place, streams)) ? fromBundle(place, options, streams) : fromModel(place, options, solvers, streams, signal)
}

async function isFolder(path: string, streams: Streams): Promise<boolean> {
  try {
    return (await stat(resolve(streams.workingDirectory, path))).isDirectory()
  } catch {
    return false
  }
}

async function fromBundle(folder: string, options: ModelOptions, streams: Streams): Promise<ReadAssigned> {
  const bundle = await openBundle(folder, streams)
  if (!bundle.ok) return bundle
  const { manifest, devices, place } = bundle.value
  const given = modelPlace(place.model, options)
  const opened = await openModel({ ...place, ...given, replaced: new Map([...place.replaced, ...given.replaced]) }, streams)
  if (!opened.ok) return opened
  const { inputs } = opened.value
  const sources = [inputs.model]
  const read = await readAsWritten(inputs)
  if (!read.ok) return { ...read, sources }
  const { model, fleet } = read.value
  const assignment = await readBundleDevices(model, fleet, devices, `${folder}/${devicesName}`)
  if (!assignment.ok) return { ...assignment, sources }
  const value = { opened: opened.value, source: inputs.model, model, fleet, assignment: assignment.value, manifest }
  return { ok: true, value, diagnostics: read.diagnostics, sources }
}

async function fromModel(
  place: string,
  options: ModelOptions,
  solvers: Solvers,
  streams: Streams,
  signal: AbortSignal,
): Promise<ReadAssigned> {
  const opened = await openModel(modelPlace(place, options), streams)
  if (!opened.ok) return opened
  const { inputs } = opened.value
  const { result, fleet, model } = await runAssignment(inputs, solvers, { clock: streams.clock, limits: { signal } })
  signal.throwIfAborted()
  const sources = [inputs.model]
  if (result.status === 'invalid') return { ok: false, diagnostics: result.diagnostics, sources }
  if (result.status !== 'assigned' || fleet === undefined || model === undefined) {
    const message = `the model has no assignment to carry out: it is ${result.status}`
    const hint = `maybe see \`fleetproof assign ${place}\``
    return { ok: false, diagnostics: [{ code: 'plan/no-assignment', severity: 'error', message, hint, at: { source: place } }], sources }
  }
  // The model as it was written, so that what fights is asked for anew.
  const asked = await readAsWritten(inputs)
  if (!asked.ok) return { ...asked, sources }
  const value = { opened: opened.value, source: inputs.model, model: asked.value.model, fleet, assignment: result.assignment }
  return { ok: true, value, diagnostics: asked.diagnostics, sources }
}

const readAsWritten = ({ model, open, devices, advisories }: OpenedModel['inputs']): ReturnType<typeof readFleetSource> =>
  readFleetSource(model, open, { ...(devices !== undefined && { devices }), ...(advisories && { advisories }) })
