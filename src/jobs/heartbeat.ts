/** Says that this process is alive, and hands over the work of those that are not. */
import type { ExecutorRow } from '../store/executors.ts'
import type { Store } from '../store/store.ts'

export interface HeartbeatOptions {
  readonly store: Store
  readonly executor: Omit<ExecutorRow, 'started' | 'seen'>
  /** Puts the work of dead executors back on its queues. */
  readonly handOver: (executors: readonly string[]) => Promise<unknown>
  /** Whatever else is to be done now and then. */
  readonly tend: () => Promise<void>
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void
  readonly beatEvery: number
  /** Who was not heard of for so long is dead. */
  readonly deadAfter: number
}

export interface Heartbeat {
  /** One round now: the beat, and the dead. */
  readonly round: () => Promise<void>
  readonly stop: () => Promise<void>
}

export async function startHeartbeat(options: HeartbeatOptions): Promise<Heartbeat> {
  const { store, executor, handOver, tend, log, beatEvery, deadAfter } = options
  await store.executors.beat(executor)
  const beating = store.keepBeating(executor.id, beatEvery)
  // Nobody else can be alive in a folder that this process owns.
  if (store.is === 'folder') await store.executors.reapOthers(executor.id, bury)
  let stopped = false
  let busy: Promise<void> = Promise.resolve()

  async function bury(dead: readonly string[]): Promise<void> {
    log('warn', `work of ${dead.map((id) => `\`${id}\``).join(', ')} is taken over`)
    await handOver(dead)
  }

  const round = async (): Promise<void> => {
    try {
      await store.executors.beat(executor)
      await store.executors.reap(deadAfter, bury)
      await tend()
    } catch (error) {
      // The database is away: who cannot write is dead to the others, and takes up again what is left to it.
      log('warn', `no heartbeat: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const timer = setInterval(() => {
    busy = busy.then(() => (stopped ? undefined : round()))
  }, beatEvery)
  return {
    round,
    stop: async () => {
      stopped = true
      clearInterval(timer)
      await busy
      await beating?.stop()
      await store.executors.leave(executor.id).catch(() => undefined)
    },
  }
}
