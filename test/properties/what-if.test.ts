/** Edits: every form, what they change and nothing else; and the numbers behind a limit. */
import { describe, expect, it } from 'vitest'
import { limitEdits } from '../../src/explain/limit-edits.ts'
import { editFleet } from '../../src/model/edit-fleet.ts'
import { readFleetModel } from '../../src/model/read-fleet-model.ts'
import { readEdits } from '../../src/model/what-if.ts'
import type { FleetModel } from '../../src/model/fleet-model.ts'
import { smallFleet } from '../oracle/small-fleet.ts'

const text = `fleetproof: 1
context: {ram: {int: MB}, site: {text: true}, fast: {bool: true}}
devices: [{id: gw.1, ram: 64, site: a}, {id: gw-2, ram: 512, site: b, fast: true}]
variants:
  eco: {}
  edge-2: {requires: device.ram >= 256}
constraints:
  - quota: {variant: eco, over: device.site, share: {max: 30%}}
  - quota: {variant: edge-2, min: 1}
  - forbid: {variant: eco, of: device.fast}
`

function edited(...edits: string[]): FleetModel {
  const read = readEdits(edits)
  const model = read.ok ? readFleetModel({ name: 'model.yaml', text }, read.value) : read
  if (!model.ok) throw new Error(model.diagnostics.map(({ code, message }) => `${code} ${message}`).join('\n'))
  return model.value
}

describe('edits of a model', () => {
  it('set, through the only way down, and quoted', () => {
    const whole = edited('constraints[0].quota.share.max = 40%').constraints[0]!.parameters
    expect(whole).toMatchObject({ share: { max: '40%' } })
    expect(edited('constraints[0].max = 40%').constraints[0]!.parameters).toEqual(whole)
    expect(edited('constraints[0]["quota"].share.max = 40%').constraints[0]!.parameters).toEqual(whole)
    expect(edited('variants.edge-2.requires = device.site == "a" && device.ram > 1').variants[1]!.requires?.text).toBe(
      'device.site == "a" && device.ram > 1',
    )
    expect(edited('variants.edge-2.requires = !device.fast').variants[1]!.requires?.text).toBe('!device.fast')
    expect(edited('objectives = [changes, assigned]').objectives).toEqual([{ is: 'changes' }, { is: 'assigned' }])
  })

  it('drop by the numbers of the text, whatever was dropped before', () => {
    const { constraints } = edited('drop constraints[0]', 'drop constraints[1]')
    expect(constraints.map(({ kind, index }) => [kind, index])).toEqual([['placement/forbid', 0]])
    // Places are still those of the text.
    expect(constraints[0]!.at.range?.start.line).toBe(10)
    expect(edited('drop variants.edge-2.requires').variants[1]!.requires).toBeUndefined()
  })

  it('pin a device', () => {
    expect(edited('pin gw-2 to eco').constraints[3]).toMatchObject({
      kind: 'placement/pin',
      parameters: { of: 'device.id == "gw-2"', variant: 'eco' },
      index: 3,
    })
  })

  it('set a value of a device, and leave the rest', () => {
    const { model, fleet } = smallFleet(text)
    const read = readEdits(['devices.gw-2.ram = 7', 'devices["gw.1"].site = c', 'devices.gw-2.fast = null'])
    const after = read.ok ? editFleet(model, fleet, read.value) : read
    if (!after.ok) throw new Error(JSON.stringify(after.diagnostics))
    const values = (name: string): unknown[] => {
      const column = after.value.columns[name]!
      return column.is === 'numbers'
        ? [...column.numbers]
        : Array.from(column.codes, (code) => (code < 0 ? undefined : column.values[code]))
    }
    expect(values('ram')).toEqual([64, 7])
    expect(values('site')).toEqual(['c', 'b'])
    expect(values('fast')).toEqual([undefined, undefined])
    expect(fleet.columns['ram']).toMatchObject({ numbers: Float64Array.from([64, 512]) })
  })

  it.each([
    ['constraints[7].max = 1', 'what-if/path there is no `constraints[7]`: `constraints` has the entries 0 to 2'],
    ['constrants[0].max = 1', 'what-if/path the model has no `constrants`'],
    ['variants.edge-3.requires = true', 'what-if/path `variants` has no `edge-3`'],
    ['constraints[0].quota.share.maxi = 3%', 'what-if/path `constraints[0].quota.share` has no `maxi`'],
    ['variants.eco[0] = 1', 'what-if/path there is no `variants.eco[0]`: `variants.eco` is no list'],
    ['= 4', 'what-if/form'],
    ['drop', 'what-if/form'],
    ['devices.gw-2 = 4', 'what-if/form'],
    ['a..b = 4', 'what-if/form'],
    ['pin gw-2 to nothing-like-it', 'ok'],
  ])('say what is wrong with %s', (edit, wanted) => {
    let said = 'ok'
    try {
      edited(edit)
    } catch (error) {
      said = (error as Error).message
    }
    expect(said).toContain(wanted)
  })
})

describe('limits behind a row', () => {
  it.each([
    [{ min: 200 }, { side: 'lower', limit: 200, target: 143, devices: 500 }, 'min 200 -> 143'],
    [{ share: { max: '30%' } }, { side: 'upper', limit: 13, target: 14, devices: 46 }, 'share.max 30% -> 31%'],
    [{ share: { min: '1/3' } }, { side: 'lower', limit: 334, target: 333, devices: 1000 }, 'share.min 1/3 -> 33.3%'],
    [{ share: { max: '12.5 %' } }, { side: 'upper', limit: 125, target: 126, devices: 1001 }, 'share.max 12.5 % -> 12.6%'],
    [{ limit: '500 MB' }, { side: 'upper', limit: 500_000_000, target: 540_000_001, devices: 4 }, 'limit 500 MB -> 541 MB'],
    [{ min: 2, max: 2 }, { side: 'upper', limit: 2, target: 3, devices: 9 }, 'max 2 -> 3'],
    [{ min: 2, max: 2 }, { side: 'lower', limit: 2, target: 1, devices: 9 }, 'min 2 -> 1'],
    [{ of: 'device.ram >= 2' }, { side: 'lower', limit: 2, target: 1, devices: 9 }, ''],
  ] as const)('%j', (parameters, wish, wanted) => {
    const [first] = limitEdits(parameters, wish)
    expect(first === undefined ? '' : `${first.path.join('.')} ${first.from} -> ${first.to}`).toBe(wanted)
  })
})
