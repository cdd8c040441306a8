/** A stored assignment with what it was made from, as questions about it take it. */
import type { StoredAssignment } from '../store/assignments.ts'
import { assignedLines } from './assigned-lines.ts'
import { modelCollection, writtenModel } from './models.ts'
import type { Parts } from './parts.ts'
import { notFound, refusal } from './problem.ts'
import type { Subject } from './thinking/questions.ts'

/** What names the subject's parts in the store. */
export interface SubjectPlace {
  readonly model: string
  readonly modelEtag: string
  readonly fleet?: string
  readonly fleetRevision?: number
}

export async function findAssignment({ store }: Pick<Parts, 'store'>, tenant: string, id: string): Promise<StoredAssignment> {
  const found = await store.assignments.get(tenant, id)
  if (found === undefined) throw notFound(`there is no assignment \`${id}\``)
  return found
}

export function placeOf({ model, modelEtag, fleet, fleetRevision }: StoredAssignment): SubjectPlace {
  if (model === undefined || modelEtag === undefined)
    throw refusal(409, 'service/no-model', 'the assignment was made from a model that is not kept')
  return { model, modelEtag, ...(fleet === undefined ? {} : { fleet }), ...(fleetRevision === undefined ? {} : { fleetRevision }) }
}

/** Refused once the devices are others than those that the assignment was made for. */
export async function holdsFor({ store }: Pick<Parts, 'store'>, tenant: string, { fleet, fleetRevision }: SubjectPlace): Promise<void> {
  if (fleet === undefined || (await store.fleets.get(tenant, fleet))?.revision === fleetRevision) return
  throw refusal(409, 'service/changed-since', 'the fleet has changed since this assignment; assign again, and ask then')
}

/** The version of the model that it was made from; versions are kept for good. */
export async function subjectAt({ store }: Pick<Parts, 'store'>, tenant: string, place: SubjectPlace, from = ''): Promise<Subject> {
  const { model, modelEtag, fleet, fleetRevision } = place
  const versions = await store.documents.versions(tenant, modelCollection, model, 1000)
  const version = versions.find(({ etag }) => etag === modelEtag)
  if (version?.content === undefined) throw refusal(409, 'service/no-model', `the model \`${model}\` is not kept in that version`)
  const { text, files } = writtenModel.parse(version.content)
  return {
    key: [tenant, model, modelEtag, fleet ?? '', fleetRevision ?? '', ...(from === '' ? [] : [from])].join('\n'),
    model: { name: model, text },
    sources: Object.entries(files).map(([name, each]) => ({ name, text: each })),
    fleet: fleet !== undefined,
  }
}

/** What every device gets, as lines. */
export async function linesOf(
  { store }: Pick<Parts, 'store'>,
  tenant: string,
  { id, choices }: StoredAssignment,
): Promise<AsyncIterable<Uint8Array>> {
  const chunks = await store.assignments.chunks(tenant, id)
  return chunks === undefined ? nothing() : assignedLines(chunks, choices)
}

export async function* nothing(): AsyncGenerator<Uint8Array> {
  // There are no devices.
}
