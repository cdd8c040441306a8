/** What an assignment is asked with, as its job takes it. */
import type { AssignJob } from '../jobs/job-inputs.ts'
import { modelCollection, storedModel } from './models.ts'
import type { Parts } from './parts.ts'
import { notFound } from './problem.ts'

interface Asked {
  readonly model: string
  /** Absent: the devices stand in the model. */
  readonly fleet?: string
  readonly whatIf: readonly string[]
  readonly seconds?: number
}

/** Names of things that are stored; what is not there is refused. */
export async function assignRequest(
  { store }: Pick<Parts, 'store'>,
  tenant: string,
  { model, fleet, whatIf, seconds }: Asked,
): Promise<AssignJob> {
  const document = await store.documents.get(tenant, modelCollection, model)
  if (document === undefined) throw notFound(`there is no model \`${model}\``)
  if (fleet !== undefined && (await store.fleets.get(tenant, fleet)) === undefined) throw notFound(`there is no fleet \`${fleet}\``)
  const { text, files } = storedModel(document)
  return {
    model: { name: model, text },
    modelId: model,
    modelEtag: document.etag,
    sources: Object.entries(files).map(([name, each]) => ({ name, text: each })),
    ...(fleet === undefined ? {} : { fleet }),
    ...(whatIf.length === 0 ? {} : { whatIf }),
    ...(seconds === undefined ? {} : { milliseconds: 1000 * seconds }),
  }
}
