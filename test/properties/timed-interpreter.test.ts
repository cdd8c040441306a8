/** One scenario for each rule of the text at the head of `model/timed-run.ts`. */
import { describe, expect, it } from 'vitest'
import type { AutomationExpression, Behaviour, Trigger, Value } from '../../src/model/automation.ts'
import type { OutsideEvent, OpenChoice } from '../../src/model/conflict.ts'
import type { Channel, Effect, Influence, Observation, SettledEnvironment } from '../../src/model/environment.ts'
import type { Elapse, TimedRun } from '../../src/model/timed-run.ts'
import { completedTimedRun, isOutsideCause, replayTimed, textOfExact, type TimedReplayed } from '../../src/verify/timed-interpreter.ts'
import {
  actuator,
  any,
  apply,
  behaviour,
  bool,
  changed,
  helper,
  read,
  sensor,
  set,
  val,
  type Bare,
  type BareStep,
} from '../oracle/words.ts'

const MINUTE = 60_000
const write = (attribute: string, value: Value): OutsideEvent => ({ is: 'write', attribute, value })
const resume = (automation: string, step: string, rest: { nth?: number; timedOut?: boolean } = {}): OutsideEvent => ({
  is: 'resume',
  automation,
  step,
  nth: 0,
  timedOut: false,
  ...rest,
})
const due = (automation: string, trigger = 0): OutsideEvent => ({ is: 'due', automation, trigger })
const restart: OutsideEvent = { is: 'restart' }

/** Spans and events in turn: a number or text of milliseconds, or a span with rates. */
type Part = number | string | Elapse | OutsideEvent
const isElapse = (part: Part): part is number | string | Elapse => typeof part !== 'object' || 'milliseconds' in part

function runOf(parts: readonly Part[], rest: Partial<TimedRun> = {}): TimedRun {
  const events: OutsideEvent[] = []
  const elapses: Elapse[] = []
  for (const part of parts) {
    if (isElapse(part)) elapses.push(typeof part === 'object' ? part : { milliseconds: String(part), rates: {} })
    else {
      if (elapses.length === events.length) elapses.push({ milliseconds: '0', rates: {} })
      events.push(part)
    }
  }
  return { initial: {}, events, choices: [], elapses, quantities: {}, durations: [], ...rest }
}
const played = (of: Behaviour, parts: readonly Part[], rest: Partial<TimedRun> = {}): TimedReplayed => replayTimed(of, runOf(parts, rest))
const codes = ({ diagnostics }: TimedReplayed): string[] => diagnostics.map(({ code }) => code)
const why = ({ diagnostics }: TimedReplayed): string => diagnostics.map(({ message }) => message).join('; ')
/** `instant automation:attribute=value` of every write. */
const writes = ({ reactions }: TimedReplayed): string[] =>
  reactions.flatMap(({ at, reaction }) =>
    reaction.writes.map((one) => `${textOfExact(at)} ${one.automation}:${one.attribute}=${String(one.after)}`),
  )
const long = (name: string, on: boolean, milliseconds: number | AutomationExpression): Bare<Trigger> => ({
  on: 'becomes',
  condition: apply('==', read(name), val(on)),
  for: typeof milliseconds === 'number' ? val(milliseconds) : milliseconds,
})
const delay = (id: string, milliseconds: number | AutomationExpression, ...next: string[]): BareStep => ({
  id,
  do: 'delay',
  milliseconds: typeof milliseconds === 'number' ? val(milliseconds) : milliseconds,
  next,
})

const motion = sensor('motion', bool, { initial: [false] })
const door = sensor('door', bool, { initial: [false] })
const lamp = actuator('lamp', bool, { initial: [false] })
const fan = actuator('fan', bool, { initial: [false] })

