/** Reads whatever can stand for a model with its fleet: a model of our own with the sources it names, or a DivEnact document, which holds both. */
import type { Read, Source } from '../diagnostics/diagnostic.ts'
import { readFleetModel } from '../model/read-fleet-model.ts'
import { looksLikeDivenact, readDivenact } from './divenact/read-divenact.ts'
import { readModelledFleet, type ModelledFleet, type Open } from './fleet-source.ts'

/** `open` gives the sources that the model names; `progress` hears the number of devices read. */
export async function readFleetSource(source: Source, open: Open, progress?: (devices: number) => void): Promise<Read<ModelledFleet>> {
  if (looksLikeDivenact(source)) return readDivenact(source)
  const model = readFleetModel(source)
  if (!model.ok) return model
  const read = await readModelledFleet(model.value, open, progress)
  return { ...read, diagnostics: [...model.diagnostics, ...read.diagnostics] }
}
