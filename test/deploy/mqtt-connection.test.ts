// One connection against Debian's mosquitto: versions, TLS, acknowledgement, will, restart.
import { afterEach, describe, expect, it } from 'vitest'
import { connect, type MqttConnection } from '../../src/mqtt/connect.ts'
import type { MqttReceived } from '../../src/mqtt/message.ts'
import type { MqttOptions } from '../../src/mqtt/options.ts'
import { topicMatches } from '../../src/mqtt/topic-filter.ts'
import { hasOpenssl, makeCertificates } from '../fixtures/certificates.ts'
import { freePort, hasMosquitto, startMosquitto, type Mosquitto, type MosquittoOptions } from '../fixtures/mosquitto.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function broker(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const started = await startMosquitto(options)
  closing.push(started.remove)
  return started
}

async function connected(options: MqttOptions): Promise<MqttConnection> {
  const connection = await connect({ backOff: { firstMilliseconds: 20, mostMilliseconds: 200 }, ...options })
  closing.push(() => connection.end())
  return connection
}

/** Resolves as soon as so many messages came. */
async function collect(connection: MqttConnection, filter: string, count: number): Promise<{ readonly all: Promise<MqttReceived[]> }> {
  const got: MqttReceived[] = []
  let full: (messages: MqttReceived[]) => void = () => undefined
  const all = new Promise<MqttReceived[]>((resolve) => (full = resolve))
  await connection.subscribe(filter, (message) => {
    got.push(message)
    if (got.length === count) full(got)
  })
  return { all }
}

const text = (message: MqttReceived | undefined): string => Buffer.from(message?.payload ?? []).toString()

describe('topic filters', () => {
  it.each([
    ['a/+/c', 'a/b/c', true],
    ['a/+/c', 'a/b/d', false],
    ['a/#', 'a', true],
    ['a/#', 'a/b/c', true],
    ['+/b', '/b', true],
    ['#', '$SYS/x', false],
    ['$share/g/a/+', 'a/b', true],
    ['a/+', 'a/b/c', false],
    ['a', 'a/b', false],
  ])('%s and %s: %s', (filter, topic, matches) => expect(topicMatches(filter, topic)).toBe(matches))
})

