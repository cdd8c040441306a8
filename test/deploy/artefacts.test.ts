// What a release names as a variant's artefact reaches devices with their desired state: name, digest, size, address.
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, describe, it } from 'vitest'
import { connectDeployer } from '../../src/deploy/connect-deployer.ts'
import { readDesired } from '../../src/deploy/document.ts'
import { ownTopics } from '../../src/deploy/mqtt/own-layout.ts'
import { systemClock } from '../../src/deploy/pace.ts'
import { artefactsBeside } from '../../src/deploy/rollout/artefacts.ts'
import { carryOut, type CarriedOut } from '../../src/deploy/rollout/carry-out.ts'
import { createRollout, startRollout } from '../../src/deploy/rollout/manage.ts'
import { revisionText } from '../../src/model/revision.ts'
import { connect } from '../../src/mqtt/connect.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { freePort } from '../fixtures/mosquitto.ts'
import { planInWaves } from '../fixtures/rollout-plan.ts'
import { startAedes } from '../service/rollout-world.ts'

const release = 'ab'.repeat(32)
const image = Buffer.from('an image of a device')
const sha256 = createHash('sha256').update(image).digest('hex')
const artefact = { name: 'firmware/new.bin', sha256, bytes: image.length }
const content = {
  variants: [
    { id: 'new', version: '2.0.0', artefact: 'firmware/new.bin', behaviour: null },
    { id: 'old', version: '1.0.0', artefact: null, behaviour: null },
  ],
  artefacts: { 'firmware/new.bin': { sha256, bytes: image.length }, 'firmware/other.bin': { sha256: 'cd'.repeat(32), bytes: 1 } },
}
let folder: string
let store: Store
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fleetproof-artefacts-'))
  store = await openStore({ is: 'folder', folder: join(folder, 'store') })
  await store.tenants.create({ id: 't', name: 't' }, new Date().toISOString())
  writeFileSync(join(folder, sha256), image)
}, 60_000)
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Carries a rollout of one device, from `old` to `new`, out to its end. */
async function roll(id: string, deployer: Readonly<Record<string, unknown>>, names: readonly string[] = [`${id}-1`]): Promise<CarriedOut> {
  const by = { actor: 'ada', reason: '', now: new Date().toISOString() }
  const plan = planInWaves({ release, names, waves: [{ devices: names.length, deviceTimeout: 20_000 }] })
  const made = { id, fleet: id, release, plan, needsApproval: false, deployer, beside: artefactsBeside(content) }
  expect(await createRollout(store, 't', made, by)).toMatchObject({ ok: true })
  expect(await startRollout(store, 't', id, by)).toMatchObject({ ok: true })
  return carryOut(store, {
    tenant: 't',
    rollout: id,
    connect: (config, name) => connectDeployer(config, name, { environment: { TOKEN: 'secret' } }),
    clock: { now: Date.now, sleep: systemClock.sleep },
    tick: 20,
  })
}

const artefactsUrl = 'https://artefacts.example/firmware/'
const url = `https://artefacts.example/firmware/${sha256}`

