/** Certificates whose bounds are worked out by hand, with the reasons why some of them must not be used. */
import { deepStrictEqual } from 'node:assert'
import { stringify } from 'yaml'
import type { Certificate } from '../../../src/model/certificate.ts'
import { boundOf } from '../../../src/verify/bound/bound.ts'
import { readTrial } from '../../../src/verify/judge.ts'
import { smallFleet } from '../../oracle/small-fleet.ts'
import type { Case } from './case.ts'

export interface Worked {
  readonly name: string
  readonly constraints: readonly object[]
  readonly certificates: readonly Certificate[]
  readonly values: readonly bigint[] | undefined
  readonly why?: readonly string[]
}

/** `fleet`: the model but for its constraints. */
export function workedCases(prefix: string, fleet: object, worked: readonly Worked[]): readonly Case[] {
  return worked.map(({ name, constraints, certificates, values, why = [] }): Case => ({
    name: `${prefix}${name}`,
    run() {
      const read = smallFleet(stringify({ ...fleet, constraints }))
      const found = boundOf(readTrial(read.model, read.fleet), certificates)
      deepStrictEqual({ values: found.values, why: found.problems.map((problem) => problem.why) }, { values, why })
    },
  }))
}
