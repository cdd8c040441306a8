// Quotas of a backend become a time that is shown before anything starts.
import { describe, expect, it } from 'vitest'
import { devicesPerSecond } from '../../src/deploy/deployer-config.ts'
import { withQuota } from '../../src/plan/estimate.ts'
import { planInWaves } from '../fixtures/rollout-plan.ts'

describe('the quota of a backend', () => {
  const { waves } = planInWaves({ release: 'ab'.repeat(32), names: [], waves: [{ devices: 100 }, { devices: 9900 }] }).head
  const estimate = { waves: waves.map(() => ({ sending: 30_000, steps: 60_000, soak: 0 })), total: 180_000, from: ['a device takes 60 s'] }

  it('lengthens the waves that it slows down, and no others', () => {
    const slow = withQuota({ waves, estimate }, devicesPerSecond({ is: 'mqtt', url: 'mqtt://broker', perSecond: 50 }))
    expect(slow.waves.map(({ sending }) => sending)).toEqual([30_000, 198_000])
    expect([slow.total, slow.from]).toEqual([348_000, ['a device takes 60 s', 'the backend takes 50 devices a second']])
  })

  it('is that of the service where the backend has one, and none where it has none', () => {
    expect(devicesPerSecond({ is: 'azure-iot-hub', connectionVariable: 'HUB' })).toBe(50)
    expect(devicesPerSecond({ is: 'file', folder: 'f' })).toBeUndefined()
    expect(withQuota({ waves, estimate }, undefined)).toBe(estimate)
  })
})
