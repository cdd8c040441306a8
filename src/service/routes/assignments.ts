/** Assignments: asked for as a job, read, compared, explained device by device. */
import { z } from 'zod'
import type { StoredAssignment } from '../../store/assignments.ts'
import type { App } from '../app.ts'
import { assignRequest } from '../assign-request.ts'
import { findAssignment, holdsFor, placeOf, subjectAt } from '../assigned-subject.ts'
import { pageOf, readCursor } from '../cursor.ts'
import { deviceShape, nameShape, pageOfShape, pageShape } from '../names.ts'
import { ndjsonType, sendStream } from '../ndjson.ts'
import { audit, type Parts } from '../parts.ts'
import { badInput, notFound, refusal } from '../problem.ts'
import type { Answer } from '../thinking/questions.ts'
import { jobAnswer, jobShape } from './jobs.ts'

const summaryShape = z
  .object({
    id: z.string(),
    status: z.string().describe('assigned, impossible, undecided or invalid'),
    fleet: z.string().optional(),
    fleetRevision: z.int().optional(),
    model: z.string().optional(),
    modelEtag: z.string().optional(),
    devices: z.int(),
    actor: z.string(),
    created: z.string(),
    summary: z.unknown().describe('as `assign --json` answers, without devices'),
  })
  .meta({ id: 'Assignment' })
const outcomeShape = z
  .object({ device: z.string(), outcome: z.string(), variant: z.string().nullable(), settings: z.record(z.string(), z.unknown()) })
  .meta({ id: 'AssignedDevice' })

type Listed = Omit<StoredAssignment, 'manifest' | 'choices'>
function answerOf({
  id,
  status,
  fleet,
  fleetRevision,
  model,
  modelEtag,
  devices,
  actor,
  created,
  summary,
}: Listed): z.output<typeof summaryShape> {
  return {
    id,
    status,
    devices,
    actor,
    created,
    summary,
    ...(fleet === undefined ? {} : { fleet }),
    ...(fleetRevision === undefined ? {} : { fleetRevision }),
    ...(model === undefined ? {} : { model }),
    ...(modelEtag === undefined ? {} : { modelEtag }),
  }
}

const askShape = z.object({
  model: nameShape,
  fleet: nameShape.optional().describe('absent: the devices stand in the model'),
  seconds: z.int().min(1).max(3600).optional().describe('of each component, then tell what is known by then'),
})
const curl = (path: string) => `\`\`\`sh\ncurl -H "Authorization: Bearer $TOKEN" "$URL${path}"\n\`\`\``
const MOST_CHANGES = 1000