describe('a delay', () => {
  const of = behaviour([motion, lamp], {
    r: { when: [changed('motion', { to: [true] })], steps: [delay('d', 5 * MINUTE, 's'), set('s', 'lamp', true)] },
  })
  it('ends exactly when it is over', () => {
    const run = played(of, [1000, write('motion', true), 5 * MINUTE, resume('r', 'd')])
    expect([codes(run), writes(run)]).toEqual([[], ['301000 r:lamp=true']])
  })
  it.each([
    ['4:59', 299_000],
    ['a third of a millisecond before', '899999/3'],
    ['not at all', 0],
  ])('does not end sooner: %s', (_, span) => {
    const run = played(of, [1000, write('motion', true), span, resume('r', 'd')])
    expect(codes(run)).toEqual(['verify/not-admissible'])
    expect(why(run)).toContain('resumes at 301000 ms, not at')
  })
  it('lets no time pass beyond its end', () => {
    const run = played(of, [1000, write('motion', true), '900001/3', write('motion', false)])
    expect(codes(run)).toEqual(['verify/time'])
    expect(run.diagnostics[0]?.at).toEqual({ source: 'run', path: ['elapses', 1] })
  })
  it('lets other events come at 4:59 and at its very end, before it and after it', () => {
    const at = (parts: Part[]) => codes(played(of, [write('motion', true), ...parts]))
    expect(at([299_000, write('motion', false), 1000, resume('r', 'd')])).toEqual([])
    expect(at([5 * MINUTE, write('motion', false), 0, resume('r', 'd')])).toEqual([])
    expect(at([5 * MINUTE, resume('r', 'd'), 0, write('motion', false)])).toEqual([])
  })
  it('is over by a restart, deadline and all', () => {
    const run = played(of, [write('motion', true), MINUTE, restart, 10 * MINUTE])
    expect([codes(run), writes(run)]).toEqual([[], []])
  })
  it('is over by the end of the run only where its deadline has not passed', () => {
    expect(codes(played(of, [write('motion', true), 5 * MINUTE]))).toEqual([])
    expect(codes(played(of, [write('motion', true), 5 * MINUTE + 1]))).toEqual(['verify/time'])
  })
  it.each([
    ['null', val(null)],
    ['a text', val('5 min')],
    ['less than 0', val(-1)],
  ])('of %s ends at once, as an event of its own', (_, length) => {
    const odd = behaviour([motion, lamp], {
      r: { when: [changed('motion', { to: [true] })], steps: [delay('d', length, 's'), set('s', 'lamp', true)] },
    })
    expect(writes(played(odd, [7, write('motion', true), 0, resume('r', 'd')]))).toEqual(['7 r:lamp=true'])
    expect(codes(played(odd, [7, write('motion', true), '1/1000', resume('r', 'd')]))).toEqual(['verify/time'])
  })
  it('is as long as it was when it began, whatever it would be later', () => {
    const wish = sensor('wish', { is: 'number', integer: false }, { initial: [10] })
    const open = behaviour([motion, wish, lamp], {
      r: {
        when: [changed('motion', { to: [true] })],
        steps: [delay('d', apply('*', read('wish'), val(100)), 's'), set('s', 'lamp', true)],
      },
    })
    const run = [write('motion', true), 400, write('wish', 50), 600, resume('r', 'd')]
    expect(writes(played(open, run))).toEqual(['1000 r:lamp=true'])
  })
  it('that is not modelled is as long as the run says, and the run says it once', () => {
    const open = behaviour([motion, lamp], {
      r: {
        when: [changed('motion', { to: [true] })],
        steps: [delay('d', any({ is: 'number', low: 0, high: 10, integer: false }, 'p'), 's'), set('s', 'lamp', true)],
      },
    })
    const parts = [write('motion', true), '7/3', resume('r', 'd')]
    expect(writes(played(open, parts, { durations: ['7/3'] }))).toEqual(['7/3 r:lamp=true'])
    expect(codes(played(open, parts))).toEqual(['verify/choice'])
    expect(codes(played(open, parts, { durations: ['11'] }))).toEqual(['verify/choice'])
    expect(codes(played(open, parts, { durations: ['-1'] }))).toEqual(['verify/choice'])
    expect(codes(played(open, parts, { durations: ['7/3', '2'] }))).toEqual(['verify/choices-left'])
    const bare = runOf([write('motion', true), 0, resume('r', 'd')])
    expect(completedTimedRun(open, bare).durations).toEqual(['0'])
    expect(codes(replayTimed(open, completedTimedRun(open, bare)))).toEqual([])
  })
})

