// Environment models of the ACM kind and the catalogue of Zigbee models.
import { createReadStream, existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readAcmEnvironment } from '../../src/formats/acm/read-environment.ts'
import { readZigbeeModels } from '../../src/formats/zigbee/read-models.ts'
import { bytesOf } from '../fixtures/bytes.ts'

const CATALOGUE = '../shared/data/fleets/zigbee/models.ndjson'

describe('an environment of physical processes', () => {
  const processes = [
    { id: 1, name: 'heating', x: 0, y: 1.5 },
    { id: 'w', name: 'window', x: 2, y: 0 },
  ]
  const read = (value: object) => readAcmEnvironment({ name: 'e.json', text: JSON.stringify(value) })
  it('is read as it is', () => {
    const environment = read({ physical_processes: processes, links: [{ from_id: 1, to_id: 'w' }] })
    expect(environment.ok && environment.value.processes.map(({ id, name, x, y }) => [id, name, x, y])).toEqual([
      ['1', 'heating', 0, 1.5],
      ['w', 'window', 2, 0],
    ])
    expect(environment.ok && environment.value.links.map(({ from, to }) => [from, to])).toEqual([['1', 'w']])
  })

  it.each<readonly [string, object, readonly string[]]>([
    ['an unknown end', { physical_processes: processes, links: [{ from_id: 1, to_id: 'x' }] }, ['acm/unknown-process']],
    ['an id twice', { physical_processes: [...processes, processes[0]] }, ['acm/duplicate-id']],
    ['a link to itself', { physical_processes: processes, links: [{ from_id: 1, to_id: 1 }] }, ['acm/circle']],
    ['a link twice', { physical_processes: processes, links: [1, 2].map(() => ({ from_id: 1, to_id: 'w' })) }, ['acm/duplicate-link']],
    ['no coordinates', { physical_processes: [{ id: 1, name: 'a' }] }, ['model/missing-key', 'model/missing-key']],
    ['nothing', {}, ['model/missing-key']],
  ])('refuses %s', (_, value, codes) => {
    expect(read(value).diagnostics.map(({ code }) => code)).toEqual(codes)
  })
})

describe('the catalogue of Zigbee models', () => {
  it('types attributes, also those in groups', async () => {
    const line = {
      model: 'M',
      vendor: 'V',
      features: [
        { type: 'climate', features: [{ type: 'numeric', name: 'setpoint', unit: '°C', min: 5, max: 30, step: 0.5, access: 'rw' }] },
        { type: 'binary', name: 'lock', on: 'LOCK', off: 'UNLOCK', access: 'rw' },
        { type: 'binary', name: 'contact', on: true, off: false, access: 'r' },
      ],
    }
    const read = await readZigbeeModels('z.ndjson', bytesOf(`${JSON.stringify(line)}\n${JSON.stringify(line)}\n`))
    expect(read.diagnostics.map(({ code }) => code)).toEqual(['zigbee/duplicate-model'])
    expect(read.ok && read.value.get('M')?.attributes).toEqual([
      { name: 'setpoint', role: 'actuator', type: { is: 'number', integer: false, low: 5, high: 30, unit: '°C' } },
      { name: 'lock', role: 'actuator', type: { is: 'enum', values: ['LOCK', 'UNLOCK'], other: false } },
      { name: 'contact', role: 'sensor', type: { is: 'bool' } },
    ])
    expect((await readZigbeeModels('z.ndjson', bytesOf('{"model": 1}\n'))).diagnostics.length).toBe(3)
  })

  it.skipIf(!existsSync(CATALOGUE))('is read whole', async () => {
    const read = await readZigbeeModels(CATALOGUE, createReadStream(CATALOGUE))
    expect(read.ok && read.value.size).toBeGreaterThan(1000)
    expect(read.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  })
})
