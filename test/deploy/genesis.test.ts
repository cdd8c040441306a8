// GeneSIS, a fake, with its progress over MQTT on WebSockets through Debian's mosquitto: the contract, and models that stay whole.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readDesired } from '../../src/deploy/document.ts'
import { createGenesisDeployer, type GenesisOptions } from '../../src/deploy/genesis/genesis-deployer.ts'
import type { DeviceReport } from '../../src/deploy/deployer.ts'
import { startFakeGenesis, type FakeComponent, type FakeGenesis } from '../fixtures/fakes/genesis.ts'
import { freePort, hasMosquitto, startMosquitto } from '../fixtures/mosquitto.ts'
import { batch, deployerContract, desire, type DeployWorld } from './contract.ts'
import { farDevices } from './far-devices.ts'

async function genesisWorld(): Promise<DeployWorld & { readonly genesis: FakeGenesis; readonly options: GenesisOptions }> {
  const folder = mkdtempSync(join(tmpdir(), 'fleetproof-genesis-'))
  const webPort = await freePort()
  const mosquitto = await startMosquitto({ lines: [`listener ${webPort} 127.0.0.1`, 'protocol websockets'] })
  const devices = ['gw-1', 'hall 2', 'x+3']
  const far = farDevices(devices)
  const stateOf = (component: FakeComponent) => {
    const own = component.properties?.find((property) => property.name === 'fleetproof')
    return own?.device === undefined ? undefined : readDesired(own.device, own.desired ?? '')
  }
  const act = (component: FakeComponent): boolean => {
    const state = stateOf(component)!
    if (far.behaviour(state.device) === 'away') return false
    far.actions(state.device).push(state.revision.execution)
    if (far.behaviour(state.device) !== 'succeeds') return false
    far.nowRuns(state.device, state.is)
    return true
  }
  const genesis = await startFakeGenesis(mosquitto.url, devices, act, () => undefined)
  let count = 0
  const options: GenesisOptions = {
    url: genesis.url,
    progress: { url: `ws://127.0.0.1:${webPort}`, clientId: '' },
    limits: { milliseconds: 2000, attempts: 2, longestPause: 100 },
    build: ({ is }) => ({ _type: '/internal/docker', docker_resource: { image: is.variant ?? 'none' } }),
    together: 100,
    milliseconds: 5000,
    file: join(folder, 'actions'),
  }
  const another = () => createGenesisDeployer({ ...options, progress: { ...options.progress, clientId: `fleetproof-${count++}` } })
  const deployer = await another()
  return {
    ...far.world,
    genesis,
    options,
    deployer,
    another,
    close: async () => {
      await deployer.close()
      await genesis.close()
      await mosquitto.remove()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const skip = hasMosquitto ? false : 'skipped: needs mosquitto'
// GeneSIS says that a component is in error and no more: nothing is refused for good.
deployerContract({
  name: 'genesis (fake)',
  classes: { fails: 'retryable', rejects: 'retryable' },
  knowsDevices: false,
  skip,
  start: genesisWorld,
})

describe.skipIf(!hasMosquitto)('GeneSIS (fake)', () => {
  it('keeps what others have in the model, and one component of ours per device', async () => {
    const world = await genesisWorld()
    const heard: DeviceReport[] = []
    await world.deployer.watch((report) => void heard.push(report))
    const ended = async (count: number): Promise<void> => {
      while (heard.filter((report) => report.is === 'reported' || report.is === 'failed').length < count)
        await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await world.deployer.apply(batch([desire('gw-1', 1), desire('hall 2', 1), desire('nobody', 1)]))
    await ended(3)
    await world.deployer.apply(batch([desire('gw-1', 2)]))
    await ended(4)
    expect(heard.find((report) => report.device === 'nobody' && report.is === 'failed')).toMatchObject({ class: 'rejected' })
    expect(world.genesis.deployments()).toBe(2)
    expect(world.genesis.model().components.map((component) => component.name)).toEqual([
      'gw-1',
      'hall 2',
      'x+3',
      'unrelated',
      'fleetproof_hall 2_1',
      'fleetproof_gw-1_2',
    ])
    expect(world.genesis.model().components[3]).toMatchObject({ credentials: { password: 'secret' } })
    world.genesis.refuse(1)
    await world.deployer.apply(batch([desire('x+3', 3)]))
    await ended(5)
    expect(heard.at(-1)).toMatchObject({
      device: 'x+3',
      is: 'failed',
      class: 'retryable',
      why: expect.stringContaining('not now') as string,
    })
    await world.close()
  })
})
