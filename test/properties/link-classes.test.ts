/** Classes under links lose nothing: on random meshes the best by class is the best by device, listed and judged here in plain words. */
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { placementConstraints } from '../../constraints/placement.ts'
import { reported } from '../../constraints/problem-reading.ts'
import { compileAssignment } from '../../src/compile/assignment.ts'
import { splitComponents } from '../../src/compile/components.ts'
import { expandCounts } from '../../src/compile/expand.ts'
import { withLinks } from '../../src/formats/link-tables.ts'
import { bestByListing, lexicographic } from '../oracle/columns.ts'
import { randomFrom } from '../oracle/random-model.ts'
import { smallFleet } from '../oracle/small-fleet.ts'

interface Device {
  readonly id: string
  readonly rank: number
  readonly running?: string
  readonly hub?: string
}
interface Link {
  readonly a: string
  readonly b: string
  readonly kind: string
}
interface Pair {
  readonly from: Device
  readonly to: Device
  readonly kind?: string
}
/** What runs, by device; `none` is no variant. */
type State = readonly string[]
type Test = (here: string, there: string, pair: Pair) => boolean

const VERSION: Readonly<Record<string, number>> = { A: 1, B: 2, C: 3 }
const version = (id: string): number => VERSION[id] ?? 0

/** Demands as they are written, and as they are meant. A comparison with what `none` does not have is not satisfied. */
const THEN: readonly (readonly [string, Test])[] = [
  ['there.id == variant.id', (here, there) => here === there],
  ['there.id != variant.id', (here, there) => there !== 'none' && here !== there],
  ['there.outcome == "none" || there.id != variant.id', (here, there) => here !== there],
  ['there.version.atLeast("2.0.0")', (_, there) => version(there) >= 2],
  ['there.version >= variant.version', (here, there) => there !== 'none' && version(there) >= version(here)],
  ['there.device.rank >= device.rank || there.id == "A"', (_, there, { from, to }) => to.rank >= from.rank || there === 'A'],
]
const ALONG: readonly (readonly [string, Test])[] = [
  ...THEN,
  ['link.kind == "vpn" || there.id == variant.id', (here, there, { kind }) => kind === 'vpn' || here === there],
]
const IF: readonly (readonly [string | undefined, (here: string) => boolean])[] = [
  [undefined, () => true],
  ['variant.id != "B"', (here) => here !== 'B'],
  ['variant.version.atLeast("2.0.0")', (here) => version(here) >= 2],
]
const POLICIES = [{}, {}, {}, {}, { soft: { weight: 2 } }, { soft: { weight: 3, per: 'whole' } }, { do_not_worsen: true }] as const

function meshes(seed: number) {
  const random = randomFrom(seed)
  const below = (n: number): number => Math.floor(random() * n)
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!
  const size = 3 + below(4)
  const names = size > 5 ? ['A', 'B'] : ['A', 'B', 'C']
  const same = random() < 0.6
  const devices = Array.from({ length: size }, (_, i): Device => {
    const running = random() < 0.4 ? { running: pick(names) } : {}
    const hub = random() < 0.5 ? { hub: `d${pick([0, 0, 0, 1, below(size)])}` } : {}
    return { id: `d${i}`, rank: same ? 1 : 1 + below(2), ...(same ? (i < 2 ? {} : { running: 'A' }) : running), ...hub }
  })
  const shape = below(4)
  const linked = (i: number, k: number): boolean => {
    switch (shape) {
      case 0: // two sides, all across
        return i % 2 !== k % 2
      case 1: // a ring
        return k === i + 1 || (i === 0 && k === size - 1)
      case 2: // a star
        return i === 0
      default:
        return random() < 0.4
    }
  }
  const links: Link[] = []
  for (let i = 0; i < size; i++)
    for (let k = i + 1; k < size; k++)
      if (linked(i, k)) {
        const [a, b] = random() < 0.5 ? [i, k] : [k, i]
        links.push({ a: `d${a}`, b: `d${b}`, kind: random() < 0.8 ? 'wifi' : 'vpn' })
      }
  const uses = Array.from({ length: 1 + below(2) }, () => {
    const table = random() < 0.65
    const [then, holds] = pick(table ? ALONG : THEN)
    const [condition, asks] = pick(IF)
    const wifi = table && random() < 0.3
    const entry = {
      ...(table ? { links: 'mesh', ...(wifi ? { where: 'link.kind == "wifi"' } : {}) } : { device: 'device.hub' }),
      ...(condition === undefined ? {} : { if: condition }),
      then,
    }
    return { table, wifi, holds, asks, entry, policy: pick(POLICIES) }
  })
  const needy = random() < 0.8
  const most = Math.ceil(size / names.length) + (random() < 0.8 ? 0 : 1)
  const text = stringify({
    fleetproof: 1,
    context: { rank: { int: true }, running: { text: true }, hub: { device: true } },
    links: { mesh: links.length === 0 ? [{ a: 'd0', b: 'd0', kind: 'wifi' }] : links },
    devices,
    current: { variant: 'device.running' },
    variants: {
      A: { version: '1.0.0', prefers: 2 },
      B: { version: '2.0.0', prefers: 'device.rank' },
      ...(names.includes('C') ? { C: { version: '3.0.0', prefers: 1 } } : {}),
    },
    constraints: [
      ...uses.map(({ entry, policy }) => ({ requires_on: entry, ...policy })),
      ...(needy ? [{ quota: { variants: names, min: size } }, ...names.map((variant) => ({ quota: { variant, max: most } }))] : []),
    ],
  })
  return { text, devices, links, uses, names, needy, most }
}