describe('deadlines that coincide', () => {
  const of = behaviour([motion, lamp], {
    on: { when: [changed('motion', { to: [true] })], steps: [delay('d', MINUTE, 's'), set('s', 'lamp', true)] },
    off: { when: [changed('motion', { to: [true] })], steps: [delay('d', MINUTE, 's'), set('s', 'lamp', false)] },
  })
  it.each([
    ['on', 'off'],
    ['off', 'on'],
  ])('come in either order: %s first', (first, second) => {
    const run = played(of, [write('motion', true), MINUTE, resume(first, 'd'), 0, resume(second, 'd')])
    expect(codes(run)).toEqual([])
    expect(writes(run).map((one) => one.slice(6))).toEqual([
      `${first}:lamp=${String(first === 'on')}`,
      `${second}:lamp=${String(second === 'on')}`,
    ])
  })
  it('all come before time goes on', () => {
    expect(codes(played(of, [write('motion', true), MINUTE, resume('on', 'd'), '1/2']))).toEqual(['verify/time'])
  })
})

describe('run modes', () => {
  const withMode = (run: 'single' | 'restart' | 'queued' | 'parallel') =>
    behaviour([motion, lamp], {
      r: {
        when: [changed('motion')],
        mode: { run, max: 5 },
        steps: [set('a', 'lamp', true, 'd'), delay('d', MINUTE, 's'), set('s', 'lamp', false)],
      },
    })
  it('`restart` begins the delay anew, and the old one is over', () => {
    const of = withMode('restart')
    const begun = [write('motion', true), 40_000, write('motion', false)]
    expect(writes(played(of, [...begun, 60_000, resume('r', 'd')])).at(-1)).toBe('100000 r:lamp=false')
    expect(codes(played(of, [...begun, 20_000, resume('r', 'd')]))).toEqual(['verify/not-admissible'])
    expect(codes(played(of, [...begun, 60_001]))).toEqual(['verify/time'])
  })
  it('`single` keeps the first', () => {
    const run = played(withMode('single'), [write('motion', true), 40_000, write('motion', false), 20_000, resume('r', 'd')])
    expect(writes(run)).toEqual(['0 r:lamp=true', '60000 r:lamp=false'])
    expect(run.reactions[1]?.reaction.dropped).toEqual([{ automation: 'r', because: 'single' }])
  })
  it('`queued` begins the second when the first ends, its delay from then on', () => {
    const of = withMode('queued')
    const run = [write('motion', true), 40_000, write('motion', false), 20_000, resume('r', 'd'), 60_000, resume('r', 'd')]
    expect(writes(played(of, run))).toEqual(['0 r:lamp=true', '60000 r:lamp=false', '60000 r:lamp=true', '120000 r:lamp=false'])
  })
  it('`parallel` has both, each with its own end', () => {
    const of = withMode('parallel')
    const run = [write('motion', true), 40_000, write('motion', false), 20_000, resume('r', 'd'), 40_000, resume('r', 'd')]
    expect(writes(played(of, run)).filter((one) => one.endsWith('false'))).toEqual(['60000 r:lamp=false', '100000 r:lamp=false'])
    expect(codes(played(of, [...run.slice(0, 3), 20_000, resume('r', 'd', { nth: 1 })]))).toEqual(['verify/not-admissible'])
  })
})

describe('a trigger with `for`', () => {
  const of = behaviour([motion, lamp], { r: { when: [long('motion', true, 5 * MINUTE)], steps: [set('s', 'lamp', true)] } })
  it('comes due exactly so long after it was armed', () => {
    expect(writes(played(of, [write('motion', true), 5 * MINUTE, due('r')]))).toEqual(['300000 r:lamp=true'])
    expect(codes(played(of, [write('motion', true), 299_999, due('r')]))).toEqual(['verify/not-admissible'])
    expect(codes(played(of, [write('motion', true), 300_001]))).toEqual(['verify/time'])
  })
  it('is cleared at 4:59', () => {
    const run = [write('motion', true), 299_000, write('motion', false), MINUTE]
    expect(codes(played(of, run))).toEqual([])
    expect(codes(played(of, [...run.slice(0, 3), 1000, due('r')]))).toEqual(['verify/not-admissible'])
  })
  it('is cleared at the very instant, or comes due: in either order', () => {
    expect(writes(played(of, [write('motion', true), 5 * MINUTE, write('motion', false), 10 * MINUTE]))).toEqual([])
    expect(writes(played(of, [write('motion', true), 5 * MINUTE, due('r'), 0, write('motion', false)]))).toHaveLength(1)
  })
  it('counts from the last time it was armed', () => {
    const run = [write('motion', true), 4 * MINUTE, write('motion', false), 1, write('motion', true)]
    expect(codes(played(of, [...run, MINUTE, due('r')]))).toEqual(['verify/not-admissible'])
    expect(writes(played(of, [...run, 5 * MINUTE, due('r')]))).toEqual(['540001 r:lamp=true'])
  })
  it('is over by a restart and not armed by what stands', () => {
    expect(codes(played(of, [write('motion', true), MINUTE, restart, 10 * MINUTE]))).toEqual([])
    expect(codes(played(of, [10 * MINUTE, restart], { initial: { motion: true } }))).toEqual([])
  })
  it('lasts as long as was said when it was armed', () => {
    const wish = sensor('wish', { is: 'number', integer: false }, { initial: [10] })
    const open = behaviour([motion, wish, lamp], { r: { when: [long('motion', true, read('wish'))], steps: [set('s', 'lamp', true)] } })
    expect(writes(played(open, [write('motion', true), 4, write('wish', 2), 6, due('r')]))).toEqual(['10 r:lamp=true'])
  })
})

