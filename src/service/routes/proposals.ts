/** The model that a fleet is held to, and what changed contexts would move: proposed, decided by a person. */
import { z } from 'zod'
import type { App } from '../app.ts'
import { assignRequest } from '../assign-request.ts'
import { pageOf, readCursor } from '../cursor.ts'
import { proposalCollection, standingCollection, type Proposal } from '../ingest/proposer.ts'
import { modelCollection } from '../models.ts'
import { nameShape, pageOfShape, pageShape } from '../names.ts'
import { audit, now, type Parts } from '../parts.ts'
import { notFound, refusal } from '../problem.ts'
import { noFleet } from './fleets.ts'

const standingShape = z.object({ fleet: z.string(), model: z.string() })
const proposalShape = z
  .object({
    id: z.string(),
    at: z.string(),
    fleet: z.string(),
    model: z.string(),
    status: z.string().describe('whether there is an assignment after the changes'),
    devices: z.int().describe('devices that changed'),
    components: z.int(),
    solved: z.int().describe('components that had to be solved again'),
    moved: z.int().describe('devices that would end otherwise'),
    changes: z.array(z.unknown()).describe('at most 1000 of them'),
    decided: z.object({ accepted: z.boolean(), by: z.string(), at: z.string(), job: z.string().optional() }).optional(),
  })
  .meta({ id: 'Proposal' })

export function proposalRoutes(app: App, parts: Parts): void {
  const { store } = parts
  const fleetNamed = z.object({ fleet: nameShape })
  const named = z.object({ proposal: z.string().min(1).max(128) })

  app.put(
    '/v1/fleets/:fleet/model',
    {
      config: { needs: 'operator' },
      schema: {
        tags: ['fleets'],
        summary: 'Holds a fleet to a model: from now on changes of its devices lead to proposals',
        description:
          '```sh\ncurl -X PUT -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" $URL/v1/fleets/routers/model -d \'{"model":"routers"}\'\n```',
        params: fleetNamed,
        body: z.object({ model: nameShape }),
        response: { 200: standingShape.describe('held') },
      },
    },
    async ({ principal, params: { fleet }, body: { model } }) => {
      if ((await store.fleets.get(principal.tenant, fleet)) === undefined) throw noFleet(fleet)
      if ((await store.documents.get(principal.tenant, modelCollection, model)) === undefined)
        throw notFound(`there is no model \`${model}\``)
      await store.documents.put(
        principal.tenant,
        standingCollection,
        fleet,
        { content: { model } },
        { actor: principal.name, now: now(parts) },
      )
      await audit(parts, principal, 'fleet held to a model', `fleet/${fleet}`, { after: { model } })
      parts.changed(principal.tenant, fleet, 'all')
      return { fleet, model }
    },
  )

  app.get(
    '/v1/fleets/:fleet/model',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['fleets'],
        summary: 'The model that a fleet is held to',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" $URL/v1/fleets/routers/model\n```',
        params: fleetNamed,
        response: { 200: standingShape.describe('it') },
      },
    },
    async ({ principal, params: { fleet } }) => {
      const standing = await store.documents.get(principal.tenant, standingCollection, fleet)
      if (standing === undefined) throw notFound(`the fleet \`${fleet}\` is held to no model`)
      return { fleet, ...(standing.content as { readonly model: string }) }
    },
  )

  app.get(
    '/v1/proposals',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['assignments'],
        summary: 'What changed devices ask for, oldest first',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" "$URL/v1/proposals?state=open"\n```',
        querystring: pageShape.extend({ state: z.enum(['open', 'accepted', 'rejected']).optional(), fleet: nameShape.optional() }),
        response: { 200: pageOfShape(proposalShape).describe('one page') },
      },
    },
    async ({ principal, query: { limit, cursor, state, fleet } }) => {
      const after = readCursor(cursor)
      const rows = await store.documents.list(principal.tenant, proposalCollection, {
        limit: limit + 1,
        ...(after === undefined ? {} : { after }),
        ...(state === undefined ? {} : { state }),
        ...(fleet === undefined ? {} : { parent: fleet }),
      })
      const { items, ...next } = pageOf(rows, limit, ({ id }) => id)
      return { items: items.map(({ id, created, content }) => answerOf(id, created, content as Proposal)), ...next }
    },
  )

  app.post(
    '/v1/proposals/:proposal/decision',
    {
      config: { needs: 'approver' },
      schema: {
        tags: ['assignments'],
        summary: 'Accepts a proposal (a new assignment is made as a job) or rejects it',
        params: named,
        body: z.object({ accept: z.boolean() }),
        response: { 200: proposalShape.describe('decided') },
      },
    },
    async (request) => {
      const { principal, params, body } = request
      const found = await store.documents.get(principal.tenant, proposalCollection, params.proposal)
      if (found === undefined) throw notFound(`there is no proposal \`${params.proposal}\``)
      const proposal = found.content as Proposal
      if (proposal.decided !== undefined) throw refusal(409, 'service/decided', 'the proposal is decided already')
      const { model, fleet } = proposal
      const input = body.accept ? await assignRequest(parts, principal.tenant, { model, fleet, whatIf: [] }) : undefined
      const by = { by: principal.name, at: now(parts) }
      const state = body.accept ? 'accepted' : 'rejected'
      const written = await store.documents.put(
        principal.tenant,
        proposalCollection,
        params.proposal,
        { content: { ...proposal, decided: { accepted: body.accept, ...by } }, parent: fleet, state },
        { actor: principal.name, now: by.at, condition: { is: 'etag', etag: found.etag } },
      )
      if (written.is === 'refused') throw refusal(409, 'service/decided', 'somebody else decided it meanwhile')
      // The job is named after the proposal: accepting once starts one.
      const job =
        input === undefined
          ? undefined
          : await parts.jobs.submit(principal.tenant, { kind: 'assign', input, id: `proposal-${params.proposal}`, actor: principal.name })
      await audit(parts, principal, `proposal ${state}`, `proposal/${params.proposal}`)
      return answerOf(found.id, found.created, {
        ...proposal,
        decided: { accepted: body.accept, ...by, ...(job === undefined ? {} : { job: job.id }) },
      })
    },
  )
}

function answerOf(
  id: string,
  at: string,
  { fleet, model, status, devices, components, solved, moved, changes, decided }: Proposal,
): z.output<typeof proposalShape> {
  return {
    id,
    at,
    fleet,
    model,
    status,
    devices,
    components,
    solved,
    moved,
    changes: [...changes],
    ...(decided === undefined ? {} : { decided: { ...decided } }),
  }
}
