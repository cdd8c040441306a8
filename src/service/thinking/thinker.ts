/** Asks the engine in a thread of its own, so that the thread that answers requests never thinks. One question at a time for each thread; few may wait. */
import type { Worker } from 'node:worker_threads'
import { EngineError } from '../../diagnostics/engine-error.ts'
import type { DoneJob, DoJob, JobTold } from '../../jobs/do-job.ts'
import type { JobProgress } from '../../jobs/jobs.ts'
import type { OpenWay } from '../../store/database.ts'
import { startThread } from '../../store/thread.ts'
import { refusal } from '../problem.ts'
import type { Answer, Question, StoredLines } from './questions.ts'

/** What the question needs from here while it is thought about. */
export interface Supply {
  /** Bytes by name, for the thread to read from the store by itself. */
  readonly stored?: Readonly<Record<string, StoredLines>>
  /** Bytes by the name that the question pulls them under. */
  readonly bytes?: (name: string) => Promise<AsyncIterable<Uint8Array>> | AsyncIterable<Uint8Array>
  readonly enqueue?: JobTold['enqueue']
  readonly progress?: (progress: JobProgress) => void
  /** Ends the thread where it is in the middle of the question. */
  readonly signal?: AbortSignal
}

export interface Thinker {
  /** Throws a refusal (503) where too many wait. */
  readonly ask: (question: Question, supply: Supply) => Promise<Answer>
  readonly close: () => Promise<void>
}

const MOST_WAITING = 50

type FromThread =
  | { readonly answer: Answer }
  | { readonly failed: { readonly code: string; readonly message: string } }
  | { readonly pull: string }
  | { readonly enqueue: Parameters<NonNullable<JobTold['enqueue']>> }
  | { readonly progress: JobProgress }

interface Thread {
  worker: Worker | undefined
  busy: boolean
}

/** So many threads, each started when it is first needed, each with a store of its own by a `way` of its own. */
export function thinker(threads: number, way: () => OpenWay): Thinker {
  const all: Thread[] = Array.from({ length: threads }, () => ({ worker: undefined, busy: false }))
  const queue: ((thread: Thread) => void)[] = []
  const free = (thread: Thread): void => {
    const next = queue.shift()
    if (next === undefined) thread.busy = false
    else next(thread)
  }
  const enter = (): Promise<Thread> => {
    // The one that was started is asked first: it knows what it was asked before.
    const idle = all.find(({ busy, worker }) => !busy && worker !== undefined) ?? all.find(({ busy }) => !busy)
    if (idle !== undefined) {
      idle.busy = true
      return Promise.resolve(idle)
    }
    if (queue.length >= MOST_WAITING)
      throw refusal(503, 'service/overloaded', 'too many questions wait for the engine', { headers: { 'retry-after': '5' } })
    return new Promise((resolve) => queue.push(resolve))
  }
  return {
    ask: async (question, supply) => {
      const thread = await enter()
      try {
        supply.signal?.throwIfAborted()
        thread.worker ??= startEngine(way())
        return await answerOf(thread.worker, question, supply, () => (thread.worker = undefined))
      } finally {
        free(thread)
      }
    },
    close: async () => {
      for (const thread of all) {
        await thread.worker?.terminate()
        thread.worker = undefined
      }
    },
  }
}

function startEngine({ way, moved }: OpenWay): Worker {
  return startThread('./engine-thread', import.meta.url, {
    resourceLimits: { stackSizeMb: 32 },
    yields: true,
    workerData: way,
    transferList: [...moved],
  })
}

/** Jobs in the threads: what a job thinks about keeps nobody waiting. */
export const jobsBy =
  ({ ask }: Thinker): DoJob =>
  async (job, { signal, progress, enqueue }) => {
    const { id, tenant, kind, actor } = job
    const answer = await ask(
      { is: 'job', job: { id, tenant, kind, actor }, shares: enqueue !== undefined },
      { signal, progress, ...(enqueue === undefined ? {} : { enqueue }) },
    )
    if (answer.is === 'answer') return answer.value as DoneJob
    throw new EngineError('service/engine', 'the engine did not answer')
  }

function answerOf(
  worker: Worker,
  question: Question,
  { stored = {}, bytes, enqueue, progress, signal }: Supply,
  died: () => void,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const open = new Map<string, Promise<AsyncIterator<Uint8Array>>>()
    const finish = (act: () => void): void => {
      worker.off('message', heard)
      worker.off('error', failed)
      worker.off('exit', ended)
      signal?.removeEventListener('abort', stop)
      act()
    }
    const failed = (error: Error): void => {
      died()
      finish(() => reject(new EngineError('service/engine', 'the engine ended', { cause: error })))
    }
    const ended = (): void => failed(new Error('the thread ended'))
    /** The thread waits for what will not come, or does what nobody wants any more: it is of no use. */
    const giveUp = (error: unknown): void => {
      void worker.terminate()
      died()
      finish(() =>
        reject(error instanceof Error ? error : new EngineError('service/engine', 'the question was given up', { cause: error })),
      )
    }
    const stop = (): void => giveUp(signal?.reason)
    const give = async (name: string): Promise<void> => {
      if (bytes === undefined) throw new EngineError('service/engine', `nobody gives \`${name}\``)
      const iterator = open.get(name) ?? Promise.resolve(bytes(name)).then((all) => all[Symbol.asyncIterator]())
      open.set(name, iterator)
      const next = await (await iterator).next()
      worker.postMessage({ chunk: next.done === true ? undefined : next.value })
    }
    const handOut = async ([id, input]: Parameters<NonNullable<typeof enqueue>>): Promise<void> => {
      if (enqueue === undefined) throw new EngineError('service/engine', 'nobody takes shards')
      await enqueue(id, input)
      worker.postMessage({ enqueued: id })
    }
    const heard = (message: FromThread): void => {
      if ('pull' in message) give(message.pull).catch(giveUp)
      else if ('enqueue' in message) handOut(message.enqueue).catch(giveUp)
      else if ('progress' in message) progress?.(message.progress)
      else if ('failed' in message) finish(() => reject(new EngineError(message.failed.code, message.failed.message)))
      else finish(() => resolve(message.answer))
    }
    signal?.addEventListener('abort', stop, { once: true })
    worker.on('message', heard)
    worker.once('error', failed)
    worker.once('exit', ended)
    worker.postMessage({ question, stored })
  })
}
