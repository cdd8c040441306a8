/** The tables as queries see them; `migrations/` makes them. Times are ISO texts in UTC when read, any form PostgreSQL takes when written. */
import type { ColumnType, Generated } from 'kysely'

/** Read as ISO text. */
type Time = ColumnType<string, string, string>
type MaybeTime = ColumnType<string | null, string | null | undefined, string | null>
/** Kept as its text, so that keys stay in order; written as text, read as the value. */
type Json = ColumnType<unknown, string, string>
type MaybeJson = ColumnType<unknown, string | null | undefined, string | null>
type Bytes = ColumnType<Uint8Array, Uint8Array, Uint8Array>
type MaybeBytes = ColumnType<Uint8Array | null, Uint8Array | null | undefined, Uint8Array | null>

export interface Schema {
  readonly tenants: { id: string; name: string; created: Time }
  readonly tokens: {
    id: string
    tenant: string
    name: string
    role: string
    hash: Bytes
    created: Time
    expires: MaybeTime
    revoked: MaybeTime
    last_used: MaybeTime
  }
  readonly sessions: { hash: Bytes; tenant: string; subject: string; role: string; data: Json; created: Time; expires: Time }
  readonly login_failures: { seq: Generated<number>; origin: string; at: Time }
  readonly documents: {
    tenant: string
    collection: string
    id: string
    parent: string | null
    state: string | null
    revision: number
    etag: string
    content: Json
    created: Time
    updated: Time
  }
  readonly document_versions: {
    tenant: string
    collection: string
    id: string
    revision: number
    etag: string
    content: MaybeJson
    at: Time
    actor: string
  }
  readonly datasets: { id: string; tenant: string; kind: string; state: string; size: number; columns: Json; created: Time }
  readonly dataset_columns: { dataset: string; chunk: number; name: string; data: Bytes }
  readonly dataset_index: { dataset: string; bucket: number; data: Bytes }
  readonly fleets: {
    tenant: string
    id: string
    dataset: string | null
    /** One more with every change; `base`: at which the dataset was made. */
    revision: number
    base: number
    size: number
    /** Rows of `fleet_changes`. */
    changed: number
    created: Time
    updated: Time
  }
  readonly fleet_changes: { tenant: string; fleet: string; device: string; revision: number; whole: boolean; context: MaybeJson; at: Time }
  readonly assignments: {
    tenant: string
    id: string
    fleet: string | null
    fleet_revision: number | null
    model: string | null
    model_etag: string | null
    status: string
    summary: Json
    choices: Json
    manifest: Json
    dataset: string | null
    actor: string
    created: Time
  }
  readonly jobs: {
    tenant: string
    id: string
    seq: Generated<number>
    kind: string
    status: string
    input: Json
    progress: MaybeJson
    result: MaybeJson
    failure: MaybeJson
    cancelling: Generated<boolean>
    actor: string
    created: Time
    started: MaybeTime
    finished: MaybeTime
    executor: string | null
    attempt: Generated<number>
    events: Generated<number>
  }
  readonly job_events: { tenant: string; job: string; seq: number; at: Time; type: string; data: Json }
  readonly shards: {
    tenant: string
    job: string
    number: number
    state: string
    input: MaybeBytes
    output: MaybeBytes
    executor: string | null
    attempt: Generated<number>
    started: MaybeTime
    finished: MaybeTime
  }
  readonly executors: {
    id: string
    host: string
    pid: number
    version: string
    cores: number
    works: boolean
    started: Time
    seen: Time
  }
  readonly reports: {
    tenant: string
    id: string
    seq: Generated<number>
    kind: string
    verdict: string
    summary: Json
    content: Json
    actor: string
    created: Time
  }
  readonly entries: {
    seq: Generated<number>
    tenant: string
    list: string
    subject: string
    at: Time
    actor: string
    content: Json
  }
  readonly rollouts: {
    tenant: string
    id: string
    seq: Generated<number>
    fleet: string
    release: string
    state: string
    because: string
    stage: string
    author: string
    approver: string | null
    needs_approval: boolean
    deployer: Json
    head: Json
    back_of: string | null
    journal: Generated<number>
    operations: Generated<number>
    created: Time
    updated: Time
  }
  readonly rollout_plans: { tenant: string; rollout: string; part: string; number: number; data: Bytes }
  readonly rollout_journal: { tenant: string; rollout: string; seq: number; at: Time; events: string }
  readonly rollout_operations: { tenant: string; rollout: string; seq: number; at: Time; operation: Json }
  readonly rollout_executions: { tenant: string; fleet: string; last: number }
  readonly inventory: {
    seq: Generated<number>
    tenant: string
    stage: string
    device: string
    at: Time
    variant: string | null
    settings: Json
    release: string | null
    source: string
  }
  readonly audit: {
    seq: Generated<number>
    tenant: string
    at: Time
    actor: string
    action: string
    object: string
    before: MaybeJson
    after: MaybeJson
    reason: string | null
  }
  readonly idempotency: {
    tenant: string
    key: string
    request: string
    response: MaybeJson
    created: Time
    expires: Time
  }
}
