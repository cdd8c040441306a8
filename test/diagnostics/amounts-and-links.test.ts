/** What is said of wrong capacities and links: code, message, line. */
import { describe, expect, it } from 'vitest'
import { placementConstraints } from '../../constraints/placement.ts'
import { compileAssignment } from '../../src/compile/assignment.ts'
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts'
import { readFleetSource } from '../../src/formats/read-fleet-source.ts'

const LINKS = '{"a": "d1", "b": "d2", "kind": "wifi"}\n{"a": "d1", "b": "gone", "kind": "vpn"}\n{"a": "d2", "b": "d2", "kind": "vpn"}\n'

async function* bytes(text: string): AsyncIterable<Uint8Array> {
  await Promise.resolve()
  yield new TextEncoder().encode(text)
}

async function read(constraint: string) {
  const text = `fleetproof: 1
context: {memory: {int: MB}, room: {text: true}, gateway: {device: true}, age: {int: h}}
devices: [{id: d1, gateway: d2, room: hall, age: 1}, {id: d2, gateway: d2, room: hall, age: 2}]
variants: {eco: {version: 1.0.0, uses: {memory: 10 MB}}}
constraints:
  - ${constraint}
`
  return readFleetSource({ name: 'm.yaml', text }, () => bytes(LINKS))
}

async function said(constraint: string): Promise<readonly string[]> {
  const fleet = await read(constraint)
  const compiled = fleet.ok ? compileAssignment(fleet.value.model, fleet.value.fleet, placementConstraints) : fleet
  const diagnostics: readonly Diagnostic[] = fleet.ok ? [...fleet.diagnostics, ...compiled.diagnostics] : fleet.diagnostics
  return diagnostics.map(({ code, severity, message, at }) => `${severity} ${at.range?.start.line ?? '-'} ${code} ${message}`)
}

describe('amounts and links', () => {
  it.each([
    [
      'capacity: {resource: memory, over: device.gateway, limit: group.memory}',
      'warning 6 model/no-limit the group `d2` has no known limit of `memory`, so nothing limits it there',
    ],
    ['capacity: {resource: memori, limit: 5 MB}', 'warning 6 model/unknown-resource nothing uses a resource called `memori`'],
    ['capacity: {resource: memory, limit: 5 MBs}', 'error 6 model/wrong-value `MBs` is no unit that is known here'],
    ['capacity: {resource: memory, limit: device.age}', 'error 6 model/other-dimension `device.age` is time, but `memory` is used as data'],
    [
      'capacity: {resource: memory, over: device.room, limit: group.memory}',
      'error 6 expression/unknown-attribute nothing is called `group` here',
    ],
    [
      'requires_on: {device: device.room, then: there.id == "eco"}',
      'error 6 model/wrong-type `device.room` is no link to a device, it is text',
    ],
    ['requires_on: {then: there.id == "eco"}', 'error 6 model/wrong-value one of `device` and `links` is needed'],
    [
      'requires_on: {links: links.ndjson, then: link.kind == "vpn" || there.id == "eco"}',
      'warning - formats/unknown-device 1 link names a device that the fleet does not have, such as `gone`',
    ],
  ])('%s', async (constraint, expected) => {
    expect(await said(constraint)).toContain(expected)
  })

  it('keeps the links between devices of the fleet, with the columns that are read', async () => {
    const fleet = await read('requires_on: {links: links.ndjson, then: link.kind == "vpn" || there.id == "eco"}')
    const table = fleet.ok ? fleet.value.fleet.links?.['links.ndjson'] : undefined
    expect(table?.a).toEqual(Int32Array.of(0))
    expect(table?.b).toEqual(Int32Array.of(1))
    expect(Object.keys(table?.columns ?? {})).toEqual(['kind'])
  })
})