describe('the artefact of a release', () => {
  it('comes with the desired state over MQTT', async () => {
    const broker = await startAedes()
    const topics = ownTopics('a')
    const device = await connect({ url: broker.url, clientId: 'device' })
    const told: unknown[] = []
    await device.subscribe(topics.desired('mqtt-1'), async ({ payload }) => {
      const state = readDesired('mqtt-1', Buffer.from(payload).toString())
      told.push(state?.artefact)
      if (state === undefined) return
      const revision = revisionText(state.revision)
      const status = { seen: revision, runs: { revision, ...state.is, verified: true } }
      await device.publish({ topic: topics.reported('mqtt-1'), payload: JSON.stringify(status), qos: 1, retain: true })
    })
    try {
      const end = await roll('mqtt', { is: 'mqtt', url: broker.url, layout: { is: 'own', prefix: 'a' }, artefactsUrl })
      expect(end.state).toBe('succeeded')
      expect(told).toEqual([{ ...artefact, url }])
    } finally {
      await device.end()
      await broker.close()
    }
  })

  it('comes to a program as words of its environment; without an address of artefacts it is called by its name', async () => {
    const program = {
      program: '/bin/sh',
      arguments: ['-c', `echo "$FLEETPROOF_ARTEFACT_SHA256 $FLEETPROOF_ARTEFACT_URL" >> ${folder}/told`],
    }
    for (const [id, more] of [
      ['with', { artefactsUrl }],
      ['without', {}],
    ] as const)
      expect((await roll(id, { is: 'command', ...program, file: join(folder, id), ...more })).state).toBe('succeeded')
    expect(readFileSync(join(folder, 'told'), 'utf8')).toBe(`${sha256} ${url}\n${sha256} firmware/new.bin\n`)
  })

  it('is offered to a device that polls, which downloads just these bytes', async () => {
    const port = await freePort()
    const headers = { authorization: 'TargetToken secret', 'content-type': 'application/json' }
    const ask = async (at: string, body?: unknown): Promise<unknown> => {
      const answer = await fetch(at, { headers, ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }) })
      const text = await answer.text()
      return text === '' ? undefined : (JSON.parse(text) as unknown)
    }
    const rolled = roll('ddi', {
      is: 'ddi',
      port,
      pollSeconds: 1,
      artefacts: folder,
      tokenVariable: 'TOKEN',
      file: join(folder, 'actions'),
    })
    const base = `http://127.0.0.1:${port}/default/controller/v1/ddi-1`
    let action = ''
    await expect
      .poll(
        async () => {
          const found = (await ask(base).catch(() => undefined)) as { _links?: { deploymentBase?: { href: string } } } | undefined
          return (action = found?._links?.deploymentBase?.href ?? '')
        },
        { timeout: 15_000 },
      )
      .not.toBe('')
    const { id, deployment } = (await ask(action)) as {
      readonly id: string
      readonly deployment: {
        readonly chunks: readonly {
          readonly artifacts: readonly {
            readonly hashes: { readonly sha256: string }
            readonly size: number
            readonly _links: Readonly<Record<string, { readonly href: string }>>
          }[]
        }[]
      }
    }
    const [offered] = deployment.chunks.flatMap(({ artifacts }) => artifacts)
    expect(offered).toMatchObject({ hashes: { sha256 }, size: image.length })
    const href = (offered!._links['download'] ?? offered!._links['download-http'])!.href
    expect(Buffer.from(await (await fetch(href, { headers })).arrayBuffer())).toEqual(image)
    await ask(`${base}/deploymentBase/${id}/feedback`, { id, status: { execution: 'closed', result: { finished: 'success' } } })
    expect((await rolled).state).toBe('succeeded')
  }, 30_000)

  it.skipIf(!existsSync('/usr/bin/ansible-playbook'))(
    'comes to a playbook as a variable of each host',
    async () => {
      const playbook = join(folder, 'playbook.yml')
      const line = '{{ inventory_hostname }} {{ fleetproof_artefact | to_json(sort_keys=true) }}'
      const task = { copy: { dest: `${folder}/{{ inventory_hostname }}.told`, content: line } }
      const interpreter = { ansible_python_interpreter: '/usr/bin/python3' }
      writeFileSync(
        playbook,
        JSON.stringify([{ hosts: 'all', connection: 'local', gather_facts: false, vars: interpreter, tasks: [task] }]),
      )
      const hosts = ['gw-1', 'gw-2']
      const end = await roll('ansible', { is: 'ansible', playbook, file: join(folder, 'hosts'), artefactsUrl }, hosts)
      expect(end.state).toBe('succeeded')
      for (const host of hosts) {
        const [name, ...told] = readFileSync(join(folder, `${host}.told`), 'utf8').split(' ')
        expect([name, JSON.parse(told.join(' '))]).toEqual([host, { ...artefact, url }])
      }
    },
    60_000,
  )
})
