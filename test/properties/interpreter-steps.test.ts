/** Steps, waits and run modes: one scenario for each rule of the text at the head of `model/automation.ts`. */
import { describe, expect, it } from 'vitest'
import type { Trigger, Value } from '../../src/model/automation.ts'
import type { OpenChoice, OutsideEvent } from '../../src/model/conflict.ts'
import { write, pull, resume, run, writes, codes, motion, lamp, fan, level, button1 } from '../oracle/interpreter-runs.ts'
import type { Bare } from '../oracle/words.ts'
import {
  actuator,
  any,
  apply,
  behaviour,
  bool,
  button,
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

describe('steps', () => {
  it('branches to the first case that holds, to every one, or to its own next', () => {
    const of = (every: boolean, t: number) =>
      run(
        behaviour([sensor('t', range(0, 9)), actuator('x', range(0, 9))], {
          r: {
            when: button1,
            steps: [
              {
                id: 'b',
                do: 'branch',
                every,
                cases: [
                  { when: apply('>', read('t'), val(2)), next: ['one'] },
                  { when: apply('>', read('t'), val(4)), next: ['two'] },
                ],
                next: ['else'],
              },
              set('one', 'x', 1),
              set('two', 'x', 2),
              set('else', 'x', 3),
            ],
          },
        }),
        [pull('r')],
        [],
        { t },
      )
    expect([writes(of(false, 5)), writes(of(true, 5)), writes(of(true, 3)), writes(of(false, 0))]).toEqual([
      ['r:x=1'],
      ['r:x=1 r:x=2'],
      ['r:x=1'],
      ['r:x=3'],
    ])
  })
  it('ends the part of a token at a delay, to go on at a later step', () => {
    const of = behaviour([level], {
      r: {
        when: button1,
        steps: [set('1', 'level', 1, 'd'), { id: 'd', do: 'delay', milliseconds: val(5), next: ['2'] }, set('2', 'level', 2)],
      },
    })
    const replayed = run(of, [pull('r'), resume('r', 'd')])
    expect(writes(replayed)).toEqual(['r:level=1', 'r:level=2'])
    expect(replayed.reactions[1]!.writes[0]!.run).toBe(replayed.reactions[0]!.writes[0]!.run)
    expect(codes(run(of, [pull('r'), resume('r', 'd'), resume('r', 'd')]))).toEqual(['verify/not-admissible'])
  })
  it('resumes a wait when its condition holds, or by its time-out', () => {
    const of = behaviour([motion, level], {
      r: {
        when: button1,
        steps: [
          { id: 'w', do: 'wait', until: read('motion'), timeout: { milliseconds: val(5), next: ['late'] }, next: ['then'] },
          set('then', 'level', 1),
          set('late', 'level', 2),
        ],
      },
    })
    expect(codes(run(of, [pull('r'), resume('r', 'w')]))).toEqual(['verify/not-admissible'])
    expect(writes(run(of, [pull('r'), write('motion', true)]))).toEqual(['', 'r:level=1'])
    expect(writes(run(of, [pull('r'), resume('r', 'w', 0, true)]))).toEqual(['', 'r:level=2'])
    expect(writes(run(of, [pull('r')], [], { motion: true }))).toEqual(['r:level=1'])
  })
  it('calls: guard and run mode count, depth first the called run goes before the rest of the caller', () => {
    const of = (platform: 'native' | 'node-red') =>
      behaviour([motion, level], {
        a: { when: button1, steps: [{ id: 'c', do: 'call', automation: 'b', next: ['s'] }, set('s', 'level', 2)], platform },
        b: { when: [], guard: read('motion'), steps: [set('s', 'level', 1, 't'), set('t', 'level', 3)], platform },
      })
    expect(writes(run(of('native'), [pull('a')], [], { motion: true }))).toEqual(['b:level=1 b:level=3 a:level=2'])
    expect(writes(run(of('node-red'), [pull('a')], [], { motion: true }))).toEqual(['a:level=2 b:level=1 b:level=3'])
    expect(writes(run(of('native'), [pull('a')], [], { motion: false }))).toEqual(['a:level=2'])
  })
  it('lets an unmodelled step write what the run chooses, and continue or not', () => {
    const of = behaviour([lamp, fan], {
      r: { when: button1, steps: [{ id: 'u', do: 'unmodelled', part: 'p', writes: ['lamp', 'fan'], next: ['s'] }, set('s', 'fan', false)] },
    })
    const choices = (value: Value, yes: boolean): OpenChoice[] => [
      { is: 'write', part: 'p', attribute: 'lamp', value },
      { is: 'write', part: 'p', attribute: 'fan', value: { none: true } },
      { is: 'continue', part: 'p', yes },
    ]
    expect(writes(run(of, [pull('r')], choices(true, true)))).toEqual(['r:lamp=true r:fan=false'])
    expect(writes(run(of, [pull('r')], choices(true, false)))).toEqual(['r:lamp=true'])
    expect(codes(run(of, [pull('r')], choices(7, false)))).toEqual(['verify/choice'])
    expect(codes(run(of, [pull('r')], []))).toEqual(['verify/choice'])
    expect(codes(run(of, [pull('r')], [...choices(true, true), ...choices(true, true)]))).toEqual(['verify/choices-left'])
  })
  it('counts a reaction that never rests as a loop', () => {
    const of = behaviour([lamp], {
      a: { when: [changed('lamp', { to: [true] }), button('press')], steps: [set('s', 'lamp', false)], mode: { run: 'parallel', max: 10 } },
      b: { when: [changed('lamp', { to: [false] })], steps: [set('s', 'lamp', true)] },
    })
    const replayed = run(of, [{ is: 'pull', automation: 'a', trigger: 1, payload: null }], [], { lamp: true })
    expect(replayed.reactions[0]!.loop).toBe(true)
    expect(replayed.diagnostics).toEqual([])
  })
})

describe('waiting for what happens', () => {
  const press = { is: 'pull', automation: 'r', trigger: 0, payload: null } as const
  it('wakes a wait in the queue, whatever holds by then', () => {
    const of = behaviour([helper('h', bool, false), lamp], {
      r: { when: button1, steps: [{ id: 'w', do: 'wait', until: read('h'), next: ['s'] }, set('s', 'lamp', true)] },
      p: { when: button1, steps: [set('1', 'h', true, '2'), set('2', 'h', false)] },
    })
    expect(writes(run(of, [press, pull('p')]))).toEqual(['', 'p:h=true p:h=false r:lamp=true'])
  })
  it('takes a woken token away with its run', () => {
    const of = behaviour([helper('h', bool, false), lamp], {
      r: {
        when: [button('press'), changed('h', { to: [true] })],
        steps: [{ id: 'w', do: 'wait', until: read('h'), next: ['s'] }, set('s', 'lamp', true)],
        mode: { run: 'restart', max: 1 },
      },
      p: { when: button1, steps: [set('1', 'h', true)] },
    })
    // The write starts the rule anew before the token's turn comes: the new run goes on at once, the old one is gone.
    expect(writes(run(of, [press, pull('p')]))).toEqual(['', 'p:h=true r:lamp=true'])
  })
  const awaiting = behaviour([motion, sensor('t', range(0, 9)), actuator('x', { is: 'any' })], {
    r: {
      when: button1,
      steps: [
        {
          id: 'w',
          do: 'await',
          triggers: [
            { ...changed('motion', { to: [true] }), at: { source: 'test' } },
            { on: 'becomes', condition: apply('>', read('t'), val(5)), at: { source: 'test' } },
            { on: 'event', event: 'e', at: { source: 'test' } },
            { on: 'outside', name: 'b', payload: val(7), at: { source: 'test' } },
          ],
          timeout: { milliseconds: val(5), next: ['i'] },
          next: ['i'],
        },
        set('i', 'x', local('wait.index'), 'p'),
        set('p', 'x', local('wait'), 'q'),
        set('q', 'x', local('wait.before')),
      ],
    },
    e: { when: button1, steps: [{ id: 'e', do: 'emit', event: 'e' }] },
  })
  it.each([
    ['a change', write('motion', true), 'r:x=0 r:x=true r:x=false'],
    ['a condition', write('t', 6), 'r:x=1 r:x=6 r:x=3'],
    ['an event', pull('e'), 'r:x=2 r:x=null r:x=null'],
    ['the outside', { ...resume('r', 'w'), trigger: 3, payload: 7 } as OutsideEvent, 'r:x=3 r:x=7 r:x=null'],
    ['its time-out', resume('r', 'w', 0, true), 'r:x=null r:x=null r:x=null'],
  ])('awaits %s', (_, event, told) => {
    expect(writes(run(awaiting, [press, event], [], { t: 3 }))).toEqual(['', told])
  })
  it('awaits edges: what holds already wakes nobody', () => {
    expect(writes(run(awaiting, [press, write('t', 7), write('motion', false)], [], { t: 6, motion: true }))).toEqual(['', '', ''])
    expect(codes(run(awaiting, [press, { ...resume('r', 'w'), trigger: 0 } as OutsideEvent]))).toEqual(['verify/not-admissible'])
  })
  const due = (trigger = 0): OutsideEvent => ({ is: 'due', automation: 'r', trigger })
  type Lasting = Extract<Bare<Trigger>, { readonly on: 'change' | 'becomes' }>
  const lasting = (trigger: Lasting) =>
    behaviour([sensor('m', enumeration('a', 'b', 'c', 'd')), actuator('x', { is: 'any' })], {
      r: {
        when: [{ ...trigger, for: val(9) }],
        steps: [set('1', 'x', local('trigger'), '2'), set('2', 'x', local('trigger.before'))],
      },
    })
  const told = (trigger: Lasting, events: readonly OutsideEvent[]): readonly string[] => {
    const replayed = run(lasting(trigger), events, [], { m: 'a' })
    return [...codes(replayed), ...writes(replayed)]
  }
  const to: Lasting = { on: 'change', attribute: 'm', to: ['b', 'c'] }
  it('starts what lasts when it comes due, with what the match brought', () => {
    expect(told(to, [write('m', 'b'), due()])).toEqual(['', 'r:x=b r:x=a'])
    expect(told(to, [write('m', 'b'), due(), due()])).toEqual(['verify/not-admissible', '', 'r:x=b r:x=a'])
    expect(told(to, [due()])).toEqual(['verify/not-admissible'])
  })
  it('arms anew with each match and clears with what does not match', () => {
    expect(told(to, [write('m', 'b'), write('m', 'c'), due()])).toEqual(['', '', 'r:x=c r:x=b'])
    expect(told(to, [write('m', 'b'), write('m', 'd'), due()])).toEqual(['verify/not-admissible', '', ''])
    const from: Lasting = { on: 'change', attribute: 'm', from: ['a'] }
    expect(told(from, [write('m', 'b'), write('m', 'c'), due()])).toEqual(['', '', 'r:x=b r:x=a'])
    expect(told(from, [write('m', 'b'), write('m', 'a'), due()])).toEqual(['verify/not-admissible', '', ''])
    expect(told(to, [write('m', 'b'), { is: 'restart' }, due()])).toEqual(['verify/not-admissible', '', ''])
  })
  it('clears a condition that lasts where it fails', () => {
    const becomes: Lasting = { on: 'becomes', condition: apply('!=', read('m'), val('a')) }
    expect(told(becomes, [write('m', 'b'), write('m', 'c'), due()])).toEqual(['', '', 'r:x=b r:x=a'])
    expect(told(becomes, [write('m', 'b'), write('m', 'a'), due()])).toEqual(['verify/not-admissible', '', ''])
  })
  it('attempts a run for each matching trigger on Home Assistant, and tells which', () => {
    const of = (platform: 'native' | 'home-assistant') =>
      behaviour([motion, level], {
        r: {
          when: [changed('motion', { to: [false] }), changed('motion'), changed('motion', { to: [true] })],
          steps: [set('s', 'level', local('trigger.index'))],
          platform,
        },
      })
    expect(writes(run(of('native'), [write('motion', true)]))).toEqual(['r:level=1'])
    expect(writes(run(of('home-assistant'), [write('motion', true)]))).toEqual(['r:level=1 r:level=2'])
  })
  it('executes a step with the one before it in one turn of Node-RED', () => {
    const of = (withPrevious: boolean) =>
      behaviour([motion, actuator('x', range(0, 9))], {
        a: {
          when: [changed('motion')],
          steps: [set('1', 'x', 1, '2'), { ...set('2', 'x', 2), ...(withPrevious ? { withPrevious: true as const } : {}) }],
          platform: 'node-red',
        },
        b: { when: [changed('motion')], steps: [set('1', 'x', 3)], platform: 'node-red' },
      })
    expect(writes(run(of(false), [write('motion', true)]))).toEqual(['a:x=1 b:x=3 a:x=2'])
    expect(writes(run(of(true), [write('motion', true)]))).toEqual(['a:x=1 a:x=2 b:x=3'])
  })
})

describe('run modes', () => {
  const of = (mode: 'single' | 'restart' | 'queued' | 'parallel', max = 2) =>
    behaviour([level], {
      r: {
        when: [{ on: 'outside', name: 'b', payload: any(range(0, 9), 'p') }],
        steps: [{ id: 'd', do: 'delay', milliseconds: val(5), next: ['s'] }, set('s', 'level', local('trigger'))],
        mode: { run: mode, max },
      },
    })
  const [one, two, three] = [pull('r', 1), pull('r', 2), pull('r', 3)]
  const wake = resume('r', 'd')
  it('single drops the new run', () => {
    const replayed = run(of('single'), [one, two, wake])
    expect(writes(replayed)).toEqual(['', '', 'r:level=1'])
    expect(replayed.reactions[1]!.dropped).toEqual([{ automation: 'r', because: 'single' }])
    expect(codes(run(of('single'), [one, two, wake, wake]))).toEqual(['verify/not-admissible'])
  })
  it('restart ends the old run', () => {
    expect(writes(run(of('restart'), [one, two, wake]))).toEqual(['', '', 'r:level=2'])
    expect(codes(run(of('restart'), [one, two, wake, wake]))).toEqual(['verify/not-admissible'])
  })
  it('queued starts the new run when the old one ends, at most max', () => {
    const replayed = run(of('queued'), [one, two, three, wake, wake])
    expect(writes(replayed)).toEqual(['', '', '', 'r:level=1', 'r:level=2'])
    expect(replayed.reactions[2]!.dropped).toEqual([{ automation: 'r', because: 'full' }])
    expect(replayed.reactions[3]!.started).toHaveLength(1)
  })
  it('parallel lets both run, at most max; tokens resume by their number', () => {
    const replayed = run(of('parallel'), [one, two, three, resume('r', 'd', 1), wake])
    expect(writes(replayed)).toEqual(['', '', '', 'r:level=2', 'r:level=1'])
    expect(replayed.reactions[2]!.dropped).toEqual([{ automation: 'r', because: 'full' }])
  })
})
