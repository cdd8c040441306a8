// Random small rule sets, and every device that could tell their rules apart: plain lists, no cells, no solver.
import { randomNumbers } from '../../benchmarks/random.ts'
import type { DeviceValue } from '../../src/expression/rule-condition.ts'

export interface RandomRules {
  readonly text: string
  readonly rules: readonly { readonly name: string; readonly when: string; readonly priority: number }[]
  /** Values by name, `undefined` among them where a device may lack it. */
  readonly domain: Readonly<Record<string, readonly DeviceValue[]>>
}

/** All texts over some letters up to a length. */
function texts(letters: string, longest: number): readonly string[] {
  let last = ['']
  const found = ['']
  for (let length = 0; length < longest; length++) {
    last = last.flatMap((text) => Array.from(letters, (letter) => text + letter))
    found.push(...last)
  }
  return found
}

const whole = Array.from({ length: 17 }, (_, index) => index - 6)
// The largest numbers, even ones among them, are where products become unknown.
const extreme = [0, 1].flatMap((less) => [Number.MAX_SAFE_INTEGER - less, less - Number.MAX_SAFE_INTEGER])
const versions = [0, 1, 2, 3].flatMap((major) =>
  [0, 1, 2].flatMap((minor) =>
    [0, 1].flatMap((patch) => ['', '-0', '-a', '-a.0', '-b'].map((rest) => `${major}.${minor}.${patch}${rest}`)),
  ),
)

interface Attribute {
  readonly type: object
  readonly values: readonly DeviceValue[]
  readonly tests: (pick: <T>(all: readonly T[]) => T) => string
}

const own: Readonly<Record<string, Attribute>> = {
  arch: {
    type: { enum: ['arm', 'x86', 'mips'] },
    values: [undefined, 'arm', 'x86', 'mips'],
    tests: (pick) =>
      pick([
        'device.arch == "arm"',
        'device.arch != "x86"',
        'device.arch in ["arm", "mips"]',
        'has(device.arch)',
        'device.arch.orValue("arm") == "arm"',
        'device.arch.startsWith("m")',
      ]),
  },
  online: {
    type: { bool: true },
    values: [undefined, true, false],
    tests: (pick) => pick(['device.online', '!device.online', 'device.online == false', 'device.online.orValue(true)']),
  },
  ram: {
    type: { int: true },
    values: [undefined, ...whole, ...extreme],
    tests: (pick) => `device.ram ${pick(['<', '<=', '>', '>=', '==', '!='])} ${pick([0, 1, 2, 3])}`,
  },
  load: {
    type: { int: true, default: 1 },
    values: [...whole, ...extreme],
    tests: (pick) =>
      pick([
        `device.load > ${pick([0, 1, 2])}`,
        `device.load in [${pick([0, 1])}, ${pick([2, 3])}]`,
        'device.load % 2 == 0',
        'device.load * 2 > 3',
      ]),
  },
  site: {
    type: { text: true },
    values: [undefined, ...texts('abc', 4)],
    tests: (pick) =>
      pick([
        `device.site == "${pick(['a', 'ab', 'ba'])}"`,
        `device.site.${pick(['startsWith', 'endsWith', 'contains'])}("${pick(['a', 'b', 'ab'])}")`,
        'device.site != "ab"',
        'device.site.orValue("ab") in ["ab", "b"]',
        `device.site.matches("${pick(['^a', 'b$', '^[ab]+$', 'a.?c', '^a*b*$', '^(ab|ba)', 'aa|^$'])}")`,
      ]),
  },
  firmware: {
    type: { semver: true },
    values: [undefined, ...versions],
    tests: (pick) =>
      `device.firmware.${pick(['below("1.1.0")', 'atLeast("1.0.0-a")', 'atLeast("2.0.0")', 'satisfies("^1.0.0")', 'satisfies(">=1.0.0-a <1.1.0")', 'satisfies("~2.1")', 'major() == 1', 'major() > 1'])}`,
  },
  tags: {
    type: { set: 'text' },
    values: [undefined, ...[[], ['x'], ['y'], ['x', 'y']].flatMap((set) => [set, [...set, 'z']])],
    tests: (pick) =>
      pick([
        '"x" in device.tags',
        'device.tags.contains("y")',
        'device.tags.intersects(["x", "y"])',
        'device.tags.subsetOf(["x"])',
        'device.tags == ["y"]',
        'has(device.tags)',
      ]),
  },
}
const across: Readonly<Record<string, (pick: <T>(all: readonly T[]) => T) => string>> = {
  'load,ram': (pick) =>
    pick([
      'device.ram < device.load',
      'device.ram + device.load > 2',
      'device.load == device.ram',
      '(device.online == true ? device.ram : device.load) > 1',
    ]),
}

