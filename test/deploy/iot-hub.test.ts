// Azure IoT Hub, a fake: the contract, 150 variants, quotas, foreign tags, and conditions that are proved disjoint.
import { afterEach, describe, expect, it } from 'vitest'
import { createIotHubDeployer, type IotHubOptions } from '../../src/deploy/azure-iot-hub/iot-hub-deployer.ts'
import type { Deployer } from '../../src/deploy/deployer.ts'
import { startFakeHub, type FakeHub } from '../fixtures/fakes/iot-hub.ts'
import { analyseRules } from '../../src/engine-rules.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { batch, deployerContract, desire, eco, type DeployWorld } from './contract.ts'
import { farAgents, farDevices } from './far-devices.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const optionsOf = (hub: FakeHub): IotHubOptions => ({
  connectionString: hub.connectionString,
  url: hub.url,
  limits: { milliseconds: 5000, attempts: 6, longestPause: 5000 },
  twinUpdatesPerSecond: 50,
  twinReadsPerSecond: 1000,
  pollMilliseconds: 20,
})

interface HubDesired {
  readonly revision: string
  readonly outcome: string
  readonly variant?: string
  readonly settings: string
  readonly release?: { readonly variant: string }
}

async function hubWorld(): Promise<DeployWorld> {
  const devices = ['gw-1', 'hall 2', 'x+%3']
  const hub = await startFakeHub(devices)
  const far = farDevices(devices)
  const made = farAgents(far, (device, status) => hub.report(device, { fleetproof: status }))
  const another = (): Promise<Deployer> => Promise.resolve(createIotHubDeployer(optionsOf(hub)))
  const deployer = await another()
  return {
    ...far.world,
    back: far.back,
    deployer,
    another,
    step: async () => {
      hub.evaluate()
      for (const device of devices) {
        const own = hub.twins.get(device)!.desired['fleetproof'] as HubDesired | undefined
        if (own === undefined || far.behaviour(device) === 'away') continue
        // The configuration has not come yet.
        if (own.variant !== undefined && own.release?.variant !== own.variant) continue
        const { revision, outcome, variant = null, settings } = own
        await made.get(device)!.desire(JSON.stringify({ revision, outcome, variant, settings: JSON.parse(settings) as object }))
      }
    },
    close: async () => {
      await deployer.close()
      await hub.close()
    },
  }
}

deployerContract({
  name: 'azure-iot-hub (fake)',
  classes: { fails: 'retryable', rejects: 'rejected' },
  knowsDevices: true,
  start: hubWorld,
})

