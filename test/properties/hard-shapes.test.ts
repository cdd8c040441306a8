/** Shapes that make searches run away: each ends in a proof, a certified gap or an honest `undecided` within its limit, with bounded memory. */
import { afterAll, describe, expect, it } from 'vitest'
import { randomNumbers } from '../../benchmarks/random.ts'
import { runAssignment } from '../../src/engine.ts'
import type { AssignmentResult } from '../../src/model/assignment.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'

const solvers = createSolvers({ threads: 2 })
afterAll(() => solvers.close())

async function solved(text: string, devices: readonly object[], milliseconds: number): Promise<AssignmentResult> {
  async function* open(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(new TextEncoder().encode(devices.map((device) => JSON.stringify(device)).join('\n')))
  }
  return (await runAssignment({ model: { name: 'model.yaml', text }, open }, solvers, { limits: { milliseconds } })).result
}

/** Devices over 40 regions and 30 sorts of hardware, the first of each far more often. */
function crossing(count: number): readonly object[] {
  const random = randomNumbers(5)
  return Array.from({ length: count }, (_, i) => ({
    id: `d${String(i).padStart(5, '0')}`,
    region: `r${Math.floor(random() * random() * 40)}`,
    hardware: `h${Math.floor(random() * random() * 30)}`,
    load: Math.floor(random() * 10),
    runs: random() < 0.5 ? 'old' : 'mid',
  }))
}

const crossingModel = (constraints: readonly string[]): string => `
fleetproof: 1
context: {region: {text: true}, hardware: {text: true}, load: {int: true}, runs: {text: true}}
devices: devices.ndjson
current: {variant: device.runs}
variants:
  old: {prefers: "0"}
  mid: {prefers: "5 + device.load / 5"}
  new: {prefers: "10 - device.load / 2"}
constraints:
${constraints.map((line) => `  - ${line}`).join('\n')}
objectives: [assigned, preference, changes]
`

describe('hard shapes', () => {
  it('20,000 devices under 40 x 30 crossing caps are solved, every level proved by arithmetic', { timeout: 400_000 }, async () => {
    const model = crossingModel([
      'quota: {variant: new, over: device.region, share: {max: 21%}}',
      'quota: {variant: new, over: device.hardware, share: {max: 19%}}',
      'quota: {variant: mid, over: device.hardware, share: {max: 45%}}',
    ])
    const result = await solved(model, crossing(20_000), 180_000)
    if (result.status !== 'assigned') throw new Error(result.status)
    expect(result.levels.map(({ gap, checkedBy }) => [gap, checkedBy])).toEqual(Array.from({ length: 3 }, () => [0, 'arithmetic']))
    expect(process.memoryUsage().rss).toBeLessThan(2 ** 31)
  })

  it(
    '300 devices that mostly exclude each other end within the limit, and never as an unproved optimum',
    { timeout: 180_000 },
    async () => {
      const random = randomNumbers(9)
      const ids = Array.from({ length: 300 }, (_, i) => `n${i}`)
      const links = ids.flatMap((a, i) => ids.slice(i + 1).flatMap((b) => (random() < 0.3 ? [`{a: ${a}, b: ${b}}`] : [])))
      const model = `
fleetproof: 1
context: {load: {int: true}}
links: {near: [${links.join(', ')}]}
devices: devices.ndjson
variants:
  a: {prefers: "3 + device.load"}
  b: {prefers: "5"}
  c: {prefers: "4"}
constraints:
  - requires_on: {links: near, then: 'there.outcome != "variant" || variant.id != there.id'}
objectives: [assigned, preference]
`
      const devices = ids.map((id) => ({ id, load: Math.floor(random() * 10) }))
      const result = await solved(model, devices, 5_000)
      expect(['assigned', 'undecided']).toContain(result.status)
      if (result.status === 'assigned') for (const { gap, checkedBy } of result.levels) expect(gap > 0 || checkedBy !== 'nobody').toBe(true)
      expect(process.memoryUsage().rss).toBeLessThan(2 ** 31)
    },
  )

  it(
    'quotas that contradict each other across crossing families are impossible, with a core that another solver refutes',
    { timeout: 180_000 },
    async () => {
      const model = crossingModel([
        'quota: {variant: new, over: device.region, share: {max: 10%}}',
        'quota: {variant: new, over: device.hardware, share: {min: 60%}}',
      ])
      const result = await solved(model, crossing(2000), 60_000)
      if (result.status !== 'impossible') throw new Error(result.status)
      expect(result.checkedBy).toBe('other-solver')
      // Some hardware must be given more than its regions take; both quotas are in it, and no hardware but what it takes.
      const told = result.reasons.filter(({ kind }) => kind === 'placement/quota')
      expect(told.some(({ text }) => text.startsWith('at most 10% of the devices in `r'))).toBe(true)
      expect(told.filter(({ text }) => text.startsWith('at least 60% of the devices in `h'))).toHaveLength(1)
    },
  )

  it(
    'what is not decided in time tells the simplest assignment that holds, and what no assignment exceeds',
    { timeout: 180_000 },
    async () => {
      const ids = Array.from({ length: 40 }, (_, i) => `n${i}`)
      const links = ids.flatMap((a, i) => ids.slice(i + 1).map((b) => `{a: ${a}, b: ${b}}`))
      const model = `
fleetproof: 1
context: {load: {int: true}}
links: {near: [${links.join(', ')}]}
devices: devices.ndjson
variants:
  a: {prefers: "3 + device.load"}
  b: {prefers: "5"}
constraints:
  - requires_on: {links: near, then: 'there.outcome != "variant" || variant.id != there.id'}
objectives: [assigned, preference]
`
      const result = await solved(
        model,
        ids.map((id, i) => ({ id, load: i })),
        1,
      )
      if (result.status !== 'undecided') throw new Error(result.status)
      expect(result.known?.levels.map(({ value, bound }) => [value, bound])).toEqual([
        [0, 40],
        [0, ids.reduce((sum, _, i) => sum + Math.max(5, 3 + i), 0)],
      ])
      expect(result.best?.chosen).toHaveLength(40)
    },
  )
})
