/** Lets nobody in who does not show a token or a session, and nobody do more than their role; every route must say what it needs. */
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import { EngineError } from '../diagnostics/engine-error.ts'
import type { FailedLogins } from './failed-logins.ts'
import type { Principal } from './principal.ts'
import { isRefusal, refusal } from './problem.ts'
import { allows } from './roles.ts'

export const sessionCookie = 'fleetproof_session'

export interface Authentication {
  /** Whom a token or session stands for; undefined where it is unknown, expired or revoked. */
  readonly find: (secret: string, by: Principal['by']) => Promise<Principal | undefined>
  readonly failures: FailedLogins
  /** Whether browsers reach us by https. */
  readonly secure: boolean
}

export function authenticate(app: FastifyInstance, authentication: Authentication): void {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => void routes.push(route))
  app.addHook('onReady', (done) => {
    const open = routes.find(({ config }) => config?.needs === undefined)
    done(
      open === undefined
        ? undefined
        : new EngineError('service/open-route', `${String(open.method)} ${open.url} does not say which role it needs`),
    )
  })
  app.addHook('onRequest', async (request, reply) => {
    // What matches no route is answered as such, whoever asks.
    const { needs } = request.routeOptions.config
    if (needs === undefined || needs === 'nobody') return undefined
    let principal: Principal
    try {
      principal = await principalOf(request, authentication)
    } catch (error) {
      if (isPage(request) && isRefusal(error) && error.problem.status === 401)
        return reply.redirect(`/login?to=${encodeURIComponent(request.url)}`, 303)
      throw error
    }
    if (!allows(principal.role, needs))
      throw refusal(403, 'service/role', `this needs the role \`${needs}\``, {
        detail: `\`${principal.name}\` has the role \`${principal.role}\``,
      })
    request.principal = principal
    return undefined
  })
}

async function principalOf(request: FastifyRequest, { find, failures, secure }: Authentication): Promise<Principal> {
  const wait = failures.wait(request.ip)
  if (wait > 0)
    throw refusal(429, 'service/too-many-failures', 'too many failed logins from this address', {
      headers: { 'retry-after': String(wait) },
    })
  const shown = credentials(request)
  if (shown === undefined) throw unauthorized('a token or a session is needed')
  if (shown.by === 'session') refuseForeign(request, secure)
  // What cannot be a secret of ours is not looked up.
  const principal = /^fp_[A-Za-z0-9_-]{43}$/.test(shown.token) ? await find(shown.token, shown.by) : undefined
  if (principal === undefined) {
    failures.failed(request.ip)
    throw unauthorized('the token is unknown, expired or revoked')
  }
  return principal
}

/** A person in a browser is sent to the login page; a program is told what is missing. */
const isPage = ({ method, headers }: FastifyRequest): boolean => method === 'GET' && /^text\/html\b/.test(headers.accept ?? '')

const unauthorized = (title: string) =>
  refusal(401, 'service/unauthenticated', title, { headers: { 'www-authenticate': 'Bearer realm="fleetproof"' } })

function credentials(request: FastifyRequest): { readonly token: string; readonly by: Principal['by'] } | undefined {
  const { authorization } = request.headers
  if (authorization !== undefined) {
    const token = /^Bearer +(\S+) *$/i.exec(authorization)?.[1]
    return { token: token ?? '', by: 'token' }
  }
  const session = request.cookies[sessionCookie]
  return session === undefined ? undefined : { token: session, by: 'session' }
}

/** A page of somebody else must not act with the cookie of whoever looks at it. */
function refuseForeign(request: FastifyRequest, secure: boolean): void {
  if (request.method === 'GET' || request.method === 'HEAD') return
  const { origin } = request.headers
  const site = request.headers['sec-fetch-site']
  const own = `${secure ? 'https' : 'http'}://${request.host}`
  if ((origin !== undefined && origin !== own) || (site !== undefined && site !== 'same-origin' && site !== 'none'))
    throw refusal(403, 'service/foreign-page', 'a session is used by pages of this service only', { detail: 'programs use a token' })
}
