/** Every kind's checker alone against the meaning in plain lines: short, so that each mutant of a checker is tried on them. */
import { describe, expect, it } from 'vitest'
import { verifyAssignment } from '../../src/verify/assignment.ts'
import { asAssignment, minimised, randomAssignment } from '../oracle/as-assignment.ts'
import { oracleOf } from '../oracle/assignment.ts'
import { ALL_KINDS, POLICIES, randomFrom, randomModel } from '../oracle/random-model.ts'
import { smallFleet } from '../oracle/small-fleet.ts'

const SEEDS = 14

describe.each(ALL_KINDS)('the checker of %s', (kind) => {
  it.each(POLICIES)('judges as is meant where it is %s', (policy) => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const { model, fleet } = smallFleet(randomModel(seed, { kinds: [kind], policies: [policy] }))
      const oracle = oracleOf(model, fleet)
      const random = randomFrom(seed + 40_000)
      for (let time = 0; time < 4; time++) {
        const now = randomAssignment(oracle, random)
        const found = verifyAssignment(model, fleet, asAssignment(now))
        const meant = oracle.judge(now)
        expect({ seed, feasible: found.feasible, values: minimised(found), unchecked: found.unchecked }).toEqual({
          seed,
          feasible: meant.feasible,
          values: meant.vector.map((value) => value + 0),
          unchecked: [],
        })
      }
    }
  })
})
