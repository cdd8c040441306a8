// What every benchmark is asked and answers.

export interface BenchmarkOptions {
  readonly runs: number
  readonly seed: number
  /** Fewer than the benchmark would take, for a quick look. */
  readonly devices?: number
}

/** What one run measured; the baseline ran beside it. */
export interface MeasuredRun {
  readonly ratio: number
  readonly milliseconds: number
  readonly memoryMiB: number
  /** Processor time of all threads against that of the baseline: what a busy machine still tells. */
  readonly processorRatio?: number
}

/** `ratio` is against the baseline that the benchmark runs side by side; 1 where it is the baseline itself. */
export interface BenchmarkResult {
  readonly ratio: number
  readonly milliseconds: number
  readonly memoryMiB: number
  /** Every run by itself, in order; absent where the benchmark makes one only. The figures above are their medians. */
  readonly each?: readonly MeasuredRun[]
  /** What else was measured, for the reader. */
  readonly details: Readonly<Record<string, unknown>>
}
