/**
 * A fleet of simulated devices on a real broker, in one process: on Fleetproof's own topics, over a few shared connections or over one for each device. Seeded: the
 * same fleet does the same with the same revisions. It keeps what each device was told, how often and in which order.
 */
import { ownTopics } from '../../src/deploy/mqtt/own-layout.ts'
import type { StatusDocument } from '../../src/deploy/document.ts'
import type { DeviceOutcome } from '../../src/model/rollout.ts'
import { connect } from '../../src/mqtt/connect.ts'
import { textOf, type MqttReceived } from '../../src/mqtt/message.ts'
import type { MqttOptions } from '../../src/mqtt/options.ts'
import { draw } from './draw.ts'
import { hearDesired, type SimulatedDevice, type Told } from './device.ts'
import type { Faults } from './faults.ts'
import { isRaw, rawLine, type Line } from './raw-line.ts'

export interface FleetOptions {
  readonly broker: Omit<MqttOptions, 'clientId' | 'will'>
  readonly prefix: string
  /** Names, or how many: then `sim-00000`, `sim-00001`, ... */
  readonly devices: number | readonly string[]
  readonly seed: number
  readonly faults: Faults
  /** Shared by the devices, or one for each with its own last will; 8 where absent. */
  readonly connections?: number | 'each'
  /** What each runs at the beginning. */
  readonly runs?: DeviceOutcome
  /** Told before a client id, where several fleets share a broker. */
  readonly clientPrefix?: string
}

export interface SimulatedFleet {
  readonly names: readonly string[]
  /** What every device of that name was told; one list for each device that carries it. */
  readonly told: (name: string) => readonly (readonly Told[])[]
  /** Executions that every device of that name acted on. */
  readonly acted: (name: string) => readonly (readonly number[])[]
  /** What the first device of that name really runs. */
  readonly runs: (name: string) => DeviceOutcome | undefined
  readonly isAway: (name: string) => boolean
  readonly leave: (names: readonly string[]) => Promise<void>
  readonly comeBack: (names: readonly string[]) => Promise<void>
  /** Messages that the fleet got and sent, and executions acted on. */
  readonly totals: () => { readonly desired: number; readonly reported: number; readonly acted: number; readonly repeated: number }
  readonly stop: () => Promise<void>
}

const YEAR = 31_536_000_000
const FILTERS_AT_ONCE = 100

