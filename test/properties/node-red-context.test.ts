// What is stored whole changes what its parts read, and the other way round: such reads are left open.
import { describe, expect, it } from 'vitest'
import { readNodeRedFlow } from '../../src/formats/node-red/read-flow.ts'

const flow = (whole: string) =>
  JSON.stringify([
    { id: 't', type: 'tab', label: 'Tab' },
    { id: 'in', type: 'inject', z: 't', payload: '1', payloadType: 'num', wires: [['set', 'sub', 'get']] },
    { id: 'set', type: 'change', z: 't', rules: [{ t: 'set', p: whole, pt: 'flow', to: 'payload', tot: 'msg' }], wires: [[]] },
    { id: 'sub', type: 'change', z: 't', rules: [{ t: 'set', p: 'room.light', pt: 'flow', to: '1', tot: 'num' }], wires: [[]] },
    { id: 'get', type: 'switch', z: 't', property: 'room.light', propertyType: 'flow', rules: [{ t: 'true' }], wires: [['out']] },
    { id: 'b', type: 'mqtt-broker', broker: '10.0.0.1', port: '1883' },
    { id: 'out', type: 'mqtt out', z: 't', topic: 'lamp', broker: 'b', wires: [] },
  ])

describe('context keys', () => {
  it.each([
    ['room', 1],
    ['rooms', 0],
    ['room.light.level', 1],
    ['room.lamp', 0],
  ])('with %s stored, %i part is open', (whole, count) => {
    const read = readNodeRedFlow({ name: 'flow.json', text: flow(whole) }, { application: 'app' })
    expect(read.ok && read.value.application.unmodelled.filter(({ why }) => why.includes('hold one value')).length).toBe(count)
  })
})
