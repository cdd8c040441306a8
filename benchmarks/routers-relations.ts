// Question: what the real routers with relations cost: solved, checked and explained; and again after all routers behind one gateway label go offline.
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runAssignment } from '../src/engine.ts'
import { readChanges, reassign, warmAssignment } from '../src/engine-warm.ts'
import { createSolvers } from '../src/solve/create-solvers.ts'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'
import { figuresOf, median, peakMiB, timed, type Timed } from './measure.ts'

const example = fileURLToPath(new URL('../examples/routers/', import.meta.url))
const data = fileURLToPath(new URL('../../shared/data/fleets/freifunk/', import.meta.url))

// Labels of gateways that go offline, one after the other, each from the first answer.
const gateways = ['gw4', 'gw2', 'gw15']

interface Solved {
  readonly first: readonly Timed[]
  readonly slowest: readonly Timed[]
  readonly memory: readonly number[]
  readonly details: Readonly<Record<string, unknown>>
}

/** Without the real routers the small fixture stands in. */
async function solveRouters({ runs }: BenchmarkOptions): Promise<Solved> {
  const real = existsSync(`${data}nodes.ndjson`)
  const [folder, devices] = real ? [data, 'nodes.ndjson'] : [example, 'routers.ndjson']
  const name = `${example}relations.yaml`
  const lines = readFileSync(`${folder}${devices}`, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { readonly gw?: string })
  const offline = (gateway: string): string =>
    lines
      .filter(({ gw }) => gw === gateway)
      .map((router) => `${JSON.stringify({ ...router, online: false })}\n`)
      .join('')
  const open = (source: string): AsyncIterable<Uint8Array> => {
    if (source.startsWith('offline ')) return bytes(offline(source.slice('offline '.length)))
    return createReadStream(source === 'steps.ndjson' ? `${example}${source}` : source.includes('/') ? source : `${folder}${source}`)
  }
  const first: Timed[] = []
  const again = new Map<string, Timed[]>()
  const memory: number[] = []
  const details: Record<string, unknown> = { fleet: real ? 'freifunk' : 'fixture', routers: lines.length }
  const clock = (): number => performance.now()
  for (let run = 0; run < runs; run++) {
    const solvers = createSolvers({ threads: 2 })
    try {
      // Threads that have started belong to neither side.
      await runAssignment({ model: { name, text: readFileSync(name, 'utf8') }, open, devices: `${example}routers.ndjson` }, solvers)
      const started = timed()
      const inputs = { model: { name, text: readFileSync(name, 'utf8') }, open, devices: `${folder}${devices}` }
      const done = await warmAssignment(inputs, solvers, { clock })
      first.push(timed(started))
      memory.push(peakMiB())
      if (done.result.status !== 'assigned' || done.warm === undefined) throw new Error(done.result.status)
      details['first'] = done.result.levels.map(({ name: level, value, gap, checkedBy }) => ({ level, value, gap, checkedBy }))
      for (const gateway of gateways) {
        const before = timed()
        const changed = await readChanges(done.warm, `offline ${gateway}`, open)
        if (!changed.ok) throw new Error(changed.diagnostics[0]!.message)
        const solved = await reassign(done.warm, { devices: changed.value, today: 'reported' }, solvers, { clock })
        again.set(gateway, [...(again.get(gateway) ?? []), timed(before)])
        if (solved.result.status !== 'assigned') throw new Error(solved.result.status)
        details[gateway] = {
          routers: changed.value.size,
          ...partOf(again.get(gateway)!, first),
          ...solved.again,
          levels: solved.result.levels.map(({ name: level, value, gap, checkedBy }) => ({ level, value, gap, checkedBy })),
          steps: solved.result.statistics.milliseconds,
        }
      }
    } finally {
      await solvers.close()
    }
  }
  // A run counts with the gateway that takes longest in it.
  const slowest = first.map((_, run): Timed => {
    const runs = [...again.values()].map((all) => all[run]!)
    return {
      milliseconds: Math.max(...runs.map(({ milliseconds }) => milliseconds)),
      processorMilliseconds: Math.max(...runs.map(({ processorMilliseconds }) => processorMilliseconds)),
    }
  })
  return { first, slowest, memory, details }
}

const partOf = (again: readonly Timed[], first: readonly Timed[]): Readonly<Record<string, number>> => ({
  milliseconds: Math.round(median(again.map(({ milliseconds }) => milliseconds))),
  ratio: Number(median(again.map(({ milliseconds }, run) => milliseconds / first[run]!.milliseconds)).toFixed(3)),
  processorRatio: Number(
    median(again.map(({ processorMilliseconds }, run) => processorMilliseconds / first[run]!.processorMilliseconds)).toFixed(3),
  ),
})

/** `ratio`: the first solve against the bar of a minute. */
export async function routersRelations(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const { first, memory, details } = await solveRouters(options)
  const bar: Timed = { milliseconds: 60_000, processorMilliseconds: 60_000 }
  return {
    ...figuresOf(
      first.map((one, run) => ({ ...one, memoryMiB: memory[run]! })),
      first.map(() => bar),
    ),
    details,
  }
}

/** `ratio`: solving again with the fewest moves after the routers behind one gateway went offline, the slowest of the gateways, against the first solve of the same run. */
export async function reassignRouters(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const { first, slowest, memory, details } = await solveRouters(options)
  return {
    ...figuresOf(
      slowest.map((one, run) => ({ ...one, memoryMiB: memory[run]! })),
      first,
    ),
    details: { ...details, firstMilliseconds: Math.round(median(first.map(({ milliseconds }) => milliseconds))) },
  }
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(new TextEncoder().encode(text))
}
