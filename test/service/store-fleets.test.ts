// A stored fleet is what was uploaded, with every single change in it, whichever way it is read.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readNdjsonFleet } from '../../src/formats/ndjson/read-fleet.ts'
import { readFleetModel } from '../../src/model/read-fleet-model.ts'
import type { FleetModel } from '../../src/model/fleet-model.ts'
import type { DeviceChange } from '../../src/store/fleet-changes.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { skippedBecause, storeKinds, type StorePlace } from '../fixtures/stores.ts'

const now = '2026-11-23T10:00:00.000Z'

async function* bytes(text: string, piece = 37): AsyncGenerator<Uint8Array> {
  const all = Buffer.from(text)
  for (let at = 0; at < all.length; at += piece) yield await Promise.resolve(all.subarray(at, at + piece))
}

async function text(lines: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of lines ?? []) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

const model = (yaml: string): FleetModel => {
  const read = readFleetModel({ name: 'm.yaml', text: `fleetproof: 1\n${yaml}` })
  if (!read.ok) throw new Error(JSON.stringify(read.diagnostics))
  return read.value
}

for (const kind of storeKinds)
  describe.skipIf(kind.missing !== undefined)(`fleets, ${skippedBecause(kind)}`, () => {
    let at: StorePlace
    let store: Store
    beforeAll(async () => {
      at = await kind.make()
      store = await openStore(at.place)
      await store.tenants.create({ id: 't', name: 't' }, now)
    })
    afterAll(async () => {
      await store.close()
      await at.clean()
    })
    const upload = (id: string, lines: string) => store.fleets.replace('t', id, bytes(lines), { source: 'upload', now })
    const parsed = async (id: string): Promise<unknown[]> =>
      (await text(await store.fleets.lines('t', id)))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as unknown)

    it('gives back unusual values as they were', async () => {
      const devices: readonly (Readonly<Record<string, unknown>> & { readonly id: string })[] = [
        { id: 'plain', a: 1, b: 'x', c: true, d: null, e: [1, { f: 2 }], g: { h: { i: 'deep' } } },
        { id: 'é "quoted" \\ id', a: -0.5, b: 'line\nfeed\u2028', c: false, e: [], g: {} },
        { id: '7', a: 1e300, b: '', 'key "with" quotes': 'v' },
        { id: 'ünï', __proto__x: 1, constructor: 'c' },
      ]
      const written = await upload('odd', devices.map((device) => `  ${JSON.stringify(device)}\r\n`).join('\n'))
      expect(written).toMatchObject({ is: 'replaced', fleet: { devices: 4, revision: 2 } })
      expect(await parsed('odd')).toEqual(devices)
      for (const { id, ...context } of devices) expect(await store.fleets.device('t', 'odd', id)).toMatchObject({ device: id, context })
      expect(await store.fleets.device('t', 'odd', 'nobody')).toBeUndefined()
      expect(await store.fleets.device('other', 'odd', 'plain')).toBeUndefined()
      expect(await store.fleets.lines('other', 'odd')).toBeUndefined()
    })

    it('refuses what is wrong, names the line, and keeps the fleet as it was', async () => {
      await upload('kept', '{"id":"one"}\n')
      const wrong = '{"id":"a"}\n{"id":"a"}\n{"x":1}\n{"id":""}\n{"id":{}}\n[1]\n{"id":"b"\n{"id":"c\\u0001"}\n'
      const answer = await upload('kept', wrong)
      if (answer.is !== 'invalid') throw new Error('accepted')
      expect(answer.read.diagnostics.map(({ code, at: { range } }) => [code, range?.start.line])).toEqual([
        ['formats/duplicate-id', 2],
        ['formats/missing-id', 3],
        ['formats/missing-id', 4],
        ['formats/wrong-type', 5],
        ['formats/not-a-mapping', 6],
        ['formats/broken-json', 7],
        ['formats/control-character', 8],
      ])
      expect(await parsed('kept')).toEqual([{ id: 'one' }])
      const stale = await store.fleets.replace('t', 'kept', bytes('{"id":"two"}'), { source: 'upload', now, etag: 'r99' })
      expect(stale).toEqual({ is: 'stale' })
    })

    it('reads as a model what the reader of NDJSON reads from the same lines', async () => {
      const lines = Array.from({ length: 3000 }, (_, k) =>
        JSON.stringify({
          id: `d${k}`,
          ...(k % 7 === 0 ? {} : { ram: 64 * (1 + (k % 900)) }),
          arch: ['arm', 'x86'][k % 2],
          ...(k % 3 === 0 ? {} : { on: k % 2 === 0 }),
          load: (k % 1000) / 100,
          serial: `S-${k}`,
          hub: k === 0 ? undefined : `d${Math.floor(k / 10)}`,
          net: { wifi: { dbm: -(k % 90) } },
          tags: k % 5 === 0 ? ['b', 'a'] : [],
        }),
      ).join('\n')
      const asked = model(
        `context:
  ram: {int: MB}
  arch: {enum: [arm, x86]}
  on: {bool: true, default: true}
  load: {decimal: 2}
  serial: {text: true}
  hub: {device: true}
  dbm: {int: dBm}
  tags: {set: text}
devices: {from: lines.ndjson, columns: {dbm: net.wifi.dbm}}
variants: {a: {}}\n`.replace('{int: dBm}', '{int: true}'),
      )
      await upload('typed', lines)
      const direct = await readNdjsonFleet(asked, 'typed', bytes(lines, 4096), new Map())
      const stored = await store.fleets.read('t', 'typed', asked, new Map())
      if (!direct.ok || stored?.fleet.ok !== true) throw new Error(JSON.stringify([direct.diagnostics, stored?.fleet.diagnostics]))
      const spelled = (fleet: typeof direct.value) =>
        Object.fromEntries(
          Object.entries(fleet.columns).map(([name, column]) => [
            name,
            column.is === 'numbers' ? [...column.numbers] : Array.from(column.codes, (code) => (code < 0 ? null : column.values[code])),
          ]),
        )
      expect(stored.fleet.value.ids).toEqual(direct.value.ids)
      expect(spelled(stored.fleet.value)).toEqual(spelled(direct.value))
      const hub = stored.fleet.value.columns['hub']
      expect(hub?.is === 'codes' && [...(hub.rows ?? [])]).toEqual(
        direct.value.columns['hub']?.is === 'codes' && [...(direct.value.columns['hub'].rows ?? [])],
      )
    })

    it('says what a model cannot read, by device', async () => {
      await upload('wrong', '{"id":"a","ram":"much"}\n{"id":"b","ram":1}\n')
      const read = await store.fleets.read(
        't',
        'wrong',
        model('context: {ram: {int: MB}}\ndevices: x.ndjson\nvariants: {a: {}}\n'),
        new Map(),
      )
      expect(read?.fleet.diagnostics[0]?.message).toContain('`ram` of device `a`')
      expect(read?.fleet.ok).toBe(false)
    })

    it('is the same as a plain map of contexts after any changes, compacted or not, whichever way it is read', async () => {
      const device = fc.constantFrom('d0', 'd1', 'd2', 'd3', 'd4', 'n0', 'n1')
      const context = fc.dictionary(
        fc.constantFrom('a', 'b', 'c'),
        fc.oneof(fc.integer(), fc.constant(null), fc.string(), fc.constant([1])),
      )
      const change: fc.Arbitrary<DeviceChange | 'compact'> = fc.oneof(
        { weight: 3, arbitrary: fc.record({ is: fc.constant('put' as const), device, context }) },
        { weight: 4, arbitrary: fc.record({ is: fc.constant('patch' as const), device, context }) },
        { weight: 2, arbitrary: fc.record({ is: fc.constant('remove' as const), device }) },
        { weight: 1, arbitrary: fc.constant('compact' as const) },
      )
      const asked = model('context: {a: {text: true}}\ndevices: {from: x.ndjson, dirty: report}\nvariants: {a: {}}\n')
      await fc.assert(
        fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
          const plain = new Map<string, Record<string, unknown>>()
          for (let k = 0; k < 5; k++) plain.set(`d${k}`, { a: `v${k}`, b: k })
          await upload('any', [...plain].map(([id, values]) => JSON.stringify({ id, ...values })).join('\n'))
          for (const each of changes) {
            if (each === 'compact') {
              await store.fleets.compact('t', 'any', now)
              continue
            }
            const there = plain.has(each.device)
            const answer = await store.fleets.change('t', 'any', [each], now)
            expect(answer?.outcomes).toEqual([each.is === 'put' || there ? 'changed' : 'absent'])
            if (each.is === 'remove') plain.delete(each.device)
            else if (each.is === 'put' || there) {
              const merged = new Map(Object.entries({ ...(each.is === 'put' ? {} : plain.get(each.device)), ...each.context }))
              plain.set(each.device, Object.fromEntries([...merged].filter(([, value]) => value !== null)))
            }
          }
          expect((await store.fleets.get('t', 'any'))?.devices).toBe(plain.size)
          const wanted = [...plain].map(([id, values]) => ({ id, ...values })).sort((a, b) => (a.id < b.id ? -1 : 1))
          const byId = (list: unknown[]) => (list as { id: string }[]).sort((a, b) => (a.id < b.id ? -1 : 1))
          expect(byId(await parsed('any'))).toEqual(wanted)
          const paged: unknown[] = []
          for (let after: number | undefined = 0; after !== undefined;) {
            const page: Awaited<ReturnType<Store['fleets']['devices']>> = await store.fleets.devices('t', 'any', { limit: 2, after })
            paged.push(...(page?.devices ?? []).map((one) => ({ id: one.device, ...one.context })))
            after = page?.next
          }
          expect(byId(paged)).toEqual(wanted)
          for (const id of ['d0', 'd4', 'n1']) expect((await store.fleets.device('t', 'any', id))?.context).toEqual(plain.get(id))
          const read = await store.fleets.read('t', 'any', asked, new Map())
          if (read?.fleet.ok === true) expect([...read.fleet.value.ids].sort()).toEqual([...plain.keys()].sort())
          else expect(plain.size).toBe(0)
        }),
        { numRuns: 25, seed: 6 },
      )
    })

    it('changes a device only from the state that was seen', async () => {
      await upload('seen', '{"id":"a","x":1}\n{"id":"b"}\n')
      const before = (await store.fleets.device('t', 'seen', 'a'))!
      const patch = { is: 'patch', device: 'a', context: { x: 2 }, etag: before.etag } as const
      expect((await store.fleets.change('t', 'seen', [patch], now))?.outcomes).toEqual(['changed'])
      expect((await store.fleets.change('t', 'seen', [patch], now))?.outcomes).toEqual(['stale'])
      await store.fleets.compact('t', 'seen', now)
      expect((await store.fleets.change('t', 'seen', [patch], now))?.outcomes).toEqual(['stale'])
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, k) => store.fleets.change('t', 'seen', [{ is: 'put', device: `n${k}`, context: { k } }], now)),
      )
      expect(new Set(all.map((one) => one?.revision)).size).toBe(20)
      expect((await store.fleets.get('t', 'seen'))?.devices).toBe(22)
      expect(await store.fleets.change('t', 'no-fleet', [patch], now)).toBeUndefined()
    })

    it('finds single devices in a fleet of several chunks', async () => {
      const count = 40_000
      await upload('large', Array.from({ length: count }, (_, k) => `{"id":"device-${k}","n":${k % 11},"serial":"S${k}"}`).join('\n'))
      for (const k of [0, 16_383, 16_384, 32_768, count - 1])
        expect((await store.fleets.device('t', 'large', `device-${k}`))?.context).toEqual({ n: k % 11, serial: `S${k}` })
      const page = await store.fleets.devices('t', 'large', { limit: 3, after: 16_383 })
      expect(page?.devices.map((one) => one.device)).toEqual(['device-16383', 'device-16384', 'device-16385'])
      expect(page?.next).toBe(16_386)
    })
  })
