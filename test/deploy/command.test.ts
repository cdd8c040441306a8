// A program per device: the contract with real processes, and what becomes of programs that hang, do not exist or say why.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createCommandDeployer, type CommandOptions } from '../../src/deploy/command/command-deployer.ts'
import type { DeviceReport } from '../../src/deploy/deployer.ts'
import { readDesired } from '../../src/deploy/document.ts'
import { batch, deployerContract, desire, type DeployWorld } from './contract.ts'

/** The device's side: drops what it has seen, remembers what it acted on. */
const program = `#!/bin/sh
place="$1/$2"
execution="\${FLEETPROOF_REVISION##*:}"
[ -e "$place/away" ] && { echo "no route to $2" >&2; exit 1; }
[ "$execution" -le "$(cat "$place/seen" 2>/dev/null || echo 0)" ] && exit 0
mkdir "$place/took-$execution" 2>/dev/null || exit 0
echo "$execution" > "$place/seen"
echo "$execution" >> "$place/acted"
[ -e "$place/fails" ] && { echo "disk full" >&2; exit 1; }
[ -e "$place/rejects" ] && exit 2
cat > "$place/state.new" && mv "$place/state.new" "$place/state"
`
const asking = `#!/bin/sh
[ -e "$1/$2/state" ] && printf '{"runs":%s}' "$(cat "$1/$2/state")"
`

function commandWorld(withCheck: boolean): () => Promise<DeployWorld> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fleetproof-command-'))
    const devices = ['gw-1', 'hall 2', '-x;echo $HOME']
    for (const device of devices) mkdirSync(join(folder, device))
    const script = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text)
      chmodSync(join(folder, name), 0o755)
      return join(folder, name)
    }
    const options: CommandOptions = {
      program: script('device.sh', program),
      arguments: [folder, '{device}'],
      ask: { program: script('ask.sh', asking), arguments: [folder, '{device}'] },
      ...(withCheck ? { check: { program: '/bin/test', arguments: ['-e', `${folder}/{device}/state`] } } : {}),
      milliseconds: 10_000,
      parallel: 4,
      file: join(folder, 'actions'),
    }
    const deployer = await createCommandDeployer(options)
    const read = (device: string, name: string): string => {
      const path = join(folder, device, name)
      return existsSync(path) ? readFileSync(path, 'utf8') : ''
    }
    return {
      deployer,
      another: () => createCommandDeployer(options),
      devices,
      acted: (device) => read(device, 'acted').split('\n').filter(Boolean).map(Number),
      runs: (device) => readDesired(device, read(device, 'state'))?.is,
      behave: (device, behaviour) => {
        for (const one of ['fails', 'rejects', 'away']) rmSync(join(folder, device, one), { force: true })
        if (behaviour !== 'succeeds') writeFileSync(join(folder, device, behaviour), '')
      },
      close: async () => {
        await deployer.close()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  }
}

const classes = { fails: 'retryable', rejects: 'rejected' } as const
deployerContract({ name: 'command', classes, knowsDevices: false, start: commandWorld(false) })
deployerContract({ name: 'command with a check', classes, knowsDevices: false, start: commandWorld(true) })

describe('commands', () => {
  const end = async (options: Partial<CommandOptions>): Promise<DeviceReport | undefined> => {
    const deployer = await createCommandDeployer({ program: '/bin/sh', arguments: [], milliseconds: 5000, parallel: 1, ...options })
    const ended = new Promise<DeviceReport>((resolve) => {
      void deployer.watch((report) => {
        if (report.is === 'failed' || report.is === 'verified') resolve(report)
      })
    })
    await deployer.apply(batch([desire('a', 1)]))
    const report = await ended
    await deployer.close()
    return report
  }

  it('that hang are killed with all they started, and have timed out', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fleetproof-command-'))
    const words = ['-c', `trap "" TERM; (sleep 60; touch ${folder}/late) & echo $! > ${folder}/pid; sleep 60`]
    expect(await end({ arguments: words, milliseconds: 300 })).toMatchObject({ is: 'failed', class: 'timed-out' })
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
    // Gone, or dead and not yet fetched by the one it was left to.
    expect(existsSync(`/proc/${pid}`) ? / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')) : true).toBe(true)
    rmSync(folder, { recursive: true })
  })

  it('that do not exist are refused for good', async () => {
    expect(await end({ program: '/nowhere/at-all' })).toMatchObject({ class: 'rejected', why: expect.stringContaining('ENOENT') as string })
  })

  it('say why by the last line of their errors', async () => {
    expect(await end({ arguments: ['-c', 'echo first >&2; echo "disk full" >&2; exit 9'] })).toMatchObject({
      class: 'retryable',
      why: 'the program ended with 9: disk full',
    })
  })

  it('under way when the process dies are run again, the others not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fleetproof-command-'))
    const options = {
      arguments: ['-c', `echo $FLEETPROOF_DEVICE >> ${folder}/runs; [ -e ${folder}/go ] || sleep 60`],
      file: join(folder, 'actions'),
    }
    const first = await createCommandDeployer({ program: '/bin/sh', milliseconds: 60_000, parallel: 1, ...options })
    await first.apply(batch([desire('a', 1), desire('b', 1)]))
    while (!existsSync(join(folder, 'runs'))) await new Promise((resolve) => setTimeout(resolve, 10))
    await first.close()
    writeFileSync(join(folder, 'go'), '')
    const second = await createCommandDeployer({ program: '/bin/sh', milliseconds: 60_000, parallel: 1, ...options })
    const done = new Set<string>()
    await second.watch((report) => {
      if (report.is === 'reported') done.add(report.device)
    })
    expect((await second.apply(batch([desire('a', 1), desire('b', 1)]))).map((answer) => answer.is)).toEqual(['held', 'held'])
    while (done.size < 2) await new Promise((resolve) => setTimeout(resolve, 10))
    expect((await second.apply(batch([desire('a', 1), desire('b', 1)]))).map((answer) => answer.is)).toEqual(['already', 'already'])
    expect(readFileSync(join(folder, 'runs'), 'utf8')).toBe('a\na\nb\n')
    await second.close()
    rmSync(folder, { recursive: true })
  })
})
