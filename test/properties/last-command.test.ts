/** Two rules that one event starts, of which no rule looks at what they command: what is asked of what stands in the end takes them in both orders. */
import { afterAll, expect, it } from 'vitest'
import { check } from '../../src/engine-check.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'

const solvers = createSolvers({ threads: 1 })
afterAll(() => solvers.close())

const text = (first: boolean, second: boolean): string => `fleetproof-automations: 1
application: home
things:
  plug: {place: hall, attributes: {seen: {bool: true, sensor: true}, dim: {bool: true, sensor: true}}}
  heater: {place: room, attributes: {power: {bool: true, actuator: true, initial: false}}}
  window: {place: room, attributes: {position: {enum: [closed, open], actuator: true, initial: closed}}}
automations:
  - {name: one, when: {becomes: plug.seen}, do: [{set: {heater.power: ${first}}}]}
  - {name: two, when: {becomes: plug.seen}, do: [{set: {heater.power: ${second}}}]}
  - {name: air, when: {becomes: plug.dim}, do: [{set: {window.position: open}}]}
`

it.each([
  [true, false],
  [false, true],
])('finds the order in which %s, %s leaves the heater on', async (first, second) => {
  const report = await check({ sources: [{ format: 'native', source: { name: 'home.yaml', text: text(first, second) } }] }, solvers)
  if (report.status !== 'checked') throw new Error('the behaviour has mistakes')
  expect(report.findings.filter(({ id }) => id === 'K4').map(({ verdict, rules }) => [verdict, rules])).toEqual([
    ['conflict', ['home/air', first ? 'home/one' : 'home/two']],
  ])
})
