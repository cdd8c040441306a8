/** The threads that solvers run in. A stuck or dead thread is replaced; none outlives `close`. */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { MessagePort } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { EngineError } from '../diagnostics/engine-error.ts'

export interface TaskOptions {
  readonly milliseconds?: number
  readonly signal?: AbortSignal
  /** Ports that the task hands over. */
  readonly transfer?: readonly MessagePort[]
  /** Told at the end how long a task with a limit took from when its solver was loaded, in milliseconds. */
  readonly took?: (milliseconds: number) => void
}

/** How a task ended other than by its own answer. */
export type Ended = { readonly is: 'stopped' } | { readonly is: 'timeout' } | { readonly is: 'died'; readonly why: string }

/** `thread`: the number of the thread that answered. */
export type Outcome<T> = { readonly is: 'done'; readonly value: T; readonly thread: number } | Ended

export type WorkerFile = 'z3-worker' | 'highs-worker' | 'flow-worker' | 'conflict-worker'

export interface Pool {
  readonly threads: number
  /** Runs the function `name` of the module `file` (a name in this folder without extension). What it throws is thrown here. */
  readonly run: <T>(file: WorkerFile, name: string, task: unknown, options?: TaskOptions) => Promise<Outcome<T>>
  readonly close: () => Promise<void>
}

/** What a thread's function is given; see `begin`. */
export interface Handed<T> {
  readonly task: T
  readonly started: Int32Array
}

// A task's time counts from when its solver is loaded, which takes a new thread half a second; this often is looked, in milliseconds.
const POLL = 10

// Sources run through tsx, in the threads as well; built files run as they are.
const fromSource = import.meta.url.endsWith('.ts')
const extension = fromSource ? 'ts' : 'js'
const loader = (): string[] => (fromSource ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] : [])

/** A signal that time ran out says so. */
export const stoppedBy = (signal: AbortSignal | undefined): Ended =>
  signal?.reason instanceof Error && signal.reason.name === 'TimeoutError' ? { is: 'timeout' } : { is: 'stopped' }

const DEATH = /worker exited with code|Worker terminated|ERR_WORKER_OUT_OF_MEMORY|heap out of memory/i

/** `megabytes`: how much memory for values a thread may take, beyond its solver's own; absent: what the runtime gives. */
export const createPool = (threads: number, megabytes?: number): Pool => {
  // Threads start with the first task and stay; Z3's recursion needs more stack than a thread's usual 4 MB.
  const piscina = new Piscina({
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: Infinity,
    maxQueue: Infinity,
    atomics: 'disabled',
    recordTiming: false,
    execArgv: loader(),
    resourceLimits: { stackSizeMb: 32, ...(megabytes === undefined ? {} : { maxOldGenerationSizeMb: megabytes }) },
  })
  // Every failure of a thread reaches its task; one without a task has nobody to tell.
  piscina.on('error', () => undefined)
  let closed = false
  // A task is handed over when a thread is free, so that one that is stopped before costs no thread.
  let free = threads
  const waiting: (() => void)[] = []
  const enter = async (): Promise<void> => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const leave = (): void => {
    const next = waiting.shift()
    if (next === undefined) free++
    else next()
  }

  const run = async <T>(file: WorkerFile, name: string, task: unknown, options: TaskOptions = {}): Promise<Outcome<T>> => {
    await enter()
    try {
      if (closed) throw new EngineError('solve/closed', 'the solvers are closed')
      if (options.signal?.aborted === true) return stoppedBy(options.signal)
      return await hand<T>(file, name, task, options)
    } finally {
      leave()
    }
  }

  const hand = async <T>(file: WorkerFile, name: string, task: unknown, options: TaskOptions): Promise<Outcome<T>> => {
    const ending = new AbortController()
    let ended: Ended | undefined
    const end = (how: Ended): void => {
      ended ??= how
      ending.abort()
    }
    const stop = (): void => end(stoppedBy(options.signal))
    options.signal?.addEventListener('abort', stop, { once: true })
    const started = new Int32Array(new SharedArrayBuffer(8))
    const { milliseconds } = options
    let timer = milliseconds === undefined ? undefined : setInterval(arm, POLL)
    let began: number | undefined
    function arm(): void {
      if (Atomics.load(started, 0) === 0) return
      began = performance.now()
      clearInterval(timer)
      timer = setTimeout(() => end({ is: 'timeout' }), milliseconds)
    }
    try {
      const filename = new URL(`./${file}.${extension}`, import.meta.url).href
      const value = (await piscina.run({ task, started } satisfies Handed<unknown>, {
        filename,
        name,
        signal: ending.signal,
        ...(options.transfer === undefined ? {} : { transferList: [...options.transfer] }),
      })) as T
      return { is: 'done', value, thread: started[1]! }
    } catch (failure) {
      if (ended !== undefined) return ended
      if (failure instanceof Error && DEATH.test(failure.message)) return { is: 'died', why: failure.message }
      throw failure
    } finally {
      if (began !== undefined) options.took?.(performance.now() - began)
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', stop)
    }
  }

  const close = async (): Promise<void> => {
    closed = true
    await piscina.destroy()
  }
  return { threads, run, close }
}
