/** What each node of Node-RED does, seen by the interpreter. */
import { describe, expect, it } from 'vitest'
import { looselyEqual, ordered } from '../../src/formats/node-red/javascript-values.ts'
import { local } from '../../src/formats/node-red/expressions.ts'
import { value } from '../../src/formats/node-red/expressions.ts'
import type { Value } from '../../src/model/automation.ts'
import { livenessOf } from '../../src/verify/liveness.ts'
import { evaluate, toDatum, toValue } from '../../src/verify/values.ts'
import { behaviourOf, input, output, partOf, play, type Player, type TestNode } from '../fixtures/flows.ts'

const between = (node: TestNode, ...more: TestNode[]): Player =>
  play(behaviourOf(partOf([input('in', 'n'), { id: 'n', ...node }, output('a'), output('b-out', 'b'), ...more])))
const to = (...outputs: readonly (readonly string[])[]): TestNode => ({ wires: outputs })

describe('comparisons', () => {
  const samples: readonly Value[] = [true, false, 0, 1, 5, 0.5, -1, '', '0', '1', '5', '05', '0.5', 'true', 'False', 'x']
  it('equals loosely as JavaScript does, constants and values', () => {
    for (const a of samples)
      for (const b of samples) {
        const scope = { attribute: () => null, local: (name: string) => toDatum(name === 'a' ? a : b), any: () => null }

        const expected = (a as unknown) == (b as unknown)
        expect([a, b, toValue(evaluate(looselyEqual(local('a'), value(b)), scope))]).toEqual([a, b, expected])
        expect([a, b, toValue(evaluate(looselyEqual(local('a'), local('b')), scope))]).toEqual([a, b, expected])
      }
  })
  it('orders as JavaScript does, but for two texts, which stay open', () => {
    for (const a of samples)
      for (const b of samples) {
        if (typeof a === 'string' && typeof b === 'string') continue
        const scope = { attribute: () => null, local: (name: string) => toDatum(name === 'a' ? a : b), any: () => null }
        const expression = ordered('<', local('a'), local('b'), (type) => ({ is: 'any', type, part: 'p' }))
        expect([a, b, toValue(evaluate(expression, scope))]).toEqual([a, b, (a as number) < (b as number)])
      }
  })
})

describe('switch', () => {
  const rules = (list: readonly TestNode[], checkall = 'true'): Player =>
    between({ type: 'switch', property: 'payload', propertyType: 'msg', rules: list, checkall, ...to(['a'], ['b-out']) })
  it('sends to every rule that holds, or stops after the first', () => {
    const list = [
      { t: 'gte', v: '5', vt: 'num' },
      { t: 'btwn', v: '1', vt: 'num', v2: '9', v2t: 'num' },
    ]
    expect(rules(list).message('in', '6')).toEqual(['a="6"', 'b="6"'])
    expect(rules(list, 'false').message('in', 6)).toEqual(['a=6'])
    expect(rules(list).message('in', 2)).toEqual(['b=2'])
    expect(rules(list).message('in', 'x')).toEqual([])
  })
  it('takes else where nothing before held', () => {
    const list = [{ t: 'eq', v: '0', vt: 'str' }, { t: 'else' }]
    expect(rules(list).message('in', 0)).toEqual(['a=0'])
    expect(rules(list).message('in', false)).toEqual(['a=false'])
    expect(rules(list).message('in', '00')).toEqual(['b="00"'])
  })
  it.each([
    ['true', true, 'true'],
    ['false', false, 'false'],
    ['null', null, 0],
    ['nnull', 0, null],
    ['empty', '', 'x'],
    ['nempty', 'x', ''],
  ] as const)('%s', (t, holds, fails) => {
    expect(rules([{ t }]).message('in', holds)).toHaveLength(1)
    expect(rules([{ t }]).message('in', fails)).toHaveLength(0)
  })
  it('asks for types', () => {
    expect(rules([{ t: 'istype', v: 'number', vt: 'number' }]).message('in', 1)).toHaveLength(1)
    expect(rules([{ t: 'istype', v: 'string', vt: 'string' }]).message('in', 1)).toHaveLength(0)
  })
  it('lists what it cannot decide', () => {
    const { application } = partOf([
      input('in', 'n'),
      { id: 'n', type: 'switch', property: 'payload', rules: [{ t: 'regex', v: 'a+' }], ...to(['a']) },
      output('a'),
    ])
    expect(application.unmodelled).toMatchObject([{ why: 'matches the regular expression `a+`', at: { path: ['n'] } }])
  })
})

