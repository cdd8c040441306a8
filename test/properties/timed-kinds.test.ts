/** Kinds of time on models of few rules: found by a run that is replayed exactly, and never found on their repaired twins. A grid of whole steps would miss some of them. */
import { afterAll, describe, expect, it } from 'vitest'
import { timedDefaults, type TimedOptions } from '../../constraints/timed.ts'
import { timedKinds } from '../../constraints/timed-kinds.ts'
import { readBehaviour } from '../../src/engine-check.ts'
import type { Behaviour } from '../../src/model/automation.ts'
import type { Finding } from '../../src/model/conflict.ts'
import { isTimedRun } from '../../src/model/timed-run.ts'
import { checkTimed } from '../../src/solve/check-timed.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { compare, exactFromNumber } from '../../src/verify/exact.ts'
import { showsInTime } from '../../src/verify/timed-findings.ts'
import { exactOf, replayTimed } from '../../src/verify/timed-interpreter.ts'

const solvers = createSolvers({ threads: 1 })
afterAll(() => solvers.close())

const THINGS = `
  motion: {attributes: {seen: {bool: true, sensor: true}}}
  button: {attributes: {pressed: {bool: true, sensor: true}}}
  lamp: {attributes: {power: {bool: true, actuator: true, initial: false}}}`

const behaviourOf = (body: string): Behaviour => {
  const text = `fleetproof-automations: 1\napplication: home\nthings:${THINGS}\n${body}`
  const read = readBehaviour({ sources: [{ format: 'native', source: { name: 'home.yaml', text } }] }, {})
  if (!read.ok) throw new Error(JSON.stringify(read.diagnostics))
  return read.value
}

const found = async (behaviour: Behaviour, kind: string, options: TimedOptions = timedDefaults): Promise<readonly Finding[]> => {
  const kinds = timedKinds.filter(({ number }) => number === kind)
  return (await checkTimed(behaviour, kinds, solvers, {}, options)).findings
}

/** The one finding, its run replayed and judged again. */
const conflictIn = async (body: string, kind: string, options?: TimedOptions): Promise<Finding> => {
  const behaviour = behaviourOf(body)
  const conflicts = (await found(behaviour, kind, options)).filter(({ verdict }) => verdict === 'conflict')
  const [first] = conflicts
  if (first?.run === undefined || !isTimedRun(first.run)) throw new Error(`${kind} is not found`)
  expect(replayTimed(behaviour, first.run).diagnostics).toEqual([])
  expect(typeof showsInTime(behaviour, first, first.run)).not.toBe('string')
  return first
}

/** Nothing but proofs, and their scripts have no solution. `idle`: some rule never starts, which each says. */
const provedIn = async (body: string, kind: string, options?: TimedOptions, idle?: 'idle'): Promise<readonly Finding[]> => {
  const findings = await found(behaviourOf(body), kind, options)
  expect(findings.map(({ verdict, why }) => [verdict, why])).toEqual(
    findings.map(() => ['proved', idle === undefined ? undefined : 'no run was found in which all its rules start']),
  )
  for (const { certificate, run, rules } of findings) {
    // A proof about rules that never start says nothing: a run shows them all.
    if (rules.length > 0 && idle === undefined && run === undefined) throw new Error('no run lets its rules start')
    if (certificate?.is !== 'induction') throw new Error('no induction')
    const answers = await solvers.askAll(certificate.scripts.map(({ text }) => text))
    expect(answers.map(({ is }) => is)).toEqual(certificate.scripts.map(() => 'unsat'))
  }
  return findings
}

const lights = (milliseconds: number): string => `automations:
  - {name: lit, when: {change: motion.seen, to: true}, do: [{set: {lamp.power: true}}]}
  - {name: dark, when: {becomes: 'lamp.power', for: ${milliseconds}}, do: [{set: {lamp.power: false}}]}`

describe('a command is taken back (K12)', () => {
  it('at the very end of the window, not after it', async () => {
    await conflictIn(lights(60_000), 'K12')
    await provedIn(lights(60_001), 'K12')
  })
  it('in windows of any length, in parts of milliseconds too', async () => {
    const options = { ...timedDefaults, revert: 0.25 }
    await conflictIn(lights(0.25), 'K12', options)
    await provedIn(lights(0.26), 'K12', options)
  })
})

