/**
 * Capacity: what the devices of a group use of a resource stays within the group's limit. Every outcome counts: a variant what its `uses` says on the device,
 * `unmanaged` what the model says of it, `none` nothing; an amount that is unknown counts as `UNKNOWN_AMOUNT`. A limit that differs within a group counts as the smallest; a
 * group without any is not limited. The violation is the excess, in the resource's canonical unit.
 */
import { z } from 'zod'
import { readAmount } from '../../src/model/units.ts'
import { above, weighed, weighTerm } from '../counting.ts'
import { defineKind } from '../define-kind.ts'
import type { Use } from '../kind.ts'
import { devicesText, expression, groupsOf, groupText, seesOf, seesOver, selecting, type Group } from '../selecting.ts'

type Limit = { readonly is: 'amount'; readonly value: number; readonly text: string } | { readonly is: 'expression'; readonly text: string }

const limit = z.union([z.string().min(1), z.number()]).transform((written, context): Limit => {
  const text = String(written).trim()
  const amount = readAmount(text)
  if (amount.is === 'amount') return { is: 'amount', value: amount.value, text }
  if (amount.is === 'wrong') context.addIssue({ code: 'custom', message: amount.message })
  return { is: 'expression', text }
})

const parameters = z.strictObject({
  resource: z.string().min(1).describe('what is used up, as `uses` names it'),
  limit: limit.describe('`512 MB`, or an expression over `group.*` (the device that `over` links to) or `device.*`'),
  over: expression.optional().describe('what shares a limit, such as `device.gateway`; the whole fleet where absent'),
  ...selecting,
})
type Parameters = z.output<typeof parameters>

/** Groups with their limits. */
function limitedGroups(use: Use<Parameters>): readonly (Group & { readonly limit: number })[] {
  const { limit: written } = use.parameters
  if (written.is === 'amount') return groupsOf(use).map((group) => ({ ...group, limit: written.value }))
  const limits = use.number('limit')
  return groupsOf(use).map((group) => {
    let least = NaN
    for (const c of group.classes) if (!Number.isNaN(limits[c]) && !(least <= limits[c]!)) least = limits[c]!
    return { ...group, limit: least }
  })
}

const unlimited = ({ limit: value }: { readonly limit: number }): boolean => Number.isNaN(value)

export const capacity = defineKind<Parameters>({
  id: 'placement/capacity',
  says: 'what the devices of a group use of a resource stays within the limit of the group',
  policies: ['hard', 'soft', 'do-not-worsen'],
  parameters,
  sees: ({ of, over, limit: written, resource }) => [
    ...seesOf(of),
    ...seesOver(over),
    ...(written.is === 'amount'
      ? []
      : [{ name: 'limit', text: written.text, yields: 'number', path: ['limit'], group: 'over', resource } as const]),
  ],
  sets: () => [],
  resources: ({ resource }) => [{ name: resource, path: ['resource'] }],
  warns: (use) => {
    const without = limitedGroups(use).filter(unlimited)
    if (without.length === 0) return []
    const [first] = without
    const which = without.length === 1 ? `the group \`${first!.name}\` has` : `${without.length} groups have, such as \`${first!.name}\`,`
    return [{ code: 'model/no-limit', message: `${which} no known limit of \`${use.parameters.resource}\`, so nothing limits it there` }]
  },
  rows: (use) => {
    const { resource } = use.parameters
    const rows = limitedGroups(use)
      .filter((group) => !unlimited(group))
      .map((group) => ({
        group: group.name,
        part: '',
        lower: -Infinity,
        upper: group.limit,
        ...weighed(use, group.classes, (c, choice) => use.uses(resource, c, choice)),
      }))
    return { rows, auxiliaries: [] }
  },
  assertions: (use) =>
    limitedGroups(use)
      .filter((group) => !unlimited(group))
      .map((group) => ({
        group: group.name,
        classes: group.classes,
        violation: () =>
          above(
            weighTerm(use, group.classes, (c, choice) => use.uses(use.parameters.resource, c, choice)),
            group.limit,
          ),
      })),
  because: ({ resource, limit: written, over, of }, group) => {
    const where = group === '' && over !== undefined ? ` of each \`${over}\`` : groupText(group)
    return `the ${devicesText(of)}${where} use at most \`${written.text}\` of \`${resource}\``
  },
})