describe('change', () => {
  const change = (...rules: TestNode[]): Player => between({ type: 'change', rules, ...to(['a']) })
  it('sets, moves and deletes', () => {
    expect(change({ t: 'set', p: 'payload', pt: 'msg', to: '7', tot: 'num' }).message('in', 'x')).toEqual(['a=7'])
    expect(
      change(
        { t: 'set', p: 'x', pt: 'msg', to: 'payload', tot: 'msg' },
        { t: 'set', p: 'payload', pt: 'msg', to: 'topic', tot: 'msg' },
      ).message('in', 1),
    ).toEqual(['a="in"'])
    expect(change({ t: 'move', p: 'topic', pt: 'msg', to: 'payload', tot: 'msg' }).message('in', 1)).toEqual(['a="in"'])
    expect(change({ t: 'delete', p: 'payload', pt: 'msg' }).message('in', 1)).toEqual(['a=null'])
    expect(change({ t: 'change', p: 'payload', pt: 'msg', from: 'on', fromt: 'str', to: 'true', tot: 'bool' }).message('in', 'on')).toEqual(
      ['a=true'],
    )
  })
  it('keeps parts of constants', () => {
    const rules = [
      { t: 'set', p: 'payload', pt: 'msg', to: '{"level":{"low":3}}', tot: 'json' },
      { t: 'set', p: 'payload', pt: 'msg', to: 'payload.level.low', tot: 'msg' },
    ]
    expect(change(...rules).message('in', 1)).toEqual(['a=3'])
  })
  it('remembers flow and global variables until a restart', () => {
    const player = play(
      behaviourOf(
        partOf([
          input('in', 'n'),
          { id: 'n', type: 'change', rules: [{ t: 'set', p: 'k', pt: 'flow', to: 'payload', tot: 'msg' }] },
          input('ask', 'm'),
          { id: 'm', type: 'change', rules: [{ t: 'set', p: 'payload', pt: 'msg', to: 'k', tot: 'flow' }], ...to(['a']) },
          output('a'),
        ]),
      ),
    )
    expect(player.message('ask', 1)).toEqual(['a=null'])
    player.message('in', 'kept')
    expect(player.message('ask', 2)).toEqual(['a="kept"'])
    player.restart()
    expect(player.message('ask', 3)).toEqual(['a=null'])
  })
})

describe('function', () => {
  const code = (func: string, outputs = 1): Player => between({ type: 'function', func, outputs, ...to(['a'], ['b-out']) })
  it('computes, decides and returns', () => {
    expect(code('msg.payload = msg.payload * 2 + 1; return msg').message('in', 4)).toEqual(['a=9'])
    expect(code('if (msg.payload > 3) { return msg } else { return null }').message('in', 3)).toEqual([])
    expect(code('return msg.payload ? [msg, null] : [null, msg]', 2).message('in', 0)).toEqual(['b=0'])
    expect(
      code('var x = msg.payload; msg.payload = msg.topic; msg.topic = x; return {payload: msg.payload + "!"}').message('in', 1, []),
    ).toHaveLength(1)
    expect(
      code('switch (msg.payload) { case "on": msg.payload = 1; break; default: msg.payload = 0 }\nreturn msg').message('in', 'on'),
    ).toEqual(['a=1'])
    expect(code('node.send({payload: 1}); msg.payload = 2; return msg').message('in', 0)).toEqual(['a=1', 'a=2'])
  })
  it('swaps what it reads and writes', () => {
    expect(code('var p = msg.payload; msg.payload = msg.topic; msg.topic = p; return msg').message('in', 1)).toEqual(['a="in"'])
  })
  it('parses decimal commas and fails on what is no text', () => {
    const func = "msg.payload = msg.payload.replace(',', '.')\nmsg.payload = parseFloat(msg.payload)\nreturn msg;"
    expect(code(func).message('in', '21.5')).toEqual(['a=21.5'])
    expect(code(func).message('in', 21.5)).toEqual([])
  })
  it('counts in context', () => {
    const player = code('var n = flow.get("n") || 0; n += 1; flow.set("n", n); msg.payload = n; return msg')
    expect([player.message('in', 0), player.message('in', 0)]).toEqual([['a=1'], ['a=2']])
  })
  it('names what it gives up on, with what its text may write', () => {
    const { application } = partOf([
      input('in', 'n'),
      { id: 'n', type: 'function', func: 'for (;;) { flow.set("k", 1) }', ...to(['a']) },
      output('a'),
    ])
    expect(application.unmodelled).toMatchObject([
      { why: 'the code of the function: a loop', writes: ['flow:app/tab/k', 'mqtt:broker:1883/a'] },
    ])
  })
})

