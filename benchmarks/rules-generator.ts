// Seeded rule sets whose overlaps, dead, shadowed and duplicate rules are known by how they were made.
import type { Source } from '../src/diagnostics/diagnostic.ts'
import { randomNumbers } from './random.ts'

export interface GeneratedRules {
  readonly source: Source
  /** Everything that is to be found, sorted: names of rules; of overlaps and duplicates both names, sorted, with `+` between. */
  readonly planted: Planted
}

export type Planted = Readonly<Record<'overlaps' | 'dead' | 'shadowed' | 'duplicates', readonly string[]>>

export interface GeneratorOptions {
  readonly count: number
  readonly seed: number
  /** `patterns`: our own language, texts asked for by regular expressions and by more parts than are told apart one by one. */
  readonly form: 'own' | 'azure' | 'patterns'
}

interface Rule {
  readonly name: string
  readonly when: string
  readonly priority: number
}

/** What is still possible on the way to a leaf; a test and its opposite are one split. */
interface Region {
  readonly tests: readonly string[]
  readonly ram: readonly [number, number]
  readonly sites: readonly string[]
  readonly versions: readonly [number, number]
  readonly used: readonly string[]
}

const SITES = Array.from({ length: 48 }, (_, index) => `site-${index + 1}`)
const WORDS = ['roof', 'yard', 'cold', 'loud', 'old', 'wet']
const ZONES = ['hall-', 'lab-', 'dock-', 'mast-']
const PLACES = 4
const LETTERS = ['a-m', 'n-z', 'A-Z']
const ENDS = ['red', 'blue', 'old']
const PARTS = ['alpha', 'beta', 'gamma', 'delta', 'omega', 'sigma', 'iota', 'kappa']
const version = (index: number): string => `${1 + Math.floor(index / 20)}.${index % 20}.0`

