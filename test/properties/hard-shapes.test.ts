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

/** Every level, `levels` of them, is proved optimal by arithmetic, in less than 2 GiB. */
async function proved(
  text: string,
  devices: readonly object[],
  milliseconds: number,
  levels: number,
): Promise<Extract<AssignmentResult, { readonly status: 'assigned' }>> {
  const result = await solved(text, devices, milliseconds)
  if (result.status !== 'assigned') throw new Error(result.status)
  expect(result.levels.map(({ gap, checkedBy }) => [gap, checkedBy])).toEqual(Array.from({ length: levels }, () => [0, 'arithmetic']))
  expect(process.memoryUsage().rss).toBeLessThan(2 ** 31)
  return result
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

const without = (list: readonly string[], one: string): readonly string[] => list.filter((other) => other !== one)

/** By the theorem of max-flow and min-cut: some of the hardware needs more than all regions together can give to its devices. */
function contradict(
  devices: readonly { readonly region: string; readonly hardware: string }[],
  regions: readonly string[],
  hardware: readonly string[],
): boolean {
  const all = [...new Set(devices.map(({ region }) => region))]
  const cap = (region: string): number =>
    regions.includes(region) ? Math.floor(devices.filter((device) => device.region === region).length / 10) : Infinity
  const caps = new Map(all.map((region) => [region, cap(region)]))
  expect(hardware.length).toBeLessThan(6)
  return Array.from({ length: 2 ** hardware.length - 1 }, (_, at) => hardware.filter((_name, bit) => ((at + 1) >> bit) & 1)).some(
    (some) => {
      const needed = some.reduce((sum, one) => sum + Math.ceil(devices.filter((device) => device.hardware === one).length * 0.6), 0)
      const own = devices.filter((device) => some.includes(device.hardware))
      const given = all.reduce(
        (sum, region) => sum + Math.min(caps.get(region)!, own.filter((device) => device.region === region).length),
        0,
      )
      return needed > given
    },
  )
}

describe('hard shapes', () => {
  it('20,000 devices under 40 x 30 crossing caps are solved, every level proved by arithmetic', { timeout: 400_000 }, async () => {
    const model = crossingModel([
      'quota: {variant: new, over: device.region, share: {max: 21%}}',
      'quota: {variant: new, over: device.hardware, share: {max: 19%}}',
      'quota: {variant: mid, over: device.hardware, share: {max: 45%}}',
    ])
    await proved(model, crossing(20_000), 180_000, 3)
  })

  it('4,000 devices of which no two are alike are assigned, every level proved by arithmetic', { timeout: 180_000 }, async () => {
    const random = randomNumbers(3)
    const variants = Array.from({ length: 20 }, (_, v) => `v${v}`)
    const devices = Array.from({ length: 4000 }, (_, i) => ({
      id: `d${String(i).padStart(4, '0')}`,
      site: `s${i % 50}`,
      ...Object.fromEntries(variants.map((name) => [name, Math.floor(random() * 1000)])),
      runs: variants[Math.floor(random() * 20)]!,
    }))
    const model = `
fleetproof: 1
context: {site: {text: true}, runs: {text: true}, ${variants.map((name) => `${name}: {int: true}`).join(', ')}}
devices: devices.ndjson
current: {variant: device.runs}
variants: {${variants.map((name) => `${name}: {prefers: device.${name}}`).join(', ')}}
constraints:
${variants.map((name, v) => `  - quota: {variant: ${name}, share: {max: ${4 + (v % 5)}%}}`).join('\n')}
  - quota: {variant: v0, min: 2, over: device.site}
objectives: [assigned, preference, changes]
`
    expect((await proved(model, devices, 120_000, 3)).statistics.classes).toBe(4000)
  })

  it(
    'minimum shares beside crossing caps on 20,000 devices are solved, every level proved by arithmetic',
    { timeout: 400_000 },
    async () => {
      const model = crossingModel([
        'quota: {variant: new, over: device.region, share: {max: 30%}}',
        'quota: {variant: new, over: device.hardware, share: {min: 10%, max: 22%}}',
        'quota: {variant: mid, over: device.hardware, share: {max: 45%}}',
        'quota: {variant: old, over: device.region, share: {min: 15%}}',
      ])
      await proved(model, crossing(20_000), 180_000, 3)
    },
  )

  it('60 devices of which four fifths of all pairs exclude each other are proved', { timeout: 180_000 }, async () => {
    const random = randomNumbers(21)
    const ids = Array.from({ length: 60 }, (_, i) => `n${String(i).padStart(2, '0')}`)
    const links = ids.flatMap((a, i) => ids.slice(i + 1).flatMap((b) => (random() < 0.8 ? [`{a: ${a}, b: ${b}}`] : [])))
    const model = `
fleetproof: 1
context: {load: {int: true}}
links: {near: [${links.join(', ')}]}
devices: devices.ndjson
variants:
  a: {prefers: "3 + device.load"}
  b: {prefers: "1"}
constraints:
  - requires_on: {links: near, if: 'variant.id == "a"', then: 'there.outcome != "variant" || there.id != "a"'}
objectives: [assigned, preference]
`
    const devices = ids.map((id) => ({ id, load: Math.floor(random() * 10) }))
    expect((await proved(model, devices, 150_000, 2)).optimal).toBe(true)
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
    { timeout: 300_000 },
    async () => {
      const model = crossingModel([
        'quota: {variant: new, over: device.region, share: {max: 10%}}',
        'quota: {variant: new, over: device.hardware, share: {min: 60%}}',
      ])
      const result = await solved(model, crossing(20_000), 120_000)
      if (result.status !== 'impossible') throw new Error(result.status)
      expect(result.checkedBy).toBe('other-solver')
      const told = result.reasons.filter(({ kind }) => kind === 'placement/quota').map(({ text }) => text)
      const named = (limit: string): readonly string[] =>
        told.filter((text) => text.startsWith(limit)).map((text) => /`(\w+)` run `new`$/.exec(text)![1]!)
      const [regions, hardware] = [named('at most 10% of the devices in'), named('at least 60% of the devices in')]
      expect(regions.length + hardware.length).toBe(told.length)
      const devices = crossing(20_000) as readonly { readonly region: string; readonly hardware: string }[]
      expect(contradict(devices, regions, hardware)).toBe(true)
      for (const one of regions) expect(contradict(devices, without(regions, one), hardware), one).toBe(false)
      for (const one of hardware) expect(contradict(devices, regions, without(hardware, one)), one).toBe(false)
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
