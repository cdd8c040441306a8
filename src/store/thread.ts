/** Starts a file of ours in a thread of its own, from sources and from built files alike. It does not keep the process alive. */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker, type Transferable, type WorkerOptions } from 'node:worker_threads'

const fromSource = import.meta.url.endsWith('.ts')

export interface ThreadOptions extends WorkerOptions {
  readonly transferList?: Transferable[]
  /** Whoever answers a request goes first: the thread and those that it starts take the processor that nobody else wants. */
  readonly yields?: boolean
}

// On Linux a thread has a number and a priority of its own; elsewhere all threads are equal.
const YIELD = `
try {
  const id = Number((await import('node:fs')).readlinkSync('/proc/thread-self').split('/').at(-1));
  const os = await import('node:os');
  os.setPriority(id, Math.min(19, os.getPriority(id) + 10));
} catch {}`

/** `file` without its ending, by the URL of who asks. */
export function startThread(file: string, from: string, { yields = false, ...options }: ThreadOptions = {}): Worker {
  const { href } = new URL(`${file}${fromSource ? '.ts' : '.js'}`, from)
  // Sources run through tsx, which a thread must register itself; built files run as they are.
  const loader = fromSource ? `const { register } = await import(${JSON.stringify(tsx())}); register();` : ''
  const worker = new Worker(`(async () => { ${yields ? YIELD : ''} ${loader} await import(${JSON.stringify(href)}) })()`, {
    eval: true,
    execArgv: [],
    ...options,
  })
  worker.unref()
  return worker
}

const tsx = (): string =>
  pathToFileURL(
    createRequire(import.meta.url)
      .resolve('tsx/esm/api')
      .replace(/cjs$/, 'mjs'),
  ).href
