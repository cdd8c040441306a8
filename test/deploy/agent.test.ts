// The example's device: drops what it has seen, checks digests, remembers across restarts; and as a program of its own on a real broker.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createDevice, type Device } from '../../examples/agent/device.ts'
import { fileMemory, shortMemory, type Memory } from '../../examples/agent/memory.ts'
import type { Artefact, DeviceReport } from '../../src/deploy/deployer.ts'
import { desiredText, type StatusDocument } from '../../src/deploy/document.ts'
import { createMqttDeployer } from '../../src/deploy/mqtt/mqtt-deployer.ts'
import { hasMosquitto, startMosquitto } from '../fixtures/mosquitto.ts'
import { batch, comfort, desire } from './contract.ts'

const content = Buffer.from('the artefact')
const artefact: Artefact = {
  name: 'a',
  url: 'http://example.org/a',
  sha256: createHash('sha256').update(content).digest('hex'),
  bytes: content.length,
}

interface Watched {
  readonly device: Device
  readonly installed: string[]
  readonly words: StatusDocument[]
}

function watched(memory: Memory, fetched: () => Promise<Uint8Array> = () => Promise.resolve(content), agrees = true): Watched {
  const installed: string[] = []
  const words: StatusDocument[] = []
  const device = createDevice('a', memory, {
    fetch: fetched,
    install: (state) => {
      installed.push(`${state.revision.execution} ${state.is.variant ?? ''}`)
      return Promise.resolve()
    },
    check: () => Promise.resolve(agrees),
    tell: (status) => {
      words.push(status)
      return Promise.resolve()
    },
  })
  return { device, installed, words }
}

describe('a device', () => {
  it('acts once on each revision, in order, however often and late they come', async () => {
    const { device, installed, words } = watched(shortMemory())
    const texts = [1, 1, 3, 2, 3].map((execution) => desiredText(desire('a', execution)))
    expect(await Promise.all(texts.map((text) => device.desire(text)))).toEqual(['runs', 'dropped', 'runs', 'dropped', 'dropped'])
    expect(installed).toEqual(['1 eco', '3 eco'])
    expect(words.at(-1)).toMatchObject({ runs: { verified: true } })
    for (const text of ['', '{}', 'x', '{"revision":"1"}', '[]']) expect(await device.desire(text)).toBe('dropped')
  })

  it('refuses an artefact with another digest or size, and may be asked again after a download that broke off', async () => {
    const { device, installed, words } = watched(shortMemory(), () => Promise.resolve(Buffer.from('the artefacT')))
    const state = { ...desire('a', 1), artefact }
    expect(await device.desire(desiredText(state))).toBe('failed')
    expect(words.at(-1)?.failure).toMatchObject({ class: 'rejected', why: expect.stringContaining('digest') as string })
    expect(
      await device.desire(desiredText({ ...state, revision: { ...state.revision, execution: 2 }, artefact: { ...artefact, bytes: 5 } })),
    ).toBe('failed')
    expect(words.at(-1)?.failure).toMatchObject({ class: 'rejected', why: expect.stringContaining('bytes') as string })
    expect(installed).toEqual([])
    const broken = watched(shortMemory(), () => Promise.reject(new Error('reset')))
    await broken.device.desire(desiredText(state))
    expect(broken.words.at(-1)?.failure).toMatchObject({ class: 'retryable', why: 'reset' })
  })

  it('says that it runs a state whose check does not agree, and that this failed', async () => {
    const { device, words } = watched(shortMemory(), undefined, false)
    await device.desire(desiredText(desire('a', 1)))
    expect(words.at(-1)).toMatchObject({ runs: { variant: 'eco' }, failure: { class: 'retryable' } })
    expect(words.at(-1)?.runs?.verified).toBeUndefined()
  })

  it('remembers across restarts what it has seen', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fleetproof-agent-'))
    await watched(fileMemory(join(folder, 'status'))).device.desire(desiredText(desire('a', 5)))
    const again = watched(fileMemory(join(folder, 'status')))
    expect(await again.device.desire(desiredText(desire('a', 5)))).toBe('dropped')
    expect(await again.device.desire(desiredText(desire('a', 6, comfort)))).toBe('runs')
    expect(again.installed).toEqual(['6 comfort'])
    rmSync(folder, { recursive: true })
  })
})

describe.skipIf(!hasMosquitto)('the agent as a program', () => {
  it('fetches, checks, installs by a program, and says how that ended', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fleetproof-agent-'))
    const mosquitto = await startMosquitto()
    const files = createServer((_, response) => response.end(content)).listen(0, '127.0.0.1')
    await once(files, 'listening')
    const install = join(folder, 'install.sh')
    writeFileSync(
      install,
      `#!/bin/sh\n[ "$1" = comfort ] && exit 2\ncp "$ARTEFACT" ${folder}/now\necho "$1 $SETTING_level $OUTCOME" >> ${folder}/log\n`,
    )
    chmodSync(install, 0o755)
    const main = fileURLToPath(new URL('../../examples/agent/main.ts', import.meta.url))
    const words = [
      '--url',
      mosquitto.url,
      '--device',
      'gw 1',
      '--folder',
      join(folder, 'state'),
      '--install',
      install,
      '--check',
      '/bin/true',
    ]
    const child = spawn(process.execPath, ['--import', 'tsx', main, ...words], { stdio: 'inherit' })
    const deployer = await createMqttDeployer({
      broker: { url: mosquitto.url, clientId: 'f' },
      layout: { is: 'own', prefix: 'fleetproof' },
    })
    const heard: DeviceReport[] = []
    await deployer.watch((report) => void heard.push(report))
    const url = `http://127.0.0.1:${(files.address() as AddressInfo).port}/a`
    const seen = async (is: DeviceReport['is']): Promise<void> => {
      while (!heard.some((report) => report.is === is)) await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await deployer.apply(batch([{ ...desire('gw 1', 1), artefact: { ...artefact, url } }]))
    await seen('verified')
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('eco 2 variant\n')
    expect(readFileSync(join(folder, 'now'), 'utf8')).toBe('the artefact')
    await deployer.apply(batch([desire('gw 1', 2, comfort)]))
    await seen('failed')
    expect(heard.find((report) => report.is === 'failed')).toMatchObject({ class: 'rejected' })
    child.kill('SIGKILL')
    await once(child, 'exit')
    while (!heard.some((report) => report.is === 'alive' && !report.alive)) await new Promise((resolve) => setTimeout(resolve, 10))
    await deployer.close()
    files.close()
    await mosquitto.remove()
    rmSync(folder, { recursive: true })
  })
})
