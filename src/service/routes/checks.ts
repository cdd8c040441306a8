/** Conflict checks: asked for with the automations themselves, answered as a verdict and in every format of reports. */
import { z } from 'zod'
import { gateReport } from '../../explain/gate.ts'
import { readBaseline } from '../../model/baseline.ts'
import type { CheckJob } from '../../jobs/job-inputs.ts'
import { gateJson } from '../../report/gate-json.ts'
import { gateText } from '../../report/gate-text.ts'
import { reportFormats, type ReportFormat } from '../../report/report-formats.ts'
import type { App } from '../app.ts'
import { checkJob, checkShape, gateShape } from '../check-request.ts'
import { checkedReport } from '../checked-report.ts'
import { pageOf, readCursor } from '../cursor.ts'
import { pageOfShape, pageShape } from '../names.ts'
import { audit, now, type Parts } from '../parts.ts'
import { badInput, notFound } from '../problem.ts'
import { takeParts } from '../uploads/check-form.ts'
import { watchCheck } from '../webhooks.ts'
import { jobAnswer, jobShape } from './jobs.ts'

const checkAnswerShape = z
  .object({
    id: z.string(),
    verdict: z.string().describe('the worst of all findings'),
    summary: z.unknown(),
    actor: z.string(),
    created: z.string(),
  })
  .meta({ id: 'Check' })
const types: Readonly<Record<ReportFormat, string>> = {
  text: 'text/plain; charset=utf-8',
  json: 'application/json; charset=utf-8',
  sarif: 'application/sarif+json; charset=utf-8',
  junit: 'application/xml; charset=utf-8',
  markdown: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
  dot: 'text/vnd.graphviz; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
}

