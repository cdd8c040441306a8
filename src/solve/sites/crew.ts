/** Who minimises the blocks: this thread where they are few, else threads that each hold a share of them. The answers are the same. */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { EngineError } from '../../diagnostics/engine-error.ts'
import type { Block } from './block.ts'
import { minimiseAll, programsOf, type Batch, type BatchPrices } from './block-batch.ts'
import type { SitesQuestion, SitesReply } from './sites-worker.ts'

/** Batches by what they were asked for; ends early with one that is not done, or 'stopped'. */
export type CrewAnswer = readonly { readonly types: Int32Array; readonly batch: Extract<Batch, { is: 'done' }> }[]

export interface Crew {
  /** Minimises these blocks (ascending). */
  readonly minimise: (
    types: Int32Array,
    at: BatchPrices,
    shouldStop: () => boolean,
  ) => Promise<CrewAnswer | { readonly impossible: number } | { readonly tooLarge: true } | { readonly stopped: true }>
  readonly close: () => Promise<void>
}

// Blocks between two looks at whether to stop, and blocks from which on threads are worth starting.
const PART = 256
const MANY = 1500

/** Takes the blocks out of the list as they are handed over, so that they need not be held twice; or says why one cannot be minimised. */
export const createCrew = async (blocks: (Block | undefined)[], threads: number): Promise<Crew | { readonly no: string }> =>
  threads > 1 && blocks.length >= MANY ? crewOfThreads(blocks, threads) : crewOfOne(blocks)

const crewOfOne = (blocks: (Block | undefined)[]): Crew | { readonly no: string } => {
  const programs = programsOf(blocks.filter((block) => block !== undefined))
  if ('no' in programs) return programs
  blocks.length = 0
  return {
    minimise: async (types, at, shouldStop) => {
      const parts: { types: Int32Array; batch: Extract<Batch, { is: 'done' }> }[] = []
      for (let from = 0; from < types.length; from += PART) {
        const part = types.subarray(from, from + PART)
        const batch = minimiseAll(programs, part, at)
        if (batch.is !== 'done') return failed(part, batch)
        parts.push({ types: part, batch })
        await new Promise((resolve) => setImmediate(resolve))
        if (shouldStop()) return { stopped: true }
      }
      return parts
    },
    close: () => Promise.resolve(),
  }
}

const failed = (types: Int32Array, batch: Exclude<Batch, { is: 'done' }>): { readonly impossible: number } | { readonly tooLarge: true } =>
  batch.is === 'impossible' ? { impossible: types[batch.at]! } : { tooLarge: true }

const fromSource = import.meta.url.endsWith('.ts')

const tsx = (): string =>
  JSON.stringify(
    pathToFileURL(
      createRequire(import.meta.url)
        .resolve('tsx/esm/api')
        .replace(/cjs$/, 'mjs'),
    ).href,
  )

/** One thread with a question at a time. */
interface Hand {
  readonly ask: (question: SitesQuestion) => Promise<SitesReply>
  readonly end: () => Promise<void>
}

const createHand = (): Hand => {
  const file = JSON.stringify(new URL(fromSource ? './sites-worker.ts' : './sites-worker.js', import.meta.url).href)
  // Sources run through tsx, in the threads as well; built files run as they are. A thread's first file cannot be a source, so that it is imported.
  const worker = new Worker(fromSource ? `import(${tsx()}).then((api) => { api.register(); return import(${file}) })` : `import(${file})`, {
    eval: true,
    execArgv: [],
  })
  let waiting: { readonly resolve: (reply: SitesReply) => void; readonly reject: (failure: Error) => void } | undefined
  let broken: Error | undefined
  const fail = (why: Error): void => {
    broken = new EngineError('solve/thread', 'a thread that minimises sites ended', { cause: why })
    waiting?.reject(broken)
    waiting = undefined
  }
  worker.on('message', (reply: SitesReply) => {
    const { resolve } = waiting!
    waiting = undefined
    resolve(reply)
  })
  worker.on('error', fail)
  worker.on('exit', (code) => fail(new Error(`exit ${code}`)))
  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        if (broken !== undefined) {
          reject(broken)
          return
        }
        waiting = { resolve, reject }
        worker.postMessage(question)
      }),
    end: async () => {
      await worker.terminate()
    },
  }
}

const crewOfThreads = async (blocks: (Block | undefined)[], threads: number): Promise<Crew | { readonly no: string }> => {
  const hands = Array.from({ length: threads }, createHand)
  const close = async (): Promise<void> => {
    await Promise.all(hands.map((hand) => hand.end()))
  }
  try {
    // Block t lives in thread t % threads.
    const count = blocks.length
    const taken = await Promise.all(
      hands.map(async (hand, own) => {
        for (let from = own; from < count; from += threads * PART) {
          const part: Block[] = []
          for (let t = from; t < Math.min(count, from + threads * PART); t += threads) {
            part.push(blocks[t]!)
            blocks[t] = undefined
          }
          const reply = await hand.ask({ is: 'take', blocks: part })
          if (reply.is === 'no') return { no: reply.no }
        }
        return undefined
      }),
    )
    const no = taken.find((one) => one !== undefined)
    if (no !== undefined) {
      await close()
      return no
    }
  } catch (failure) {
    await close()
    throw failure
  }
  blocks.length = 0
  return {
    minimise: async (types, at, shouldStop) => {
      const found = await Promise.all(
        hands.map(async (hand, own) => {
          const mine = types.filter((t) => t % threads === own)
          const parts: { types: Int32Array; batch: Extract<Batch, { is: 'done' }> }[] = []
          for (let from = 0; from < mine.length; from += PART) {
            const part = mine.subarray(from, from + PART)
            const batch = (await hand.ask({ is: 'minimise', which: part.map((t) => (t - own) / threads), at })) as Batch
            if (batch.is !== 'done') return failed(part, batch)
            parts.push({ types: part, batch })
            if (shouldStop()) return { stopped: true } as const
          }
          return parts
        }),
      )
      const wrong = found.find((one) => !Array.isArray(one))
      return wrong === undefined ? (found as CrewAnswer[]).flat() : wrong
    },
    close,
  }
}
