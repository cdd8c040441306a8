/** Random flows over the nodes that the importer models, with messages for them: seeded, acyclic but for returns, ids unique by the flow's number. */
import type { TestNode } from '../fixtures/flows.ts'

type Plain = string | number | boolean
export type FlowEvent = { readonly topic: string; readonly payload: Plain } | { readonly after: number }
export interface RandomFlow {
  /** Tab, broker, subflow and nodes, as a flow file holds them. */
  readonly nodes: readonly TestNode[]
  readonly events: readonly FlowEvent[]
}

interface Dice {
  readonly below: (limit: number) => number
  readonly of: <Item>(items: readonly Item[]) => Item
  readonly chance: (part: number) => boolean
}

export function dice(seed: number): Dice {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return { below, of: (items) => items[below(items.length)]!, chance: (part) => next() < part }
}

const VALUES: readonly Plain[] = [0, 1, 5, 7.5, -2, 12, '0', '1', '5', 'on', 'off', '', 'true', true, false]
const TYPED = (roll: Dice): readonly [string, string] =>
  roll.of<readonly [string, string]>([
    ['str', 'on'],
    ['str', 'off'],
    ['str', '5'],
    ['str', '0'],
    ['str', 'true'],
    ['num', '0'],
    ['num', '1'],
    ['num', '5'],
    ['num', '-2'],
    ['bool', 'true'],
    ['bool', 'false'],
    ['flow', 'k1'],
    ['flow', 'k2'],
    ['msg', 'x'],
  ])