describe('IoT Hub (fake)', () => {
  it('holds at most 100 configurations for 150 variants on 150 devices; their conditions are proved disjoint, priorities differ', async () => {
    const names = Array.from({ length: 150 }, (_, at) => `dev-${at}`)
    const hub = await startFakeHub(names, { updatesPerSecond: 1000 })
    closing.push(hub.close)
    // Three that others have made.
    for (const at of [1, 2, 3])
      hub.configurations.set(`theirs-${at}`, {
        id: `theirs-${at}`,
        targetCondition: `tags.owner = 'us${at}'`,
        priority: at,
        content: { deviceContent: {} },
      })
    const deployer = createIotHubDeployer({ ...optionsOf(hub), twinUpdatesPerSecond: 1000 })
    closing.push(deployer.close)
    const variants = names.map((_, at) => (at % 3 === 0 ? `Variant ${at}` : at % 3 === 1 ? `variant-${at}` : `it's ${at}\\`))
    const states = names.map((name, at) => desire(name, 1, { outcome: 'variant', variant: variants[at]!, settings: {} }))
    expect(new Set((await deployer.apply(batch(states))).map((answer) => answer.is))).toEqual(new Set(['held']))
    expect(hub.counts.configurations).toBe(100)
    hub.evaluate()
    const running = names.map((name) => (hub.twins.get(name)!.desired['fleetproof'] as HubDesired).release?.variant)
    expect(running).toEqual(variants)
    const own = [...hub.configurations.values()].filter((one) => one.id.startsWith('fleetproof-'))
    expect(new Set(own.map((one) => one.priority)).size).toBe(97)
    // Again, by a process that starts anew, and with other variants: never more.
    const second = createIotHubDeployer({ ...optionsOf(hub), twinUpdatesPerSecond: 1000 })
    closing.push(second.close)
    await second.apply(batch(names.map((name, at) => desire(name, 2, { outcome: 'variant', variant: `other-${at}`, settings: {} }))))
    expect(hub.counts.configurations).toBe(100)
    hub.evaluate()
    expect(names.map((name) => (hub.twins.get(name)!.desired['fleetproof'] as HubDesired).release?.variant)).toEqual(
      names.map((_, at) => `other-${at}`),
    )

    const solvers = createSolvers({ threads: 1 })
    closing.push(() => solvers.close())
    const source = { name: 'configurations.json', text: JSON.stringify(own) }
    const analysis = await analyseRules([source], solvers)
    if (analysis.status !== 'analysed') throw new Error(JSON.stringify(analysis))
    expect(analysis.findings).toEqual([])
    expect(analysis.statistics.rules).toBe(97)
  })

  it('never touches what others wrote, and takes away its own settings that a newer state does not have', async () => {
    const hub = await startFakeHub(['a'])
    closing.push(hub.close)
    const deployer = createIotHubDeployer(optionsOf(hub))
    closing.push(deployer.close)
    await deployer.apply(batch([desire('a', 1, eco)]))
    await deployer.apply(batch([desire('a', 2, { outcome: 'none', variant: null, settings: {} })]))
    const twin = hub.twins.get('a')!
    expect(twin.tags).toMatchObject({ site: { floor: 3 }, owner: 'others' })
    expect([twin.desired['theirs'], twin.reported['theirs']]).toEqual([{ x: 1 }, 2])
    expect((twin.desired['fleetproof'] as HubDesired).settings).toBe('{}')
    expect(await deployer.withdraw(batch([desire('a', 2)]))).toEqual([{ device: 'a', is: 'withdrawn' }])
    expect(twin.desired['fleetproof']).toBeUndefined()
    expect(twin.tags).toEqual({ site: { floor: 3 }, owner: 'others' })
  })

  it('keeps to 50 updates a second, and waits where the hub throttles it all the same', async () => {
    const names = Array.from({ length: 120 }, (_, at) => `dev-${at}`)
    const polite = await startFakeHub(names)
    closing.push(polite.close)
    const deployer = createIotHubDeployer(optionsOf(polite))
    closing.push(deployer.close)
    expect((await deployer.apply(batch(names.map((name) => desire(name, 1))))).every((answer) => answer.is === 'held')).toBe(true)
    expect(polite.counts.updates).toBe(120)
    const busy = await startFakeHub(names.slice(0, 40), { updatesPerSecond: 10 })
    closing.push(busy.close)
    const hasty = createIotHubDeployer({
      ...optionsOf(busy),
      twinUpdatesPerSecond: 1000,
      limits: { milliseconds: 5000, attempts: 20, longestPause: 5000 },
    })
    closing.push(hasty.close)
    expect((await hasty.apply(batch(names.slice(0, 40).map((name) => desire(name, 1))))).every((answer) => answer.is === 'held')).toBe(true)
    expect(busy.counts.throttled).toBeGreaterThan(0)
    const impatient = createIotHubDeployer({
      ...optionsOf(busy),
      twinUpdatesPerSecond: 1000,
      limits: { milliseconds: 5000, attempts: 1, longestPause: 0 },
    })
    closing.push(impatient.close)
    const answers = await impatient.apply(batch(names.slice(0, 40).map((name) => desire(name, 2))))
    expect(answers.find((answer) => answer.is === 'failed')).toMatchObject({ class: 'retryable', retryAfter: 1000 })
  })
})