export function assignmentRoutes(app: App, parts: Parts): void {
  const { store, jobs, thinker } = parts
  const named = z.object({ assignment: z.string().min(1).max(128) })
  const deviceNamed = named.extend({ device: deviceShape })
  const find = (tenant: string, id: string): Promise<StoredAssignment> => findAssignment(parts, tenant, id)

  for (const whatIf of [false, true])
    app.post(
      whatIf ? '/v1/assignments/what-if' : '/v1/assignments',
      {
        config: { needs: whatIf ? 'reader' : 'operator' },
        schema: {
          tags: ['assignments'],
          summary: whatIf
            ? 'Tries changes beside the model as it is; a job that changes nothing'
            : 'Gives every device its best variant, with a checked proof; a job',
          description: whatIf
            ? '```sh\ncurl -X POST -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" $URL/v1/assignments/what-if -d \'{"model":"routers","fleet":"routers","edits":["variants.full.prefers = 0"]}\'\n```'
            : '```sh\ncurl -X POST -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -H "Idempotency-Key: assign-1" $URL/v1/assignments -d \'{"model":"routers","fleet":"routers"}\'\n```',
          body: whatIf ? askShape.extend({ edits: z.array(z.string().min(1).max(2000)).min(1).max(100) }) : askShape,
          response: { 202: jobShape.describe('begun: the result names the assignment') },
        },
      },
      async (request, reply) => {
        const { principal, body } = request
        const edits = 'edits' in body ? (body.edits as string[]) : []
        const { model, fleet, seconds } = body
        const input = await assignRequest(parts, principal.tenant, {
          model,
          whatIf: edits,
          ...(fleet === undefined ? {} : { fleet }),
          ...(seconds === undefined ? {} : { seconds }),
        })
        const job = await jobs.submit(principal.tenant, { kind: 'assign', input, actor: principal.name })
        await audit(parts, principal, 'assignment asked for', `job/${job.id}`, { after: { model, fleet, edits } })
        return reply.code(202).header('location', `/v1/jobs/${job.id}`).send(jobAnswer(job))
      },
    )

  app.get(
    '/v1/assignments',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['assignments'],
        summary: 'Lists assignments, newest first',
        description: curl('/v1/assignments?limit=10'),
        querystring: pageShape.extend({ fleet: nameShape.optional() }),
        response: { 200: pageOfShape(summaryShape).describe('one page') },
      },
    },
    async ({ principal, query: { limit, cursor, fleet } }) => {
      const [created, id] = readCursor(cursor)?.split(' ') ?? []
      const rows = await store.assignments.list(principal.tenant, {
        limit: limit + 1,
        ...(created === undefined || id === undefined ? {} : { before: { created, id } }),
        ...(fleet === undefined ? {} : { fleet }),
      })
      const { items, ...next } = pageOf(rows, limit, (row) => `${row.created} ${row.id}`)
      return { items: items.map(answerOf), ...next }
    },
  )

  app.get(
    '/v1/assignments/:assignment',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['assignments'],
        summary: 'What an assignment comes to: status, levels, counts, who got nothing',
        description: curl('/v1/assignments/$ASSIGNMENT'),
        params: named,
        response: { 200: summaryShape.describe('it') },
      },
    },
    async ({ principal, params }) => answerOf(await find(principal.tenant, params.assignment)),
  )

  app.get(
    '/v1/assignments/:assignment/devices.ndjson',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['assignments'],
        summary: 'What every device gets, as lines of JSON',
        description: curl('/v1/assignments/$ASSIGNMENT/devices.ndjson'),
        params: named,
        response: { 200: { description: 'one line per device', content: { [ndjsonType]: { schema: z.string() } } } },
      },
    },
    async (request, reply) => {
      const { principal, params } = request
      const { tenant } = principal
      const { id } = await find(tenant, params.assignment)
      return await sendStream(request, reply, ndjsonType, parts.carrier.lines({ is: 'assigned', tenant, assignment: id, side: 'chosen' }))
    },
  )

  app.get(
    '/v1/assignments/:assignment/devices/:device',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['assignments'],
        summary: 'What one device gets',
        description: curl('/v1/assignments/$ASSIGNMENT/devices/gw-1'),
        params: deviceNamed,
        response: { 200: outcomeShape.describe('its variant and settings') },
      },
    },
    async ({ principal, params }) => {
      const found = await find(principal.tenant, params.assignment)
      const outcome = await store.assignments.device(principal.tenant, params.assignment, params.device)
      const choice = outcome && found.choices[outcome.chosen]
      if (choice === undefined) throw notFound(`the assignment gives nothing to \`${params.device}\``)
      return { device: params.device, outcome: choice.outcome, variant: choice.variant ?? null, settings: { ...choice.settings } }
    },
  )

  app.get(
    '/v1/assignments/:assignment/devices/:device/explanation',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['assignments'],
        summary: 'Why a device gets what it gets, or why not something else',
        description: curl('/v1/assignments/$ASSIGNMENT/devices/gw-1/explanation?whyNot=lite'),
        params: deviceNamed,
        querystring: z.object({ whyNot: z.string().min(1).max(512).optional().describe('`VARIANT [SETTING=VALUE ...]`, or `nothing`') }),
        response: { 200: z.looseObject({}).describe('as `explain --json` answers') },
      },
    },
    async ({ principal, params, query: { whyNot } }) => {
      const found = await find(principal.tenant, params.assignment)
      const place = placeOf(found)
      await holdsFor(parts, principal.tenant, place)
      const subject = await subjectAt(parts, principal.tenant, place)
      const { device } = params
      const answer = await thinker.ask(
        whyNot === undefined ? { is: 'explain', subject, device } : { is: 'why-not', subject, device, wanted: whyNot },
        { stored: place.fleet === undefined ? {} : { fleet: { is: 'fleet', tenant: principal.tenant, fleet: place.fleet } } },
      )
      return answered(answer)
    },
  )

  app.get(
    '/v1/assignments/:assignment/difference',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['assignments'],
        summary: 'What differs from what ran before, or from another assignment',
        description: curl('/v1/assignments/$ASSIGNMENT/difference?from=today'),
        params: named,
        querystring: z.object({ from: z.string().min(1).max(128).default('today').describe('`today`, or an assignment') }),
        response: {
          200: z.looseObject({}).describe(`as \`diff --json\` answers, with at most ${MOST_CHANGES} changes; \`all\` counts them`),
        },
      },
    },
    async ({ principal, params, query: { from } }) => {
      const after = await find(principal.tenant, params.assignment)
      const before = from === 'today' ? after : await find(principal.tenant, from)
      const answer = await thinker.ask(
        { is: 'difference', most: MOST_CHANGES },
        {
          stored: {
            after: { is: 'assigned', tenant: principal.tenant, assignment: after.id, side: 'chosen' },
            before: { is: 'assigned', tenant: principal.tenant, assignment: before.id, side: from === 'today' ? 'current' : 'chosen' },
          },
        },
      )
      return answered(answer)
    },
  )
}

function answered(answer: Answer): Record<string, unknown> {
  switch (answer.is) {
    case 'answer':
      return answer.value as Record<string, unknown>
    case 'wrong':
      throw badInput(answer.diagnostics)
    case 'none':
    case 'unknown':
      throw refusal(409, 'service/no-assignment', 'there is no assignment to explain', {
        detail: answer.is === 'none' ? `it is ${answer.status}` : '',
      })
  }
}
