/** Solver against interpreter on random small models in time: what is proved no drawn run shows, what is a conflict the checker finds in its run. */
import { afterAll, describe, expect, it } from 'vitest'
import { timedKinds } from '../../constraints/timed-kinds.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { timedDisagreements, type Comparing } from '../oracle/timed-disagreements.ts'

const LONG = process.env['FLEETPROOF_LONG'] !== undefined
const solvers = createSolvers({ threads: 2 })
afterAll(() => solvers.close())

/** At once, so that no thread of the solvers waits. */
const AT_ONCE = 6

async function compared(seeds: readonly number[], comparing: Comparing) {
  const wrong: string[] = []
  const counts = new Map<string, number>()
  const open = [...seeds]
  const one = async (): Promise<void> => {
    for (let seed = open.shift(); seed !== undefined; seed = open.shift()) {
      const found = await timedDisagreements(seed, solvers, comparing)
      wrong.push(...found.wrong)
      for (const [key, count] of Object.entries(found.counts)) counts.set(key, (counts.get(key) ?? 0) + count)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  const ending = (verdict: string): number => [...counts].reduce((sum, [key, count]) => sum + (key.endsWith(` ${verdict}`) ? count : 0), 0)
  return { wrong: wrong.sort(), counts, ending }
}

const numbered = (from: number, count: number): readonly number[] => Array.from({ length: count }, (_, at) => from + at)

describe('random models in time', () => {
  it(
    LONG ? '10,000 are judged as the interpreter plays them' : '1,000 are judged as the interpreter plays them',
    async () => {
      const models = LONG ? 10_000 : 1_000
      const brief: Comparing = { size: 'least', kinds: 1, runs: 10, rlimit: 100_000, depth: 3, calls: 4 }
      const long: Comparing = { size: 'least', kinds: 2, runs: 30, rlimit: 300_000, depth: 4, calls: 40 }
      const { wrong, counts, ending } = await compared(numbered(0, models), LONG ? long : brief)
      expect(wrong).toEqual([])
      // What nobody decides says nothing.
      expect(ending('conflict') + ending('proved')).toBeGreaterThan(models / 2)
      if (!LONG) return
      const decided = (number: string): number => (counts.get(`${number} conflict`) ?? 0) + (counts.get(`${number} proved`) ?? 0)
      expect(timedKinds.filter(({ number }) => decided(number) < 10).map(({ number }) => number)).toEqual([])
    },
    LONG ? 7_200_000 : 300_000,
  )
})
