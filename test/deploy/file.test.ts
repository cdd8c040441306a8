// Desired states as files: the contract with devices that read a folder.
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createDevice, Refused, type Device } from '../../examples/agent/device.ts'
import { shortMemory } from '../../examples/agent/memory.ts'
import { createFileDeployer } from '../../src/deploy/file/file-deployer.ts'
import { batch, deployerContract, desire, type Behaviour, type DeployWorld } from './contract.ts'

async function folderWorld(): Promise<DeployWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'fleetproof-file-'))
  const devices = ['gw-1', '..', 'hall/2 ü']
  const name = (device: string): string => `${encodeURIComponent(device).replace(/^\./, '%2E')}.json`
  const acted = new Map<string, number[]>(devices.map((device) => [device, []]))
  const behaviours = new Map<string, Behaviour>()
  const memories = new Map(devices.map((device) => [device, shortMemory()]))
  const made = new Map<string, Device>(
    devices.map((device) => [
      device,
      createDevice(device, memories.get(device)!, {
        fetch: () => Promise.reject(new Error('nothing to fetch')),
        install: (state) => {
          acted.get(device)!.push(state.revision.execution)
          if (behaviours.get(device) === 'fails') return Promise.reject(new Error('disk full'))
          return behaviours.get(device) === 'rejects' ? Promise.reject(new Refused('not for me')) : Promise.resolve()
        },
        check: () => Promise.resolve(true),
        tell: (status) => {
          const path = join(folder, 'reported', name(device))
          writeFileSync(`${path}.part`, JSON.stringify(status))
          renameSync(`${path}.part`, path)
          return Promise.resolve()
        },
      }),
    ]),
  )
  const another = () => createFileDeployer({ folder, pollMilliseconds: 10 })
  const deployer = await another()
  return {
    deployer,
    another,
    devices,
    acted: (device) => acted.get(device)!,
    runs: (device) => {
      const runs = memories.get(device)!.read().runs
      return runs === undefined ? undefined : { outcome: runs.outcome, variant: runs.variant, settings: runs.settings }
    },
    behave: (device, behaviour) => void behaviours.set(device, behaviour),
    back: (device) => Promise.resolve(void behaviours.set(device, 'succeeds')),
    step: async () => {
      for (const device of devices) {
        const file = name(device)
        if (behaviours.get(device) === 'away' || !readdirSync(join(folder, 'desired')).includes(file)) continue
        await made.get(device)!.desire(readFileSync(join(folder, 'desired', file), 'utf8'))
      }
    },
    close: async () => {
      await deployer.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

deployerContract({ name: 'file', classes: { fails: 'retryable', rejects: 'rejected' }, knowsDevices: false, start: folderWorld })

describe('files', () => {
  it('are only ever whole, and names that are none are refused', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fleetproof-file-'))
    const deployer = await createFileDeployer({ folder, pollMilliseconds: 1000 })
    const answers = await deployer.apply(batch([desire('a', 1), desire('', 1), desire('x'.repeat(300), 1)]))
    expect(answers.map((answer) => answer.is)).toEqual(['held', 'failed', 'failed'])
    expect(readdirSync(join(folder, 'desired'))).toEqual(['a.json'])
    writeFileSync(join(folder, 'reported', 'a.json'), '{"seen":')
    expect(await deployer.read(['a'])).toEqual([])
    await deployer.close()
    rmSync(folder, { recursive: true })
  })
})
