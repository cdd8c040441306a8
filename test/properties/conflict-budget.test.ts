/** A check that is stopped keeps what is decided and leaves the rest open; what is kept from one check to the next changes no verdict. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { conflictKinds } from '../../constraints/conflict.ts'
import { generatePairRules } from '../../benchmarks/pairs-generator.ts'
import { folderCache } from '../../src/cli/answer-cache.ts'
import type { Behaviour } from '../../src/model/automation.ts'
import type { Finding } from '../../src/model/conflict.ts'
import { checkConflicts } from '../../src/solve/check-conflicts.ts'
import { memoryCache } from '../../src/solve/conflict-cache.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { randomBehaviour } from '../oracle/random-behaviour.ts'

const solvers = createSolvers()
const folder = mkdtempSync(join(tmpdir(), 'fleetproof-cache-'))
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await solvers.close()
})

const verdicts = (findings: readonly Finding[]): ReadonlyMap<string, string> =>
  new Map(findings.map(({ id, subject, verdict }) => [`${id} ${subject}`, verdict]))

/** Larger than what is looked at as a whole. */
const rules = (seed: number): Behaviour => generatePairRules({ rules: 14, seed, actuators: 3 })

describe('a check that is stopped', () => {
  it.each([0, 3, 40])('after %i looks keeps verdicts, and says of the rest that time ran out', async (looks) => {
    const behaviour = rules(5)
    const whole = verdicts((await checkConflicts(behaviour, conflictKinds, solvers)).findings)
    let left = looks
    const { findings } = await checkConflicts(behaviour, conflictKinds, solvers, { stopped: () => left-- <= 0 })
    const early = verdicts(findings)
    for (const [key, verdict] of early) if (verdict !== 'unknown') expect(whole.get(key)).toBe(verdict)
    const open = findings.filter(({ verdict }) => verdict === 'unknown')
    if (looks === 0) expect(open.length).toBeGreaterThan(0)
    expect(open.every(({ why = '' }) => why !== '')).toBe(true)
  })

  it('leaves open what could not be checked again in time', async () => {
    const { findings } = await checkConflicts(rules(5), conflictKinds, solvers, { late: () => true })
    expect(findings.filter(({ verdict }) => verdict === 'conflict' || verdict === 'possible')).toEqual([])
    for (const { verdict, checkedBy, why = '' } of findings)
      if (verdict === 'unknown') expect(why).toContain('the time for the whole check is used up')
      else expect(checkedBy).toBe('same-solver')
  })

  it('tells of every question once, whether it was settled or given up', async () => {
    const told: number[] = []
    let of = 0
    await checkConflicts(rules(6), conflictKinds, solvers, {
      progress: (progress) => {
        told.push(progress.done)
        of = progress.of
      },
    })
    expect(told.at(-1)).toBe(of)
    expect(told.every((done, at) => done >= (told[at - 1] ?? 0))).toBe(true)
  })
})

describe('answers that are kept', () => {
  const behaviours = [1, 2, 3].map((seed) => randomBehaviour(seed, { exact: true }))

  it('give the same report, and nothing is asked again', async () => {
    for (const behaviour of behaviours) {
      const cache = folderCache(folder)
      const cold = await checkConflicts(behaviour, conflictKinds, solvers, { cache })
      const warm = await checkConflicts(behaviour, conflictKinds, solvers, { cache: folderCache(folder) })
      expect(warm.findings).toEqual(cold.findings)
      expect(warm.statistics.solverCalls).toBe(0)
      const none = await checkConflicts(behaviour, conflictKinds, solvers, { cache: memoryCache() })
      expect(none.findings).toEqual(cold.findings)
    }
  })

  it('are not believed where they were spoilt', async () => {
    const [behaviour] = behaviours
    const cold = await checkConflicts(behaviour!, conflictKinds, solvers)
    for (const part of readdirSync(folder))
      for (const file of readdirSync(join(folder, part))) writeFileSync(join(folder, part, file), '{"is":')
    const again = await checkConflicts(behaviour!, conflictKinds, solvers, { cache: folderCache(folder) })
    expect(again.findings).toEqual(cold.findings)
  })
})