/** One flow of its number: `seed` and number decide everything. */
export function randomFlow(seed: number, number: number): RandomFlow {
  const roll = dice(seed * 1_000_003 + number)
  const tab = `t${number}`
  const id = (name: string): string => `${tab}-${name}`
  const nodes: TestNode[] = []
  const outs = ['o1', 'o2', 'o3'].map((topic) => ({ id: id(topic), type: 'mqtt out', topic: `${tab}/${topic}`, broker: id('b') }))
  const count = 2 + roll.below(8)
  const names = Array.from({ length: count }, (_, index) => id(`n${index}`))
  const ahead = (from: number): readonly string[] => {
    const choices = [...names.slice(from), ...(from === count || roll.chance(0.4) ? outs.map((out) => out.id) : [])]
    const wanted = roll.chance(0.3) ? 2 : 1
    return [...new Set(Array.from({ length: wanted }, () => roll.of(choices)))]
  }
  const place = (node: TestNode): unknown => nodes.push({ x: 1, y: 1, z: tab, ...node })
  const wiresOf = (index: number, outputs: number): readonly (readonly string[])[] =>
    Array.from({ length: outputs }, () => (roll.chance(0.9) ? ahead(index + 1) : []))
  for (const topic of ['a', 'b'])
    place({ id: id(`in-${topic}`), type: 'mqtt in', topic: `${tab}/${topic}`, broker: id('b'), wires: [ahead(0).map((one) => one)] })
  const definitions: TestNode[] = []
  let timed = false as boolean
  names.forEach((name, index) => {
    const kind = roll.of([
      'switch', 'switch', 'switch', 'change', 'change', 'change', 'function', 'function', 'function', 'range', 'rbe', 'template',
      'delay', 'trigger', 'junction', 'links', 'call', 'subflow', 'limit',
    ] as const) // prettier-ignore
    const one = (node: TestNode): unknown => place({ id: name, ...node, wires: wiresOf(index, 1) })
    switch (kind) {
      case 'switch': {
        const made = switchRules(roll)
        place({ id: name, type: 'switch', ...made, wires: wiresOf(index, made.rules.length) })
        break
      }
      case 'change':
        one({ type: 'change', rules: Array.from({ length: 1 + roll.below(3) }, () => changeRule(roll, tab)) })
        break
      case 'function': {
        const outputs = 1 + roll.below(2)
        place({ id: name, type: 'function', outputs, func: code(roll, outputs), wires: wiresOf(index, outputs) })
        break
      }
      case 'range': {
        const [minin, maxin] = roll.of([['0', '10'], ['-2', '6'], ['10', '0']] as const) // prettier-ignore
        const [minout, maxout] = roll.of([['0', '100'], ['0.5', '4.5'], ['100', '0']] as const) // prettier-ignore
        const action = roll.of(['scale', 'clamp', 'drop', 'roll'])
        one({ type: 'range', minin, maxin, minout, maxout, action, round: roll.chance(0.5), property: 'payload' })
        break
      }
      case 'rbe':
        one({
          type: 'rbe',
          func: roll.of(['rbe', 'rbe', 'rbei', 'deadband', 'narrowband', 'deadbandEq', 'narrowbandEq']),
          gap: roll.of(['1', '4']),
          start: '',
          inout: roll.of(['in', 'out']),
          septopics: false,
          property: 'payload',
          topi: 'topic',
        })
        break
      case 'template':
        one({
          type: 'template',
          field: roll.of(['payload', 'x']),
          fieldType: 'msg',
          syntax: 'plain',
          output: 'str',
          template: roll.of(['on', 'off', '5']),
        })
        break
      case 'delay':
        timed = true
        one({ type: 'delay', pauseType: 'delay', timeout: roll.of(['1', '2', '5']), timeoutUnits: 'seconds', drop: false })
        break
      case 'limit':
        timed = true
        one({
          type: 'delay',
          pauseType: 'rate',
          timeout: '5',
          timeoutUnits: 'seconds',
          rate: '1',
          nbRateUnits: '2',
          rateUnits: 'second',
          drop: false,
        })
        break
      case 'trigger': {
        timed = true
        const first = roll.of([['pay', ''], ['nul', ''], ['str', 'on'], ['num', '1'], ['str', '']] as const) // prettier-ignore
        const second = roll.of([['pay', ''], ['nul', ''], ['str', 'off'], ['bool', 'false'], ['str', '']] as const) // prettier-ignore
        const outputs = 1 + roll.below(2)
        place({
          ...{ id: name, type: 'trigger', op1type: first[0], op1: first[1], op2type: second[0], op2: second[1] },
          ...{ duration: roll.of(['1', '3', '0']), units: 's', extend: roll.chance(0.3), overrideDelay: false },
          ...{ reset: roll.of(['', 'off', '0', 'true']), bytopic: 'all', topic: 'topic', outputs, wires: wiresOf(index, outputs) },
        })
        break
      }
      case 'junction':
        one({ type: 'junction' })
        break
      case 'links':
        place({ id: name, type: 'link out', mode: 'link', links: [`${name}-in`], wires: [] })
        place({ id: `${name}-in`, type: 'link in', links: [name], wires: wiresOf(index, 1) })
        break
      case 'call':
        one({ type: 'link call', links: [`${name}-in`], timeout: '30' })
        place({ id: `${name}-in`, type: 'link in', links: [], wires: [[`${name}-do`]] })
        place({ id: `${name}-do`, type: 'change', rules: [changeRule(roll, tab)], wires: [[`${name}-back`]] })
        place({ id: `${name}-back`, type: 'link out', mode: 'return', links: [], wires: [] })
        break
      case 'subflow': {
        const own = `${name}-sub`
        definitions.push(
          {
            ...{ id: own, type: 'subflow', name: 'Sub', in: [{ x: 1, y: 1, wires: [{ id: `${own}-f` }] }] },
            ...{ out: [{ x: 1, y: 1, wires: [{ id: `${own}-f`, port: 0 }] }], env: [{ name: 'N', type: 'num', value: '1' }] },
          },
          {
            ...{ id: `${own}-f`, type: 'function', z: own, outputs: 1, wires: [[]], x: 1, y: 1 },
            func: "var n = (Number(flow.get('n')) || 0) + env.get('N'); flow.set('n', n); msg.x = n; return msg",
          },
        )
        one({ type: `subflow:${own}`, env: roll.chance(0.5) ? [{ name: 'N', type: 'num', value: '10' }] : [] })
      }
    }
  })
  outs.forEach((out) => place({ ...out, wires: [] }))
  const events = Array.from({ length: 5 + roll.below(5) }, (): FlowEvent => {
    if (timed && roll.chance(0.35)) return { after: 250 + 500 * roll.below(9) }
    return { topic: `${tab}/${roll.of(['a', 'b'])}`, payload: roll.of(VALUES) }
  })
  const whole = [
    { id: tab, type: 'tab', label: tab },
    { id: id('b'), type: 'mqtt-broker', broker: 'broker', port: '1883' },
  ]
  return { nodes: [...whole, ...definitions, ...nodes], events: timed ? [...events, { after: 60_000 }] : events }
}

function switchRules(roll: Dice): {
  readonly property: string
  readonly propertyType: string
  readonly checkall: string
  readonly rules: readonly TestNode[]
} {
  const rule = (): TestNode => {
    const t = roll.of([
      'eq',
      'eq',
      'neq',
      'lt',
      'lte',
      'gt',
      'gte',
      'btwn',
      'true',
      'false',
      'null',
      'nnull',
      'empty',
      'nempty',
      'istype',
      'else',
    ])
    if (t === 'istype')
      return {
        t,
        ...roll.of([
          { v: 'string', vt: 'string' },
          { v: 'number', vt: 'number' },
          { v: 'boolean', vt: 'boolean' },
        ]),
      }
    if (t === 'lt' || t === 'lte' || t === 'gt' || t === 'gte') return { t, v: roll.of(['0', '1', '5']), vt: 'num' }
    if (t === 'btwn') return { t, v: roll.of(['0', '5', '9']), vt: 'num', v2: roll.of(['1', '7']), v2t: 'num' }
    const [vt, v] = TYPED(roll)
    return t === 'eq' || t === 'neq' ? { t, v, vt } : { t }
  }
  const [propertyType, property] = roll.of([['msg', 'payload'], ['msg', 'payload'], ['msg', 'x'], ['flow', 'k1'], ['msg', 'topic']] as const) // prettier-ignore
  return { property, propertyType, checkall: roll.of(['true', 'false']), rules: Array.from({ length: 1 + roll.below(3) }, rule) }
}

