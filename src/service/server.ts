/** The HTTP server: what holds for every request, then the routes. Listens nowhere by itself. */
import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'
import cookie from '@fastify/cookie'
import multipart from '@fastify/multipart'
import rateLimit from '@fastify/rate-limit'
import Fastify, { type RawServerDefault } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Logger } from 'pino'
import { answerError, answerNotFound } from './answer-errors.ts'
import type { App } from './app.ts'
import { authenticate } from './authenticate.ts'
import { keepAnswers } from './idempotency.ts'
import { measureRequests } from './metrics.ts'
import { describeRoutes, showPage } from './openapi.ts'
import { secureHeaders } from './page-rules.ts'
import type { Parts } from './parts.ts'
import { guardPressure, pressureLimits, type PressureLimits } from './pressure.ts'
import { findPrincipal } from './find-principal.ts'
import { requestName } from './request-name.ts'
import { addRoutes } from './routes/all.ts'
import type { Tracing } from './tracing.ts'
import { uploadLimits } from './uploads/limits.ts'

export interface ServerOptions {
  readonly log: Logger
  readonly tls?: { readonly certificate: string; readonly key: string }
  readonly behindProxy?: boolean
  readonly pressure?: PressureLimits
  /** Requests of one caller in a second. */
  readonly rate?: number
  readonly tracing?: Tracing
}

const LARGEST_JSON = 64 * 2 ** 20
const REQUEST_MILLISECONDS = 60_000

export async function buildServer(parts: Parts, options: ServerOptions): Promise<App> {
  const app: App = Fastify<RawServerDefault, IncomingMessage, ServerResponse>({
    loggerInstance: options.log,
    genReqId: requestName,
    trustProxy: options.behindProxy === true,
    bodyLimit: 4 * 2 ** 20,
    // Names of devices stand in paths.
    routerOptions: { maxParamLength: 1024, ignoreTrailingSlash: true },
    // A body that comes slower than this is an attack or a broken line; streams of devices have a limit of their own.
    requestTimeout: 0,
    connectionTimeout: 0,
    keepAliveTimeout: 30_000,
    forceCloseConnections: 'idle',
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    serverFactory: (handler) => listener(handler, options),
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(answerError)
  app.setNotFoundHandler(answerNotFound)
  app.decorateRequest('principal')

  await secureHeaders(app, parts.secure)
  await guardPressure(app, options.pressure ?? pressureLimits)
  measureRequests(app, parts.metrics)
  options.tracing?.requests(app)
  await app.register(cookie)
  authenticate(app, { find: findPrincipal(parts), failures: parts.failures, secure: parts.secure })
  await app.register(rateLimit, {
    hook: 'preHandler',
    max: options.rate ?? 2000,
    timeWindow: 1000,
    keyGenerator: (request) => (request.principal as { readonly id: string } | undefined)?.id ?? request.ip,
  })
  await app.register(multipart, {
    limits: { fileSize: uploadLimits.largestTotal, files: 1000, fields: 200, fieldSize: LARGEST_JSON, parts: 1200, headerPairs: 50 },
  })
  takeBodies(app)
  keepAnswers(app, parts.store, parts.clock)
  await describeRoutes(app)
  await addRoutes(app, parts)
  await showPage(app)
  return app
}

/** Forms of the login page, and streams that routes read by themselves. */
function takeBodies(app: App): void {
  app.removeContentTypeParser('text/plain')
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: 16_384 }, (_request, text, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(text))))
  })
  app.addContentTypeParser(['application/x-ndjson', 'application/ndjson', 'text/csv'], (_request, payload, done) => done(null, payload))
  app.addContentTypeParser(
    ['application/yaml', 'text/yaml', 'application/x-yaml'],
    { parseAs: 'string', bodyLimit: LARGEST_JSON },
    (_request, text, done) => done(null, text),
  )
}

function listener(handler: (request: IncomingMessage, response: never) => void, { tls }: ServerOptions): Server {
  const limits = { requestTimeout: 0, headersTimeout: REQUEST_MILLISECONDS, maxHeaderSize: 16_384 }
  const server =
    tls === undefined
      ? createHttp(limits, handler as never)
      : (createHttps({ ...limits, cert: tls.certificate, key: tls.key, minVersion: 'TLSv1.2' }, handler as never) as unknown as Server)
  return server
}
