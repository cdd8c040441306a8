// Signed web hooks against a real HTTP server, which checks the signature and is slow, busy or wrong as it is told.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { DesiredState, DeviceReport } from '../../src/deploy/deployer.ts'
import { readDesired } from '../../src/deploy/document.ts'
import { signatureAgrees, signBody } from '../../src/deploy/webhook/signature.ts'
import { createWebhookDeployer, SIGNATURE_HEADER, type WebhookDeployer } from '../../src/deploy/webhook/webhook-deployer.ts'
import { revisionText } from '../../src/model/revision.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { at, batch, deployerContract, desire, type DeployWorld } from './contract.ts'
import { farDevices } from './far-devices.ts'

const secret = 'a shared secret'
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

interface Hook {
  readonly url: string
  /** Signatures that did not agree. */
  readonly forged: () => number
}

type Act = (state: DesiredState) => { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }

async function hook(act: Act): Promise<Hook> {
  let forged = 0
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts).toString()
      const header = request.headers[SIGNATURE_HEADER]
      if (typeof header !== 'string' || !signatureAgrees(secret, header, body, Date.now() / 1000, 60)) {
        forged++
        response.writeHead(401).end()
        return
      }
      const { device, desired } = JSON.parse(body) as { device: string; desired: object }
      const { status, headers = {}, body: said = '' } = act(readDesired(device, JSON.stringify(desired))!)
      response.writeHead(status, headers).end(said)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, forged: () => forged }
}

const settings = { secret, milliseconds: 2000, attempts: 3, longestPause: 1500, parallel: 4 }

async function hookWorld(): Promise<DeployWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'fleetproof-webhook-'))
  const devices = ['gw-1', 'hall 2', 'later']
  const far = farDevices(devices)
  const deployers: WebhookDeployer[] = []
  const act: Act = (state) => {
    const { device, revision } = state
    if (!devices.includes(device)) return { status: 404 }
    const known = far.actions(device)
    if (far.behaviour(device) === 'away') return { status: 503 }
    if (revision.execution > Math.max(0, ...known)) {
      known.push(revision.execution)
      if (far.behaviour(device) === 'rejects') return { status: 422, body: 'not for me' }
      if (far.behaviour(device) === 'fails') {
        // Through the status that comes back: what is done is not asked for again.
        sayLater(state, 'failure')
        return { status: 202 }
      }
      far.nowRuns(device, state.is)
    }
    if (device !== 'later') return { status: 200 }
    sayLater(state, 'success')
    return { status: 202 }
  }
  const sayLater = ({ device, revision }: DesiredState, ended: string): void => {
    setTimeout(() => {
      const body = JSON.stringify({ device, revision: revisionText(revision), ended, why: 'disk full' })
      for (const deployer of deployers)
        void deployer.receive(signBody(secret, Math.floor(Date.now() / 1000), body), body).catch(() => undefined)
    }, 20)
  }
  const { url } = await hook(act)
  const another = async (): Promise<WebhookDeployer> => {
    const one = await createWebhookDeployer({ ...settings, url, file: join(folder, 'actions') })
    deployers.push(one)
    return one
  }
  const deployer = await another()
  return {
    ...far.world,
    deployer,
    another,
    close: async () => {
      await deployer.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

deployerContract({ name: 'webhook', classes: { fails: 'retryable', rejects: 'rejected' }, knowsDevices: false, start: hookWorld })

describe('web hooks', () => {
  const first = async (
    act: Act,
    options: object = {},
  ): Promise<{ readonly report: DeviceReport; readonly calls: number; readonly forged: number }> => {
    let calls = 0
    const { url, forged } = await hook((state) => {
      calls++
      return act(state)
    })
    const deployer = await createWebhookDeployer({ ...settings, url, ...options })
    closing.push(deployer.close)
    const report = new Promise<DeviceReport>((resolve) => {
      void deployer.watch((one) => {
        if (one.is === 'reported' || one.is === 'failed') resolve(one)
      })
    })
    await deployer.apply(batch([desire('a', 1)]))
    return { report: await report, calls, forged: forged() }
  }

  it('wait as long as the service says, and then succeed', async () => {
    let busy = 2
    const started = performance.now()
    const { report, calls } = await first(() => (busy-- > 0 ? { status: 429, headers: { 'retry-after': '1' } } : { status: 200 }))
    expect([report.is, calls]).toEqual(['reported', 3])
    expect(performance.now() - started).toBeGreaterThan(1900)
  })

  it('leave it to the executor where the service says to wait long, or answers nonsense', async () => {
    const far = await first(() => ({ status: 429, headers: { 'retry-after': '3600' } }))
    expect([far.report, far.calls]).toMatchObject([{ is: 'failed', class: 'retryable' }, 1])
    expect((await first(() => ({ status: 500, body: '<html>' }))).report).toMatchObject({
      is: 'failed',
      class: 'retryable',
      why: /500: <html>/,
    })
    expect((await first(() => ({ status: 302, headers: { location: 'http://127.0.0.1:1' } }))).report).toMatchObject({
      is: 'failed',
      class: 'rejected',
    })
    expect((await first(() => ({ status: 200, body: '}{' }))).report).toMatchObject({ is: 'reported' })
  })

  it('are refused with another secret, and refuse statuses that are forged, changed or old', async () => {
    const { report, forged } = await first(() => ({ status: 200 }), { secret: 'another' })
    expect([report, forged]).toMatchObject([{ is: 'failed', class: 'rejected' }, 1])
    const { url } = await hook(() => ({ status: 202 }))
    const deployer = await createWebhookDeployer({ ...settings, url, now: () => 10_000 })
    closing.push(deployer.close)
    await deployer.apply(batch([desire('a', 1)]))
    const body = JSON.stringify({ device: 'a', revision: revisionText(at(1)), ended: 'success' })
    expect(await deployer.receive(signBody('another', 10_000, body), body)).toBe(401)
    expect(await deployer.receive(signBody(secret, 10_000, body), `${body} `)).toBe(401)
    expect(await deployer.receive(signBody(secret, 9000, body), body)).toBe(401)
    expect(await deployer.receive(undefined, body)).toBe(401)
    expect(await deployer.receive(signBody(secret, 9900, '{}'), '{}')).toBe(400)
    expect(await deployer.receive(signBody(secret, 9900, body), body)).toBe(200)
  })
})
