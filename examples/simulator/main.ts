/**
 * Runs a fleet: `node --import tsx examples/simulator/main.ts --url mqtt://127.0.0.1:1883 --devices 10000 [--seed 7] [--faults healthy|instant|field|FILE.json]
 * [--connections 8|each] [--prefix fleetproof] [--variant NAME]`. Prints `ready` once all devices are there, and at the end (SIGTERM, SIGINT, or its input closed)
 * one line of JSON with what the fleet got and did.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { field, healthy, instant, type Faults } from './faults.ts'
import { startFleet } from './fleet.ts'

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: { url: text, devices: text, seed: text, faults: text, connections: text, prefix: text, variant: text, 'until-input-ends': { type: 'boolean' } },
})
const devices = Number(values.devices ?? '100')
const seed = Number(values.seed ?? '7')
if (values.url === undefined || !Number.isSafeInteger(devices) || devices < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write('usage: main.ts --url URL [--devices N] [--seed N] [--faults healthy|instant|field|FILE.json] [--connections N|each] [--prefix fleetproof] [--variant NAME]\n')
  process.exit(3)
}

function faultsOf(word: string): Faults {
  const named = { healthy, instant, field }
  if (word === 'healthy' || word === 'instant' || word === 'field') return named[word]
  return { ...healthy, ...(JSON.parse(readFileSync(word, 'utf8')) as Partial<Faults>) }
}

const fleet = await startFleet({
  broker: { url: values.url },
  prefix: values.prefix ?? 'fleetproof',
  devices,
  seed,
  faults: faultsOf(values.faults ?? 'healthy'),
  connections: values.connections === 'each' ? 'each' : Number(values.connections ?? '8'),
  ...(values.variant === undefined ? {} : { runs: { outcome: 'variant', variant: values.variant, settings: {} } as const }),
})
process.stdout.write('ready\n')
let ending = false
const end = async (): Promise<void> => {
  if (ending) return
  ending = true
  process.stdout.write(`${JSON.stringify(fleet.totals())}\n`)
  await fleet.stop()
  process.exit(0)
}
process.once('SIGTERM', () => void end())
process.once('SIGINT', () => void end())
if (values['until-input-ends'] === true) process.stdin.resume().once('end', () => void end())
