// The machine-readable answers, field by field: other programs rely on them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { call, folderWith } from '../fixtures/command-line.ts'

const count = z.int().nonnegative()
const position = z.strictObject({ line: z.int().positive(), column: z.int().positive() })
const location = z.strictObject({
  source: z.string(),
  path: z.array(z.union([z.string(), z.int()])).optional(),
  range: z.strictObject({ start: position, end: position }).optional(),
})
const diagnostic = z.strictObject({
  code: z.string().regex(/^[a-z-]+\/[a-z0-9-]+$/),
  severity: z.enum(['error', 'warning', 'information']),
  message: z.string().regex(/[^.]$/),
  hint: z
    .string()
    .regex(/^maybe/)
    .optional(),
  at: location,
})
const checkedBy = z.enum(['arithmetic', 'enumeration', 'other-solver', 'same-solver', 'nobody'])
const reason = z.strictObject({
  kind: z.string().regex(/^placement\/[a-z-]+$/),
  text: z.string().min(1),
  variant: z.string().optional(),
  at: location.optional(),
})
const common = { schemaVersion: z.literal(1), diagnostics: z.array(diagnostic) }
const statistics = z.strictObject({
  devices: count,
  classes: count,
  components: count,
  milliseconds: z.object({ read: count, compile: count, solve: count, check: count }).catchall(count),
})

