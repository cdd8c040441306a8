/**
 * The tasks of a stage, one after the other: a program, a web hook, a check, a rollout. What was done, by whom, when and how it ended stands with the release and in
 * the audit. Who writes that a task runs does it; what was running when the service died runs again, so that programs and hooks get a key that tells the second time.
 */
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { runProgram } from '../deploy/process.ts'
import { startRollout } from '../deploy/rollout/manage.ts'
import { rolloutWorkflowId } from '../deploy/rollout/workflow.ts'
import type { Task } from '../model/wave.ts'
import { tellApprovers } from './approvers.ts'
import { findAssignment, linesOf } from './assigned-subject.ts'
import { audit, now, type Parts } from './parts.ts'
import { refusal } from './problem.ts'
import {
  changeRelease,
  findRelease,
  listReleases,
  trustOf,
  verified,
  type FoundRelease,
  type StageRun,
  type TaskRecord,
} from './releases.ts'
import { makeStageRollout } from './stage-rollout.ts'
import { deliver } from './webhook.ts'
import { keptWebhookShape, webhookCollection } from './webhooks.ts'

type Ended = Pick<TaskRecord, 'state' | 'why'>

/** Begins the tasks of the stage, or goes on behind those that are done; refused while they run. */
export async function beginTasks(parts: Parts, tenant: string, hash: string, run: Omit<StageRun, 'at' | 'number'>): Promise<void> {
  const { release } = await findRelease(parts, tenant, hash)
  const stage = release.content.stages.find(({ name }) => name === run.stage)
  if (stage === undefined || stage.tasks.length === 0) throw refusal(409, 'release/no-tasks', `stage \`${run.stage}\` has no tasks`)
  await changeRelease(parts, tenant, hash, run.by, (kept) => {
    if (kept.tasks.some(({ stage: of, state }) => of === run.stage && state === 'running'))
      throw refusal(409, 'release/tasks-running', `the tasks of stage \`${run.stage}\` run already`)
    const number = kept.runs.filter((one) => one.stage === run.stage).length + 1
    return { ...kept, runs: [...kept.runs, { ...run, at: parts.clock(), number }] }
  })
  await audit(parts, { tenant, name: run.by }, 'stage begun', `release/${hash}`, { after: { stage: run.stage, reason: run.reason } })
  inBackground(parts, tenant, hash, run.stage)
}

/** After a start: stages whose tasks were being done. */
export async function resumeTasks(parts: Parts): Promise<void> {
  for (const { id: tenant } of await parts.store.tenants.list())
    for (let after: string | undefined; ;) {
      const page = await listReleases(parts, tenant, PAGE, after)
      for (const { release, kept } of page)
        for (const stage of new Set(kept.runs.map((run) => run.stage)))
          if (!kept.done.some((one) => one.stage === stage) && !hasFailed(kept.tasks, kept.runs, stage))
            inBackground(parts, tenant, release.hash, stage)
      if (page.length < PAGE) break
      after = page.at(-1)?.release.hash
    }
}

const PAGE = 100

const lastRun = (runs: readonly StageRun[], stage: string): StageRun | undefined => runs.findLast((run) => run.stage === stage)
const hasFailed = (tasks: readonly TaskRecord[], runs: readonly StageRun[], stage: string): boolean =>
  tasks.some((task) => task.stage === stage && task.run === lastRun(runs, stage)?.number && task.state === 'failed')

function inBackground(parts: Parts, tenant: string, hash: string, stage: string): void {
  runTasks(parts, tenant, hash, stage).catch((error: unknown) => {
    if (!parts.stopping.aborted) parts.log.error(error, 'the tasks of a stage stopped')
  })
}

async function runTasks(parts: Parts, tenant: string, hash: string, stage: string): Promise<void> {
  for (;;) {
    const found = await findRelease(parts, tenant, hash)
    const { release, kept } = found
    const run = lastRun(kept.runs, stage)
    const tasks = release.content.stages.find(({ name }) => name === stage)?.tasks ?? []
    if (run === undefined || parts.stopping.aborted) return
    const index = tasks.findIndex((_, at) => !kept.tasks.some((one) => one.stage === stage && one.task === at && one.state === 'done'))
    const task = tasks[index]
    if (task === undefined) {
      await finish(parts, tenant, found, run)
      return
    }
    const begun: TaskRecord = {
      release: hash,
      stage,
      run: run.number,
      task: index,
      is: task.is,
      state: 'running',
      by: run.by,
      at: parts.clock(),
      why: '',
    }
    await changeRelease(parts, tenant, hash, run.by, (now) => ({ ...now, tasks: [...now.tasks.filter((one) => !same(one, begun)), begun] }))
    const ended = await perform(parts, tenant, found, run, task, index).catch((error: unknown): Ended => {
      if (parts.stopping.aborted) throw error
      return { state: 'failed', why: error instanceof Error ? error.message : String(error) }
    })
    const record: TaskRecord = { ...begun, ...ended, ended: parts.clock() }
    await changeRelease(parts, tenant, hash, run.by, (now) => ({
      ...now,
      tasks: [...now.tasks.filter((one) => !same(one, begun)), record],
    }))
    const { state, why } = ended
    await audit(parts, { tenant, name: run.by }, `task ${state}`, `release/${hash}`, {
      after: { stage, task: index + 1, is: task.is, why },
    })
    if (state === 'failed') return
  }
}

const same = (a: TaskRecord, b: TaskRecord): boolean => a.stage === b.stage && a.run === b.run && a.task === b.task

