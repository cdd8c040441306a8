/** What the engine's thread is asked, and what it answers: plain values that cross a thread. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Table } from '../../formats/table.ts'
import type { AssignJob, CheckJob, NamedText } from '../../jobs/job-inputs.ts'
import type { FleetModel } from '../../model/fleet-model.ts'
import type { DeployerQuota } from '../../plan/estimate.ts'

/** A model with its fleet; `key` changes whenever anything in it does, so that an assignment that is known already is not made again. */
export interface Subject {
  readonly key: string
  readonly model: NamedText
  readonly sources: readonly NamedText[]
  /** The devices are pulled; else they stand in the model. */
  readonly fleet: boolean
}

/** Bytes that a question needs are pulled by name as it reads them: `fleet`, `changes`, `before`, `after`. */
export type Question =
  | { readonly is: 'explain'; readonly subject: Subject; readonly device: string }
  | { readonly is: 'why-not'; readonly subject: Subject; readonly device: string; readonly wanted: string }
  | { readonly is: 'difference'; readonly most: number }
  | { readonly is: 'check'; readonly job: CheckJob }
  | { readonly is: 'assign'; readonly job: AssignJob; readonly kept: boolean }
  /** Against the assignment of `subject.key`, where the thread has it still; only what the changes touch is solved. `next`: the key of what it is then. */
  | {
      readonly is: 'propose'
      readonly subject: Subject
      readonly next: string
      readonly removed: readonly string[]
      /** Everything is read anew, and compared. */
      readonly whole: boolean
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

/** What the thread asks back about a stored fleet. */
export interface FleetAsked {
  readonly model: FleetModel
  readonly tables: ReadonlyMap<string, Table>
}

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
