/** Forbid: selected devices never run the named variants. */
import { z } from 'zod'
import { defineKind } from '../define-kind.ts'
import { allowed, exclusionMeaning, exclusionRows, type Exclusion } from '../excluding.ts'
import type { Use } from '../kind.ts'
import { chosen, chosenSets, chosenText, choosing, devicesText, seesOf, selected, selecting, waysToChoose } from '../selecting.ts'

const parameters = z
  .strictObject({ ...selecting, ...choosing })
  .refine((written) => waysToChoose(written) === 1, 'one of `variant`, `variants` and `choose` is needed')
type Parameters = z.output<typeof parameters>

function exclusion(use: Use<Parameters>): Exclusion {
  const set = chosen(use)
  return { selected: selected(use), excludes: (_, choice) => set[choice] === 1 }
}

export const forbid = defineKind<Parameters>({
  id: 'placement/forbid',
  says: 'selected devices do not run the named variants',
  policies: ['hard', 'soft'],
  parameters,
  sees: ({ of }) => seesOf(of),
  sets: chosenSets,
  allows: (use) => allowed(exclusion(use)),
  rows: (use) => exclusionRows(use, exclusion(use)),
  assertions: (use) => exclusionMeaning(use, exclusion(use)),
  because: (written) => `${devicesText(written.of)} never run ${chosenText(written)}`,
})
