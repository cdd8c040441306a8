// One process owns an embedded folder: another is refused by name, a dead one is not waited for.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockFolder } from '../../src/store/folder-lock.ts'

describe('the lock of a folder', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fleetproof-lock-'))
    file = join(folder, 'fleetproof.lock')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('refuses a second owner, saying which folder, which process and what to do, until that one ends, however it ends', async () => {
    const module = new URL('../../src/store/folder-lock.ts', import.meta.url).href
    const code = `import(${JSON.stringify(module)}).then(({ lockFolder }) => lockFolder(process.argv[1])).then(() => { console.log('locked'); setInterval(() => {}, 1000) })`
    const child = spawn(process.execPath, ['--import', 'tsx', '-e', code, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    const refused = lockFolder(folder)
    await expect(refused).rejects.toMatchObject({ code: 'store/locked' })
    const message = await refused.catch((error: unknown) => (error as Error).message)
    expect(message).toContain(`\`${folder}\` is in use by process ${child.pid}`)
    expect(message).toContain('--database URL')
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
    const lock = await lockFolder(folder)
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'store/locked' })
    await lock.release()
    expect(existsSync(file)).toBe(false)
  })

  it('is not fooled by a pid that was given again, nor by a torn file', async () => {
    const own = await lockFolder(folder)
    const written = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    await own.release()
    writeFileSync(file, JSON.stringify({ ...written, started: 'another boot/1' }))
    await (await lockFolder(folder)).release()
    writeFileSync(file, '{"pid":')
    await (await lockFolder(folder)).release()
    writeFileSync(file, JSON.stringify({ ...written, host: 'elsewhere' }))
    await expect(lockFolder(folder)).rejects.toThrow(/on `elsewhere`.*remove/)
  })

  it('goes to one of many that break a dead owner’s lock at once', async () => {
    writeFileSync(
      file,
      JSON.stringify({ pid: 1, started: 'long ago', host: 'x' }).replace('"x"', JSON.stringify((await import('node:os')).hostname())),
    )
    const answers = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)))
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })
})
