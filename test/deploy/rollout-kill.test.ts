// A rollout that is killed at random moments, and carried on: over a real broker and a real database, judged by what each simulated device was told and did.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { draw } from '../../examples/simulator/draw.ts'
import { healthy } from '../../examples/simulator/faults.ts'
import { startFleet, type SimulatedFleet } from '../../examples/simulator/fleet.ts'
import { askRollout, createRollout, startRollout } from '../../src/deploy/rollout/manage.ts'
import { openStore } from '../../src/store/store.ts'
import { hasMosquitto, startMosquitto, type Mosquitto } from '../fixtures/mosquitto.ts'
import { postgresPrograms, startPostgres, type PostgresServer } from '../fixtures/postgres.ts'
import { planInWaves } from '../fixtures/rollout-plan.ts'

const KILLS = process.env['FLEETPROOF_LONG'] === undefined ? 10 : 100
const PER_ROLLOUT = 10
const WAVES = [10, 30, 80]
const DEVICES = 120
/** Milliseconds: so long a rollout takes where nobody kills it. */
const LATEST = 2500
const loader = pathToFileURL(resolve('node_modules/tsx/dist/loader.mjs')).href
const missing = [...(hasMosquitto ? [] : ['mosquitto']), ...(postgresPrograms === undefined ? ['PostgreSQL'] : [])]

describe.skipIf(missing.length > 0)(
  missing.length === 0 ? 'a killed rollout' : `a killed rollout (skipped: no ${missing.join(', no ')})`,
  () => {
    let mosquitto: Mosquitto
    let postgres: PostgresServer
    beforeAll(async () => {
      mosquitto = await startMosquitto({ persistent: true })
      postgres = await startPostgres()
    }, 60_000)
    afterAll(async () => {
      await mosquitto.remove()
      await postgres.stop()
    })

    /** How the process ended: by its last word, or killed so many milliseconds after it began. */
    const carry = (database: string, killAfter?: number): Promise<string> =>
      new Promise((done) => {
        const child = spawn(process.execPath, ['--import', loader, resolve('test/fixtures/rollout-child.ts'), database, 'r'], {
          stdio: ['ignore', 'pipe', 'inherit'],
          env: { ...process.env, NODE_OPTIONS: '' },
        })
        let text = ''
        let timer: NodeJS.Timeout | undefined
        child.stdout.on('data', (piece: Buffer) => {
          text += piece.toString()
          // Counted from the moment at which the rollout goes on, so that deaths fall into the work and not into the start of the program.
          if (killAfter !== undefined && timer === undefined && text.includes('begins'))
            timer = setTimeout(() => child.kill('SIGKILL'), killAfter)
        })
        void once(child, 'exit').then(([code]) => {
          clearTimeout(timer)
          done(code === null ? 'killed' : (text.trim().split('\n').at(-1) ?? ''))
        })
      })

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
          const database = postgres.database(`round_${round}`)
          const store = await openStore({ is: 'server', url: database })
          try {
            const by = { actor: 'ada', reason: '', now: new Date().toISOString() }
            const deployer = { is: 'mqtt', url: mosquitto.url, layout: { is: 'own', prefix } }
            await store.tenants.create({ id: 't', name: 't' }, by.now)
            const rate = { is: 'constant', perMinute: 3600 } as const
            const waves = WAVES.map((devices) => ({ devices, rate }))
            const plan = planInWaves({ release: 'ab'.repeat(32), names, waves })
            expect(
              await createRollout(store, 't', { id: 'r', fleet: 'f', release: 'ab'.repeat(32), plan, needsApproval: false, deployer }, by),
            ).toMatchObject({ ok: true })
            expect(await startRollout(store, 't', 'r', by)).toMatchObject({ ok: true })
            let ended = 'killed'
            for (let attempt = 0; ended === 'killed'; attempt++) {
              const again = kills < KILLS && attempt < PER_ROLLOUT
              ended = await carry(database, again ? draw(round, attempt, 0, 'kill') * LATEST : undefined)
              if (ended === 'killed') kills++
            }
            // A device may fail three times in a row: then somebody tells it again.
            for (let retry = 0; ended === 'paused' && retry < 5; retry++) {
              await askRollout(store, 't', 'r', 'retry', by)
              ended = await carry(database)
            }
            expect(ended).toBe('succeeded')
            for (const name of names) {
              expect([name, fleet.runs(name)?.variant]).toEqual([name, 'new'])
              for (const acted of fleet.acted(name)) expect([name, acted]).toEqual([name, [...new Set(acted)].sort((a, b) => a - b)])
            }
            expect((await store.rollouts.inventory('t', 'production', { limit: 1000 })).map(({ variant }) => variant)).toEqual(
              names.map(() => 'new'),
            )
          } finally {
            await store.close()
            await fleet.stop()
          }
        }
      },
      KILLS * 60_000,
    )
  },
)
