/** Runs Node-RED without editor and web server in a process of its own, its timers driven by a clock of its own, and reports what reaches the nodes that publish. */
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { FlowUnderTest, Outcome } from './node-red-runtime.ts'

interface Hooked {
  readonly msg: Readonly<Record<string, unknown>>
  readonly destination: { readonly id: string }
}
interface Red {
  readonly init: (server: unknown, settings: Readonly<Record<string, unknown>>) => void
  readonly start: () => Promise<void>
  readonly hooks: { readonly add: (name: string, hook: (event: Hooked) => void) => void }
  readonly nodes: { readonly getNode: (id: string) => { readonly receive: (message: unknown) => void } | null }
  readonly runtime: {
    readonly flows: {
      readonly setFlows: (options: {
        readonly flows: { readonly flows: readonly unknown[] }
        readonly deploymentType: string
      }) => Promise<unknown>
    }
  }
}

const nextTurn = setImmediate
const realTimeout = setTimeout
const turn = (): Promise<void> => new Promise((resolve) => void nextTurn(resolve))

interface Timer {
  readonly due: number
  readonly order: number
  readonly fire: () => void
}
const timers = new Map<object, Timer>()
let now = 0
let made = 0
let activity = 0

/** From here on nothing that Node-RED's nodes wait for takes real time. */
function takeOverTimers(): void {
  const again = (every: number, fire: () => void, handle: object): void => {
    timers.set(handle, { due: now + Math.max(1, every), order: made++, fire })
  }
  const handleOf = (): object => ({ unref: () => undefined, ref: () => undefined, hasRef: () => true })
  const timeout = (fire: (...rest: unknown[]) => void, after = 0, ...rest: unknown[]): object => {
    const handle = handleOf()
    const once = (): void => {
      timers.delete(handle)
      fire(...rest)
    }
    again(after, once, handle)
    return handle
  }
  const interval = (fire: (...rest: unknown[]) => void, every = 1, ...rest: unknown[]): object => {
    const handle = handleOf()
    const tick = (): void => {
      again(every, tick, handle)
      fire(...rest)
    }
    again(every, tick, handle)
    return handle
  }
  const clear = (handle: unknown): void => {
    if (typeof handle === 'object' && handle !== null) timers.delete(handle)
  }
  Object.assign(globalThis, { setTimeout: timeout, setInterval: interval, clearTimeout: clear, clearInterval: clear })
}

/** Until nothing has been handed on for some turns of the event loop. */
async function rest(): Promise<void> {
  for (let idle = 0, before = activity; idle < 5; idle = activity === before ? idle + 1 : 0) {
    before = activity
    await turn()
  }
}

/** Lets the clock run to the moment, timer by timer. */
async function runTo(moment: number): Promise<void> {
  for (;;) {
    const [next] = [...timers.values()].filter(({ due }) => due <= moment).sort((a, b) => a.due - b.due || a.order - b.order)
    if (next === undefined) break
    now = next.due
    next.fire()
    await rest()
  }
  now = moment
}

const require = createRequire(import.meta.url)

async function main(userDir: string): Promise<void> {
  const red = require('node-red') as Red
  red.init(createServer(), {
    userDir,
    disableEditor: true,
    httpAdminRoot: false,
    httpNodeRoot: false,
    credentialSecret: false,
    telemetry: { enabled: false, updateNotification: false },
    logging: { console: { level: 'off', metrics: false, audit: false } },
  })
  await red.start()
  let seen: [string, unknown][] = []
  let watched: ReadonlySet<string> = new Set()
  red.hooks.add('onReceive', ({ msg, destination }) => {
    activity++
    if (watched.has(destination.id)) seen.push([destination.id, msg['payload'] ?? null])
  })
  takeOverTimers()
  process.on('message', (flows: readonly FlowUnderTest[]) => void deploy(flows))
  process.send?.('ready')

  async function deploy(flows: readonly FlowUnderTest[]): Promise<void> {
    watched = new Set(flows.flatMap(({ publishing }) => publishing))
    timers.clear()
    await red.runtime.flows.setFlows({ flows: { flows: flows.flatMap(({ nodes }) => nodes) }, deploymentType: 'full' })
    // Flows may still be on their way up when the deployment is acknowledged.
    while ([...watched].some((id) => red.nodes.getNode(id) === null)) await turn()
    await rest()
    const outcomes: Outcome[] = []
    for (const { events } of flows) {
      const published: (typeof seen)[] = []
      for (const event of events) {
        seen = []
        if ('after' in event) await runTo(now + event.after)
        else {
          red.nodes.getNode(event.node)?.receive(structuredClone(event.message))
          await rest()
        }
        published.push(seen)
      }
      outcomes.push({ published })
    }
    process.send?.(outcomes)
  }
}

process.on('disconnect', () => process.exit(0))
realTimeout(() => process.exit(1), 1_800_000).unref()
await main(process.argv[2]!)
