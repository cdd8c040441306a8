// Runs drawn at random are runs: the interpreter replays each from what was recorded, and they reach what the behaviour can do.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { simulate } from '../../src/engine-simulate.ts'
import { eventSource, randomStep, seededNumbers } from '../../src/explain/random-run.ts'
import { replay, startState, type State } from '../../src/verify/interpreter.ts'
import { toValue } from '../../src/verify/values.ts'
import type { OpenChoice, OutsideEvent } from '../../src/model/conflict.ts'
import type { CheckInputs } from '../../src/engine-check.ts'
import { input, output, partOf } from '../fixtures/flows.ts'

const example = (name: string) => ({ name, text: readFileSync(fileURLToPath(new URL(`../../examples/${name}`, import.meta.url)), 'utf8') })
const inputs: CheckInputs = {
  sources: ['comfort.yaml', 'energy.yaml', 'security.yaml'].map((name) => ({ format: 'native', source: example(name) })),
}

describe('a simulated run', () => {
  it('is replayed by the interpreter to the same reactions, whatever the seed', () => {
    const started = new Set<string>()
    for (let seed = 0; seed < 60; seed++) {
      const drawn = simulate(inputs, { seed, events: 25 })
      if (drawn.status !== 'played') throw new Error('the examples are read')
      const again = simulate(inputs, { run: drawn.run })
      expect(again.status).toBe('played')
      if (again.status === 'played') expect(again.reactions.map(({ lines }) => lines)).toEqual(drawn.reactions.map(({ lines }) => lines))
      for (const { started: runs } of drawn.reactions) for (const { automation } of runs) started.add(automation)
    }
    const first = simulate(inputs)
    if (first.status !== 'played') throw new Error('the examples are read')
    const all = first.behaviour.applications.flatMap(({ automations }) => automations.map(({ id }) => id))
    // Random runs that never start most rules would show nothing.
    expect(started.size).toBeGreaterThanOrEqual(all.length - 1)
  })

  it('is the same for one seed and another for another', () => {
    const lines = (seed: number) => {
      const drawn = simulate(inputs, { seed, events: 10 })
      return drawn.status === 'played' ? JSON.stringify(drawn.run) : ''
    }
    expect(lines(5)).toBe(lines(5))
    expect(lines(5)).not.toBe(lines(6))
  })

  it('that leans on unmodelled parts records what they did', () => {
    const part = partOf([input('a', 'odd'), { id: 'odd', type: 'no such node', wires: [['lamp']] }, output('lamp')])
    const drawn = simulate(
      { sources: [{ format: 'node-red', source: { name: 'f.json', text: '' } }] },
      {
        seed: 2,
        events: 20,
        importers: { 'node-red': () => ({ ok: true, value: [part], diagnostics: [] }) },
      },
    )
    if (drawn.status !== 'played') throw new Error(JSON.stringify(drawn.diagnostics))
    expect(drawn.run.choices.length).toBeGreaterThan(0)
    expect(replay(drawn.behaviour, drawn.run).diagnostics).toEqual([])
  })

  it('step by step gives what the whole does', () => {
    const whole = simulate(inputs, { seed: 9, events: 12 })
    if (whole.status !== 'played') throw new Error('the examples are read')
    const source = eventSource(whole.behaviour)
    const start = startState(whole.behaviour, {})
    if (!start.ok) throw new Error('it starts')
    let state: State = start.value
    const next = seededNumbers(9)
    const events: OutsideEvent[] = []
    const choices: OpenChoice[] = []
    for (let cause = 0; cause < 12; cause++) {
      const drawn = randomStep(source, state, next, cause)!
      events.push(drawn.event)
      choices.push(...drawn.choices)
      state = drawn.reaction.state
    }
    expect({ events, choices }).toEqual({ events: whole.run.events, choices: whole.run.choices })
    expect(Object.keys(whole.run.initial)).toEqual([...start.value.values.keys()])
    expect([...start.value.values.values()].map(toValue)).toEqual(Object.values(whole.run.initial))
  })
})
