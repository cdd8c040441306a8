// `deploy --dry-run`: says what a backend would be sent and what it would refuse, and sends nothing.
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call } from '../fixtures/command-line.ts'

let folder: string
const run = (words: string) => call(words.split(' '), { workingDirectory: folder })
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fleetproof-deploy-'))
  cpSync('examples/rollout', folder, { recursive: true })
  writeFileSync(join(folder, 'folder.yaml'), `is: file\nfolder: ${join(folder, 'states')}\n`)
  const planned = await run('plan rooms.yaml --waves waves.yaml --out rooms.plan')
  expect([planned.code, planned.error]).toEqual([0, ''])
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('deploy --dry-run', () => {
  it('shows what each device would be told, and changes nothing', async () => {
    const rehearsed = await run('deploy rooms.plan --deployer folder.yaml --dry-run')
    expect([rehearsed.code, rehearsed.error]).toEqual([0, ''])
    expect(rehearsed.out).toContain('dry run: nothing was sent')
    expect(rehearsed.out).toMatch(/would send \d+:\n {2}\S+/)
    expect(rehearsed.out).toContain('next: fleetproof rollout start rooms.plan --deployer folder.yaml')
    const states = join(folder, 'states')
    expect(existsSync(states) ? readdirSync(states, { recursive: true }).filter((name) => String(name).endsWith('.json')) : []).toEqual([])
    expect(existsSync(join(folder, '.fleetproof'))).toBe(false)
  })

  it('answers programs with the same in JSON', async () => {
    const rehearsed = await run('deploy rooms.plan --deployer folder.yaml --dry-run --json')
    const { devices, sends, refusals } = JSON.parse(rehearsed.out) as {
      devices: number
      sends: readonly string[]
      refusals: readonly unknown[]
    }
    expect(devices).toBeGreaterThan(0)
    expect(sends).toHaveLength(devices)
    expect(refusals).toEqual([])
  })

  it('refuses a description that is none', async () => {
    writeFileSync(join(folder, 'wrong.yaml'), 'is: fax\n')
    const refused = await run('deploy rooms.plan --deployer wrong.yaml --dry-run')
    expect(refused.code).toBe(3)
    expect(refused.error).toContain('wrong.yaml')
  })
})
