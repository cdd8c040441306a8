// What every route keeps to: once for each key, versions, pages, streams, events, logs without secrets, 503 under load, an end that loses nothing.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommandLine } from '../../src/cli/program.ts'
import { withoutSecrets } from '../../src/service/log.ts'
import { signature } from '../../src/service/webhook.ts'
import { runService, startTime, type Answer, type Caller, type TestService } from './running.ts'

let service: TestService
let admin: Caller
const ndjson = { 'content-type': 'application/x-ndjson' }

beforeAll(async () => {
  service = await runService({ pressure: { requests: 40, lateness: 600_000, memory: 2 ** 40, retryAfter: 7 } })
  admin = service.admin['default']!
}, startTime)
afterAll(() => service.remove(), startTime)

describe('a POST with a key', () => {
  it('is done once and answered the same', async () => {
    const key = { 'idempotency-key': 'first' }
    const first = await admin.ask('POST', '/v1/fleets', { fleet: 'once' }, key)
    const again = await admin.ask('POST', '/v1/fleets', { fleet: 'once' }, key)
    expect([first.status, again.status, again.text]).toEqual([201, 201, first.text])
    expect([again.headers.get('idempotency-replayed'), again.headers.get('location')]).toEqual(['true', '/v1/fleets/once'])
    expect((await admin.ask('POST', '/v1/fleets', { fleet: 'other' }, key)).status).toBe(422)
    expect((await admin.ask('POST', '/v1/fleets', { fleet: 'once' })).status).toBe(409)
    expect((await admin.ask('POST', '/v1/fleets', { fleet: 'x' }, { 'idempotency-key': 'a b' })).status).toBe(400)
  })

  it('is done once however many ask at the same time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => admin.ask('POST', '/v1/fleets', { fleet: 'race' }, { 'idempotency-key': 'race' })),
    )
    expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThan(0)
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true)
    expect(answers.filter((answer) => answer.status === 409 && answer.at('type') !== 'urn:fleetproof:problem:service:key-busy')).toEqual([])
  })

  it('that was refused may be tried again', async () => {
    const key = { 'idempotency-key': 'again' }
    expect((await admin.ask('POST', '/v1/assignments', { model: 'later', fleet: 'once' }, key)).status).toBe(404)
    await admin.ask('PUT', '/v1/models/later', { text: 'fleetproof: 1\ncontext: {}\ndevices: devices.ndjson\nvariants: {only: {}}\n' })
    expect((await admin.ask('POST', '/v1/assignments', { model: 'later', fleet: 'once' }, key)).status).toBe(202)
  })
})

describe('versions', () => {
  it('are told, spared and held to', async () => {
    const text = (prefers: number) => ({ text: `fleetproof: 1\ncontext: {}\ndevices: []\nvariants: {only: {prefers: ${prefers}}}\n` })
    const first = await admin.ask('PUT', '/v1/models/versioned', text(1), { 'if-none-match': '*' })
    const tag = first.headers.get('etag')!
    expect((await admin.ask('PUT', '/v1/models/versioned', text(2), { 'if-none-match': '*' })).status).toBe(412)
    expect((await admin.ask('GET', '/v1/models/versioned', undefined, { 'if-none-match': tag })).status).toBe(304)
    const second = await admin.ask('PUT', '/v1/models/versioned', text(2), { 'if-match': tag })
    expect([second.status, second.headers.get('etag') === tag]).toEqual([200, false])
    expect((await admin.ask('PUT', '/v1/models/versioned', text(3), { 'if-match': tag })).status).toBe(412)
    expect((await admin.ask('GET', '/v1/models/versioned?revision=1')).at('text')).toContain('prefers: 1')
    await admin.ask('PUT', '/v1/fleets/once/devices/d1', { ram: 1 })
    const device = await admin.ask('GET', '/v1/fleets/once/devices/d1')
    const etag = device.headers.get('etag')!
    expect((await admin.ask('PATCH', '/v1/fleets/once/devices/d1', { ram: 2 }, { 'if-match': etag })).status).toBe(200)
    expect((await admin.ask('PATCH', '/v1/fleets/once/devices/d1', { ram: 3 }, { 'if-match': etag })).status).toBe(412)
    expect((await admin.ask('PATCH', '/v1/fleets/once/devices/gone', { ram: 3 })).status).toBe(404)
  })
})

