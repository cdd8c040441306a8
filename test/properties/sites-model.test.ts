/** Sites as an owner writes them: the ladder takes them apart, and the checker, which finds sites by itself, confirms what is claimed and finds what is corrupted. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sitesModel } from '../../benchmarks/sites-model.ts'
import { randomNumbers } from '../../benchmarks/random.ts'
import { runAssignment, type AssignmentRun } from '../../src/engine.ts'
import type { Certificate } from '../../src/model/certificate.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { sitesApply } from '../../src/solve/sites/solve-sites.ts'
import type { Solvers } from '../../src/solve/solvers.ts'
import { verifyAssignment, type AssignmentCheck } from '../../src/verify/assignment.ts'
import { boundOf } from '../../src/verify/bound/bound.ts'
import { readTrial } from '../../src/verify/judge.ts'

let solvers: Solvers
beforeAll(() => {
  solvers = createSolvers({ threads: 1 })
})
afterAll(() => solvers.close())

const read = (text: string, devices: string, force?: 'sites'): Promise<AssignmentRun> => {
  async function* open(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(new TextEncoder().encode(devices))
  }
  return runAssignment({ model: { name: 'model.yaml', text }, open }, solvers, force === undefined ? {} : { limits: { force } })
}

const assigned = (run: AssignmentRun): Extract<AssignmentRun['result'], { status: 'assigned' }> => {
  if (run.result.status !== 'assigned') throw new Error(run.result.status)
  return run.result
}

/** The lines of every site in another order; a site's lines stay together. */
const shuffled = (devices: string, size: number, seed: number): string => {
  const next = randomNumbers(seed)
  const lines = devices.trimEnd().split('\n')
  const sites = Array.from({ length: lines.length / size }, (_, site) => lines.slice(site * size, (site + 1) * size))
  return `${sites
    .map((site) => site.map((line) => ({ line, at: next() })).sort((a, b) => a.at - b.at))
    .flatMap((site) => site.map(({ line }) => line))
    .join('\n')}\n`
}

describe('equal sites', () => {
  it('are one type whatever the order of their devices, and come to the same', { timeout: 120_000 }, async () => {
    const { text, devices } = sitesModel({ sites: 30, devices: 12, rooms: 2, seed: 4, kinds: 3 })
    const plain = await read(text, devices, 'sites')
    const mixed = await read(text, shuffled(devices, 13, 9), 'sites')
    for (const run of [plain, mixed]) {
      const shape = sitesApply(run.compiled!.problem)
      if ('no' in shape) throw new Error(shape.no)
      expect(shape.types.length).toBe(3)
      expect(shape.blocks).toBe(30)
    }
    const levels = (run: AssignmentRun): unknown => assigned(run).levels.map(({ value, bound }) => [value, bound])
    expect(levels(mixed)).toEqual(levels(plain))
  })
})

describe('sites that nothing joins', () => {
  it.each([
    [3, 40],
    [1, 300],
  ])('%i of %i devices are each proved to be the best, and the checker agrees', { timeout: 120_000 }, async (sites, each) => {
    const { text, devices } = sitesModel({ sites, devices: each, rooms: 8, seed: 7 })
    const run = await read(text.replaceAll(/^ {2}- quota:.*\n/gm, ''), devices)
    expect(run.compiled!.problem.rows.length).toBeGreaterThan(0)
    const { levels, optimal } = assigned(run)
    expect(optimal).toBe(true)
    for (const { gap, checkedBy } of levels) {
      expect(gap).toBe(0)
      expect(checkedBy).toBe('arithmetic')
    }
  })
})

describe('very many links', () => {
  it('share rows that forbid neither more nor less', { timeout: 120_000 }, async () => {
    const { text, devices } = sitesModel({ sites: 90, devices: 25, rooms: 3, seed: 2 })
    const run = await read(text, devices)
    const asking = run.compiled!.problem.rows.filter(({ name }) => name.part.includes(' devices -> '))
    expect(asking.length).toBe(90)
    // The checker, which reads every link by itself, finds nothing broken, and proves that hardly anything better is allowed.
    for (const { gap, value, checkedBy } of assigned(run).levels) {
      expect(gap).toBeLessThanOrEqual(0.002 * Math.abs(value))
      expect(checkedBy).toBe('arithmetic')
    }
  })
})

