// hawkBit's Management API, a fake: the contract, and the server's quotas.
import { describe, expect, it } from 'vitest'
import { createHawkbitDeployer, type HawkbitOptions } from '../../src/deploy/hawkbit/hawkbit-deployer.ts'
import type { Deployer } from '../../src/deploy/deployer.ts'
import { readDesired } from '../../src/deploy/document.ts'
import { startFakeHawkbit, type FakeHawkbit } from '../fixtures/fakes/hawkbit.ts'
import { batch, comfort, deployerContract, desire, eco, type DeployWorld } from './contract.ts'
import { farDevices } from './far-devices.ts'

const optionsOf = (hawkbit: FakeHawkbit): HawkbitOptions => ({
  url: hawkbit.url,
  authorization: 'Basic fake',
  limits: { milliseconds: 5000, attempts: 4, longestPause: 1000 },
  artefacts: () => Promise.resolve(undefined),
  pollMilliseconds: 20,
})

async function hawkbitWorld(): Promise<DeployWorld> {
  const devices = ['gw-1', 'hall "2"', 'x+%3']
  const hawkbit = await startFakeHawkbit(devices)
  const far = farDevices(devices)
  const another = (): Promise<Deployer> => Promise.resolve(createHawkbitDeployer(optionsOf(hawkbit)))
  const deployer = await another()
  return {
    ...far.world,
    back: far.back,
    deployer,
    another,
    step: () => {
      for (const device of devices) {
        if (far.behaviour(device) === 'away') continue
        const action = hawkbit.poll(device)
        if (action === undefined) continue
        const state = readDesired(device, action.desired)!
        far.actions(device).push(state.revision.execution)
        const fails = far.behaviour(device) !== 'succeeds'
        if (!fails) far.nowRuns(device, state.is)
        hawkbit.feedback(device, action.id, fails ? 'failure' : 'success', fails ? 'disk full' : '')
      }
      return Promise.resolve()
    },
    close: async () => {
      await deployer.close()
      await hawkbit.close()
    },
  }
}

// hawkBit knows that an action ended in an error, and not of which kind.
deployerContract({ name: 'hawkbit (fake)', classes: { fails: 'retryable', rejects: 'retryable' }, knowsDevices: true, start: hawkbitWorld })

describe('hawkBit (fake)', () => {
  it('gets one distribution set a variant, and never more than 5,000 targets in a request', async () => {
    const names = Array.from({ length: 12_000 }, (_, at) => `dev-${at}`)
    const hawkbit = await startFakeHawkbit(names)
    const deployer = createHawkbitDeployer(optionsOf(hawkbit))
    const states = names.map((name, at) => desire(name, 1, at < 6000 ? eco : comfort))
    const answers = await deployer.apply({ ...batch(states), fresh: true })
    expect(answers.every((answer) => answer.is === 'held')).toBe(true)
    expect(hawkbit.sets.map((set) => set.name)).toEqual(['fleetproof eco', 'fleetproof comfort'])
    expect(hawkbit.largestRequest()).toBe(5000)
    await deployer.close()
    await hawkbit.close()
  })

  it('tags targets with their variant, once, and leaves the tags of others', async () => {
    const hawkbit = await startFakeHawkbit(['a', 'b', 'c'])
    hawkbit.tag('theirs', ['a', 'b'])
    const deployer = createHawkbitDeployer({ ...optionsOf(hawkbit), tags: true })
    await deployer.apply(batch([desire('a', 1, eco), desire('b', 1, eco), desire('c', 1, comfort)]))
    await deployer.apply(batch([desire('b', 2, comfort)]))
    expect(hawkbit.tags()).toEqual({ theirs: ['a', 'b'], 'fleetproof eco': ['a'], 'fleetproof comfort': ['b', 'c'] })
    await deployer.close()
    await hawkbit.close()
  })

  it('carries a large batch out as one rollout in groups with thresholds, once', async () => {
    const names = Array.from({ length: 60 }, (_, at) => `dev-${at}`)
    const hawkbit = await startFakeHawkbit([...names, 'apart'])
    const rollouts = { from: 50, groups: 4, success: 90, error: 20 }
    const deployer = createHawkbitDeployer({ ...optionsOf(hawkbit), rollouts })
    const states = names.map((name) => desire(name, 1, eco))
    expect((await deployer.apply(batch(states))).every(({ is }) => is === 'held')).toBe(true)
    // As after a crash before the answer was kept.
    expect((await deployer.apply(batch(states))).every(({ is }) => is === 'already')).toBe(true)
    expect((await deployer.apply({ ...batch(states), fresh: true })).every(({ is }) => is === 'held')).toBe(true)
    expect(hawkbit.rollouts.map(({ status, groups }) => [status, groups.map(({ length }) => length)])).toEqual([
      ['running', [15, 15, 15, 15]],
    ])
    expect(hawkbit.rollouts[0]!.wanted).toMatchObject({
      successCondition: { condition: 'THRESHOLD', expression: '90' },
      errorCondition: { condition: 'THRESHOLD', expression: '20' },
      errorAction: { action: 'PAUSE' },
    })
    expect(hawkbit.tags()).toEqual({})
    expect(names.every((name) => hawkbit.poll(name)?.desired.includes('"eco"'))).toBe(true)
    await deployer.apply(batch([desire('apart', 1, eco)]))
    expect(hawkbit.rollouts.length).toBe(1)
    await deployer.close()
    await hawkbit.close()
  })

  it('is waited for where it throttles', async () => {
    const hawkbit = await startFakeHawkbit(['a'])
    const deployer = createHawkbitDeployer(optionsOf(hawkbit))
    hawkbit.throttle(3)
    expect(await deployer.apply(batch([desire('a', 1)]))).toEqual([{ device: 'a', is: 'held' }])
    hawkbit.throttle(1000)
    expect(await deployer.apply(batch([desire('a', 2)]))).toMatchObject([{ is: 'failed', class: 'retryable', retryAfter: 50 }])
    await deployer.close()
    await hawkbit.close()
  })
})
