// What devices are asked to do and how it ended, where no backend keeps it for us, in a file: every change is appended and on disk before it counts; opening replays it and writes it anew.
import { open, readFile, rename, writeFile, type FileHandle } from 'node:fs/promises'
import { EngineError } from '../diagnostics/engine-error.ts'
import { desiredText, readDesired } from './document.ts'
import type { DesiredState, DeviceReport, Withdrawn } from './deployer.ts'
import type { FailureClass } from '../model/rollout.ts'

export type Ended = 'success' | 'failure' | 'rejected' | 'timed-out'

/** One device: its newest action, how far that is, and the last one that succeeded. */
export interface DeviceActions {
  readonly newest: DesiredState
  /** `open`: the device was not told yet; `fetched`: it may know it; the others are final. */
  readonly is: 'open' | 'fetched' | 'withdrawn' | Ended
  readonly why: string
  readonly runs: DesiredState | undefined
}

export interface Actions {
  readonly get: (device: string) => DeviceActions | undefined
  /** Resolves when all are on disk. */
  readonly put: (changes: readonly DeviceActions[]) => Promise<void>
  readonly close: () => Promise<void>
}

/** Keeps everything in the file at `path`; without a path in memory alone. */
export async function openActions(path: string | undefined): Promise<Actions> {
  const devices = new Map<string, DeviceActions>()
  let file: FileHandle | undefined
  let turn: Promise<unknown> = Promise.resolve()
  if (path !== undefined) {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
      throw new EngineError('deploy/actions', `cannot read ${path}`, { cause: error })
    })
    for (const line of text.split('\n')) {
      // The last line may be cut off by a crash: it was never told to anyone.
      const one = readLine(line)
      if (one !== undefined) devices.set(one.newest.device, one)
    }
    await writeFile(`${path}.new`, [...devices.values()].map(lineOf).join(''), { flush: true })
    await rename(`${path}.new`, path)
    file = await open(path, 'a')
  }
  return {
    get: (device) => devices.get(device),
    put: (changes) => {
      const kept = turn.then(async () => {
        if (changes.length === 0) return
        await file?.appendFile(changes.map(lineOf).join(''))
        await file?.datasync()
      })
      // INVARIANT: nobody sees a change that is not on disk.
      const done = kept.then(() => {
        for (const change of changes) devices.set(change.newest.device, change)
      })
      turn = done.catch(() => undefined)
      return done
    },
    close: async () => {
      await turn
      await file?.close()
      file = undefined
    },
  }
}

function lineOf({ newest, is, why, runs }: DeviceActions): string {
  const ran = runs === undefined ? {} : { runs: desiredText(runs) }
  return `${JSON.stringify({ device: newest.device, newest: desiredText(newest), is, why, ...ran })}\n`
}

function readLine(line: string): DeviceActions | undefined {
  try {
    const { device, newest, is, why, runs } = JSON.parse(line) as Record<'device' | 'newest' | 'why', string> & {
      is: DeviceActions['is']
      runs?: string
    }
    const state = readDesired(device, newest)
    return state === undefined ? undefined : { newest: state, is, why, runs: runs === undefined ? undefined : readDesired(device, runs) }
  } catch {
    return undefined
  }
}

/** Takes back what no device was told yet; answers in the order given. */
export async function withdrawOpen(actions: Actions, states: readonly DesiredState[]): Promise<readonly Withdrawn[]> {
  const news: DeviceActions[] = []
  const answers = states.map(({ device, revision }): Withdrawn => {
    const standing = actions.get(device)
    const mine = standing?.newest.revision.execution === revision.execution
    if (mine && standing.is === 'open') news.push({ ...standing, is: 'withdrawn' })
    return { device, is: mine && standing.is !== 'open' && standing.is !== 'withdrawn' ? 'too-late' : 'withdrawn' }
  })
  await actions.put(news)
  return answers
}

/** All that is known of a device. */
export function standingReports(one: DeviceActions | undefined): readonly DeviceReport[] {
  if (one === undefined) return []
  const { device } = one.newest
  const told = one.is !== 'open' && one.is !== 'withdrawn'
  const accepted: readonly DeviceReport[] = told ? [{ device, is: 'accepted', revision: one.newest.revision }] : []
  const runs: readonly DeviceReport[] =
    one.runs === undefined ? [] : [{ device, is: 'reported', revision: one.runs.revision, runs: one.runs.is }]
  return [...accepted, ...runs, ...failures(one)]
}

/** What a change says of the device. */
export function changeReports(before: DeviceActions, after: DeviceActions): readonly DeviceReport[] {
  const { device, revision } = after.newest
  const accepted: DeviceReport = { device, is: 'accepted', revision }
  if (after.is === before.is || after.is === 'fetched') return [accepted]
  if (after.is === 'success') return [accepted, { device, is: 'reported', revision, runs: after.newest.is }]
  return [accepted, ...failures(after)]
}

const classes: Readonly<Record<Exclude<Ended, 'success'>, FailureClass>> = {
  failure: 'retryable',
  rejected: 'rejected',
  'timed-out': 'timed-out',
}

function failures({ newest, is, why }: DeviceActions): readonly DeviceReport[] {
  if (is !== 'failure' && is !== 'rejected' && is !== 'timed-out') return []
  return [{ device: newest.device, is: 'failed', revision: newest.revision, class: classes[is], why }]
}
