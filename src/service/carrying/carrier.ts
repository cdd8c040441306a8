/** Carries bytes between the store and requests in threads of their own, so that the thread that answers requests neither parses nor writes long texts. */
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads'
import { EngineError } from '../../diagnostics/engine-error.ts'
import type { OpenWay } from '../../store/database.ts'
import { startThread } from '../../store/thread.ts'
import type { StoredLines } from '../thinking/questions.ts'
import type { AnswerCall, Call, CallAnswers, FromCall, ReplaceCall, ReportCall, ToCall } from './calls.ts'
import type { NamedText } from '../../jobs/job-inputs.ts'
import type { GivenPart } from '../uploads/check-form.ts'

export interface Carrier {
  /** In pieces, read only as fast as they are taken; none where there is nothing of that name. */
  readonly lines: (what: StoredLines) => AsyncGenerator<Uint8Array>
  /** What `bytes` throws is thrown. */
  readonly replace: (asked: ReplaceCall, bytes: AsyncIterable<Uint8Array>) => Promise<CallAnswers['replace']>
  /** The report is there, and of sources that could be read. */
  readonly report: (asked: ReportCall) => Promise<string>
  readonly model: (name: string, text: string) => Promise<CallAnswers['model']>
  readonly form: (parts: readonly GivenPart[]) => Promise<CallAnswers['form']>
  readonly document: (source: NamedText) => Promise<CallAnswers['document']>
  readonly answer: (asked: AnswerCall) => Promise<string>
  readonly close: () => Promise<void>
}

interface Thread {
  worker: Worker | undefined
  open: number
}

/** So many threads, started when they are first needed. */
export function carrier(threads: number, way: () => OpenWay): Carrier {
  const all: Thread[] = Array.from({ length: threads }, () => ({ worker: undefined, open: 0 }))

  const call = (asked: Call): { readonly port: MessagePort; readonly done: () => void } => {
    const thread = all.reduce((least, each) => (each.open < least.open ? each : least))
    thread.worker ??= started(way(), () => (thread.worker = undefined))
    thread.open += 1
    const { port1, port2 } = new MessageChannel()
    thread.worker.postMessage({ call: asked, port: port2 }, [port2])
    let ended = false
    const done = (): void => {
      if (ended) return
      ended = true
      thread.open -= 1
      port1.close()
    }
    return { port: port1, done }
  }

  /** The answer of a call; `pull`: the next of the bytes that it takes. */
  const answered = <T>(asked: Call, pull?: () => Promise<Uint8Array | undefined>): Promise<T> => {
    const { port, done } = call(asked)
    return new Promise<T>((resolve, reject) => {
      const give = async (): Promise<void> => {
        try {
          port.postMessage({ piece: await pull?.() } satisfies ToCall)
        } catch (error) {
          port.postMessage({ broken: true } satisfies ToCall)
          reject(error instanceof Error ? error : new Error('the stream broke off', { cause: error }))
        }
      }
      port.on('message', (message: FromCall) => {
        if ('pull' in message) void give()
        else if ('answer' in message) resolve(message.answer as T)
        else if ('failed' in message) reject(failure(message.failed))
      })
      port.on('close', () => reject(gone()))
    }).finally(done)
  }

  return {
    lines: (what) => pieces(() => call({ is: 'lines', what })),
    replace: async (asked, bytes) => {
      const iterator = larger(bytes)
      try {
        return await answered<CallAnswers['replace']>({ is: 'replace', asked }, async () => {
          const next = await iterator.next()
          return next.done === true ? undefined : next.value
        })
      } finally {
        await iterator.return(undefined)
      }
    },
    report: (asked) => answered<CallAnswers['report']>({ is: 'report', asked }),
    model: (name, text) => answered<CallAnswers['model']>({ is: 'model', name, text }),
    form: (parts) => answered<CallAnswers['form']>({ is: 'form', parts }),
    document: (source) => answered<CallAnswers['document']>({ is: 'document', source }),
    answer: (asked) => answered<CallAnswers['answer']>({ is: 'answer', asked }),
    close: async () => {
      for (const thread of all) {
        await thread.worker?.terminate()
        thread.worker = undefined
      }
    },
  }
}

async function* pieces(call: () => { readonly port: MessagePort; readonly done: () => void }): AsyncGenerator<Uint8Array> {
  const { port, done } = call()
  const come: FromCall[] = []
  let wake: (() => void) | undefined
  const heard = (message: FromCall): void => {
    come.push(message)
    wake?.()
  }
  port.on('message', heard)
  port.on('close', () => heard({ failed: { code: 'service/carrier', message: 'the thread ended' } }))
  try {
    for (;;) {
      const next = come.shift()
      if (next === undefined) await new Promise<void>((resolve) => (wake = resolve))
      else if ('piece' in next) {
        yield next.piece
        port.postMessage({ more: true } satisfies ToCall)
      } else if ('failed' in next) throw failure(next.failed)
      else return
    }
  } finally {
    done()
  }
}

// A message costs as much as copying so many bytes.
const PIECE = 256 * 1024

async function* larger(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = []
  let size = 0
  for await (const piece of bytes) {
    waiting.push(piece)
    size += piece.length
    if (size < PIECE) continue
    yield Buffer.concat(waiting)
    waiting = []
    size = 0
  }
  if (size > 0) yield Buffer.concat(waiting)
}

function started({ way, moved }: OpenWay, died: () => void): Worker {
  const worker = startThread('./carrier-thread', import.meta.url, { yields: true, workerData: way, transferList: [...moved] })
  // Its calls hear of it by their ports.
  worker.on('error', () => undefined)
  worker.once('exit', died)
  return worker
}

const failure = ({ code, message }: { readonly code: string; readonly message: string }): EngineError => new EngineError(code, message)
const gone = (): EngineError => new EngineError('service/carrier', 'the thread ended')
