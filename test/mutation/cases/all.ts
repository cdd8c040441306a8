/** All cases by what they are about; of a group of files only those cases are tried that are about them. */
import { bundleCases } from './bundles.ts'
import type { Case } from './case.ts'
import { edgeCases } from './edges.ts'
import { flowCases } from './flow.ts'
import { judgingCases } from './judging.ts'
import { kindCases } from './kinds.ts'
import { partCases } from './parts.ts'
import { besideCases } from './leveled-beside.ts'
import { leveledCases } from './leveled.ts'
import { pricedCases } from './priced.ts'
import { randomCases } from './random.ts'
import { shareCases } from './shares.ts'

const SORTS = {
  shares: shareCases,
  parts: partCases,
  edges: edgeCases,
  kinds: kindCases,
  judging: judgingCases,
  priced: pricedCases,
  leveled: () => [...leveledCases(), ...besideCases()],
  random: randomCases,
  bundles: bundleCases,
  flow: flowCases,
}

/** `wanted`: sorts with commas between; absent: all. */
export function allCases(wanted?: string): readonly Case[] {
  const sorts = wanted?.split(',')
  return Object.entries(SORTS).flatMap(([sort, cases]) => (sorts === undefined || sorts.includes(sort) ? cases() : []))
}
