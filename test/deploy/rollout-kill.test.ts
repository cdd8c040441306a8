// A rollout that is killed at random moments, and carried on: over a real broker and a real database, judged by what each simulated device was told and did.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { draw } from '../../examples/simulator/draw.ts'
import { healthy } from '../../examples/simulator/faults.ts'
import { startFleet, type SimulatedFleet } from '../../examples/simulator/fleet.ts'
import { askRollout, createRollout, startRollout } from '../../src/deploy/rollout/manage.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { hasMosquitto, startMosquitto, type Mosquitto } from '../fixtures/mosquitto.ts'
import { postgresPrograms, startPostgres, type PostgresServer } from '../fixtures/postgres.ts'
import { planInWaves } from '../fixtures/rollout-plan.ts'
import { transpiledFile } from '../fixtures/transpiled.ts'

const KILLS = process.env['FLEETPROOF_LONG'] === undefined ? 10 : 100
const PER_ROLLOUT = 10
const WAVES = [4, 12, 32]
const DEVICES = 48
/** Devices a second: so a rollout that nobody kills takes about two seconds, and each second holds appends, messages and answers. */
const RATE = 30
/** Milliseconds: so long a process lives at most. */
const LATEST = 1000
const missing = [...(hasMosquitto ? [] : ['mosquitto']), ...(postgresPrograms === undefined ? ['PostgreSQL'] : [])]

interface Child {
  /** How the process ended: by its last word, or killed so many milliseconds after it began. */
  readonly carry: (rollout: string, killAfter?: number) => Promise<string>
  readonly process: ChildProcess
}

/** It loads and opens the database at once, and waits for its rollout. */
function startChild(database: string): Child {
  const child = spawn(process.execPath, [transpiledFile('test/fixtures/rollout-child.ts'), database], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  child.stdin.on('error', () => undefined)
  return {
    process: child,
    carry: async (rollout, killAfter) => {
      let text = ''
      let timer: NodeJS.Timeout | undefined
      child.stdout.on('data', (piece: Buffer) => {
        text += piece.toString()
        // Counted from the moment at which the rollout goes on, so that deaths fall into the work and not into the start of the program.
        if (killAfter !== undefined && timer === undefined && text.includes('begins'))
          timer = setTimeout(() => child.kill('SIGKILL'), killAfter)
      })
      const exit = once(child, 'exit')
      child.stdin.write(`${rollout}\n`)
      const [code] = (await exit) as [number | null]
      clearTimeout(timer)
      return code === null ? 'killed' : (text.trim().split('\n').at(-1) ?? '')
    },
  }
}

describe.skipIf(missing.length > 0)(
  missing.length === 0 ? 'a killed rollout' : `a killed rollout (skipped: no ${missing.join(', no ')})`,
  () => {
    let mosquitto: Mosquitto
    let postgres: PostgresServer
    let database: string
    let store: Store
    let spare: Child
    const by = { actor: 'ada', reason: '', now: new Date().toISOString() }
    beforeAll(async () => {
      mosquitto = await startMosquitto({ persistent: true })
      postgres = await startPostgres()
      database = postgres.database('kills')
      store = await openStore({ is: 'server', url: database })
      await store.tenants.create({ id: 't', name: 't' }, by.now)
      spare = startChild(database)
    }, 60_000)
    afterAll(async () => {
      spare.process.kill('SIGKILL')
      await store.close()
      await mosquitto.remove()
      await postgres.stop()
    })

    /** The next process loads while this one works. */
    const carry = (rollout: string, killAfter?: number): Promise<string> => {
      const child = spare
      spare = startChild(database)
      return child.carry(rollout, killAfter)
    }

    it(
      `at ${KILLS} random moments loses nothing and lets no device act twice`,
      async () => {
        let kills = 0
        for (let round = 0; kills < KILLS; round++) {
          const prefix = `round-${round}`
          const names = Array.from({ length: DEVICES }, (_, index) => `${prefix}-${String(index).padStart(3, '0')}`)
          const fleet: SimulatedFleet = await startFleet({
            broker: { url: mosquitto.url },
            prefix,
            devices: names,
            seed: round,
            faults: { ...healthy, acceptMilliseconds: 20, installMilliseconds: 100, failRetryable: 0.1, duplicates: 0.1, reordered: 0.1 },
            runs: { outcome: 'variant', variant: 'old', settings: {} },
            clientPrefix: prefix,
          })
          try {
            const deployer = { is: 'mqtt', url: mosquitto.url, layout: { is: 'own', prefix } }
            const rate = { is: 'constant', perMinute: RATE * 60 } as const
            const waves = WAVES.map((devices) => ({ devices, rate }))
            const plan = planInWaves({ release: 'ab'.repeat(32), names, waves })
            const made = { id: prefix, fleet: prefix, release: 'ab'.repeat(32), plan, needsApproval: false, deployer }
            expect(await createRollout(store, 't', made, by)).toMatchObject({ ok: true })
            expect(await startRollout(store, 't', prefix, by)).toMatchObject({ ok: true })
            let ended = 'killed'
            for (let attempt = 0; ended === 'killed'; attempt++) {
              const again = kills < KILLS && attempt < PER_ROLLOUT
              ended = await carry(prefix, again ? draw(round, attempt, 0, 'kill') * LATEST : undefined)
              if (ended === 'killed') kills++
            }
            // A device may fail three times in a row: then somebody tells it again.
            for (let retry = 0; ended === 'paused' && retry < 5; retry++) {
              await askRollout(store, 't', prefix, 'retry', by)
              ended = await carry(prefix)
            }
            expect(ended).toBe('succeeded')
            for (const name of names) {
              expect([name, fleet.runs(name)?.variant]).toEqual([name, 'new'])
              for (const acted of fleet.acted(name)) expect([name, acted]).toEqual([name, [...new Set(acted)].sort((a, b) => a - b)])
            }
            const inventory = await store.rollouts.inventory('t', 'production', { limit: 100_000 })
            expect(inventory.filter(({ device }) => device.startsWith(`${prefix}-`)).map(({ variant }) => variant)).toEqual(
              names.map(() => 'new'),
            )
          } finally {
            await fleet.stop()
          }
        }
      },
      KILLS * 60_000,
    )
  },
)
