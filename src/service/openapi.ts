/** The OpenAPI 3.1 document, made from the schemas of the routes, and the page that shows it. */
import type { FastifyInstance, RouteOptions } from 'fastify'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { version } from '../version.ts'
import { problemShape, problemType } from './problem.ts'
import { keyHeader } from './idempotency-key.ts'

type TransformInput = Parameters<typeof jsonSchemaTransform>[0]

export const documentPath = '/v1/openapi.json'
export const pagePath = '/v1/docs'

const about = `Every route but health and login needs a token (\`Authorization: Bearer fp_...\`) or the session of the login page.
What is wrong is answered as problem details (RFC 9457) with located diagnostics. Long work is a job: \`202\`, its progress as server-sent events.
Every POST takes an \`Idempotency-Key\`: the same key answers the same again and does nothing twice.`

export async function describeRoutes(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Fleetproof', version, description: about, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
      servers: [{ url: '/', description: 'this service' }],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'a token, made by an admin' },
          session: { type: 'apiKey', in: 'cookie', name: 'fleetproof_session', description: 'after login' },
        },
      },
      tags,
    },
    transform: (input) => describeOne(input),
    transformObject: jsonSchemaTransformObject,
  })
}

const tags = [
  ['service', 'health, login, metrics'],
  ['fleets', 'devices and what is known of them'],
  ['models', 'what may run, and what must hold'],
  ['assignments', 'which device runs what, and why'],
  ['checks', 'whether automations fight'],
  ['releases', 'signed snapshots, and the gates of their stages'],
  ['rollouts', 'plans carried out in waves'],
  ['inventory', 'what runs where, since when'],
  ['jobs', 'long work'],
  ['administration', 'tokens and audit'],
  ['divenact', 'the routes of the DivEnact front end'],
].map(([name = '', description = '']) => ({ name, description }))

/** Adds what holds for every route: who may call it, the key of a POST, how a refusal looks. */
function describeOne(input: TransformInput): ReturnType<typeof jsonSchemaTransform> {
  const { url } = input
  const { schema, route } = input as { readonly schema?: typeof input.schema; readonly route?: RouteOptions }
  if (schema === undefined || schema.hide === true) return jsonSchemaTransform(input)
  const needs = route?.config?.needs ?? 'nobody'
  const refused = { description: 'refused; the problem says why', content: { [problemType]: { schema: problemShape } } }
  const response = { ...(schema.response as object | undefined), default: refused }
  const made = jsonSchemaTransform({ ...input, schema: { ...schema, response } })
  const method = String(route?.method)
  return {
    url,
    schema: {
      ...made.schema,
      operationId: schema.operationId ?? nameOf(method, url),
      ...(needs === 'nobody' ? { security: [] } : { security: [{ token: [] }, { session: [] }] }),
      ...roleNote(needs),
      ...(method === 'POST' && needs !== 'nobody' && made.schema.headers === undefined ? { headers: keyHeader } : {}),
    },
  }
}

/** An extension of the format: tools that do not know it pass it over. */
const roleNote = (needs: string): object => ({ 'x-role': needs })

/** `GET /v1/fleets/:fleet/devices` is `get_fleets_fleet_devices`. */
function nameOf(method: string, url: string): string {
  const words = url.split('/').filter((word) => word !== '' && word !== 'v1')
  return [method.toLowerCase(), ...words.map((word) => word.replaceAll(/[^A-Za-z0-9]/g, ''))].join('_')
}

/** The page needs a session as everything else does. */
export async function showPage(app: FastifyInstance): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, needs: 'reader' }
      route.schema = { ...route.schema, hide: true }
    })
    await scope.register(swaggerUi, { routePrefix: pagePath, staticCSP: true, uiConfig: { docExpansion: 'list', deepLinking: true } })
  })
  app.get(documentPath, { schema: { hide: true }, config: { needs: 'reader' } }, () => app.swagger())
}