describe('a fleet of sites', () => {
  it('whose answer or whose claim is changed is found out', { timeout: 120_000 }, async () => {
    const { text, devices } = sitesModel({ sites: 24, devices: 24, rooms: 3, seed: 5 })
    const run = await read(text, devices)
    const { assignment, certificates, levels } = assigned(run)
    const claims = { levels: levels.map(({ name, value, bound }) => ({ name, value, bound })) }
    const check = (chosen: Int32Array, claimed = claims): AssignmentCheck =>
      verifyAssignment(run.model!, run.fleet!, { ...assignment, chosen }, certificates, claimed)
    expect(check(assignment.chosen).disagreements).toEqual([])
    expect(check(assignment.chosen).levels.map(({ checkedBy }) => checkedBy)).toEqual(['arithmetic', 'arithmetic', 'arithmetic'])
    // Every gateway back to the old version, every device to the greediest variant.
    const old = assignment.choices.findIndex(({ id }) => id === 'gateway-1')
    const edge = assignment.choices.findIndex(({ id }) => id === 'edge')
    const swapped = assignment.chosen.map((choice) => (assignment.choices[choice]!.id.startsWith('gateway') ? old : choice))
    expect(check(swapped).feasible).toBe(false)
    expect(check(assignment.chosen.map((choice) => (assignment.choices[choice]!.id === 'lean' ? edge : choice))).feasible).toBe(false)
    // A bound that is a unit better than what is proved, at each level in turn.
    levels.forEach(({ sense }, at) => {
      const better = claims.levels.map((one, level) =>
        level === at ? { ...one, bound: one.bound + (sense === 'maximise' ? -1 : 1) } : one,
      )
      const found = check(assignment.chosen, { levels: better })
      expect(found.levels[at]!.checkedBy, `level ${at}`).toBe('nobody')
      expect(found.disagreements.length).toBeGreaterThan(0)
    })
  })

  it(
    'is taken apart, bounded closely, and confirmed by arithmetic; a changed certificate proves less or nothing',
    { timeout: 120_000 },
    async () => {
      const { text, devices } = sitesModel({ sites: 24, devices: 24, rooms: 3, seed: 5 })
      async function* open(): AsyncGenerator<Uint8Array> {
        yield await Promise.resolve(new TextEncoder().encode(devices))
      }
      const run = await runAssignment({ model: { name: 'model.yaml', text }, open }, solvers, {})
      const { result } = run
      if (result.status !== 'assigned') throw new Error(result.status)
      const [assigned, preference] = result.levels
      expect(assigned).toMatchObject({ value: 24 * 25, gap: 0, checkedBy: 'arithmetic' })
      expect(preference!.checkedBy).toBe('arithmetic')
      expect(preference!.gap).toBeLessThan(0.005 * preference!.value)
      const certificate = result.certificates.find((one): one is Extract<Certificate, { is: 'sites' }> => one.is === 'sites')!
      const { model, fleet } = run
      if (model === undefined || fleet === undefined) throw new Error('no model')
      const trial = readTrial(model, fleet)
      const proved = boundOf(trial, [certificate]).values!
      expect(Number(proved[1])).toBe(-preference!.bound)
      const corrupted = (change: (price: number, scale: number) => number): Certificate => ({
        ...certificate,
        levels: certificate.levels.map((level) =>
          level.level === 0
            ? level
            : { ...level, prices: level.prices.map((price) => ({ ...price, price: change(price.price, level.scale) })) },
        ),
      })
      expect(boundOf(trial, [corrupted((price) => Math.abs(price) + 1)]).values![1]!).toBeLessThan(proved[1]!)
      expect(boundOf(trial, [corrupted((price, scale) => price - 5 * scale)]).values![1]!).toBeLessThan(proved[1]!)
      expect(boundOf(trial, [corrupted(() => 0.5)]).values).toHaveLength(1)
    },
  )
})
