/** Sites as an owner writes them: the ladder takes them apart, and the checker, which finds sites by itself, confirms what is claimed and finds what is corrupted. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sitesModel } from '../../benchmarks/sites-model.ts'
import { runAssignment } from '../../src/engine.ts'
import type { Certificate } from '../../src/model/certificate.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import type { Solvers } from '../../src/solve/solvers.ts'
import { boundOf } from '../../src/verify/bound/bound.ts'
import { readTrial } from '../../src/verify/judge.ts'

let solvers: Solvers
beforeAll(() => {
  solvers = createSolvers({ threads: 1 })
})
afterAll(() => solvers.close())

describe('a fleet of sites', () => {
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
