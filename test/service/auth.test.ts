// Who comes in, and what each role may do; the roles of every route are those of the OpenAPI document.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { roles } from '../../src/service/roles.ts'
import { runService, startTime, type Answer, type Caller, type TestService } from './running.ts'

interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly 'x-role': string; readonly security: readonly unknown[] }>>>>
}

let service: TestService
let routes: readonly { readonly method: string; readonly path: string; readonly role: string }[]
const callers = new Map<string, Caller>()

beforeAll(async () => {
  service = await runService({ tenants: ['default', 'other'] })
  const { json } = await service.admin['default']!.ask('GET', '/v1/openapi.json')
  routes = Object.entries((json as Described).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({ method: method.toUpperCase(), path: filled(path), role: described['x-role'] })),
  )
  for (const role of roles) callers.set(role, await service.withRole(role))
}, startTime)

afterAll(() => service.remove(), startTime)

/** A path whose names are of nothing that is there. */
function filled(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === 'token' ? '00000000-0000-4000-8000-000000000000' : 'nothing'))
}

const open = ['GET /health', 'GET /ready', 'GET /login', 'POST /login']

describe('every route', () => {
  it('says in the OpenAPI document who may call it, and only health and login are open', () => {
    expect(routes.length).toBeGreaterThan(50)
    expect(routes.filter(({ role }) => role === 'nobody').map(({ method, path }) => `${method} ${path}`)).toEqual(open)
    expect(routes.filter(({ role }) => role !== 'nobody' && !(roles as readonly string[]).includes(role))).toEqual([])
  })

  it('refuses who shows nothing, a broken token, an unknown token, and another scheme', async () => {
    const wrong: readonly Readonly<Record<string, string>>[] = [
      {},
      { authorization: 'Bearer' },
      { authorization: 'Bearer nonsense' },
      { authorization: `Bearer fp_${'A'.repeat(43)}` },
      { authorization: 'Basic YWRtaW46YWRtaW4=' },
      { cookie: `fleetproof_session=fp_${'A'.repeat(43)}` },
    ]
    for (const { method, path, role } of routes) {
      if (role === 'nobody') continue
      for (const headers of wrong) {
        const answer = await service.nobody.ask(method, path, undefined, headers)
        expect([answer.status, method, path]).toEqual([401, method, path])
        expect(answer.headers.get('content-type')).toContain('application/problem+json')
        expect(answer.headers.get('www-authenticate')).toContain('Bearer')
      }
    }
  })

  it('does what a role may, and refuses what it may not, for every role', async () => {
    for (const { method, path, role } of routes) {
      if (role === 'nobody') continue
      for (const [name, caller] of callers) {
        const may = roles.indexOf(name as (typeof roles)[number]) >= roles.indexOf(role as (typeof roles)[number])
        // What destroys or waits is only tried by those who may not.
        if (may && (path === '/logout' || path.endsWith('/deployment') || path.includes('/global/'))) continue
        const { status } = await caller.ask(method, path)
        expect([may ? status !== 403 && status !== 401 : status === 403, method, path, name, status]).toEqual([
          true,
          method,
          path,
          name,
          status,
        ])
        expect([status < 500, method, path, status]).toEqual([true, method, path, status])
      }
    }
  })

  it('is not found where nothing answers, whatever is asked', async () => {
    const { status } = await service.admin['default']!.ask('POST', '/v1/nothing/../../etc/passwd')
    expect(status).toBe(404)
  })
})

describe('a token', () => {
  it('is answered once and kept as a hash', async () => {
    const admin = service.admin['default']!
    const made = await admin.ask('POST', '/v1/tokens', { name: 'pipeline', role: 'operator' })
    expect(made.status).toBe(201)
    expect(made.at('secret')).toMatch(/^fp_[\w-]{43}$/)
    const list = await admin.ask('GET', '/v1/tokens')
    expect(list.text).not.toContain(String(made.at('secret')))
    expect(list.text).not.toContain('hash')
    expect(service.log()).not.toContain(String(made.at('secret')))
  })

  it('ends when it is revoked, at once', async () => {
    const admin = service.admin['default']!
    const made = await admin.ask('POST', '/v1/tokens', { name: 'short', role: 'reader' })
    const caller = service.caller(String(made.at('secret')))
    expect((await caller.ask('GET', '/v1/me')).status).toBe(200)
    expect((await admin.ask('DELETE', `/v1/tokens/${String(made.at('token.id'))}`)).status).toBe(204)
    expect((await caller.ask('GET', '/v1/me')).status).toBe(401)
  })

  it('of one tenant is not revoked by the admin of another', async () => {
    const made = await service.admin['default']!.ask('POST', '/v1/tokens', { name: 'mine', role: 'reader' })
    expect((await service.admin['other']!.ask('DELETE', `/v1/tokens/${String(made.at('token.id'))}`)).status).toBe(404)
    expect((await service.caller(String(made.at('secret'))).ask('GET', '/v1/me')).status).toBe(200)
  })
})