type Mesh = ReturnType<typeof meshes>

/** The minimised levels of a state, or nothing where something hard is broken. */
function judge({ devices, links, uses, needy, most }: Mesh, state: State): number[] | undefined {
  const at = (id: string): number => devices.findIndex((device) => device.id === id)
  const broken = (one: Mesh['uses'][number], now: State): number => {
    const pairs: Pair[] = one.table
      ? links
          .filter(({ kind }) => !one.wifi || kind === 'wifi')
          .flatMap(({ a, b, kind }) => [
            { from: devices[at(a)]!, to: devices[at(b)]!, kind },
            { from: devices[at(b)]!, to: devices[at(a)]!, kind },
          ])
      : devices.flatMap((from) => (from.hub === undefined ? [] : [{ from, to: devices[at(from.hub)]! }]))
    return pairs.filter((pair) => {
      const [here, there] = [now[at(pair.from.id)]!, now[at(pair.to.id)]!]
      return here !== 'none' && one.asks(here) && !one.holds(here, there, pair)
    }).length
  }
  const today = devices.map(({ running }) => running ?? 'none')
  let [worse, soft] = [0, 0]
  for (const one of uses) {
    const now = broken(one, state)
    if ('do_not_worsen' in one.policy) {
      if (now > broken(one, today)) return undefined
      worse += now
    } else if ('soft' in one.policy) soft += one.policy.soft.weight * ('per' in one.policy.soft ? Math.min(1, now) : now)
    else if (now > 0) return undefined
  }
  if (needy && (state.includes('none') || ['A', 'B', 'C'].some((id) => state.filter((one) => one === id).length > most))) return undefined
  const assigned = state.filter((id) => id !== 'none').length
  const worth = (id: string, { rank }: Device): number => (id === 'A' ? 2 : id === 'B' ? rank : id === 'C' ? 1 : 0)
  const preference = state.reduce((sum, id, i) => sum + worth(id, devices[i]!), 0)
  const changes = state.filter((id, i) => id !== today[i]).length
  const levels = uses.some(({ policy }) => 'soft' in policy) ? [-assigned, soft, -preference, changes] : [-assigned, -preference, changes]
  return uses.some(({ policy }) => 'do_not_worsen' in policy) ? [worse, ...levels] : levels
}

function bestByDevice(mesh: Mesh): readonly number[] | undefined {
  let best: readonly number[] | undefined
  const visit = (state: readonly string[]): void => {
    if (state.length < mesh.devices.length) {
      for (const id of ['none', ...mesh.names]) visit([...state, id])
      return
    }
    const levels = judge(mesh, state)
    if (levels !== undefined && (best === undefined || lexicographic(levels, best) < 0)) best = levels
  }
  visit([])
  return best
}

function compiled(text: string) {
  const linked = withLinks(smallFleet(text), new Map())
  if (!linked.ok) throw new Error(JSON.stringify(linked.diagnostics))
  const { model, fleet } = linked.value
  const read = compileAssignment(model, fleet, placementConstraints)
  if (!read.ok) throw new Error(`${JSON.stringify(read.diagnostics)}\n${text}`)
  return { fleet, problem: read.value.problem, classes: read.value.classes }
}

