// A service of the test: in a temporary folder, on a free port, with a client for each role.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startService, type ServeOptions } from '../../src/service/start.ts'

export interface Caller {
  readonly token: string
  /** The answer as it comes. */
  readonly raw: (method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Response>
  /** The answer read, with its status. */
  readonly ask: (method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Answer>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: unknown
  /** What stands at a path of keys (`items.0.id`). */
  readonly at: (path: string) => unknown
}

export interface TestService {
  readonly url: string
  readonly folder: string
  readonly log: () => string
  /** By tenant; `default` is always there. */
  readonly admin: Readonly<Record<string, Caller>>
  readonly nobody: Caller
  readonly caller: (token: string) => Caller
  /** A new token of the role, as a caller. */
  readonly withRole: (role: string, tenant?: string) => Promise<Caller>
  readonly stop: () => Promise<void>
  readonly remove: () => Promise<void>
}

/** Milliseconds that a start may take on a machine that tests everything at once. */
export const startTime = 240_000

export async function runService({ folder: given, ...options }: Partial<ServeOptions> = {}): Promise<TestService> {
  const folder = given ?? mkdtempSync(join(tmpdir(), 'fleetproof-service-'))
  let logged = ''
  const service = await startService({
    folder: join(folder, 'data'),
    host: '127.0.0.1',
    port: 0,
    tenants: ['default'],
    logLevel: 'info',
    log: { write: (line) => void (logged += line) },
    failures: 100_000,
    rate: 100_000,
    // A machine that tests everything at once is late without being overloaded.
    pressure: { requests: 1000, lateness: 600_000, memory: 2 ** 40, retryAfter: 5 },
    ...options,
  })
  const caller = (token: string): Caller => callerOf(service.address, token)
  const admin = Object.fromEntries(service.firstTokens.map(({ tenant, token }) => [tenant, caller(token)]))
  return {
    url: service.address,
    folder,
    log: () => logged,
    admin,
    nobody: caller(''),
    caller,
    withRole: async (role, tenant = 'default') => {
      const made = await admin[tenant]!.ask('POST', '/v1/tokens', { name: role, role })
      return caller(String(made.at('secret')))
    },
    stop: service.stop,
    remove: async () => {
      await service.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function callerOf(url: string, token: string): Caller {
  const raw: Caller['raw'] = (method, path, body, headers = {}) => {
    const plain = typeof body === 'string' || body instanceof Uint8Array || body instanceof FormData || body instanceof ReadableStream
    return fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined || plain ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: plain ? body : JSON.stringify(body) }),
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
    })
  }
  return {
    token,
    raw,
    ask: async (method, path, body, headers) => {
      const answer = await raw(method, path, body, headers)
      const text = await answer.text()
      const isJson = /[/+]json/.test(answer.headers.get('content-type') ?? '')
      const json: unknown = isJson && text !== '' ? JSON.parse(text) : undefined
      const at = (path: string): unknown =>
        path.split('.').reduce<unknown>((value, key) => (value as Readonly<Record<string, unknown>> | undefined)?.[key], json)
      return { status: answer.status, headers: answer.headers, text, json, at }
    },
  }
}
