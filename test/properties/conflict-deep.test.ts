/** Long rules, long chains of calls and deep conditions are checked to an end: nothing overflows. */
import { expect, it } from 'vitest'
import { contradictionInside } from '../../constraints/conflict/contradiction-inside.ts'
import { deadRule } from '../../constraints/conflict/dead-rule.ts'
import { oppositeActuation } from '../../constraints/conflict/opposite-actuation.ts'
import type { AutomationExpression, Behaviour, Platform } from '../../src/model/automation.ts'
import { checkConflicts } from '../../src/solve/check-conflicts.ts'
import { actuator, apply, behaviour, bool, changed, read, sensor, set, val, type Rule } from '../oracle/words.ts'

const LONG = process.env['FLEETPROOF_LONG'] === undefined ? 700 : 4_000
const DEEP = 300
const platforms: readonly Platform[] = ['native', 'home-assistant', 'node-red']
const kinds = [oppositeActuation, contradictionInside, deadRule]
/** Gives up at once: what is asked for here is that every question is reached. */
const solvers = {
  askAll: (scripts: readonly string[]) => Promise.resolve(scripts.map(() => ({ is: 'unknown', why: 'nobody answers' }) as const)),
}
const numbered = (count: number): readonly number[] => [...Array(count).keys()]

/** One rule of many steps, the last of which contradicts the first. */
const longRule = (platform: Platform): Behaviour =>
  behaviour([sensor('door', bool), actuator('lamp', bool), actuator('bell', bool)], {
    long: {
      when: [changed('door')],
      platform,
      steps: numbered(LONG).map((at) =>
        set(`s${at}`, at === 0 || at === LONG - 1 ? 'lamp' : 'bell', at === LONG - 1, ...(at === LONG - 1 ? [] : [`s${at + 1}`])),
      ),
      entry: ['s0'],
    },
  })

/** Each rule calls the next; the first and the last fight. */
const longChain = (platform: Platform): Behaviour =>
  behaviour(
    [sensor('door', bool), actuator('lamp', bool)],
    Object.fromEntries(
      numbered(DEEP).map((at): [string, Rule] => [
        `r${at}`,
        {
          when: at === 0 ? [changed('door')] : [],
          platform,
          steps: [
            ...(at === 0 || at === DEEP - 1 ? [set('s', 'lamp', at === 0, ...(at === 0 ? ['c'] : []))] : []),
            ...(at === DEEP - 1 ? [] : [{ id: 'c', do: 'call', automation: `r${at + 1}`, next: [] } as const]),
          ],
          entry: [at === 0 || at === DEEP - 1 ? 's' : 'c'],
        },
      ]),
    ),
  )

/** A condition of conditions. */
const deepGuard = (platform: Platform): Behaviour => {
  const guard = numbered(250).reduce<AutomationExpression>(
    (inner, at) => apply(at % 2 === 0 ? 'and' : 'or', read('door'), inner),
    read('window'),
  )
  return behaviour([sensor('door', bool), sensor('window', bool), actuator('lamp', bool)], {
    deep: { when: [changed('door')], platform, guard, steps: [set('s', 'lamp', true)] },
    other: { when: [changed('door')], platform, guard: val(true), steps: [set('s', 'lamp', false)] },
  })
}

it.each(platforms.flatMap((platform) => [longRule, longChain, deepGuard].map((make) => ({ platform, make }))))(
  'checks $make.name on $platform',
  async ({ platform, make }) => {
    const { findings } = await checkConflicts(make(platform), kinds, solvers)
    expect(findings.map(({ id }) => id)).toContain('K17')
    expect(findings.filter(({ id, verdict }) => id === 'K17' && verdict === 'conflict')).toEqual([])
  },
  600_000,
)
