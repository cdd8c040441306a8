// Signing in through a real OpenID Connect provider that runs in this process.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runService, startTime, type TestService } from './running.ts'

const people: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  olga: { email: 'olga@example.org', roles: ['something', 'operator'] },
  rita: { email: 'rita@example.org', roles: 'reader' },
  nina: { email: 'nina@example.org', roles: ['guest'] },
}

let service: TestService
let server: Server
let freePort: number

beforeAll(async () => {
  const free = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => free.once('listening', resolve))
  freePort = (free.address() as AddressInfo).port
  await new Promise((resolve) => free.close(resolve))
  server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const redirect = `http://127.0.0.1:${freePort}/login/callback`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'fleetproof',
        client_secret: 'a secret of the test',
        redirect_uris: [redirect],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    claims: { openid: ['sub', 'roles', 'email'], email: ['email'], profile: [] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: true } },
    cookies: { keys: ['a key of the test'] },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, ...people[sub] }) }),
  })
  const handle = provider.callback()
  server.on('request', (request, response) => void handle(request, response))
  service = await runService({
    port: freePort,
    oidc: { issuer, clientId: 'fleetproof', clientSecret: 'a secret of the test', redirect, tenant: 'default', insecure: true },
  })
}, startTime)
afterAll(async () => {
  await service.remove()
  server.closeAllConnections()
  server.close()
})

/** A browser that keeps cookies by site and follows redirects, filling in the provider's forms. */
function browser(person: string) {
  const jar = new Map<string, Map<string, string>>()
  const go = async (
    address: string,
    form?: Readonly<Record<string, string>>,
  ): Promise<{ readonly address: string; readonly status: number; readonly text: string }> => {
    const { host } = new URL(address)
    const cookies = jar.get(host) ?? new Map<string, string>()
    jar.set(host, cookies)
    const answer = await fetch(address, {
      method: form === undefined ? 'GET' : 'POST',
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
    })
    for (const line of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=')
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
    const to = answer.headers.get('location')
    const text = await answer.text()
    return to === null ? { address, status: answer.status, text } : go(new URL(to, address).href)
  }
  const signIn = async () => {
    let page = await go(`${service.url}/login/oidc`)
    for (let step = 0; step < 5 && !page.address.startsWith(service.url); step++) {
      const action = /action="([^"]+)"/.exec(page.text)?.[1]
      if (action === undefined) break
      page = await go(
        new URL(action, page.address).href,
        page.text.includes('name="login"') ? { prompt: 'login', login: person, password: 'x' } : { prompt: 'consent' },
      )
    }
    return page
  }
  return { go, signIn, jar }
}

describe('a person', () => {
  it('signs in at the provider with the strongest of our roles', async () => {
    const olga = browser('olga')
    const home = await olga.signIn()
    expect([home.status, home.text.includes('olga@example.org is signed in as operator of default')]).toEqual([200, true])
    const me = await olga.go(`${service.url}/v1/me`)
    expect(JSON.parse(me.text)).toEqual({ tenant: 'default', name: 'olga@example.org', role: 'operator' })
    const rita = browser('rita')
    await rita.signIn()
    expect(JSON.parse((await rita.go(`${service.url}/v1/me`)).text)).toMatchObject({ role: 'reader' })
    expect(service.log()).not.toContain('code=')
  })

  it('without a role of ours stays outside', async () => {
    const nina = browser('nina')
    expect((await nina.signIn()).status).toBe(401)
    expect((await nina.go(`${service.url}/v1/me`)).address).toContain('/login')
  })

  it('comes in by no answer that was not asked for', async () => {
    const stranger = browser('olga')
    expect((await stranger.go(`${service.url}/login/callback?code=abc&state=def`)).status).toBe(401)
    await fetch(`${service.url}/login/oidc`, { redirect: 'manual' })
    const forged = Buffer.from(JSON.stringify({ state: 'def', nonce: 'n', verifier: 'v'.repeat(43) })).toString('base64url')
    const answer = await service.nobody.ask('GET', '/login/callback?code=abc&state=def', undefined, {
      cookie: `fleetproof_login=${forged}`,
    })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('set-cookie') ?? '').not.toContain('fleetproof_session=fp_')
  })
})