export function checkRoutes(app: App, parts: Parts): void {
  const { store, jobs } = parts
  const named = z.object({ check: z.string().min(1).max(128) })

  app.post(
    '/v1/checks',
    {
      config: { needs: 'operator' },
      bodyLimit: 128 * 2 ** 20,
      schema: {
        tags: ['checks'],
        summary: 'Tells whether automations fight; a job',
        description:
          'As JSON, or as a form: each file in a field called like its format, a whole home as an archive (zip, tar, tar.gz) in `home-assistant`, or everything in one `archive` with fields `source` that name its parts.\n```sh\ncurl -X POST -H "Authorization: Bearer $TOKEN" $URL/v1/checks -F native=@examples/comfort.yaml -F native=@examples/energy.yaml -F kind=K1\n```',
        consumes: ['application/json', 'multipart/form-data'],
        body: checkShape.nullish(),
        response: { 202: jobShape.describe('begun: the result names the report') },
      },
    },
    async (request, reply) => {
      const { principal } = request
      const asked = await askedWith(request, parts)
      const job = await jobs.submit(principal.tenant, { kind: 'check', ...asked.job, actor: principal.name })
      await audit(parts, principal, 'check asked for', `job/${job.id}`, {
        after: { sources: asked.sources },
      })
      await watchCheck(parts, principal.tenant, job.id)
      return reply.code(202).header('location', `/v1/jobs/${job.id}`).send(jobAnswer(job))
    },
  )

  app.get(
    '/v1/checks',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['checks'],
        summary: 'Lists finished checks, newest first',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" $URL/v1/checks\n```',
        querystring: pageShape,
        response: { 200: pageOfShape(checkAnswerShape).describe('one page') },
      },
    },
    async ({ principal, query: { limit, cursor } }) => {
      const before = readCursor(cursor)
      const rows = await store.reports.list(principal.tenant, {
        limit: limit + 1,
        kind: 'check',
        ...(before === undefined ? {} : { before: Number(before) }),
      })
      const { items, ...next } = pageOf(rows, limit, ({ seq }) => String(seq))
      return { items: items.map(({ id, verdict, summary, actor, created }) => ({ id, verdict, summary, actor, created })), ...next }
    },
  )

  app.get(
    '/v1/checks/:check',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['checks'],
        summary: 'The verdict of a finished check',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" $URL/v1/checks/$CHECK\n```',
        params: named,
        response: { 200: checkAnswerShape.describe('it') },
      },
    },
    async ({ principal, params }) => {
      const { id, verdict, summary, actor, created } = await find(principal.tenant, params.check)
      return { id, verdict, summary, actor, created }
    },
  )

  app.get(
    '/v1/checks/:check/report',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['checks'],
        summary: 'The whole report in a format of the command line',
        description: '```sh\ncurl -H "Authorization: Bearer $TOKEN" "$URL/v1/checks/$CHECK/report?format=sarif"\n```',
        params: named,
        querystring: z.object({
          format: z.enum(reportFormats).default('json'),
          all: z.stringbool().default(false).describe('what is proved one by one, too'),
          relations: z.stringbool().default(false),
        }),
        response: {
          200: {
            description: 'the report',
            content: Object.fromEntries(Object.values(types).map((type) => [type.split(';')[0]!, { schema: z.string() }])),
          },
        },
      },
    },
    async ({ principal, params, query: { format, all, relations } }, reply) => {
      checkedReport((await find(principal.tenant, params.check)).content)
      const text = await parts.carrier.report({ tenant: principal.tenant, check: params.check, format, all, relations })
      return reply.type(types[format]).serializer(String).send(text)
    },
  )

  app.post(
    '/v1/checks/:check/gate',
    {
      config: { needs: 'reader' },
      schema: {
        tags: ['checks'],
        summary: 'One verdict for a pipeline, with a baseline of what is known and accepted',
        description:
          '```sh\ncurl -X POST -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" $URL/v1/checks/$CHECK/gate -d \'{"failOn":"error"}\'\n```',
        params: named,
        body: gateShape,
        response: {
          200: z
            .looseObject({ verdict: z.enum(['pass', 'conflict', 'unsure']), text: z.string() })
            .describe('as `gate --json` answers, and as text'),
        },
      },
    },
    async ({ principal, params, body: { failOn, allowPossible, allowUnknown, baseline } }) => {
      const report = checkedReport((await find(principal.tenant, params.check)).content)
      const known = baseline === undefined ? undefined : readBaseline(baseline)
      if (known?.ok === false) throw badInput(known.diagnostics)
      const result = gateReport(report, known?.value ?? { accepted: [] }, {
        failOn,
        allowed: { possible: allowPossible, unknown: allowUnknown },
        today: now(parts).slice(0, 10),
      })
      return { ...gateJson(result), verdict: result.verdict, text: gateText(result, { colour: false }) }
    },
  )

  async function find(tenant: string, id: string) {
    const found = await store.reports.get(tenant, id)
    if (found !== undefined) return found
    const job = await jobs.get(tenant, id)
    throw notFound(job === undefined ? `there is no check \`${id}\`` : `the check is ${job.status}: there is no report of it`)
  }
}

interface Asked {
  readonly job: { readonly input: CheckJob } | { readonly inputText: string }
  /** As the audit calls them. */
  readonly sources: readonly string[]
}

/** Forms with their archives are read in a thread of their own. */
async function askedWith(
  request: {
    readonly isMultipart: () => boolean
    readonly parts: () => Parameters<typeof takeParts>[0]
    readonly body: unknown
  },
  { carrier }: Pick<Parts, 'carrier'>,
): Promise<Asked> {
  if (request.isMultipart()) {
    const read = await carrier.form(await takeParts(request.parts()))
    if (!read.ok) throw badInput(read.diagnostics)
    const { inputText, sources } = read.value
    return { job: { inputText }, sources }
  }
  const read = checkShape.safeParse(request.body)
  if (read.success) {
    const input = checkJob(read.data)
    if (!input.ok) throw badInput(input.diagnostics)
    return { job: { input: input.value }, sources: read.data.sources.map(({ format, name }) => `${format}:${name}`) }
  }
  throw badInput([{ code: 'service/no-body', severity: 'error', message: 'a check needs sources', at: { source: 'body' } }])
}
