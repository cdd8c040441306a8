/** Login at a page, for browsers: a token or the organisation's provider in, a session cookie out. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../app.ts'
import { sessionCookie } from '../authenticate.ts'
import { forgetPrincipals } from '../find-principal.ts'
import { homePage, loginPage, ownPath } from '../login-page.ts'
import type { LoginState } from '../oidc.ts'
import { audit, now, type Parts } from '../parts.ts'
import type { Principal } from '../principal.ts'
import { refusal } from '../problem.ts'

const SESSION_SECONDS = 12 * 3600
const STATE_SECONDS = 600
const stateCookie = 'fleetproof_login'

const pageContent = { description: 'a page', content: { 'text/html': { schema: z.string() } } }
const html = { 200: pageContent }

export function loginRoutes(app: App, parts: Parts): void {
  const { oidc, failures, metrics } = parts
  const withProvider = oidc !== undefined
  const page = (reply: PageReply, text: string, status = 200): string => {
    reply.code(status)
    reply.type('text/html; charset=utf-8')
    reply.serializer(String)
    return text
  }

  app.get(
    '/login',
    {
      config: { needs: 'nobody' },
      schema: {
        tags: ['service'],
        summary: 'The page that asks for a token',
        description: '```sh\ncurl $URL/login\n```',
        querystring: z.object({ to: z.string().max(2048).optional() }),
        response: html,
      },
    },
    ({ query }, reply) => page(reply, loginPage({ to: ownPath(query.to), withProvider })),
  )

  app.post(
    '/login',
    {
      config: { needs: 'nobody' },
      schema: {
        tags: ['service'],
        summary: 'Opens a session for a token',
        description: '```sh\ncurl -i $URL/login -d token=$TOKEN\n```',
        consumes: ['application/x-www-form-urlencoded', 'application/json'],
        body: z.object({ token: z.string().max(512), to: z.string().max(2048).optional() }),
        response: { 303: z.null().describe('to where it was asked for, with the session as a cookie'), 401: pageContent },
      },
    },
    async (request, reply) => {
      refuseForeignForm(request, parts)
      const to = ownPath(request.body.to)
      const wait = failures.wait(request.ip)
      if (wait > 0)
        throw refusal(429, 'service/too-many-failures', 'too many failed logins from this address', {
          headers: { 'retry-after': String(wait) },
        })
      const token = await parts.store.tokens.find(request.body.token, now(parts))
      if (token === undefined) {
        failures.failed(request.ip)
        metrics.logins.inc({ outcome: 'refused' })
        return page(reply, loginPage({ to, withProvider, wrong: 'This token is unknown, expired or revoked.' }), 401)
      }
      await open(reply, { tenant: token.tenant, role: token.role, name: token.name, to, data: { token: token.id } })
      return reply
    },
  )

  app.post(
    '/logout',
    {
      config: { needs: 'reader', unkept: true },
      schema: {
        tags: ['service'],
        summary: 'Ends the session',
        response: { 303: z.null().describe('to the login page') },
      },
    },
    async (request, reply) => {
      const secret = request.cookies[sessionCookie]
      if (secret !== undefined) await parts.store.sessions.end(secret)
      forgetPrincipals(parts)
      await audit(parts, request.principal, 'logout', `session/${request.principal.name}`)
      return reply.clearCookie(sessionCookie, { path: '/' }).redirect('/login', 303)
    },
  )

  // Any other address is one of the page's own; programs are told that nothing is there.
  for (const url of ['/', '/*'])
    app.get(url, { config: { needs: 'reader' }, schema: { hide: true } }, (request, reply) => {
      const { name, role, tenant } = request.principal
      if (url === '/' || /^text\/html\b/.test(request.headers.accept ?? '')) return page(reply, homePage(name, role, tenant))
      throw refusal(404, 'service/no-route', 'nothing answers GET here')
    })

  if (oidc !== undefined) {
    app.get(
      '/login/oidc',
      {
        config: { needs: 'nobody' },
        schema: {
          tags: ['service'],
          summary: 'Leaves for the provider of logins',
          response: { 303: z.null().describe('to the provider') },
        },
      },
      async (_request, reply) => {
        const { address, kept } = await oidc.begin()
        const text = Buffer.from(JSON.stringify(kept)).toString('base64url')
        return reply
          .setCookie(stateCookie, text, { ...cookieOptions(parts), path: '/login', maxAge: STATE_SECONDS })
          .redirect(address.href, 303)
      },
    )
    app.get(
      '/login/callback',
      {
        config: { needs: 'nobody' },
        schema: {
          tags: ['service'],
          summary: 'Where the provider sends back to',
          response: { 303: z.null().describe('signed in'), 401: pageContent, 403: pageContent },
        },
      },
      async (request, reply) => {
        const kept = readState(request.cookies[stateCookie])
        void reply.clearCookie(stateCookie, { path: '/login' })
        const cameTo = new URL(request.url, `${parts.secure ? 'https' : 'http'}://${request.host}`)
        const person =
          kept === undefined
            ? { is: 'refused' as const, why: 'the login was not begun here, or too long ago' }
            : await oidc.finish(cameTo, kept)
        if (person.is === 'refused') {
          failures.failed(request.ip)
          metrics.logins.inc({ outcome: 'refused' })
          request.log.warn({ why: person.why }, 'login refused')
          return page(reply, loginPage({ to: '/', withProvider, wrong: 'The login was refused.' }), 401)
        }
        if ((await parts.store.tenants.get(person.tenant)) === undefined)
          return page(reply, loginPage({ to: '/', withProvider, wrong: 'Your organisation is not known here.' }), 403)
        await open(reply, { ...person, to: '/', data: {} })
        return reply
      },
    )
  }

  async function open(
    reply: CookieReply,
    { tenant, role, name, to, data }: Pick<Principal, 'tenant' | 'role' | 'name'> & { readonly to: string; readonly data: object },
  ): Promise<void> {
    const expires = new Date(parts.clock() + 1000 * SESSION_SECONDS).toISOString()
    const secret = await parts.store.sessions.create({ tenant, subject: name, role, data, expires }, now(parts))
    await audit(parts, { tenant, name }, 'login', `session/${name}`)
    metrics.logins.inc({ outcome: 'signed in' })
    reply.setCookie(sessionCookie, secret, { ...cookieOptions(parts), path: '/', maxAge: SESSION_SECONDS })
    reply.redirect(to, 303)
  }
}

interface PageReply {
  code(status: number): unknown
  type(type: string): unknown
  serializer(write: (text: unknown) => string): unknown
}

interface CookieReply {
  setCookie: (name: string, value: string, options: object) => unknown
  redirect: (to: string, status: number) => unknown
}

const cookieOptions = ({ secure }: Parts) => ({ httpOnly: true, sameSite: 'lax', secure }) as const

/** A form on another site must not log somebody in as somebody else. */
function refuseForeignForm({ headers, host }: FastifyRequest, { secure }: Parts): void {
  const { origin } = headers
  if (origin !== undefined && origin !== `${secure ? 'https' : 'http'}://${host}`)
    throw refusal(403, 'service/foreign-page', 'login is asked for by pages of this service only')
}

const stateShape = z.object({ state: z.string(), nonce: z.string(), verifier: z.string() })

function readState(text: string | undefined): LoginState | undefined {
  if (text === undefined) return undefined
  try {
    return stateShape.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
  } catch {
    return undefined
  }
}
