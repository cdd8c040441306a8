/** What Prometheus reads: requests by route, jobs, contexts that came in, and the process itself. */
import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

export interface Metrics {
  readonly registry: Registry
  readonly contexts: Counter<'way' | 'outcome'>
  readonly proposals: Counter<'outcome'>
  readonly logins: Counter<'outcome'>
}

export function metrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'fleetproof_' })
  const registers = [registry]
  return {
    registry,
    contexts: new Counter({
      name: 'fleetproof_contexts_total',
      help: 'contexts of devices that came in',
      labelNames: ['way', 'outcome'],
      registers,
    }),
    proposals: new Counter({
      name: 'fleetproof_proposals_total',
      help: 'assignments again after changes',
      labelNames: ['outcome'],
      registers,
    }),
    logins: new Counter({ name: 'fleetproof_logins_total', help: 'logins at the page', labelNames: ['outcome'], registers }),
  }
}

/** Counts every request under the route it matched, so that ids do not make new series. */
export function measureRequests(app: FastifyInstance, { registry }: Metrics): void {
  const registers = [registry]
  const took = new Histogram({
    name: 'fleetproof_request_seconds',
    help: 'time to answer a request',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers,
  })
  const open = new Gauge({ name: 'fleetproof_requests_open', help: 'requests being answered', registers })
  app.addHook('onRequest', (_request, _reply, done) => {
    open.inc()
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    open.dec()
    took.observe({ method: request.method, route: request.routeOptions.url ?? 'none', status: reply.statusCode }, reply.elapsedTime / 1000)
    done()
  })
}