describe.skipIf(!hasMosquitto || !hasOpenssl)('a connection to mosquitto', () => {
  it.each(['3.1.1', '5'] as const)('speaks MQTT %s: publishes at least once, in order, more than the window at a time', async (version) => {
    const { url } = await broker()
    const from = await connected({ url, clientId: 'from', version })
    const to = await connected({ url, clientId: 'to', version })
    const { all } = await collect(to, 'a/+', 500)
    await Promise.all(Array.from({ length: 500 }, (_, at) => from.publish({ topic: 'a/b', payload: String(at), qos: 1, retain: false })))
    expect((await all).map(text)).toEqual(Array.from({ length: 500 }, (_, at) => String(at)))
  })

  it('proves itself by a client certificate, keeps to the access list, and is refused without', async () => {
    const certificates = makeCertificates(['fleetproof', 'stranger'])
    const { url } = await broker({ certificates, accessList: ['user fleetproof', 'topic readwrite own/#'] })
    const tls = { authority: certificates.authority, ...certificates.clients['fleetproof'] }
    const own = await connected({ url, clientId: 'own', version: '5', tls })
    const { all } = await collect(own, 'own/#', 1)
    await own.publish({ topic: 'own/a', payload: 'x', qos: 1, retain: false })
    expect(text((await all)[0])).toBe('x')
    await expect(own.publish({ topic: 'foreign/a', payload: 'x', qos: 1, retain: false })).rejects.toMatchObject({ code: 'mqtt/refused' })
    await expect(connect({ url, clientId: 'none', tls: { authority: certificates.authority }, connectMilliseconds: 500 })).rejects.toThrow()
    await expect(connect({ url, clientId: 'unsure', connectMilliseconds: 2000 })).rejects.toMatchObject({ code: 'mqtt/refused' })
  })

  it('sends its last will when cut, and none after a farewell', async () => {
    const { url } = await broker()
    const watcher = await connected({ url, clientId: 'watcher' })
    const { all } = await collect(watcher, 'gone/+', 2)
    const will = (name: string): MqttOptions => ({
      url,
      clientId: name,
      will: { topic: `gone/${name}`, payload: 'lost', qos: 1, retain: false },
    })
    const polite = await connected(will('polite'))
    await polite.end()
    const rude = await connected(will('rude'))
    await rude.end('abruptly')
    await watcher.publish({ topic: 'gone/end', payload: '', qos: 1, retain: false })
    expect((await all).map((message) => message.topic).sort()).toEqual(['gone/end', 'gone/rude'])
  })

  it('comes back after the broker was restarted, subscribed as before, and delivers what was waiting', async () => {
    const mosquitto = await broker({ persistent: true })
    const states: string[] = []
    const from = await connected({ url: mosquitto.url, clientId: 'from', onState: (state) => states.push(state) })
    const to = await connected({ url: mosquitto.url, clientId: 'to', sessionSeconds: 600 })
    const { all } = await collect(to, 'a/b', 3)
    await from.publish({ topic: 'a/b', payload: '1', qos: 1, retain: false })
    await mosquitto.stop()
    const waiting = ['2', '3'].map((payload) => from.publish({ topic: 'a/b', payload, qos: 1, retain: false }))
    await mosquitto.start()
    await Promise.all(waiting)
    expect(new Set((await all).map(text))).toEqual(new Set(['1', '2', '3']))
    expect(states.slice(0, 3)).toEqual(['connected', 'reconnecting', 'connected'])
  })

  it('takes back what waits for the broker when its signal says so', async () => {
    const mosquitto = await broker({ persistent: true })
    const from = await connected({ url: mosquitto.url, clientId: 'from' })
    await mosquitto.stop()
    const stop = new AbortController()
    const withdrawn = from.publish({ topic: 'a/b', payload: 'old', qos: 1, retain: true }, stop.signal)
    const kept = from.publish({ topic: 'a/c', payload: 'new', qos: 1, retain: true })
    stop.abort(new Error('too late'))
    await expect(withdrawn).rejects.toThrow('too late')
    await mosquitto.start()
    await kept
    const to = await connected({ url: mosquitto.url, clientId: 'to' })
    const { all } = await collect(to, 'a/+', 1)
    expect((await all).map(text)).toEqual(['new'])
  })

  it('acknowledges when kept: what a handler loses comes again', async () => {
    const { url } = await broker()
    const from = await connected({ url, clientId: 'from' })
    const first = await connected({ url, clientId: 'keeper', sessionSeconds: 600 })
    const seen: string[] = []
    await first.subscribe('a/b', async (message) => {
      seen.push(text(message))
      await Promise.resolve()
      if (text(message) !== '1') throw new Error('disk full')
    })
    for (const payload of ['1', '2', '3']) await from.publish({ topic: 'a/b', payload, qos: 1, retain: false })
    while (seen.length < 3) await new Promise((resolve) => setTimeout(resolve, 5))
    await first.end()
    const again: string[] = []
    const handler = (message: MqttReceived): void => void again.push(text(message))
    await connected({ url, clientId: 'keeper', sessionSeconds: 600, subscriptions: [{ filters: ['a/b'], handler }] })
    while (again.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(again).toEqual(['2', '3'])
  })

  it('tells that nobody is there, and stops when asked', async () => {
    const port = await freePort()
    const url = `mqtt://127.0.0.1:${port}`
    await expect(connect({ url, clientId: 'a', connectMilliseconds: 100 })).rejects.toMatchObject({ code: 'mqtt/unreachable' })
    const stop = new AbortController()
    const trying = connect({ url, clientId: 'a', signal: stop.signal })
    stop.abort()
    await expect(trying).rejects.toMatchObject({ code: 'mqtt/stopped' })
  })
})
