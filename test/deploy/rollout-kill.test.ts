// A rollout that is killed at random moments, and carried on: over a real broker and a real database, judged by what each simulated device was told and did.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { draw } from '../../examples/simulator/draw.ts'
import { healthy } from '../../examples/simulator/faults.ts'
import { startFleet, type SimulatedFleet } from '../../examples/simulator/fleet.ts'
import { hasMosquitto, startMosquitto, type Mosquitto } from '../fixtures/mosquitto.ts'
import { postgresPrograms, startPostgres, type PostgresServer } from '../fixtures/postgres.ts'

const KILLS = process.env['FLEETPROOF_LONG'] === undefined ? 10 : 100
const PER_ROLLOUT = 10
const DEVICES = 240
const loader = pathToFileURL(resolve('node_modules/tsx/dist/loader.mjs')).href
const missing = [...(hasMosquitto ? [] : ['mosquitto']), ...(postgresPrograms === undefined ? ['PostgreSQL'] : [])]

describe.skipIf(missing.length > 0)(
  missing.length === 0 ? 'a killed rollout' : `a killed rollout (skipped: no ${missing.join(', no ')})`,
  () => {
    let mosquitto: Mosquitto
    let postgres: PostgresServer
    let folder: string
    beforeAll(async () => {
      mosquitto = await startMosquitto({ persistent: true })
      postgres = await startPostgres()
      folder = mkdtempSync(join(tmpdir(), 'fleetproof-kill-'))
    }, 60_000)
    afterAll(async () => {
      await mosquitto.remove()
      await postgres.stop()
      rmSync(folder, { recursive: true })
    })

    const command = (words: readonly string[], killAfter?: number): Promise<{ readonly code: number | null; readonly text: string }> =>
      new Promise((done) => {
        const child = spawn(process.execPath, ['--import', loader, resolve('src/cli/main.ts'), ...words], {
          cwd: folder,
          stdio: ['ignore', 'pipe', 'pipe'],
          env: { ...process.env, NODE_OPTIONS: '' },
        })
        let text = ''
        const timer = { is: undefined as NodeJS.Timeout | undefined }
        const hear = (piece: Buffer): void => {
          text += piece.toString()
          // Counted from the moment at which the rollout goes on, so that deaths fall into the work and not into the start of the program.
          if (killAfter !== undefined && timer.is === undefined && text.includes('begins'))
            timer.is = setTimeout(() => child.kill('SIGKILL'), killAfter)
        }
        child.stdout.on('data', hear)
        child.stderr.on('data', hear)
        const late = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter + 20_000)
        void once(child, 'exit').then(([code]) => {
          clearTimeout(timer.is)
          clearTimeout(late)
          done({ code: code as number | null, text })
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
            faults: { ...healthy, acceptMilliseconds: 20, installMilliseconds: 200, failRetryable: 0.1, duplicates: 0.1, reordered: 0.1 },
            runs: { outcome: 'variant', variant: 'old', settings: {} },
            clientPrefix: prefix,
          })
          try {
            writeFleet(folder, names)
            writeFileSync(join(folder, 'deployer.yaml'), `is: mqtt\nurl: ${mosquitto.url}\nlayout: {is: own, prefix: ${prefix}}\n`)
            expect(await command(['plan', 'fleet.yaml', '--waves', 'waves.yaml', '--out', 'the.plan'])).toMatchObject({ code: 0 })
            const database = postgres.database(`round_${round}`)
            const store = ['--database', database]
            let ended = await command(
              ['rollout', 'start', 'the.plan', '--deployer', 'deployer.yaml', '--id', 'r', ...store],
              draw(round, 0, 0, 'kill') * 1000,
            )
            for (let attempt = 1; ended.code === null; attempt++) {
              kills++
              if (!ended.text.includes('begins') && attempt === 1 && (await command(['rollout', 'status', 'r', ...store])).code !== 0) {
                // It died before the rollout was made.
                ended = await command(['rollout', 'start', 'the.plan', '--deployer', 'deployer.yaml', '--id', 'r', ...store])
                break
              }
              const again = kills < KILLS && attempt < PER_ROLLOUT
              ended = await command(['rollout', 'resume', 'r', ...store], again ? draw(round, attempt, 0, 'kill') * 1000 : undefined)
            }
            // A device may fail three times in a row: then somebody tells it again.
            for (let retry = 0; ended.code === 2 && retry < 3; retry++) ended = await command(['rollout', 'retry', 'r', ...store])
            expect([ended.code, ended.text]).toEqual([0, expect.stringContaining('succeeded')])
            await delay(300)
            for (const name of names) {
              expect([name, fleet.runs(name)?.variant]).toEqual([name, 'new'])
              for (const acted of fleet.acted(name)) expect([name, acted]).toEqual([name, [...new Set(acted)].sort((a, b) => a - b)])
            }
          } finally {
            await fleet.stop()
          }
        }
      },
      KILLS * 60_000,
    )
  },
)

function writeFleet(folder: string, names: readonly string[]): void {
  writeFileSync(join(folder, 'devices.ndjson'), names.map((id) => `${JSON.stringify({ id, running: 'old' })}\n`).join(''))
  writeFileSync(
    join(folder, 'fleet.yaml'),
    `fleetproof: 1
context: {running: {text: true}}
devices: devices.ndjson
current: {variant: device.running}
variants: {old: {prefers: 1}, new: {prefers: 2}}
constraints: []
`,
  )
  writeFileSync(
    join(folder, 'waves.yaml'),
    `fleetproof-waves: 1
gate: {success: 100%}
timeout: 60 s
rate: {per_minute: 2400}
waves:
  - {name: first, limit: 20}
  - {name: second, limit: 60}
rest: {name: rest}
`,
  )
}
