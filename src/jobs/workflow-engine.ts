/** DBOS behind our own words: the only file that says what a workflow, a step and a queue are there. One per process. */
import { AsyncResource } from 'node:async_hooks'
import { DBOS, type WorkflowStatus } from '@dbos-inc/dbos-sdk'
import { EngineError } from '../diagnostics/engine-error.ts'
import type { SystemPool } from '../store/database.ts'
import type { DurableContext, DurableWorkflow } from './durable.ts'
import type { WorkflowState } from './jobs.ts'

/** Raised when the steps of a workflow change, so that nobody takes up what was begun in another order. */
const STEPS_VERSION = 'fleetproof-1'

export interface WorkflowQueue {
  readonly name: string
  /** Workflows of it that one process runs at once. */
  readonly atOnce: number
}

export interface EngineOptions {
  readonly pool: SystemPool
  /** Runs while no other process does: tables are made and queues settled by one at a time. */
  readonly alone: (run: () => Promise<void>) => Promise<void>
  /** Others may add and take work: what they do is heard of by notifications, else by looking. */
  readonly shared: boolean
  readonly executor: string
  /** Takes work from the queues; else it only adds to them. */
  readonly works: boolean
  readonly queues: readonly WorkflowQueue[]
  readonly workflows: readonly { readonly workflow: DurableWorkflow<never, unknown>; readonly queue: string }[]
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void
}

export interface WorkflowEngine {
  /** `here`: at once in this process, else when its queue's turn comes; the same id again starts nothing. */
  readonly start: (workflow: string, id: string, input: unknown, options?: { readonly here?: boolean }) => Promise<void>
  readonly send: (id: string, topic: string, message: unknown, key?: string) => Promise<void>
  readonly published: (id: string, name: string) => Promise<unknown>
  readonly cancel: (id: string) => Promise<void>
  readonly state: (id: string) => Promise<WorkflowState | undefined>
  /** Puts what these executors had begun back on its queue. */
  readonly handOver: (executors: readonly string[]) => Promise<number>
  readonly close: (milliseconds: number) => Promise<void>
}

type Workflow = (input: unknown) => Promise<unknown>

// Queues are looked at this often where nothing tells that they have something, in milliseconds.
const LOOK = 250

let running = false

export async function startEngine(options: EngineOptions): Promise<WorkflowEngine> {
  if (running) throw new EngineError('jobs/running', 'this process runs jobs already')
  running = true
  try {
    return await launched(options)
  } catch (error) {
    running = false
    throw error
  }
}

async function launched({ pool, alone, shared, executor, works, queues, workflows, log }: EngineOptions): Promise<WorkflowEngine> {
  const quiet = { info: () => undefined, debug: () => undefined, warn: say(log, 'warn'), error: say(log, 'error') }
  DBOS.setConfig({
    name: 'fleetproof',
    systemDatabasePool: pool,
    systemDatabaseSchemaName: 'workflows',
    applicationVersion: STEPS_VERSION,
    executorID: executor,
    useListenNotify: shared,
    listenQueues: works ? queues.map(({ name }) => name) : ['none'],
    logger: quiet,
    enableOTLP: false,
  })
  // Work asked for from within a step is not the step's: it is neither its child nor part of what is kept of it.
  const outside = new AsyncResource('fleetproof-jobs')
  const registered = new Map<string, { readonly run: Workflow; readonly queue: string }>()
  const start = async (name: string, id: string, input: unknown, here = false): Promise<void> => {
    const found = registered.get(name)
    if (found === undefined) throw new EngineError('jobs/unknown-workflow', `no workflow \`${name}\` was registered`)
    const handle = await DBOS.startWorkflow(found.run, { workflowID: id, ...(here ? {} : { queueName: found.queue }) })(input)
    // What it fails with is kept; who asks for it hears of it.
    if (here) handle.getResult().catch(() => undefined)
  }
  for (const { workflow, queue } of workflows) {
    const run = workflow.run as (context: DurableContext, input: unknown) => Promise<unknown>
    registered.set(workflow.name, {
      queue,
      run: DBOS.registerWorkflow((input: unknown) => run(contextOf(start), input), { name: workflow.name }),
    })
  }
  await alone(async () => {
    await DBOS.launch()
    for (const { name, atOnce } of queues)
      await DBOS.registerQueue(name, { workerConcurrency: atOnce, minPollingIntervalMs: LOOK, onConflict: 'always_update' })
  })
  const queueOf = new Map([...registered].map(([name, { queue }]) => [name, queue]))

  return {
    start: (name, id, input, { here = false } = {}) => outside.runInAsyncScope(() => start(name, id, input, here && works)),
    send: (id, topic, message, key) => DBOS.send(id, message, topic, key),
    published: (id, name) => DBOS.getEvent(id, name, { timeoutSeconds: 0 }),
    cancel: (id) => DBOS.cancelWorkflow(id, { cancelChildren: true }),
    state: async (id) => {
      const status = await DBOS.getWorkflowStatus(id)
      return status === null ? undefined : stateOf(status)
    },
    handOver: async (executors) => {
      const left = await DBOS.listWorkflows({ executorId: [...executors], status: 'PENDING', loadInput: false, loadOutput: false })
      for (const { workflowID, workflowName } of left) {
        const queueName = queueOf.get(workflowName)
        await DBOS.resumeWorkflow(workflowID, queueName === undefined ? {} : { queueName })
      }
      return left.length
    },
    close: async (milliseconds) => {
      await DBOS.shutdown({ deregister: true, workflowCompletionTimeoutMS: Math.max(1, milliseconds) })
      running = false
    },
  }
}

const say =
  (log: EngineOptions['log'], level: 'warn' | 'error') =>
  (entry: unknown): void =>
    log(level, entry instanceof Error ? entry.message : String(entry))

function stateOf({ status, output, error }: WorkflowStatus): WorkflowState {
  switch (status) {
    case 'SUCCESS':
      return { is: 'done', output }
    case 'ERROR':
    case 'MAX_RECOVERY_ATTEMPTS_EXCEEDED':
      return { is: 'failed', message: error instanceof Error ? error.message : status }
    case 'CANCELLED':
      return { is: 'cancelled' }
    case 'PENDING':
      return { is: 'running' }
    default:
      return { is: 'waiting' }
  }
}

function contextOf(start: (name: string, id: string, input: unknown) => Promise<void>): DurableContext {
  return {
    id: DBOS.workflowID ?? '',
    step: (name, run, { attempts = 1 } = {}) =>
      DBOS.runStep(run, { name, ...(attempts > 1 && { retriesAllowed: true, maxAttempts: attempts, intervalSeconds: 1, backoffRate: 2 }) }),
    sleep: (milliseconds) => DBOS.sleep(milliseconds),
    receive: async (topic, milliseconds) =>
      (await DBOS.recv<unknown>(topic, { timeoutSeconds: milliseconds / 1000, pollingIntervalMs: LOOK })) ?? undefined,
    send: (id, topic, message) => DBOS.send(id, message, topic),
    publish: (name, value) => DBOS.setEvent(name, value),
    now: () => DBOS.runStep(() => Promise.resolve(Date.now()), { name: 'now' }),
    start: (workflow, id, input) => start(workflow.name, id, input),
    result: (id) => DBOS.getResult<unknown>(id),
  }
}
