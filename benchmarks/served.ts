// A service as a process of its own, of the built package: started, asked, watched from outside, stopped.
import { spawn, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { builtCommandLine } from './measure.ts'

export type Body = NonNullable<NonNullable<Parameters<typeof fetch>[1]>['body']>

export interface Served {
  readonly child: ChildProcess
  readonly url: string
  readonly token: string
  /** Any request; throws where it is refused. */
  readonly send: (method: string, path: string, body?: Body, type?: string) => Promise<Response>
  /** The same, the answer read as JSON. */
  readonly ask: (method: string, path: string, body?: Body, type?: string) => Promise<unknown>
  readonly stop: () => Promise<void>
}

/** `place`: `--data FOLDER` or `--database URL`. */
export async function serveBuilt(place: readonly string[], more: readonly string[] = []): Promise<Served> {
  const tenant = `bench-${process.pid}-${Date.now()}`
  const words = [...(await builtCommandLine()), 'serve', ...place, '--port', '0', '--log-level', 'error', '--tenant', tenant, ...more]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  let url = ''
  for await (const line of createInterface({ input: child.stdout })) {
    url = /listening on (\S+)/.exec(line)?.[1] ?? url
    const token = /^ {2}(fp_\S+)$/.exec(line)?.[1]
    if (token !== undefined) return served(child, url, token)
  }
  throw new Error('the service did not start')
}

function served(child: ChildProcess, url: string, token: string): Served {
  const send: Served['send'] = async (method, path, body, type = 'application/json') => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body }),
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
    })
    if (!answer.ok) throw new Error(`${method} ${path} answers ${answer.status}: ${await answer.text()}`)
    return answer
  }
  return {
    child,
    url,
    token,
    send,
    ask: async (...words) => (await send(...words)).json(),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await exit
    },
  }
}

/** Waits for all jobs; how many ended how. */
export async function jobsEnded({ ask }: Served): Promise<Readonly<Record<string, number>>> {
  for (;;) {
    const counts: Record<string, number> = {}
    let cursor = ''
    for (;;) {
      const page = (await ask('GET', `/v1/jobs?limit=1000${cursor}`)) as {
        readonly items: readonly { readonly status: string }[]
        readonly next?: string
      }
      for (const { status } of page.items) counts[status] = (counts[status] ?? 0) + 1
      if (page.next === undefined) break
      cursor = `&cursor=${page.next}`
    }
    if ((counts['queued'] ?? 0) + (counts['running'] ?? 0) === 0) return counts
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

/** What the kernel says of a process: MiB that it holds, and held at most. */
export function memoryOf(pid: number): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mebibytes = (name: string): number => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024)
  return { now: mebibytes('VmRSS'), most: mebibytes('VmHWM') }
}

// The kernel counts in hundredths of a second on every machine that this runs on.
const TICK = 10

/** Processor milliseconds of a process, all threads, and of its children, those that ended among them. */
export function processorOf(pid: number): number {
  const own = statOf(pid)
  if (own === undefined) return 0
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && statOf(Number(name))?.parent === pid)
  return own.ticks * TICK + own.ended * TICK + children.reduce((sum, name) => sum + (statOf(Number(name))?.ticks ?? 0) * TICK, 0)
}

function statOf(pid: number): { readonly parent: number; readonly ticks: number; readonly ended: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    return { parent: fields[1]!, ticks: fields[11]! + fields[12]!, ended: fields[13]! + fields[14]! }
  } catch {
    return undefined
  }
}
