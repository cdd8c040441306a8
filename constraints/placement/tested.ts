/** Tested: a device runs a variant only where a test result says so: some entry names the variant, and its `when` is true for the device. The violation counts the devices that run what is untested for them. */
import { z } from 'zod'
import { defineKind } from '../define-kind.ts'
import { allowed, exclusionMeaning, exclusionRows, type Exclusion } from '../excluding.ts'
import type { Use } from '../kind.ts'
import { expression, variantId } from '../selecting.ts'

const parameters = z.strictObject({
  results: z
    .array(z.strictObject({ variant: variantId, when: expression.describe('for which devices') }))
    .describe('test results: `{variant, when}`, `when` over `device.*`'),
})
type Parameters = z.output<typeof parameters>

function exclusion(use: Use<Parameters>): Exclusion {
  const results = use.parameters.results.map(({ variant }, i) => ({ variant, holds: use.truth(`when ${i}`) }))
  return {
    selected: new Uint8Array(use.classes).fill(1),
    excludes: (c, choice) => {
      const { variant } = use.choices[choice]!
      return variant !== undefined && !results.some((result) => result.variant === variant && result.holds[c] === 1)
    },
  }
}

export const tested = defineKind<Parameters>({
  id: 'placement/tested',
  says: 'a device runs a variant only where a test result for such devices exists',
  policies: ['hard', 'soft', 'do-not-worsen'],
  parameters,
  sees: ({ results }) => results.map(({ when }, i) => ({ name: `when ${i}`, text: when, yields: 'bool', path: ['results', i, 'when'] })),
  sets: ({ results }) => results.map(({ variant }, i) => ({ name: variant, variants: [variant], path: ['results', i, 'variant'] })),
  allows: (use) => allowed(exclusion(use)),
  rows: (use) => exclusionRows(use, exclusion(use)),
  assertions: (use) => exclusionMeaning(use, exclusion(use)),
  because: ({ results }) => {
    const tests = new Map<string, string[]>()
    for (const { variant, when } of results) tests.set(variant, [...(tests.get(variant) ?? []), `\`${when}\``])
    const list = [...tests].map(([variant, whens]) => `\`${variant}\` where ${whens.join(' or ')}`)
    return `a device runs only what was tested on its like: ${list.length === 0 ? 'nothing was' : list.join(', ')}`
  },
})
