// Who guesses is slowed down; tokens end when they are to.
import { describe, expect, it } from 'vitest'
import { runService } from './running.ts'

describe('failures', () => {
  it('slow down who guesses, and let in again after a while', async () => {
    let time = Date.now()
    const guarded = await runService({ failures: 5, clock: () => time })
    try {
      const guess = guarded.caller(`fp_${'B'.repeat(43)}`)
      const statuses: number[] = []
      for (let i = 0; i < 7; i++) statuses.push((await guess.ask('GET', '/v1/me')).status)
      expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429])
      const blocked = await guarded.admin['default']!.ask('GET', '/v1/me')
      expect(blocked.status).toBe(429)
      expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0)
      time += 61_000
      expect((await guarded.admin['default']!.ask('GET', '/v1/me')).status).toBe(200)
      const soon = new Date(time + 5000).toISOString()
      const made = await guarded.admin['default']!.ask('POST', '/v1/tokens', { name: 'soon over', role: 'reader', expires: soon })
      const caller = guarded.caller(String(made.at('secret')))
      expect((await caller.ask('GET', '/v1/me')).status).toBe(200)
      time += 10_000
      expect((await caller.ask('GET', '/v1/me')).status).toBe(401)
    } finally {
      await guarded.remove()
    }
  })
})
