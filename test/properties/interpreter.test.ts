/** Events, order, restarts and values: one scenario for each rule of the text at the head of `model/automation.ts`. */
import { describe, expect, it } from 'vitest'
import type { Value } from '../../src/model/automation.ts'
import { stateKey } from '../../src/verify/interpreter.ts'
import { write, pull, resume, order, run, writes, codes, value, motion, lamp, fan, level, button1 } from '../oracle/interpreter-runs.ts'
import {
  actuator,
  any,
  apply,
  behaviour,
  bool,
  changed,
  enumeration,
  helper,
  local,
  range,
  read,
  sensor,
  set,
  val,
} from '../oracle/words.ts'

describe('events and triggers', () => {
  it('delivers an outside write to every automation with a matching trigger', () => {
    const of = behaviour([motion, lamp, fan], {
      a: { when: [changed('motion', { to: [true] })], steps: [set('s', 'lamp', true)] },
      b: { when: [changed('motion', { to: [false] })], steps: [set('s', 'fan', true)] },
    })
    expect(writes(run(of, [write('motion', true), write('motion', false)]))).toEqual(['a:lamp=true', 'b:fan=true'])
  })
  it('matches `from` against the value before', () => {
    const of = behaviour([sensor('mode', enumeration('a', 'b', 'c')), lamp], {
      r: { when: [changed('mode', { from: ['a'], to: ['c'] })], steps: [set('s', 'lamp', true)] },
    })
    expect(writes(run(of, [write('mode', 'b'), write('mode', 'c'), write('mode', 'a'), write('mode', 'c')], [], { mode: 'a' }))).toEqual([
      '',
      '',
      '',
      'r:lamp=true',
    ])
  })
  it('starts one run by one event, however many triggers match', () => {
    const of = behaviour([motion, lamp], {
      r: { when: [changed('motion'), changed('motion', { to: [true] })], steps: [set('s', 'lamp', true)] },
    })
    expect(run(of, [write('motion', true)]).reactions[0]!.started).toHaveLength(1)
  })
  it('fires `becomes` on the edge alone, whatever else has changed before delivery', () => {
    const hot = apply('>', read('t'), val(5))
    const of = behaviour([sensor('t', range(0, 9)), lamp], {
      r: { when: [{ on: 'becomes', condition: hot }], steps: [set('s', 'lamp', true)] },
    })
    expect(writes(run(of, [write('t', 6), write('t', 7), write('t', 1), write('t', 9)]))).toEqual(['r:lamp=true', '', '', 'r:lamp=true'])
    const pulse = behaviour([helper('t', range(0, 9), 0), lamp], {
      a: { when: button1, steps: [set('s', 't', 9, 'u'), set('u', 't', 0)] },
      b: { when: [{ on: 'becomes', condition: hot }], steps: [set('s', 'lamp', true)] },
    })
    expect(writes(run(pulse, [pull('a')]))).toEqual(['a:t=9 a:t=0 b:lamp=true'])
  })
  it('makes events of equal writes for messages only', () => {
    const rules = {
      a: { when: button1, steps: [set('s', 'cmd', true)] },
      b: { when: [{ on: 'message' as const, attribute: 'cmd' }], steps: [set('s', 'lamp', true)] },
    }
    const events = [pull('a'), pull('a')]
    expect(writes(run(behaviour([actuator('cmd', bool), lamp], rules), events))).toEqual(['a:cmd=true b:lamp=true', 'a:cmd=true'])
    expect(writes(run(behaviour([actuator('cmd', bool, { delivery: 'message' }), lamp], rules), events))).toEqual([
      'a:cmd=true b:lamp=true',
      'a:cmd=true b:lamp=true',
    ])
  })
  it('carries the payload as the local `trigger`, and null where there is none', () => {
    const copy = (attribute: string) => [set('s', attribute, local('trigger'))]
    const of = behaviour([sensor('t', range(0, 9), { delivery: 'message' }), actuator('x', { is: 'any' })], {
      r: { when: [{ on: 'message', attribute: 't' }], steps: copy('x') },
      e: { when: [{ on: 'event', event: 'done' }], steps: copy('x') },
      b: {
        when: [{ on: 'outside', name: 'b', payload: any(range(0, 3), 'p') }],
        steps: [set('s', 'x', local('trigger'), 'e'), { id: 'e', do: 'emit', event: 'done' }],
      },
    })
    expect(writes(run(of, [write('t', 4), write('t', 4), pull('b', 2)]))).toEqual(['r:x=4', 'r:x=4', 'b:x=2 e:x=null'])
    expect(codes(run(of, [pull('b', 7)]))).toEqual(['verify/not-admissible'])
  })
  it('never starts what only `never` could', () => {
    const of = behaviour([lamp], { r: { when: [{ on: 'never', because: 'no instance', causes: [] }], steps: [set('s', 'lamp', true)] } })
    expect(codes(run(of, [pull('r')]))).toEqual(['verify/not-admissible'])
    expect(writes(run(of, [{ is: 'restart' }]))).toEqual([''])
  })
})

