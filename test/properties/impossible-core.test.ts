/** Every core is impossible alone, and taking any one member away leaves something that holds: by the meaning in plain lines. Every repair offered lets everything hold. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { placementConstraints } from '../../constraints/placement.ts'
import { runAssignment } from '../../src/engine.ts'
import { feasibilityOf, minimalCore } from '../../src/explain/minimal-core.ts'
import { modelOf } from '../../src/explain/participants.ts'
import { readEdits } from '../../src/model/what-if.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import type { Solvers } from '../../src/solve/solvers.ts'
import { oracleOf } from '../oracle/assignment.ts'
import { mixedKinds, randomModel } from '../oracle/random-model.ts'
import { smallFleet } from '../oracle/small-fleet.ts'

const SEEDS = process.env['FLEETPROOF_LONG'] === undefined ? 60 : 1500

const open = (): never => {
  throw new Error('the devices stand in the model')
}

let solvers: Solvers
beforeAll(() => {
  solvers = createSolvers({ threads: 1 })
})
afterAll(() => solvers.close())

describe('an impossible model', () => {
  it('has a core that is impossible alone, of which no member is to spare, and repairs that work', { timeout: 300_000 }, async () => {
    const seen = { cores: 0, parts: 0, several: 0, repairs: 0, edits: 0 }
    for (let seed = 0; seed < SEEDS; seed++) {
      const text = randomModel(seed, { policies: ['hard', 'hard', 'hard', 'do_not_worsen'], kinds: mixedKinds(seed) })
      const { model, fleet } = smallFleet(text)
      const { result } = await runAssignment({ model: { name: 'model.yaml', text }, open }, solvers)
      if (result.status !== 'impossible') continue
      expect(result.reasons.length, `seed ${seed}`).toBeGreaterThan(0)
      const core = await minimalCore(model, [], feasibilityOf(fleet, placementConstraints, solvers, {}))
      expect(core, `seed ${seed}`).toBeDefined()
      const { members } = core!
      seen.cores++
      if (members.length > 1) seen.several++
      if (members.some(({ is }) => is !== 'use')) seen.parts++
      const best = (some: typeof members): unknown => oracleOf(modelOf(model, some), fleet).best()
      expect(best(members), `seed ${seed}`).toBe('impossible')
      for (const member of members)
        expect(best(members.filter((one) => one !== member)), `seed ${seed} without ${JSON.stringify(member)}`).not.toBe('impossible')
      for (const { text: what, edits } of result.repairs) {
        seen.repairs++
        if (edits === undefined) continue
        seen.edits++
        const read = readEdits(edits)
        expect(read.ok, `seed ${seed}: ${what}`).toBe(true)
        if (!read.ok) continue
        const { result: after } = await runAssignment({ model: { name: 'model.yaml', text }, open, edits: read.value }, solvers)
        expect(after.status, `seed ${seed}: ${what}`).toBe('assigned')
      }
    }
    expect(seen.cores).toBeGreaterThan(SEEDS / 4)
    expect(seen.parts).toBeGreaterThan(SEEDS / 15)
    expect(seen.several).toBeGreaterThan(SEEDS / 8)
    expect(seen.edits).toBeGreaterThan(SEEDS / 4)
  })
})