const scalars: readonly DeviceValue[] = [undefined, ...texts('abc', 2), 0, 0.5, 1, 1.25, 1.5, 2, 3, true, false, { is: 'object' }]
const query: Readonly<Record<string, Attribute>> = {
  'tags.a': {
    type: {},
    values: scalars,
    tests: (pick) =>
      pick([
        `tags.a ${pick(['=', '!=', '<', '<=', '>', '>='])} ${pick(["'a'", "'b'", '1', '1.5', 'true'])}`,
        `tags.a ${pick(['IN', 'NIN'])} ['b', 1, 2]`,
        'is_defined(tags.a)',
        'tags.a',
        "STARTSWITH(tags.a, 'a')",
      ]),
  },
  'tags.b': {
    type: {},
    values: scalars,
    tests: (pick) =>
      pick([
        `tags.b ${pick(['=', '!='])} ${pick(["'a'", '1', 'true'])}`,
        'is_defined(tags.b)',
        'tags.b = tags.c',
        'tags.c != tags.b',
        "tags.c = 'a'",
      ]),
  },
  'tags.c': { type: {}, values: scalars, tests: (pick) => pick(["tags.c = 'ab'", 'tags.c < 2', 'is_defined(tags.c)', 'tags.b < tags.c']) },
  'tags.a.x': {
    type: {},
    values: [undefined, 1, 'a', true, { is: 'object' }],
    tests: (pick) => pick(['tags.a.x = 1', 'is_defined(tags.a.x)']),
  },
}

export function randomRules(seed: number, form: 'own' | 'query'): RandomRules {
  const next = randomNumbers(seed)
  const pick = <T>(all: readonly T[]): T => all[Math.floor(next() * all.length)]!
  const attributes = form === 'own' ? own : query
  const names = Object.keys(attributes)
  const chosen =
    form === 'own'
      ? [...new Set([pick(names), pick(names)])].sort()
      : pick([['tags.b', 'tags.c'], ['tags.a', 'tags.a.x'], ['tags.a'], ['tags.a', 'tags.b']])
  const [and, or] = form === 'own' ? ['&&', '||'] : ['AND', 'OR']
  const not = (text: string): string => (form === 'own' ? `!(${text})` : `NOT (${text})`)
  const condition = (depth: number): string => {
    const kind = depth === 0 ? 0 : Math.floor(next() * 6)
    if (kind === 3) return `(${condition(depth - 1)} ${or} ${condition(depth - 1)})`
    if (kind === 4) return not(condition(depth - 1))
    if (kind > 0) return `${condition(depth - 1)} ${and} ${condition(depth - 1)}`
    const both = across[chosen.join(',')]
    return both !== undefined && next() < 0.4 ? both(pick) : attributes[pick(chosen)]!.tests(pick)
  }
  const rules = Array.from({ length: 5 }, (_, index) => ({ name: `r${index}`, when: condition(2), priority: pick([1, 1, 2]) }))
  const domain: Record<string, readonly DeviceValue[]> = {}
  const read = (name: string): boolean =>
    rules.some(({ when }) =>
      new RegExp(`${(form === 'own' ? `device.${name}` : name).replaceAll('.', '\\.')}(?![\\w.]*\\w\\b(?<=\\.x))`).test(when),
    )
  for (const name of names) if (read(name)) domain[form === 'own' ? `device.${name}` : name] = attributes[name]!.values
  const context = Object.fromEntries(names.map((name) => [name, attributes[name]!.type]))
  const text =
    form === 'own'
      ? JSON.stringify({ 'fleetproof-rules': 1, context, rules })
      : JSON.stringify(rules.map(({ name, when, priority }) => ({ id: name, targetCondition: when, priority })))
  return { text, rules, domain }
}

/** Every device of the domain; where a property inside another is there, the other is an object. */
export function* devices(domain: RandomRules['domain']): Generator<ReadonlyMap<string, DeviceValue>> {
  const names = Object.keys(domain)
  function* from(at: number, device: Map<string, DeviceValue>): Generator<ReadonlyMap<string, DeviceValue>> {
    if (at === names.length) {
      const inner = device.get('tags.a.x')
      const outer = device.get('tags.a')
      if (inner === undefined || !names.includes('tags.a') || typeof outer === 'object') yield device
      return
    }
    for (const value of domain[names[at]!]!) {
      device.set(names[at]!, value)
      yield* from(at + 1, device)
    }
  }
  yield* from(0, new Map())
}