describe('order', () => {
  const both = {
    a: { when: [changed('motion')], steps: [set('s', 'lamp', true)] },
    b: { when: [changed('motion')], steps: [set('s', 'lamp', false)] },
  }
  it('takes the list, or the order that a choice fixes', () => {
    const of = behaviour([motion, lamp], both)
    expect(writes(run(of, [write('motion', true)]))).toEqual(['a:lamp=true b:lamp=false'])
    const turned = run(of, [write('motion', true), write('motion', false)], [order('b', 'a')])
    expect(writes(turned)).toEqual(['b:lamp=false a:lamp=true', 'a:lamp=true b:lamp=false'])
    expect(turned.diagnostics).toEqual([])
  })
  it('keeps the order of the list on Node-RED', () => {
    const red = { a: { ...both.a, platform: 'node-red' as const }, b: { ...both.b, platform: 'node-red' as const } }
    const replayed = run(behaviour([motion, lamp], red), [write('motion', true)], [order('b', 'a')])
    expect(writes(replayed)).toEqual(['a:lamp=true b:lamp=false'])
    expect(codes(replayed)).toEqual(['verify/choices-left'])
  })
  const chains = (platform: 'native' | 'node-red') =>
    behaviour([motion, actuator('x', range(0, 9))], {
      a: { when: [changed('motion')], steps: [set('1', 'x', 1, '2'), set('2', 'x', 2)], platform },
      b: { when: [changed('motion')], steps: [set('1', 'x', 3, '2'), set('2', 'x', 4)], platform },
    })
  it('runs depth first on native platforms, one step of each token in turn on Node-RED', () => {
    expect(writes(run(chains('native'), [write('motion', true)]))).toEqual(['a:x=1 a:x=2 b:x=3 b:x=4'])
    expect(writes(run(chains('node-red'), [write('motion', true)]))).toEqual(['a:x=1 b:x=3 a:x=2 b:x=4'])
  })
  it('splits a token into one for each next, with its own locals', () => {
    const fork = (platform: 'native' | 'node-red') =>
      behaviour([actuator('x', { is: 'any' })], {
        a: {
          when: button1,
          platform,
          steps: [
            { id: 'l', do: 'let', local: 'n', value: val(1), next: ['p', 'q'] },
            { id: 'p', do: 'let', local: 'n', value: val(2), next: ['p2'] },
            set('p2', 'x', local('n')),
            set('q', 'x', local('n'), 'q2'),
            set('q2', 'x', 9),
          ],
        },
      })
    expect(writes(run(fork('native'), [pull('a')]))).toEqual(['a:x=2 a:x=1 a:x=9'])
    expect(writes(run(fork('node-red'), [pull('a')]))).toEqual(['a:x=1 a:x=2 a:x=9'])
  })
  it('delivers events of a run when it gives way: at its end, on Node-RED after each step', () => {
    const of = (platform: 'native' | 'node-red') =>
      behaviour([motion, lamp, fan], {
        a: { when: [changed('motion')], steps: [set('1', 'lamp', true, '2'), set('2', 'fan', true)], platform },
        b: { when: [changed('lamp')], steps: [set('1', 'fan', false)], platform },
      })
    expect(writes(run(of('native'), [write('motion', true)]))).toEqual(['a:lamp=true a:fan=true b:fan=false'])
    // After a's first step its event starts b, whose token stands behind a's second one.
    expect(writes(run(of('node-red'), [write('motion', true)]))).toEqual(['a:lamp=true a:fan=true b:fan=false'])
    const guarded = (platform: 'native' | 'node-red') =>
      behaviour([motion, lamp, fan], {
        a: { when: [changed('motion')], steps: [set('1', 'lamp', true, '2'), set('2', 'lamp', false)], platform },
        b: { when: [changed('lamp', { to: [true] })], guard: read('lamp'), steps: [set('1', 'fan', true)], platform },
      })
    expect(writes(run(guarded('native'), [write('motion', true)]))).toEqual(['a:lamp=true a:lamp=false'])
    expect(writes(run(guarded('node-red'), [write('motion', true)]))).toEqual(['a:lamp=true a:lamp=false b:fan=true'])
  })
  it('reads a guard in its turn: what ran before is seen', () => {
    const of = behaviour([motion, lamp, fan], {
      a: { when: [changed('motion')], steps: [set('s', 'lamp', true)] },
      b: { when: [changed('motion')], guard: read('lamp'), steps: [set('s', 'fan', true)] },
    })
    expect(writes(run(of, [write('motion', true)]))).toEqual(['a:lamp=true b:fan=true'])
    expect(writes(run(of, [write('motion', true)], [order('b', 'a')]))).toEqual(['a:lamp=true'])
  })
  it('delivers one event to all before the next', () => {
    const of = behaviour([motion, lamp, actuator('x', range(0, 9))], {
      a: { when: [changed('motion')], steps: [set('s', 'lamp', true)] },
      b: { when: [changed('lamp')], steps: [set('s', 'x', 1)] },
      c: { when: [changed('motion')], steps: [set('s', 'x', 2)] },
    })
    expect(writes(run(of, [write('motion', true)]))).toEqual(['a:lamp=true c:x=2 b:x=1'])
  })
})