export async function startFleet(options: FleetOptions): Promise<SimulatedFleet> {
  const { seed, faults, prefix } = options
  const topics = ownTopics(prefix)
  const names = typeof options.devices === 'number' ? Array.from({ length: options.devices }, (_, at) => `sim-${String(at).padStart(5, '0')}`) : options.devices
  const devices = names.map((own, index): SimulatedDevice => {
    const twin = index > 0 && draw(seed, index, 0, 'same-name') < faults.sameName
    const name = twin ? names[Math.floor(draw(seed, index, 0, 'twin') * index)]! : own
    const away = draw(seed, index, 0, 'away') < faults.away
    return { index, name, told: [], acted: [], seen: 0, status: firstStatus(options.runs), runs: options.runs, away }
  })
  const byName = new Map<string, SimulatedDevice[]>()
  for (const device of devices) byName.set(device.name, [...(byName.get(device.name) ?? []), device])
  const lines = new Map<SimulatedDevice, Line>()
  const subscribed = new Map<SimulatedDevice, () => Promise<void>>()
  const timers = new Set<NodeJS.Timeout>()
  const held = new Map<SimulatedDevice, StatusDocument>()
  const count = { desired: 0, reported: 0 }
  let stopped = false

  /** What is due at once, in order: a timer for each would cost more than what it does. */
  let now: (() => void)[] = []
  const later = (milliseconds: number, act: () => void): void => {
    if (stopped) return
    if (milliseconds === 0) {
      if (now.push(act) > 1) return
      setImmediate(() => {
        const due = now
        now = []
        if (!stopped) for (const one of due) one()
      })
      return
    }
    const timer = setTimeout(() => {
      timers.delete(timer)
      act()
    }, milliseconds)
    timers.add(timer)
  }
  const strikes = (share: number, device: SimulatedDevice, count: number, purpose: string): boolean =>
    share > 0 && draw(seed, device.index, count, purpose) < share
  const send = (device: SimulatedDevice, status: StatusDocument): void => {
    const line = lines.get(device)
    if (device.away || line === undefined) return
    count.reported++
    const skew = strikes(faults.skewed, device, 0, 'skewed') ? (draw(seed, device.index, 0, 'skew') - 0.5) * 2 * YEAR : 0
    const payload = JSON.stringify({ ...status, at: Math.round(Date.now() + skew) })
    line.publish({ topic: topics.reported(device.name), payload, qos: 1, retain: true }).catch(() => undefined)
  }
  const say = (device: SimulatedDevice, status: StatusDocument): void => {
    const number = count.reported
    const before = held.get(device)
    if (before === undefined && strikes(faults.reordered, device, number, 'reordered')) {
      held.set(device, status)
      // Where nothing follows, it is merely late.
      later(50 + faults.installMilliseconds * 4, () => {
        if (held.get(device) !== status) return
        held.delete(device)
        send(device, status)
      })
      return
    }
    held.delete(device)
    send(device, status)
    if (strikes(faults.duplicates, device, number, 'duplicate')) send(device, status)
    if (before !== undefined) {
      send(device, before)
      // The retained word must be the last one in the end.
      later(20, () => send(device, device.status))
    }
  }
  const world = { seed, faults, now: () => Date.now(), later, say }
  const hear = (device: SimulatedDevice, { payload, retained }: MqttReceived): void => {
    if (payload.length === 0 || stopped) return
    hearDesired(device, textOf({ payload }), { order: count.desired++, retained }, world)
  }

  const shared = options.connections === 'each' ? [] : await openShared(options, typeof options.connections === 'number' ? options.connections : 8)
  const join = async (some: readonly SimulatedDevice[]): Promise<void> => {
    await Promise.all(
      some.map(async (device) => {
        device.away = false
        const own = options.connections === 'each'
        const line = own ? await openOwn(options, device, topics.alive(device.name)) : shared[device.index % shared.length]!
        lines.set(device, line)
        subscribed.set(device, await line.subscribe(topics.desired(device.name), (message) => hear(device, message)))
        await line.publish({ topic: topics.alive(device.name), payload: '1', qos: 1, retain: true })
        if (device.status.runs !== undefined || device.status.seen !== undefined) send(device, device.status)
      }),
    )
  }
  const part = async (some: readonly SimulatedDevice[]): Promise<void> => {
    await Promise.all(
      some.map(async (device) => {
        const line = lines.get(device)
        device.away = true
        lines.delete(device)
        if (line === undefined) return
        if (options.connections === 'each') await line.end('abruptly')
        else {
          await subscribed.get(device)?.()
          // A shared line has no last will of one device: it is said for it.
          await line.publish({ topic: topics.alive(device.name), payload: '0', qos: 1, retain: true })
        }
      }),
    )
  }
  const flap = (device: SimulatedDevice): void => {
    later(faults.flapMilliseconds * (0.5 + draw(seed, device.index, 0, 'flap')), () => {
      void (device.away ? join([device]) : part([device])).then(
        () => flap(device),
        () => undefined,
      )
    })
  }

  const here = devices.filter((device) => !device.away)
  for (let at = 0; at < here.length; at += FILTERS_AT_ONCE) await join(here.slice(at, at + FILTERS_AT_ONCE))
  for (const device of here) if (draw(seed, device.index, 0, 'flaps') < faults.flaps) flap(device)

  const called = (some: readonly string[]): readonly SimulatedDevice[] => some.flatMap((name) => byName.get(name) ?? [])
  return {
    names,
    told: (name) => called([name]).map((device) => device.told),
    acted: (name) => called([name]).map((device) => device.acted),
    runs: (name) => byName.get(name)?.[0]?.runs,
    isAway: (name) => called([name]).every((device) => device.away),
    leave: (some) => part(called(some).filter((device) => !device.away)),
    comeBack: (some) => join(called(some).filter((device) => device.away)),
    totals: () => ({
      ...count,
      acted: devices.reduce((sum, device) => sum + device.acted.length, 0),
      repeated: devices.reduce((sum, device) => sum + device.acted.length - new Set(device.acted).size, 0),
    }),
    stop: async () => {
      stopped = true
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      await Promise.all([...new Set([...shared, ...lines.values()])].map((line) => line.end()))
    },
  }
}

function firstStatus(runs: DeviceOutcome | undefined): StatusDocument {
  return runs === undefined ? {} : { runs }
}

function openShared({ broker, clientPrefix = 'sim' }: FleetOptions, count: number): Promise<Line[]> {
  // Where a line can be raw it is: what the fleet takes of the machine, what it tests has not.
  const open = isRaw(broker) ? rawLine : connect
  return Promise.all(Array.from({ length: count }, (_, at) => open({ ...broker, clientId: `${clientPrefix}-line-${at}`, inFlight: broker.inFlight ?? 1000 })))
}

function openOwn({ broker, clientPrefix = 'sim' }: FleetOptions, device: SimulatedDevice, alive: string): Promise<Line> {
  return connect({ ...broker, clientId: `${clientPrefix}-${device.name}`, will: { topic: alive, payload: '0', qos: 1, retain: true } })
}
