/** Opposing effects and safety properties on small random behaviours: what is decided is what exploring every reachable state finds. */
import { afterAll, expect, it } from 'vitest'
import { check, readBehaviour } from '../../src/engine-check.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { explore } from '../oracle/reactions.ts'
import { diceOf, type Dice } from '../oracle/random-behaviour.ts'

const solvers = createSolvers({ threads: 1 })
afterAll(() => solvers.close())

const guards = [
  'true',
  'cold.felt',
  '!cold.felt',
  '!window.open',
  '!heater.power',
  'window.open',
  'heater.power',
  'alarm.gas',
  '!alarm.gas',
]
const events = [
  '{change: cold.felt, to: true}',
  '{change: cold.felt, to: false}',
  '{change: alarm.gas}',
  '{change: window.open}',
  '{change: heater.power, to: false}',
]

const rule = (dice: Dice, name: string, attribute: string): string =>
  `  - {name: ${name}, when: ${dice.pick(events)}, if: "${dice.pick(guards)}", do: [{set: {${attribute}: ${dice.chance(0.65)}}}]}`

/** Each actuator has one rule, so that what stands tells who commanded it. */
const behaviour = (seed: number): string => {
  const dice = diceOf(seed)
  return `fleetproof-automations: 1
application: home
things:
  cold: {attributes: {felt: {bool: true, sensor: true}}}
  alarm: {attributes: {gas: {bool: true, sensor: true}}}
  heater: {place: room, attributes: {power: {bool: true, actuator: true, initial: [false]}}}
  window: {place: room, attributes: {open: {bool: true, actuator: true, initial: [false]}}}
safety:
  properties:
    no-spark: {says: no heating at a gas alarm, never: [{attribute: heater.power, is: true}, {attribute: alarm.gas, is: true}]}
automations:
${rule(dice, 'warm', 'heater.power')}
${rule(dice, 'airing', 'window.open')}
`
}

it('agree with exploration', { timeout: 120_000 }, async () => {
  let [opposed, apart, broken, kept] = [0, 0, 0, 0]
  for (let seed = 0; seed < 60; seed++) {
    const source = { name: `${seed}.yaml`, text: behaviour(seed) }
    const read = readBehaviour({ sources: [{ format: 'native', source }] }, {})
    const report = await check({ sources: [{ format: 'native', source }] }, solvers)
    if (!read.ok || report.status !== 'checked') throw new Error(source.text)
    let [both, sparked] = [false, false]
    explore(read.value, (before, { state, writes }) => {
      const [heats, open, gas] = ['heater.power', 'window.open', 'alarm.gas'].map((id) => state.values.get(id) === true)
      both ||= heats === true && open === true
      const commanded = writes.some(({ attribute }) => attribute === 'heater.power')
      sparked ||= commanded && heats === true && gas === true && before.values.get('heater.power') !== true
      return true
    })
    const found = (id: string): boolean => report.findings.some((one) => one.id === id && one.verdict === 'conflict')
    const cleared = (id: string): boolean => report.findings.filter((one) => one.id === id).every(({ verdict }) => verdict === 'proved')
    // What is open is neither; what is decided must be right.
    expect({ seed, K4: found('K4') }).toEqual({ seed, K4: both })
    expect({ seed, K29: found('K29') }).toEqual({ seed, K29: sparked })
    if (both) opposed++
    else if (cleared('K4')) apart++
    if (sparked) broken++
    else if (cleared('K29')) kept++
  }
  expect(Math.min(opposed, apart, broken, kept)).toBeGreaterThan(3)
})