describe('a wait', () => {
  const of = behaviour([motion, door, lamp, fan], {
    r: {
      when: [changed('motion', { to: [true] })],
      steps: [
        { id: 'w', do: 'wait', until: read('door'), timeout: { milliseconds: val(MINUTE), next: ['late'] }, next: ['s'] },
        set('s', 'lamp', true),
        set('late', 'fan', true),
      ],
    },
  })
  const begun = write('motion', true)
  const out = resume('r', 'w', { timedOut: true })
  it('is woken before its time-out, and then never times out', () => {
    expect(writes(played(of, [begun, 59_999, write('door', true), 10 * MINUTE]))).toEqual(['59999 r:lamp=true'])
  })
  it('times out exactly then', () => {
    expect(writes(played(of, [begun, MINUTE, out]))).toEqual(['60000 r:fan=true'])
    expect(codes(played(of, [begun, 59_999, out]))).toEqual(['verify/not-admissible'])
    expect(codes(played(of, [begun, 60_001, out]))).toEqual(['verify/time'])
  })
  it('is woken or times out at the same instant, whichever comes first', () => {
    expect(writes(played(of, [begun, MINUTE, write('door', true)]))).toEqual(['60000 r:lamp=true'])
    expect(writes(played(of, [begun, MINUTE, out, 0, write('door', true)]))).toEqual(['60000 r:fan=true'])
    expect(codes(played(of, [begun, MINUTE, write('door', true), 0, out]))).toEqual(['verify/not-admissible'])
  })
  it('that goes on at once has no time-out', () => {
    expect(writes(played(of, [begun, 10 * MINUTE], { initial: { door: true } }))).toEqual(['0 r:lamp=true'])
  })
})

const heater: Effect = {
  ...{ property: 'temperature', attribute: 'heater', thing: 'heater', place: 'room', is: 'heater', suggested: false, source: 'here' },
  ...{ direction: 'up', while: { values: [true] }, rate: { low: 2, high: 4 } },
}
const cooler: Effect = { ...heater, attribute: 'cooler', thing: 'cooler', direction: 'down', rate: { low: 1, high: 6 } }
const window: Effect = { ...heater, attribute: 'window', thing: 'window', direction: 'exchange', rate: { low: 0, high: 10 } }
const still: Influence = { property: 'temperature', place: 'room', low: 0, high: 0, stated: true }
const shown = (reports: Observation['reports']): Observation => ({ attribute: 't', property: 'temperature', place: 'room', reports })
const world = (rest: Partial<SettledEnvironment>): SettledEnvironment => ({
  ...{ places: [{ id: 'room', name: 'room' }], channels: [], effects: [], states: [], claims: [], shared: [], limits: [], groups: [] },
  influences: [still],
  ...rest,
})
const T = 'temperature @ room'
const HOUR = 60 * MINUTE
const span = (milliseconds: number | string, rate: number | string): Elapse => ({
  milliseconds: String(milliseconds),
  rates: { [T]: String(rate) },
})
const decimal = { is: 'number', integer: false } as const
const thermometer = sensor('t', decimal, { initial: [20] })
const things = [thermometer, motion, ...['heater', 'cooler', 'window', 'door'].map((id) => helper(id, bool, false, { outside: true }))]
const physical = (rest: Partial<SettledEnvironment>, guard: AutomationExpression = apply('>', read('t'), val(22))): Behaviour =>
  behaviour(
    [...things, lamp],
    { r: { when: [{ on: 'becomes', condition: guard }], steps: [set('s', 'lamp', true)] } },
    { environment: world(rest) },
  )
