// Releases over HTTP: what is not as it was signed is refused, and a rollout of one starts only behind the open gates of its stage.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttp } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { healthy } from '../../examples/simulator/faults.ts'
import { startFleet, type SimulatedFleet } from '../../examples/simulator/fleet.ts'
import type { ReleaseContent, RootDocument, Signed } from '../../src/model/release.ts'
import { canonicalHash } from '../../src/plan/canonical-json.ts'
import { documentFor } from '../../src/plan/release/content.ts'
import { newKeyPair, readSigningKey, type KeyPair, type SigningKey } from '../../src/plan/release/keys.ts'
import { rootFor, withSignature } from '../../src/plan/release/root.ts'
import { call } from '../fixtures/command-line.ts'
import { assign, good, oldToNew, runningOld, startAedes, untilState, type TestBroker } from './rollout-world.ts'
import { runService, startTime, type Caller, type TestService } from './running.ts'

const names = Array.from({ length: 6 }, (_, at) => `h-${at}`)
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const signer = (pair: KeyPair): SigningKey => {
  const read = readSigningKey({ name: 'key', text: pair.privatePem })
  if (!read.ok) throw new Error('no key')
  return read.value
}
const ann = newKeyPair()
const bob = newKeyPair()
const far = '2998-01-01T00:00:00Z'

let broker: TestBroker
let post: Awaited<ReturnType<typeof mailServer>>
let service: TestService
let admin: Caller
let author: Caller
let approver: Caller
let simulated: SimulatedFleet
let root: Signed<RootDocument>
let assignment: string
let content: ReleaseContent

const signed = (version: number, expires = far, pair = bob) =>
  withSignature(
    { signed: documentFor({ hash: canonicalHash(content), content }, { fleet: 'homes', version, expires, files: {} }), signatures: [] },
    signer(pair),
  )
const signedOf = (of: ReleaseContent, version: number) =>
  withSignature(
    { signed: documentFor({ hash: canonicalHash(of), content: of }, { fleet: 'homes', version, expires: far, files: {} }), signatures: [] },
    signer(bob),
  )