describe('many devices', () => {
  const lines = Array.from({ length: 5000 }, (_, i) => JSON.stringify({ id: `d${String(i).padStart(5, '0')}`, ram: i % 7 })).join('\n')

  it('stream in, packed or not, and out as they were', async () => {
    const put = await admin.ask('PUT', '/v1/fleets/many/devices', gzipSync(`${lines}\n`), { ...ndjson, 'content-encoding': 'gzip' })
    expect(put.at('devices')).toBe(5000)
    expect((await admin.ask('GET', '/v1/fleets/many/devices.ndjson')).text).toBe(`${lines}\n`)
    const stale = await admin.ask('PUT', '/v1/fleets/many/devices', '{"id":"x"}\n', { ...ndjson, 'if-match': '"r0"' })
    expect(stale.status).toBe(412)
    const broken = await admin.ask('PUT', '/v1/fleets/many/devices', '{"id":"x"}\n{"id":\n', ndjson)
    expect([broken.status, broken.at('diagnostics.0.at.range.start.line')]).toEqual([422, 2])
    expect((await admin.ask('GET', '/v1/fleets/many')).at('devices')).toBe(5000)
  })

  it('come page by page, each once', async () => {
    const seen: string[] = []
    let cursor = ''
    for (;;) {
      const page = await admin.ask('GET', `/v1/fleets/many/devices?limit=999${cursor}`)
      seen.push(...(page.at('items') as readonly { readonly device: string }[]).map(({ device }) => device))
      const next = page.at('next')
      if (typeof next !== 'string') break
      cursor = `&cursor=${next}`
    }
    expect(seen).toEqual(lines.split('\n').map((line) => (JSON.parse(line) as { readonly id: string }).id))
    expect((await admin.ask('GET', '/v1/fleets/many/devices?cursor=nonsense!')).status).toBe(400)
    expect((await admin.ask('GET', '/v1/fleets?limit=0')).status).toBe(400)
  })
})

describe('a job', () => {
  it('tells its events, and goes on behind the last one that was seen', async () => {
    const asked = await admin.ask('POST', '/v1/assignments', { model: 'later', fleet: 'many' })
    const id = String(asked.at('id'))
    const whole = await admin.ask('GET', `/v1/jobs/${id}/events`)
    expect(whole.headers.get('content-type')).toContain('text/event-stream')
    const ids = (text: string): number[] => [...text.matchAll(/^id: (\d+)$/gm)].map(([, each]) => Number(each))
    const all = ids(whole.text)
    expect(all).toEqual(all.map((_, i) => i + 1))
    expect(whole.text).toContain('event: succeeded')
    const rest = await admin.ask('GET', `/v1/jobs/${id}/events`, undefined, { 'last-event-id': '2' })
    expect(ids(rest.text)).toEqual(all.slice(2))
    const devices = await admin.ask('GET', `/v1/assignments/${id}/devices.ndjson`)
    expect(devices.text.trimEnd().split('\n').length).toBe(5000)
    const cancelled = await admin.ask('POST', `/v1/jobs/${id}/cancel`)
    expect(cancelled.status).toBe(409)
  })

  it('ends when it is cancelled, in the middle of what it thinks about', async () => {
    const form = new FormData()
    for (const name of ['comfort', 'energy', 'security'])
      form.append('native', new Blob([readFileSync(`examples/${name}.yaml`)]), `${name}.yaml`)
    const asked = await admin.ask('POST', '/v1/checks', form)
    const id = String(asked.at('id'))
    expect((await admin.ask('POST', `/v1/jobs/${id}/cancel`)).status).toBe(202)
    expect((await admin.ask('GET', `/v1/jobs/${id}?wait=60`)).at('status')).toBe('cancelled')
    expect((await admin.ask('GET', `/v1/checks/${id}`)).status).toBe(404)
  })
})

describe('a finished check', () => {
  it('is told to webhooks, signed', async () => {
    const told = new Promise<{ readonly headers: NodeJS.Dict<string | string[]>; readonly body: string }>((resolve) => {
      const receiver = createServer((request, response) => {
        let body = ''
        request.on('data', (part: Buffer) => (body += part.toString()))
        request.on('end', () => {
          response.end()
          receiver.close()
          resolve({ headers: request.headers, body })
        })
      }).listen(0, '127.0.0.1', () => void configure((receiver.address() as AddressInfo).port))
    })
    let secret = ''
    const configure = async (port: number): Promise<void> => {
      const made = await admin.ask('PUT', '/v1/webhooks/here', { url: `http://127.0.0.1:${port}/` })
      secret = String(made.at('secret'))
      const form = new FormData()
      form.append('native', new Blob([readFileSync('examples/comfort.yaml')]), 'comfort.yaml')
      form.append('kind', 'K1')
      await admin.ask('POST', '/v1/checks', form)
    }
    const { headers, body } = await told
    expect(JSON.parse(body)).toMatchObject({ event: 'check.finished', status: 'succeeded', verdict: expect.any(String) as string })
    expect(headers['fleetproof-signature']).toBe(signature(secret, Number(headers['fleetproof-time']), body))
    expect((await admin.ask('GET', '/v1/webhooks')).text).not.toContain(secret)
    await admin.ask('DELETE', '/v1/webhooks/here')
  })

  it('is the verdict of `gate --server`, with its exit code', async () => {
    writeFileSync(join(service.folder, 'token'), admin.token)
    const run = async (words: readonly string[]) => {
      let [out, error] = ['', '']
      const code = await runCommandLine(
        words,
        {
          out: (text) => void (out += text),
          error: (text) => void (error += text),
          input: (async function* () {})(),
          outIsTerminal: false,
          errorIsTerminal: false,
          clock: () => 0,
          workingDirectory: 'examples',
        },
        new AbortController().signal,
      )
      return { code, out, error }
    }
    const server = ['--server', service.url, '--token-file', join(service.folder, 'token'), '--kind', 'K1']
    const fights = await run(['gate', 'comfort.yaml', 'energy.yaml', ...server])
    expect([fights.code, fights.out.includes('failed: conflicts')]).toEqual([1, true])
    const here = await run(['gate', 'comfort.yaml', 'energy.yaml', '--kind', 'K1'])
    expect(fights.out).toBe(here.out)
    expect((await run(['gate', 'energy.yaml', 'security.yaml', ...server])).code).toBe(0)
    const sarif = await run(['gate', 'comfort.yaml', 'energy.yaml', ...server, '--format', 'sarif'])
    expect(JSON.parse(sarif.out)).toMatchObject({ version: '2.1.0' })
    const broken = await run(['gate', 'building.yaml', ...server])
    expect([broken.code, broken.error.includes('building.yaml')]).toEqual([3, true])
    expect((await run(['gate', 'energy.yaml', '--server', 'http://127.0.0.1:1', '--token-file', join(service.folder, 'token')])).code).toBe(
      4,
    )
    expect((await run(['gate', 'energy.yaml', '--server', 'nonsense'])).code).toBe(3)
  })
})

