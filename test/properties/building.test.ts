/** The building has what it says; each planted scenario shows its kind in a drawn run, and its repaired twin does not. */
import { describe, expect, it } from 'vitest'
import type { Behaviour } from '../../src/model/automation.ts'
import { drawRun, seeded } from '../../src/verify/timed-explore.ts'
import { timedChecks } from '../../src/verify/timed/checks.ts'
import { courseOf, type TimedSubject } from '../../src/verify/timed/course.ts'
import { annex, building, scenarios } from '../fixtures/building/building.ts'
import { behaviourOf } from '../fixtures/interactions/cases.ts'

const kinds = Object.entries(scenarios).map(([kind, both]) => ({ kind, ...both }))

function subjectsOf(behaviour: Behaviour, kind: string): readonly TimedSubject[] {
  const rules = behaviour.applications.flatMap(({ automations }) => automations.map(({ id }) => id))
  const { timed = [], bounds = [] } = behaviour.environment ?? {}
  if (kind === 'K29' || kind === 'K30') return timed.map(({ id }) => ({ key: id, rules: [] }))
  if (kind === 'K5') return bounds.map(({ property, place }) => ({ key: `${property} @ ${place}`, rules }))
  return behaviour.attributes
    .filter(({ role }) => role === 'actuator')
    .flatMap(({ id: actuator }) =>
      rules.flatMap((from) =>
        rules.map((to) => ({ actuator, key: `${actuator} ${from} -> ${to}`, rules: from === to ? [from] : [from, to].sort() })),
      ),
    )
}

function shown(behaviour: Behaviour, kind: string, runs: number): boolean {
  const check = timedChecks.find(({ id }) => id === kind)!
  const subjects = subjectsOf(behaviour, kind)
  for (let seed = 0; seed < runs; seed++) {
    const drawn = drawRun(behaviour, seeded(seed), { events: 8, busy: 0.5, quiet: kind === 'K23' ? 86_400_000 : 0 })
    const course = drawn && courseOf(behaviour, drawn.replayed)
    if (course !== undefined && subjects.some((subject) => check.shows(course, subject) !== undefined)) return true
  }
  return false
}

describe('the building', () => {
  const behaviour = behaviourOf(building())
  it('has eight rooms, 25 automations, sensors of each room and timers', () => {
    expect(behaviour.environment?.places.length).toBe(9)
    const automations = behaviour.applications.flatMap((one) => one.automations)
    expect(automations.length).toBe(25)
    expect(automations.filter(({ steps }) => steps.some((step) => step.do === 'delay')).length).toBe(8)
    expect(behaviour.environment?.observations?.length).toBe(8)
    expect(behaviour.environment?.influences?.length).toBe(8)
  })
  it.each(kinds)('takes the scenario of $kind into its annex', ({ planted, twin }) => {
    expect(behaviourOf(building(planted)).applications.length).toBe(behaviourOf(building(twin)).applications.length)
  })
  it.each(kinds)('shows $kind where it is planted, and not in the repaired twin', ({ kind, planted, twin }) => {
    expect(shown(behaviourOf(annex(planted)), kind, 300)).toBe(true)
    expect(shown(behaviourOf(annex(twin)), kind, 40)).toBe(false)
  })
})