const at20 = { quantities: { [T]: '20' } }

describe('a quantity', () => {
  const of = physical({ effects: [heater, cooler, window], observations: [shown({ within: 0.5 })] })
  const on = (...ids: string[]): Part[] => ids.map((id) => write(id, true))
  const allows = (parts: Part[], rate: number | string) => codes(played(of, [...parts, span(360_000, rate)], at20)).length === 0
  it('changes by the sum of what drives it', () => {
    expect([0, '1/10', '-1/10'].map((rate) => allows([], rate))).toEqual([true, false, false])
    expect([2, 3, 4, '199/100', '401/100'].map((rate) => allows(on('heater'), rate))).toEqual([true, true, true, false, false])
    expect([-6, -1, '-1/2'].map((rate) => allows(on('cooler'), rate))).toEqual([true, true, false])
    expect([-10, 10, 0, 11].map((rate) => allows(on('window'), rate))).toEqual([true, true, true, false])
    expect([-4, 3, '-41/10', '31/10'].map((rate) => allows(on('heater', 'cooler'), rate))).toEqual([true, true, false, false])
  })
  it('changes exactly', () => {
    const run = played(of, [write('heater', true), span('1000/3', '7/3')], at20)
    expect(textOfExact(run.end!.quantities.get(T)!)).toBe('648007/32400')
  })
  it('has a rate only where it is one of the run, and a value at first', () => {
    expect(codes(played(of, [{ milliseconds: '1', rates: { other: '0' } }], at20))).toEqual(['verify/time'])
    expect(codes(played(of, [1], {}))).toEqual(['verify/not-initial'])
    expect(codes(played(of, [1], { quantities: { [T]: '20', other: '1' } }))).toEqual(['verify/not-initial'])
    expect(codes(played(of, [{ milliseconds: '1/0', rates: {} }], at20))).toEqual(['verify/time'])
    expect(codes(played(of, [-1], at20))).toEqual(['verify/time'])
  })
  it('stays within its range, where it stops', () => {
    const bounded = physical({ effects: [heater], influences: [{ ...still, least: 0, most: 21 }] })
    const run = played(bounded, [write('heater', true), span(HOUR, 4)], at20)
    expect([codes(run), textOfExact(run.end!.quantities.get(T)!)]).toEqual([[], '21'])
    expect(codes(played(bounded, [1], { quantities: { [T]: '21.5' } }))).toEqual(['verify/not-initial'])
  })
  it('is driven from other places while a channel stands open, and no longer', () => {
    const far = { ...heater, place: 'hall' }
    const channel: Channel = { between: ['hall', 'room'], properties: ['temperature'], through: { attribute: 'door', values: [true] } }
    const joined = physical({
      ...{ effects: [far], channels: [channel], observations: [shown({ within: 0.5 })] },
      places: ['room', 'hall', 'attic'].map((id) => ({ id, name: id })),
    })
    const heating = [write('heater', true)]
    expect(codes(played(joined, [...heating, span(MINUTE, 3)], at20))).toEqual(['verify/time'])
    const opened = [...heating, span(MINUTE, 0), write('door', true), span(MINUTE, 3)]
    expect(codes(played(joined, opened, at20))).toEqual([])
    expect(codes(played(joined, [...opened, write('door', false), span(MINUTE, 3)], at20))).toEqual(['verify/time'])
    expect(codes(played(joined, [...opened, write('door', false), span(MINUTE, 0)], at20))).toEqual([])
  })
  it('is driven from places within its own', () => {
    const inner = physical({
      effects: [{ ...heater, place: 'corner' }],
      places: [
        { id: 'room', name: 'room' },
        { id: 'corner', name: 'c', within: 'room' },
      ],
    })
    expect(codes(played(inner, [write('heater', true), span(MINUTE, 3)], at20))).toEqual([])
    const outer = physical({
      effects: [{ ...heater, place: 'house' }],
      places: [
        { id: 'house', name: 'h' },
        { id: 'room', name: 'room', within: 'house' },
      ],
    })
    expect(codes(played(outer, [write('heater', true), span(MINUTE, 3)], at20))).toEqual(['verify/time'])
  })
  it('goes on over a restart', () => {
    const run = played(of, [write('heater', true), span(HOUR / 4, 4), restart, 1], at20)
    expect(textOfExact(run.end!.quantities.get(T)!)).toBe('21')
    expect(codes(run)).toEqual([])
  })
})

