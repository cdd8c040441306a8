/** Fifteen published interactions: runs that are drawn show those of time, and none of a repaired twin does. */
import { describe, expect, it } from 'vitest'
import { drawRun, seeded } from '../../src/verify/timed-explore.ts'
import type { Behaviour } from '../../src/model/automation.ts'
import { timedChecks } from '../../src/verify/timed/checks.ts'
import { courseOf } from '../../src/verify/timed/course.ts'
import { behaviourOf, embedded, interactionCases, renamed, rescaled } from '../fixtures/interactions/cases.ts'

/** K29 without a time is told from single reactions. */
const timed = interactionCases.filter(({ kind }) => kind !== 'K29' && timedChecks.some(({ id }) => id === kind))
const word = (name: string): string => name.replaceAll(/[a-z0-9]/g, (letter) => `${letter}q`)

/** Drawn runs until one shows the kind for two rules and an actuator, at most so many. */
function shown(behaviour: Behaviour, kind: string, runs: number): boolean {
  const check = timedChecks.find(({ id }) => id === kind)!
  const rules = behaviour.applications.flatMap(({ automations }) => automations.map(({ id }) => id))
  const actuators = behaviour.attributes.filter(({ role }) => role === 'actuator').map(({ id }) => id)
  for (let seed = 0; seed < runs; seed++) {
    const drawn = drawRun(behaviour, seeded(seed), { events: 9, busy: 0.5 })
    const course = drawn && courseOf(behaviour, drawn.replayed)
    if (course === undefined) continue
    for (const actuator of actuators)
      for (const from of rules)
        for (const to of rules) {
          const subject = { rules: from === to ? [from] : [from, to].sort(), key: `${actuator} ${from} -> ${to}`, actuator }
          if (check.shows(course, subject) !== undefined) return true
        }
  }
  return false
}

describe('the published interactions', () => {
  it('are fifteen', () => {
    expect(interactionCases.map(({ kind }) => kind).sort()).toEqual([
      'K10',
      'K14',
      'K15',
      'K19',
      'K22a',
      'K22b',
      'K22c',
      'K28',
      'K28',
      'K29',
      'K29',
      'K32',
      'K33',
      'K4',
      'K7',
    ])
  })

  it.each(timed)('$name ($kind) shows in a drawn run, and not in one of its twin', ({ kind, sources, twin }) => {
    expect(shown(behaviourOf(sources), kind, 200)).toBe(true)
    expect(shown(behaviourOf(twin), kind, 40)).toBe(false)
  })

  it.each(timed)('$name ($kind) shows in other words and at another pace', ({ kind, sources, twin }) => {
    const other = (behaviour: Behaviour): Behaviour => rescaled(renamed(behaviour, word), 0.5, 3)
    expect(shown(other(behaviourOf(sources)), kind, 200)).toBe(true)
    expect(shown(other(behaviourOf(twin)), kind, 40)).toBe(false)
  })

  it.each(interactionCases)('$name can be read among fifty rules that have nothing to do with it', ({ sources }) => {
    const behaviour = behaviourOf(embedded(sources, 50))
    expect(behaviour.applications.flatMap(({ automations }) => automations).length).toBeGreaterThan(50)
  })
})
