// `fleetproof rollout ... --server`: the same commands at a service, which carries rollouts out; what happens there is shown as it happens.
import { z } from 'zod'
import type { Read } from '../../diagnostics/diagnostic.ts'
import { schemaVersion } from '../../report/assignment-json.ts'
import { counted, duration } from '../../report/numbers.ts'
import { rolloutText, type RolloutView } from '../../report/rollout-text.ts'
import { alignColumns } from '../../report/table.ts'
import { refuse } from '../complain.ts'
import { readDeployer } from '../deployer-option.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { readSource } from '../files.ts'
import { endCode } from '../rollout-end.ts'
import { startLive, type Decision } from '../rollout-live.ts'
import { openServer, type Server, type ServerAddress } from '../server-call.ts'
import { rolloutJson } from '../rollout-json.ts'
import type { Streams } from '../streams.ts'

export interface ServerRolloutOptions extends ServerAddress {
  readonly json?: boolean
  readonly reason?: string
}

export interface ServerRolloutStart extends ServerRolloutOptions {
  readonly deployer: string
  readonly waves?: string
  readonly id?: string
  readonly stage?: string
  readonly approval?: boolean
}

const rolloutShape = z.object({
  id: z.string(),
  fleet: z.string(),
  release: z.string(),
  state: z.string(),
  because: z.string(),
  stage: z.string(),
  author: z.string(),
  approver: z.string().optional(),
  created: z.string(),
  updated: z.string(),
  changes: z.int(),
  waves: z.array(z.unknown()),
  estimate: z.object({ total: z.int(), from: z.array(z.string()) }),
  journal: z.int(),
})
type Rollout = z.output<typeof rolloutShape>
const pageShape = z.object({ items: z.array(rolloutShape), next: z.string().optional() })
const viewOf = z.object({ view: z.custom<RolloutView>((value) => typeof value === 'object' && value !== null) })
const decision = z.union([
  z.object({ is: z.literal('wave'), wave: z.string(), now: z.string() }),
  z.object({ is: z.literal('operation'), do: z.string(), actor: z.string(), reason: z.string() }),
  z.object({ is: z.literal('state'), state: z.string(), because: z.string() }),
])
const lineShape = viewOf.extend({ events: z.array(z.unknown()) })
const stateShape = viewOf.extend({ state: z.string(), because: z.string() })

/** Plans the assignment there, and starts it where nobody has to approve it. */
export async function startAtServer(
  assignment: string,
  options: ServerRolloutStart,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  return atServer(options, streams, signal, async (server) => {
    const waves = options.waves === undefined ? undefined : await readSource(options.waves, streams)
    if (waves?.ok === false) return waves
    // An address or a file describes a deployer; any other word is the name of one that the service knows.
    const named = /^[\w-]+$/.test(options.deployer)
    const deployer = named ? options.deployer : await readDeployer(options.deployer, streams)
    if (typeof deployer !== 'string' && !deployer.ok) return deployer
    const { id, stage, approval = false, reason } = options
    const made = await rolloutOf(
      server.call('POST', '/v1/rollouts', {
        assignment,
        deployer: typeof deployer === 'string' ? deployer : deployer.value,
        needsApproval: approval,
        ...(waves === undefined ? {} : { waves: waves.value.text }),
        ...(id === undefined ? {} : { id }),
        ...(stage === undefined ? {} : { stage }),
        ...(reason === undefined ? {} : { reason }),
      }),
    )
    if (!made.ok) return made
    const { id: name, changes, waves: all, estimate } = made.value
    if (options.json !== true)
      streams.out(
        `${counted(changes, 'change')} in ${counted(all.length, 'wave')}, at best ${duration(estimate.total)}: ${estimate.from.join(', ')}\n`,
      )
    if (approval) {
      say(
        made.value,
        options,
        streams,
        `rollout ${name} waits for approval · next: fleetproof rollout approve ${name} --server ${server.base}`,
      )
      return exitCodes.unsure
    }
    return act(server, name, 'start', options, streams, signal)
  })
}

export async function statusAtServer(
  id: string | undefined,
  options: ServerRolloutOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  return atServer(options, streams, signal, async ({ call }) => {
    if (id !== undefined) {
      const answer = await call('GET', `/v1/rollouts/${encodeURIComponent(id)}`)
      if (!answer.ok) return answer
      say(
        rolloutShape.parse(answer.value),
        options,
        streams,
        rolloutText(viewOf.parse(answer.value).view, { colour: streams.outIsTerminal }).trimEnd(),
      )
      return exitCodes.good
    }
    const all: Rollout[] = []
    for (let next: string | undefined = ''; next !== undefined;) {
      const answer = await call('GET', `/v1/rollouts?limit=100${next === '' ? '' : `&cursor=${encodeURIComponent(next)}`}`)
      if (!answer.ok) return answer
      const page = pageShape.parse(answer.value)
      all.push(...page.items)
      next = page.next
    }
    if (options.json === true) streams.out(`${JSON.stringify({ schemaVersion, rollouts: all.map(rolloutJson) })}\n`)
    else if (all.length === 0) streams.out('no rollouts\n')
    else {
      const rows = all.map(({ id: name, state, author, created }) => [name, state, author, created])
      streams.out(`${alignColumns([['rollout', 'state', 'author', 'made'], ...rows], '', [0, 1, 2, 3]).join('\n')}\n`)
    }
    return exitCodes.good
  })
}