describe('restart and initial states', () => {
  const of = behaviour([lamp, helper('h', range(0, 9), 0), helper('kept', range(0, 9), 0, { restored: true })], {
    r: {
      when: button1,
      steps: [set('1', 'h', 5, '2'), set('2', 'kept', 5, '3'), set('3', 'lamp', true, 'd'), { id: 'd', do: 'delay', milliseconds: val(1) }],
    },
    s: { when: [{ on: 'start' }], steps: [set('1', 'lamp', read('lamp'))] },
    t: { when: [changed('h')], steps: [set('1', 'lamp', false)] },
  })
  it('ends runs, resets helpers that are not restored without an event, and fires `start`', () => {
    const replayed = run(of, [pull('r'), { is: 'restart' }])
    expect(writes(replayed)[1]).toBe('s:lamp=false')
    expect([value(replayed, 'h'), value(replayed, 'kept')]).toEqual([0, 5])
    expect(replayed.reactions[1]!.state.waiting).toEqual([])
  })
  it('asks which of several initial values a helper takes', () => {
    const open = behaviour([helper('h', range(0, 9), 0, { initial: [1, 2] })], {})
    const replayed = run(open, [{ is: 'restart' }], [{ is: 'value', part: 'h', value: 2 }])
    expect(value(replayed, 'h')).toBe(2)
    expect(codes(run(open, [{ is: 'restart' }], [{ is: 'value', part: 'h', value: 3 }]))).toEqual(['verify/choice'])
  })
  it('refuses initial values that no restart leaves', () => {
    expect(codes(run(of, [], [], { h: 3 }))).toEqual(['verify/not-initial'])
    expect(codes(run(of, [], [], { lamp: 3 }))).toEqual(['verify/not-initial'])
    expect(codes(run(of, [], [], { nobody: 3 }))).toEqual(['verify/unknown-attribute'])
  })
})

describe('values', () => {
  const result = (expression: Parameters<typeof apply>[1], t: number | string = 0): Value =>
    value(
      run(
        behaviour([sensor('t', { is: 'any' }), actuator('x', { is: 'any' })], { r: { when: button1, steps: [set('s', 'x', expression)] } }),
        [pull('r')],
        [],
        { t },
      ),
      'x',
    )
  it('computes exactly', () => {
    expect(result(apply('==', apply('+', val(0.1), val(0.2)), val(0.3)))).toBe(true)
    expect(result(apply('+', val(0.1), val(0.2)))).toBe(0.3)
    expect(result(apply('*', apply('/', val(1), val(3)), val(3)))).toBe(1)
    expect(result(apply('/', val(1), val(3)))).toBe(1 / 3)
    expect(result(apply('mod', val(-7), val(3)))).toBe(-1)
  })
  it('answers null where an operation has no meaning, and false where a comparison has none', () => {
    expect(result(apply('/', val(1), val(0)))).toBe(null)
    expect(result(apply('+', val(1), val('1')))).toBe(null)
    expect(result(apply('<', val('a'), val('b')))).toBe(false)
    expect(result(apply('==', val('1'), val(1)))).toBe(false)
    expect(result(apply('not', val(null)))).toBe(true)
    expect(result(apply('and', val(true), val(1)))).toBe(false)
    expect(result(apply('if', val('yes'), val(1), val(2)))).toBe(2)
  })
  it('parses texts as decimal literals', () => {
    const number = apply('number', read('t'))
    expect([' 12.50 ', '1e3', '-.5', '', 'x', '0x10', 'Infinity'].map((text) => result(number, text))).toEqual([
      12.5,
      1000,
      -0.5,
      null,
      null,
      null,
      null,
    ])
    expect(result(apply('is', read('t'), val('text')), 'x')).toBe(true)
  })
})

describe('what is no run', () => {
  const of = behaviour([motion, lamp], { r: { when: [changed('motion')], steps: [set('s', 'lamp', true)] } })
  it.each([
    ['an attribute that does not change from outside', write('lamp', true)],
    ['a value of another type', write('motion', 1)],
    ['the value that it has', write('motion', false)],
    ['an attribute that is not there', write('nobody', true)],
    ['a trigger that is not pulled', pull('r')],
    ['a token that does not wait', resume('r', 's')],
  ])('refuses %s', (_, event) => {
    expect(codes(run(of, [event]))).toEqual(['verify/not-admissible'])
  })
})

it('keys states by what the future can see', () => {
  const of = behaviour([level], {
    r: { when: button1, steps: [{ id: 'd', do: 'delay', milliseconds: val(1) }], mode: { run: 'restart', max: 1 } },
  })
  const replayed = run(of, [pull('r'), pull('r'), resume('r', 'd'), pull('r')])
  const keys = replayed.reactions.map(({ state }) => stateKey(state))
  expect(keys[0]).toBe(keys[1])
  expect(keys[0]).toBe(keys[3])
  expect(keys[0]).not.toBe(keys[2])
})
