/** Every kind's checker alone against the meaning in plain lines. */
import { deepStrictEqual } from 'node:assert'
import { judge, readTrial } from '../../../src/verify/judge.ts'
import { optionsOfChoices } from '../../../src/verify/options.ts'
import { asAssignment, randomAssignment } from '../../oracle/as-assignment.ts'
import { oracleOf } from '../../oracle/assignment.ts'
import { ALL_KINDS, mixedKinds, POLICIES, randomFrom, randomModel } from '../../oracle/random-model.ts'
import { smallFleet } from '../../oracle/small-fleet.ts'
import { once, type Case } from './case.ts'

const SEEDS = 3

export function judgingCases(): readonly Case[] {
  const alone = ALL_KINDS.flatMap((kind) =>
    POLICIES.map((policy) =>
      judging(
        `${kind} where it is ${policy}`,
        Array.from({ length: SEEDS }, (_, seed) => randomModel(seed, { kinds: [kind], policies: [policy] })),
      ),
    ),
  )
  const mixed = Array.from({ length: 10 }, (_, at) =>
    judging(
      `kinds together ${at}`,
      Array.from({ length: 6 }, (_, one) => randomModel(at * 6 + one, { kinds: mixedKinds(at * 6 + one) })),
    ),
  )
  return [...alone, ...mixed]
}

function judging(name: string, texts: readonly string[]): Case {
  const prepared = once(() =>
    texts.map((text, seed) => {
      const { model, fleet } = smallFleet(text)
      const oracle = oracleOf(model, fleet)
      const random = randomFrom(seed + 40_000)
      const trials = Array.from({ length: 6 }, () => {
        const now = randomAssignment(oracle, random)
        const { feasible, vector } = oracle.judge(now)
        return { now: asAssignment(now), meant: { feasible, values: vector.map(BigInt) } }
      })
      return { model, fleet, trials }
    }),
  )
  return {
    name: `judges ${name}`,
    run() {
      for (const { model, fleet, trials } of prepared()) {
        const [fresh, rows] = structuredClone([model, fleet] as const)
        const trial = readTrial(fresh, rows)
        for (const { now, meant } of trials) {
          const optionOf = optionsOfChoices(fresh, trial.world.options, now.choices)
          const { feasible, values } = judge(
            trial,
            now.chosen.map((choice) => optionOf[choice]!),
          )
          deepStrictEqual({ feasible, values }, meant)
        }
      }
    },
  }
}
