/**
 * Diversity: each of the named variants runs on more than a number, or on at least a number or share, of the selected devices, so that no single flaw reaches
 * too many. The violation counts, over the variants, the devices that are missing.
 */
import { z } from 'zod'
import { add } from '../../src/smt/build.ts'
import { below, countTerm } from '../counting.ts'
import { defineKind } from '../define-kind.ts'
import { count, devicesText, groupsOf, seesOf, selecting, type Group } from '../selecting.ts'
import { atLeast, share, type Share } from '../share.ts'
import { listed, listedSets, listedText, listing, variantCoefficient } from '../variants.ts'

const parameters = z
  .strictObject({
    ...selecting,
    ...listing,
    more_than: count.optional().describe('each variant on more devices than this'),
    at_least: count.optional().describe('each variant on this many devices'),
    share: share.optional().describe('each variant on this share of the selected devices, rounded up'),
  })
  .refine((written) => thresholds(written) === 1, 'one of `more_than`, `at_least` and `share` is needed')
type Parameters = z.output<typeof parameters>

interface Threshold {
  readonly more_than?: number | undefined
  readonly at_least?: number | undefined
  readonly share?: Share | undefined
}

function thresholds(written: Threshold): number {
  return [written.more_than, written.at_least, written.share].filter((threshold) => threshold !== undefined).length
}

function least({ more_than: more, at_least: minimum, share: part }: Threshold, { devices }: Group): number {
  if (more !== undefined) return more + 1
  return part === undefined ? (minimum ?? 0) : atLeast(part, devices)
}

function leastText({ more_than: more, at_least: minimum, share: part }: Threshold): string {
  if (more !== undefined) return `more than ${more}`
  return part === undefined ? `at least ${minimum ?? 0}` : `at least ${part.text}`
}

export const diversity = defineKind<Parameters>({
  id: 'placement/diversity',
  says: 'each of the named variants runs on more than a number, or at least a share, of the selected devices',
  policies: ['hard', 'soft'],
  parameters,
  sees: ({ of }) => seesOf(of),
  sets: listedSets,
  rows: (use) => ({
    rows: groupsOf(use).flatMap((group) =>
      listed(use).map((id) => {
        const lower = least(use.parameters, group)
        return { group: '', part: id, lower, upper: Infinity, classes: group.classes, coefficient: variantCoefficient(use, id) }
      }),
    ),
    auxiliaries: [],
  }),
  assertions: (use) =>
    groupsOf(use).map((group) => ({
      group: '',
      classes: group.classes,
      violation: () => {
        const running = (id: string) => countTerm(use, group.classes, (choice) => use.choices[choice]!.variant === id)
        return add(...listed(use).map((id) => below(running(id), least(use.parameters, group))))
      },
    })),
  because: (written) => `${listedText(written)} each run on ${leastText(written)} of the ${devicesText(written.of)}`,
})
