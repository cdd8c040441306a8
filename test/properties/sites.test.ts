import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brokenHardRow, columnCosts, evaluateSolution, forEachEntry } from '../../constraints/problem-reading.ts'
import { sitesFleet } from '../../benchmarks/sites-fleet.ts'
import { createPool, type Pool } from '../../src/solve/pool.ts'
import { columnsOfBlock, type SiteType } from '../../src/solve/sites/block.ts'
import { sitesApply, solveSites } from '../../src/solve/sites/solve-sites.ts'
import { bestOfSites, less, plansOfSite, provedBound, smallSites, type SmallSites } from './sites-problems.ts'

let pool: Pool
beforeAll(() => {
  pool = createPool(1)
})
afterAll(() => pool.close())

const SEEDS = Array.from({ length: 240 }, (_, i) => 1000 + i)

describe('sites against every assignment', () => {
  it('never beats the best, never bounds above it, reaches it where it says so, and proves what it says', async () => {
    const tally = { solved: 0, closed: 0, infeasible: 0, undecided: 0, no: 0, bound: 0 }
    for (const seed of SEEDS) {
      const small = smallSites(seed)
      const { problem } = small
      const shape = sitesApply(problem, { largest: 4 })
      if ('no' in shape) {
        tally.no++
        continue
      }
      const plans = Array.from({ length: small.sites }, (_, site) => plansOfSite(small, site))
      const best = bestOfSites(small, plans)
      const found = await solveSites(pool, problem, shape)
      if (best === undefined) {
        tally.infeasible++
        expect(found.is, `${seed}`).toBe('undecided')
        continue
      }
      if (found.is !== 'solved') {
        tally.undecided++
        continue
      }
      tally.solved++
      expect(brokenHardRow(problem, found.counts)).toBe(-1)
      expect(evaluateSolution(problem, found.counts)).toEqual(found.value)
      expect(less(found.value, best), `${seed}`).toBe(false)
      const first = found.value.findIndex((value, level) => value !== best[level])
      // A bound speaks of assignments as good as the answer at earlier levels.
      found.bound.forEach((bound, level) => {
        if (first === -1 || level <= first) expect(bound, `${seed} level ${level}`).toBeLessThanOrEqual(best[level]!)
      })
      if (found.bound.every((bound, level) => bound === found.value[level])) {
        tally.closed++
        expect(found.value, `${seed}`).toEqual(best)
      }
      if (found.proof.is !== 'sites') continue
      const proofs = found.proof.levels
      for (const proof of proofs) {
        // A row that joins nothing here belongs to its site, which the listing of sites does not know.
        if (![...proof.rows].every((r) => small.ofRow[r] === -1)) continue
        if (small.ofRow.filter((site) => site === -1).length !== proof.rows.length) continue
        tally.bound++
        expect(found.bound[proof.level], `${seed} level ${proof.level}`).toBeLessThanOrEqual(provedBound(small, plans, proof))
      }
    }
    expect(tally.solved).toBeGreaterThan(100)
    expect(tally.closed).toBeGreaterThan(60)
    expect(tally.infeasible).toBeGreaterThan(10)
    expect(tally.bound).toBeGreaterThan(100)
    expect(tally.undecided).toBeLessThan(tally.solved / 5)
  }, 120_000)
})

