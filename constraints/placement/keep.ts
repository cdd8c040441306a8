/** Keep: selected devices stay on what they run today, settings included. One that runs nothing, or something the model does not know, gets nothing new. */
import { z } from 'zod'
import { UNMANAGED } from '../../src/model/outcome.ts'
import { defineKind } from '../define-kind.ts'
import { allowed, exclusionMeaning, exclusionRows, type Exclusion } from '../excluding.ts'
import type { Use } from '../kind.ts'
import { isChange } from '../problem-reading.ts'
import { devicesText, seesOf, selected, selecting } from '../selecting.ts'

const parameters = z.strictObject({ ...selecting })
type Parameters = z.output<typeof parameters>

function exclusion(use: Use<Parameters>): Exclusion {
  return { selected: selected(use), excludes: (c, choice) => choice !== UNMANAGED && isChange(use.current[c]!, choice) }
}

export const keep = defineKind<Parameters>({
  id: 'placement/keep',
  says: 'selected devices stay on what they run today',
  policies: ['hard', 'soft'],
  parameters,
  sees: ({ of }) => seesOf(of),
  sets: () => [],
  allows: (use) => allowed(exclusion(use)),
  rows: (use) => exclusionRows(use, exclusion(use)),
  assertions: (use) => exclusionMeaning(use, exclusion(use)),
  because: ({ of }) => `${devicesText(of)} keep what they run`,
})
