/** The oracle and the random behaviours are worth their name: both verdicts are common, every platform and kind occurs. */
import { describe, expect, it } from 'vitest'
import { reachable } from '../oracle/reactions.ts'
import { randomBehaviour } from '../oracle/random-behaviour.ts'
import { actuator, behaviour, bool, changed, sensor, set, val } from '../oracle/words.ts'

describe('random behaviours', () => {
  const seeds = Array.from({ length: 120 }, (_, seed) => seed)
  const results = seeds.flatMap((seed) => {
    const of = randomBehaviour(seed)
    const found = reachable(of)
    return found === undefined ? [] : [{ of, found }]
  })
  const share = (holds: (one: (typeof results)[number]) => boolean): number => results.filter(holds).length / results.length
  it('have conflicts of K1 in at least 30 %, and provably none in at least 30 %', () => {
    expect(share(({ found }) => found.k1.size > 0)).toBeGreaterThanOrEqual(0.3)
    expect(share(({ found }) => found.k1.size === 0)).toBeGreaterThanOrEqual(0.3)
  })
  it('show every kind often enough to test it', () => {
    expect(share(({ found }) => found.k2.size > 0)).toBeGreaterThanOrEqual(0.05)
    expect(share(({ found }) => found.k3.size > 0)).toBeGreaterThanOrEqual(0.1)
    expect(share(({ found }) => found.k17.size > 0)).toBeGreaterThanOrEqual(0.1)
  })
  it('use every platform and step', () => {
    const automations = results.flatMap(({ of }) => of.applications.flatMap((application) => application.automations))
    expect(new Set(automations.map(({ platform }) => platform))).toEqual(new Set(['native', 'home-assistant', 'node-red']))
    expect(new Set(automations.flatMap(({ steps }) => steps.map((step) => step.do)))).toEqual(
      new Set(['set', 'branch', 'delay', 'wait', 'emit', 'call', 'unmodelled']),
    )
  })
  it('are the same for the same seed', () => {
    expect(randomBehaviour(7)).toEqual(randomBehaviour(7))
    expect(randomBehaviour(7)).not.toEqual(randomBehaviour(8))
  })
  it('are mostly within reach of the oracle', () => {
    expect(results.length).toBeGreaterThanOrEqual(0.9 * seeds.length)
  })
})

describe('the oracle', () => {
  it('finds a conflict that only one order shows', () => {
    const of = behaviour([sensor('m', bool), actuator('x', bool)], {
      a: { when: [changed('m')], guard: { is: 'read', attribute: 'x' }, steps: [set('s', 'x', false)] },
      b: { when: [changed('m')], steps: [set('s', 'x', val(true))] },
    })
    expect([...reachable(of)!.k1]).toEqual(['x|a|b'])
  })
  it('finds none where the triggers exclude each other', () => {
    const of = behaviour([sensor('m', bool), actuator('x', bool)], {
      a: { when: [changed('m', { to: [true] })], steps: [set('s', 'x', true)] },
      b: { when: [changed('m', { to: [false] })], steps: [set('s', 'x', false)] },
    })
    expect(reachable(of)).toEqual({ k1: new Set(), k2: new Set(), k3: new Set(), k17: new Set(), states: 4 })
  })
})