describe('other nodes', () => {
  it('delays', () => {
    const player = between({ type: 'delay', pauseType: 'delay', timeout: '5', timeoutUnits: 'seconds', ...to(['a']) })
    expect(player.message('in', 1)).toEqual([])
    expect(player.resume()).toEqual(['a=1'])
  })
  it('triggers once, waits, sends the second thing, and is reset', () => {
    const player = between({
      type: 'trigger',
      op1: 'on',
      op1type: 'str',
      op2: 'off',
      op2type: 'str',
      duration: '1',
      units: 's',
      reset: 'stop',
      outputs: 1,
      ...to(['a']),
    })
    expect(player.message('in', 1)).toEqual(['a="on"'])
    expect(player.message('in', 1)).toEqual([])
    expect(player.resume()).toEqual(['a="off"'])
    expect(player.message('in', 2)).toEqual(['a="on"'])
    expect(player.message('in', 'stop')).toEqual([])
    expect(player.resume()).toEqual([])
  })
  it('scales ranges', () => {
    const range = { type: 'range', minin: '0', maxin: '10', minout: '0', maxout: '255', round: true, property: 'payload', ...to(['a']) }
    expect(between({ ...range, action: 'scale' }).message('in', '3')).toEqual(['a=77'])
    expect(between({ ...range, action: 'clamp' }).message('in', 30)).toEqual(['a=255'])
    expect(between({ ...range, action: 'drop' }).message('in', 30)).toEqual([])
  })
  it('reports by exception', () => {
    const player = between({ type: 'rbe', func: 'rbe', property: 'payload', ...to(['a']) })
    expect([player.message('in', 1), player.message('in', 1), player.message('in', 2)]).toEqual([['a=1'], [], ['a=2']])
  })
  it('fills in constant templates', () => {
    expect(between({ type: 'template', field: 'payload', fieldType: 'msg', template: 'ON', ...to(['a']) }).message('in', 1)).toEqual([
      'a="ON"',
    ])
  })
  it('publishes to the topic of the message', () => {
    const player = between(
      { type: 'change', rules: [{ t: 'set', p: 'topic', pt: 'msg', to: 'c', tot: 'str' }], ...to(['free']) },
      { id: 'free', type: 'mqtt out', topic: '', broker: 'b' },
    )
    expect(player.message('in', 1)).toEqual(['c=1'])
  })
  it('matches wildcards with the topics of the flow', () => {
    const part = partOf([
      { id: 'w', type: 'mqtt in', topic: 'x/+/s', broker: 'b', ...to(['a']) },
      input('x/1/s'),
      input('x/1/t'),
      output('a'),
    ])
    expect(part.application.automations[0]?.triggers.map((trigger) => (trigger.on === 'message' ? trigger.attribute : trigger.on))).toEqual(
      ['mqtt:broker:1883/x/1/s', 'outside'],
    )
  })
  it('starts from injections and dashboards', () => {
    const part = partOf([
      { id: 'i', type: 'inject', payload: '3', payloadType: 'num', repeat: '60', once: true, ...to(['a']) },
      {
        id: 's',
        type: 'ui_switch',
        label: 'S',
        onvalue: 'true',
        onvalueType: 'bool',
        offvalue: 'false',
        offvalueType: 'bool',
        passthru: true,
        ...to(['a']),
      },
      output('a'),
    ])
    expect(part.application.automations[0]?.triggers.map(({ on }) => on)).toEqual(['outside', 'time', 'time'])
    const player = play(behaviourOf(part))
    expect(player.pull('app/i', null)).toEqual(['a=3'])
    expect(player.pull('app/s', true)).toEqual(['a=true'])
    expect(part.application.automations[1]?.triggers[0]).toMatchObject({ payload: { type: { is: 'bool' } } })
  })
  it('follows links, calls and returns', () => {
    const player = play(
      behaviourOf(
        partOf([
          input('one', 'c1'),
          input('two', 'c2'),
          { id: 'c1', type: 'link call', links: ['li'], ...to(['a']) },
          { id: 'c2', type: 'link call', links: ['li'], ...to(['b-out']) },
          { id: 'li', type: 'link in', links: [], ...to(['set']) },
          { id: 'set', type: 'change', rules: [{ t: 'set', p: 'payload', pt: 'msg', to: '9', tot: 'num' }], ...to(['back']) },
          { id: 'back', type: 'link out', mode: 'return', links: [] },
          output('a'),
          output('b-out', 'b'),
        ]),
      ),
    )
    expect([player.message('one', 0), player.message('two', 0)]).toEqual([['a=9'], ['b=9']])
  })
  it('expands instances of subflows with their environment and variables', () => {
    const inner = [
      {
        id: 'sub',
        type: 'subflow',
        name: 'Sub',
        in: [{ wires: [{ id: 'f' }] }],
        out: [{ wires: [{ id: 'f', port: 0 }] }],
        env: [{ name: 'N', type: 'num', value: '1' }],
      },
      {
        id: 'f',
        type: 'function',
        z: 'sub',
        func: 'flow.set("n", (flow.get("n") || 0) + env.get("N")); msg.payload = flow.get("n"); return msg',
        outputs: 1,
        wires: [[]],
      },
    ]
    const part = partOf([
      ...inner,
      input('in', 'one', 'two'),
      { id: 'one', type: 'subflow:sub', ...to(['a']) },
      { id: 'two', type: 'subflow:sub', env: [{ name: 'N', type: 'num', value: '10' }], ...to(['b-out']) },
      output('a'),
      output('b-out', 'b'),
    ])
    const player = play(behaviourOf(part))
    expect([player.message('in', 0), player.message('in', 0)]).toEqual([
      ['a=1', 'b=10'],
      ['a=2', 'b=20'],
    ])
    expect(part.attributes.map(({ id }) => id)).toEqual(expect.arrayContaining(['flow:app/one/n', 'flow:app/two/n']))
  })
  it('drops what is disabled', () => {
    const part = partOf([input('in', 'a', 'gone'), output('a'), { ...output('gone'), d: true }])
    expect(part.attributes.map(({ id }) => id)).toEqual(['mqtt:broker:1883/in', 'mqtt:broker:1883/a'])
    expect(part.application.dangling).toEqual([])
  })
  it('reads and sets entities of Home Assistant', () => {
    const part = partOf([
      {
        id: 's',
        type: 'server-state-changed',
        name: 'door',
        entityidfilter: 'binary_sensor.door',
        entityidfiltertype: 'exact',
        haltifstate: 'on',
        halt_if_type: 'str',
        halt_if_compare: 'is',
        outputs: 2,
        ...to(['c'], []),
      },
      {
        id: 'c',
        type: 'api-current-state',
        entity_id: 'input_boolean.night',
        halt_if: 'off',
        halt_if_type: 'str',
        halt_if_compare: 'is',
        ...to(['l'], []),
      },
      { id: 'l', type: 'api-call-service', service_domain: 'light', service: 'turn_on', entityId: 'light.hall', data: '{}' },
    ])
    expect(part.application.unmodelled).toEqual([])
    const behaviour = behaviourOf(part)
    expect(livenessOf(behaviour).writes.map(({ attribute }) => attribute)).toContain('light.hall')
    expect(part.attributes.find(({ id }) => id === 'light.hall')).toMatchObject({ role: 'actuator', delivery: 'state' })
  })
  it('lets nodes that it does not know send at any time, and lists them', () => {
    const part = partOf([{ id: 'x', type: 'zigbee-thing', ...to(['a']) }, output('a')])
    expect(part.application.automations[0]?.triggers).toMatchObject([{ on: 'unmodelled' }])
    expect(part.application.unmodelled).toHaveLength(1)
  })
  it('keeps steps few where wires cross and circle', () => {
    const layers = Array.from({ length: 60 }, (_, layer) =>
      [0, 1].map((side) => ({
        id: `n${layer}-${side}`,
        type: 'junction',
        ...to(layer === 59 ? ['a', 'n0-0'] : [`n${layer + 1}-0`, `n${layer + 1}-1`]),
      })),
    )
    const part = partOf([input('in', 'n0-0', 'n0-1'), ...layers.flat(), output('a')])
    expect(part.application.automations[0]?.steps).toHaveLength(122)
  })
})
