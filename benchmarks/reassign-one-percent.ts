// Question: how much of assigning 1,000,000 devices is assigning them again after 1 % of them changed, with the fewest moves, every level proved again?
import { createReadStream, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readChanges, reassign, warmAssignment, type Reassignment } from '../src/engine-warm.ts'
import { createSolvers } from '../src/solve/create-solvers.ts'
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.ts'
import { figuresOf, median, peakMiB, timed, type Timed } from './measure.ts'
import { millionFile } from './million.ts'
import { randomNumbers } from './random.ts'

/** New contexts for one device in a hundred: its memory halves or doubles, it moves to another region, or it goes from production to staging or back. */
export function changedLines(file: string, seed: number): string {
  const next = randomNumbers(seed)
  const lines: string[] = []
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '' || next() >= 0.01) continue
    const device = JSON.parse(line) as { ram: number; region: string; environment: string }
    const kind = next()
    if (kind < 0.5) device.ram = Math.min(8192, Math.max(64, next() < 0.5 ? device.ram / 2 : device.ram * 2))
    else if (kind < 0.8) device.region = `region-${Math.floor(next() * 8)}`
    else device.environment = device.environment === 'staging' ? 'production' : 'staging'
    lines.push(JSON.stringify(device))
  }
  return lines.join('\n')
}

const told = ({ result, again }: Reassignment): Readonly<Record<string, unknown>> => {
  if (result.status !== 'assigned') throw new Error(`the answer is ${result.status}`)
  const { optimal, levels, methods, statistics } = result
  return { optimal, levels, methods, statistics, ...again }
}

/** `ratio`: reading the changes, assigning again and checking everything, against reading the fleet, assigning and checking it, in one process. */
export async function reassignOnePercent({ runs, seed }: BenchmarkOptions, count = 1_000_000): Promise<BenchmarkResult> {
  const file = await millionFile(count, seed)
  const model = file.replace(/ndjson$/, 'yaml')
  const clock = (): number => performance.now()
  const lines = changedLines(file, seed + 1)
  const solvers = createSolvers()
  const [full, again]: [Timed[], (Timed & { memoryMiB: number })[]] = [[], []]
  let answers: readonly Reassignment[] = []
  try {
    for (let run = 0; run < runs; run++) {
      const started = timed()
      const inputs = {
        model: { name: model, text: readFileSync(model, 'utf8') },
        open: (name: string) => createReadStream(join(dirname(model), name), { highWaterMark: 1 << 20 }),
      }
      const first = await warmAssignment(inputs, solvers, { clock })
      full.push(timed(started))
      const before = timed()
      const devices = await readChanges(first.warm!, 'changes.ndjson', async function* () {
        yield await Promise.resolve(Buffer.from(lines))
      })
      if (!devices.ok) throw new Error(JSON.stringify(devices.diagnostics))
      const second = await reassign(first.warm!, { devices: devices.value }, solvers, { clock })
      again.push({ ...timed(before), memoryMiB: peakMiB() })
      answers = [first, second]
    }
  } finally {
    await solvers.close()
  }
  return {
    ...figuresOf(again, full),
    details: {
      devices: count,
      changed: lines.split('\n').length,
      fullMilliseconds: Math.round(median(full.map(({ milliseconds }) => milliseconds))),
      first: told(answers[0]!),
      again: told(answers[1]!),
    },
  }
}
