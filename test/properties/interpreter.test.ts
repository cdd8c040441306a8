/** One scenario for each rule of the text at the head of `model/automation.ts`. */
import { describe, expect, it } from 'vitest'
import type { Behaviour, Trigger, Value } from '../../src/model/automation.ts'
import type { OpenChoice, OutsideEvent } from '../../src/model/conflict.ts'
import { replay, stateKey } from '../../src/verify/interpreter.ts'
import type { Replayed } from '../../src/verify/interpreter.ts'
import { toValue } from '../../src/verify/values.ts'
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

const write = (attribute: string, value: Value): OutsideEvent => ({ is: 'write', attribute, value })
const pull = (automation: string, payload: Value = null): OutsideEvent => ({ is: 'pull', automation, trigger: 0, payload })
const resume = (automation: string, step: string, nth = 0, timedOut = false): OutsideEvent => ({
  is: 'resume',
  automation,
  step,
  nth,
  timedOut,
})
const order = (...automations: string[]): OpenChoice => ({ is: 'order', automations })

function run(
  of: Behaviour,
  events: readonly OutsideEvent[],
  choices: readonly OpenChoice[] = [],
  initial: Record<string, Value> = {},
): Replayed {
  return replay(of, { initial, events, choices })
}
/** `automation:attribute=value` of every write, reactions apart. */
const writes = (replayed: Replayed): string[] =>
  replayed.reactions.map(({ writes }) => writes.map((one) => `${one.automation}:${one.attribute}=${String(one.after)}`).join(' '))
const codes = (replayed: Replayed): string[] => replayed.diagnostics.map(({ code }) => code)
const value = (replayed: Replayed, id: string): Value => toValue(replayed.reactions.at(-1)!.state.values.get(id) ?? null)

const motion = sensor('motion', bool)
const lamp = actuator('lamp', bool)
const fan = actuator('fan', bool)
const level = actuator('level', range(0, 9))
const button1 = [button('press')]

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
