// Question: how long do 20,000 sites of 12 kinds take to be assigned without conflict and proved, and how long to be proved anew once one variant has one automation more?
import { readFileSync } from 'node:fs'
import { EngineError } from '../src/diagnostics/engine-error.ts'
import { checkFleet } from '../src/engine-fleet.ts'
import { runAssignment, type AssignInputs } from '../src/engine.ts'
import { readNativeBehaviour } from '../src/formats/native/read-behaviour.ts'
import { memoryCache } from '../src/solve/conflict-cache.ts'
import { createSolvers } from '../src/solve/create-solvers.ts'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'
import { fleetModel, fleetSites } from './fleet-sites.ts'

const folder = new URL('../examples/fleet-conflicts/', import.meta.url)
/** Once a minute the guard looks at the porch: one automation more, that changes nothing for anybody. */
const MORE = `  - {name: remember, when: {change: alarm.armed, to: true}, do: [{set: {seen: true}}]}
helpers: {seen: {bool: true, initial: false}}
`

/** `ratio`: proving anew against five seconds, in processor time. */
export async function fleetProof({ devices }: BenchmarkOptions): Promise<BenchmarkResult> {
  const sites = devices === undefined ? 20_000 : Math.ceil(devices / 3)
  const text = fleetSites(sites)
  const cache = memoryCache()
  const inputs = (more: boolean): AssignInputs => ({
    model: { name: 'fleet.yaml', text: fleetModel('devices.ndjson', '', true, '10%') },
    open: () => bytesOf(text),
    behaviours: {
      open: (reference) => {
        const name = reference.slice('native:'.length)
        const own = readFileSync(new URL(name, folder), 'utf8')
        const read = readNativeBehaviour({ name, text: more && name === 'guard.yaml' ? own + MORE : own })
        return Promise.resolve(read.ok ? { ...read, value: [read.value] } : read)
      },
      limits: { cache },
    },
  })
  const solvers = createSolvers({ threads: 2 })
  try {
    const begun = { wall: performance.now(), used: process.cpuUsage() }
    const run = await runAssignment(inputs(false), solvers, { clock: () => performance.now() })
    const { result, model, fleet } = run
    const milliseconds = Math.round(performance.now() - begun.wall)
    const processor = used(begun.used)
    if (result.status !== 'assigned' || result.separation === undefined || model === undefined || fleet === undefined)
      throw new EngineError('benchmark/fleet', 'no assignment')
    const again = { wall: performance.now(), used: process.cpuUsage() }
    const anew = await checkFleet(
      { model, fleet, assignment: result.assignment },
      { text: 'device.site', at: { source: 'benchmark' } },
      solvers,
      inputs(true).behaviours!,
    )
    if (!anew.ok) throw new EngineError('benchmark/fleet', 'the changed fleet cannot be read')
    const reproof = { milliseconds: Math.round(performance.now() - again.wall), processor: used(again.used) }
    return {
      ratio: Number((reproof.processor / 5000).toFixed(3)),
      milliseconds,
      memoryMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
      details: {
        sites,
        devices: fleet.size,
        levels: result.levels,
        laps: result.statistics.milliseconds,
        processor,
        safe: result.separation.safe,
        apart: result.separation.apart.map(({ variants, without }) => ({ variants, without })),
        compositions: result.separation.together.length,
        reproof: { ...reproof, ...anew.value.counts, open: anew.value.compositions.filter(({ open }) => open.length > 0).length },
      },
    }
  } finally {
    await solvers.close()
  }
}

/** Milliseconds of all threads since then. */
function used(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return Math.round((user + system) / 1000)
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  await Promise.resolve()
  yield Buffer.from(text)
}