/** Every number that a site's minimum depends on, read from the problem in the block's numbering; rows and auxiliaries in no order. */
const readAgain = (small: SmallSites, type: SiteType, columns: Int32Array, coupling: Int32Array): unknown => {
  const { problem } = small
  const number = new Map(Array.from(columns, (column, j) => [column, j]))
  const classOf = (column: number): number => problem.classes.columnStart.findLastIndex((start) => start <= column)
  const classColumns = type.block.columnStart[type.block.columnStart.length - 1]!
  const rows: string[] = []
  const uses: string[] = []
  const bundles = new Map<number, number>()
  problem.rows.forEach((row, r) => {
    const entries: [number, number][] = []
    forEachEntry(problem, row, (column, a) => number.has(column) && entries.push([number.get(column)!, a]))
    if (entries.length === 0) return
    entries.sort(([a], [b]) => a - b)
    const k = coupling.indexOf(r)
    if (k >= 0) uses.push(...entries.map((entry) => `${k} ${entry.join()}`))
    else {
      const { policy } = row
      if (policy.is === 'whole') bundles.set(policy.bundle, (bundles.get(policy.bundle) ?? 0) + 1)
      const paid =
        policy.is === 'unit'
          ? [policy.level, policy.weight]
          : policy.is === 'whole'
            ? [problem.bundles[policy.bundle]!.level, problem.bundles[policy.bundle]!.weight]
            : []
      rows.push(JSON.stringify([entries, `${row.lower}`, `${row.upper}`, policy.is, paid]))
    }
  })
  return {
    sizes: Array.from({ length: classColumns }, (_, j) => {
      const c = classOf(columns[j]!)
      return [problem.classes.memberStart[c + 1]! - problem.classes.memberStart[c]!, problem.classes.columnStart[c]! === columns[j]]
    }),
    costs: problem.levels.map((_, level) => Array.from(columns, (column) => columnCosts(problem, level)[column])),
    bounds: Array.from(columns.subarray(classColumns), (column) => {
      const { lower, upper } = problem.auxiliaries[column - problem.columnChoice.length]!
      return [lower, upper]
    }),
    rows: rows.sort(),
    uses: uses.sort(),
    bundles: [...bundles.values()].sort((a, b) => a - b),
  }
}

describe('site types', () => {
  it('hold sites only that are the same program under the mapping they keep, and merge permuted copies', () => {
    let [merged, apart] = [0, 0]
    for (const seed of SEEDS) {
      const small = smallSites(seed)
      const shape = sitesApply(small.problem, { largest: 4 })
      if ('no' in shape) continue
      const seen = new Set<number>()
      for (const type of shape.types) {
        const again = type.sites.map(({ columns }) => readAgain(small, type, columns, shape.coupling))
        for (const other of again) expect(other, `${seed}`).toEqual(again[0])
        for (const { columns } of type.sites) {
          expect(columns.length).toBe(columnsOfBlock(type.block))
          for (const column of columns) {
            expect(seen.has(column)).toBe(false)
            seen.add(column)
          }
        }
        if (type.sites.length > 1) merged++
        else apart++
      }
      expect(seen.size).toBe(small.problem.columnChoice.length + small.problem.auxiliaries.length)
    }
    expect(merged).toBeGreaterThan(30)
    expect(apart).toBeGreaterThan(30)
  })
})

describe('fleets of sites', () => {
  it('come close to a proven bound, and are the same in every run', async () => {
    const problem = sitesFleet({ sites: 40, devices: 20, rooms: 2, seed: 3 })
    const shape = sitesApply(problem)
    if ('no' in shape) throw new Error(shape.no)
    expect(shape.coupling.length).toBe(3)
    const found = await solveSites(pool, problem, shape)
    if (found.is !== 'solved') throw new Error(found.is === 'undecided' ? found.why : found.is)
    expect(brokenHardRow(problem, found.counts)).toBe(-1)
    expect(found.value[0]).toBe(found.bound[0])
    expect(found.value[1]! - found.bound[1]!).toBeLessThan(0.005 * Math.abs(found.value[1]!))
    const again = await solveSites(pool, problem, shape)
    expect(again).toEqual(found)
  }, 60_000)

  it('come to the same in one thread and in several', async () => {
    const problem = sitesFleet({ sites: 1600, devices: 4, rooms: 1, seed: 8 })
    const several = createPool(2)
    try {
      const [one, other] = [pool, several].map((threads) => {
        const shape = sitesApply(problem)
        if ('no' in shape) throw new Error(shape.no)
        expect(shape.types.length).toBeGreaterThan(1500)
        return solveSites(threads, problem, shape)
      })
      const found = await one!
      expect(found.is).toBe('solved')
      expect(await other!).toEqual(found)
    } finally {
      await several.close()
    }
  }, 120_000)

  it('solve equal sites once', () => {
    const shape = sitesApply(sitesFleet({ sites: 40, devices: 10, rooms: 2, seed: 3, kinds: 3 }))
    if ('no' in shape) throw new Error(shape.no)
    expect(shape.types.length).toBe(3)
    expect(shape.blocks).toBe(40)
  })
})
