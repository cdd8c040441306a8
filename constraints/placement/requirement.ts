/** Requirement: who may run what. Every variant's own `requires` and `rules` are this kind without being listed; a use in `constraints` adds one from outside. */
import { z } from 'zod'
import { defineKind } from '../define-kind.ts'
import { allowed, exclusionMeaning, exclusionRows, type Exclusion } from '../excluding.ts'
import type { Use } from '../kind.ts'
import {
  chosen,
  chosenSets,
  chosenText,
  choosing,
  devicesText,
  expression,
  seesOf,
  selected,
  selecting,
  waysToChoose,
} from '../selecting.ts'

const parameters = z
  .strictObject({ ...selecting, ...choosing, requires: expression.describe('what a device needs; a missing fact does not qualify') })
  .refine((written) => waysToChoose(written) <= 1, 'only one of `variant`, `variants` and `choose` can be given')
type Parameters = z.output<typeof parameters>

function exclusion(use: Use<Parameters>): Exclusion {
  const [set, meets] = [chosen(use), use.truth('requires')]
  return { selected: selected(use), excludes: (c, choice) => set[choice] === 1 && meets[c] !== 1 }
}

export const requirement = defineKind<Parameters>({
  id: 'placement/requirement',
  says: "a device runs a variant only if the variant's requirement and rules hold for it, for some settings",
  policies: ['hard', 'soft'],
  parameters,
  sees: ({ of, requires }) => [...seesOf(of), { name: 'requires', text: requires, yields: 'bool', path: ['requires'] }],
  sets: chosenSets,
  allows: (use) => allowed(exclusion(use)),
  rows: (use) => exclusionRows(use, exclusion(use)),
  assertions: (use) => exclusionMeaning(use, exclusion(use)),
  because: (written) => `${devicesText(written.of)} run ${chosenText(written)} only if \`${written.requires}\``,
})
