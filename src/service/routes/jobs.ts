/** Long work: how far it is, what came of it, its events as they happen, its end on request. */
import { z } from 'zod'
import { endsAfter } from '../../ends-after.ts'
import type { Job } from '../../jobs/jobs.ts'
import type { App } from '../app.ts'
import { pageOf, readCursor } from '../cursor.ts'
import { sendEvents, type StreamEvent } from '../event-stream.ts'
import { pageOfShape, pageShape } from '../names.ts'
import { audit, type Parts } from '../parts.ts'
import { notFound, refusal } from '../problem.ts'

const statusShape = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled'])
export const jobShape = z
  .object({
    id: z.string(),
    kind: z.string(),
    status: statusShape,
    cancelling: z.boolean(),
    progress: z.object({ phase: z.string(), done: z.number().optional(), of: z.number().optional() }).optional(),
    result: z.unknown().optional().describe('what was made: the id of an assignment or a report'),
    failure: z.object({ code: z.string(), message: z.string() }).optional(),
    actor: z.string(),
    created: z.string(),
    started: z.string().optional(),
    finished: z.string().optional(),
    attempt: z.int().describe('how often a process took it up'),
  })
  .meta({ id: 'Job' })

export type JobAnswer = z.output<typeof jobShape>

export function jobAnswer({
  id,
  kind,
  status,
  cancelling,
  progress,
  result,
  failure,
  actor,
  created,
  started,
  finished,
  attempt,
}: Job): JobAnswer {
  return {
    id,
    kind,
    status,
    cancelling,
    actor,
    created,
    attempt,
    ...(progress === undefined ? {} : { progress }),
    ...(result === undefined ? {} : { result }),
    ...(failure === undefined ? {} : { failure }),
    ...(started === undefined ? {} : { started }),
    ...(finished === undefined ? {} : { finished }),
  }
}

export function jobRoutes(app: App, parts: Parts): void {
  const { jobs } = parts
  const named = z.object({ job: z.string().min(1).max(128) })
  const find = async (tenant: string, id: string): Promise<Job> => {
    const job = await jobs.get(tenant, id)
    if (job === undefined) throw notFound(`there is no job \`${id}\``)
    return job
  }

  app.get(
    '/v1/jobs',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['jobs'],
        summary: 'Lists jobs, newest first',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" "$URL/v1/jobs?status=succeeded"\n```',
        querystring: pageShape.extend({ kind: z.string().max(64).optional(), status: statusShape.optional() }),
        response: { 200: pageOfShape(jobShape).describe('one page') },
      },
    },
    async ({ principal, query: { limit, cursor, kind, status } }) => {
      const before = readCursor(cursor)
      const rows = await jobs.list(principal.tenant, {
        limit: limit + 1,
        ...(before === undefined ? {} : { before: Number(before) }),
        ...(kind === undefined ? {} : { kind }),
        ...(status === undefined ? {} : { status }),
      })
      const { items, ...next } = pageOf(rows, limit, ({ seq }) => String(seq))
      return { items: items.map(jobAnswer), ...next }
    },
  )

  app.get(
    '/v1/jobs/:job',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['jobs'],
        summary: 'How far a job is; with `wait` it is answered when it has ended',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" "$URL/v1/jobs/$JOB?wait=30"\n```',
        params: named,
        querystring: z.object({ wait: z.coerce.number().int().min(0).max(60).default(0).describe('at most so many seconds') }),
        response: { 200: jobShape.describe('as it is now') },
      },
    },
    async (request, reply) => {
      const { principal, params, query } = request
      const job = await find(principal.tenant, params.job)
      if (query.wait === 0 || job.finished !== undefined) return jobAnswer(job)
      const left = new AbortController()
      // The request closes as soon as it is read; the answer, when somebody leaves.
      reply.raw.once('close', () => left.abort())
      const ended = await jobs.finished(principal.tenant, job.id, endsAfter(1000 * query.wait, left.signal)).catch((error: unknown) => {
        if (left.signal.aborted || (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')))
          return undefined
        throw error
      })
      return jobAnswer(ended ?? (await find(principal.tenant, job.id)))
    },
  )

  app.get(
    '/v1/jobs/:job/events',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['jobs'],
        summary: 'The events of a job as they happen; `Last-Event-ID` goes on behind that one',
        description: '```sh\ncurl -N -H "Authorization: Bearer $TOKEN" $URL/v1/jobs/$JOB/events\n```',
        params: named,
        response: { 200: { description: 'server-sent events', content: { 'text/event-stream': { schema: z.string() } } } },
      },
    },
    async (request, reply) => {
      const { principal, params } = request
      await find(principal.tenant, params.job)
      await sendEvents(request, reply, (after, signal) => streamed(jobs.events(principal.tenant, params.job, after, signal)))
      return reply as never
    },
  )

  app.post(
    '/v1/jobs/:job/cancel',
    {
      config: { needs: 'operator' },
      schema: {
        tags: ['jobs'],
        summary: 'Asks that a job end; its solvers stop soon',
        params: named,
        response: { 202: jobShape.describe('asked') },
      },
    },
    async (request, reply) => {
      const { principal, params } = request
      await find(principal.tenant, params.job)
      if (!(await jobs.cancel(principal.tenant, params.job))) throw refusal(409, 'service/job-ended', 'the job has ended already')
      await audit(parts, principal, 'job cancelled', `job/${params.job}`)
      return reply.code(202).send(jobAnswer(await find(principal.tenant, params.job)))
    },
  )
}

async function* streamed(
  events: AsyncIterable<{ readonly seq: number; readonly at: string; readonly type: string; readonly data: unknown }>,
): AsyncGenerator<StreamEvent> {
  for await (const { seq, at, type, data } of events) yield { id: seq, event: type, data: { at, ...(data as object | undefined) } }
}
