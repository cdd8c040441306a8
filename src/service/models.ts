/** Models as they are kept: the text and the files that it names. */
import { z } from 'zod'
import type { Diagnostic, Source } from '../diagnostics/diagnostic.ts'
import { looksLikeDivenact, readDivenact } from '../formats/divenact/read-divenact.ts'
import type { FleetModel } from '../model/fleet-model.ts'
import { readFleetModel } from '../model/read-fleet-model.ts'
import type { Document } from '../store/documents.ts'
import { safePath } from './uploads/safe-path.ts'

export const modelCollection = 'models'

const fileName = z
  .string()
  .min(1)
  .max(512)
  .refine((name) => !('wrong' in safePath(name)), 'a file stands beside the model or below')
export const writtenModel = z.object({
  text: z
    .string()
    .min(1)
    .max(64 * 2 ** 20)
    .describe('the model in YAML or JSON'),
  files: z
    .record(fileName, z.string())
    .default({})
    .describe('texts that the model names besides its devices: tables, advisories, behaviours'),
})
export type StoredModel = z.output<typeof writtenModel>
export const storedModel = (document: Document): StoredModel => writtenModel.parse(document.content)

/** The model as the engine reads it, or why not. */
export function readModel(source: Source): { readonly model?: FleetModel; readonly diagnostics: readonly Diagnostic[] } {
  if (!looksLikeDivenact(source)) {
    const read = readFleetModel(source)
    return read.ok ? { model: read.value, diagnostics: read.diagnostics } : { diagnostics: read.diagnostics }
  }
  const read = readDivenact(source)
  return read.ok ? { model: read.value.model, diagnostics: read.diagnostics } : { diagnostics: read.diagnostics }
}

/** A variant as the model says it. */
export interface ModelVariant {
  readonly id: string
  readonly requires?: string
  readonly prefers?: string
  readonly version?: string
  readonly behaviour?: string
  readonly artefact?: string
  readonly settings: string[]
  readonly uses: Record<string, number | string>
}

export const variantsOf = ({ variants }: FleetModel): readonly ModelVariant[] =>
  variants.map(({ id, requires, prefers, version, behaviour, artefact, settings, uses }) => ({
    id,
    ...(requires === undefined ? {} : { requires: requires.text }),
    ...(prefers === undefined ? {} : { prefers: prefers.text }),
    ...(version === undefined ? {} : { version }),
    ...(behaviour === undefined ? {} : { behaviour }),
    ...(artefact === undefined ? {} : { artefact }),
    settings: settings.map(({ name }) => name),
    uses: Object.fromEntries(Object.entries(uses).map(([name, amount]) => [name, typeof amount === 'number' ? amount : amount.text])),
  }))
