// Desired states as files: the contract with devices that read a folder.
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createFileDeployer } from '../../src/deploy/file/file-deployer.ts'
import { batch, deployerContract, desire, type DeployWorld } from './contract.ts'
import { farAgents, farDevices } from './far-devices.ts'

async function folderWorld(): Promise<DeployWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'fleetproof-file-'))
  const devices = ['gw-1', '..', 'hall/2 ü']
  const name = (device: string): string => `${encodeURIComponent(device).replace(/^\./, '%2E')}.json`
  const far = farDevices(devices)
  const made = farAgents(far, (device, status) => {
    const path = join(folder, 'reported', name(device))
    writeFileSync(`${path}.part`, JSON.stringify(status))
    renameSync(`${path}.part`, path)
  })
  const another = () => createFileDeployer({ folder, pollMilliseconds: 10 })
  const deployer = await another()
  return {
    ...far.world,
    back: far.back,
    deployer,
    another,
    step: async () => {
      for (const device of devices) {
        const file = name(device)
        if (far.behaviour(device) === 'away' || !readdirSync(join(folder, 'desired')).includes(file)) continue
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