/** Takes mails as RFC 5321 says, and keeps their texts. */
async function mailServer(): Promise<{ readonly url: string; readonly mails: readonly string[]; readonly close: () => void }> {
  const mails: string[] = []
  const server = createServer((socket) => {
    let text = ''
    let mail: string | undefined
    socket.write('220 test\r\n')
    socket.on('error', () => undefined)
    socket.on('data', (piece: Buffer) => {
      text += piece.toString()
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end)
        text = text.slice(end + 2)
        if (mail !== undefined && line !== '.') mail += `${line}\n`
        else if (mail !== undefined) {
          mails.push(mail)
          mail = undefined
          socket.write('250 taken\r\n')
        } else if (line === 'DATA') {
          mail = ''
          socket.write('354 go on\r\n')
        } else socket.write(line === 'QUIT' ? '221 bye\r\n' : '250 ok\r\n')
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, mails, close: () => void server.close() }
}
const send = (release: unknown, more: object = {}) =>
  author.ask('POST', '/v1/releases', { fleet: 'homes', release, content, assignment, ...more })
const codes = (answer: { readonly at: (path: string) => unknown }): readonly string[] =>
  (answer.at('diagnostics') as { readonly code: string }[]).map(({ code }) => code)

beforeAll(async () => {
  broker = await startAedes()
  post = await mailServer()
  service = await runService({ programs: ['/bin/sh'], mail: { server: post.url, from: 'fleet@test', to: ['ann@test', 'bob@test'] } })
  admin = service.admin['default']!
  author = await service.withRole('operator')
  approver = await service.withRole('approver')
  simulated = await startFleet({ broker: { url: broker.url }, prefix: 'h', devices: names, seed: 2, faults: healthy })
  assignment = await assign(admin, 'homes', oldToNew, runningOld(names))
  const made = rootFor(
    { version: 1, expires: far, root: { keys: [ann.public], threshold: 1 }, release: { keys: [bob.public], threshold: 1 } },
    'root',
  )
  if (!made.ok) throw new Error('no root')
  root = withSignature({ signed: made.value, signatures: [] }, signer(ann))
  const lines = (await good(admin.ask('GET', `/v1/assignments/${assignment}/devices.ndjson`))).text
  content = {
    formatVersion: 1,
    inputs: { 'homes.yaml': sha256(oldToNew.text) },
    variants: ['new', 'old'].map((id) => ({ id, version: null, artefact: null, behaviour: null })),
    artefacts: {},
    constraints: sha256('[]'),
    assignment: {
      devices: { sha256: sha256(lines), count: names.length },
      certificates: sha256('[]'),
      optimal: true,
      levels: [],
      counts: { new: names.length },
    },
    solvers: {},
    seed: 1,
    components: {},
    stages: [
      {
        name: 'production',
        entry: [
          { is: 'no-conflict', failOn: 'error', unknown: 0, possible: 0 },
          { is: 'assigned', optimal: true },
          { is: 'tests', names: ['smoke'] },
          { is: 'approval', people: 1, fourEyes: true, roles: ['approver'] },
        ],
        tasks: [{ is: 'rollout', policy: 'waves.yaml' }],
        exit: [{ is: 'rollout' }],
      },
    ],
  }
}, startTime)
afterAll(async () => {
  await simulated.stop()
  await service.remove()
  await broker.close()
  post.close()
}, startTime)

describe('a release', () => {
  it('is refused without a root, tampered, signed by a stranger, expired, or of another assignment', async () => {
    expect((await send(signed(7))).at('type')).toBe('urn:fleetproof:problem:release:no-root')
    expect((await author.ask('PUT', '/v1/fleets/homes/trust', root)).status).toBe(403)
    await good(admin.ask('PUT', '/v1/fleets/homes/trust', root))
    expect((await admin.ask('PUT', '/v1/fleets/homes/trust', root)).status).toBe(409)
    const tampered = await send(signed(7), { content: { ...content, seed: 2 } })
    expect([tampered.status, codes(tampered)]).toEqual([422, ['release/tampered']])
    expect(codes(await send(signed(7, far, ann)))).toEqual(['release/too-few-signatures'])
    expect(codes(await send(signed(7, far, newKeyPair())))).toContain('release/unknown-key')
    expect(codes(await send(signed(7, '2001-01-01T00:00:00Z')))).toEqual(['release/expired'])
    const other = await assign(admin, 'others', oldToNew, runningOld(['o-1']))
    expect((await send(signed(7), { assignment: other })).at('type')).toBe('urn:fleetproof:problem:release:other-fleet')
  })

  it('as it was signed is kept; an older one is refused from then on', async () => {
    const made = await send(signed(7))
    expect([made.status, made.at('hash'), made.at('at')]).toEqual([201, canonicalHash(content), 'production'])
    expect(codes(await send(signed(6)))).toEqual(['release/rolled-back'])
  })

  it('is rolled out only behind open gates, by somebody else than its author', async () => {
    const path = `/v1/releases/${canonicalHash(content)}`
    const deployer = { is: 'mqtt', url: broker.url, layout: { is: 'own', prefix: 'h' } }
    const begin = () => author.ask('POST', `${path}/rollouts`, { stage: 'production', deployer, id: 'homes-1' })
    const shut = await begin()
    expect([shut.status, shut.at('type'), shut.at('title')]).toEqual([
      409,
      'urn:fleetproof:problem:release:gate',
      'a gate of stage `production` is shut: not passed: smoke',
    ])
    expect((shut.at('gates') as { readonly passed: boolean }[]).map(({ passed }) => passed)).toEqual([true, true, false, false])
    await good(author.ask('POST', `${path}/tests`, { name: 'smoke', passed: true }))
    expect((await begin()).at('title')).toBe('a gate of stage `production` is shut: 0 of 1 approved')
    expect((await author.ask('POST', `${path}/approvals`, {})).status).toBe(403)
    await good(approver.ask('POST', `${path}/approvals`, { reason: 'smoke is green' }))
    const made = await begin()
    expect([made.status, made.at('release'), made.at('state')]).toEqual([201, canonicalHash(content), 'awaiting-approval'])
    await good(approver.ask('POST', '/v1/rollouts/homes-1/approve', {}))
    await good(author.ask('POST', '/v1/rollouts/homes-1/start', {}))
    await untilState(author, 'homes-1', ['succeeded'])
    expect(names.map((name) => simulated.runs(name)?.variant)).toEqual(names.map(() => 'new'))
    const left = await good(author.ask('GET', path))
    expect([left.at('at'), left.at('stages.0.tasksDone'), left.at('stages.0.exit.0.passed')]).toEqual([undefined, true, true])
    const inventory = (await good(author.ask('GET', '/v1/inventory'))).at('items') as { readonly release: string }[]
    expect(inventory.every(({ release }) => release === canonicalHash(content))).toBe(true)
  })

  it(
    'has tasks that are done in order, by whom and when; approvers are told by mail and web hook before they are asked',
    async () => {
      const calls: { readonly body: Record<string, unknown>; readonly signature: unknown }[] = []
      const hook = createHttp((request, response) => {
        const pieces: Buffer[] = []
        request.on('data', (piece: Buffer) => pieces.push(piece))
        request.on('end', () => {
          const body = JSON.parse(Buffer.concat(pieces).toString()) as Record<string, unknown>
          calls.push({ body, signature: request.headers['fleetproof-signature'] })
          response.writeHead(204).end()
        })
      }).listen(0, '127.0.0.1')
      await once(hook, 'listening')
      const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/tasks`
      await good(admin.ask('PUT', '/v1/webhooks/pipeline', { url }))
      const ready = join(service.folder, 'ready')
      const shell = (words: string) => ({ is: 'command' as const, program: '/bin/sh', arguments: ['-c', words], timeout: 60_000 })
      const staged: ReleaseContent = {
        ...content,
        seed: 2,
        stages: [
          {
            name: 'staging',
            entry: [],
            tasks: [
              shell(`echo "$FLEETPROOF_STAGE $FLEETPROOF_FLEET"; test -e '${ready}'`),
              { is: 'webhook', url, timeout: 5000 },
              { is: 'check' },
            ],
            exit: [{ is: 'approval', people: 1, fourEyes: true, roles: ['approver'] }],
          },
          { name: 'production', entry: [], tasks: [{ is: 'rollout', policy: 'waves.yaml' }], exit: [{ is: 'rollout' }] },
          { name: 'elsewhere', entry: [], tasks: [{ is: 'command', program: '/bin/false', arguments: [], timeout: 1000 }], exit: [] },
        ],
      }
      await good(author.ask('POST', '/v1/releases', { fleet: 'homes', release: signedOf(staged, 8), content: staged, assignment }))
      const path = `/v1/releases/${canonicalHash(staged)}`
      const run = (stage: string, body: object = {}) => author.ask('POST', `${path}/stages/${stage}/run`, body)
      const task = async (stage: number, index: number) =>
        (await good(author.ask('GET', path))).at(`stages.${stage}.tasks.${index}`) as Record<string, unknown>
      expect((await run('production')).status).toBe(409)
      // The first task fails: nothing behind it is done.
      expect((await run('staging', { reason: 'nightly' })).status).toBe(202)
      await expect.poll(async () => (await task(0, 0))['state'], { timeout: 20_000 }).toBe('failed')
      expect(await task(0, 0)).toMatchObject({ is: 'command', by: 'operator', why: 'it ended with 1: staging homes' })
      expect([(await task(0, 1))['state'], calls.length]).toEqual(['waiting', 0])
      writeFileSync(ready, '')
      try {
        expect((await run('staging')).status).toBe(202)
        await expect.poll(async () => (await good(author.ask('GET', path))).at('stages.0.tasksDone'), { timeout: 20_000 }).toBe(true)
      } finally {
        rmSync(ready)
      }
      expect([await task(0, 0), await task(0, 1), await task(0, 2)].map(({ state }) => state)).toEqual(['done', 'done', 'done'])
      expect(calls.find(({ body }) => body['event'] === 'stage.task')).toMatchObject({
        body: { stage: 'staging', task: 2, fleet: 'homes' },
      })
      // Whoever may approve is told, once.
      const mails = () => post.mails.filter((mail) => mail.includes(canonicalHash(staged)))
      await expect.poll(() => mails().length, { timeout: 20_000 }).toBe(2)
      expect(mails()[0]!.replaceAll('=\n', '')).toContain(`Release ${canonicalHash(staged)} of fleet homes waits before stage staging`)
      await expect.poll(() => calls.filter(({ body }) => body['event'] === 'approval.wanted').length, { timeout: 20_000 }).toBe(1)
      await expect
        .poll(async () => (await good(author.ask('GET', path))).at('stages.0.told.0.who'), { timeout: 20_000 })
        .toEqual(['webhook pipeline: told', 'mail ann@test: told', 'mail bob@test: told'])
      expect((await run('production')).at('title')).toBe('the release has not left stage `staging`')
      await good(approver.ask('POST', `${path}/approvals`, {}))
      // Its rollout is a task: made, approved by somebody else, started and waited for.
      const deployer = { is: 'mqtt', url: broker.url, layout: { is: 'own', prefix: 'h' } }
      expect((await run('production', { rollout: { deployer, id: 'homes-2' } })).status).toBe(202)
      await expect
        .poll(async () => (await author.ask('GET', '/v1/rollouts/homes-2')).at('state'), { timeout: 60_000 })
        .toBe('awaiting-approval')
      await good(approver.ask('POST', '/v1/rollouts/homes-2/approve', {}))
      await untilState(author, 'homes-2', ['succeeded'])
      await expect.poll(async () => (await task(1, 0))['state'], { timeout: 20_000 }).toBe('done')
      expect((await run('elsewhere')).status).toBe(202)
      await expect.poll(async () => (await task(2, 0))['why'], { timeout: 20_000 }).toBe('the service may not run `/bin/false`')
      const { items } = (await good(admin.ask('GET', '/v1/audit?limit=1000'))).json as {
        items: { action: string; actor: string; object: string }[]
      }
      const of = items
        .filter(({ object }) => object === `release/${canonicalHash(staged)}`)
        .map(({ actor, action }) => `${actor}: ${action}`)
      for (const said of [
        'operator: stage begun',
        'operator: task failed',
        'operator: task done',
        'operator: stage done',
        'service: approvers told',
        'approver: release approved',
      ])
        expect(of).toContain(said)
      writeFileSync(join(service.folder, 'token'), author.token)
      const shown = await call(['release', 'status', canonicalHash(staged), '--server', service.url, '--token-file', 'token'], {
        workingDirectory: service.folder,
      })
      expect([shown.code, shown.error]).toEqual([0, ''])
      expect(shown.out).toContain('    task   done  check the release as it was signed · operator, ')
      expect(shown.out).toContain('> elsewhere\n    task   failed  command /bin/false')
      hook.close()
    },
    startTime,
  )
})