describe('a sensor', () => {
  const of = physical({ effects: [heater, cooler], observations: [shown({ within: 0.5 })] })
  const heating = write('heater', true)
  it('reports what is, at any instant', () => {
    const run = played(of, [heating, span(HOUR / 4, 4), write('t', 21), span(HOUR / 3, 3), write('t', 22)], at20)
    expect([codes(run), writes(run)]).toEqual([[], []])
  })
  it('reports nothing else', () => {
    const run = played(of, [heating, span(HOUR / 4, 4), write('t', 21.5)], at20)
    expect(codes(run)).toEqual(['verify/not-admissible'])
    expect(why(run)).toContain('reports 21.5')
  })
  it('reports before it lies further beyond a threshold than it tells, at an instant of its own', () => {
    // 22.5 is reached after 37.5 minutes: no sampling at whole minutes would tell.
    const crossed = [heating, span(37.5 * MINUTE, 4), write('t', 22.5)]
    expect(writes(played(of, crossed, at20))).toEqual(['2250000 r:lamp=true'])
    expect(codes(played(of, [heating, span(38 * MINUTE, 4)], at20))).toEqual(['verify/time'])
    expect(why(played(of, [heating, span(38 * MINUTE, 4)], at20))).toContain('`t` must report before')
  })
  it('reports a threshold strictly beyond it, as the comparison does', () => {
    const strict = played(of, [heating, span(HOUR / 2, 4), write('t', 22), span(1, 4)], at20)
    expect([codes(strict), writes(strict)]).toEqual([[], []])
    const weak = physical({ effects: [heater], observations: [shown({ within: 0.5 })] }, apply('>=', read('t'), val(22)))
    expect(writes(played(weak, [heating, span(HOUR / 2, 4), write('t', 22)], at20))).toEqual(['1800000 r:lamp=true'])
    // At exactly 22 the value lies on the far side of `>=`: it is told on the way down.
    const down = physical({ effects: [cooler], observations: [shown({ within: 0.5 })] }, apply('>=', read('t'), val(22)))
    const at22 = { initial: { t: 22 }, quantities: { [T]: '22' } }
    expect(codes(played(down, [write('cooler', true), span(HOUR / 2, -1)], at22))).toEqual([])
    expect(codes(played(down, [write('cooler', true), span(HOUR / 2 + 1, -1)], at22))).toEqual(['verify/time'])
    const free = physical({ effects: [cooler], observations: [shown({ within: 0.5 })] })
    expect(codes(played(free, [write('cooler', true), span(5 * HOUR, -1)], at22))).toEqual([])
  })
  it('reports at instant 0 where what stood is wrong, before any time passes', () => {
    const wrongly = { initial: { t: 25 }, ...at20 }
    expect(codes(played(of, [1], wrongly))).toEqual(['verify/time'])
    expect(codes(played(of, [write('t', 20), 1], wrongly))).toEqual([])
  })
  it('that samples reports at least so often, the same value too', () => {
    const sampled = physical({ effects: [heater], observations: [shown({ everyMilliseconds: MINUTE })] })
    expect(codes(played(sampled, [MINUTE, write('t', 20), MINUTE, write('t', 20)], at20))).toEqual([])
    expect(codes(played(sampled, [MINUTE + 1], at20))).toEqual(['verify/time'])
    expect(codes(played(sampled, [MINUTE, write('t', 20), MINUTE, restart, 1], at20))).toEqual(['verify/time'])
    // Between two samples a threshold may be crossed without a word.
    expect(codes(played(sampled, [heating, span(MINUTE, 4)], { quantities: { [T]: '22' } }))).toEqual([])
    expect(writes(played(sampled, [heating, span('45000', 4), write('t', 22.05)], { quantities: { [T]: '22' } }))).toEqual([
      '45000 r:lamp=true',
    ])
  })
  it('of whole numbers rounds, either way in the middle', () => {
    const whole = behaviour(
      [sensor('t', { is: 'number', integer: true }, { initial: [20] }), ...things.slice(1), lamp],
      { r: { when: [{ on: 'becomes', condition: apply('>', read('t'), val(22)) }], steps: [set('s', 'lamp', true)] } },
      { environment: world({ effects: [heater], observations: [shown({ within: 0.5 })] }) },
    )
    const warm = (value: number, by: number | string) => codes(played(whole, [heating, span(HOUR / 4, by), write('t', value)], at20))
    expect([warm(21, 4), warm(21, 3), warm(21, 2), warm(22, 4)]).toEqual([[], [], [], ['verify/not-admissible']])
    expect(warm(20, 2)).toEqual([])
  })
  it('shows a value between two decimals as the nearest one', () => {
    const third = physical({ effects: [heater], observations: [shown({ within: 0.5 })] })
    expect(codes(played(third, [heating, span(HOUR / 9, 3), write('t', 20 + 1 / 3)], at20))).toEqual([])
  })
  it('that is unavailable owes nothing', () => {
    const any = physical({ effects: [heater], observations: [shown({ within: 0.5 })] })
    const attributes = any.attributes.map((one) =>
      one.id === 't' ? { ...one, type: { is: 'any' } as const, initial: ['unavailable'] } : one,
    )
    expect(codes(played({ ...any, attributes }, [heating, span(5 * HOUR, 4)], at20))).toEqual([])
  })
})

