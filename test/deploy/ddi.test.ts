// The device API: the contract with clients that poll over HTTP, what the resources answer, and Debian's swupdate as a genuine client.
import { once } from 'node:events'
import { createHash } from 'node:crypto'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { folderArtefacts } from '../../src/deploy/ddi/artefacts.ts'
import { createDdiDeployer, type DdiDeployer } from '../../src/deploy/ddi/ddi-deployer.ts'
import { ddiServer } from '../../src/deploy/ddi/server.ts'
import type { Artefact, DeviceReport } from '../../src/deploy/deployer.ts'
import type { DeviceOutcome } from '../../src/model/rollout.ts'
import { hasSwupdate, installed, makePackage, makeSigner, startSwupdate } from '../fixtures/software-update.ts'
import { batch, deployerContract, desire, eco, type Behaviour, type DeployWorld } from './contract.ts'

let folder: string
const closing: (() => Promise<void>)[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleetproof-ddi-'))
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  rmSync(folder, { recursive: true, force: true })
})

/** A server whose deployer can be replaced, as when its process is restarted. */
async function serve(): Promise<{ readonly url: string; readonly begin: () => Promise<DdiDeployer> }> {
  let current: DdiDeployer | undefined
  const server = ddiServer((request) => current!.answer(request)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const begin = async (): Promise<DdiDeployer> => {
    current = await createDdiDeployer({
      tenant: 'default',
      baseUrl: url,
      pollSeconds: 1,
      artefacts: folderArtefacts(folder),
      admits: (_, authorization) => authorization === 'TargetToken secret',
      file: join(folder, 'actions'),
    })
    return current
  }
  return { url, begin }
}

interface Action {
  readonly id: string
  readonly deployment: {
    readonly chunks: readonly [{ readonly name: string; readonly metadata: readonly { readonly key: string; readonly value: string }[] }]
  }
}

const headers = { authorization: 'TargetToken secret', 'content-type': 'application/json' }

async function ask(url: string): Promise<unknown> {
  const answer = await fetch(url, { headers })
  return answer.ok ? answer.json() : undefined
}

function feedback(url: string, execution: string, finished: string): Promise<Response> {
  return fetch(`${url}/feedback`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ status: { execution, result: { finished }, details: ['because'] } }),
  })
}

function outcomeOf({ deployment: { chunks } }: Action): DeviceOutcome {
  const [{ name, metadata }] = chunks
  const outcome = metadata.find((one) => one.key === 'fleetproof.outcome')!.value as DeviceOutcome['outcome']
  const settings = metadata.filter((one) => one.key.startsWith('fleetproof.setting.'))
  return {
    outcome,
    variant: outcome === 'variant' ? name : null,
    settings: Object.fromEntries(settings.map(({ key, value }) => [key.slice('fleetproof.setting.'.length), JSON.parse(value) as string])),
  }
}

async function pollingWorld(): Promise<DeployWorld> {
  const devices = ['gw-1', 'hall 2', 'x+%3']
  const { url, begin } = await serve()
  const acted = new Map<string, number[]>(devices.map((device) => [device, []]))
  const runs = new Map<string, DeviceOutcome>()
  const behaviours = new Map<string, Behaviour>()
  // A client without memory: it does all it is offered.
  const poll = async (device: string): Promise<void> => {
    const behaviour = behaviours.get(device)
    if (behaviour === 'away') return
    const polled = (await ask(`${url}/default/controller/v1/${encodeURIComponent(device)}`)) as {
      _links: { deploymentBase?: { href: string } }
    }
    const href = polled._links.deploymentBase?.href
    if (href === undefined) return
    const action = (await ask(href)) as Action
    acted.get(device)!.push(Number(action.id))
    if (behaviour === 'rejects') {
      await feedback(href, 'rejected', 'none')
      return
    }
    await feedback(href, 'proceeding', 'none')
    if (behaviour !== 'fails') runs.set(device, outcomeOf(action))
    await feedback(href, 'closed', behaviour === 'fails' ? 'failure' : 'success')
  }
  const deployer = await begin()
  return {
    deployer,
    another: begin,
    devices,
    acted: (device) => acted.get(device)!,
    runs: (device) => runs.get(device),
    behave: (device, behaviour) => void behaviours.set(device, behaviour),
    back: (device) => Promise.resolve(void behaviours.set(device, 'succeeds')),
    step: async () => {
      for (const device of devices) await poll(device)
    },
    close: () => deployer.close(),
  }
}

deployerContract({
  name: 'ddi, clients that poll',
  classes: { fails: 'retryable', rejects: 'rejected' },
  knowsDevices: false,
  start: pollingWorld,
})

function store(content: Buffer, name = 'update.swu'): Artefact {
  const sha256 = createHash('sha256').update(content).digest('hex')
  writeFileSync(join(folder, sha256), content)
  return { name, url: 'kept here', sha256, bytes: content.length }
}

