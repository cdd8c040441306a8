/** The models whose bundles mutants are tried on: random small ones, and some with what only larger ones have. */
import { parse, stringify } from 'yaml'
import { sitesModel } from '../../../benchmarks/sites-model.ts'
import { mixedKinds, randomFrom, randomModel } from '../../oracle/random-model.ts'

const POLICIES = ['hard', 'hard', 'hard', 'unit', 'unit', 'whole', 'do_not_worsen'] as const

/** `random 7`, `sites 3`, `near 1`: the model text of that name. */
export function modelText(name: string): string {
  const [sort, number] = name.split(' ')
  const seed = Number(number)
  switch (sort) {
    case 'random':
      return randomModel(seed, { policies: POLICIES, kinds: mixedKinds(seed) })
    case 'sites':
      return sites(seed)
    case 'near':
      return near(seed)
    case 'places':
      return places(seed)
    default:
      throw new Error(name)
  }
}

function sites(seed: number): string {
  const { text, devices } = sitesModel({ sites: 3, devices: 4, rooms: 2, seed })
  const rows = devices
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
  return stringify({ ...(parse(text) as object), devices: rows })
}

/** Devices that exclude each other over links, more of them than are listed one by one. */
function near(seed: number): string {
  const random = randomFrom(seed)
  const ids = Array.from({ length: 14 }, (_, at) => `n${at}`)
  return stringify({
    fleetproof: 1,
    context: { load: { int: true }, running: { text: true } },
    links: { near: ids.flatMap((a, at) => ids.slice(at + 1).flatMap((b) => (random() < 0.3 ? [{ a, b }] : []))) },
    devices: ids.map((id) => ({ id, load: Math.floor(random() * 9), running: random() < 0.5 ? 'b' : 'c' })),
    current: { variant: 'device.running' },
    variants: { a: { prefers: '3 + device.load' }, b: { prefers: '5' }, c: { prefers: '2' } },
    constraints: [
      { requires_on: { links: 'near', then: 'there.outcome != "variant" || variant.id != "a" || there.variant.id != "a"' } },
      seed % 2 === 0 ? { quota: { variant: 'a', max: 4 } } : { quota: { variant: 'b', share: { max: '30%' } }, soft: { weight: 3 } },
    ],
    objectives: ['assigned', ...(seed % 2 === 0 ? [] : ['soft']), 'preference', 'changes'],
  })
}

/** Rooms in which variants go apart or together, limits by room, and shares of the whole fleet. */
function places(seed: number): string {
  const random = randomFrom(seed + 99)
  const devices = Array.from({ length: 18 }, (_, at) => ({
    id: `p${at}`,
    room: `r${at % 4}`,
    load: Math.floor(random() * 9),
    old: random() < 0.4,
    running: ['a', 'b', 'c'][Math.floor(random() * 3)],
  }))
  const uses = [
    { apart: { over: 'device.room', variants: ['a', 'b'] } },
    { together: { over: 'device.room', of: 'device.old' } },
    { spread: { over: 'device.room', max_share: '60%' } },
    { spread: { over: 'device.room', max_skew: 2 } },
    { spread: { over: 'device.room', min_distinct: 2 } },
    { risk: { per: 'variant.id == "a" ? 3 : 1', over: 'device.room', sum: 9 } },
    { at_most_changes: { max: '40%', over: 'device.room' } },
    { diversity: { at_least: 3 } },
  ]
  return stringify({
    fleetproof: 1,
    context: { room: { text: true }, load: { int: true }, old: { bool: true }, running: { text: true } },
    devices,
    current: { variant: 'device.running' },
    variants: { a: { prefers: '3 + device.load' }, b: { prefers: '5', requires: '!device.old' }, c: { prefers: 'device.load / 2' } },
    constraints: [
      uses[seed % uses.length],
      uses[(seed + 3) % uses.length],
      { quota: { variant: 'a', share: { max: '35%' } } },
      { quota: { variant: 'c', min: 3 }, ...(seed % 3 === 0 ? { soft: { weight: 4, per: 'whole' } } : {}) },
    ],
    objectives: ['assigned', 'soft', 'preference', 'changes'],
  })
}
