// Deployers as a rollout names them: what a description opens, what is wrong with one, and that rollouts share what a process has once only.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { connectDeployer, isAlone } from '../../src/deploy/connect-deployer.ts'
import { createSharing } from '../../src/deploy/shared.ts'
import { startFakeGenesis, type FakeComponent } from '../fixtures/fakes/genesis.ts'
import { startFakeHawkbit } from '../fixtures/fakes/hawkbit.ts'
import { freePort, hasMosquitto, startMosquitto } from '../fixtures/mosquitto.ts'
import { batch, desire, eco } from './contract.ts'

const closing: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})
const folderOf = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'fleetproof-connect-'))
  closing.push(() => rmSync(folder, { recursive: true }))
  return folder
}

describe('a description opens', () => {
  it('a server that devices poll, for those with the token', async () => {
    const folder = folderOf()
    const port = await freePort()
    const config = { is: 'ddi', port, artefacts: folder, tokenVariable: 'TOKEN', file: join(folder, 'actions') }
    await expect(connectDeployer(config, 'r', { environment: {} })).rejects.toMatchObject({ code: 'deploy/configuration' })
    const deployer = await connectDeployer(config, 'r', { environment: { TOKEN: 'secret' } })
    closing.push(deployer.close)
    // A second one cannot listen there.
    await expect(
      connectDeployer({ ...config, file: join(folder, 'others') }, 'r', { environment: { TOKEN: 'secret' } }),
    ).rejects.toMatchObject({ message: `devices cannot be served on port ${port} of 127.0.0.1` })
    expect(await deployer.apply(batch([desire('gw-1', 3)]))).toEqual([{ device: 'gw-1', is: 'held' }])
    const ask = (token: string) =>
      fetch(`http://127.0.0.1:${port}/default/controller/v1/gw-1`, { headers: { authorization: `TargetToken ${token}` } })
    expect((await ask('wrong')).status).toBe(401)
    expect(JSON.stringify(await (await ask('secret')).json())).toContain('/deploymentBase/3')
  })

  it("hawkBit, with tags and rollouts of hawkBit's own", async () => {
    const hawkbit = await startFakeHawkbit(['a', 'b'])
    closing.push(hawkbit.close)
    const config = {
      is: 'hawkbit',
      url: hawkbit.url,
      authorizationVariable: 'AUTH',
      artefacts: folderOf(),
      rollouts: { from: 2, groups: 2 },
    }
    const deployer = await connectDeployer(config, 'r', { environment: { AUTH: 'Basic fake' } })
    closing.push(deployer.close)
    await deployer.apply(batch([desire('a', 1), desire('b', 1)]))
    expect([hawkbit.rollouts.length, hawkbit.tags()]).toEqual([1, { 'fleetproof eco': ['a', 'b'] }])
  })

  it.skipIf(!hasMosquitto)('GeneSIS, whose components are described by variant', async () => {
    const folder = folderOf()
    const webPort = await freePort()
    const mosquitto = await startMosquitto({ lines: [`listener ${webPort} 127.0.0.1`, 'protocol websockets'] })
    closing.push(mosquitto.remove)
    const seen: FakeComponent[] = []
    const genesis = await startFakeGenesis(
      mosquitto.url,
      ['gw-1', 'gw-2'],
      (component) => seen.push(component) > 0,
      () => undefined,
    )
    closing.push(genesis.close)
    const config = {
      is: 'genesis',
      url: genesis.url,
      progress: `ws://127.0.0.1:${webPort}`,
      components: { eco: { _type: '/internal/docker', docker_resource: { image: 'eco:{{level}}', environment: ['NAME={{device}}'] } } },
      file: join(folder, 'actions'),
    }
    const deployer = await connectDeployer(config, 'r', { environment: {} })
    closing.push(deployer.close)
    const answers = await deployer.apply(batch([desire('gw-1', 1, eco), desire('gw-2', 1, { ...eco, variant: 'other' })]))
    expect(answers).toMatchObject([
      { is: 'held' },
      { is: 'failed', class: 'rejected', why: 'no component is described for variant `other`' },
    ])
    await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(1)
    expect(seen[0]).toMatchObject({ docker_resource: { image: 'eco:2', environment: ['NAME=gw-1'] } })
  })

  it('nothing where it is wrong', async () => {
    for (const config of [
      undefined,
      {},
      { is: 'pigeon' },
      { is: 'mqtt' },
      { is: 'webhook', url: 'ftp://x', secretVariable: 'S', file: 'f' },
    ])
      await expect(connectDeployer(config, 'r', { environment: {} })).rejects.toMatchObject({ code: 'deploy/configuration' })
  })
})

describe('rollouts at the same time', () => {
  it('share what a process has once only; the last one closes it', async () => {
    const folder = folderOf()
    const config = { is: 'file', folder }
    expect([isAlone(config), isAlone({ is: 'command', program: 'true', file: 'actions' }), isAlone('nothing')]).toEqual([
      false,
      true,
      false,
    ])
    const share = createSharing()
    let opened = 0
    let closed = 0
    const open = async () => {
      opened++
      const deployer = await connectDeployer(config, 'r', { environment: {} })
      return { ...deployer, close: () => (closed++, deployer.close()) }
    }
    const [one, other] = await Promise.all([share('k', open), share('k', open)])
    await one.close()
    await one.close()
    expect([opened, closed]).toEqual([1, 0])
    expect(await other.apply(batch([desire('a', 1)]))).toEqual([{ device: 'a', is: 'held' }])
    await other.close()
    expect(closed).toBe(1)
    await (await share('k', open)).close()
    expect([opened, closed]).toEqual([2, 2])
  })
})
