// `fleetproof rollout`: starts plans, shows how far they are, and steers them. What is started here is carried out here, in the foreground, and by whoever resumes it.
import { userInfo } from 'node:os'
import { EngineError } from '../../diagnostics/engine-error.ts'
import { connectDeployer } from '../../deploy/connect-deployer.ts'
import { systemClock, type Clock } from '../../deploy/pace.ts'
import { devicesPerSecond, type DeployerConfig } from '../../deploy/deployer-config.ts'
import { artefactsBeside } from '../../deploy/rollout/artefacts.ts'
import { carryOut, type CarriedOut } from '../../deploy/rollout/carry-out.ts'
import type { Operation } from '../../deploy/rollout/journal.ts'
import { approveRollout, askRollout, createRollout, startRollout, type Actor, type Managed } from '../../deploy/rollout/manage.ts'
import { progressFrom } from '../../deploy/rollout/state.ts'
import { createStoredJournal } from '../../deploy/rollout/stored-journal.ts'
import { planFromStore } from '../../deploy/rollout/stored-plan.ts'
import { rolloutView } from '../../deploy/rollout/view.ts'
import { planHead, type PlanHead } from '../../model/plan.ts'
import { withQuota } from '../../plan/estimate.ts'
import { planHeadOf } from '../../plan/pages.ts'
import { counted, duration } from '../../report/numbers.ts'
import { rolloutText } from '../../report/rollout-text.ts'
import { schemaVersion } from '../../report/assignment-json.ts'
import { alignColumns } from '../../report/table.ts'
import type { RolloutRow } from '../../store/rollouts.ts'
import type { Store } from '../../store/store.ts'
import { refuse } from '../complain.ts'
import { readDeployer } from '../deployer-option.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { readPlanFiles } from '../read-plan-files.ts'
import { openRelease } from '../release-files.ts'
import { endCode } from '../rollout-end.ts'
import { decisionsOf, startLive } from '../rollout-live.ts'
import { openRolloutStore, tenantOf, type StoreOptions } from '../rollout-store.ts'
import { rolloutJson } from '../rollout-json.ts'
import type { Streams } from '../streams.ts'

export interface RolloutOptions extends StoreOptions {
  readonly json?: boolean
  readonly reason?: string
  /** Who acts; the user's name where absent. */
  readonly as?: string
}

export interface RolloutStartOptions extends RolloutOptions {
  readonly deployer: string
  readonly id?: string
  readonly fleet?: string
  readonly stage?: string
  readonly approval?: boolean
}

const wallClock: Clock = { now: () => Date.now(), sleep: systemClock.sleep }
const nothing = 'nothing was rolled out'
const isoNow = (): string => new Date(wallClock.now()).toISOString()
const unsigned = '0'.repeat(64)

const actorOf = ({ as, reason }: RolloutOptions): Actor => ({ actor: as ?? userInfo().username, reason: reason ?? '', now: isoNow() })

/** Makes a rollout of a plan and, where nobody has to approve it, carries it out. */
export async function runRolloutStart(
  folder: string,
  options: RolloutStartOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  const json = options.json === true
  const plan = await readPlanFiles(folder, streams)
  if (!plan.ok) return refuse(plan.diagnostics, { outcome: nothing, json }, streams)
  const deployer = await readDeployer(options.deployer, streams)
  if (!deployer.ok) return refuse(deployer.diagnostics, { outcome: nothing, json }, streams)
  return withStore(options, streams, async (store) => {
    const head = planHeadOf(plan.value)
    const id = options.id ?? `plan-${head.changesSha256.slice(0, 8)}`
    const release = head.release ?? unsigned
    const actor = actorOf(options)
    if (!json) streams.out(`${estimateLine(head, deployer.value)}\n`)
    const known = await store.rollouts.get(tenantOf(options), id)
    if (known?.state !== 'draft' || known.approver === null) {
      const made = await createRollout(
        store,
        tenantOf(options),
        {
          id,
          fleet: options.fleet ?? 'default',
          release,
          plan: plan.value,
          needsApproval: options.approval === true,
          deployer: deployer.value,
          beside: await artefactsIn(folder, head.release, streams),
          ...(options.stage === undefined ? {} : { stage: options.stage }),
        },
        actor,
      )
      if (!made.ok) return refused(made, json, streams)
      if (options.approval === true) {
        say(made.rollout, json, streams, `rollout ${id} waits for approval · next: fleetproof rollout approve ${id} --as SOMEBODY-ELSE`)
        return exitCodes.unsure
      }
    }
    return begin(store, id, options, streams, signal)
  })
}