async function finish(parts: Parts, tenant: string, { release, kept }: FoundRelease, { stage, by }: StageRun): Promise<void> {
  if (!kept.done.some((one) => one.stage === stage)) {
    const at = parts.clock()
    await changeRelease(parts, tenant, release.hash, by, (now) => ({ ...now, done: [...now.done, { release: release.hash, stage, at }] }))
    await audit(parts, { tenant, name: by }, 'stage done', `release/${release.hash}`, { after: { stage } })
  }
  await tellApprovers(parts, tenant, release.hash)
}

async function perform(parts: Parts, tenant: string, found: FoundRelease, run: StageRun, task: Task, index: number): Promise<Ended> {
  const { release, kept } = found
  // The same for the same task of the same run, whoever does it.
  const key = createHash('sha256').update(`${release.hash}/${run.stage}/${run.number}/${index}`).digest('hex').slice(0, 32)
  switch (task.is) {
    case 'command': {
      if (!parts.programs.includes(task.program)) return { state: 'failed', why: `the service may not run \`${task.program}\`` }
      const environment = {
        FLEETPROOF_RELEASE: release.hash,
        FLEETPROOF_FLEET: kept.fleet,
        FLEETPROOF_STAGE: run.stage,
        FLEETPROOF_TASK_KEY: key,
      }
      const end = await runProgram(
        { program: task.program, arguments: task.arguments, environment, milliseconds: task.timeout },
        parts.stopping,
      )
      if (end.is !== 'ended')
        return { state: 'failed', why: end.is === 'timed-out' ? 'it did not end in its time' : `it cannot be started: ${end.error}` }
      const said = `${end.error}\n${end.out}`.trim().split('\n').at(-1) ?? ''
      return { state: end.code === 0 ? 'done' : 'failed', why: `it ended with ${end.code}${said === '' ? '' : `: ${said.slice(0, 300)}`}` }
    }
    case 'webhook': {
      const hooks = await parts.store.documents.list(tenant, webhookCollection, { limit: 1000 })
      const hook = hooks.map(({ content }) => keptWebhookShape.parse(content)).find(({ url }) => url === task.url)
      if (hook === undefined)
        return { state: 'failed', why: `no webhook of the tenant has the address ${task.url}: its secret signs the call` }
      const body = { event: 'stage.task', id: key, release: release.hash, fleet: kept.fleet, stage: run.stage, task: index + 1 }
      const told = await deliver(hook, 'stage.task', body, { now: () => Math.floor(parts.clock() / 1000), milliseconds: task.timeout })
      return told.is === 'delivered' ? { state: 'done', why: 'it was taken' } : { state: 'failed', why: told.why }
    }
    case 'check': {
      await checkAgain(parts, tenant, found)
      return { state: 'done', why: 'its signatures, its expiry and the lines of its assignment hold' }
    }
    case 'rollout':
      return rollOut(parts, tenant, found, run)
  }
}

/** The release holds as it did when it came: signed, not expired, of the assignment that it names. */
export async function checkAgain(parts: Parts, tenant: string, { kept }: FoundRelease): Promise<void> {
  const trust = await trustOf(parts, tenant, kept.fleet)
  if (trust === undefined) throw refusal(409, 'release/no-root', `fleet \`${kept.fleet}\` trusts no root`)
  verified(parts, trust, { fleet: kept.fleet, roots: [], release: kept.signed, content: kept.content, files: kept.files })
  if ((await assignedHash(parts, tenant, kept.assignment)) !== kept.content.assignment.devices.sha256)
    throw refusal(409, 'release/mixed', `assignment \`${kept.assignment}\` has other device lines than the release`)
}

export async function assignedHash(parts: Parts, tenant: string, id: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of await linesOf(parts, tenant, await findAssignment(parts, tenant, id))) hash.update(chunk)
  return hash.digest('hex')
}

const WAIT = 250
const finals: readonly string[] = ['succeeded', 'failed', 'aborted', 'rolled-back']

/** Made once for each run of the stage; begins once it is approved, and the task ends as it does. */
async function rollOut(parts: Parts, tenant: string, found: FoundRelease, run: StageRun): Promise<Ended> {
  const { rollout: asked } = run
  if (asked === undefined) return { state: 'failed', why: 'the stage was begun without a deployer for its rollout' }
  const id = asked.id ?? `${run.stage}-${found.release.hash.slice(0, 8)}-${run.number}`
  const actor = { actor: run.by, reason: run.reason, now: now(parts) }
  if ((await parts.store.rollouts.get(tenant, id)) === undefined)
    await makeStageRollout(parts, tenant, found, { ...asked, id, stage: run.stage }, actor)
  for (;;) {
    const row = await parts.store.rollouts.get(tenant, id)
    if (row === undefined) return { state: 'failed', why: `rollout \`${id}\` is gone` }
    if (finals.includes(row.state))
      return { state: row.state === 'succeeded' ? 'done' : 'failed', why: `rollout \`${id}\` ${row.state}: ${row.because}` }
    if (row.state === 'draft') {
      const started = await startRollout(parts.store, tenant, id, { ...actor, now: now(parts) })
      if (!started.ok) return { state: 'failed', why: started.message }
      await parts.jobs.start(parts.rollouts, rolloutWorkflowId({ tenant, rollout: id }), { tenant, rollout: id })
    }
    await delay(WAIT, undefined, { signal: parts.stopping })
  }
}