describe('a log', () => {
  it('holds no secret, wherever it comes from', () => {
    const secrets = ['fp_abcdefghijklmnopqrstuvwxyz', 'hunter2hunter2', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl']
    const lines = [
      `Authorization: Bearer ${secrets[0]!}`,
      `cannot connect to postgres://fleetproof:${secrets[1]!}@database/fleetproof`,
      `"url":"mqtts://user:${secrets[1]!}@broker:8883"`,
      `/login/callback?code=${secrets[1]!}&state=x`,
      `id_token=${secrets[2]!}`,
      `Basic ${Buffer.from(`a:${secrets[1]!}`).toString('base64')}`,
    ]
    const written = lines.map(withoutSecrets).join('\n')
    for (const secret of [...secrets, Buffer.from(`a:${secrets[1]!}`).toString('base64')]) expect(written).not.toContain(secret)
    expect(written).toContain('database/fleetproof')
  })

  it('of requests shows neither tokens nor bodies nor queries', async () => {
    await service.nobody.ask('POST', '/login', `token=${admin.token}`, { 'content-type': 'application/x-www-form-urlencoded' })
    await admin.ask('GET', `/v1/audit?object=${admin.token}`)
    await service.nobody.ask('GET', `/${admin.token}`, undefined, { 'user-agent': admin.token, referer: admin.token })
    expect(service.log()).not.toContain(admin.token)
    expect(service.log()).not.toContain('object=')
  })
})

describe('too many requests', () => {
  it('are answered 503 with when to come back, health goes on, and so does all once there is room', async () => {
    // Uploads that have begun and do not end: twenty more than may be answered at once.
    const open = Array.from({ length: 60 }, () => {
      let close = (): void => undefined
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          controller.enqueue(Buffer.from('{"id":"d"}\n'))
          close = () => controller.close()
        },
      })
      return { close: () => close(), answer: admin.ask('PUT', `/v1/fleets/crowd/devices`, body, ndjson) }
    })
    const answers: Answer[] = []
    for (const { answer } of open) void answer.then((each) => answers.push(each))
    while (answers.length < 20) await new Promise((soon) => setTimeout(soon, 20))
    expect(answers.every(({ status, headers }) => status === 503 && headers.get('retry-after') === '7')).toBe(true)
    const { status, headers, at } = await admin.ask('GET', '/v1/me')
    expect([status, headers.get('retry-after'), at('type')]).toEqual([503, '7', 'urn:fleetproof:problem:service:overloaded'])
    expect((await service.nobody.ask('GET', '/health')).status).toBe(200)
    for (const { close } of open) close()
    await Promise.all(open.map(({ answer }) => answer))
    expect(answers.filter(({ status: each }) => each === 200)).toHaveLength(40)
    expect((await admin.ask('GET', '/v1/me')).status).toBe(200)
  })
})

describe('the end', () => {
  it('waits for what was begun, and everything is there after the next start', async () => {
    const { folder } = service
    const slow = admin.ask('PUT', '/v1/fleets/last/devices', '{"id":"kept"}\n', ndjson)
    expect((await slow).status).toBe(200)
    await service.stop()
    const again = await runService({ folder })
    try {
      const caller = again.caller(admin.token)
      expect(Object.keys(again.admin)).toEqual([])
      expect((await caller.ask('GET', '/v1/fleets/last/devices/kept')).status).toBe(200)
      expect((await caller.ask('GET', '/v1/models/versioned')).status).toBe(200)
    } finally {
      await again.stop()
    }
  })
})