/** What devices fetch, where the folder is that of the plan's own release. */
async function artefactsIn(folder: string, release: string | undefined, streams: Streams): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = release === undefined ? undefined : await openRelease(folder, streams)
  return found?.ok === true && found.value.hash === release ? artefactsBeside(found.value.content) : new Map()
}

/** How long it takes at best, by rates and by the quota of the backend. */
export function estimateLine(head: PlanHead, deployer: DeployerConfig): string {
  const { total, from } = withQuota(head, devicesPerSecond(deployer))
  return `${counted(head.changes, 'change')} in ${counted(head.waves.length, 'wave')}, at best ${duration(total)}: ${from.join(', ')}`
}

/** Starts an approved draft. */
async function begin(store: Store, id: string, options: RolloutOptions, streams: Streams, signal: AbortSignal): Promise<ExitCode> {
  const started = await startRollout(store, tenantOf(options), id, actorOf(options))
  return started.ok ? watch(store, id, options, streams, signal) : refused(started, options.json === true, streams)
}

export async function runRolloutApprove(id: string, options: RolloutOptions, streams: Streams): Promise<ExitCode> {
  return withStore(options, streams, async (store) => {
    const approved = await approveRollout(store, tenantOf(options), id, actorOf(options))
    if (!approved.ok) return refused(approved, options.json === true, streams)
    say(
      approved.rollout,
      options.json === true,
      streams,
      `rollout ${id} is approved by ${approved.rollout.approver ?? ''} · next: fleetproof rollout resume ${id}`,
    )
    return exitCodes.good
  })
}

/** What changes how a rollout goes on; all but `pause` then carry it out until it pauses or ends. */
export async function runRolloutAct(
  id: string,
  what: Operation['do'],
  options: RolloutOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  return withStore(options, streams, async (store) => {
    const tenant = tenantOf(options)
    const row = await store.rollouts.get(tenant, id)
    if ((row?.state === 'draft' || row?.state === 'awaiting-approval') && what === 'resume')
      return begin(store, id, options, streams, signal)
    // A process that died left it running: whoever resumes it goes on.
    const orphan = what === 'resume' && row !== undefined && ['running', 'aborting', 'rolling-back'].includes(row.state)
    if (orphan && options.json !== true) streams.out(`rollout ${id} goes on where its journal ends\n`)
    if (!orphan) {
      const asked = await askRollout(store, tenant, id, what, actorOf(options))
      if (!asked.ok) return refused(asked, options.json === true, streams)
      if (asked.rollout.state === 'aborted') {
        say(asked.rollout, options.json === true, streams, `rollout ${id} is aborted; no device was told`)
        return exitCodes.no
      }
    }
    return watch(store, id, options, streams, signal, what)
  })
}

/** Carries the rollout out until it ends or pauses. */
async function watch(
  store: Store,
  id: string,
  options: RolloutOptions,
  streams: Streams,
  signal: AbortSignal,
  asked?: Operation['do'],
): Promise<ExitCode> {
  const tenant = tenantOf(options)
  const json = options.json === true
  const live = startLive(streams)
  const paused = new AbortController()
  let pausing: NodeJS.Timeout | undefined
  const heads = new Map<string, ReturnType<typeof planHead.parse>>()
  const headFor = async (rollout: string): Promise<void> => {
    const row = await store.rollouts.get(tenant, rollout)
    if (row !== undefined) heads.set(rollout, planHead.parse(row.head))
  }
  await headFor(id)
  const release = (await store.rollouts.get(tenant, id))?.release ?? ''
  let end: CarriedOut
  try {
    end = await carryOut(store, {
      tenant,
      rollout: id,
      connect: (config, name) => connectDeployer(config, name, { environment: process.env, signal }),
      clock: wallClock,
      signal: AbortSignal.any([signal, paused.signal]),
      onProgress: (rollout, progress, events) => {
        const head = heads.get(rollout)
        if (head === undefined) void headFor(rollout)
        else if (!json)
          live.show(
            rolloutView({ id: rollout, release, head, state: progress.state, because: progress.because }, progress),
            decisionsOf(events),
          )
        for (const event of events) {
          if (event[0] !== 'state') continue
          clearTimeout(pausing)
          if (event[2] === 'paused') pausing = setTimeout(() => paused.abort(new Error('paused')), PAUSED_FOR)
        }
      },
    })
  } catch (error) {
    live.stop()
    if (signal.aborted) {
      streams.error(`interrupted; every step so far is kept · next: fleetproof rollout resume ${id}\n`)
      return exitCodes.interrupted
    }
    if (!paused.signal.aborted) throw error
    const row = await store.rollouts.get(tenant, id)
    end = { state: 'paused', because: row?.because ?? '' }
  }
  live.stop()
  if (json) {
    const row = await store.rollouts.get(tenant, id)
    if (row !== undefined) streams.out(`${JSON.stringify(jsonOf(row))}\n`)
  } else if (end.state === 'rolled-back' || end.state === 'failed')
    streams.out(`rollout ${id} ${end.state.replace('-', ' ')}: ${end.because}\n`)
  return endCode(end.state, asked)
}