const two = (short: string, long: string): string => `helpers:
  short: {bool: true, initial: false}
  long: {bool: true, initial: false}
automations:
  - {name: passage, when: {change: motion.seen, to: true}, do: [{set: {short: true, lamp.power: true}}, {delay: 300000}, {set: {short: false}}, {choose: [{if: '${short}', do: [{set: {lamp.power: false}}]}]}]}
  - {name: reading, when: {change: button.pressed, to: true}, do: [{set: {long: true, lamp.power: true}}, {delay: 3600000}, {set: {long: false}}, {choose: [{if: '${long}', do: [{set: {lamp.power: false}}]}]}]}`

describe('a timer is cut short (K22c)', () => {
  it('where neither looks at the other’s, and never where both do', async () => {
    const { trace } = await conflictIn(two('true', 'true'), 'K22c')
    expect(trace.every(({ instant }) => instant !== undefined)).toBe(true)
    const proofs = await provedIn(two('!long', '!short'), 'K22c')
    expect(proofs.map(({ certificate }) => (certificate?.is === 'induction' ? certificate.invariant.length : 0))).toEqual([1, 1])
  })
})

const late = (milliseconds: number, bound: string): string => `automations:
  - {name: alarm, when: {becomes: 'motion.seen'}, mode: restart, do: [{delay: ${milliseconds}}, {set: {lamp.power: true}}]}
safety:
  properties:
    told: {says: the lamp tells, after: [{attribute: motion.seen, is: true}], then: [{attribute: lamp.power, is: true}], within: ${bound}}`

describe('what must follow in time (K30)', () => {
  it('may come at the last instant; a timer that is begun anew one moment before its end is late', async () => {
    const once = late(300_000, '5 min').replace('mode: restart', 'mode: single')
    await provedIn(once, 'K30')
    const { run } = await conflictIn(late(300_000, '5 min'), 'K30')
    if (run === undefined || !isTimedRun(run)) throw new Error('no run')
    const times = run.elapses.map(({ milliseconds }) => exactOf(milliseconds)!)
    expect(times.some((time) => compare(time, exactFromNumber(0)) > 0 && compare(time, exactFromNumber(300_000)) < 0)).toBe(true)
  })
  it('is broken by a delay that is longer by less than a millisecond', async () => {
    await conflictIn(late(300_000.5, '5 min').replace('mode: restart', 'mode: single'), 'K30')
  })
})

const rest = (bound: string): string => `automations:
  - {name: pause, when: {change: motion.seen}, mode: restart, do: [{set: {lamp.power: false}}, {delay: 300000}, {set: {lamp.power: true}}]}
safety:
  properties:
    rests: {says: the lamp rests, after: [{attribute: lamp.power, is: false}], never: [{attribute: lamp.power, is: true}], within: ${bound}}`

describe('what must not come so soon (K29)', () => {
  it('counts the last instant', async () => {
    await conflictIn(rest('5 min'), 'K29')
    await provedIn(rest('299999 ms'), 'K29')
  })
})

const heated = (most: number, threshold: string): string => `automations:
  - {name: heat, when: {becomes: 'motion.seen'}, do: [{set: {heater.power: true}}]}
  - {name: air, when: {becomes: 'thermometer.temperature ${threshold}'}, do: [{set: {window.open: true}}]}
world:
  places: {living: }
  things:
    heater: {is: heater, place: living, rates: {temperature: {low: 2, high: 4}}}
  observations: {thermometer.temperature: {property: temperature, place: living, within: 0.5}}
  influences: [{property: temperature, place: living, low: -1, high: 0, least: 5, most: ${most}}]`

const withPhysics = (body: string): string =>
  `  heater: {place: living, attributes: {power: {bool: true, actuator: true, initial: false}}}
  window: {place: living, attributes: {open: {bool: true, actuator: true, initial: false}}}
  thermometer: {place: living, attributes: {temperature: {number: {low: -40, high: 60}, sensor: true}}}
${body}`

describe('a rule starts another through the temperature (K7)', () => {
  it('where the room can get so warm, at an instant between any two samples', async () => {
    await conflictIn(withPhysics(heated(40, '> 26')), 'K7')
  })
  it('strictly: a room of at most 26 degrees is never above 26, but may be 26', async () => {
    await provedIn(withPhysics(heated(26, '> 26')), 'K7', timedDefaults, 'idle')
    await conflictIn(withPhysics(heated(26, '>= 26')), 'K7')
  })
})
