// The simulated fleet on a real broker: seeded, recorded, and as faulty as it is told to be.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { draw, drawDuration } from '../../examples/simulator/draw.ts'
import { field, healthy, type Faults } from '../../examples/simulator/faults.ts'
import { startFleet, type FleetOptions, type SimulatedFleet } from '../../examples/simulator/fleet.ts'
import type { Deployer, DeviceReport } from '../../src/deploy/deployer.ts'
import { createMqttDeployer } from '../../src/deploy/mqtt/mqtt-deployer.ts'
import { hasMosquitto, startMosquitto, type Mosquitto } from '../fixtures/mosquitto.ts'
import { batch, comfort, desire, eco } from './contract.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

interface Stage {
  readonly mosquitto: Mosquitto
  readonly fleet: SimulatedFleet
  readonly deployer: Deployer
  readonly heard: DeviceReport[]
}

async function stage(faults: Partial<Faults>, options: Partial<FleetOptions> = {}): Promise<Stage> {
  const mosquitto = await startMosquitto({ persistent: true })
  closing.push(mosquitto.remove)
  const backOff = { firstMilliseconds: 20, mostMilliseconds: 100 }
  const broker = { url: mosquitto.url, backOff }
  const fleet = await startFleet({
    broker,
    prefix: 'p',
    devices: 50,
    seed: 1,
    faults: { ...healthy, ...faults },
    runs: comfort,
    ...options,
  })
  closing.push(fleet.stop)
  const deployer = await createMqttDeployer({ broker: { ...broker, clientId: 'fleetproof' }, layout: { is: 'own', prefix: 'p' } })
  closing.push(deployer.close)
  const heard: DeviceReport[] = []
  await deployer.watch((report) => void heard.push(report))
  return { mosquitto, fleet, deployer, heard }
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 1500; turn++) {
    if (holds()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`never: ${what}`)
}

const all = (fleet: SimulatedFleet, execution: number) => batch(fleet.names.map((name) => desire(name, execution)))
const devicesWith = (heard: readonly DeviceReport[], is: DeviceReport['is'], execution: number): ReadonlySet<string> =>
  new Set(
    heard.flatMap((report) => (report.is === is && 'revision' in report && report.revision.execution === execution ? [report.device] : [])),
  )

describe('draws', () => {
  it('depend on their purpose alone and fill the interval evenly', () => {
    expect(draw(7, 3, 2, 'fate')).toBe(draw(7, 3, 2, 'fate'))
    const values = Array.from({ length: 20_000 }, (_, device) => draw(7, device, 1, 'fate'))
    const below = (bound: number): number => values.filter((value) => value < bound).length / values.length
    expect(below(0.5)).toBeCloseTo(0.5, 1)
    expect(below(0.02)).toBeGreaterThan(0.015)
    expect(below(0.02)).toBeLessThan(0.025)
    expect(drawDuration(100, 0.5)).toBeCloseTo(100)
  })
})

