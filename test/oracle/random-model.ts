/** Seeded random fleet models as YAML texts: small enough to list every assignment, varied enough that every kind and policy decides something. */
import { stringify } from 'yaml'
import { MORE_KINDS, moreParameters, withMore } from './random-kinds.ts'

export type Random = () => number

/** mulberry32: numbers in [0, 1), the same for the same seed. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** The kinds that models are made of unless others are asked for, whose models stay the same for the same seed. */
export const KINDS = ['quota', 'pin', 'forbid', 'keep', 'distinct', 'each_used', 'diversity', 'no_conflict'] as const
export const ALL_KINDS = [...KINDS, ...MORE_KINDS] as const
export type Kind = (typeof ALL_KINDS)[number]
/** All kinds, one of them more often by turns, and those that running nothing cannot satisfy: so that each decides something and enough models are impossible. */
export function mixedKinds(seed: number): readonly Kind[] {
  const turns: readonly Kind[] = [...ALL_KINDS, 'apart', 'no_conflict', 'together', 'together']
  const favourite = turns[seed % turns.length]!
  return [
    ...ALL_KINDS,
    ...Array.from({ length: 14 }, () => favourite),
    'quota',
    'quota',
    'quota',
    'quota',
    'pin',
    'pin',
    'pin',
    'each_used',
    'each_used',
    'diversity',
  ]
}
export const POLICIES = ['hard', 'unit', 'whole', 'do_not_worsen'] as const

export interface RandomModelOptions {
  readonly kinds?: readonly Kind[]
  readonly policies?: readonly (typeof POLICIES)[number][]
}

export type Entry = Record<string, unknown>

