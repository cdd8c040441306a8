// Fifty clients as a process of its own, so that what it costs to ask is not the service's: given a `LoadPlan` as JSON, prints a `LoadResult`.
import { Agent, request } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { seededNumbers } from '../src/explain/random-run.ts'
import type { AskedRequest, LoadPlan, LoadResult, Times } from './load-plan.ts'

const plan = JSON.parse(process.argv[2] ?? '') as LoadPlan
const reads: number[] = []
const works: number[] = []
const failures = new Map<string, number>()
const loop = monitorEventLoopDelay({ resolution: 1 })

/** Clients know nothing of each other: each asks at moments of its own (exponential gaps), one request at a time, and mixes everything. */
async function client(number: number, from: number): Promise<void> {
  const next = seededNumbers(plan.seed * 1000 + number)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const gap = (1000 * plan.clients) / (plan.readsPerSecond + plan.worksPerSecond)
  const isWork = plan.worksPerSecond / (plan.readsPerSecond + plan.worksPerSecond)
  for (let due = from; ;) {
    due -= gap * Math.log(1 - next())
    if (due > from + 1000 * plan.seconds) break
    const [sort, times] = next() < isWork ? [plan.works, works] : [plan.reads, reads]
    const asked = sort[Math.floor(next() * sort.length)]!
    const early = due - performance.now()
    if (early > 0) await delay(early)
    const failure = await answered(agent, asked)
    // From when it was due: what an earlier answer of the same client held up counts.
    times.push(performance.now() - due)
    if (failure !== undefined) failures.set(failure, (failures.get(failure) ?? 0) + 1)
  }
  agent.destroy()
}

function answered(agent: Agent, { method, path, body }: AskedRequest): Promise<string | undefined> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${plan.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
    const asked = request(`${plan.url}${path}`, { agent, method, headers, timeout: 10_000 }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode! < 400 ? undefined : `${method} ${path}: ${answer.statusCode}`))
      answer.on('error', (error) => resolve(`${method} ${path}: ${error.message}`))
    })
    asked.on('timeout', () => asked.destroy(new Error('no answer')))
    asked.on('error', (error) => resolve(`${method} ${path}: ${error.message}`))
    asked.end(body)
  })
}

function timesOf(all: number[]): Times {
  const sorted = Float64Array.from(all).sort()
  const at = (share: number): number => Number((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(1))
  return { count: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), most: at(1) }
}

loop.enable()
const from = performance.now() + 50
await Promise.all(Array.from({ length: plan.clients }, (_, number) => client(number, from)))
const result: LoadResult = {
  reads: timesOf(reads),
  works: timesOf(works),
  failures: Object.fromEntries(failures),
  ownDelayP99: Number((loop.percentile(99) / 1e6).toFixed(1)),
}
process.stdout.write(JSON.stringify(result))
