/**
 * Desired states as files of a folder that somebody else carries on (a repository, a share): `desired/<device>.json`, replaced as a whole; devices, or who acts for
 * them, write their status to `reported/<device>.json`. Names are percent-encoded.
 */
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Applied, Deployer, DesiredState, DeviceReport, Withdrawn } from '../deployer.ts'
import { desiredRevision, desiredText, readStatus, seenExecution } from '../document.ts'
import { createOpening } from '../opening.ts'
import { rehearseEach } from '../rehearse.ts'
import { createWatchers } from '../watchers.ts'

export interface FileOptions {
  readonly folder: string
  /** How often `reported/` is looked through. */
  readonly pollMilliseconds: number
}

export async function createFileDeployer({ folder, pollMilliseconds }: FileOptions): Promise<Deployer> {
  const desired = (device: string): string => join(folder, 'desired', fileName(device))
  const reported = (device: string): string => join(folder, 'reported', fileName(device))
  await mkdir(join(folder, 'desired'), { recursive: true })
  await mkdir(join(folder, 'reported'), { recursive: true })
  const watchers = createWatchers()
  const seenAt = new Map<string, string>()
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | undefined
  const { begin, end } = createOpening()

  const word = async (device: string): Promise<readonly DeviceReport[]> => {
    const text = await readOr(reported(device))
    return text === undefined ? [] : readStatus(device, text)
  }
  const write = async (state: DesiredState): Promise<Applied> => {
    const { device, revision } = state
    const why = refusalOf(device)
    if (why !== undefined) return { device, is: 'failed', class: 'rejected', why }
    try {
      const standing = desiredRevision((await readOr(desired(device))) ?? '')?.execution ?? 0
      if (Math.max(standing, seenExecution(await word(device))) >= revision.execution) return { device, is: 'already' }
      await replaceFile(desired(device), `${desiredText(state)}\n`)
      return { device, is: 'held' }
    } catch (error) {
      return { device, is: 'failed', class: 'retryable', why: (error as Error).message }
    }
  }
  const take = async ({ device, revision }: DesiredState): Promise<Withdrawn> => {
    try {
      if (seenExecution(await word(device)) >= revision.execution) return { device, is: 'too-late' }
      const standing = desiredRevision((await readOr(desired(device))) ?? '')
      if (standing?.execution === revision.execution) await rm(desired(device), { force: true })
      return { device, is: 'withdrawn' }
    } catch (error) {
      return { device, is: 'failed', class: 'retryable', why: (error as Error).message }
    }
  }
  /** Tells what changed since the last look. */
  const look = async (tell: boolean): Promise<void> => {
    for (const name of (await readdir(join(folder, 'reported'))).sort()) {
      const device = deviceOf(name)
      if (device === undefined) continue
      const known = await stat(join(folder, 'reported', name)).catch(() => undefined)
      const mark = `${known?.mtimeMs ?? 0}/${known?.size ?? 0}/${known?.ino ?? 0}`
      if (seenAt.get(name) === mark) continue
      seenAt.set(name, mark)
      if (tell) await watchers.tell(await word(device))
    }
  }

  return {
    name: 'file',
    capabilities: {
      away: 'kept',
      verifies: true,
      liveness: false,
      rollback: false,
      groups: false,
      wildcards: false,
      limits: { batch: 1000 },
    },
    rehearse: ({ states }) =>
      Promise.resolve(
        rehearseEach(
          states,
          ({ device }) => refusalOf(device),
          (state) => `${desired(state.device)} ${desiredText(state)}`,
        ),
      ),
    apply: async ({ states }, signal) => {
      const answers: Applied[] = []
      begin(signal)
      for (const state of states) {
        signal?.throwIfAborted()
        answers.push(await write(state))
      }
      await syncFolder(join(folder, 'desired'))
      return answers
    },
    withdraw: async ({ states }, signal) => {
      const answers: Withdrawn[] = []
      begin(signal)
      for (const state of states) answers.push(await take(state))
      await syncFolder(join(folder, 'desired'))
      return answers
    },
    read: async (devices, signal) => {
      begin(signal)
      return (await Promise.all(devices.map(word))).flat()
    },
    watch: async (handler) => {
      begin()
      if (timer === undefined) {
        await look(false)
        timer = setInterval(() => {
          looking ??= look(true)
            .catch(() => undefined)
            .finally(() => (looking = undefined))
        }, pollMilliseconds)
      }
      return watchers.add(handler)
    },
    caughtUp: async () => {
      begin()
      await looking
      if (timer !== undefined) await look(true)
    },
    close: async () => {
      if (!end()) return
      clearInterval(timer)
      watchers.clear()
      await looking
    },
  }
}

/** Replaces the file's content: whoever reads sees the old or the new text, also after the power fails. */
async function replaceFile(path: string, text: string): Promise<void> {
  const file = await open(`${path}.new`, 'w')
  try {
    await file.writeFile(text)
    await file.datasync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
}

/** Renames are kept once their folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function refusalOf(device: string): string | undefined {
  if (device === '') return 'a device without a name has no file'
  return Buffer.byteLength(fileName(device)) > 250 ? 'the name is too long for a file' : undefined
}

function fileName(device: string): string {
  // No dot leads, so that no name is `..` or hidden.
  return `${encodeURIComponent(device).replace(/^\./, '%2E')}.json`
}

function deviceOf(name: string): string | undefined {
  if (!name.endsWith('.json')) return undefined
  try {
    return decodeURIComponent(name.slice(0, -5))
  } catch {
    return undefined
  }
}

async function readOr(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