/** The leaves of a random tree of splits exclude each other; what is planted beside them is known. */
export function generateRules({ count, seed, form }: GeneratorOptions): GeneratedRules {
  const next = randomNumbers(seed)
  const below = (limit: number): number => Math.floor(next() * limit)
  const own = form !== 'azure'
  const of = (name: string): string => (own ? `device.${name}` : name === 'ram' ? 'properties.reported.ram' : `tags.${name}`)
  const conjunction = own ? ' && ' : ' AND '
  const not = (test: string): string => (own ? `!(${test})` : `NOT (${test})`)
  const list = (values: readonly string[]): string => `[${values.map((value) => (own ? JSON.stringify(value) : `'${value}'`)).join(', ')}]`

  const planted = Math.max(1, Math.floor(count / 25))
  const leaves = grow(count - 4 * planted)
  const all = (tests: readonly string[]): string => tests.join(conjunction)
  const rules: Rule[] = leaves.map((leaf, index) => ({ name: `leaf-${index}`, when: all(leaf.tests), priority: 10 }))
  const names = { overlaps: [] as string[], dead: [] as string[], shadowed: [] as string[], duplicates: [] as string[] }
  const spare = (index: number): string => (own ? `device.spare == ${index}` : `tags.spare = ${index}`)
  for (let index = 0; index < planted; index++) {
    const leaf = (part: number): readonly string[] => leaves[index * 5 + part]!.tests
    const bound = 100 + below(900)
    rules.push(
      { name: `overlap-${index}`, when: all([...leaf(0), spare(index)]), priority: 10 },
      { name: `dead-${index}`, when: all([...leaf(1), ...never(bound)]), priority: 10 },
      { name: `shadowed-${index}`, when: `(${all(leaf(2))})${own ? ' || ' : ' OR '}(${all(leaf(3))})`, priority: 5 },
      { name: `duplicate-${index}`, when: all(leaf(4).toReversed()), priority: 5 },
    )
    const beside = (part: number, name: string): string => [`leaf-${index * 5 + part}`, name].sort().join('+')
    names.overlaps.push(beside(0, `overlap-${index}`))
    names.dead.push(`dead-${index}`)
    names.shadowed.push(`shadowed-${index}`, `duplicate-${index}`)
    names.duplicates.push(beside(4, `duplicate-${index}`))
  }
  for (let index = rules.length - 1; index > 0; index--) {
    const other = below(index + 1)
    ;[rules[index], rules[other]] = [rules[other]!, rules[index]!]
  }
  for (const list of Object.values(names)) list.sort()
  return { source: own ? ownSource(rules) : azureSource(rules), planted: names }

  /** What no device can be. */
  function never(bound: number): readonly string[] {
    if (form === 'patterns' && bound % 2 === 0)
      return [`device.label.matches("^pump-[0-9]{${2 + (bound % 3)}}$")`, `device.label.matches("[a-f]${bound % 7}?$")`]
    return [`${of('ram')} > ${bound}`, not(`${of('ram')} >= ${bound - 50}`)]
  }

  function grow(wanted: number): readonly Region[] {
    const open: Region[] = [{ tests: [], ram: [0, 4096], sites: SITES, versions: [0, 60], used: [] }]
    while (open.length < wanted) {
      // Of two random regions the one with fewer tests is split: conditions stay of about equal length.
      const [one, two] = [below(open.length), below(open.length)]
      const at = open[one]!.tests.length <= open[two]!.tests.length ? one : two
      const parts = split(open[at]!)
      if (parts !== undefined) open.splice(at, 1, ...parts)
    }
    return open
  }

  function split(region: Region): readonly Region[] | undefined {
    switch (below(form === 'patterns' ? 9 : own ? 5 : 4)) {
      case 0: {
        const [low, high] = region.ram
        if (high - low < 4) return undefined
        const cut = low + 1 + below(high - low - 1)
        return [
          { ...region, tests: [...region.tests, `${of('ram')} < ${cut}`], ram: [low, cut] },
          {
            ...region,
            tests: [...region.tests, below(2) === 0 ? `${of('ram')} >= ${cut}` : not(`${of('ram')} < ${cut}`)],
            ram: [cut, high],
          },
        ]
      }
      case 1: {
        if (region.sites.length < 2) return undefined
        const cut = 1 + below(region.sites.length - 1)
        const [here, there] = [region.sites.slice(0, cut), region.sites.slice(cut)]
        const within = (sites: readonly string[]): string => `${of('site')} ${own ? 'in' : 'IN'} ${list(sites)}`
        return [
          { ...region, tests: [...region.tests, within(here)], sites: here },
          { ...region, tests: [...region.tests, below(2) === 0 ? within(there) : not(within(here))], sites: there },
        ]
      }
      case 2: {
        const word = WORDS[below(WORDS.length)]!
        const test = own ? `${JSON.stringify(word)} in device.tags` : `is_defined(tags.${word})`
        return both(region, word, test)
      }
      case 3: {
        const zone = ZONES[below(ZONES.length)]!
        if (region.used.some((used) => ZONES.includes(used))) return undefined
        return both(region, zone, own ? `device.zone.startsWith("${zone}")` : `STARTSWITH(tags.zone, '${zone}')`)
      }
      case 5:
      case 6: {
        // Each asks for another place of the label, so that they can be together or not as they like.
        const at = below(PLACES)
        return both(region, `place ${at}`, `device.label.matches("^.{${at}}[${LETTERS[below(LETTERS.length)]!}]")`)
      }
      case 7: {
        const [word] = ENDS.filter((end) => region.used.includes(end))
        return word === undefined ? both(region, ENDS[below(ENDS.length)]!, `device.label.matches("-(${ENDS.join('|')})$")`) : undefined
      }
      case 8: {
        const part = PARTS[below(PARTS.length)]!
        return both(region, part, `device.note.contains("${part}")`)
      }
      default: {
        const [low, high] = region.versions
        if (high - low < 2) return undefined
        const cut = low + 1 + below(high - low - 1)
        return [
          { ...region, tests: [...region.tests, `device.firmware.below("${version(cut)}")`], versions: [low, cut] },
          { ...region, tests: [...region.tests, `device.firmware.atLeast("${version(cut)}")`], versions: [cut, high] },
        ]
      }
    }
  }

  function both(region: Region, word: string, test: string): readonly Region[] | undefined {
    if (region.used.includes(word)) return undefined
    const used = [...region.used, word]
    return [
      { ...region, tests: [...region.tests, test], used },
      { ...region, tests: [...region.tests, not(test)], used },
    ]
  }
}

function ownSource(rules: readonly Rule[]): Source {
  const context = {
    ram: { int: 'MB' },
    spare: { int: true },
    site: { text: true },
    zone: { text: true },
    label: { text: true },
    note: { text: true },
    firmware: { semver: true },
    tags: { set: 'text' },
  }
  return { name: 'generated.yaml', text: JSON.stringify({ 'fleetproof-rules': 1, context, rules }, null, 1) }
}

function azureSource(rules: readonly Rule[]): Source {
  const configurations = rules.map(({ name, when, priority }) => ({ id: name, schemaVersion: '1.0', targetCondition: when, priority }))
  return { name: 'configurations.json', text: JSON.stringify(configurations, null, 1) }
}