/** `what`: the last part of the address: `pause`, `approve`, `rollback`. */
export async function actAtServer(
  id: string,
  what: string,
  options: ServerRolloutOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  return atServer(options, streams, signal, async (server) => {
    const before = await rolloutOf(server.call('GET', `/v1/rollouts/${encodeURIComponent(id)}`))
    if (!before.ok) return before
    // A draft that was approved begins by being resumed, as it does without a server.
    return act(server, id, what === 'resume' && notStarted.includes(before.value.state) ? 'start' : what, options, streams, signal)
  })
}

const notStarted: readonly string[] = ['draft', 'awaiting-approval']

async function act(
  server: Server,
  id: string,
  what: string,
  options: ServerRolloutOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<Read<unknown> | ExitCode> {
  const path = `/v1/rollouts/${encodeURIComponent(id)}`
  const body = options.reason === undefined ? {} : { reason: options.reason }
  const before = await rolloutOf(server.call('GET', path))
  if (!before.ok) return before
  const asked = await rolloutOf(server.call('POST', `${path}/${what}`, body))
  if (!asked.ok) return asked
  if (what === 'approve' || what === 'pause') {
    const said = what === 'approve' ? `rollout ${id} is approved by ${asked.value.approver ?? ''}` : `rollout ${id} is asked to pause`
    say(asked.value, options, streams, `${said} · next: fleetproof rollout resume ${id} --server ${server.base}`)
    return exitCodes.good
  }
  return watch(server, id, before.value.journal, what === 'rollback' ? 'roll-back' : what, options, streams, signal)
}

/** Shows what happens behind line `after` until it pauses or ends. */
async function watch(
  server: Server,
  id: string,
  after: number,
  asked: string,
  options: ServerRolloutOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  const json = options.json === true
  const live = startLive(streams)
  let state = ''
  try {
    for await (const { event, data } of server.events(`/v1/rollouts/${encodeURIComponent(id)}/events`, after)) {
      if (event === 'journal') {
        const { view, events } = lineShape.parse(data)
        const decisions = events.flatMap((one) => decisionOf(one, view))
        if (!json) live.show(view, decisions)
        for (const one of decisions) if (one.is === 'state') state = one.state
      } else {
        const now = stateShape.parse(data)
        // What stood there before it was asked is no news.
        if (event === 'ended' || now.state === 'rolling-back') {
          if (!json) live.show(now.view, [{ is: 'state', state: now.state, because: now.because }])
          state = now.state
        }
        if (event === 'ended') break
      }
      if (state === 'paused') break
    }
  } catch (error) {
    live.stop()
    if (!signal.aborted) throw error
    streams.error(`interrupted; the service goes on · next: fleetproof rollout status ${id} --server ${server.base}\n`)
    return exitCodes.interrupted
  }
  live.stop()
  if (json) {
    const now = await rolloutOf(server.call('GET', `/v1/rollouts/${encodeURIComponent(id)}`))
    if (now.ok) streams.out(`${JSON.stringify(rolloutJson(now.value))}\n`)
  }
  return endCode(state, asked)
}

function decisionOf(event: unknown, view: RolloutView): readonly Decision[] {
  const read = decision.safeParse(event)
  if (!read.success) return []
  const { data } = read
  return [data.is === 'wave' ? { ...data, wave: view.waves.findIndex(({ name }) => name === data.wave) } : data]
}

async function rolloutOf(asked: Promise<Read<unknown>>): Promise<Read<Rollout>> {
  const answer = await asked
  return answer.ok ? { ok: true, value: rolloutShape.parse(answer.value), diagnostics: [] } : answer
}

function say(rollout: Rollout, { json }: ServerRolloutOptions, streams: Streams, text: string): void {
  streams.out(json === true ? `${JSON.stringify(rolloutJson(rollout))}\n` : `${text}\n`)
}

/** A refusal is bad input, whoever finds it. */
async function atServer(
  options: ServerRolloutOptions,
  streams: Streams,
  signal: AbortSignal,
  run: (server: Server) => Promise<Read<unknown> | ExitCode>,
): Promise<ExitCode> {
  const outcome = 'nothing was changed'
  const json = options.json === true
  const server = await openServer(options, streams, signal)
  if (!server.ok) return refuse(server.diagnostics, { outcome, json }, streams)
  const answer = await run(server.value)
  if (typeof answer === 'number') return answer
  return answer.ok ? exitCodes.good : refuse(answer.diagnostics, { outcome, json }, streams)
}
