/** The whole walk, from a text to a checked answer, agrees with the meaning by device, and says why where there is nothing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assign } from '../../src/engine.ts'
import { explain } from '../../src/engine-explain.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import type { Solvers } from '../../src/solve/solvers.ts'
import { oracleOf } from '../oracle/assignment.ts'
import { randomModel } from '../oracle/random-model.ts'
import { smallFleet } from '../oracle/small-fleet.ts'

const SEEDS = process.env['FLEETPROOF_LONG'] === undefined ? 60 : 2000

const noFiles = (name: string): AsyncIterable<Uint8Array> => {
  throw new Error(`nothing is to be opened, yet ${name} was`)
}

describe('assign', () => {
  let solvers: Solvers
  beforeAll(() => {
    solvers = createSolvers({ threads: 1 })
  })
  afterAll(() => solvers.close())

  it('answers as the meaning by device does, proved, with a reason for every device left out', async () => {
    let [impossible, left] = [0, 0]
    for (let seed = 1000; seed < 1000 + SEEDS; seed++) {
      const text = randomModel(seed, { policies: ['hard', 'hard', 'hard', 'hard', 'hard', 'hard', 'hard', 'unit', 'whole'] })
      const { model, fleet } = smallFleet(text)
      const best = oracleOf(model, fleet).best()
      const result = await assign({ model: { name: 'model.yaml', text }, open: noFiles }, solvers)
      if (best === 'impossible') {
        impossible++
        expect(result, `seed ${seed}`).toMatchObject({ status: 'impossible' })
        if (result.status === 'impossible') expect(result.reasons.length, `seed ${seed}`).toBeGreaterThan(0)
        continue
      }
      expect(result.status, `seed ${seed}`).toBe('assigned')
      if (result.status !== 'assigned') continue
      expect(
        result.levels.map(({ sense, value }) => (sense === 'maximise' ? 0 - value : value)),
        `seed ${seed}`,
      ).toEqual(best.vector.map((value) => value + 0))
      expect(result.optimal, `seed ${seed}`).toBe(true)
      for (const { reasons } of result.unassigned) {
        left++
        expect(new Set(reasons.map(({ variant }) => variant)).size, `seed ${seed}`).toBe(model.variants.length)
        for (const reason of reasons) expect(reason.at, `seed ${seed}`).toBeDefined()
      }
    }
    expect(impossible).toBeGreaterThanOrEqual(0.3 * SEEDS)
    expect(left).toBeGreaterThan(10)
  }, 180_000)

  it('says what a device without a variant lacks', async () => {
    const text = `
fleetproof: 1
context: {ram: {int: MB}, site: {text: true}}
devices:
  - {id: gw-1, ram: 256, site: harbour}
  - {id: gw-2, ram: 512, site: harbour}
  - {id: gw-3, ram: 512, site: harbour}
  - {id: gw-4, site: harbour}
variants:
  eco: {requires: device.ram >= 512}
constraints:
  - quota: {variant: eco, over: device.site, share: {max: 30%}}
`
    const result = await assign({ model: { name: 'model.yaml', text }, open: noFiles }, solvers)
    expect(
      result.status === 'assigned' && result.unassigned.map(({ device, reasons }) => [device, ...reasons.map((reason) => reason.text)]),
    ).toEqual([
      ['gw-1', 'needs device.ram >= 512, has 256 MB'],
      ['gw-2', 'possible, but at most 30% of the devices in `harbour` run `eco`: at most 1 of 4, and 1 does'],
      ['gw-4', 'needs device.ram >= 512, but device.ram is not known'],
    ])
  })

  it('explains one device: what it could run, what stands against the rest', async () => {
    const text = `
fleetproof: 1
context: {ram: {int: MB}, running: {text: true}}
devices:
  - {id: gw-1, ram: 512, running: full}
  - {id: gw-2, ram: 256, running: full}
current: {variant: device.running}
variants:
  eco: {prefers: 3}
  full: {requires: device.ram >= 512, prefers: 5}
  preview: {prefers: 9}
constraints:
  - forbid: {variant: preview, of: "true"}
`
    const { explanation } = await explain({ model: { name: 'model.yaml', text }, open: noFiles }, 'gw-2', solvers)
    expect(explanation).toMatchObject({
      device: 'gw-2',
      chosen: { id: 'eco' },
      before: { id: 'full' },
      variants: [
        { variant: 'eco', status: 'runs', preference: 3, changes: true },
        { variant: 'full', status: 'excluded', reasons: [{ text: 'needs device.ram >= 512, has 256 MB' }] },
        {
          variant: 'preview',
          status: 'excluded',
          preference: 9,
          reasons: [{ text: 'possible, but devices where `true` never run `preview`' }],
        },
      ],
    })
    const other = await explain({ model: { name: 'model.yaml', text }, open: noFiles }, 'gw-9', solvers)
    expect(other.explanation).toBeUndefined()
  })

  it('names what cannot hold together', async () => {
    const text = `
fleetproof: 1
context: {accelerator: {enum: [none, tpu]}, environment: {enum: [production, staging]}}
devices:
  - {id: gw-1, accelerator: tpu, environment: production}
  - {id: gw-2, accelerator: none, environment: production}
  - {id: gw-3, accelerator: none, environment: staging}
variants:
  preview: {requires: device.accelerator == "tpu"}
constraints:
  - quota: {variant: preview, of: device.environment == "production", min: 2}
`
    const result = await assign({ model: { name: 'tight.yaml', text }, open: noFiles }, solvers)
    expect(
      result.status === 'impossible' && {
        by: result.checkedBy,
        repairs: result.repairs,
        reasons: result.reasons.map(({ kind, text: said, at }) => [kind, said, at?.range?.start.line]),
      },
    ).toEqual({
      by: 'other-solver',
      repairs: [
        { text: 'quota (constraints[0]): min 2 -> 1', edits: ['constraints[0].quota.min = 1'] },
        {
          text: 'drop quota (constraints[0]): at least 2 of the devices where `device.environment == "production"` run `preview`',
          edits: ['drop constraints[0]'],
        },
        {
          text: 'drop `device.accelerator == "tpu"` of `preview` (then 3 devices can run it)',
          edits: ['drop variants.preview.requires'],
        },
      ],
      reasons: [
        ['placement/quota', 'at least 2 of the devices where `device.environment == "production"` run `preview`', 11],
        ['placement/requirement', 'device.accelerator == "tpu"', 9],
        ['placement/devices', 'only 1 of the 2 devices that it speaks of can', undefined],
      ],
    })
  })
})