const assigned = z.strictObject({
  ...common,
  status: z.literal('assigned'),
  optimal: z.boolean(),
  levels: z.array(z.strictObject({ name: z.string(), value: z.int(), bound: z.int(), gap: count, checkedBy })),
  counts: z.record(z.string(), count),
  unassigned: z.array(z.strictObject({ device: z.string(), reasons: z.array(reason).min(1) })),
  devices: z.array(
    z.strictObject({
      device: z.string(),
      outcome: z.enum(['none', 'unmanaged', 'variant']),
      variant: z.string().nullable(),
      settings: z.record(z.string(), z.union([z.string(), z.boolean(), z.number()])),
    }),
  ),
  methods: z.array(z.strictObject({ component: z.string(), method: z.enum(['flow', 'sites', 'z3', 'highs', 'direct']), devices: count })),
  statistics,
})
const repair = z.strictObject({ text: z.string().min(1), edits: z.array(z.string().min(1)).optional() })
const choice = z.strictObject({
  id: z.string(),
  outcome: z.string(),
  variant: z.string().optional(),
  settings: z.record(z.string(), z.unknown()),
})
const whyNot = z.discriminatedUnion('is', [
  z.strictObject({ is: z.literal('has-it') }),
  z.strictObject({ is: z.literal('excluded'), reasons: z.array(reason).min(1) }),
  z.strictObject({
    is: z.literal('possible'),
    cost: z.array(z.strictObject({ level: count, name: z.string(), sense: z.enum(['maximise', 'minimise']), worse: z.int() })),
    moved: z.array(z.strictObject({ from: choice, to: choice, count, devices: z.array(z.string()), among: count })),
    proved: z.boolean(),
    checkedBy,
  }),
  z.strictObject({ is: z.literal('undecided'), why: z.string() }),
])
const impossible = z.strictObject({
  ...common,
  status: z.literal('impossible'),
  reasons: z.array(reason).min(1),
  repairs: z.array(repair),
  checkedBy,
  statistics,
})
const invalid = z.strictObject({ ...common, status: z.literal('invalid') })
const explained = z.strictObject({
  schemaVersion: z.literal(1),
  device: z.string(),
  row: count,
  chosen: z.strictObject({
    id: z.string(),
    outcome: z.string(),
    variant: z.string().optional(),
    settings: z.record(z.string(), z.unknown()),
  }),
  before: z.unknown(),
  left: z.boolean(),
  variants: z.array(
    z.strictObject({
      variant: z.string(),
      status: z.enum(['runs', 'possible', 'excluded']),
      reasons: z.array(reason),
      preference: z.int().optional(),
      changes: z.boolean().optional(),
      instead: whyNot.optional(),
    }),
  ),
  nothing: whyNot.optional(),
  repairs: z.array(repair).optional(),
})
const verdict = z.enum(['proved', 'conflict', 'possible', 'unknown'])
const checked = z.strictObject({
  ...common,
  status: z.literal('checked'),
  applications: z.array(
    z.strictObject({
      id: z.string(),
      automations: count,
      modelledExactly: count,
      unmodelled: z.array(z.strictObject({ at: z.string(), why: z.string(), writes: z.array(z.string()) })),
    }),
  ),
  findings: z.array(
    z.strictObject({
      kind: z.string().regex(/^conflict\/[a-z-]+$/),
      id: z.string().regex(/^K\d+$/),
      severity: z.enum(['error', 'warning', 'relation']),
      verdict,
      checkedBy: z.enum(['interpreter', 'structure', 'enumeration', 'other-solver', 'same-solver', 'nobody']),
      subject: z.string(),
      actuator: z.string().optional(),
      rules: z.array(z.string()),
      locations: z.array(z.string().regex(/^[^:]+(:\d+|#.+)?$/)),
      text: z.string(),
      meets: z.string().optional(),
      run: z.unknown().optional(),
      trace: z.array(z.object({ reaction: count, what: z.string() }).loose()),
      certificate: z.unknown().optional(),
      leansOn: z.array(z.string()),
      why: z.string().optional(),
      fingerprint: z.string().regex(/^[0-9a-f]{4}-[0-9a-f]{4}$/),
    }),
  ),
  scripts: z.array(z.strictObject({ says: z.string(), text: z.string() })),
  summary: z.strictObject({ proved: count, conflict: count, possible: count, unknown: count }),
  assumptions: z.array(z.string()),
  statistics: z.strictObject({ pairs: count, prefiltered: count, solverCalls: count, milliseconds: z.record(z.string(), z.number()) }),
})
const verified = z.strictObject({
  schemaVersion: z.literal(1),
  verdict: z.enum(['holds', 'refuted', 'undecided']),
  confirmed: z.array(z.string()),
  refuted: z.array(z.string()),
  undecided: z.array(z.string()),
})

const examples = new URL('../../examples', import.meta.url).pathname
const flat = ['comfort.yaml', 'energy.yaml']
let folder: ReturnType<typeof folderWith>
beforeAll(() => {
  folder = folderWith({
    'tight.yaml':
      'fleetproof: 1\ncontext: {ram: {int: MB}}\ndevices: [{id: a, ram: 1}]\nvariants:\n  big: {requires: device.ram >= 2}\nconstraints:\n  - quota: {variant: big, min: 1}\n',
  })
})
afterAll(() => folder.remove())

/** The only line on standard output. */
async function answer<T>(schema: z.ZodType<T>, words: readonly string[], code: number, workingDirectory = examples): Promise<T> {
  const called = await call(words, { workingDirectory })
  expect(called.code).toBe(code)
  expect(called.out).toMatch(/^[^\n]+\n$/)
  const read = schema.safeParse(JSON.parse(called.out))
  expect(read.error?.issues).toBeUndefined()
  return read.data!
}

describe('--json', () => {
  it('of an assignment', async () => {
    const { optimal, levels, counts, devices, unassigned, methods, statistics } = await answer(
      assigned,
      ['assign', 'building.yaml', '--json'],
      0,
    )
    expect(optimal).toBe(true)
    for (const { value, bound, gap } of levels) expect(Math.abs(value - bound)).toBe(gap)
    const found: Record<string, number> = {}
    for (const { outcome, variant } of devices) found[variant ?? outcome] = (found[variant ?? outcome] ?? 0) + 1
    expect(found).toEqual(Object.fromEntries(Object.entries(counts).filter(([, number]) => number > 0)))
    expect(unassigned.map(({ device }) => device).sort()).toEqual(
      devices.flatMap(({ device, outcome }) => (outcome === 'none' ? [device] : [])).sort(),
    )
    expect(methods.reduce((sum, method) => sum + method.devices, 0)).toBe(statistics.devices)
    expect(devices).toHaveLength(300)
  })

  it('of an assignment whose devices go to a bundle', async () => {
    const withoutDevices = assigned.omit({ devices: true })
    const { counts } = await answer(withoutDevices, ['assign', 'building.yaml', '--json', '--out', `${folder.folder}/bundle`], 0)
    expect(counts['eco']).toBe(46)
    expect(await answer(verified, ['verify', `${folder.folder}/bundle`, '--json'], 0)).toMatchObject({
      verdict: 'holds',
      refuted: [],
      undecided: [],
    })
  })

  it('of a model that cannot hold together', async () => {
    const { reasons, repairs, checkedBy: by } = await answer(impossible, ['assign', 'tight.yaml', '--json'], 1, folder.folder)
    expect(reasons.map(({ kind }) => kind)).toEqual(['placement/quota', 'placement/requirement', 'placement/devices'])
    expect(repairs.length).toBeGreaterThan(0)
    expect(by).not.toBe('nobody')
    await answer(impossible, ['explain', 'tight.yaml', 'a', '--json'], 1, folder.folder)
  })

  it('of an explanation', async () => {
    const { chosen, variants } = await answer(explained, ['explain', 'building.yaml', 'gw-0085', '--json'], 0)
    expect(chosen.outcome).toBe('none')
    expect(variants.map(({ status, reasons }) => [status, reasons.length])).toEqual(Array(4).fill(['excluded', 1]))
  })

  it('of a check: what is not proved, or everything with --all', async () => {
    const some = await answer(checked, ['check', ...flat, '--json'], 1)
    const all = await answer(checked, ['check', ...flat, '--json', '--all'], 1)
    expect(some.summary).toEqual(all.summary)
    expect(some.findings).toEqual(all.findings.filter((finding) => finding.verdict !== 'proved'))
    for (const wanted of verdict.options)
      expect(all.findings.filter((finding) => finding.verdict === wanted)).toHaveLength(all.summary[wanted])
    expect(some.findings.find(({ id, verdict: is }) => id === 'K1' && is === 'conflict')).toMatchObject({
      actuator: 'window.position',
      checkedBy: 'interpreter',
      rules: ['comfort/ventilate when CO2 is high', 'energy/keep the warmth in'],
    })
    expect(some.applications.map(({ id }) => id)).toEqual(['comfort', 'energy'])
  })

  it.each([
    ['assign', ['assign', 'no.yaml']],
    ['explain', ['explain', 'no.yaml', 'a']],
    ['check', ['check', 'no.yaml']],
    ['verify', ['verify', 'no.json']],
    ['a mistyped option', ['assign', 'building.yaml', '--oot', 'x']],
  ] as const)('of bad input to %s', async (_, words) => {
    const { diagnostics } = await answer(invalid, [...words, '--json'], 3)
    expect(diagnostics).toHaveLength(1)
  })
})
