// Runs in real time as `simulate` plays them: drawn ones replay to the same timeline, whose columns are instants and whose last lanes are quantities.
import { describe, expect, it } from 'vitest'
import { simulate, type SimulateOptions } from '../../src/engine-simulate.ts'
import { timelineText } from '../../src/report/timeline-text.ts'
import { interactionCases } from '../fixtures/interactions/cases.ts'

const played = (name: string, options: SimulateOptions) => {
  const run = simulate({ sources: interactionCases.find((one) => one.name === name)!.sources }, options)
  if (run.status !== 'played') throw new Error(run.diagnostics.map(({ message }) => message).join('; '))
  return run
}
const drawn = (run: ReturnType<typeof played>): string =>
  timelineText(run.reactions, {
    colour: false,
    initial: run.initial,
    always: [],
    head: 'head',
    ...(run.course === undefined ? {} : { course: run.course }),
  })

describe('a simulated run in real time', () => {
  it('is the same for one seed, and replays to the same timeline', () => {
    const one = played('covert-temperature', { timed: true, seed: 3, events: 6 })
    expect(played('covert-temperature', { timed: true, seed: 3, events: 6 }).run).toEqual(one.run)
    expect(drawn(played('covert-temperature', { run: one.run }))).toBe(drawn(one))
    expect(played('covert-temperature', { timed: true, seed: 4, events: 6 }).run).not.toEqual(one.run)
  })
  it('tells instants, quantities and when it ends', () => {
    const text = drawn(played('covert-temperature', { timed: true, seed: 3, events: 6 }))
    expect(text).toMatch(/^ +start +00:\d\d:\d\d\.\d{3}/m)
    expect(text).toMatch(/^ +temperature @ living +26 +26\.02/m)
    expect(text).toMatch(/nothing more until 00:\d\d:\d\d\.\d{3}/)
  })
  it('is refused where time cannot pass so', () => {
    const run = {
      ...{ initial: {}, choices: [], quantities: {}, durations: [] },
      events: [{ is: 'write', attribute: 'people.home', value: false }],
      elapses: [
        { milliseconds: '0', rates: {} },
        { milliseconds: '900001', rates: {} },
      ],
    } as const
    const sources = interactionCases.find(({ name }) => name === 'delayed-after-cause')!.sources
    const refused = simulate({ sources }, { run })
    expect(refused.status === 'invalid' && refused.diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'verify/time step `do.0` of `home/arm` resumes at 900000 ms, and time passes to 900001 ms',
    ])
  })
})
