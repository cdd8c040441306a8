/**
 * The tour of `npm run demo:rollout`: a broker and 500 simulated devices in this process, a plan in waves, a wave that fails because its devices refuse the new
 * variant, the way back, and the inventory before and after. Through the command line; nothing but Node needed.
 */
import { Aedes } from 'aedes'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runSteps, type DemoStep } from './demo-steps.ts'
import { healthy } from './simulator/faults.ts'
import { startFleet } from './simulator/fleet.ts'

const DEVICES = 500
const folder = mkdtempSync(join(tmpdir(), 'fleetproof-rollout-'))
const started = performance.now()

const broker = await Aedes.createBroker()
const server = createServer((stream) => void broker.handle(stream))
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`

const names = Array.from({ length: DEVICES }, (_, index) => `heater-${String(index).padStart(3, '0')}`)
const siteOf = (index: number): string => ['hill', 'centre', 'harbour'][Math.floor((index * 3) / DEVICES)] ?? 'hill'
const runs = { outcome: 'variant', variant: 'heat-1', settings: {} } as const
const common = { broker: { url }, prefix: 'fleetproof', seed: 7, runs }
const sound = await startFleet({ ...common, devices: names.filter((_, index) => siteOf(index) !== 'harbour'), faults: healthy, clientPrefix: 'sound' })
// Devices at the harbour refuse what they are told, until somebody repairs that.
const planted = { ...healthy, failRejected: 1 }
const harbour = await startFleet({ ...common, devices: names.filter((_, index) => siteOf(index) === 'harbour'), faults: planted, clientPrefix: 'harbour' })

writeFileSync(
  join(folder, 'devices.ndjson'),
  names.map((id, index) => `${JSON.stringify({ id, site: siteOf(index), canary: index % 66 === 0 && siteOf(index) !== 'harbour', running: 'heat-1' })}\n`).join(''),
)
writeFileSync(
  join(folder, 'fleet.yaml'),
  `fleetproof: 1
context:
  site: {text: true}
  canary: {bool: true}
  running: {text: true}
devices: devices.ndjson
current: {variant: device.running}
variants:
  heat-1: {prefers: 1}
  heat-2: {prefers: 2}
constraints: []
`,
)
writeFileSync(
  join(folder, 'waves.yaml'),
  `fleetproof-waves: 1
gate: {success: 95%}
soak: 1 s
timeout: 20 s
waves:
  - {name: canary, select: device.canary}
  - {name: hill and centre, select: 'device.site != "harbour"'}
rest: {name: harbour}
`,
)

const steps: readonly DemoStep[] = [
  {
    says: 'What must change, in which waves: six canaries, two sites, the harbour last.',
    words: ['plan', 'fleet.yaml', '--waves', 'waves.yaml', '--out', 'building.plan'],
    code: 0,
  },
  {
    says: 'It is carried out. The devices at the harbour refuse the new variant: below the gate the rollout pauses.',
    words: ['rollout', 'start', 'building.plan', '--deployer', url, '--id', 'heat-2', '--as', 'ada', '--reason', 'winter release'],
    code: 2,
  },
  { says: 'What runs now.', words: ['rollout', 'inventory'], code: 0 },
  {
    says: 'Back to what ran before, for every device that was told.',
    words: ['rollout', 'rollback', 'heat-2', '--as', 'grace', '--reason', 'the harbour refuses it'],
    code: 0,
    before: () => (planted.failRejected = 0),
  },
  { says: 'What runs after it, and the history of one device.', words: ['rollout', 'inventory'], code: 0 },
  { says: '', words: ['rollout', 'inventory', '--device', 'heater-000'], code: 0 },
  { says: '', words: ['rollout', 'status'], code: 0 },
]

process.stdout.write(`${DEVICES} devices on ${url}, all of them run heat-1\n`)
let wrong = await runSteps(steps, folder)

const back = names.filter((name) => (sound.runs(name) ?? harbour.runs(name))?.variant === 'heat-1').length
process.stdout.write(`\n${back} of ${DEVICES} devices run heat-1 again, by their own word\n`)
const twice = sound.totals().repeated + harbour.totals().repeated
process.stdout.write(`${twice} devices acted twice on one revision\n`)
if (back !== DEVICES || twice !== 0) wrong++
await sound.stop()
await harbour.stop()
await new Promise<void>((resolve) => broker.close(() => resolve()))
server.close()
rmSync(folder, { recursive: true })
process.stdout.write(`${steps.length - wrong} of ${steps.length} steps as expected, ${((performance.now() - started) / 1000).toFixed(1)} s\n`)
process.exit(wrong === 0 ? 0 : 1)
