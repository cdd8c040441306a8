/** The engine finds each scenario that is planted in the building with a run that is judged again, and proves the repaired twin by inductions whose scripts are asked again. */
import { afterAll, describe, expect, it } from 'vitest'
import { timedKinds } from '../../constraints/timed-kinds.ts'
import type { Behaviour } from '../../src/model/automation.ts'
import type { Finding } from '../../src/model/conflict.ts'
import { checkTimed } from '../../src/solve/check-timed.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { verifyFinding } from '../../src/verify/conflicts.ts'
import { annex, building, scenarios } from '../fixtures/building/building.ts'
import { behaviourOf } from '../fixtures/interactions/cases.ts'

const LONG = process.env['FLEETPROOF_LONG'] !== undefined
const solvers = createSolvers({ threads: 2 })
afterAll(() => solvers.close())

const findingsOf = async (behaviour: Behaviour, number: string): Promise<readonly Finding[]> => {
  const kinds = timedKinds.filter((kind) => kind.number === number)
  return (await checkTimed(behaviour, kinds, solvers)).findings
}

const made = LONG ? building : annex

describe('the engine on the building', () => {
  it.each(Object.entries(scenarios))(
    'finds %s where it is planted and proves its twin',
    async (kind, { planted, twin }) => {
      const behaviour = behaviourOf(made(planted))
      const conflicts = (await findingsOf(behaviour, kind)).filter(({ verdict }) => verdict === 'conflict')
      expect(conflicts.length).toBeGreaterThan(0)
      expect(conflicts.filter((finding) => !verifyFinding(behaviour, finding).agrees)).toEqual([])
      const proved = await findingsOf(behaviourOf(made(twin)), kind)
      expect(proved.filter(({ verdict }) => verdict !== 'proved').map(({ subject, why }) => [subject, why])).toEqual([])
      for (const { certificate } of proved) {
        if (certificate?.is !== 'induction') throw new Error('no induction')
        const answers = await solvers.askAll(certificate.scripts.map(({ text }) => text))
        expect(answers.every(({ is }) => is === 'unsat')).toBe(true)
      }
    },
    120_000,
  )
})
