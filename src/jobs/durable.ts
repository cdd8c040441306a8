/** Workflows that survive the death of their process: each step's outcome is kept, and who takes the workflow up goes on behind the last step that is kept. */

/** INVARIANT: between steps a workflow does nothing but decide by its input and what steps answered, so that it goes the same way when it is taken up. */
export interface DurableContext {
  readonly id: string
  /** Runs at least once, and not again once its answer (JSON) is kept; what it throws is kept too. `attempts`: how often it is tried, 1 unless told. */
  readonly step: <T>(name: string, run: () => Promise<T>, options?: { readonly attempts?: number }) => Promise<T>
  readonly sleep: (milliseconds: number) => Promise<void>
  /** The next message under the topic, or undefined when none came in time. */
  readonly receive: (topic: string, milliseconds: number) => Promise<unknown>
  readonly send: (id: string, topic: string, message: unknown) => Promise<void>
  /** Seen by `Jobs.published`. */
  readonly publish: (name: string, value: unknown) => Promise<void>
  /** Milliseconds since 1970; the same when the workflow is taken up. */
  readonly now: () => Promise<number>
  /** Starts another workflow on its queue; the same id again starts nothing. */
  readonly start: <I>(workflow: DurableWorkflow<I, unknown>, id: string, input: I) => Promise<void>
  /** The output of a workflow that was started; throws what it failed with. */
  readonly result: (id: string) => Promise<unknown>
}

/** `name` is kept in the database: renaming one abandons those that run. Inputs, outputs and answers of steps are JSON. */
export interface DurableWorkflow<I, O> {
  readonly name: string
  readonly run: (context: DurableContext, input: I) => Promise<O>
}