function changeRule(roll: Dice, tab: string): TestNode {
  const [tot, to] = roll.chance(0.2) ? (['msg', 'payload'] as const) : TYPED(roll)
  const [pt, p] = roll.of([['msg', 'payload'], ['msg', 'payload'], ['msg', 'x'], ['flow', 'k1'], ['flow', 'k2'], ['global', `${tab}g`]] as const) // prettier-ignore
  const what = roll.below(10)
  if (what === 0) return { t: 'delete', p: 'x', pt: 'msg' }
  if (what === 1) return { t: 'move', p: 'x', pt: 'msg', to: 'payload', tot: 'msg' }
  return { t: 'set', p, pt, to, tot }
}

/** Loop-free JavaScript; texts and numbers are never added, so that nothing is left open. */
function code(roll: Dice, outputs: number): string {
  const literal = (): string => roll.of(['0', '1', '5', "'on'", "'off'", "'5'", 'true', 'false'])
  const plain = (): string => roll.of(['msg.payload', 'msg.payload', 'msg.x', 'msg.topic', "flow.get('k1')", "context.get('c')", 'v'])
  const numeric = (): string =>
    roll.of([`(Number(${plain()}) || 0)`, '2', '(Number(flow.get("n")) || 0)', `(typeof ${plain()} === 'number' ? 3 : 4)`])
  const test = (depth = 0): string =>
    roll.of([
      () => `${plain()} == ${literal()}`,
      () => `${plain()} === ${literal()}`,
      () => `${plain()} !== ${literal()}`,
      () => `${numeric()} > ${roll.below(6)}`,
      () => plain(),
      () => (depth > 1 ? plain() : `!(${test(depth + 1)})`),
      () => (depth > 1 ? plain() : `(${test(depth + 1)}) && (${test(depth + 1)})`),
      () => (depth > 1 ? plain() : `(${test(depth + 1)}) || (${test(depth + 1)})`),
    ])()
  const expression = (): string =>
    roll.of([
      () => literal(),
      () => plain(),
      () => `(${test()} ? ${literal()} : ${plain()})`,
      () => `${numeric()} + ${roll.below(5)}`,
      () => `${numeric()} * 2 - 1`,
      () => `Math.max(${numeric()}, ${numeric()})`,
      () => `Math.round(${numeric()} / 2)`,
      () => `(${plain()} || ${literal()})`,
    ])()
  const statement = (depth: number): string =>
    roll.of([
      () => `msg.payload = ${expression()};`,
      () => `msg.x = ${expression()};`,
      () => `flow.set('k${1 + roll.below(2)}', ${expression()});`,
      () => `flow.set('n', ${numeric()});`,
      () => `context.set('c', ${expression()});`,
      () => `v = ${expression()};`,
      () => 'node.send({ payload: v, topic: msg.topic });',
      () => (depth > 1 ? 'return null;' : `if (${test()}) { ${block(depth + 1)} } else { ${block(depth + 1)} }`),
      () => (depth > 1 ? 'v = 1;' : `if (${test()}) { ${block(depth + 1)} }`),
      () =>
        depth > 1
          ? 'v = 2;'
          : `switch (${plain()}) { case 'on': ${statement(2)} break; case 5: ${statement(2)} break; default: ${statement(2)} }`,
    ])()
  const block = (depth: number): string => Array.from({ length: 1 + roll.below(2) }, () => statement(depth)).join(' ')
  const end = roll.of(
    outputs === 1
      ? [
          'return msg;',
          'return msg;',
          'return { payload: v, topic: msg.topic };',
          'return msg.payload ? msg : null;',
          'return [msg];',
          'return [[msg, { payload: v, topic: 1 }]];',
        ]
      : [
          'return [msg, null];',
          'return [null, msg];',
          'return [msg, msg];',
          'return v ? [msg, null] : [null, msg];',
          'return [msg, { payload: v, topic: 1 }];',
        ],
  )
  return `var v = ${expression().replaceAll(/\bv\b/g, '7')}; ${block(0)} ${end}`
}
