// `fleetproof worker`: does the work that a service on the same PostgreSQL server hands out, until it is told to stop.
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { EngineError } from '../../diagnostics/engine-error.ts'
import { rolloutsHere } from '../../deploy/rollout/here.ts'
import { jobsHere } from '../../jobs/do-job.ts'
import { startJobs } from '../../jobs/start-jobs.ts'
import { startTracing } from '../../service/tracing.ts'
import { createSolvers } from '../../solve/create-solvers.ts'
import { openStore } from '../../store/store.ts'
import { refuse } from '../complain.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { unreadable } from '../files.ts'
import type { Streams } from '../streams.ts'

export interface WorkerCommandOptions {
  readonly database?: string
  readonly databasePasswordFile?: string
  readonly threads?: number
  /** Where traces are sent; absent: none are made. */
  readonly otlp?: string
  /** Seconds. */
  readonly deadAfter: number
  /** Seconds that running jobs are waited for at the end. */
  readonly grace: number
}

const outcome = 'no worker was started'

export async function runWorker(options: WorkerCommandOptions, streams: Streams, signal: AbortSignal): Promise<ExitCode> {
  const address = await addressOf(options, streams)
  if (typeof address !== 'string') return refuse([address], { outcome, json: false }, streams)
  const otlp = options.otlp ?? process.env['OTEL_EXPORTER_OTLP_ENDPOINT']
  if (otlp !== undefined && !/^https?:\/\/[^/]/.test(otlp)) return refuse([noCollector(otlp)], { outcome, json: false }, streams)
  const threads = options.threads ?? availableParallelism()
  try {
    const store = await openStore({ is: 'server', url: address })
    const solvers = createSolvers({ threads })
    const tracing = otlp === undefined ? undefined : startTracing(otlp)
    try {
      const log = (level: string, message: string): void => streams.error(`${level === 'info' ? '' : `${level}: `}${message}\n`)
      const rollouts = rolloutsHere(store, { environment: process.env, now: Date.now, log })
      const deadAfter = 1000 * options.deadAfter
      const here = jobsHere(store, solvers)
      const doJob = tracing === undefined ? here : tracing.jobs(here)
      const jobs = await startJobs({ store, solvers, doJob, cores: threads, workflows: [rollouts.workflow], log, deadAfter })
      streams.out(`working on ${withoutPassword(address)}, ${threads} at once\n`)
      if (!signal.aborted) await new Promise((stopped) => signal.addEventListener('abort', stopped, { once: true }))
      streams.out('stopping: what does not end soon is left to another worker\n')
      await rollouts.stop()
      await jobs.close({ milliseconds: 1000 * options.grace })
    } finally {
      await tracing?.close()
      await solvers.close()
      await store.close()
    }
    streams.out('stopped\n')
    return exitCodes.good
  } catch (error) {
    if (!(error instanceof EngineError && error.code.startsWith('store/'))) throw error
    const at = { source: withoutPassword(address) }
    return refuse([{ code: error.code, severity: 'error', message: error.message, at }], { outcome, json: false }, streams)
  }
}

/** The address with the password that stands in a file, or what is wrong with it. */
async function addressOf(options: WorkerCommandOptions, streams: Streams): Promise<string | Diagnostic> {
  const given = options.database ?? process.env['FLEETPROOF_DATABASE']
  const wrong = (message: string, hint: string): Diagnostic => ({
    code: 'command-line/worker',
    severity: 'error',
    message,
    hint,
    at: { source: '--database' },
  })
  if (given === undefined || given === '')
    return wrong('a worker needs the PostgreSQL server that the service uses', 'maybe `--database postgres://user@host/name`')
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol))
    return wrong('this is no address of a PostgreSQL server', 'maybe `postgres://user@host/name`')
  const { databasePasswordFile: file } = options
  if (file === undefined) return given
  try {
    url.password = encodeURIComponent((await readFile(resolve(streams.workingDirectory, file), 'utf8')).trim())
    return url.href
  } catch (error) {
    return { code: 'input/unreadable', severity: 'error', message: unreadable(error), at: { source: file } }
  }
}

const noCollector = (otlp: string): Diagnostic => ({
  code: 'command-line/worker',
  severity: 'error',
  message: `\`${otlp}\` is no address of a collector`,
  hint: 'maybe `http://localhost:4318`',
  at: { source: '--otlp' },
})

function withoutPassword(address: string): string {
  const url = new URL(address)
  url.password = ''
  return url.href
}
