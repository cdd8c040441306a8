// The fleet of sites as an owner writes it: a model with gateway memory, rooms apart, a gateway version that variants require, and caps; devices as NDJSON.
import { randomNumbers } from './random.ts'
import type { SitesFleet } from './sites-fleet.ts'

export function sitesModel({ sites, devices, rooms, seed, kinds }: SitesFleet): { readonly text: string; readonly devices: string } {
  let next = randomNumbers(seed)
  const whole = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1))
  const lines: string[] = []
  for (let site = 0; site < sites; site++) {
    if (kinds !== undefined) next = randomNumbers(seed + (site % kinds))
    const gateway = `g${site}`
    const worth = { gateway: whole(-40, 10) }
    const own: string[] = []
    let most = 0
    for (let device = 0; device < devices; device++) {
      const sort = next()
      const able = `${sort < 0.8 ? 'e' : ''}${sort > 0.3 ? 'c' : ''}`
      most += sort < 0.8 ? 64 : 32
      const running = ['lean', ...(sort < 0.8 ? ['edge'] : []), ...(sort > 0.3 ? ['cloud'] : [])]
      own.push(
        JSON.stringify({
          id: `d${site}-${device}`,
          role: 'sensor',
          gateway,
          room: `r${site}-${device % rooms}`,
          edge: able.includes('e'),
          cloud: able.includes('c'),
          lean_worth: whole(1, 10),
          edge_worth: whole(5, 30),
          cloud_worth: whole(3, 20),
          running: running[whole(0, running.length - 1)],
        }),
      )
    }
    const memory = Math.floor((most * whole(45, 80)) / 100 / 16) * 16
    lines.push(
      JSON.stringify({ id: gateway, role: 'gateway', memory, new_worth: worth.gateway, running: next() < 0.8 ? 'gateway-1' : 'gateway-2' }),
      ...own,
    )
  }
  const text = `fleetproof: 1
context:
  role: {enum: [gateway, sensor]}
  gateway: {device: true}
  room: {text: true}
  memory: {int: MB}
  edge: {bool: true}
  cloud: {bool: true}
  lean_worth: {int: true}
  edge_worth: {int: true}
  cloud_worth: {int: true}
  new_worth: {int: true}
  running: {text: true}
devices: devices.ndjson
current: {variant: device.running}
variants:
  lean: {version: 1.0.0, requires: device.role == "sensor", uses: {memory: 16 MB}, prefers: device.lean_worth}
  edge: {version: 2.0.0, requires: device.role == "sensor" && device.edge, uses: {memory: 64 MB}, prefers: device.edge_worth}
  cloud: {version: 2.0.0, requires: device.role == "sensor" && device.cloud, uses: {memory: 32 MB}, prefers: device.cloud_worth}
  gateway-1: {version: 1.0.0, requires: device.role == "gateway"}
  gateway-2: {version: 2.0.0, requires: device.role == "gateway", prefers: device.new_worth}
constraints:
  - capacity: {resource: memory, over: device.gateway, limit: group.memory, of: device.role == "sensor"}
  - apart: {over: device.room, variants: [lean, cloud]}
  - requires_on: {device: device.gateway, if: variant.version.atLeast("2.0.0"), then: there.version.atLeast("2.0.0")}
  - quota: {variant: edge, max: ${Math.floor(sites * devices * 0.3)}}
  - quota: {variant: cloud, max: ${Math.floor(sites * devices * 0.2)}}
  - quota: {variant: gateway-2, max: ${Math.floor(sites * 0.7)}}
objectives: [assigned, preference, changes]
`
  return { text, devices: `${lines.join('\n')}\n` }
}
