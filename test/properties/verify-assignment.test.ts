/** The checker of assignments agrees with the meaning written in plain lines, and the random models it is tried on are worth it. */
import { describe, expect, it } from 'vitest'
import type { Demand } from '../../src/verify/demand.ts'
import { judge, readTrial } from '../../src/verify/judge.ts'
import { optionsOfChoices } from '../../src/verify/options.ts'
import { placementCheckers } from '../../src/verify/placement/checkers.ts'
import type { PlacementChecker } from '../../src/verify/placement/checker.ts'
import { verifyAssignment } from '../../src/verify/assignment.ts'
import { asAssignment, minimised, randomAssignment, withoutUse } from '../oracle/as-assignment.ts'
import { oracleOf } from '../oracle/assignment.ts'
import { ALL_KINDS, mixedKinds, POLICIES, randomFrom, randomModel } from '../oracle/random-model.ts'
import { smallFleet } from '../oracle/small-fleet.ts'

const SEEDS = Array.from({ length: 600 }, (_, seed) => seed)
const ALWAYS = { text: 'true', at: { source: 'test' } }
const positive = (value: number): number => value + 0

describe('verify/assignment', () => {
  it('judges random assignments of random models as their meaning does', () => {
    let feasible = 0
    for (const seed of SEEDS.slice(0, 240)) {
      const { model, fleet } = smallFleet(randomModel(seed, { kinds: mixedKinds(seed) }))
      const oracle = oracleOf(model, fleet)
      const random = randomFrom(seed + 10_000)
      for (let time = 0; time < 5; time++) {
        const now = randomAssignment(oracle, random)
        const found = verifyAssignment(model, fleet, asAssignment(now))
        const meant = oracle.judge(now)
        if (meant.feasible) feasible++
        expect({ seed, feasible: found.feasible, values: minimised(found), unchecked: found.unchecked }).toEqual({
          seed,
          feasible: meant.feasible,
          values: meant.vector.map(positive),
          unchecked: [],
        })
      }
    }
    expect(feasible).toBeGreaterThan(200)
  })

  it.each(placementCheckers.map(({ kind }) => kind))('disagrees with the meaning once the checker of %s looks away', (kind) => {
    const blind = placementCheckers.map((checker): PlacementChecker => (checker.kind === kind ? { kind, demand: seesNothing } : checker))
    let disagreements = 0
    for (const seed of SEEDS.slice(0, 120)) {
      const { model, fleet } = smallFleet(randomModel(seed, { kinds: mixedKinds(seed) }))
      const oracle = oracleOf(model, fleet)
      const random = randomFrom(seed + 20_000)
      const trial = readTrial(model, fleet, blind)
      for (let time = 0; time < 4; time++) {
        const now = randomAssignment(oracle, random)
        const { choices, chosen } = asAssignment(now)
        const optionOf = optionsOfChoices(model, trial.world.options, choices)
        const found = judge(
          trial,
          chosen.map((choice) => optionOf[choice]!),
        )
        const meant = oracle.judge(now)
        if (found.feasible !== meant.feasible || found.values.some((value, level) => Number(value) !== meant.vector[level]! + 0))
          disagreements++
      }
    }
    expect(disagreements).toBeGreaterThan(0)
  })

  it('disagrees with the meaning once requirements and rules are not looked at', () => {
    let disagreements = 0
    for (const seed of SEEDS.slice(0, 200)) {
      const { model, fleet } = smallFleet(randomModel(seed, { kinds: mixedKinds(seed) }))
      const oracle = oracleOf(model, fleet)
      const lax = {
        ...model,
        variants: model.variants.map(({ requires, ...variant }) => (requires === undefined ? variant : { ...variant, rules: [] })),
      }
      const now = randomAssignment(oracle, randomFrom(seed + 30_000))
      if (verifyAssignment(lax, fleet, asAssignment(now)).feasible !== oracle.judge(now).feasible) disagreements++
    }
    expect(disagreements).toBeGreaterThan(0)
  })

  it('is tried on models a third of which are impossible, with every kind and policy deciding something in at least ten', () => {
    let impossible = 0
    const binding = new Map<string, number>()
    const count = (word: string): void => void binding.set(word, (binding.get(word) ?? 0) + 1)
    for (const seed of SEEDS) {
      const { model, fleet } = smallFleet(randomModel(seed, { kinds: mixedKinds(seed) }))
      const oracle = oracleOf(model, fleet)
      const best = oracle.best()
      if (best === 'impossible') impossible++
      const words = new Set<string>()
      for (const use of model.constraints) {
        const without = oracleOf(withoutUse(model, use.index), fleet).best()
        if (without === 'impossible') continue
        const judged = oracle.judge(without.now)
        if (best !== 'impossible' && judged.feasible && judged.vector.every((value, level) => value === best.vector[level])) continue
        words.add(use.kind.replace('placement/', ''))
        words.add(use.policy.is === 'soft' ? use.policy.per : use.policy.is)
      }
      const lax = oracleOf({ ...model, variants: model.variants.map((variant) => ({ ...variant, requires: ALWAYS, rules: [] })) }, fleet)
      if (JSON.stringify(lax.best()) !== JSON.stringify(best)) words.add('requirement')
      for (const word of words) count(word)
    }
    expect(impossible / SEEDS.length).toBeGreaterThanOrEqual(0.3)
    const words = ['requirement', ...ALL_KINDS, ...POLICIES].map((word) => word.replaceAll('_', '-'))
    expect(words.filter((word) => (binding.get(word) ?? 0) < 10)).toEqual([])
  })
})

function seesNothing(): Demand {
  return {
    is: 'together',
    groups: [],
    groupOf: new Int32Array(100).fill(-1),
    sizes: new Float64Array(0),
    sets: [],
    kindOf: new Int32Array(100),
    width: 0,
    memberOf: new Int32Array(0),
    memberships: [[]],
  }
}
