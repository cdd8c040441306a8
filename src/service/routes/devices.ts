/** Single devices and what is known of them. A change is kept at once, and what it asks for is proposed, never applied. */
import { z } from 'zod'
import type { ChangeOutcome, DeviceChange } from '../../store/fleet-changes.ts'
import type { StoredDevice } from '../../store/fleets.ts'
import type { App } from '../app.ts'
import { readCursor, writeCursor } from '../cursor.ts'
import { changedMeanwhile, conditionOf, tagOf, unchanged } from '../etag.ts'
import { changeFormats, changeLines } from '../ingest/change-lines.ts'
import { deviceShape, nameShape, pageOfShape, pageShape } from '../names.ts'
import { bodyBytes, ndjsonType } from '../ndjson.ts'
import { audit, now, type Parts } from '../parts.ts'
import { notFound, refusal } from '../problem.ts'
import { linesBody, noFleet } from './fleets.ts'

const contextShape = z.record(z.string().min(1).max(256), z.unknown()).describe('values by attribute; in a patch, null removes one')
const oneShape = z.object({ device: z.string(), etag: z.string(), context: z.record(z.string(), z.unknown()) }).meta({ id: 'Device' })
const answerOf = ({ device, etag, context }: StoredDevice): z.output<typeof oneShape> => ({ device, etag, context: { ...context } })

