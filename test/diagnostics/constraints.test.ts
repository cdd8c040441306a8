/** What is wrong with a constraint is said in the words of its author, at its place, with a way out. */
import { describe, expect, it } from 'vitest'
import { placementConstraints } from '../../constraints/placement.ts'
import { compileAssignment } from '../../src/compile/assignment.ts'
import { smallFleet } from '../oracle/small-fleet.ts'

function said(constraint: string, more = ''): readonly string[] {
  const { model, fleet } = smallFleet(`fleetproof: 1
context: {ram: {int: MB}, site: {text: true}}
devices: [{id: gw-1, ram: 1, site: hall}]
variants:
  eco: {}
  full: {}
${more}constraints:
  - ${constraint}
`)
  const read = compileAssignment(model, fleet, placementConstraints)
  if (read.ok) return []
  return read.diagnostics.map(
    ({ code, message, hint, at }) =>
      `${at.range?.start.line ?? '?'}:${at.range?.start.column ?? '?'} ${code} ${message}${hint === undefined ? '' : ` (${hint})`}`,
  )
}

describe('constraints', () => {
  it.each([
    ['quote: {variant: eco, max: 1}', '8:5 model/unknown-kind no kind of constraint is called `quote` (maybe `quota`?)'],
    ['quota: {variant: ecco, max: 1}', '8:22 model/unknown-variant no variant is called `ecco` (maybe `eco`?)'],
    ['forbid: {variants: [eco, fulll]}', '8:30 model/unknown-variant no variant is called `fulll` (maybe `full`?)'],
    ['quota: {variant: eco}', '8:12 model/wrong-value a bound is needed: `min`, `max`, `exact`, `multiple_of` or `share`'],
    ['quota: {variant: eco, variants: [full], max: 1}', '8:12 model/wrong-value one of `variant`, `variants` and `choose` is needed'],
    ['quota: {variant: eco, share: {max: 20}}', '8:40 model/wrong-value `20` is not a share; shares are written `20%` or `2/3`'],
    ['quota: {variant: eco, share: {max: 120%}}', '8:40 model/wrong-value `120%` is more than the whole'],
    ['quota: {variant: eco, mx: 1}', '8:31 model/unknown-key `mx` is not known in `constraints[0].quota` (maybe `max`?)'],
    ['quota: {variant: eco, max: -1}', '8:32 model/out-of-range `constraints[0].quota.max` is -1, it must be at least 0'],
    [
      'requirement: {variant: eco, requires: "true"}',
      '8:5 model/implicit-kind `requirement` is not listed among the constraints (maybe under the variant: a requirement stands with its variant, under `requires`)',
    ],
    [
      'no_conflict: {over: device.site}',
      '8:18 model/wrong-value nothing says what conflicts: give `pairs` or `sets` (maybe a `behaviour` for each variant, so that it can be analysed)',
    ],
  ])('%s', (constraint, expected) => {
    expect(said(constraint)).toContain(expected)
  })

  it('checks the expressions that they read', () => {
    const [first = ''] = said('quota: {variant: eco, of: "device.rma > 1", max: 1}')
    expect(first).toMatch(/^8:\d+ expression\//)
    expect(first).toContain('maybe `device.ram`')
  })
})
