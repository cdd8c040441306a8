/** Fleets: made, replaced as a whole by a stream of lines, read back as one. */
import { z } from 'zod'
import type { FleetInfo } from '../../store/fleets.ts'
import type { App } from '../app.ts'
import { pageOf, readCursor } from '../cursor.ts'
import { changedMeanwhile, conditionOf, tagOf } from '../etag.ts'
import { nameShape, pageOfShape, pageShape } from '../names.ts'
import { bodyBytes, ndjsonType, sendStream } from '../ndjson.ts'
import { audit, now, type Parts } from '../parts.ts'
import { badInput, notFound, refusal } from '../problem.ts'

export const fleetShape = z
  .object({
    fleet: z.string(),
    etag: z.string(),
    revision: z.int(),
    devices: z.int(),
    created: z.string(),
    updated: z.string(),
  })
  .meta({ id: 'Fleet' })

export const fleetAnswer = ({ id, etag, revision, devices, created, updated }: FleetInfo): z.output<typeof fleetShape> => ({
  fleet: id,
  etag,
  revision,
  devices,
  created,
  updated,
})

export const noFleet = (fleet: string) => notFound(`there is no fleet \`${fleet}\``)

/** A body that the route reads by itself: only described. */
export const linesBody = z.unknown().meta({
  type: 'string',
  format: 'binary',
  description: 'one device per line: its id and what is known of it',
  examples: ['{"id":"gw-1","ram":128}\n{"id":"gw-2","ram":32}\n'],
})

export function fleetRoutes(app: App, parts: Parts): void {
  const { store } = parts
  const named = z.object({ fleet: nameShape })

  app.post(
    '/v1/fleets',
    {
      config: { needs: 'operator' },
      schema: {
        tags: ['fleets'],
        summary: 'Makes an empty fleet',
        description:
          '```sh\ncurl -X POST -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -H "Idempotency-Key: routers-1" $URL/v1/fleets -d \'{"fleet":"routers"}\'\n```',
        body: z.object({ fleet: nameShape }),
        response: { 201: fleetShape.describe('made') },
      },
    },
    async (request, reply) => {
      const { principal, body } = request
      if (!(await store.fleets.create(principal.tenant, body.fleet, now(parts))))
        throw refusal(409, 'service/exists', `there is a fleet \`${body.fleet}\` already`)
      await audit(parts, principal, 'fleet made', `fleet/${body.fleet}`)
      const made = (await store.fleets.get(principal.tenant, body.fleet))!
      return reply.code(201).header('location', `/v1/fleets/${body.fleet}`).header('etag', tagOf(made.etag)).send(fleetAnswer(made))
    },
  )

  app.get(
    '/v1/fleets',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['fleets'],
        summary: 'Lists the fleets',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" $URL/v1/fleets\n```',
        querystring: pageShape,
        response: { 200: pageOfShape(fleetShape).describe('one page') },
      },
    },
    async ({ principal, query: { limit, cursor } }) => {
      const after = readCursor(cursor)
      const rows = await store.fleets.list(principal.tenant, { limit: limit + 1, ...(after === undefined ? {} : { after }) })
      const { items, ...next } = pageOf(rows, limit, ({ id }) => id)
      return { items: items.map(fleetAnswer), ...next }
    },
  )

  app.get(
    '/v1/fleets/:fleet',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['fleets'],
        summary: 'How large a fleet is, and which version it has',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" $URL/v1/fleets/routers\n```',
        params: named,
        response: { 200: fleetShape.describe('as it is now') },
      },
    },
    async ({ principal, params }, reply) => {
      const found = await store.fleets.get(principal.tenant, params.fleet)
      if (found === undefined) throw noFleet(params.fleet)
      return reply.header('etag', tagOf(found.etag)).send(fleetAnswer(found))
    },
  )

  app.put(
    '/v1/fleets/:fleet/devices',
    {
      config: { needs: 'operator', streams: true },
      schema: {
        tags: ['fleets'],
        summary: 'All devices of a fleet anew, as lines of JSON of any number; the fleet is made where there is none',
        description:
          'Packed with gzip where `Content-Encoding` says so. Who reads meanwhile sees the fleet as it was.\n```sh\nprintf \'{"id":"gw-1","ram":128}\\n{"id":"gw-2","ram":32}\\n\' | curl -X PUT -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/x-ndjson" $URL/v1/fleets/routers/devices --data-binary @-\n```',
        params: named,
        querystring: z.object({ id: z.string().min(1).max(128).default('id').describe('what the lines call the id') }),
        consumes: [ndjsonType],
        body: linesBody,
        response: { 200: fleetShape.describe('replaced') },
      },
    },
    async (request, reply) => {
      const { principal, params, query } = request
      const condition = conditionOf(request)
      if (condition?.is === 'absent' && (await store.fleets.get(principal.tenant, params.fleet)) !== undefined) throw changedMeanwhile(true)
      const replaced = await parts.carrier.replace(
        {
          tenant: principal.tenant,
          fleet: params.fleet,
          source: `${params.fleet}/devices`,
          idField: query.id,
          now: now(parts),
          ...(condition?.is === 'etag' ? { etag: condition.etag } : {}),
        },
        bodyBytes(request),
      )
      switch (replaced.is) {
        case 'stale':
          throw changedMeanwhile(true)
        case 'invalid':
          throw badInput(replaced.read.diagnostics, 'the devices have mistakes; nothing was changed')
        case 'replaced':
          await audit(parts, principal, 'devices replaced', `fleet/${params.fleet}`, {
            after: { devices: replaced.fleet.devices, etag: replaced.fleet.etag },
          })
          parts.changed(principal.tenant, params.fleet, 'all')
          return reply.header('etag', tagOf(replaced.fleet.etag)).send(fleetAnswer(replaced.fleet))
      }
    },
  )

  app.get(
    '/v1/fleets/:fleet/devices.ndjson',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['fleets'],
        summary: 'All devices of a fleet as lines of JSON',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" $URL/v1/fleets/routers/devices.ndjson\n```',
        params: named,
        response: { 200: { description: 'one line per device', content: { [ndjsonType]: { schema: z.string() } } } },
      },
    },
    async (request, reply) => {
      const { principal, params } = request
      const { tenant } = principal
      const { fleet } = params
      if ((await store.fleets.get(tenant, fleet)) === undefined) throw noFleet(fleet)
      return await sendStream(request, reply, ndjsonType, parts.carrier.lines({ is: 'fleet', tenant, fleet }))
    },
  )

  app.delete(
    '/v1/fleets/:fleet',
    {
      config: { needs: 'approver' },
      schema: { tags: ['fleets'], summary: 'Removes a fleet', params: named, response: { 204: z.null().describe('removed') } },
    },
    async (request, reply) => {
      const { principal, params } = request
      if (!(await store.fleets.remove(principal.tenant, params.fleet, now(parts)))) throw noFleet(params.fleet)
      await audit(parts, principal, 'fleet removed', `fleet/${params.fleet}`)
      return reply.code(204).send(null)
    },
  )
}