export function deviceRoutes(app: App, parts: Parts): void {
  const { store } = parts
  const fleetNamed = z.object({ fleet: nameShape })
  const named = fleetNamed.extend({ device: deviceShape })
  const find = async (tenant: string, fleet: string, device: string): Promise<StoredDevice> => {
    const found = await store.fleets.device(tenant, fleet, device)
    if (found === undefined) throw notFound(`the fleet \`${fleet}\` has no device \`${device}\``)
    return found
  }
  const changeOne = async (tenant: string, fleet: string, change: DeviceChange): Promise<ChangeOutcome> => {
    const changed = await store.fleets.change(tenant, fleet, [change], now(parts))
    if (changed === undefined) throw noFleet(fleet)
    parts.metrics.contexts.inc({ way: 'http', outcome: changed.outcomes[0]! })
    if (changed.outcomes[0] === 'changed') parts.changed(tenant, fleet, [change.device])
    return changed.outcomes[0]!
  }

  app.get(
    '/v1/fleets/:fleet/devices',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['fleets'],
        summary: 'Devices of a fleet, page by page',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" "$URL/v1/fleets/routers/devices?limit=2"\n```',
        params: fleetNamed,
        querystring: pageShape,
        response: { 200: pageOfShape(oneShape).describe('one page') },
      },
    },
    async ({ principal, params, query: { limit, cursor } }) => {
      const after = readCursor(cursor)
      const page = await store.fleets.devices(principal.tenant, params.fleet, {
        limit,
        ...(after === undefined ? {} : { after: wholeNumber(after) }),
      })
      if (page === undefined) throw noFleet(params.fleet)
      return { items: page.devices.map(answerOf), ...(page.next === undefined ? {} : { next: writeCursor(String(page.next)) }) }
    },
  )

  app.get(
    '/v1/fleets/:fleet/devices/:device',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['fleets'],
        summary: 'What is known of a device',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" $URL/v1/fleets/routers/devices/gw-1\n```',
        params: named,
        response: { 200: oneShape.describe('as it is now'), 304: z.null().describe('the version that the caller has') },
      },
    },
    async (request, reply) => {
      const found = await find(request.principal.tenant, request.params.fleet, request.params.device)
      if (unchanged(request, reply, found.etag)) return reply.code(304).send(null)
      return reply.send(answerOf(found))
    },
  )

  app.put(
    '/v1/fleets/:fleet/devices/:device',
    {
      config: { needs: 'operator' },
      schema: {
        tags: ['fleets'],
        summary: 'A device with this context and nothing else; new or in place of what was known',
        description:
          '```sh\ncurl -X PUT -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" $URL/v1/fleets/routers/devices/gw-3 -d \'{"ram":256}\'\n```',
        params: named,
        body: contextShape,
        response: { 200: oneShape.describe('kept') },
      },
    },
    async (request, reply) => {
      const { principal, params, body } = request
      const condition = conditionOf(request)
      if (condition?.is === 'absent' && (await store.fleets.device(principal.tenant, params.fleet, params.device)) !== undefined)
        throw changedMeanwhile(true)
      const etag = condition?.is === 'etag' ? { etag: condition.etag } : {}
      const outcome = await changeOne(principal.tenant, params.fleet, { is: 'put', device: params.device, context: body, ...etag })
      if (outcome === 'stale') throw changedMeanwhile(true)
      await audit(parts, principal, 'device put', `fleet/${params.fleet}/device/${params.device}`, { after: body })
      const found = await find(principal.tenant, params.fleet, params.device)
      return reply.header('etag', tagOf(found.etag)).send(answerOf(found))
    },
  )

  app.patch(
    '/v1/fleets/:fleet/devices/:device',
    {
      config: { needs: 'operator' },
      schema: {
        tags: ['fleets'],
        summary: 'Changes what is known of a device; null removes an attribute',
        description:
          '```sh\ncurl -X PATCH -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" $URL/v1/fleets/routers/devices/gw-2 -d \'{"ram":64}\'\n```',
        params: named,
        consumes: ['application/json', 'application/merge-patch+json'],
        body: contextShape,
        response: { 200: oneShape.describe('changed') },
      },
    },
    async (request, reply) => {
      const { principal, params, body } = request
      const condition = conditionOf(request)
      const etag = condition?.is === 'etag' ? { etag: condition.etag } : {}
      const outcome = await changeOne(principal.tenant, params.fleet, { is: 'patch', device: params.device, context: body, ...etag })
      if (outcome === 'stale') throw changedMeanwhile(true)
      if (outcome === 'absent') throw notFound(`the fleet \`${params.fleet}\` has no device \`${params.device}\``)
      await audit(parts, principal, 'device changed', `fleet/${params.fleet}/device/${params.device}`, { after: body })
      const found = await find(principal.tenant, params.fleet, params.device)
      return reply.header('etag', tagOf(found.etag)).send(answerOf(found))
    },
  )

  app.patch(
    '/v1/fleets/:fleet/devices',
    {
      config: { needs: 'operator', streams: true },
      schema: {
        tags: ['fleets'],
        summary: 'Changes many devices, as lines of JSON; those that are not there are added',
        description:
          '```sh\nprintf \'{"id":"gw-1","ram":96}\\n\' | curl -X PATCH -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/x-ndjson" $URL/v1/fleets/routers/devices --data-binary @-\n```',
        params: fleetNamed,
        querystring: z.object({
          id: z.string().min(1).max(128).default('id').describe('what the lines call the id'),
          format: z
            .enum(changeFormats)
            .default('ndjson')
            .describe(
              'twins of an Azure IoT hub, things of Eclipse Ditto, targets of hawkBit with their attributes: as a list or one per line',
            ),
        }),
        consumes: [ndjsonType],
        body: linesBody,
        response: { 200: z.object({ lines: z.int(), changed: z.int() }).describe('kept') },
      },
    },
    async (request) => {
      const { principal, params, query } = request
      const { tenant } = principal
      const done = await changeLines(parts, { tenant, fleet: params.fleet, idField: query.id, format: query.format }, bodyBytes(request))
      await audit(parts, principal, 'devices changed', `fleet/${params.fleet}`, { after: done })
      return done
    },
  )

  app.delete(
    '/v1/fleets/:fleet/devices/:device',
    {
      config: { needs: 'operator' },
      schema: { tags: ['fleets'], summary: 'Removes a device', params: named, response: { 204: z.null().describe('removed') } },
    },
    async (request, reply) => {
      const { principal, params } = request
      const condition = conditionOf(request)
      const etag = condition?.is === 'etag' ? { etag: condition.etag } : {}
      const outcome = await changeOne(principal.tenant, params.fleet, { is: 'remove', device: params.device, ...etag })
      if (outcome === 'stale') throw changedMeanwhile(true)
      if (outcome === 'absent') throw notFound(`the fleet \`${params.fleet}\` has no device \`${params.device}\``)
      await audit(parts, principal, 'device removed', `fleet/${params.fleet}/device/${params.device}`)
      return reply.code(204).send(null)
    },
  )
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw refusal(400, 'service/bad-cursor', 'the cursor is none that was given out')
  return value
}
