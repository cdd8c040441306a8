/**
 * Requirement: who may run what. Every variant has one use of it without listing it: `requires` must be true for the device, and so must every rule for the
 * settings. A missing fact makes either unknown, and unknown does not qualify. Settings are finite, so every mode is looked at by itself, natively on the
 * fleet's columns (see `src/compile/eligibility.ts`); what is left of the kind in a problem is which columns a class has.
 */
import { z } from 'zod'
import { defineKind } from '../define-kind.ts'

const parameters = z.strictObject({ variant: z.string(), requires: z.string() })

export const requirement = defineKind<z.output<typeof parameters>>({
  id: 'placement/requirement',
  says: "a device runs a variant only if the variant's requirement and rules hold for it, for some settings",
  implicit: 'a requirement stands with its variant, under `requires`',
  policies: ['hard'],
  parameters,
  sees: () => [],
  sets: () => [],
  rows: () => ({ rows: [], auxiliaries: [] }),
  assertions: () => [],
  because: ({ variant, requires }) => `\`${variant}\` needs ${requires}`,
})
