/** Models: what may run and what must hold, as the text that a person wrote, with every version it had. */
import { z } from 'zod'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Document } from '../../store/documents.ts'
import type { App } from '../app.ts'
import type { ModelRead } from '../carrying/calls.ts'
import { pageOf, readCursor } from '../cursor.ts'
import { changedMeanwhile, conditionOf, tagOf, unchanged } from '../etag.ts'
import { modelCollection, storedModel, writtenModel, type ModelVariant, type StoredModel } from '../models.ts'
import { nameShape, pageOfShape, pageShape } from '../names.ts'
import { audit, now, type Parts } from '../parts.ts'
import { badInput, diagnosticShape, notFound } from '../problem.ts'

const modelShape = z
  .object({
    model: z.string(),
    etag: z.string(),
    revision: z.int(),
    updated: z.string(),
    variants: z.int(),
    constraints: z.int(),
    diagnostics: z.array(diagnosticShape),
  })
  .meta({ id: 'Model' })
const textShape = z.object({
  model: z.string(),
  etag: z.string(),
  revision: z.int(),
  text: z.string(),
  files: z.record(z.string(), z.string()),
})
const expressionShape = z.string().describe('in the language of requirements')
const variantShape = z
  .object({
    id: z.string(),
    requires: expressionShape.optional(),
    prefers: expressionShape.optional(),
    version: z.string().optional(),
    behaviour: z.string().optional(),
    artefact: z.string().optional(),
    settings: z.array(z.string()),
    uses: z.record(z.string(), z.union([z.number(), expressionShape])),
  })
  .meta({ id: 'Variant' })

const example = `fleetproof: 1
context: { ram: { int: MB } }
devices: devices.ndjson
variants:
  full: { requires: device.ram >= 64, prefers: 10 }
  lite: { prefers: 1 }
`

