/** Heartbeats from a thread of their own: a process that computes for long without a pause is alive all the same. */
import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'

export interface Beating {
  readonly stop: () => Promise<void>
}

// Plain JavaScript, so that the thread runs it as it is, from sources and from built files alike. It connects anew whenever the connection breaks.
const THREAD = `
const { workerData } = require('node:worker_threads')
const { Client } = require(workerData.driver)
let client
const beat = async () => {
  try {
    if (client === undefined) {
      const fresh = new Client({ connectionString: workerData.url, connectionTimeoutMillis: 5000, application_name: 'fleetproof heartbeat' })
      fresh.on('error', () => { if (client === fresh) client = undefined })
      await fresh.connect()
      client = fresh
    }
    await client.query('update executors set seen = clock_timestamp() where id = $1 and seen > $2', [workerData.executor, '-infinity'])
  } catch {
    const broken = client
    client = undefined
    broken?.end().catch(() => undefined)
  }
  setTimeout(beat, workerData.every)
}
setTimeout(beat, workerData.every)
`

/** `executor` has been written once already; who left is not brought back. */
export function startBeating(url: string, executor: string, every: number): Beating {
  const driver = createRequire(import.meta.url).resolve('pg')
  const thread = new Worker(THREAD, { eval: true, execArgv: [], workerData: { driver, url, executor, every } })
  // It fails with the process or with memory: the beats of the main thread go on.
  thread.on('error', () => undefined)
  thread.unref()
  return {
    stop: async () => {
      await thread.terminate()
    },
  }
}
