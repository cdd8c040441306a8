/** One process owns an embedded folder: a lock file with its pid and when it started; a dead owner's lock is broken, a live one's refused. */
import { readFileSync } from 'node:fs'
import { link, open, readFile, rename, rm, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { randomUUID } from 'node:crypto'
import { EngineError } from '../diagnostics/engine-error.ts'

interface Owner {
  readonly pid: number
  /** When the process started, in the machine's own terms: a pid that was given again has another. */
  readonly started: string
  readonly host: string
}

export interface FolderLock {
  readonly release: () => Promise<void>
}

const lockName = 'fleetproof.lock'

const SETTLING = 50

// Each try either takes the lock, or refuses, or removes a dead owner's; losing that race so often would be a defect.
const TRIES = 20

/** Throws `store/locked` where another process lives in the folder. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, lockName)
  const own: Owner = { pid: process.pid, started: startOf(process.pid) ?? '', host: hostname() }
  const text = JSON.stringify({ ...own, nonce: randomUUID() })
  for (let attempt = 0; attempt < TRIES; attempt++) {
    if (await placed(path, text)) {
      // Who read a dead owner's lock just before may still move this one aside, and put it back where nobody was faster.
      await delay(SETTLING)
      if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return { release: () => removeOwn(path, text) }
      continue
    }
    const found = await readOwner(path)
    if (found === undefined) continue
    if (isAlive(found.owner, own)) throw refusal(folder, path, found.owner, own)
    // Renaming takes the file that was read or nothing: two that break at once cannot remove each other's new lock.
    const aside = `${path}.${randomUUID()}`
    await rename(path, aside).catch(() => undefined)
    const moved = await readFile(aside, 'utf8').catch(() => undefined)
    if (moved !== undefined && moved !== found.text) await link(aside, path).catch(() => undefined)
    await rm(aside, { force: true })
  }
  throw new EngineError('store/locked', `the folder \`${folder}\` cannot be locked: its lock changes all the time`)
}

/** Complete or not at all: written beside, then linked, which fails where the name is taken. */
async function placed(path: string, text: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`
  const file = await open(draft, 'wx')
  try {
    await file.writeFile(text)
    await file.sync()
    await file.close()
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await file.close().catch(() => undefined)
    await rm(draft, { force: true })
  }
}

async function readOwner(path: string): Promise<{ readonly text: string; readonly owner: Partial<Owner> } | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return { text, owner: JSON.parse(text) as Partial<Owner> }
  } catch {
    return { text, owner: {} }
  }
}

function isAlive({ pid, started, host }: Partial<Owner>, own: Owner): boolean {
  if (pid === undefined) return false
  // Nothing can be told of another machine's processes.
  if (host !== undefined && host !== own.host) return true
  if (pid === own.pid && started === own.started) return true
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  const now = startOf(pid)
  return now === undefined || started === undefined || started === '' || now === started
}

/** Field 22 of /proc/PID/stat with the boot it counts from; undefined where the system has no such file. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot}/${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`
  } catch {
    return undefined
  }
}

function refusal(folder: string, path: string, { pid, host }: Partial<Owner>, own: Owner): EngineError {
  const elsewhere = host === undefined || host === own.host ? '' : ` on \`${host}\``
  const advice =
    elsewhere === ''
      ? `end it, name another folder, or let both use one PostgreSQL server with \`--database URL\``
      : `if it is certain that it no longer runs, remove \`${path}\``
  return new EngineError('store/locked', `the folder \`${folder}\` is in use by process ${pid}${elsewhere}: ${advice}`)
}

async function removeOwn(path: string, text: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) await unlink(path).catch(() => undefined)
}