describe('the device API', () => {
  it('lets nobody in without the token, and shows a device its own action only', async () => {
    const { url, begin } = await serve()
    const deployer = await begin()
    await deployer.apply(batch([desire('a', 3)]))
    const base = `${url}/default/controller/v1`
    expect((await fetch(`${base}/a`)).status).toBe(401)
    expect(await ask(`${base}/a`)).toEqual({
      config: { polling: { sleep: '00:00:01' } },
      _links: { deploymentBase: { href: `${base}/a/deploymentBase/3` }, configData: { href: `${base}/a/configData` } },
    })
    expect(await ask(`${base}/b/deploymentBase/3`)).toBeUndefined()
    expect(await ask(`${base}/a/deploymentBase/2`)).toBeUndefined()
    expect((await fetch(`${url}/other/controller/v1/a`, { headers })).status).toBe(404)
    expect((await fetch(`${base}/a/deploymentBase/3/feedback`, { method: 'POST', headers, body: '{"status":{}}' })).status).toBe(400)
    expect((await fetch(`${base}/a/configData`, { method: 'PUT', headers, body: '[]' })).status).toBe(400)
  })

  it('keeps a closed action closed, also after a crash that cut off the last line', async () => {
    const { url, begin } = await serve()
    const deployer = await begin()
    await deployer.apply(batch([desire('a', 3), desire('b', 3)]))
    const href = `${url}/default/controller/v1/a/deploymentBase/3`
    expect((await feedback(href, 'closed', 'failure')).status).toBe(200)
    expect((await feedback(href, 'closed', 'failure')).status).toBe(200)
    expect((await feedback(href, 'closed', 'success')).status).toBe(410)
    appendFileSync(join(folder, 'actions'), '{"device":"b","newest":"{\\"revi')
    await begin()
    expect(await ask(href)).toBeUndefined()
    expect((await feedback(href, 'closed', 'success')).status).toBe(410)
    expect(await ask(`${url}/default/controller/v1/b/deploymentBase/3`)).toMatchObject({ id: '3' })
  })

  it('serves artefacts in parts, and refuses states whose artefact is missing or another', async () => {
    const { url, begin } = await serve()
    const deployer = await begin()
    const artefact = store(Buffer.from('0123456789'))
    const states = [
      { ...desire('a', 1), artefact },
      { ...desire('b', 1), artefact: { ...artefact, sha256: 'cd'.repeat(32) } },
      { ...desire('c', 1), artefact: { ...artefact, bytes: 9 } },
    ]
    expect((await deployer.apply(batch(states))).map((answer) => answer.is)).toEqual(['held', 'failed', 'failed'])
    const file = `${url}/default/controller/v1/a/softwaremodules/1/artifacts/update.swu`
    expect(await (await fetch(file, { headers })).text()).toBe('0123456789')
    const rest = await fetch(file, { headers: { ...headers, range: 'bytes=7-' } })
    expect([rest.status, await rest.text(), rest.headers.get('content-range')]).toEqual([206, '789', 'bytes 7-9/10'])
    expect((await fetch(file, { headers: { ...headers, range: 'bytes=10-' } })).status).toBe(416)
  })
})

describe.skipIf(!hasSwupdate)("Debian's swupdate", () => {
  it('polls, downloads, installs and reports one update; fails one, once; and then installs the next', async () => {
    const { url, begin } = await serve()
    const deployer = await begin()
    closing.push(deployer.close)
    const heard: DeviceReport[] = []
    await deployer.watch((report) => void heard.push(report))
    makeSigner(folder)
    const target = join(folder, 'installed')
    const counter = join(folder, 'tries')
    const packages = [
      makePackage(folder, { target, payload: 'eco 1' }),
      makePackage(folder, { target, payload: 'broken', script: `#!/bin/sh\necho x >> ${counter}\nexit 1\n` }),
      makePackage(folder, { target, payload: 'eco 3' }),
    ].map((content) => store(content))
    let client = startSwupdate(folder, url, 'gw-1', 'secret', false)
    closing.push(() => client.stop())
    const ends = async (execution: number, is: 'reported' | 'failed'): Promise<void> => {
      await deployer.apply(batch([{ ...desire('gw-1', execution), artefact: packages[execution - 1]! }]))
      for (let turn = 0; turn < 300; turn++) {
        if (heard.some((report) => report.is === is && report.revision?.execution === execution)) return
        if (client.log().includes('Update successful, executing post-update actions')) {
          // A device starts anew after an update, and confirms it when it is well.
          await client.stop()
          client = startSwupdate(folder, url, 'gw-1', 'secret', true)
        }
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      throw new Error(`never ${is}: ${JSON.stringify(heard)}\n${client.log()}`)
    }
    await ends(1, 'reported')
    expect(installed(target)).toBe('eco 1')
    await ends(2, 'failed')
    // Some polls more: a failed action is not offered again.
    await new Promise((resolve) => setTimeout(resolve, 3000))
    expect(installed(counter)).toBe('x\n')
    await ends(3, 'reported')
    expect(installed(target)).toBe('eco 3')
    expect(await deployer.read(['gw-1'])).toContainEqual({
      device: 'gw-1',
      is: 'reported',
      revision: { release: 'ab'.repeat(32), execution: 3 },
      runs: eco,
    })
    expect(heard.filter((report) => report.is === 'failed').length).toBe(1)
  })
})
