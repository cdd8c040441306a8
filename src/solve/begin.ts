/** The sign that a thread gives when it begins with a task. */
import { threadId } from 'node:worker_threads'

/** Notes in the task's `started` that its solver is loaded, and which thread it is. */
export const begin = (started: Int32Array): void => {
  Atomics.store(started, 1, threadId)
  Atomics.store(started, 0, 1)
}
