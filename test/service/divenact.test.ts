// DivEnact's calls as its client makes them: shapes and effects, with 400 devices and the templates of its pool.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { runService, startTime, type Answer, type Caller, type TestService } from './running.ts'

const data = '../shared/data/divenact'
const here = existsSync(data)

interface Pool {
  readonly templates: Readonly<Record<string, unknown>>
  readonly predefinedtags: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly variants: Readonly<Record<string, { readonly template: string; readonly parameter: Readonly<Record<string, string>> }>>
}
interface FleetDocument {
  readonly deployments: Readonly<Record<string, unknown>>
  readonly devices: Readonly<Record<string, Readonly<Record<string, string>>>>
}
interface Listed {
  readonly id: string
  readonly tags: Readonly<Record<string, unknown>>
}

describe.skipIf(!here)("DivEnact's client", () => {
  let service: TestService
  let client: Caller['ask']
  const pool = here
    ? (parse(readFileSync(`${data}/pool.yaml`, 'utf8')) as Pool)
    : ({ templates: {}, predefinedtags: {}, variants: {} } as Pool)
  const text = here ? readFileSync(`${data}/fleet-400x5.yml`, 'utf8') : ''
  const document = here ? (parse(text) as FleetDocument) : { deployments: {}, devices: {} }
  const ids = Object.keys(document.devices)
  const carried = mkdtempSync(join(tmpdir(), 'fleetproof-divenact-'))
  const capabilities = ['ky016', 'sensehat', 'none']
  const devices = async (): Promise<readonly Listed[]> => (await client('GET', '/api/device/')).json as readonly Listed[]

  beforeAll(async () => {
    service = await runService({ deployers: { divenact: { is: 'file', folder: carried, pollSeconds: 1 } } })
    // It has no header of its own: the session of the login page is all it shows.
    const token = service.admin['default']!.token
    const login = await service.nobody.ask('POST', '/login', `token=${token}`, { 'content-type': 'application/x-www-form-urlencoded' })
    const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0]!
    client = (method, path, body, headers) => service.nobody.ask(method, path, body, { cookie, origin: service.url, ...headers })
    const lines = ids
      .map((id, i) => JSON.stringify({ id, environment: 'testing', capability: capabilities[i % 3], variant: 'text-red' }))
      .join('\n')
    await service.admin['default']!.ask('PUT', '/v1/fleets/divenact/devices', `${lines}\n`, { 'content-type': 'application/x-ndjson' })
    for (const [id, content] of Object.entries(pool.templates)) {
      const tags = pool.predefinedtags[id]
      const property = {
        ...(tags === undefined ? {} : { predefinedtag: tags }),
        ...(id === 'color-in-led' ? { safemode: 'led-green' } : {}),
      }
      expect((await client('PUT', `/api/template/${id}`, { id, content, property })).status).toBe(200)
    }
    for (const [id, variant] of Object.entries(pool.variants))
      expect((await client('PUT', `/api/variant/${id}`, { id, ...variant })).status).toBe(200)
  }, startTime)
  afterAll(async () => {
    await service.remove()
    rmSync(carried, { recursive: true, force: true })
  }, startTime)

  it('reads all devices, more than a hundred', async () => {
    const list = await devices()
    expect(list.length).toBe(400)
    expect(list[0]).toEqual({
      id: expect.any(String) as string,
      tags: { environment: 'testing', capability: expect.any(String) as string, variant: 'text-red' },
    })
  })

  it('reads and rewrites templates and variants by `_id`, else by `id`, and removes them', async () => {
    const templates = (await client('GET', '/api/template/')).json as readonly { readonly _id: string; readonly id: string }[]
    expect(templates.map(({ id }) => id)).toEqual(['color-in-hat', 'color-in-led', 'color-in-text'])
    expect(templates.every(({ _id }) => /^[0-9a-f]{24}$/.test(_id))).toBe(true)
    const variants = (await client('GET', '/api/variant/')).json as readonly { readonly _id: string; readonly id: string }[]
    expect(variants.length).toBe(10)
    const first = variants[0]!
    const renamed = await client('PUT', `/api/variant/${first._id}`, { ...first, id: 'renamed' })
    expect(renamed.json).toMatchObject({ _id: first._id, id: 'renamed' })
    expect(((await client('GET', '/api/variant/')).json as readonly unknown[]).length).toBe(10)
    expect((await client('PUT', `/api/variant/${first._id}`, first)).json).toMatchObject(first)
    expect((await client('PUT', '/api/variant/extra', { template: 'color-in-text', parameter: { COLOR: 'grey' } })).json).toMatchObject({
      id: 'extra',
    })
    expect((await client('DELETE', '/api/variant/extra')).json).toEqual({ message: 'Deleted' })
    expect((await client('DELETE', '/api/variant/extra')).status).toBe(404)
  })

  it('solves the fleet: every device and plan of the document, decided', async () => {
    const form = new FormData()
    form.append('json', '')
    form.append('yaml', text)
    form.append('smt', '(declare-const x Int)(check-sat)')
    const solved = await client('POST', '/api/z3', form)
    expect(solved.status).toBe(200)
    const answer = solved.json as FleetDocument & {
      readonly deployments: Readonly<Record<string, { readonly deployed: readonly string[] }>>
      readonly devices: Readonly<Record<string, { readonly deploy: string; readonly acclr: boolean; readonly intledge: boolean }>>
    }
    expect(Object.keys(answer.devices).sort()).toEqual([...ids].sort())
    for (const [id, { deploy, acclr, intledge }] of Object.entries(answer.devices)) {
      expect([typeof deploy, typeof acclr, typeof intledge]).toEqual(['string', 'boolean', 'boolean'])
      if (deploy !== 'nodp') expect(answer.deployments[deploy]!.deployed).toContain(id)
    }
    expect(Object.values(answer.deployments).reduce((sum, { deployed }) => sum + deployed.length, 0)).toBeGreaterThan(300)
  })

  it('solves JSON where YAML is empty, and is told what is wrong with either', async () => {
    const ask = (fields: Readonly<Record<string, string>>): Promise<Answer> => {
      const form = new FormData()
      for (const [name, value] of Object.entries(fields)) form.append(name, value)
      return client('POST', '/api/z3', form)
    }
    const small = { deployments: { A: document.deployments['A'] }, devices: { d1: document.devices[ids[0]!] } }
    const good = await ask({ json: JSON.stringify(small), yaml: '  ' })
    expect([good.status, Object.keys(good.at('devices') as object)]).toEqual([200, ['d1']])
    for (const fields of [
      {},
      { yaml: 'hello' },
      { yaml: 'deployments: {}\ndevices: {}' },
      { json: '{"deployments":{"A":1},"devices":{}}' },
    ]) {
      const bad = await ask(fields)
      expect([bad.status, bad.at('status')]).toEqual([422, 422])
    }
  })

  it('deploys what was assigned last, once approved', async () => {
    const variant = { template: 'color-in-text', parameter: { COLOR: 'red' } }
    for (const plan of Object.keys(document.deployments)) await client('PUT', `/api/variant/${plan}`, variant)
    const form = new FormData()
    form.append('yaml', text)
    await client('POST', '/api/z3', form)
    const approved = await client('POST', '/api/deployment', new FormData())
    expect(approved.status).toBe(202)
    expect(approved.at('devices')).toBeGreaterThan(300)
    const plans = (await devices()).filter(({ tags }) => tags['plan'] !== undefined)
    expect(plans.length).toBe(approved.at('devices'))
    const [{ id, tags }] = plans as [Listed]
    const targeted = await client('GET', `/api/deployment/device_${id}_${String(tags['plan'])}/targeted`)
    expect((targeted.json as readonly { readonly deviceId: string }[]).map(({ deviceId }) => deviceId)).toEqual([id])

    const rollout = String(approved.at('rollout'))
    const again = await client('POST', '/api/deployment', new FormData())
    expect([again.status, again.at('rollout')]).toEqual([202, rollout])
    const kept = await client('GET', `/v1/rollouts/${rollout}`)
    expect([kept.status, kept.at('changes'), kept.at('origin.model')]).toEqual([200, approved.at('devices'), 'divenact'])
    const told = join(carried, 'desired')
    while (!existsSync(told) || readdirSync(told).length < Number(approved.at('devices')))
      await new Promise((soon) => setTimeout(soon, 100))
    const desired = readdirSync(told).map((file) => readFileSync(join(told, file), 'utf8'))
    expect(desired.filter((each) => each.includes(JSON.stringify(tags['plan']))).length).toBe(
      plans.filter((each) => each.tags['plan'] === tags['plan']).length,
    )
    expect((await client('POST', `/v1/rollouts/${rollout}/abort`, { reason: 'seen' })).status).toBe(200)
  })

  it('puts fleets into environments, and answers configurations of an IoT hub', async () => {
    const production = await client('PUT', '/api/global/production/led-red')
    expect(production.json).toMatchObject({
      id: 'env_production_led-red',
      targetCondition: "tags.environment='production' and tags.capability='ky016'",
      content: {
        modulesContent: {
          $edgeAgent: { 'properties.desired': { modules: { main: { settings: { image: 'songhui/color-led:red' } } } } },
          $edgeHub: {},
        },
      },
    })
    expect((await devices()).every(({ tags }) => tags['environment'] === 'production')).toBe(true)
    const targeted = (await client('GET', '/api/deployment/env_production_led-red/targeted')).json as readonly Listed[]
    expect(targeted.length).toBe((await devices()).filter(({ tags }) => tags['capability'] === 'ky016').length)
    expect((await client('GET', '/api/deployment/env_production_led-red/applied')).json).toEqual([])
    await client('PUT', `/api/device/${ids[0]!}`, { variant: 'led-red' })
    expect((await client('GET', '/api/deployment/env_production_led-red/applied')).json).toMatchObject([
      { deviceId: ids[0], tags: { variant: 'led-red' } },
    ])

    const preview = await client('PUT', '/api/global/previewold/hat-rotate', { random: 7 })
    expect(preview.at('id')).toBe('env_preview_hat-rotate')
    const inPreview = (await devices()).filter(({ tags }) => tags['environment'] === 'preview')
    expect(inPreview.map(({ tags }) => tags['capability'])).toEqual(Array.from({ length: 7 }, () => 'sensehat'))

    expect((await client('PUT', '/api/global/safemode/led-green')).at('id')).toBe('env_safe-mode_led-green')
    expect((await devices()).every(({ tags }) => tags['environment'] === 'safe-mode')).toBe(true)
    expect((await client('PUT', '/api/global/testing/text-blue')).at('targetCondition')).toBe("tags.environment='testing'")
    expect((await devices()).every(({ tags }) => tags['environment'] === 'safe-mode')).toBe(true)
    expect((await client('PUT', '/api/global/deploy/text-blue/staging')).json).toBe('env_staging_text-blue')
    expect((await client('PUT', '/api/global/production/gone')).status).toBe(404)
  })

  it('falls back to the safe variant of what a device runs', async () => {
    await client('PUT', `/api/device/${ids[0]!}`, { variant: 'led-red', environment: 'production' })
    const safe = await client('PUT', `/api/device/${ids[0]!}`, { environment: 'safe-mode' })
    expect(safe.json).toMatchObject({ id: ids[0], tags: { environment: 'safe-mode' }, deployment: `device_${ids[0]!}_led-green` })
    const listed = (await client('GET', '/api/deployment')).json as readonly { readonly id: string; readonly condition: string }[]
    expect(listed).toContainEqual({ id: `device_${ids[0]!}_led-green`, condition: `deviceId='${ids[0]!}'` })
  })

  it('shuffles devices evenly over the variants of their capability', async () => {
    const variants = ['led-red', 'led-blue', 'hat-red', 'hat-green', 'hat-blue', 'text-red']
    const shuffled = await client('PUT', '/api/global/shuffle', { variants })
    const spread = shuffled.at('devices') as readonly { readonly id: string; readonly variant: string }[]
    expect(spread.length).toBe(400)
    expect((shuffled.at('deployments') as readonly string[]).length).toBe(400)
    const count = (variant: string): number => spread.filter((each) => each.variant === variant).length
    expect(Math.abs(count('led-red') - count('led-blue'))).toBeLessThanOrEqual(1)
    expect(
      Math.max(...['hat-red', 'hat-green', 'hat-blue'].map(count)) - Math.min(...['hat-red', 'hat-green', 'hat-blue'].map(count)),
    ).toBeLessThanOrEqual(1)
    const capability = new Map((await devices()).map(({ id, tags }) => [id, tags['capability']]))
    for (const { id, variant } of spread)
      expect(capability.get(id)).toBe(variant.startsWith('led') ? 'ky016' : variant.startsWith('hat') ? 'sensehat' : 'none')
  })

  it('destroys nothing by a GET, and only what it is allowed to', async () => {
    for (const path of ['initdb', 'resetdb']) {
      const answer = await client('GET', `/api/util/${path}`)
      expect([answer.status, typeof answer.at('detail')]).toEqual([405, 'string'])
    }
    expect(((await client('GET', '/api/template/')).json as readonly unknown[]).length).toBe(3)
    const operator = await service.withRole('operator')
    for (const [method, path] of [
      ['DELETE', '/api/deployment'],
      ['DELETE', '/api/template/color-in-led'],
      ['PUT', '/api/global/production/led-red'],
      ['POST', '/api/deployment'],
    ] as const)
      expect([(await operator.ask(method, path)).status, path]).toEqual([403, path])
    const removed = (await client('DELETE', '/api/deployment')).json as readonly string[]
    expect(removed).toContain('env_production_led-red')
    expect((await client('GET', '/api/deployment')).json).toEqual([])
  })

  it('gets the page for every other address', async () => {
    const page = await client('GET', '/fleet/overview', undefined, { accept: 'text/html' })
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  })
})