/** A paused rollout hears late reports for so long before the command ends. */
const PAUSED_FOR = 300

export async function runRolloutStatus(id: string | undefined, options: RolloutOptions, streams: Streams): Promise<ExitCode> {
  return withStore(options, streams, async (store) => {
    const tenant = tenantOf(options)
    if (id === undefined) {
      const rows = await store.rollouts.list(tenant, { limit: 1000 })
      if (options.json === true) streams.out(`${JSON.stringify({ schemaVersion, rollouts: rows.map(jsonOf) })}\n`)
      else if (rows.length === 0) streams.out('no rollouts\n')
      else
        streams.out(
          lines(
            alignColumns(
              [['rollout', 'state', 'author', 'made'], ...rows.map((row) => [row.id, row.state, row.author, row.created])],
              '',
              [0, 1, 2, 3],
            ),
          ),
        )
      return exitCodes.good
    }
    const row = await store.rollouts.get(tenant, id)
    if (row === undefined)
      return refused({ ok: false, code: 'rollout/unknown', message: `there is no rollout \`${id}\`` }, options.json === true, streams)
    if (options.json === true) {
      streams.out(`${JSON.stringify(jsonOf(row))}\n`)
      return exitCodes.good
    }
    const plan = await planFromStore(row.head, await store.rollouts.parts(tenant, id))
    const journal = createStoredJournal(store, { tenant, rollout: id, plan, verifies: true, now: wallClock.now })
    const progress = await progressFrom(journal, plan, true)
    streams.out(rolloutText(rolloutView({ ...row, head: planHead.parse(row.head) }, progress), { colour: streams.outIsTerminal }))
    return exitCodes.good
  })
}

export async function runInventory(
  options: RolloutOptions & { readonly stage?: string; readonly device?: string },
  streams: Streams,
): Promise<ExitCode> {
  return withStore(options, streams, async (store) => {
    const tenant = tenantOf(options)
    if (options.device !== undefined) {
      const rows = await store.rollouts.history(tenant, options.device, 10_000)
      for (const row of rows)
        streams.out(
          options.json === true ? `${JSON.stringify(row)}\n` : `${row.at}  ${row.stage}  ${row.variant ?? 'nothing'}  ${row.source}\n`,
        )
      return exitCodes.good
    }
    const counts = new Map<string, number>()
    let after: string | undefined
    for (;;) {
      const rows = await store.rollouts.inventory(tenant, options.stage ?? 'production', {
        limit: 5000,
        ...(after === undefined ? {} : { after }),
      })
      for (const row of rows) {
        if (options.json === true) streams.out(`${JSON.stringify(row)}\n`)
        counts.set(row.variant ?? 'nothing', (counts.get(row.variant ?? 'nothing') ?? 0) + 1)
      }
      if (rows.length < 5000) break
      after = rows.at(-1)?.device
    }
    if (options.json !== true)
      streams.out(
        counts.size === 0
          ? 'no device was seen yet\n'
          : lines(alignColumns([['runs', 'devices'], ...[...counts].sort().map(([variant, count]) => [variant, String(count)])])),
      )
    return exitCodes.good
  })
}

const jsonOf = (row: RolloutRow) => rolloutJson({ ...row, changes: planHead.parse(row.head).changes })

const lines = (all: readonly string[]): string => `${all.join('\n')}\n`

function say(row: RolloutRow, json: boolean, streams: Streams, text: string): void {
  streams.out(json ? `${JSON.stringify(jsonOf(row))}\n` : `${text}\n`)
}

function refused(answer: Extract<Managed, { readonly ok: false }>, json: boolean, streams: Streams): ExitCode {
  return refuse(
    [{ code: answer.code, severity: 'error', message: answer.message, at: { source: 'rollout' } }],
    { outcome: 'nothing was changed', json },
    streams,
  )
}

async function withStore(options: RolloutOptions, streams: Streams, run: (store: Store) => Promise<ExitCode>): Promise<ExitCode> {
  let store: Store
  try {
    store = await openRolloutStore(options, streams, isoNow())
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    return refuse(
      [
        {
          code: error.code,
          severity: 'error',
          message: error.message,
          at: { source: options.database === undefined ? '--store' : '--database' },
        },
      ],
      { outcome: nothing, json: options.json === true },
      streams,
    )
  }
  try {
    return await run(store)
  } finally {
    await store.close()
  }
}
