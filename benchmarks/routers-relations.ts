// What the real routers with relations cost: solved, checked and explained; and again after all routers behind one gateway label go offline.
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runAssignment } from '../src/engine.ts'
import { readChanges, reassign, warmAssignment } from '../src/engine-warm.ts'
import { createSolvers } from '../src/solve/create-solvers.ts'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'
import { median } from './measure.ts'

const example = fileURLToPath(new URL('../examples/routers/', import.meta.url))
const data = fileURLToPath(new URL('../../shared/data/fleets/freifunk/', import.meta.url))

/** `gateway`: the label that goes offline. Without the real routers the small fixture stands in. */
export async function routersRelations(
  { runs }: BenchmarkOptions,
  gateways: readonly string[] = ['gw4', 'gw2', 'gw15'],
): Promise<BenchmarkResult> {
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
  const first: number[] = []
  const again = new Map<string, number[]>()
  const details: Record<string, unknown> = { fleet: real ? 'freifunk' : 'fixture', routers: lines.length }
  const clock = (): number => performance.now()
  for (let run = 0; run < runs; run++) {
    const solvers = createSolvers({ threads: 2 })
    try {
      // Threads that have started belong to neither side.
      await runAssignment({ model: { name, text: readFileSync(name, 'utf8') }, open, devices: `${example}routers.ndjson` }, solvers)
      const started = performance.now()
      const inputs = { model: { name, text: readFileSync(name, 'utf8') }, open, devices: `${folder}${devices}` }
      const done = await warmAssignment(inputs, solvers, { clock })
      first.push(performance.now() - started)
      if (done.result.status !== 'assigned' || done.warm === undefined) throw new Error(done.result.status)
      details['first'] = done.result.levels.map(({ name: level, value, gap, checkedBy }) => ({ level, value, gap, checkedBy }))
      for (const gateway of gateways) {
        const before = performance.now()
        const changed = await readChanges(done.warm, `offline ${gateway}`, open)
        if (!changed.ok) throw new Error(changed.diagnostics[0]!.message)
        const solved = await reassign(done.warm, { devices: changed.value, today: 'reported' }, solvers, { clock })
        const milliseconds = performance.now() - before
        again.set(gateway, [...(again.get(gateway) ?? []), milliseconds])
        if (solved.result.status !== 'assigned') throw new Error(solved.result.status)
        details[gateway] = {
          routers: changed.value.size,
          milliseconds: Math.round(median(again.get(gateway)!)),
          ratio: Number((median(again.get(gateway)!) / median(first)).toFixed(3)),
          ...solved.again,
          levels: solved.result.levels.map(({ name: level, value, gap, checkedBy }) => ({ level, value, gap, checkedBy })),
          steps: solved.result.statistics.milliseconds,
        }
      }
    } finally {
      await solvers.close()
    }
  }
  const slowest = Math.max(...[...again.values()].map(median))
  return {
    ratio: Number((slowest / median(first)).toFixed(3)),
    milliseconds: Math.round(median(first)),
    memoryMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
    details,
  }
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(new TextEncoder().encode(text))
}
