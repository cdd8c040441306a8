// The service as it is started: by the tour, with certificates, with a collector of traces.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { hasOpenssl, makeCertificates } from '../fixtures/certificates.ts'
import { postgresPrograms, startPostgres } from '../fixtures/postgres.ts'
import { killAll, run, runServe } from './processes.ts'
import { runService } from './running.ts'

const cleaning: (() => void | Promise<void>)[] = []
afterEach(async () => {
  killAll()
  for (const clean of cleaning.splice(0).reverse()) await clean()
})
const slow = { timeout: 300_000 }

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fleetproof-serve-'))
  cleaning.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

describe('the tour', () => {
  const tour = async (...words: readonly string[]): Promise<string> => {
    const env = { ...process.env }
    delete env['FLEETPROOF_DATABASE']
    return (await promisify(execFile)(process.execPath, ['--import', 'tsx', 'examples/service-demo.ts', ...words], { env })).stdout
  }
  const holds = (printed: string, store: string): void => {
    expect(printed).toContain(`# The service runs on ${store}.`)
    expect(printed).toMatch(/API page {7}http:\/\/127\.0\.0\.1:\d+\/v1\/docs/)
    expect(printed).toContain('assigned, proved optimal')
    expect(printed).toContain('failed: conflicts')
    expect(printed.trimEnd().endsWith('stopped; nothing is left behind')).toBe(true)
  }

  it('runs on the embedded store', slow, async () => holds(await tour(), 'the embedded store'))

  it.skipIf(postgresPrograms === undefined)('runs on a PostgreSQL server, again and again', slow, async () => {
    const server = await startPostgres()
    cleaning.push(server.stop)
    holds(await tour('--database', server.url), 'a PostgreSQL server')
    holds(await tour('--database', server.url), 'a PostgreSQL server')
  })
})

describe.skipIf(!hasOpenssl)('with certificates', () => {
  it('speaks TLS 1.2 and newer and nothing else; a key without its certificate is refused', slow, async () => {
    const folder = temporary()
    const { authority, server } = makeCertificates([])
    writeFileSync(join(folder, 'cert.pem'), server.certificate)
    writeFileSync(join(folder, 'key.pem'), server.key)
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    const service = await runServe(['--data', join(folder, 'data')], '--tls-cert', cert, '--tls-key', key)
    const { port, protocol } = new URL(service.url)
    expect(protocol).toBe('https:')
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request({ host: '127.0.0.1', port, path: '/health', ca: authority }, (answer) => {
        answer.resume()
        expect(answer.headers['strict-transport-security']).toMatch(/max-age=\d+/)
        resolve(answer.statusCode)
      })
        .on('error', reject)
        .end()
    })
    expect(status).toBe(200)
    const offers = async (maxVersion: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'): Promise<string | null> => {
      const options = {
        host: '127.0.0.1',
        port: Number(port),
        ca: authority,
        minVersion: maxVersion,
        maxVersion,
        ciphers: 'DEFAULT:@SECLEVEL=0',
      }
      const socket: TLSSocket = connect(options)
      try {
        await once(socket, 'secureConnect')
        return socket.getProtocol()
      } catch {
        return null
      } finally {
        socket.destroy()
      }
    }
    expect([await offers('TLSv1.1'), await offers('TLSv1.2'), await offers('TLSv1.3')]).toEqual([null, 'TLSv1.2', 'TLSv1.3'])
    // Who does not know the authority is not talked into it, and who speaks plainly is not answered.
    await expect(fetch(`${service.url}/health`)).rejects.toThrow()
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow()
    await service.kill()

    const ready = /^listening on /
    await expect(run(['serve', '--data', join(folder, 'other'), '--tls-key', key], ready)).rejects.toThrow(
      /a certificate and its key come together/,
    )
    await expect(run(['serve', '--data', join(folder, 'other'), '--tls-cert', key, '--tls-key', key], ready)).rejects.toThrow(
      /ended with 3.*no certificate with its private key/s,
    )
    await expect(run(['serve', '--data', join(folder, 'other'), '--host', '0.0.0.0'], ready)).rejects.toThrow(
      /tokens would travel unencrypted/,
    )
  })
})

describe('with a collector', () => {
  interface Span {
    readonly name: string
    readonly traceId: string
    readonly parentSpanId?: string
    readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[]
  }

  it('sends traces of requests and jobs, in the trace of the caller, and no secrets', slow, async () => {
    const received: string[] = []
    const collector = createServer((asked, answer) => {
      let body = ''
      asked.on('data', (piece: Buffer) => (body += piece.toString()))
      asked.on('end', () => {
        if (asked.url === '/v1/traces') received.push(body)
        answer.setHeader('content-type', 'application/json').end('{}')
      })
    }).listen(0, '127.0.0.1')
    await once(collector, 'listening')
    cleaning.push(() => void collector.close())
    const service = await runService({ otlp: `http://127.0.0.1:${(collector.address() as AddressInfo).port}/` })
    const admin = service.admin['default']!
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    await admin.ask('GET', '/v1/me?secret=hunter2', undefined, { traceparent: `00-${traceId}-b7ad6b7169203331-01` })
    await admin.ask('PUT', '/v1/models/m', { text: 'fleetproof: 1\ncontext: {}\ndevices: []\nvariants: {only: {}}\n' })
    const job = await admin.ask('POST', '/v1/assignments', { model: 'm' })
    await admin.ask('GET', `/v1/jobs/${String(job.at('id'))}?wait=60`)
    await service.remove()
    const spans = received.flatMap((text) =>
      (
        JSON.parse(text) as { readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[] }
      ).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans: some }) => some)),
    )
    const me = spans.find(({ name }) => name === 'GET /v1/me')
    expect([me?.traceId, me?.parentSpanId]).toEqual([traceId, 'b7ad6b7169203331'])
    expect(me?.attributes).toContainEqual({ key: 'http.response.status_code', value: { intValue: 200 } })
    expect(spans.find(({ name }) => name === 'job assign')?.attributes).toContainEqual({
      key: 'fleetproof.job',
      value: { stringValue: job.at('id') },
    })
    expect(received.join('')).not.toContain(admin.token)
    expect(received.join('')).not.toContain('hunter2')
  })
})
