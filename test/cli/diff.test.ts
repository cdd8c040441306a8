/** `diff` between results that differ in every way, and results that are broken. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, folderWith } from '../fixtures/command-line.ts'

const model = (devices: string): string => `fleetproof: 1
context: {ram: {int: MB}, running: {text: true}, fast: {bool: true}}
devices: [${devices}]
current: {variant: device.running}
variants:
  small: {requires: device.ram >= 32, prefers: '1'}
  large:
    requires: device.ram >= 256
    prefers: '5'
    settings: {mode: {enum: [x, y]}}
    rules: [{if: settings.mode == "x", then: device.fast}]
`

let place: ReturnType<typeof folderWith>
beforeAll(async () => {
  place = folderWith({
    'monday.yaml': model(
      '{id: a, ram: 64}, {id: b, ram: 512, fast: true}, {id: c, ram: 16}, {id: d, ram: 64}, {id: e, ram: 512, fast: true}, {id: gone, ram: 64}',
    ),
    'tuesday.yaml': model(
      '{id: a, ram: 512, fast: true}, {id: b, ram: 512, fast: false}, {id: c, ram: 64}, {id: d, ram: 16}, {id: e, ram: 512, fast: true}, {id: new, ram: 64}',
    ),
  })
  for (const day of ['monday', 'tuesday']) await call(['assign', `${day}.yaml`, '--out', day], { workingDirectory: place.folder })
})
afterAll(() => place.remove())

const diff = (...words: string[]) => call(['diff', ...words], { workingDirectory: place.folder })

describe('diff', () => {
  it('tells gained, lost, moved, only settings, appeared and gone', async () => {
    const { code, out } = await diff('monday', 'tuesday', '--json')
    expect(code).toBe(0)
    const { counts, variants, changes, schemaVersion } = JSON.parse(out) as Record<string, unknown>
    expect(schemaVersion).toBe(1)
    expect(counts).toEqual({ gained: 1, lost: 1, moved: 1, settings: 1, appeared: 1, gone: 1, unchanged: 1 })
    expect(variants).toEqual([
      { name: 'large', before: 2, after: 3 },
      { name: 'small', before: 3, after: 2 },
      { name: 'none', before: 1, after: 1 },
    ])
    const settings = { outcome: 'variant', variant: 'large' }
    expect(changes).toMatchObject([
      { device: 'a', change: 'moved', from: { variant: 'small' }, to: { variant: 'large' } },
      { device: 'b', change: 'settings', from: { ...settings, settings: { mode: 'x' } }, to: { ...settings, settings: { mode: 'y' } } },
      { device: 'c', change: 'gained', from: { outcome: 'none', variant: null } },
      { device: 'd', change: 'lost', to: { outcome: 'none', variant: null } },
      { device: 'gone', change: 'gone', to: null },
      { device: 'new', change: 'appeared', from: null },
    ])
  })

  it('writes one line a device', async () => {
    const { out } = await diff('monday', 'tuesday', '--ndjson')
    expect(out.trim().split('\n')).toHaveLength(6)
  })

  it('turns around when its arguments do', async () => {
    const counts = async (...days: string[]): Promise<Record<string, number>> =>
      (JSON.parse((await diff(...days, '--json')).out) as { counts: Record<string, number> }).counts
    const [there, back] = [await counts('monday', 'tuesday'), await counts('tuesday', 'monday')]
    expect(back).toEqual({ ...there, gained: there['lost'], lost: there['gained'], appeared: there['gone'], gone: there['appeared'] })
  })

  it('compares a result with what runs today, by the model that it was made from', async () => {
    const { code, out } = await diff('monday')
    expect(code).toBe(0)
    expect(out).toContain('today -> monday')
    expect(out).toContain('gained 5')
  })

  it('refuses what is no result', async () => {
    const broken = folderWith({})
    const wreck = async (name: string, change: (folder: string) => void): Promise<{ readonly code: number; readonly error: string }> => {
      await call(['assign', join(place.folder, 'monday.yaml'), '--out', name], { workingDirectory: broken.folder })
      change(join(broken.folder, name))
      return call(['diff', name, join(place.folder, 'tuesday')], { workingDirectory: broken.folder })
    }
    try {
      const lines = (folder: string): string => join(folder, 'devices.ndjson')
      const bad = await wreck('line', (folder) => writeFileSync(lines(folder), readFileSync(lines(folder), 'utf8').replace('"a"', '17')))
      expect(bad).toMatchObject({ code: 3 })
      expect(bad.error).toContain('bundle/broken-line')
      const cut = await wreck('cut', (folder) => writeFileSync(lines(folder), readFileSync(lines(folder), 'utf8').replace(/^.*\n/, '')))
      expect(cut).toMatchObject({ code: 3 })
      expect(cut.error).toContain('the manifest counts 6 devices, the lines are 5')
      const without = await wreck('without', (folder) => rmSync(lines(folder)))
      expect(without).toMatchObject({ code: 3 })
      expect(without.error).toContain('there is no such file')
      const newer = await wreck('newer', (folder) => {
        const manifest = join(folder, 'manifest.json')
        writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(/"formatVersion": ?\d+/, '"formatVersion": 99'))
      })
      expect(newer).toMatchObject({ code: 3 })
      expect(newer.error).toContain('verify/newer-format')
    } finally {
      broken.remove()
    }
  })
})
