/** `POST /api/z3`: a document of DivEnact in, the same document with everything decided out. Programs that come along are never run. */
import { z } from 'zod'
import type { AssignJob, NamedText } from '../../jobs/job-inputs.ts'
import type { App } from '../app.ts'
import { modelCollection } from '../models.ts'
import { now, type Parts } from '../parts.ts'
import type { Principal } from '../principal.ts'
import { badInput, refusal, wrongPart } from '../problem.ts'

const SECONDS = 120
/** What the model is called that a document is kept as. */
const documentModel = 'divenact'
const MOST_TEXT = 16 * 2 ** 20
const resultShape = z.object({ assignment: z.string(), status: z.string() })
const fieldsShape = z.object({ yaml: z.string().optional(), json: z.string().optional(), smt: z.string().optional() })

export function divenactSolveRoutes(app: App, parts: Parts): void {
  app.post(
    '/api/z3',
    {
      config: { needs: 'operator' },
      schema: {
        tags: ['divenact'],
        summary: 'Solves a document of DivEnact; `yaml` wins where it is not empty, `smt` is ignored',
        description:
          '```sh\ncurl -X POST -H "Authorization: Bearer $TOKEN" $URL/api/z3 -F \'json=\' -F \'yaml={"deployments":{"A":{"vsn":"release","compu_lvl":1,"comm_lvl":1,"dp_acc":"acc_none","intlmodule":"edge"}},"devices":{"dv1":{"env":"staging","dv_acc":"acc_none","network":"wifi","powersource":"fixed"}}}\'\n```',
        consumes: ['multipart/form-data', 'application/json'],
        body: fieldsShape.nullish(),
        response: {
          200: z
            .object({ deployments: z.record(z.string(), z.looseObject({})), devices: z.record(z.string(), z.looseObject({})) })
            .describe('the document with `deployed`, `deploy`, `acclr` and `intledge`'),
        },
      },
    },
    async (request, reply) => {
      const { principal } = request
      const { yaml = '', json = '' } = request.isMultipart() ? await fieldsOf(request.parts()) : (request.body ?? {})
      const isYaml = yaml.trim() !== ''
      const source = { name: isYaml ? 'document.yml' : 'document.json', text: isYaml ? yaml : json }
      if (source.text.trim() === '') throw badInput([wrongPart('yaml', 'divenact/no-document', 'a document is needed in `yaml` or `json`')])
      const read = await parts.carrier.document(source)
      if (read.is === 'no document')
        throw badInput([wrongPart(source.name, 'divenact/no-document', 'the document has no `deployments` and `devices`')])
      if (read.is === 'wrong') throw badInput(read.diagnostics)
      const job = await parts.jobs.submit(principal.tenant, {
        kind: 'assign',
        input: await keptDocument(parts, principal, source),
        actor: principal.name,
      })
      const ended = await parts.jobs.finished(principal.tenant, job.id, AbortSignal.timeout(1000 * SECONDS))
      const result = resultShape.safeParse(ended?.result)
      if (!result.success || result.data.status !== 'assigned')
        throw refusal(422, 'divenact/not-assigned', 'the document has no assignment', {
          detail: ended?.failure?.message ?? result.data?.status ?? 'it was cancelled',
        })
      const { tenant, name: actor } = principal
      const answer = await parts.carrier.answer({ tenant, actor, now: now(parts), assignment: result.data.assignment, source })
      return reply
        .type('application/json; charset=utf-8')
        .serializer(String)
        .send(answer as never)
    },
  )
}

/** The document is kept as a model, so that what is assigned can be explained, planned and carried out. */
async function keptDocument({ store, ...parts }: Parts, { tenant, name }: Principal, source: NamedText): Promise<AssignJob> {
  const content = { text: source.text, files: {} }
  const put = await store.documents.put(tenant, modelCollection, documentModel, { content }, { actor: name, now: now(parts) })
  return { model: source, modelId: documentModel, ...(put.is === 'written' && { modelEtag: put.document.etag }) }
}

type PartsOfForm = AsyncIterable<{
  readonly type: string
  readonly fieldname: string
  readonly value?: unknown
  readonly toBuffer?: () => Promise<Buffer>
}>

async function fieldsOf(form: PartsOfForm): Promise<z.output<typeof fieldsShape>> {
  const fields: Record<string, string> = {}
  for await (const part of form) {
    const known = part.fieldname === 'yaml' || part.fieldname === 'json'
    // A front end may send its documents as files, too; anything else is read to its end and dropped.
    const text = part.type === 'file' ? (await part.toBuffer!()).toString('utf8') : String(part.value)
    if (text.length > MOST_TEXT) throw refusal(413, 'service/too-large', 'the document is too large')
    if (known) fields[part.fieldname] = text
  }
  return fields
}
