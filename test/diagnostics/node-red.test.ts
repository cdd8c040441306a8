/** What broken Node-RED flows are told, and what dangles in them. */
import { describe, expect, it } from 'vitest'
import { readNodeRedFlow } from '../../src/formats/node-red/read-flow.ts'
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts'
import { flowText, input, output, partOf } from '../fixtures/flows.ts'

const told = (text: string): readonly (readonly [string, string, string, number | undefined])[] =>
  readNodeRedFlow({ name: 'flow.json', text }, { application: 'app' }).diagnostics.map(({ code, severity, message, at }: Diagnostic) => [
    code,
    severity,
    message,
    at.range?.start.line,
  ])

describe('broken flows', () => {
  it.each([
    ['{"id":"a"}', ['formats/flow-shape', 'error', 'a Node-RED flow is a list of nodes, not a mapping', 1]],
    ['[\n1]', ['formats/flow-node', 'error', 'a node of a flow is a mapping, not the number 1', 2]],
    ['[{"id":"a"}]', ['formats/flow-node', 'error', 'a node of a flow needs `id` and `type`, both texts', 1]],
    [
      '[{"id":"a","type":"tab"},\n{"id":"a","type":"tab"}]',
      ['formats/duplicate-node', 'warning', 'two nodes have the id `a`, the first in line 1; the last one counts', 2],
    ],
    ['[{"id":"a",}]', ['formats/broken-json', 'error', 'a key in double quotes is expected here', 1]],
    [`${'['.repeat(5000)}${']'.repeat(5000)}`, ['formats/too-deep', 'error', 'lists and mappings are nested deeper than 200', 1]],
  ] as const)('%j', (text, expected) => {
    expect(told(text.length > 200 ? text : text)).toEqual([expected])
  })
  it('are refused where subflows multiply without end', () => {
    const levels = Array.from({ length: 30 }, (_, level) => [
      { id: `s${level}`, type: 'subflow', name: `${level}`, in: [], out: [], wires: undefined },
      { id: `l${level}`, type: `subflow:s${level + 1}`, z: `s${level}` },
      { id: `r${level}`, type: `subflow:s${level + 1}`, z: `s${level}` },
    ]).flat()
    const text = flowText([
      ...levels,
      { id: 's30', type: 'subflow', name: '30', in: [], out: [], wires: undefined },
      { id: 'top', type: 'subflow:s0' },
    ])
    expect(told(text)).toMatchObject([['formats/flow-too-large', 'error', 'the subflows expand to more than 100000 nodes', 1]])
  })
  it('survive a subflow inside itself, values of the wrong type, and nothing at all', () => {
    expect(told('[]')).toEqual([])
    expect(
      told(
        flowText([
          { id: 's', type: 'subflow', in: 3, out: [[]], env: 'x' },
          { id: 'i', type: 'subflow:s', z: 's' },
          { id: 't', type: 'subflow:s' },
        ]),
      ),
    ).toEqual([])
    const odd = [
      'switch',
      'change',
      'function',
      'mqtt in',
      'mqtt out',
      'inject',
      'delay',
      'trigger',
      'range',
      'rbe',
      'template',
      'ui_dropdown',
      'ui_slider',
      'api-call-service',
      'trigger-state',
      'link call',
    ]
    for (const wrong of [null, 3, 'x', [3], { a: 1 }])
      expect(
        told(
          flowText(
            odd.map((type, index) => ({
              id: `n${index}`,
              type,
              wires: wrong,
              rules: wrong,
              func: wrong,
              topic: wrong,
              broker: wrong,
              props: wrong,
              options: wrong,
              links: wrong,
              constraints: wrong,
              payload: wrong,
            })),
          ),
        ).filter(([, severity]) => severity === 'error'),
      ).toEqual([])
  })
})

describe('what dangles', () => {
  it('is named with its node and its place', () => {
    const { application } = partOf([
      input('in', 'gone'),
      { id: 'lo', type: 'link out', name: 'Out', links: ['nowhere'] },
      { id: 'li', type: 'link in', name: 'In', links: ['nobody'], wires: [['a']] },
      output('a'),
      { id: 'm', type: 'mqtt out', name: 'M', topic: 't', broker: 'lost' },
      { id: 's', type: 'subflow:undefined', name: 'S' },
      { id: 'd', type: 'subflow', name: 'D', in: [{ wires: [{ id: 'inside' }] }], out: [], wires: undefined },
      { ...output('inside', 't2'), z: 'd' },
    ])
    expect(application.dangling.map(({ text, at }) => [text, at.path])).toEqual([
      ['`mqtt in in` is wired to `gone`, which no node has as its id', ['in-in']],
      ['`Out` links to `nowhere`, which no node has as its id', ['lo']],
      ['`In` expects messages from the link `nobody`, which no node has as its id', ['li']],
      ['`S` is an instance of the subflow `undefined`, which the flow does not define', ['s']],
      ['`M` publishes to the broker `lost`, which the flow does not have', ['m']],
      ['nothing is an instance of the subflow `D`', ['d']],
    ])
    const never = application.automations.flatMap(({ name, triggers }) =>
      triggers.flatMap((trigger) => (trigger.on === 'never' ? [[name, trigger.because, trigger.causes]] : [])),
    )
    expect(never).toEqual(
      expect.arrayContaining([
        ['In', 'none of the links that it names exists', ['app/li -> nobody']],
        ['D', 'nothing is an instance of the subflow `D`', ['app/d -> no instance']],
        ['Out', 'nothing that runs is wired to it', []],
      ]),
    )
  })
  it('never shows credentials', () => {
    const part = partOf([
      { id: 'aedes', type: 'mosca in', mqtt_port: 1883, username: 'root-user', password: 'secret-word' },
      {
        id: 'cb',
        type: 'mqtt-broker',
        broker: 'mqtt://root-user:secret-word@localhost:1883',
        credentials: { user: 'root-user', password: 'secret-word' },
        wires: undefined,
      },
      { id: 'in', type: 'mqtt in', topic: 't', broker: 'b' },
    ])
    expect(JSON.stringify(part)).not.toMatch(/root-user|secret-word/)
  })
})
