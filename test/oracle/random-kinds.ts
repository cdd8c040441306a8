/** Random uses of the kinds that came later, and what a model needs for them: gateways, versions, amounts. */
import type { Entry, Random } from './random-model.ts'

export const MORE_KINDS = [
  'capacity',
  'spread',
  'apart',
  'together',
  'requires_on',
  'at_most_changes',
  'advisory',
  'tested',
  'risk',
] as const

interface Draw {
  readonly below: (n: number) => number
  readonly pick: <T>(list: readonly T[]) => T
  readonly chance: (p: number) => boolean
  readonly some: <T>(list: readonly T[], least: number) => T[]
  readonly names: readonly string[]
  readonly settings: boolean
  readonly maybeOf: (p: number) => Entry
  readonly maybeOver: (p: number) => Entry
}

export function moreParameters(draw: Draw): Readonly<Record<(typeof MORE_KINDS)[number], () => Entry>> {
  const { below, pick, chance, some, names, maybeOf, maybeOver } = draw
  const over = (): Entry => ({ over: pick(['device.site', 'device.site', 'device.gateway', 'device.fast']) })
  return {
    capacity: () => ({
      resource: 'memory',
      ...pick<Entry>([
        { over: 'device.gateway', limit: pick(['group.ram', 'group.ram - 1', '2 * group.ram.orValue(0)']) },
        { over: 'device.site', limit: pick([2_000_000, '3 MB', '2500 kB']) },
        { over: 'device.site', limit: 'device.ram' },
        { limit: pick(['4 MB', 3_000_000, 'device.ram + 1']) },
      ]),
      ...maybeOf(0.2),
    }),
    spread: () => ({
      ...maybeOver(0.6),
      ...maybeOf(0.2),
      ...(chance(0.3) ? { variants: some(names, 1) } : {}),
      ...pick<Entry>([
        { max_share: pick(['50%', '1/3', '75%']) },
        { max_skew: below(2) },
        { min_distinct: 2 + below(2) },
        { max_share: '60%', max_skew: 1, min_distinct: 2 },
      ]),
    }),
    apart: () => ({ ...maybeOver(0.4), variants: chance(0.6) ? [...names] : some(names, 2) }),
    together: () => ({ ...over(), ...maybeOf(0.3) }),
    requires_on: () => ({
      ...(chance(0.6) ? { device: 'device.gateway' } : { links: 'wifi' }),
      ...(chance(0.5)
        ? {
            if: pick([
              'variant.version.atLeast("2.0.0")',
              `variant.id == "${pick(names)}"`,
              'variant.id == "A" && device.ram > 1',
              ...(draw.settings ? ['settings.mode == "y"'] : []),
            ]),
          }
        : {}),
      then: pick([
        'there.version.atLeast("2.0.0")',
        'there.id == variant.id',
        `there.id == "${pick(names)}"`,
        'there.outcome != "none"',
        'there.version.orValue("1.0.0").atLeast("1.0.0") && there.device.ram >= device.ram',
        'there.device.kind == "a" || there.id != variant.id',
        ...(draw.settings ? ['there.settings.mode == "x"', 'there.settings.mode.orValue("y") == settings.mode.orValue("y")'] : []),
      ]),
    }),
    at_most_changes: () => ({ max: pick([0, 1, 2, '30%', '1/2']), ...maybeOver(0.5), ...maybeOf(0.3) }),
    advisory: () => ({
      id: 'CVE-2026-0001',
      affects: pick([
        'variant.version.orValue("9.0.0").below("2.0.0")',
        'variant.version.below("2.0.0") && device.kind == "a"',
        `variant.id == "${pick(names)}" && device.ram < 3`,
        ...(draw.settings ? ['settings.mode.orValue("y") == "x"'] : []),
      ]),
      ...(chance(0.3) ? { quarantine: true } : {}),
    }),
    tested: () => ({
      results: names.flatMap((variant) =>
        chance(0.8) ? [{ variant, when: pick(['device.ram >= 2', 'device.kind == "a"', 'true', 'device.fast']) }] : [],
      ),
    }),
    risk: () => ({
      per: pick([
        'device.ram',
        'variant.id == "A" ? 3 : 1',
        'variant.version.orValue("1.0.0").atLeast("2.0.0") ? 0 : device.ram.orValue(2)',
        ...(draw.settings ? ['settings.mode.orValue("x") == "x" ? 2 : 1'] : []),
      ]),
      ...maybeOver(0.5),
      ...pick<Entry>([{ max: 1 + below(2) }, { sum: 2 + below(3) }, { max: 2, sum: 4 }]),
    }),
  }
}

/** The model with gateways among its devices, amounts that variants use, and more versions. */
export function withMore(model: Entry, random: Random): Entry {
  const below = (n: number): number => Math.floor(random() * n)
  const devices = model['devices'] as readonly Entry[]
  const variants = model['variants'] as Readonly<Record<string, Entry>>
  const settings = Object.values(variants).some((variant) => variant['settings'] !== undefined)
  return {
    ...model,
    context: { ...(model['context'] as Entry), gateway: { device: true } },
    links: {
      wifi: devices.flatMap((_, b) => Array.from({ length: b }, (_, a) => ({ a: `d${a}`, b: `d${b}` })).filter(() => random() < 0.3)),
    },
    devices: devices.map((device) =>
      random() < 0.75 ? { ...device, gateway: random() < 0.93 ? `d${below(Math.min(3, devices.length))}` : 'elsewhere' } : device,
    ),
    ...(random() < 0.5 ? { unmanaged: { uses: { memory: '1 MB' } } } : {}),
    variants: Object.fromEntries(
      Object.entries(variants).map(([name, variant]) => [
        name,
        {
          ...(random() < 0.5 ? { version: ['1.0.0', '2.0.0', '2.1.0'][below(3)] } : {}),
          ...variant,
          ...(random() < 0.8
            ? {
                uses: {
                  memory:
                    settings && variant['settings'] !== undefined && random() < 0.5
                      ? 'settings.mode == "x" ? device.ram.orValue(1) : 2 * device.ram'
                      : ['1 MB', '1500 kB', '2 MB', 'device.ram', 'device.ram.orValue(1) / 2'][below(5)],
                },
              }
            : {}),
        },
      ]),
    ),
  }
}