/** A model with inline devices as a YAML text. */
export function randomModel(seed: number, options: RandomModelOptions = {}): string {
  const random = randomFrom(seed)
  const below = (n: number): number => Math.floor(random() * n)
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!
  const chance = (p: number): boolean => random() < p
  const some = <T>(list: readonly T[], least: number): T[] => {
    const kept = list.filter(() => chance(0.6))
    return kept.length >= least ? kept : list.slice(0, least)
  }

  const names = ['A', 'B', 'C', 'D'].slice(0, 1 + below(4))
  const withSettings = names.filter(() => chance(0.3)).slice(0, 1)
  const size = 2 + below(names.length >= 4 || withSettings.length > 0 ? 3 : 5)
  const devices = Array.from({ length: size }, (_, at) => {
    const device: Entry = { id: `d${at}` }
    const maybe = (name: string, p: number, value: () => unknown): void => {
      if (chance(p)) device[name] = value()
    }
    maybe('ram', 0.9, () => pick([1, 2, 3, 4]))
    maybe('kind', 0.9, () => pick(['a', 'b', 'c']))
    maybe('site', 0.9, () => pick(['north', 'south']))
    maybe('running', 0.7, () => (chance(0.9) ? pick(names) : 'legacy'))
    maybe('runmode', 0.7, () => pick(['x', 'y']))
    maybe('quiet', 0.5, () => chance(0.2))
    maybe('fast', 0.8, () => chance(0.5))
    return device
  })

  const variants: Record<string, Entry> = {}
  for (const name of names) {
    const variant: Entry = {}
    if (chance(0.55))
      variant['requires'] = pick([
        'device.ram >= 2',
        'device.kind in ["a", "b"]',
        'device.kind != "c" || device.fast',
        'has(device.site) && device.ram < 4',
        '!device.fast',
      ])
    if (chance(0.8))
      variant['prefers'] = pick(['3', 'device.ram', '2 * device.ram - 4', 'device.kind == "a" ? 5 : 1', '0 - device.ram.orValue(2)'])
    if (chance(0.4)) variant['version'] = pick(['1.0.0', '2.1.0'])
    if (withSettings.includes(name)) {
      variant['settings'] = { mode: { enum: ['x', 'y'] }, ...(chance(0.4) ? { turbo: { bool: true } } : {}) }
      const rules: Entry[] = []
      if (chance(0.6)) rules.push({ if: 'settings.mode == "y"', then: pick(['device.fast', 'device.ram >= 3']) })
      if (chance(0.3)) rules.push({ if: 'device.fast', then: 'settings.mode == "x"' })
      if (rules.length > 0) variant['rules'] = rules
      if (chance(0.5)) variant['prefers'] = 'settings.mode == "x" ? device.ram.orValue(0) : 2'
    }
    variants[name] = variant
  }

  const selections = ['device.ram >= 2', 'device.kind == "a"', 'device.site == "north"', 'device.fast', 'device.kind in ["a", "b"]', 'true']
  const maybeOf = (p: number): Entry => (chance(p) ? { of: pick(selections) } : {})
  const maybeOver = (p: number): Entry => (chance(p) ? { over: pick(['device.site', 'device.kind', 'device.fast']) } : {})
  const bounds = (): Entry => {
    const n = below(3)
    switch (below(7)) {
      case 0:
        return { min: 1 + n }
      case 1:
        return { max: n }
      case 2:
        return { exact: 1 + n }
      case 3:
        return { multiple_of: 2 }
      case 4:
        return { share: { max: pick(['50%', '33.3%', '1/2', '0%']) } }
      case 5:
        return { share: { min: pick(['20%', '2/3', '50%']), ...(chance(0.4) ? { max: '75%' } : {}) } }
      default:
        return { share: { exact: pick(['50%', '1/3', '100%']) } }
    }
  }
  const which = (): Entry => {
    if (chance(0.15))
      return {
        choose: pick([
          'variant.version.atLeast("2.0.0")',
          'variant.id == "A"',
          ...(withSettings.length > 0 ? ['settings.mode == "x"'] : []),
        ]),
      }
    return chance(0.7) ? { variant: pick(names) } : { variants: some(names, 1) }
  }
  const kinds = options.kinds ?? KINDS
  const parameters: Readonly<Record<Kind, () => Entry>> = {
    ...moreParameters({ below, pick, chance, some, names, settings: withSettings.length > 0, maybeOf, maybeOver }),
    quota: () => ({ ...which(), ...maybeOf(0.4), ...maybeOver(0.4), ...bounds() }),
    pin: () => ({ variant: pick(names), of: pick(selections) }),
    forbid: () => ({ ...(chance(0.7) ? { variant: pick(names) } : { variants: some(names, 1) }), of: pick(selections) }),
    keep: () => ({ of: pick(selections) }),
    distinct: () => ({ of: pick(selections) }),
    each_used: () => ({ variants: some(names, 1) }),
    diversity: () => ({
      ...(chance(0.5) ? { variants: some(names, 1) } : {}),
      ...(chance(0.5) ? { more_than: below(2) } : { at_least: 1 + below(2) }),
      ...maybeOf(0.4),
    }),
    no_conflict: () => ({
      ...maybeOver(0.7),
      ...(chance(0.7)
        ? { pairs: [[pick(names), pick(names)], ...(chance(0.4) ? [[pick(names), pick(names)]] : [])] }
        : { sets: [[pick(names), pick(names), pick(names)]] }),
    }),
  }
  const policy = (): Entry => {
    const weight = pick([1, 2, 3, 5, 8])
    const level = chance(0.75) ? 1 : 2
    const odds = [
      ...Array.from({ length: 9 }, () => 'hard' as const),
      'unit',
      'unit',
      'unit',
      'whole',
      'whole',
      'whole',
      'do_not_worsen',
      'do_not_worsen',
    ] as const
    switch (pick(options.policies ?? odds)) {
      case 'hard':
        return {}
      case 'unit':
        return { soft: { weight, level, per: 'unit' } }
      case 'whole':
        return { soft: { weight, level, per: 'whole' } }
      case 'do_not_worsen':
        return { do_not_worsen: true }
    }
  }
  const more = kinds.some((kind) => MORE_KINDS.some((one) => one === kind))
  const constraints = Array.from({ length: (more ? 2 : 1) + below(4) }, () => {
    const kind = pick(kinds)
    return { [kind]: parameters[kind](), ...policy() }
  })

  const objectives = chance(0.3)
    ? { objectives: [{ score: { assigned: below(4) * 10, preference: below(3), changes: below(3) } }] }
    : chance(0.5)
      ? {
          objectives: pick([
            ['soft', 'assigned', 'changes'],
            ['changes', 'assigned', 'preference', 'soft'],
            ['preference', 'assigned'],
            ['soft', 'preference', 'changes', 'assigned'],
          ]),
        }
      : {}
  const model: Entry = {
    fleetproof: 1,
    context: {
      ram: { int: 'MB' },
      kind: { enum: ['a', 'b', 'c'] },
      site: { text: true },
      running: { text: true },
      runmode: { text: true },
      quiet: { bool: true },
      fast: { bool: true },
    },
    devices,
    ...(chance(0.8)
      ? {
          current: {
            variant: 'device.running',
            ...(withSettings.length > 0 && chance(0.7) ? { settings: { mode: 'device.runmode' } } : {}),
          },
        }
      : {}),
    ...(chance(0.35) ? { leave: 'device.quiet' } : {}),
    variants,
    constraints,
    ...objectives,
  }
  return stringify(more ? withMore(model, randomFrom(seed + 1_000_000)) : model)
}
