// What the clients of `service-load` are told, and what they tell.
export interface AskedRequest {
  readonly method: string
  readonly path: string
  readonly body?: string
}

export interface LoadPlan {
  readonly url: string
  readonly token: string
  readonly clients: number
  readonly seconds: number
  /** Of all clients together. */
  readonly readsPerSecond: number
  readonly worksPerSecond: number
  readonly reads: readonly AskedRequest[]
  readonly works: readonly AskedRequest[]
  readonly seed: number
}

/** Milliseconds from when a request was due to the end of its answer. */
export interface Times {
  readonly count: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly most: number
}

export interface LoadResult {
  readonly reads: Times
  readonly works: Times
  /** How often, by what went wrong. */
  readonly failures: Readonly<Record<string, number>>
  /** How late the clients' own event loop was: counted in all of the above. */
  readonly ownDelayP99: number
}
