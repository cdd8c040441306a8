/** A bundle that was written is read back and holds; changing any one thing in it is found. */
import { describe, expect, it } from 'vitest'
import type { AssignedDevice } from '../../src/model/assignment.ts'
import { readBundleDevices } from '../../src/verify/bundle-devices.ts'
import { readManifest, sha256, type Manifest } from '../../src/verify/bundle.ts'
import { checkBundle, type BundleCheck } from '../../src/verify/check-bundle.ts'
import { smallFleet } from '../oracle/small-fleet.ts'

const MODEL = `
fleetproof: 1
context: {site: {text: true}}
devices: [{id: d0, site: n}, {id: d1, site: n}, {id: d2, site: s}]
variants:
  A: {prefers: "5", settings: {mode: {enum: [x, y]}}, rules: [{if: 'settings.mode == "y"', then: 'device.site == "s"'}]}
  B: {prefers: "1"}
constraints: [{quota: {variant: A, max: 1}}]
`
const { model, fleet } = smallFleet(MODEL)
const device = (id: string, variant: string, settings: AssignedDevice['settings'] = {}): AssignedDevice => ({
  device: id,
  outcome: 'variant',
  variant,
  settings,
})
const DEVICES = [device('d0', 'B'), device('d1', 'B'), device('d2', 'A', { mode: 'y' })]
const text = (devices: readonly unknown[]): string => devices.map((one) => `${JSON.stringify(one)}\n`).join('')
const level = (name: string, sense: 'maximise' | 'minimise', value: number): Manifest['levels'][number] => ({
  name,
  sense,
  value,
  bound: value,
  gap: 0,
  checkedBy: 'arithmetic',
})

const MANIFEST: Manifest = {
  formatVersion: 1,
  schemaVersion: 1,
  model: '../model.yaml',
  replaced: {},
  inputs: { 'model.yaml': sha256(MODEL) },
  devices: { name: 'devices.ndjson', sha256: sha256(text(DEVICES)), count: 3 },
  solvers: {},
  seed: 0,
  levels: [level('assigned', 'maximise', 3), level('preference', 'maximise', 7), level('changes', 'minimise', 3)],
  counts: { A: 1, B: 2 },
  certificates: [
    {
      is: 'prices',
      component: 'all',
      bound: [-3, -7, 3],
      leaves: [{ cases: [], prices: [{ use: 0, group: '', part: '', price: [0, -4, 0] }] }],
    },
  ],
}

async function* chunksOf(content: string): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(content)
  // Pieces of seven bytes, so that lines and letters are torn.
  for (let at = 0; at < bytes.length; at += 7) yield await Promise.resolve(bytes.subarray(at, at + 7))
}

async function check(
  manifest: Manifest,
  devices = text(DEVICES),
  inputs: Readonly<Record<string, string>> = { 'model.yaml': sha256(MODEL) },
): Promise<BundleCheck> {
  const read = await checkBundle({ manifest, model, fleet, inputs, devices: chunksOf(devices) })
  if (!read.ok) throw new Error(read.diagnostics.map(({ message }) => message).join('\n'))
  return read.value
}

