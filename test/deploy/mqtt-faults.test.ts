// What goes wrong between us and a broker: no broker, a half-open line, a restart with TLS in the middle of a wave; told by what devices got.
import { afterEach, describe, expect, it } from 'vitest'
import { healthy } from '../../examples/simulator/faults.ts'
import { startFleet } from '../../examples/simulator/fleet.ts'
import type { DeviceReport } from '../../src/deploy/deployer.ts'
import { createMqttDeployer } from '../../src/deploy/mqtt/mqtt-deployer.ts'
import { hasOpenssl, makeCertificates } from '../fixtures/certificates.ts'
import { openLine } from '../fixtures/line.ts'
import { hasMosquitto, startMosquitto } from '../fixtures/mosquitto.ts'
import { batch, desire } from './contract.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const backOff = { firstMilliseconds: 20, mostMilliseconds: 100 }
const layout = { is: 'own', prefix: 'p' } as const

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 2000; turn++) {
    if (holds()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`never: ${what}`)
}

function verified(heard: readonly DeviceReport[], execution: number): ReadonlySet<string> {
  return new Set(heard.flatMap((report) => (report.is === 'verified' && report.revision.execution === execution ? [report.device] : [])))
}

describe.skipIf(!hasMosquitto || !hasOpenssl)('over mosquitto', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'with TLS, certificates and an access list, ended by %s in mid-rollout: nothing is lost, nobody acts twice',
    async (signal) => {
      const certificates = makeCertificates(['fleetproof', 'device'])
      const { authority, clients } = certificates
      const accessList = [
        'user fleetproof',
        'topic readwrite p/#',
        'user device',
        'topic read p/devices/+/desired',
        'topic write p/devices/+/reported',
        'topic write p/devices/+/alive',
      ]
      const mosquitto = await startMosquitto({ certificates, accessList, persistent: true })
      closing.push(mosquitto.remove)
      const reach = (user: string) => ({ url: mosquitto.url, backOff, tls: { authority, ...clients[user]! } })
      const fleet = await startFleet({
        broker: reach('device'),
        prefix: 'p',
        devices: 300,
        seed: 3,
        faults: { ...healthy, installMilliseconds: 100 },
      })
      closing.push(fleet.stop)
      const deployer = await createMqttDeployer({ broker: { ...reach('fleetproof'), clientId: 'fleetproof' }, layout })
      closing.push(deployer.close)
      const heard: DeviceReport[] = []
      await deployer.watch((report) => void heard.push(report))
      const waves = [0, 100, 200].map((from) => batch(fleet.names.slice(from, from + 100).map((name) => desire(name, 1))))
      await deployer.apply(waves[0]!)
      const second = deployer.apply(waves[1]!)
      await mosquitto.stop(signal)
      const third = deployer.apply({ ...waves[2]!, fresh: true })
      await mosquitto.start()
      // The executor applies again what it does not know to be held, and after a broker that died without writing all that has not ended.
      const answers = [...(await second), ...(await third)]
      expect(answers.length).toBe(200)
      await new Promise((resolve) => setTimeout(resolve, 500))
      for (const wave of waves) await deployer.apply(wave)
      await until(() => verified(heard, 1).size === 300, 'all verified')
      expect(fleet.names.map((name) => fleet.acted(name))).toEqual(fleet.names.map(() => [[1]]))
      expect(fleet.names.every((name) => fleet.runs(name)?.variant === 'eco')).toBe(true)
    },
  )

  it('a broker that is away: every state fails, to be tried again, and holds when it is back', async () => {
    const mosquitto = await startMosquitto()
    closing.push(mosquitto.remove)
    const deployer = await createMqttDeployer({
      broker: { url: mosquitto.url, backOff, clientId: 'fleetproof' },
      layout,
      answerMilliseconds: 300,
    })
    closing.push(deployer.close)
    await mosquitto.stop()
    const states = ['a', 'b'].map((name) => desire(name, 1))
    for (const fresh of [false, true]) {
      const answers = await deployer.apply({ ...batch(states), fresh })
      expect(answers.map((answer) => (answer.is === 'failed' ? answer.class : answer.is))).toEqual(['retryable', 'retryable'])
    }
    await mosquitto.start()
    await expect
      .poll(async () => (await deployer.apply(batch(states))).map((answer) => answer.is), { timeout: 5000 })
      .toEqual(['held', 'held'])
  })

  it('a half-open line is given up, and what was not acknowledged is not sent behind our back later', async () => {
    const mosquitto = await startMosquitto()
    closing.push(mosquitto.remove)
    const line = await openLine(mosquitto.port)
    closing.push(line.close)
    const broker = { url: `mqtt://127.0.0.1:${line.port}`, backOff, clientId: 'fleetproof', keepAliveSeconds: 1 }
    const deployer = await createMqttDeployer({ broker, layout, answerMilliseconds: 500 })
    closing.push(deployer.close)
    const fleet = await startFleet({ broker: { url: mosquitto.url }, prefix: 'p', devices: ['a'], seed: 1, faults: healthy })
    closing.push(fleet.stop)
    line.freeze()
    expect(await deployer.apply({ ...batch([desire('a', 1)]), fresh: true })).toMatchObject([{ is: 'failed', class: 'retryable' }])
    line.thaw()
    await expect
      .poll(async () => (await deployer.apply({ ...batch([desire('a', 2)]), fresh: true })).map((answer) => answer.is), { timeout: 10_000 })
      .toEqual(['held'])
    await until(() => fleet.acted('a')[0]!.length > 0, 'it acts')
    expect(fleet.told('a')[0]!.map((told) => told.execution)).toEqual([2])
  })
})
