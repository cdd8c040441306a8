// `serve` with deployers of a file, killed by the system in mid-rollout: the next process takes the rollout up, and no device acts twice.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { healthy } from '../../examples/simulator/faults.ts'
import { startFleet } from '../../examples/simulator/fleet.ts'
import { killAll, runServe } from './processes.ts'
import { assign, good, oldToNew, runningOld, startAedes, untilState } from './rollout-world.ts'
import { callerOf, startTime } from './running.ts'

afterAll(killAll)

describe('`serve --deployers`, killed in mid-rollout', () => {
  it(
    'goes on with the rollout when it is started again, and tells no device twice',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'fleetproof-killed-'))
      const names = Array.from({ length: 30 }, (_, at) => `k-${String(at).padStart(2, '0')}`)
      const broker = await startAedes()
      const runs = { outcome: 'variant', variant: 'old', settings: {} } as const
      const fleet = await startFleet({ broker: { url: broker.url }, prefix: 'k', devices: names, seed: 6, faults: healthy, runs })
      const file = join(folder, 'deployers.yaml')
      writeFileSync(file, `floor:\n  is: mqtt\n  url: ${broker.url}\n  layout: {is: own, prefix: k}\n`)
      const place = ['--data', join(folder, 'data')]
      const told = (): number => names.filter((name) => fleet.acted(name)[0]!.length > 0).length
      try {
        const first = await runServe(place, '--deployers', file)
        await expect.poll(() => first.token, { timeout: 10_000 }).toBeDefined()
        const token = first.token!
        const admin = callerOf(first.url, token)
        const assignment = await assign(admin, 'k', oldToNew, runningOld(names))
        const waves = { 'fleetproof-waves': 1, gate: { success: '100%' }, rate: { per_minute: 600 } }
        const ask = { assignment, waves, needsApproval: false }
        // The file's names are all that a request may say.
        const unknown = await admin.ask('POST', '/v1/rollouts', { ...ask, deployer: 'roof' })
        expect([unknown.status, unknown.at('diagnostics.0.code')]).toEqual([422, 'deploy/unknown-deployer'])
        await good(admin.ask('POST', '/v1/rollouts', { ...ask, deployer: 'floor', id: 'k1' }))
        await good(admin.ask('POST', '/v1/rollouts/k1/start', {}))
        await expect.poll(told, { timeout: 30_000 }).toBeGreaterThan(4)
        await first.kill()
        expect(told()).toBeLessThan(names.length)
        const second = await runServe(place, '--deployers', file)
        await untilState(callerOf(second.url, token), 'k1', ['succeeded'])
        expect(names.map((name) => [fleet.runs(name)?.variant, fleet.acted(name)[0]!.length])).toEqual(names.map(() => ['new', 1]))
        await second.kill()
      } finally {
        killAll()
        await fleet.stop()
        await broker.close()
        rmSync(folder, { recursive: true, force: true })
      }
    },
    startTime,
  )
})
