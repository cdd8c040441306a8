// Variants whose rules fight only in larger company: the sets kept apart while solving stand in the bundle, and `verify` proves them to fight again.
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { call, folderWith } from '../fixtures/command-line.ts'

/** `from` starts it, and it sets `to`. */
const application = (name: string, from: string, to: string, more = ''): string => `fleetproof-automations: 1
application: ${name}
things:
  button: {place: flat, attributes: {pressed: {bool: true, sensor: true}}}
  x: {place: flat, attributes: {on: {bool: true, actuator: true}}}
  y: {place: flat, attributes: {on: {bool: true, actuator: true}}}
  z: {place: flat, attributes: {on: {bool: true, actuator: true}}}
automations:
  - name: follow ${from}
    when: {change: ${from}.on}
    do: [{set: {${to}}}]
${more}`

/** Pressed, x is set; x sets y, y sets z, and z takes x back: no two of the three fight. */
const FILES = {
  'a.yaml': application(
    'a',
    'x',
    'y.on: x.on',
    '  - name: press\n    when: {change: button.pressed, to: true}\n    do: [{set: {x.on: true}}]\n',
  ),
  'b.yaml': application('b', 'y', 'z.on: y.on'),
  'c.yaml': application('c', 'z', 'x.on: "!z.on"'),
  'model.yaml': `fleetproof: 1
context: {flat: {text: true}}
devices: [{id: d0, flat: f}, {id: d1, flat: f}, {id: d2, flat: f}]
variants:
  a: {behaviour: native:a.yaml, prefers: 3}
  b: {behaviour: native:b.yaml, prefers: 3}
  c: {behaviour: native:c.yaml, prefers: 3}
constraints:
  - no_conflict: {over: device.flat}
  - distinct: {}
    soft: {weight: 2}
objectives: [soft, assigned, preference]
`,
}
let place: ReturnType<typeof folderWith>
const run = (words: readonly string[]) => call(words, { workingDirectory: place.folder })

beforeAll(async () => {
  place = folderWith(FILES)
  expect((await run(['assign', 'model.yaml', '--out', 'good'])).code).toBe(0)
})
afterAll(() => place.remove())

interface Manifest {
  apart?: readonly (readonly string[])[]
}

it('a bundle whose sets were found while solving holds, and is refuted without them or with others', async () => {
  const file = `${place.folder}/good/manifest.json`
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest
  expect(manifest.apart).toEqual([['a', 'b', 'c']])
  expect((await run(['verify', 'good'])).code).toBe(0)
  const { apart, ...without } = manifest
  const verdict = async (other: Manifest): Promise<readonly [number, string]> => {
    writeFileSync(file, JSON.stringify(other))
    const { code, out } = await run(['verify', 'good'])
    return [code, out]
  }
  const [code, out] = await verdict(without)
  expect([code, out.includes('refuted')]).toEqual([1, true])
  for (const set of [
    ['b', 'c'],
    ['a', 'c', 'c'],
    ['a', 'b', 'nobody'],
  ]) {
    const [also, said] = await verdict({ ...without, apart: [...apart!, set] })
    expect([set, also, said.includes(`${set.join(', ')} were kept apart, and nothing shows that they fight`)]).toEqual([set, 1, true])
  }
  expect((await verdict(manifest))[0]).toBe(0)
})

it('what a bundle says of all places is counted and proved again', async () => {
  const file = `${place.folder}/good/manifest.json`
  interface Safe {
    together: { variants: readonly string[]; places: number; key: string; proved: number }[]
    safe: { kinds: readonly string[]; several: number; single: number; assumptions: readonly string[] }
  }
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Safe
  expect([manifest.safe.several, manifest.together.length]).toEqual([1, 1])
  const [composition] = manifest.together
  const wrong: readonly Safe[] = [
    { ...manifest, together: [] },
    { ...manifest, together: [{ ...composition!, places: 2 }] },
    { ...manifest, together: [{ ...composition!, key: '0'.repeat(64) }] },
    { ...manifest, safe: { ...manifest.safe, several: 7 } },
    { ...manifest, safe: { ...manifest.safe, kinds: [...manifest.safe.kinds, 'conflict/none'] } },
    { ...manifest, safe: { ...manifest.safe, assumptions: ['nobody opens the window'] } },
  ]
  for (const other of wrong) {
    writeFileSync(file, JSON.stringify(other))
    expect((await run(['verify', 'good'])).code).toBe(1)
  }
  writeFileSync(file, JSON.stringify(manifest))
  expect((await run(['verify', 'good'])).code).toBe(0)
})
