// A service with a broker, a fleet that one new variant is better for, and simulated devices that take it.
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { Aedes } from 'aedes'
import type { Answer, Caller } from './running.ts'

export interface TestBroker {
  readonly url: string
  readonly close: () => Promise<void>
}

export async function startAedes(): Promise<TestBroker> {
  const aedes = await Aedes.createBroker()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    void aedes.handle(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      await new Promise<void>((resolve) => aedes.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

const ndjson = { 'content-type': 'application/x-ndjson' }

/** Puts the devices, assigns them, and answers the assignment. */
export async function assign(caller: Caller, fleet: string, model: Readonly<Record<string, unknown>>, lines?: string): Promise<string> {
  if (lines !== undefined) await good(caller.ask('PUT', `/v1/fleets/${fleet}/devices`, lines, ndjson))
  await good(caller.ask('PUT', `/v1/models/${fleet}`, model))
  const job = await good(caller.ask('POST', '/v1/assignments', { model: fleet, fleet }))
  const ended = await good(caller.ask('GET', `/v1/jobs/${String(job.at('id'))}?wait=60`))
  if (ended.at('status') !== 'succeeded') throw new Error(ended.text)
  return String(ended.at('result.assignment'))
}

export async function good(asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked
  if (answer.status >= 400) throw new Error(`${answer.status} ${answer.text}`)
  return answer
}

export const oldToNew = {
  text: `fleetproof: 1
context: {running: {text: true}}
devices: devices.ndjson
current: {variant: device.running}
variants: {old: {prefers: 1}, new: {prefers: 2}}
constraints: []
`,
}
export const runningOld = (names: readonly string[]): string => names.map((id) => `${JSON.stringify({ id, running: 'old' })}\n`).join('')

/** Until the rollout is in one of the states; what it is then. */
export async function untilState(caller: Caller, rollout: string, states: readonly string[]): Promise<Answer> {
  for (let turn = 0; turn < 1200; turn++) {
    const answer = await good(caller.ask('GET', `/v1/rollouts/${rollout}`))
    if (states.includes(String(answer.at('state')))) return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`rollout ${rollout} never came to be ${states.join(' or ')}`)
}

export interface Heard {
  readonly id: number
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Server-sent events from behind `after`, until `enough` or the stream's end. */
export async function listen(
  caller: Caller,
  path: string,
  after = 0,
  enough: (heard: readonly Heard[]) => boolean = () => false,
): Promise<readonly Heard[]> {
  const answer = await caller.raw('GET', path, undefined, after === 0 ? {} : { 'last-event-id': String(after) })
  const heard: Heard[] = []
  let text = ''
  for await (const value of answer.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(value).toString('utf8')
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
      const data = field('data')
      if (data === undefined) continue
      heard.push({ id: Number(field('id')), event: field('event') ?? '', data: JSON.parse(data) as Heard['data'] })
    }
    if (enough(heard)) break
  }
  return heard
}
