/**
 * Advisory: no device ends with what a security advisory says is affected; it gets something else, or nothing (`quarantine` says that this is wanted, and
 * why). What is not known not to be affected is. The violation counts the devices that do.
 */
import { z } from 'zod'
import { defineKind } from '../define-kind.ts'
import { allowed, exclusionMeaning, exclusionRows, type Exclusion } from '../excluding.ts'
import type { Use } from '../kind.ts'
import { expression } from '../selecting.ts'

const parameters = z.strictObject({
  id: z.string().min(1).describe('the evidence, such as `CVE-2026-1234`'),
  affects: expression.describe('over `variant.*`, `settings.*` and `device.*`: what is affected'),
  what: z.string().min(1).optional().describe('what is affected in words; else reasons show the expression'),
  quarantine: z.literal(true).optional().describe('a device that has nothing else is kept without a variant, with the evidence'),
})
type Parameters = z.output<typeof parameters>

function exclusion(use: Use<Parameters>): Exclusion {
  const affected = use.judged('affects')
  return {
    selected: new Uint8Array(use.classes).fill(1),
    excludes: (c, choice) => use.choices[choice]!.outcome === 'variant' && affected(c, choice) !== 0,
  }
}

export const advisory = defineKind<Parameters>({
  id: 'placement/advisory',
  says: 'devices leave what an advisory says is affected',
  policies: ['hard', 'soft', 'do-not-worsen'],
  parameters,
  sees: () => [],
  sets: () => [],
  judges: ({ affects }) => [{ name: 'affects', text: affects, yields: 'bool', path: ['affects'] }],
  allows: (use) => allowed(exclusion(use)),
  rows: (use) => exclusionRows(use, exclusion(use)),
  assertions: (use) => exclusionMeaning(use, exclusion(use)),
  because: ({ id, affects, what, quarantine }) =>
    `no device runs what \`${id}\` affects (${what ?? `\`${affects}\``})${quarantine === true ? '; those that have nothing else are quarantined' : ''}`,
})