describe('a session', () => {
  const login = (token: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
    service.nobody.ask('POST', '/login', `token=${encodeURIComponent(token)}&to=/v1/me`, {
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    })
  const cookieOf = (answer: Answer): string => (answer.headers.get('set-cookie') ?? '').split(';')[0]!

  it('is opened by a token at the login page, and ended by logout and with its token', async () => {
    const made = await service.admin['default']!.ask('POST', '/v1/tokens', { name: 'person', role: 'operator' })
    const secret = String(made.at('secret'))
    const opened = await login(secret)
    expect([opened.status, opened.headers.get('location')]).toEqual([303, '/v1/me'])
    expect(opened.headers.get('set-cookie')).toMatch(/HttpOnly.*SameSite=Lax/i)
    const cookie = cookieOf(opened)
    const me = await service.nobody.ask('GET', '/v1/me', undefined, { cookie })
    expect(me.json).toEqual({ tenant: 'default', name: 'person', role: 'operator' })
    const second = cookieOf(await login(secret))
    expect((await service.nobody.ask('POST', '/logout', undefined, { cookie, origin: service.url })).status).toBe(303)
    expect((await service.nobody.ask('GET', '/v1/me', undefined, { cookie })).status).toBe(401)
    expect((await service.nobody.ask('GET', '/v1/me', undefined, { cookie: second })).status).toBe(200)
    await service.admin['default']!.ask('DELETE', `/v1/tokens/${String(made.at('token.id'))}`)
    expect((await service.nobody.ask('GET', '/v1/me', undefined, { cookie: second })).status).toBe(401)
  })

  it('is not used by pages of others, and no other page logs somebody in', async () => {
    const cookie = cookieOf(await login(callers.get('admin')!.token))
    const foreign = await service.nobody.ask(
      'POST',
      '/v1/tokens',
      { name: 'stolen', role: 'admin' },
      { cookie, origin: 'https://evil.example' },
    )
    expect(foreign.status).toBe(403)
    const crossSite = await service.nobody.ask(
      'POST',
      '/v1/tokens',
      { name: 'stolen', role: 'admin' },
      { cookie, 'sec-fetch-site': 'cross-site' },
    )
    expect(crossSite.status).toBe(403)
    expect((await login(callers.get('admin')!.token, { origin: 'https://evil.example' })).status).toBe(403)
  })

  it('never leads to another site', async () => {
    for (const to of ['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)', '/\r\nset-cookie: a=b']) {
      const answer = await service.nobody.ask('POST', '/login', `token=${callers.get('reader')!.token}&to=${encodeURIComponent(to)}`, {
        'content-type': 'application/x-www-form-urlencoded',
      })
      expect(answer.headers.get('location')).toBe('/')
    }
  })

  it('is a token neither, nor is a token one', async () => {
    const cookie = cookieOf(await login(callers.get('reader')!.token))
    expect((await service.caller(cookie.split('=')[1]!).ask('GET', '/v1/me')).status).toBe(401)
    expect(
      (await service.nobody.ask('GET', '/v1/me', undefined, { cookie: `fleetproof_session=${callers.get('reader')!.token}` })).status,
    ).toBe(401)
  })

  it('is asked for where a browser comes without one', async () => {
    const answer = await service.nobody.ask('GET', '/v1/docs', undefined, { accept: 'text/html' })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/login?to=%2Fv1%2Fdocs'])
    const page = await service.nobody.ask('GET', '/login?to=%22%3E%3Cscript%3E', undefined, { accept: 'text/html' })
    expect(page.text).not.toContain('<script')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  })
})

describe('tenants', () => {
  it('see nothing of each other, whatever is written', async () => {
    const [mine, theirs] = [service.admin['default']!, service.admin['other']!]
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/)
    await fc.assert(
      fc.asyncProperty(name, fc.constantFrom('model', 'fleet', 'device', 'template', 'webhook'), async (id, sort) => {
        const [write, read]: readonly [readonly [string, string, unknown], string] = {
          model: [
            ['PUT', `/v1/models/${id}`, { text: 'fleetproof: 1\ncontext: {}\ndevices: []\nvariants: {only-mine: {}}\n' }],
            `/v1/models/${id}`,
          ] as const,
          fleet: [['POST', '/v1/fleets', { fleet: id }], `/v1/fleets/${id}`] as const,
          device: [['PUT', `/api/device/${id}`, { environment: 'only-mine' }], `/v1/fleets/divenact/devices/${id}`] as const,
          template: [['PUT', `/api/template/${id}`, { content: { only: 'only-mine' } }], '/api/template'] as const,
          webhook: [['PUT', `/v1/webhooks/${id}`, { url: 'https://only-mine.example/' }], '/v1/webhooks'] as const,
        }[sort]
        expect([200, 201, 409]).toContain((await mine.ask(...write)).status)
        expect((await mine.ask('GET', read)).status).toBe(200)
        const foreign = await theirs.ask('GET', read)
        expect(foreign.text).not.toContain('only-mine')
        if (sort !== 'template' && sort !== 'webhook') expect(foreign.status).toBe(404)
        for (const list of [
          '/v1/models',
          '/v1/fleets',
          '/v1/jobs',
          '/v1/assignments',
          '/v1/checks',
          '/v1/audit',
          '/api/device',
          '/v1/tokens',
          '/v1/proposals',
        ])
          expect((await theirs.ask('GET', list)).text).not.toContain(`"${id}"`)
      }),
      { seed: 6, numRuns: 20 },
    )
  })
})
