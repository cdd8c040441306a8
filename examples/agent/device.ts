/**
 * What a device does with desired states, whatever brings them: drops every revision that is not newer than the newest it has seen, remembers before it acts,
 * fetches and checks the artefact, installs, checks itself, and says all the time where it stands.
 */
import { createHash } from 'node:crypto'
import type { Artefact, DesiredState } from '../../src/deploy/deployer.ts'
import { readDesired, type StatusDocument } from '../../src/deploy/document.ts'
import { readRevision, revisionText } from '../../src/model/revision.ts'
import type { FailureClass } from '../../src/model/rollout.ts'
import type { Memory } from './memory.ts'

export interface DeviceWork {
  /** The artefact's bytes. */
  readonly fetch: (artefact: Artefact, signal: AbortSignal) => Promise<Uint8Array>
  /** Puts the state in force; an error leaves the old one in force. */
  readonly install: (state: DesiredState, artefact: Uint8Array | undefined, signal: AbortSignal) => Promise<void>
  /** The device's own check after installing; true where it agrees. */
  readonly check: (state: DesiredState) => Promise<boolean>
  /** Tells our side; the last word is enough. */
  readonly tell: (status: StatusDocument) => Promise<void>
}

/** An install program says by this that the state is wrong for the device, so that it is never tried again. */
export class Refused extends Error {}

export interface Device {
  /** Takes what a desired topic says; resolves when the state is in force, refused or dropped. One after the other. */
  readonly desire: (text: string) => Promise<'dropped' | 'runs' | 'failed'>
  /** Says again where it stands. */
  readonly say: () => Promise<void>
  readonly stop: () => void
}

export function createDevice(name: string, memory: Memory, work: DeviceWork): Device {
  const stopping = new AbortController()
  let turn: Promise<unknown> = Promise.resolve()

  const take = async (text: string): Promise<'dropped' | 'runs' | 'failed'> => {
    const state = readDesired(name, text)
    const before = memory.read()
    if (state === undefined) return 'dropped'
    const seen = before.seen === undefined ? undefined : readRevision(before.seen)
    if (seen !== undefined && state.revision.execution <= seen.execution) {
      await work.tell(before)
      return 'dropped'
    }
    const revision = revisionText(state.revision)
    const accepted: StatusDocument = { ...before, seen: revision, failure: undefined }
    memory.write(accepted)
    await work.tell(accepted)
    try {
      const bytes = state.artefact === undefined ? undefined : await fetchChecked(state.artefact, work, stopping.signal)
      await work.install(state, bytes, stopping.signal)
    } catch (error) {
      return await failed(accepted, revision, error instanceof Refused ? 'rejected' : 'retryable', (error as Error).message)
    }
    const runs = { revision, outcome: state.is.outcome, variant: state.is.variant, settings: state.is.settings }
    const running: StatusDocument = { seen: revision, runs }
    memory.write(running)
    await work.tell(running)
    if (!(await work.check(state))) return await failed(running, revision, 'retryable', 'the check after installing does not agree')
    const verified: StatusDocument = { seen: revision, runs: { ...runs, verified: true } }
    memory.write(verified)
    await work.tell(verified)
    return 'runs'
  }

  const failed = async (status: StatusDocument, revision: string, failure: FailureClass, why: string): Promise<'failed'> => {
    const word: StatusDocument = { ...status, failure: { revision, class: failure, why } }
    memory.write(word)
    await work.tell(word)
    return 'failed'
  }

  return {
    desire: (text) => {
      const done = turn.then(() => take(text))
      turn = done.catch(() => undefined)
      return done
    },
    say: () => work.tell(memory.read()),
    stop: () => stopping.abort(new Error('the device stops')),
  }
}

async function fetchChecked(artefact: Artefact, work: DeviceWork, signal: AbortSignal): Promise<Uint8Array> {
  const bytes = await work.fetch(artefact, signal)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (bytes.length !== artefact.bytes) throw new Refused(`the artefact has ${bytes.length} bytes, not ${artefact.bytes}`)
  if (sha256 !== artefact.sha256) throw new Refused(`the artefact's digest is ${sha256}, not ${artefact.sha256}`)
  return bytes
}