const SEEDS = process.env['FLEETPROOF_LONG'] === undefined ? 250 : 10_000

describe('classes under links', () => {
  it('reach the best by device on random meshes', () => {
    let [compared, impossible, merged, linkedTwins, split] = [0, 0, 0, 0, 0]
    for (let seed = 0; seed < SEEDS; seed++) {
      const mesh = meshes(seed)
      const { fleet, problem, classes } = compiled(mesh.text)
      if (problem.auxiliaries.length > 5) continue
      const said = `seed ${seed}\n${mesh.text}`
      compared++
      if (classes.count < fleet.size) merged++
      const sizes = Array.from({ length: classes.count }, (_, c) => classes.memberStart[c + 1]! - classes.memberStart[c]!)
      const ends = mesh.links.map(({ a, b }) => [a, b].map((id) => sizes[classes.classOf[fleet.ids.indexOf(id)]!]!))
      if (ends.some((both) => Math.max(...both) > 1)) linkedTwins++

      const expected = bestByDevice(mesh)
      const best = bestByListing(problem)
      if (expected === undefined) {
        impossible++
        expect(best, said).toBeUndefined()
        continue
      }
      expect(best?.minimised, said).toEqual(expected.map((value) => value + 0))
      const state = Array.from(expandCounts(problem, best!.counts), (choice) => problem.choices[choice]!.id)
      expect(judge(mesh, state), `expanded, ${said}`).toEqual(expected)
      const parts = splitComponents(problem)
      if (parts.length > 1) split++
      const found = parts.map((part) => bestByListing(part.problem))
      const sums = problem.levels.map((_, level) => found.reduce((sum, part) => sum + part!.minimised[level]!, 0))
      expect(sums, `split, ${said}`).toEqual(best?.minimised)
    }
    expect(compared).toBeGreaterThan(0.8 * SEEDS)
    expect(impossible).toBeGreaterThan(0.1 * compared)
    expect(merged).toBeGreaterThan(0.2 * compared)
    expect(linkedTwins).toBeGreaterThan(0.05 * compared)
    expect(split).toBeGreaterThan(0.05 * compared)
  }, 120_000)

  it('tell a ring of six from two rings of three, which look the same from every device', () => {
    const ring = (ids: readonly string[]): Link[] => ids.map((a, i) => ({ a, b: ids[(i + 1) % ids.length]!, kind: 'wifi' }))
    const ids = ['d0', 'd1', 'd2', 'd3', 'd4', 'd5']
    const assigned = (links: readonly Link[]): number => {
      const text = stringify({
        fleetproof: 1,
        links: { mesh: links },
        devices: ids.map((id) => ({ id })),
        variants: { A: {}, B: {} },
        constraints: [{ requires_on: { links: 'mesh', then: 'there.outcome == "none" || there.id != variant.id' } }],
      })
      const { problem } = compiled(text)
      return reported(problem, 0, bestByListing(problem)!.minimised[0]!)
    }
    expect(assigned(ring(ids))).toBe(6)
    expect(assigned([...ring(ids.slice(0, 3)), ...ring(ids.slice(3))])).toBe(4)
  })

  it('keep the devices of a star together, and only one side of two that are linked all across', () => {
    const fleet = (devices: readonly object[], links: readonly Link[], use: object): number => {
      const text = stringify({
        fleetproof: 1,
        context: { hub: { device: true } },
        links: { mesh: links },
        devices,
        variants: { A: {}, B: {} },
        constraints: [{ requires_on: { ...use, then: 'there.id == variant.id' } }],
      })
      return compiled(text).classes.count
    }
    const leaves = ['l0', 'l1', 'l2', 'l3']
    expect(fleet([{ id: 'h' }, ...leaves.map((id) => ({ id, hub: 'h' }))], [{ a: 'h', b: 'h', kind: 'x' }], { device: 'device.hub' })).toBe(
      2,
    )
    const across = ['r0', 'r1', 'r2'].flatMap((b) => leaves.map((a) => ({ a, b, kind: 'x' })))
    expect(
      fleet(
        [...leaves, 'r0', 'r1', 'r2'].map((id) => ({ id })),
        across,
        { links: 'mesh' },
      ),
    ).toBe(4)
  })
})
