// A service that is stopped in the middle of a rollout and started again: devices are told once, and all of them.
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { healthy } from '../../examples/simulator/faults.ts'
import { startFleet } from '../../examples/simulator/fleet.ts'
import { startRollout } from '../../src/deploy/rollout/manage.ts'
import { openStore } from '../../src/store/store.ts'
import { assign, good, oldToNew, runningOld, startAedes, untilState } from './rollout-world.ts'
import { runService, startTime, type TestService } from './running.ts'

describe('a service that ends in mid-rollout', () => {
  it(
    'goes on where the journal ends when it is started again',
    async () => {
      const names = Array.from({ length: 30 }, (_, at) => `d-${String(at).padStart(2, '0')}`)
      const lateNames = ['l-1', 'l-2']
      const broker = await startAedes()
      const fleet = await startFleet({
        broker: { url: broker.url },
        prefix: 'd',
        devices: [...names, ...lateNames],
        seed: 5,
        faults: { ...healthy, installMilliseconds: 50 },
        runs: { outcome: 'variant', variant: 'old', settings: {} },
      })
      const deployer = { is: 'mqtt', url: broker.url, layout: { is: 'own', prefix: 'd' } }
      const own = await runService()
      let again: TestService | undefined
      try {
        const admin = own.admin['default']!
        const assignment = await assign(admin, 'd', oldToNew, runningOld(names))
        const policy = { 'fleetproof-waves': 1, gate: { success: '100%' }, rate: { per_minute: 600 } }
        await good(admin.ask('POST', '/v1/rollouts', { assignment, waves: policy, deployer, id: 'd1', needsApproval: false }))
        const late = await assign(admin, 'late', oldToNew, runningOld(lateNames))
        await good(admin.ask('POST', '/v1/rollouts', { assignment: late, deployer, id: 'late', needsApproval: false }))
        await good(admin.ask('POST', '/v1/rollouts/d1/start', {}))
        await expect.poll(() => names.filter((name) => fleet.acted(name)[0]!.length > 0).length, { timeout: 30_000 }).toBeGreaterThan(4)
        await own.stop()
        // Another one was started, and its process died before anybody carried it out.
        const store = await openStore({ is: 'folder', folder: join(own.folder, 'data') })
        const by = { actor: 'ada', reason: '', now: new Date().toISOString() }
        expect(await startRollout(store, 'default', 'late', by)).toMatchObject({ ok: true })
        await store.close()
        const before = names.filter((name) => fleet.acted(name)[0]!.length > 0).length
        expect(before).toBeLessThan(30)
        again = await runService({ folder: own.folder })
        const caller = again.caller(admin.token)
        await untilState(caller, 'd1', ['succeeded'])
        await untilState(caller, 'late', ['succeeded'])
        expect(lateNames.map((name) => fleet.runs(name)?.variant)).toEqual(lateNames.map(() => 'new'))
        expect(names.map((name) => [fleet.runs(name)?.variant, fleet.acted(name)[0]!.length])).toEqual(names.map(() => ['new', 1]))
      } finally {
        await again?.stop()
        await own.remove()
        await fleet.stop()
        await broker.close()
      }
    },
    startTime,
  )
})
