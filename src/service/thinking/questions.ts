/** What the engine's thread is asked, and what it answers: plain values that cross a thread. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { AskedJob } from '../../jobs/do-job.ts'
import type { NamedText } from '../../jobs/job-inputs.ts'
import type { DeployerQuota } from '../../plan/estimate.ts'

/** A model with its fleet; `key` changes whenever anything in it does, so that an assignment that is known already is not made again. */
export interface Subject {
  readonly key: string
  readonly model: NamedText
  readonly sources: readonly NamedText[]
  /** The devices are pulled; else they stand in the model. */
  readonly fleet: boolean
}

/** Bytes that a question needs have names: `fleet`, `changes`, `before`, `after`, `assigned`; those that are not read from the store are pulled. */
export type Question =
  | { readonly is: 'explain'; readonly subject: Subject; readonly device: string }
  | { readonly is: 'why-not'; readonly subject: Subject; readonly device: string; readonly wanted: string }
  | { readonly is: 'difference'; readonly most: number }
  /** `shares`: parts may be handed out, see `Supply.enqueue`. */
  | { readonly is: 'job'; readonly job: AskedJob; readonly shares: boolean }
  /** Against the assignment of `subject.key`, where the thread has it still; only what the changes touch is solved. `next`: the key of what it is then. */
  | {
      readonly is: 'propose'
      readonly subject: Subject
      readonly next: string
      readonly removed: readonly string[]
      /** Everything is read anew, and compared; with the assignment that is stored as `base` where the thread knows none. */
      readonly whole: boolean
      /** Where there is nothing to compare with, what is found is kept under this id, to be compared with later. */
      readonly keepAs?: HeldAs
      readonly most: number
    }
  /** From an assignment, whose lines are pulled as `assigned`; answers `Planned`. */
  | {
      readonly is: 'plan'
      readonly subject: Subject
      readonly policy?: NamedText
      readonly quota?: DeployerQuota
      /** Of the release; absent: the hash of the assigned lines stands for it. */
      readonly release?: string
    }

export interface HeldAs {
  readonly tenant: string
  readonly id: string
  readonly fleet: string
  readonly fleetRevision: number
  readonly model: string
  readonly modelEtag: string
  readonly now: string
}

/** Lines that the thread reads from the store by itself. */
export type StoredLines =
  | { readonly is: 'fleet'; readonly tenant: string; readonly fleet: string }
  | { readonly is: 'assigned'; readonly tenant: string; readonly assignment: string; readonly side: 'chosen' | 'current' }

export type Answer =
  | { readonly is: 'answer'; readonly value: unknown }
  | { readonly is: 'wrong'; readonly diagnostics: readonly Diagnostic[] }
  /** There is no assignment to speak of. */
  | { readonly is: 'none'; readonly status: string; readonly value: unknown }
  /** The thread does not have the assignment that the changes are against: ask again with the whole fleet. */
  | { readonly is: 'unknown' }

export interface Proposed {
  readonly status: string
  /** Components in all, and those that were solved again. */
  readonly components: number
  readonly solved: number
  /** Devices that would end otherwise. */
  readonly moved: number
  readonly changes: readonly unknown[]
}
