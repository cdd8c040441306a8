/** Keep: selected devices stay on what they run today, settings included, nothing if they run nothing. Where the model does not know what a device runs, or leaves it alone, nothing is asked. */
import { z } from 'zod'
import { UNMANAGED } from '../../src/model/outcome.ts'
import { defineKind } from '../define-kind.ts'
import { allowed, exclusionMeaning, exclusionRows, type Exclusion } from '../excluding.ts'
import type { Use } from '../kind.ts'
import { devicesText, seesOf, selected, selecting } from '../selecting.ts'

const parameters = z.strictObject({ ...selecting })
type Parameters = z.output<typeof parameters>

function exclusion(use: Use<Parameters>): Exclusion {
  return { selected: selected(use), excludes: (c, choice) => use.current[c] !== -1 && choice !== UNMANAGED && use.changes(c, choice) }
}

export const keep = defineKind<Parameters>({
  id: 'placement/keep',
  says: 'selected devices stay on what they run today',
  policies: ['hard', 'soft', 'do-not-worsen'],
  parameters,
  sees: ({ of }) => seesOf(of),
  sets: () => [],
  allows: (use) => allowed(exclusion(use)),
  rows: (use) => exclusionRows(use, exclusion(use)),
  assertions: (use) => exclusionMeaning(use, exclusion(use)),
  because: ({ of }) => `${devicesText(of)} keep what they run`,
})
