/** Starts a file of ours in a thread of its own, from sources and from built files alike. It does not keep the process alive. */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker, type Transferable, type WorkerOptions } from 'node:worker_threads'

const fromSource = import.meta.url.endsWith('.ts')

/** `file` without its ending, by the URL of who asks. */
export function startThread(file: string, from: string, options: WorkerOptions & { readonly transferList?: Transferable[] } = {}): Worker {
  const { href } = new URL(`${file}${fromSource ? '.ts' : '.js'}`, from)
  // Sources run through tsx, which a thread must register itself; built files run as they are.
  const loader = fromSource ? `const { register } = await import(${JSON.stringify(tsx())}); register();` : ''
  const worker = new Worker(`(async () => { ${loader} await import(${JSON.stringify(href)}) })()`, { eval: true, execArgv: [], ...options })
  worker.unref()
  return worker
}

const tsx = (): string =>
  pathToFileURL(
    createRequire(import.meta.url)
      .resolve('tsx/esm/api')
      .replace(/cjs$/, 'mjs'),
  ).href
