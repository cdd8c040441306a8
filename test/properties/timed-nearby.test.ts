/** In large homes what is near a question is looked at first: it decides as the whole does. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { timedKinds } from '../../constraints/timed-kinds.ts'
import type { Finding } from '../../src/model/conflict.ts'
import { checkTimed } from '../../src/solve/check-timed.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import type { Solvers } from '../../src/solve/solvers.ts'
import { timedCheckOf, verifyTimedFinding } from '../../src/verify/timed-findings.ts'
import { behaviourOf, embedded, interactionCases, type InteractionCase } from '../fixtures/interactions/cases.ts'

let solvers: Solvers
beforeAll(() => {
  solvers = createSolvers({ threads: 1 })
})
afterAll(() => solvers.close())

const names = ['delayed-after-cause', 'disordered-scheduling', 'action-cut-short']
const cases = interactionCases.filter(({ name }) => names.includes(name))

/** Findings of the case's kind about its own rules, in a home of fifty more. */
async function found(kind: string, sources: InteractionCase['sources']): Promise<readonly Finding[]> {
  const behaviour = behaviourOf(embedded(sources, 50))
  const own = new Set(behaviourOf(sources).applications.flatMap(({ automations }) => automations.map(({ id }) => id)))
  const asked = timedKinds.filter(({ number }) => number === kind)
  const { findings } = await checkTimed(behaviour, asked, solvers)
  const mine = findings.filter(({ rules }) => rules.every((rule) => own.has(rule)))
  for (const finding of mine.filter(({ verdict }) => verdict === 'conflict'))
    expect(verifyTimedFinding(behaviour, finding, timedCheckOf(behaviour, finding)!).agrees).toBe(true)
  return mine
}

describe('questions in time of a large home', () => {
  it.each(cases)('$name ($kind): found by a probe, and in its repaired twin not', { timeout: 60_000 }, async ({ kind, sources, twin }) => {
    expect((await found(kind, sources)).map(({ verdict }) => verdict)).toContain('conflict')
    for (const { verdict } of await found(kind, twin)) expect(verdict).toBe('proved')
  })

  it('are decided without an invariant where a guard keeps what stands', { timeout: 60_000 }, async () => {
    const text = `fleetproof-automations: 1
application: home
things:
  room: {attributes: {used: {bool: true, sensor: true}}}
  lamp: {attributes: {power: {bool: true, actuator: true}}}
automations:
  - {name: light, when: {change: room.used, to: true}, do: [{set: {lamp.power: true}}]}
  - {name: dark, when: {becomes: '!room.used', for: 5 min}, if: '!lamp.power', do: [{set: {lamp.power: false}}]}
`
    const sources = embedded([{ format: 'native', source: { name: 'home.yaml', text } }], 50)
    const { findings } = await checkTimed(
      behaviourOf(sources),
      timedKinds.filter(({ number }) => number === 'K12'),
      solvers,
    )
    const own = findings.find(({ subject }) => subject === 'lamp.power home/light -> home/dark')
    expect(own).toMatchObject({ verdict: 'proved', certificate: { is: 'induction', depth: 1, invariant: [] } })
  })
})
