/**
 * Damaged flows: never a crash, never more than five seconds of work, and no node that starts messages lost without a word.
 * A thousand files; ten thousand with FLEETPROOF_LONG=1.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readNodeRedFlow } from '../../src/formats/node-red/read-flow.ts'
import { flowText, input, output } from '../fixtures/flows.ts'
import { damaged, numbersFrom } from '../fixtures/mutations.ts'

const FLOWS = '../shared/data/node-red'
const LONG = process.env['FLEETPROOF_LONG'] === '1'
const COUNT = LONG ? 10_000 : 1000
const LARGEST = LONG ? 60_000 : 15_000
const MOST_SECONDS = 5

/** A flow with most constructs, for where no others are at hand. */
const SAMPLE = JSON.stringify(
  JSON.parse(
    flowText([
      input('a', 'switch'),
      {
        id: 'switch',
        type: 'switch',
        property: 'payload',
        rules: [{ t: 'eq', v: 'on', vt: 'str' }, { t: 'else' }],
        wires: [['change'], ['function']],
      },
      { id: 'change', type: 'change', rules: [{ t: 'set', p: 'payload', pt: 'msg', to: '1', tot: 'num' }], wires: [['delay']] },
      { id: 'delay', type: 'delay', pauseType: 'delay', timeout: '5', timeoutUnits: 'seconds', wires: [['sub']] },
      {
        id: 'function',
        type: 'function',
        func: "if (msg.payload > 3) { flow.set('x', 1); return msg }\nreturn null",
        wires: [['trigger']],
      },
      { id: 'trigger', type: 'trigger', op1: '1', op2: '0', duration: '250', units: 'ms', wires: [['out']] },
      {
        id: 's',
        type: 'subflow',
        name: 's',
        in: [{ wires: [{ id: 'inner' }] }],
        out: [{ wires: [{ id: 'inner', port: 0 }] }],
        z: undefined,
      },
      { id: 'inner', type: 'rbe', z: 's', func: 'rbe', property: 'payload' },
      { id: 'sub', type: 'subflow:s', wires: [['out']] },
      { id: 'button', type: 'inject', props: [{ p: 'payload' }], payload: 'x', payloadType: 'str', repeat: '60', wires: [['link']] },
      { id: 'link', type: 'link out', mode: 'link', links: ['there'] },
      { id: 'there', type: 'link in', links: ['link'], wires: [['out']] },
      output('out'),
    ]),
  ),
  null,
  2,
)

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name)
      return statSync(path).isDirectory() ? filesIn(path) : name.endsWith('.json') && statSync(path).size < LARGEST ? [path] : []
    })
}

interface Node {
  readonly id: string
  readonly type: string
  readonly z?: unknown
  readonly d?: unknown
  readonly disabled?: unknown
}

const isNode = (one: unknown): one is Node =>
  typeof one === 'object' && one !== null && typeof (one as Node).id === 'string' && typeof (one as Node).type === 'string'

/** Ids of nodes on tabs that send messages by themselves; nothing where the text is no flow. */
function starting(text: string): readonly string[] | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!Array.isArray(value)) return undefined
  // Of equal ids the last counts.
  const nodes = new Map(value.filter(isNode).map((one) => [one.id, one]))
  return [...nodes.values()].flatMap(({ id, type, z, d }) => {
    const tab = typeof z === 'string' ? nodes.get(z) : undefined
    const live = tab?.type === 'tab' && tab.disabled !== true && d !== true
    return live && (type === 'inject' || type === 'mqtt in' || type === 'http in') ? [id] : []
  })
}

const VALUES: readonly unknown[] = [
  null,
  0,
  -1,
  1e308,
  true,
  '',
  'a'.repeat(2000),
  [],
  {},
  [[]],
  [['a']],
  [null],
  { a: { b: [] } },
  'payload.x[0]',
  '{{x}}',
  '=',
  'return msg',
]

/** A flow that is still JSON, with fields of nodes lost, changed or exchanged. */
function changed(text: string, next: () => number): string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return text
  }
  if (!Array.isArray(value) || value.length === 0) return text
  const nodes: unknown[] = [...(value as unknown[])]
  const any = (): number => Math.floor(next() * nodes.length)
  for (let times = 1 + Math.floor(next() * 5); times > 0; times -= 1) {
    const at = any()
    const node = nodes[at]
    const keys = typeof node === 'object' && node !== null ? Object.keys(node) : []
    const key = keys[Math.floor(next() * keys.length)] ?? 'id'
    const how = Math.floor(next() * 6)
    const other = nodes[any()] as Readonly<Record<string, unknown>> | null
    if (how === 0) nodes.splice(at, 1)
    else if (how === 1) nodes.splice(any(), 0, node)
    else if (how === 2) nodes[at] = { ...(node as object), [key]: other?.[key] }
    else if (how === 3) nodes[at] = { ...(node as object), [key]: undefined }
    else if (how === 4) nodes[at] = { ...(node as object), type: other?.['type'] }
    else nodes[at] = { ...(node as object), [key]: VALUES[Math.floor(next() * VALUES.length)] }
    if (nodes.length === 0) break
  }
  return JSON.stringify(nodes, null, 1)
}

describe('damaged flows', () => {
  const texts = [
    SAMPLE,
    ...(existsSync(FLOWS)
      ? filesIn(FLOWS).flatMap((path) => {
          const text = readFileSync(path, 'utf8')
          try {
            return [JSON.stringify(JSON.parse(text), null, 1)]
          } catch {
            return [text]
          }
        })
      : []),
  ]
  it(`${COUNT} of them`, { timeout: 3_600_000 }, () => {
    const next = numbersFrom(20261124)
    let compared = 0
    for (let nth = 0; nth < COUNT; nth += 1) {
      const source = texts[nth % 4 === 0 ? 0 : Math.floor(next() * texts.length)]!
      const text = nth % 3 === 0 ? damaged(source, next, texts) : changed(source, next)
      const before = process.cpuUsage()
      const read = ((): ReturnType<typeof readNodeRedFlow> => {
        try {
          return readNodeRedFlow({ name: 'flow.json', text }, { application: 'app' })
        } catch (error) {
          throw new Error(`number ${nth} crashes:\n${text.slice(0, 20_000)}`, { cause: error })
        }
      })()
      const { user, system } = process.cpuUsage(before)
      expect((user + system) / 1e6, `seconds for number ${nth}:\n${text.slice(0, 20_000)}`).toBeLessThan(MOST_SECONDS)
      if (!read.ok) {
        expect(read.diagnostics.length, `what is wrong with number ${nth}`).toBeGreaterThan(0)
        continue
      }
      const wanted = starting(text)
      if (wanted === undefined) continue
      compared += 1
      const told = new Set([
        ...read.value.application.automations.map(({ id }) => id),
        ...read.value.application.unmodelled.map(({ id }) => id),
      ])
      const lost = wanted.filter((id) => ![...told].some((one) => one.includes(id)))
      expect(lost, `nodes of number ${nth} that are lost:\n${text.slice(0, 20_000)}`).toEqual([])
    }
    expect(compared).toBeGreaterThan(COUNT / 4)
  })
})
