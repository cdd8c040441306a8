/** Asks the engine in a thread of its own, so that the thread that answers requests never thinks. One question at a time; few may wait. */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { EngineError } from '../../diagnostics/engine-error.ts'
import { refusal } from '../problem.ts'
import type { Answer, Question } from './questions.ts'

/** Gives bytes by the name that the question pulls them under. */
export type Supply = (name: string) => Promise<AsyncIterable<Uint8Array>> | AsyncIterable<Uint8Array>

export interface Thinker {
  /** Throws a refusal (503) where too many wait. */
  readonly ask: (question: Question, supply: Supply) => Promise<Answer>
  readonly close: () => Promise<void>
}

const MOST_WAITING = 50
const fromSource = import.meta.url.endsWith('.ts')

type FromThread =
  { readonly answer: Answer } | { readonly failed: { readonly code: string; readonly message: string } } | { readonly pull: string }

export function thinker(): Thinker {
  let worker: Worker | undefined
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  const thread = (): Worker => {
    worker ??= startThread()
    return worker
  }
  return {
    ask: async (question, supply) => {
      if (waiting >= MOST_WAITING)
        throw refusal(503, 'service/overloaded', 'too many questions wait for the engine', { headers: { 'retry-after': '5' } })
      waiting++
      const turn = last.then(() => answerOf(thread(), question, supply, () => (worker = undefined)))
      last = turn.catch(() => undefined)
      try {
        return await turn
      } finally {
        waiting--
      }
    },
    close: async () => {
      await worker?.terminate()
      worker = undefined
    },
  }
}

function startThread(): Worker {
  const loader = fromSource ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] : []
  const file = new URL(fromSource ? './engine-thread.ts' : './engine-thread.js', import.meta.url)
  // Sources are read through the loader only once it runs: the first module must be plain.
  const worker = new Worker(`import(${JSON.stringify(file.href)})`, { eval: true, execArgv: loader, resourceLimits: { stackSizeMb: 32 } })
  worker.unref()
  return worker
}

function answerOf(worker: Worker, question: Question, supply: Supply, died: () => void): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const open = new Map<string, Promise<AsyncIterator<Uint8Array>>>()
    const finish = (act: () => void): void => {
      worker.off('message', heard)
      worker.off('error', failed)
      worker.off('exit', ended)
      act()
    }
    const failed = (error: Error): void => {
      died()
      finish(() => reject(new EngineError('service/engine', 'the engine ended', { cause: error })))
    }
    const ended = (): void => failed(new Error('the thread ended'))
    const give = async (name: string): Promise<void> => {
      const iterator = open.get(name) ?? Promise.resolve(supply(name)).then((bytes) => bytes[Symbol.asyncIterator]())
      open.set(name, iterator)
      const { value, done } = await (await iterator).next()
      worker.postMessage({ chunk: done === true ? undefined : value })
    }
    const heard = (message: FromThread): void => {
      if ('pull' in message)
        give(message.pull).catch((error: unknown) => {
          // The thread waits for bytes that will not come: it is of no use any more.
          void worker.terminate()
          died()
          finish(() => reject(error as Error))
        })
      else if ('failed' in message) finish(() => reject(new EngineError(message.failed.code, message.failed.message)))
      else finish(() => resolve(message.answer))
    }
    worker.on('message', heard)
    worker.once('error', failed)
    worker.once('exit', ended)
    worker.postMessage({ question })
  })
}
