// The contract on our own topics, over Debian's mosquitto (TLS, client certificates, access list) and over aedes; devices are the example's agents.
import { Aedes } from 'aedes'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { createMqttDeployer } from '../../src/deploy/mqtt/mqtt-deployer.ts'
import type { MqttOptions } from '../../src/mqtt/options.ts'
import { startAgent, type Agent } from '../../examples/agent/agent.ts'
import { Refused } from '../../examples/agent/device.ts'
import { shortMemory } from '../../examples/agent/memory.ts'
import { hasOpenssl, makeCertificates, type Certificates } from '../fixtures/certificates.ts'
import { hasMosquitto, startMosquitto } from '../fixtures/mosquitto.ts'
import { deployerContract, type Behaviour, type DeployWorld } from './contract.ts'
import { readRevision } from '../../src/model/revision.ts'

const devices = ['gw-1', 'hall/2', 'x+%3']
const prefix = 'fleetproof/test'

interface Reach {
  readonly broker: (user: string) => Omit<MqttOptions, 'clientId'>
  readonly close: () => Promise<void>
}

async function agentsWorld({ broker, close }: Reach): Promise<DeployWorld> {
  const acted = new Map<string, number[]>(devices.map((device) => [device, []]))
  const behaviours = new Map<string, Behaviour>()
  const memories = new Map(devices.map((device) => [device, shortMemory()]))
  const agents = new Map<string, Agent>()
  const begin = async (device: string): Promise<void> => {
    const agent = await startAgent({
      broker: broker('device'),
      prefix,
      device,
      memory: memories.get(device)!,
      work: {
        fetch: () => Promise.reject(new Error('nothing to fetch')),
        install: (state) => {
          acted.get(device)!.push(state.revision.execution)
          const behaviour = behaviours.get(device)
          if (behaviour === 'fails') return Promise.reject(new Error('disk full'))
          if (behaviour === 'rejects') return Promise.reject(new Refused('not for me'))
          return Promise.resolve()
        },
        check: () => Promise.resolve(true),
      },
    })
    agents.set(device, agent)
  }
  for (const device of devices) await begin(device)
  let count = 0
  const deployer = () =>
    createMqttDeployer({ broker: { ...broker('fleetproof'), clientId: `fleetproof-${count++}` }, layout: { is: 'own', prefix } })
  const first = await deployer()
  return {
    deployer: first,
    another: deployer,
    devices,
    acted: (device) => acted.get(device)!,
    runs: (device) => {
      const runs = memories.get(device)!.read().runs
      return runs === undefined || readRevision(runs.revision ?? '') === undefined
        ? undefined
        : { outcome: runs.outcome, variant: runs.variant, settings: runs.settings }
    },
    behave: async (device, behaviour) => {
      behaviours.set(device, behaviour)
      if (behaviour === 'away') await agents.get(device)!.stop('abruptly')
    },
    back: begin,
    close: async () => {
      await first.close()
      for (const agent of agents.values()) await agent.stop('abruptly')
      await close()
    },
  }
}

const accessList = [
  'user fleetproof',
  'topic readwrite fleetproof/test/#',
  'user device',
  'topic read fleetproof/test/devices/+/desired',
  'topic write fleetproof/test/devices/+/reported',
  'topic write fleetproof/test/devices/+/alive',
]

for (const version of ['3.1.1', '5'] as const) {
  let certificates: Certificates | undefined
  deployerContract({
    name: `mqtt ${version}, own topics, mosquitto with TLS, client certificates and an access list`,
    classes: { fails: 'retryable', rejects: 'rejected' },
    knowsDevices: false,
    skip: hasMosquitto && hasOpenssl ? false : 'skipped: needs mosquitto and openssl',
    start: async () => {
      certificates ??= makeCertificates(['fleetproof', 'device'])
      const { authority, clients } = certificates
      const mosquitto = await startMosquitto({ certificates, accessList })
      return agentsWorld({
        broker: (user) => ({ url: mosquitto.url, version, tls: { authority, ...clients[user]! } }),
        close: mosquitto.remove,
      })
    },
  })
}

deployerContract({
  name: 'mqtt 3.1.1, own topics, aedes',
  classes: { fails: 'retryable', rejects: 'rejected' },
  knowsDevices: false,
  start: async () => {
    const aedes = await Aedes.createBroker()
    const server = createServer((socket) => void aedes.handle(socket)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`
    return agentsWorld({
      broker: () => ({ url }),
      close: async () => {
        await new Promise<void>((resolve) => aedes.close(() => resolve()))
        server.close()
      },
    })
  },
})
