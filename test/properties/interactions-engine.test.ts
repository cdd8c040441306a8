/** The engine finds the fifteen published interactions and proves their repaired twins; it finds them in other words, at another pace and among fifty other rules, too. */
import { afterAll, describe, expect, it } from 'vitest'
import { conflictKindsInFull } from '../../constraints/conflict.ts'
import { timedDefaults } from '../../constraints/timed.ts'
import { timedKinds } from '../../constraints/timed-kinds.ts'
import type { Behaviour } from '../../src/model/automation.ts'
import type { Finding } from '../../src/model/conflict.ts'
import { checkConflicts } from '../../src/solve/check-conflicts.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { checkTimedAssuming } from '../../src/solve/timed-assumptions.ts'
import { verifyFinding } from '../../src/verify/conflicts.ts'
import { behaviourOf, embedded, interactionCases, renamed, rescaled } from '../fixtures/interactions/cases.ts'

const LONG = process.env['FLEETPROOF_LONG'] !== undefined
const solvers = createSolvers({ threads: 2 })
afterAll(() => solvers.close())

const word = (name: string): string => name.replaceAll(/[a-z0-9]/g, (letter) => `${letter}q`)
const options = { ...timedDefaults, assumptions: [{ is: 'late', milliseconds: 600_000 }] } as const

async function findingsOf(behaviour: Behaviour, number: string): Promise<readonly Finding[]> {
  const plain = await checkConflicts(
    behaviour,
    conflictKindsInFull.filter((kind) => kind.number === number),
    solvers,
  )
  const kinds = timedKinds.filter((kind) => kind.number === number)
  const timed = kinds.length === 0 ? [] : (await checkTimedAssuming(behaviour, kinds, solvers, {}, options)).findings
  return [...plain.findings, ...timed]
}

/** A conflict of the kind, each of which replays and is judged again. */
async function expectFound(behaviour: Behaviour, kind: string): Promise<void> {
  const conflicts = (await findingsOf(behaviour, kind)).filter(({ verdict }) => verdict === 'conflict')
  expect(conflicts.length).toBeGreaterThan(0)
  expect(conflicts.filter((finding) => !verifyFinding(behaviour, finding).agrees).map(({ subject }) => subject)).toEqual([])
}

/** Nothing of the kind but proofs. */
async function expectProved(behaviour: Behaviour, kind: string): Promise<void> {
  const findings = await findingsOf(behaviour, kind)
  expect(findings.filter(({ verdict }) => verdict !== 'proved').map(({ verdict, subject, why }) => [verdict, subject, why])).toEqual([])
}

describe('the engine', () => {
  it.each(interactionCases)('finds $name ($kind) and proves its twin', { timeout: 120_000 }, async ({ kind, sources, twin }) => {
    await expectFound(behaviourOf(sources), kind)
    await expectProved(behaviourOf(twin), kind)
  })

  // A drawn fifth in every run, all of them in the long one.
  const some = interactionCases.filter((_, at) => LONG || at % 5 === 3)
  it.each(some)(
    'finds $name ($kind) in other words, at another pace and among fifty other rules',
    async ({ kind, sources, twin }) => {
      const other = (behaviour: Behaviour): Behaviour => renamed(rescaled(behaviour, kind === 'K33' ? 1 : 0.5, 3), word)
      await expectFound(other(behaviourOf(embedded(sources, 50))), kind)
      const alarms = await findingsOf(other(behaviourOf(embedded(twin, 50))), kind)
      expect(alarms.filter(({ verdict }) => verdict === 'conflict' || verdict === 'possible').map(({ subject }) => subject)).toEqual([])
    },
    120_000,
  )
})