export function modelRoutes(app: App, parts: Parts): void {
  const { store } = parts
  const named = z.object({ model: nameShape })
  const find = async (tenant: string, model: string): Promise<Document> => {
    const found = await store.documents.get(tenant, modelCollection, model)
    if (found === undefined) throw notFound(`there is no model \`${model}\``)
    return found
  }
  const variantsIn = async (tenant: string, name: string): Promise<ModelVariant[]> => {
    const { model } = await parts.carrier.model(name, storedModel(await find(tenant, name)).text)
    return [...(model?.variants ?? [])]
  }

  app.put(
    '/v1/models/:model',
    {
      config: { needs: 'operator' },
      bodyLimit: 96 * 2 ** 20,
      schema: {
        tags: ['models'],
        summary: 'Writes a model; one with mistakes is refused with all of them',
        description: `As JSON with the files that it names, or plain YAML.\n\`\`\`sh\ncurl -X PUT -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/yaml" $URL/v1/models/routers --data-binary '${example}'\n\`\`\``,
        params: named,
        consumes: ['application/json', 'application/yaml'],
        body: z.union([writtenModel, z.string().min(1)]),
        response: { 200: modelShape.describe('written again'), 201: modelShape.describe('written for the first time') },
      },
    },
    async (request, reply) => {
      const { principal, params, body } = request
      const content: StoredModel = typeof body === 'string' ? { text: body, files: {} } : body
      const { model, diagnostics } = await parts.carrier.model(params.model, content.text)
      if (model === undefined) throw badInput(diagnostics, 'the model has mistakes')
      const condition = conditionOf(request)
      const put = await store.documents.put(
        principal.tenant,
        modelCollection,
        params.model,
        { content },
        {
          actor: principal.name,
          now: now(parts),
          ...(condition === undefined ? {} : { condition }),
        },
      )
      if (put.is === 'refused') throw changedMeanwhile(put.document !== undefined)
      const { document, before } = put
      await audit(parts, principal, 'model written', `model/${params.model}`, { before: before?.etag, after: document.etag })
      return reply
        .code(before === undefined ? 201 : 200)
        .header('etag', tagOf(document.etag))
        .header('location', `/v1/models/${params.model}`)
        .send(summary(document, model, diagnostics))
    },
  )

  app.get(
    '/v1/models',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['models'],
        summary: 'Lists the models',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" $URL/v1/models\n```',
        querystring: pageShape,
        response: {
          200: pageOfShape(z.object({ model: z.string(), etag: z.string(), revision: z.int(), updated: z.string() })).describe('one page'),
        },
      },
    },
    async ({ principal, query: { limit, cursor } }) => {
      const after = readCursor(cursor)
      const rows = await store.documents.list(principal.tenant, modelCollection, {
        limit: limit + 1,
        ...(after === undefined ? {} : { after }),
      })
      const { items, ...next } = pageOf(rows, limit, ({ id }) => id)
      return { items: items.map(({ id, etag, revision, updated }) => ({ model: id, etag, revision, updated })), ...next }
    },
  )

  app.get(
    '/v1/models/:model',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['models'],
        summary: 'A model as it was written',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" $URL/v1/models/routers\n```',
        params: named,
        querystring: z.object({ revision: z.coerce.number().int().min(1).optional().describe('an earlier version') }),
        response: { 200: textShape.describe('its text and files'), 304: z.null().describe('the version that the caller has') },
      },
    },
    async (request, reply) => {
      const { principal, params, query } = request
      const document = await find(principal.tenant, params.model)
      if (query.revision !== undefined && query.revision !== document.revision) {
        const version = await store.documents.version(principal.tenant, modelCollection, params.model, query.revision)
        if (version?.content === undefined) throw notFound(`the model \`${params.model}\` has no version ${query.revision}`)
        return reply
          .header('etag', tagOf(version.etag))
          .send({ model: params.model, etag: version.etag, revision: version.revision, ...writtenModel.parse(version.content) })
      }
      if (unchanged(request, reply, document.etag)) return reply.code(304).send(null)
      return reply.send({ model: document.id, etag: document.etag, revision: document.revision, ...storedModel(document) })
    },
  )

  app.get(
    '/v1/models/:model/versions',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['models'],
        summary: 'The versions that a model had, newest first',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" $URL/v1/models/routers/versions\n```',
        params: named,
        response: {
          200: z
            .object({
              items: z.array(z.object({ revision: z.int(), etag: z.string(), at: z.string(), actor: z.string(), removed: z.boolean() })),
            })
            .describe('at most 1000'),
        },
      },
    },
    async ({ principal, params }) => {
      const versions = await store.documents.versions(principal.tenant, modelCollection, params.model, 1000)
      if (versions.length === 0) throw notFound(`there is no model \`${params.model}\``)
      return {
        items: versions.map(({ revision, etag, at, actor, content }) => ({ revision, etag, at, actor, removed: content === undefined })),
      }
    },
  )

  app.get(
    '/v1/models/:model/variants',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['models'],
        summary: 'The variants of a model',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" $URL/v1/models/routers/variants\n```',
        params: named,
        response: { 200: z.object({ items: z.array(variantShape) }).describe('all of them') },
      },
    },
    async ({ principal, params }) => ({ items: await variantsIn(principal.tenant, params.model) }),
  )

  app.get(
    '/v1/models/:model/variants/:variant',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['models'],
        summary: 'One variant of a model',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" $URL/v1/models/routers/variants/lite\n```',
        params: named.extend({ variant: z.string().min(1).max(256) }),
        response: { 200: variantShape.describe('as the model says') },
      },
    },
    async ({ principal, params }) => {
      const variant = (await variantsIn(principal.tenant, params.model)).find(({ id }) => id === params.variant)
      if (variant === undefined) throw notFound(`the model \`${params.model}\` has no variant \`${params.variant}\``)
      return variant
    },
  )

  app.delete(
    '/v1/models/:model',
    {
      config: { needs: 'operator' },
      schema: {
        tags: ['models'],
        summary: 'Removes a model; its versions stay',
        params: named,
        response: { 204: z.null().describe('removed') },
      },
    },
    async (request, reply) => {
      const { principal, params } = request
      const condition = conditionOf(request)
      const gone = await store.documents.remove(principal.tenant, modelCollection, params.model, {
        actor: principal.name,
        now: now(parts),
        ...(condition === undefined ? {} : { condition }),
      })
      if (gone.is === 'absent') throw notFound(`there is no model \`${params.model}\``)
      if (gone.is === 'refused') throw changedMeanwhile(gone.document !== undefined)
      await audit(parts, principal, 'model removed', `model/${params.model}`, { before: gone.before.etag })
      return reply.code(204).send(null)
    },
  )
}

function summary(
  document: Document,
  { variants, constraints }: NonNullable<ModelRead['model']>,
  diagnostics: readonly Diagnostic[],
): z.input<typeof modelShape> {
  const { id, etag, revision, updated } = document
  return {
    model: id,
    etag,
    revision,
    updated,
    variants: variants.length,
    constraints,
    diagnostics: diagnostics as z.input<typeof modelShape>['diagnostics'],
  }
}
