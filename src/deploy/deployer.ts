/**
 * What carries desired states to devices. One interface for every backend; `test/deploy/contract.ts` says what each of them does.
 *
 * The executor journals a batch before it is applied and applies it again after a crash: INVARIANT: applying the same revision twice makes no device act twice,
 * and an older revision never replaces a newer one. Deployers keep no record of their own but what the backend keeps; the executor gives instants to what they tell.
 */
import type { Revision } from '../model/revision.ts'
import type { DeviceOutcome, FailureClass } from '../model/rollout.ts'

/** What a device has to fetch. A device that finds another digest rejects the revision. */
export interface Artefact {
  readonly name: string
  readonly url: string
  readonly sha256: string
  readonly bytes: number
}

export interface DesiredState {
  readonly device: string
  readonly revision: Revision
  readonly is: DeviceOutcome
  readonly artefact?: Artefact
}

/** Devices of one wave; each device at most once. */
export interface Batch {
  readonly rollout: string
  readonly wave: number
  readonly states: readonly DesiredState[]
  /** The executor knows that none of these was ever sent and that nothing newer stands there: the backend need not be looked at before it is written. */
  readonly fresh?: boolean
}

export interface Failure {
  readonly class: FailureClass
  readonly why: string
  /** The backend asked to wait so long; milliseconds. */
  readonly retryAfter?: number
}

/** Per device: `held`: the backend holds it for the device; `already`: it holds this revision or a newer one, nothing was sent. */
export type Applied =
  { readonly device: string; readonly is: 'held' | 'already' } | ({ readonly device: string; readonly is: 'failed' } & Failure)

/** Per device: `withdrawn`: the device will not be told any more; `too-late`: it was told, and is left alone. */
export type Withdrawn =
  { readonly device: string; readonly is: 'withdrawn' | 'too-late' } | ({ readonly device: string; readonly is: 'failed' } & Failure)

/**
 * What a device says or the backend says of it. `accepted`: it took the revision; `reported`: it runs this, by its own word; `verified`: a check of its own agreed;
 * `failed`: it could not. Reports may come twice, late, in any order and with instants of a wrong clock; the revision says what they speak of.
 */
export type DeviceReport =
  | { readonly device: string; readonly is: 'accepted'; readonly revision: Revision }
  | { readonly device: string; readonly is: 'reported'; readonly revision?: Revision; readonly runs: DeviceOutcome }
  | { readonly device: string; readonly is: 'verified'; readonly revision: Revision }
  | { readonly device: string; readonly is: 'failed'; readonly revision: Revision; readonly class: FailureClass; readonly why: string }
  | { readonly device: string; readonly is: 'alive'; readonly alive: boolean }

/** Where a promise is returned, the report counts as delivered when it resolves, and comes again where it rejects and the backend can repeat it. */
export type ReportHandler = (report: DeviceReport) => void | Promise<void>

/** What a dry run found: what would be sent (in the backend's own words, for the reader), and what would be refused. */
export interface Rehearsal {
  readonly sends: readonly string[]
  readonly refusals: readonly ({ readonly device: string } & Failure)[]
}

export interface Capabilities {
  /** A device that is away: the backend keeps the state for it, we send it again when it comes back, or it fails now. */
  readonly away: 'kept' | 'sent-again' | 'fails'
  /** `device`: devices tell `verified` themselves; `backend`: only `reported` is known. */
  readonly verifies: boolean
  /** Whether the devices' liveness is told. */
  readonly liveness: boolean
  /** Whether the backend goes back by itself when a device fails. */
  readonly rollback: boolean
  /** Whether one entry at the backend serves all devices of a variant, chosen by tags. */
  readonly groups: boolean
  /** Whether selectors may hold wildcards. */
  readonly wildcards: boolean
  readonly limits: {
    /** Devices of one batch. */
    readonly batch: number
    /** Devices told in a second, by quota; from it the duration is estimated. */
    readonly perSecond?: number
    /** Variants that the backend can hold at a time. */
    readonly variants?: number
    /** Bytes of one desired state. */
    readonly bytes?: number
  }
}

export interface Deployer {
  readonly name: string
  readonly capabilities: Capabilities
  /** Tells what `apply` would do and changes nothing. */
  readonly rehearse: (batch: Batch, signal?: AbortSignal) => Promise<Rehearsal>
  /** One answer for each state, in their order; what the backend refuses or does not answer is `failed` and never thrown. Rejects when stopped by the signal or closed: then any part may have been sent. */
  readonly apply: (batch: Batch, signal?: AbortSignal) => Promise<readonly Applied[]>
  /** Takes the revision back from devices that were not told it yet; states of other revisions stay. In the order given. */
  readonly withdraw: (batch: Batch, signal?: AbortSignal) => Promise<readonly Withdrawn[]>
  /** What is known of these devices now; nothing of those of which nothing is known. */
  readonly read: (devices: readonly string[], signal?: AbortSignal) => Promise<readonly DeviceReport[]>
  /** Resolves once every later report reaches the handler; the answer stops it. `revisions`: who watches does not ask for `alive`, and may get it all the same. */
  readonly watch: (handler: ReportHandler, words?: 'all' | 'revisions') => Promise<() => Promise<void>>
  /** Where `watch` brings every word of every device: resolves once all that was said before has reached the handlers. Where it is absent, devices are read instead. */
  readonly caughtUp?: (signal?: AbortSignal) => Promise<void>
  /** Lets go of the backend; what it holds stays there. */
  readonly close: () => Promise<void>
}