describe('verify/check-bundle', () => {
  it('holds', async () => {
    expect(await check(MANIFEST)).toMatchObject({ verdict: 'holds', refuted: [], undecided: [] })
  })

  it.each<readonly [string, Partial<Manifest>, string]>([
    ['an input', { inputs: { 'model.yaml': sha256('other') } }, 'input model.yaml is not the one that the bundle was made from'],
    [
      'the hash of the devices',
      { devices: { ...MANIFEST.devices, sha256: sha256('') } },
      'the lines of devices.ndjson are not those that the manifest was written for',
    ],
    ['a count', { counts: { A: 2, B: 2 } }, '2 devices are claimed for A, 1 were found'],
    ['a count of nothing', { counts: { A: 1, B: 2, none: 1 } }, '1 devices are claimed for none, 0 were found'],
    [
      'a value',
      { levels: MANIFEST.levels.map((one, at) => (at === 1 ? { ...one, value: 8, bound: 8 } : one)) },
      'level preference: 8 is claimed, 7 was found',
    ],
    ['a gap', { levels: MANIFEST.levels.map((one, at) => (at === 1 ? { ...one, gap: 1 } : one)) }, 'level preference: the gap is 0, not 1'],
    [
      'a sense',
      { levels: MANIFEST.levels.map((one, at) => (at === 2 ? { ...one, sense: 'maximise' } : one)) },
      'level changes is to minimise, not to maximise',
    ],
    [
      'a price',
      {
        certificates: [
          {
            is: 'prices',
            component: 'all',
            bound: [-3, -7, 3],
            leaves: [{ cases: [], prices: [{ use: 0, group: '', part: '', price: [0, -3, 0] }] }],
          },
        ],
      },
      'level preference: the certificates do not prove the bound 7, but 9',
    ],
    ['all certificates', { certificates: [] }, 'level assigned: the certificates do not prove the bound 3'],
  ])('refutes another %s', async (_, changed, why) => {
    const found = await check({ ...MANIFEST, ...changed })
    expect(found.verdict).toBe('refuted')
    expect(found.refuted).toContain(why)
  })

  it('refutes other devices', async () => {
    const swapped = text([DEVICES[0], device('d1', 'A', { mode: 'y' }), device('d2', 'B')])
    const found = await check({ ...MANIFEST, devices: { ...MANIFEST.devices, sha256: sha256(swapped) } }, swapped)
    expect(found.refuted).toEqual(['device "d1" may not have what it was given'])
  })

  it('does not tell what rests on solvers, or on inputs that are not at hand', async () => {
    const levels = MANIFEST.levels.map((one): Manifest['levels'][number] => ({ ...one, checkedBy: 'same-solver' }))
    const found = await check(
      { ...MANIFEST, levels, certificates: [{ is: 'refutation', component: 'c', bound: [-3, -7, 3], scripts: [''] }] },
      text(DEVICES),
      {},
    )
    expect(found).toMatchObject({ verdict: 'undecided', refuted: [] })
    expect(found.undecided).toHaveLength(4)
  })
})

describe('verify/read-manifest', () => {
  it('reads what was written', () => {
    expect(readManifest({ name: 'manifest.json', text: JSON.stringify(MANIFEST) })).toEqual({ ok: true, value: MANIFEST, diagnostics: [] })
  })

  it.each([
    ['a newer format', { ...MANIFEST, formatVersion: 2 }, 'verify/newer-format', 'the bundle has format 2, this program reads up to 1'],
    ['an unknown word', { ...MANIFEST, extra: 1 }, 'model/unknown-key', '`extra` is not known here'],
    ['a missing part', { ...MANIFEST, levels: undefined }, 'model/missing-key', '`levels` is missing'],
  ])('refuses %s', (_, value, code, message) => {
    const read = readManifest({ name: 'manifest.json', text: JSON.stringify(value) })
    expect(read.ok ? [] : read.diagnostics.map((one) => [one.code, one.message])).toEqual([[code, message]])
  })
})

describe('verify/bundle-devices', () => {
  it.each([
    ['unknown-device', [...DEVICES, device('d9', 'B')], 4, 'no device of the fleet is called "d9"'],
    ['duplicate-device', [...DEVICES, device('d2', 'B')], 4, 'device "d2" stands twice'],
    ['missing-device', DEVICES.slice(0, 2), 3, 'no line gives device "d2" an outcome'],
    ['unknown-variant', [...DEVICES.slice(0, 2), device('d2', 'AA')], 3, 'no variant is called "AA"'],
    ['unknown-setting', [...DEVICES.slice(0, 2), device('d2', 'A', { mood: 'x' })], 3, 'variant `A` has no setting `mood`'],
    ['bad-setting', [...DEVICES.slice(0, 2), device('d2', 'A', { mode: 'z' })], 3, 'setting `mode` of variant `A` cannot be "z"'],
    [
      'bad-setting',
      [...DEVICES.slice(0, 2), { device: 'd2', outcome: 'none', variant: null, settings: { mode: 'x' } }],
      3,
      'a device without a variant has no setting `mode`',
    ],
    ['bad-line', [...DEVICES, { device: 'd2', outcome: 'none', variant: 'A', settings: {} }], 4, '`variant` is "A", `outcome` is "none"'],
  ])('says %s with its line', async (code, devices, line, message) => {
    const read = await readBundleDevices(model, fleet, chunksOf(text(devices)))
    expect(read.ok ? [] : read.diagnostics.map((one) => [one.code, one.at.range?.start.line, one.message])).toEqual([
      [`verify/${code}`, line, message],
    ])
  })

  it('says where a line is broken', async () => {
    const read = await readBundleDevices(model, fleet, chunksOf(`${text(DEVICES)}{"device": "d`))
    expect(read.ok ? [] : read.diagnostics.map((one) => [one.code, one.at.range?.start.line, one.message])).toEqual([
      ['verify/bad-line', 4, 'the line is not JSON'],
    ])
  })
})
