/** What random certificates of prices, sites and lists prove: never more than the optimum, and exactly what they proved. */
import { ok, strictEqual } from 'node:assert'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Certificate } from '../../../src/model/certificate.ts'
import { boundOf, type Bound } from '../../../src/verify/bound/bound.ts'
import { readTrial, type Trial } from '../../../src/verify/judge.ts'
import { oracleOf } from '../../oracle/assignment.ts'
import { randomPrices, randomSites } from '../../oracle/random-certificate.ts'
import { mixedKinds, randomFrom, randomModel } from '../../oracle/random-model.ts'
import { smallFleet } from '../../oracle/small-fleet.ts'
import { once, type Case } from './case.ts'

export const RANDOM_FILE = new URL('../../golden/mutants/random.json', import.meta.url)
export const RANDOM_SEEDS = Array.from({ length: 24 }, (_, at) => at + 300)
const TIMES = 18

export function randomCases(): readonly Case[] {
  const proved = JSON.parse(readFileSync(RANDOM_FILE, 'utf8')) as Readonly<Record<string, string>>
  return RANDOM_SEEDS.map((seed): Case => {
    const made = once(() => {
      const input = smallFleet(modelOf(seed))
      const best = oracleOf(input.model, input.fleet).best()
      return { input, best: best === 'impossible' ? undefined : best.vector }
    })
    return {
      name: `proves by random certificates of ${seed} what they proved`,
      run() {
        const { input, best } = made()
        const bounds = boundsOf(structuredClone(input), seed)
        for (const { values, after } of bounds) {
          if (values === undefined || best === undefined || after !== undefined) continue
          const at = values.findIndex((value, level) => value !== BigInt(best[level]!))
          ok(at < 0 || values[at]! < BigInt(best[at]!), `${seed}: ${values.join()} is above ${best.join()}`)
        }
        strictEqual(digest(bounds), proved[seed])
      },
    }
  })
}

/** By seed, what is proved, shortened. */
export function allProved(): Readonly<Record<string, string>> {
  return Object.fromEntries(RANDOM_SEEDS.map((seed) => [seed, digest(boundsOf(smallFleet(modelOf(seed)), seed))]))
}

const modelOf = (seed: number): string => randomModel(seed, { kinds: mixedKinds(seed) })

function boundsOf({ model, fleet }: ReturnType<typeof smallFleet>, seed: number): readonly Bound[] {
  const trial = readTrial(model, fleet)
  const random = randomFrom(seed)
  return Array.from({ length: TIMES }, (_, time) => boundOf(trial, certificatesOf(trial, random, time)))
}

function certificatesOf(trial: Trial, random: () => number, time: number): readonly Certificate[] {
  const listed: Certificate = { is: 'enumeration', component: 'rest', bound: [] }
  if (time === 0) return [listed]
  if (time % 3 === 1) return [randomSites(trial, random, time / TIMES)]
  const one = randomPrices(trial, random)
  if (time % 3 === 2) return [one, listed]
  const half = (even: boolean): Certificate => ({
    ...one,
    component: even ? 'even' : 'odd',
    leaves: one.leaves.map((leaf) => ({ ...leaf, prices: leaf.prices.filter(({ use }) => (use % 2 === 0) === even) })),
  })
  return [half(true), half(false)]
}

function digest(bounds: readonly Bound[]): string {
  const text = JSON.stringify(bounds, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
  return createHash('sha1').update(text).digest('hex').slice(0, 10)
}
