/** Traces of requests and jobs by OpenTelemetry, sent to a collector over HTTP (OTLP). Neither headers nor bodies nor queries are told. */
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace, type Context, type Span } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { DoJob } from '../jobs/do-job.ts'
import { version } from '../version.ts'

export interface Tracing {
  readonly requests: (app: FastifyInstance) => void
  readonly jobs: (doJob: DoJob) => DoJob
  /** What was traced is sent first. */
  readonly close: () => Promise<void>
}

/** `endpoint`: of the collector, without `/v1/traces`. One that does not answer keeps nobody waiting. */
export function startTracing(endpoint: string): Tracing {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'fleetproof', 'service.version': version }),
    spanProcessors: [
      new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces`, timeoutMillis: 5000 })),
    ],
  })
  const tracer = provider.getTracer('fleetproof', version)
  return {
    requests: (app) => {
      const open = new WeakMap<FastifyRequest, Span>()
      app.addHook('onRequest', (request, _reply, done) => {
        const route = request.routeOptions.url ?? 'none'
        const attributes = { 'http.request.method': request.method, 'http.route': route }
        open.set(request, tracer.startSpan(`${request.method} ${route}`, { kind: SpanKind.SERVER, attributes }, callerOf(request)))
        done()
      })
      app.addHook('onResponse', (request, reply, done) => {
        const span = open.get(request)
        span?.setAttribute('http.response.status_code', reply.statusCode)
        if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR })
        span?.end()
        done()
      })
    },
    jobs: (doJob) => async (job, told) => {
      const span = tracer.startSpan(`job ${job.kind}`, { attributes: { 'fleetproof.job': job.id, 'fleetproof.tenant': job.tenant } })
      try {
        return await doJob(job, told)
      } catch (error) {
        const { code } = error as { readonly code?: string }
        span.setStatus({ code: SpanStatusCode.ERROR, ...(code === undefined ? {} : { message: code }) })
        throw error
      } finally {
        span.end()
      }
    },
    close: () => provider.shutdown().catch(() => undefined),
  }
}

/** The trace that the caller is in (W3C Trace Context). */
function callerOf({ headers }: FastifyRequest): Context {
  const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(String(headers['traceparent'] ?? '')) ?? []
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT
  const traceFlags = Number.parseInt(flags ?? '0', 16) & TraceFlags.SAMPLED
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true })
}
