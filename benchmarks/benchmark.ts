// What every benchmark is asked and answers.

export interface BenchmarkOptions {
  readonly runs: number
  readonly seed: number
}

/** `ratio` is against the baseline that the benchmark runs side by side; 1 where it is the baseline itself. */
export interface BenchmarkResult {
  readonly ratio: number
  readonly milliseconds: number
  readonly memoryMiB: number
  /** What else was measured, for the reader. */
  readonly details: Readonly<Record<string, unknown>>
}
