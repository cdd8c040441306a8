// A disk that is full while a rollout writes its journal: it stands still and says so, and goes on when there is room; every device is told once.
import { randomBytes } from 'node:crypto'
import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { healthy } from '../../examples/simulator/faults.ts'
import { startFleet } from '../../examples/simulator/fleet.ts'
import { rolloutsHere } from '../../src/deploy/rollout/here.ts'
import { createRollout, startRollout } from '../../src/deploy/rollout/manage.ts'
import type { DurableContext } from '../../src/jobs/durable.ts'
import { openStore } from '../../src/store/store.ts'
import { planInWaves } from '../fixtures/rollout-plan.ts'
import { mayMount, smallDisk } from '../fixtures/small-disk.ts'
import { startAedes } from './rollout-world.ts'

const cleaning: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const clean of cleaning.splice(0).reverse()) await clean()
})

function diskOf(megabytes: number): string {
  const disk = smallDisk(megabytes)!
  cleaning.push(disk.remove)
  return disk.folder
}

describe.skipIf(!mayMount)(`a rollout on a full disk${mayMount ? '' : ' (skipped: this user may not mount one)'}`, () => {
  it('stands still, says why, loses no step and ends when there is room', { timeout: 120_000 }, async () => {
    const disk = diskOf(200)
    const ballast = join(disk, 'ballast')
    const store = await openStore({ is: 'folder', folder: join(disk, 'store') })
    cleaning.push(store.close)
    const broker = await startAedes()
    cleaning.push(broker.close)
    const names = Array.from({ length: 40 }, (_, at) => `f-${at}`)
    const runs = { outcome: 'variant', variant: 'old', settings: {} } as const
    const fleet = await startFleet({ broker: { url: broker.url }, prefix: 'f', devices: names, seed: 3, faults: healthy, runs })
    cleaning.push(fleet.stop)
    const now = (): string => new Date().toISOString()
    const by = { actor: 'ada', reason: '', now: now() }
    await store.tenants.create({ id: 't', name: 't' }, now())
    const rate = { is: 'constant', perMinute: 300 } as const
    const plan = planInWaves({ release: 'ab'.repeat(32), names, waves: [{ devices: names.length, deviceTimeout: 600_000, rate }] })
    const deployer = { is: 'mqtt', url: broker.url, layout: { is: 'own', prefix: 'f' } }
    await createRollout(store, 't', { id: 'r', fleet: 'f', release: 'ab'.repeat(32), plan, needsApproval: false, deployer }, by)
    await startRollout(store, 't', 'r', by)
    const said: string[] = []
    const here = rolloutsHere(store, { environment: {}, now: Date.now, again: 100, log: (_, message) => void said.push(message) })
    const context: DurableContext = { step: (_: string, act: () => Promise<unknown>) => act() } as unknown as DurableContext
    const end = here.workflow.run(context, { tenant: 't', rollout: 'r' })
    const told = (): number => names.filter((name) => fleet.acted(name)[0]!.length > 0).length
    await expect.poll(told, { timeout: 30_000 }).toBeGreaterThan(4)
    const { bavail, bsize } = statfsSync(disk)
    writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - 1_000_000)))
    const fill = randomBytes(6000).toString('base64')
    for (let n = 0; n < 3000 && said.length === 0; n++)
      await store.documents.put('t', 'models', `d${n}`, { content: fill }, { actor: 'ada', now: now() }).catch(() => undefined)
    await expect.poll(() => said.length, { timeout: 20_000 }).toBeGreaterThan(0)
    expect(said[0]).toMatch(/^rollout `r` stands still: /)
    expect(told()).toBeLessThan(names.length)
    rmSync(ballast)
    expect((await end).state).toBe('succeeded')
    expect(names.map((name) => [fleet.runs(name)?.variant, fleet.acted(name)[0]!.length])).toEqual(names.map(() => ['new', 1]))
    await here.stop()
  })
})
