/** All cases, those first that fail most easily. */
import { bundleCases } from './bundles.ts'
import type { Case } from './case.ts'
import { judgingCases } from './judging.ts'
import { kindCases } from './kinds.ts'
import { randomCases } from './random.ts'
import { shareCases } from './shares.ts'

export function allCases(): readonly Case[] {
  return [...shareCases(), ...kindCases(), ...judgingCases(), ...randomCases(), ...bundleCases()]
}