describe.skipIf(!hasMosquitto)('a simulated fleet', () => {
  it.each([4, 'each'] as const)('follows its desired states over %s connections, each device told once', async (connections) => {
    const { fleet, deployer, heard } = await stage({}, { connections })
    await deployer.apply(all(fleet, 1))
    await until(() => devicesWith(heard, 'verified', 1).size === 50, 'all verified')
    expect(fleet.totals()).toMatchObject({ desired: 50, acted: 50, repeated: 0 })
    expect(fleet.names.map((name) => fleet.runs(name))).toEqual(fleet.names.map(() => eco))
  })

  it('fails by class, lies and keeps silent as its seed says, the same every time', async () => {
    const faults = { failRetryable: 0.2, failRejected: 0.1, silent: 0.1, lies: 0.1, wrongDigest: 0.1, duplicates: 0.3, skewed: 0.5 }
    const run = async (): Promise<readonly string[]> => {
      const { fleet, deployer, heard } = await stage(faults, { devices: 100 })
      await deployer.apply(all(fleet, 1))
      await until(() => devicesWith(heard, 'accepted', 1).size === 100, 'all accepted')
      await new Promise((resolve) => setTimeout(resolve, 1500))
      return fleet.names.map((name) => {
        const last = heard.filter(
          (report) => report.device === name && report.is !== 'alive' && report.is !== 'accepted' && report.revision?.execution === 1,
        )
        const failure = last.find((report) => report.is === 'failed')
        const reported = last.find((report) => report.is === 'reported')
        if (failure !== undefined) return `failed ${failure.class}`
        if (reported === undefined) return 'silent'
        return reported.runs.variant === 'eco' ? 'runs' : 'lies'
      })
    }
    const first = await run()
    for (const sort of ['failed retryable', 'failed rejected', 'silent', 'lies', 'runs'])
      expect(first.filter((one) => one === sort).length).toBeGreaterThan(2)
    expect(await run()).toEqual(first)
  })

  it('gives devices that were away their last state when they come back, and flapping ones once', async () => {
    const { fleet, deployer, heard } = await stage({ away: 0.2, flaps: 0.2, flapMilliseconds: 30 })
    const gone = fleet.names.filter((name) => fleet.isAway(name))
    expect(gone.length).toBeGreaterThan(3)
    await deployer.apply(all(fleet, 1))
    await deployer.apply(all(fleet, 2))
    await until(() => devicesWith(heard, 'verified', 2).size >= 50 - gone.length, 'those there are verified')
    await fleet.comeBack(gone)
    await until(() => devicesWith(heard, 'verified', 2).size === 50, 'all verified')
    for (const name of gone) expect(fleet.told(name)[0]!.map((told) => told.execution)).toContain(2)
    for (const name of gone) expect(fleet.acted(name)[0]!.at(-1)).toBe(2)
    expect(gone.filter((name) => fleet.acted(name)[0]!.length === 1).length).toBeGreaterThan(3)
    expect(fleet.totals().repeated).toBe(0)
  })

  it('survives the broker being killed and restarted in the middle: nothing lost, nothing acted on twice', async () => {
    const { mosquitto, fleet, deployer, heard } = await stage({ installMilliseconds: 200 }, { devices: 200 })
    const first = await deployer.apply(batch(fleet.names.slice(0, 100).map((name) => desire(name, 1))))
    const second = deployer.apply(batch(fleet.names.slice(100).map((name) => desire(name, 1))))
    await mosquitto.stop()
    await mosquitto.start()
    const failed = (await second).filter((answer) => answer.is === 'failed')
    expect(first.every((answer) => answer.is === 'held')).toBe(true)
    await until(() => devicesWith(heard, 'verified', 1).size >= 200 - failed.length, 'verified')
    await deployer.apply(all(fleet, 1))
    await until(() => devicesWith(heard, 'verified', 1).size === 200, 'all verified')
    expect(fleet.names.flatMap((name) => fleet.acted(name))).toEqual(fleet.names.map(() => [1]))
  })

  it('has devices that share a name: both are told, both answer', async () => {
    const { fleet, deployer, heard } = await stage({ sameName: 0.1 })
    const doubled = fleet.names.filter((name) => fleet.acted(name).length > 1)
    expect(doubled.length).toBeGreaterThan(0)
    await deployer.apply(all(fleet, 1))
    await until(() => doubled.every((name) => fleet.acted(name).every((acted) => acted.length === 1)), 'both act')
    await until(() => devicesWith(heard, 'verified', 1).size === new Set(heard.map((report) => report.device)).size, 'all names answer')
  })

  it('holds as a field of everything at once', async () => {
    const { fleet, deployer, heard } = await stage({ ...field, slowFactor: 3, flapMilliseconds: 50 }, { devices: 500 })
    for (let at = 0; at < 500; at += 250) await deployer.apply(batch(fleet.names.slice(at, at + 250).map((name) => desire(name, 1))))
    await until(() => devicesWith(heard, 'verified', 1).size > 425, 'most verified')
    expect(fleet.totals().repeated).toBe(0)
  })

  it('runs as a program of its own, with many devices in one process', async () => {
    const count = process.env['FLEETPROOF_LONG'] === '1' ? 10_000 : 1000
    const mosquitto = await startMosquitto()
    closing.push(mosquitto.remove)
    const main = fileURLToPath(new URL('../../examples/simulator/main.ts', import.meta.url))
    const words = ['--url', mosquitto.url, '--devices', String(count), '--prefix', 'p', '--until-input-ends']
    const child = spawn(process.execPath, ['--import', 'tsx', main, ...words], { stdio: ['pipe', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.on('data', (part: Buffer) => (said += part.toString()))
    await until(() => said.includes('ready'), 'it is ready')
    const deployer = await createMqttDeployer({ broker: { url: mosquitto.url, clientId: 'f' }, layout: { is: 'own', prefix: 'p' } })
    closing.push(deployer.close)
    const done = new Set<string>()
    await deployer.watch((report) => {
      if (report.is === 'verified') done.add(report.device)
    })
    const names = Array.from({ length: count }, (_, at) => `sim-${String(at).padStart(5, '0')}`)
    for (let at = 0; at < count; at += 500) await deployer.apply(batch(names.slice(at, at + 500).map((name) => desire(name, 1))))
    await until(() => done.size === count, 'all verified')
    child.stdin.end()
    await once(child, 'exit')
    expect(JSON.parse(said.split('\n')[1]!)).toEqual({ desired: count, reported: 2 * count, acted: count, repeated: 0 })
  })
})
