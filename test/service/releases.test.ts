// Releases over HTTP: what is not as it was signed is refused, and a rollout of one starts only behind the open gates of its stage.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { healthy } from '../../examples/simulator/faults.ts'
import { startFleet, type SimulatedFleet } from '../../examples/simulator/fleet.ts'
import type { ReleaseContent, RootDocument, Signed } from '../../src/model/release.ts'
import { canonicalHash } from '../../src/plan/canonical-json.ts'
import { documentFor } from '../../src/plan/release/content.ts'
import { newKeyPair, readSigningKey, type KeyPair, type SigningKey } from '../../src/plan/release/keys.ts'
import { rootFor, withSignature } from '../../src/plan/release/root.ts'
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
const send = (release: unknown, more: object = {}) =>
  author.ask('POST', '/v1/releases', { fleet: 'homes', release, content, assignment, ...more })
const codes = (answer: { readonly at: (path: string) => unknown }): readonly string[] =>
  (answer.at('diagnostics') as { readonly code: string }[]).map(({ code }) => code)

beforeAll(async () => {
  broker = await startAedes()
  service = await runService()
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
})