describe('a run', () => {
  const of = behaviour([motion, lamp, fan], {
    a: { when: [changed('motion')], steps: [set('s', 'lamp', true)] },
    b: { when: [changed('motion')], steps: [set('s', 'lamp', false)] },
  })
  it('has a span before each event', () => {
    const run = runOf([write('motion', true)])
    expect(codes(replayTimed(of, { ...run, elapses: [] }))).toEqual(['verify/elapses'])
    expect(codes(replayTimed(of, { ...run, elapses: [...run.elapses, ...run.elapses, ...run.elapses] }))).toEqual(['verify/elapses'])
  })
  it('leaves no choice over', () => {
    const order: OpenChoice = { is: 'order', automations: ['b', 'a'] }
    expect(writes(played(of, [5, write('motion', true)], { choices: [order] }))).toEqual(['5 b:lamp=false', '5 a:lamp=true'])
    expect(codes(played(of, [5, write('motion', true)], { choices: [order, order] }))).toEqual(['verify/choices-left'])
  })
  it('ends with a reaction that never does', () => {
    const loop = behaviour([motion, lamp], {
      a: {
        when: [changed('motion'), changed('lamp')],
        mode: { run: 'parallel', max: 9 },
        steps: [set('s', 'lamp', apply('not', read('lamp')))],
      },
    })
    expect(codes(played(loop, [5, write('motion', true)]))).toEqual([])
    expect(codes(played(loop, [5, write('motion', true), 0]))).toEqual([])
    expect(codes(played(loop, [5, write('motion', true), 1]))).toEqual(['verify/after-loop'])
  })
})

describe('a cause from outside', () => {
  const of = physical({ effects: [heater], observations: [shown({ within: 0.5 })] })
  it('is a write, a pull or a restart, but no report, timer or delay', () => {
    const is = (event: OutsideEvent) => isOutsideCause(of, event)
    expect([is(write('motion', true)), is(restart), is(write('heater', true))]).toEqual([true, true, true])
    expect([is(write('t', 20)), is(due('r')), is(resume('r', 's', { timedOut: true }))]).toEqual([false, false, false])
  })
  it('is no pull of a periodic time', () => {
    const timed = behaviour([lamp], {
      a: {
        when: [
          { on: 'time', schedule: 'every 30 s' },
          { on: 'time', schedule: '07:00' },
        ],
        steps: [set('s', 'lamp', true)],
      },
    })
    const pull = (trigger: number): OutsideEvent => ({ is: 'pull', automation: 'a', trigger, payload: null })
    expect([0, 1].map((trigger) => isOutsideCause(timed, pull(trigger)))).toEqual([false, true])
  })
})
