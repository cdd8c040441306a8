// `fleetproof release status|run --server`: a release at a service: where it stands, its gates and tasks, who did what and who was told.
import { z } from 'zod'
import { shortHash } from '../../report/rollout-text.ts'
import { refuse } from '../complain.ts'
import { readDeployer } from '../deployer-option.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { readSource } from '../files.ts'
import { openServer, type ServerAddress } from '../server-call.ts'
import type { Streams } from '../streams.ts'

export interface ServerReleaseOptions extends ServerAddress {
  readonly json?: boolean
}

export interface ServerReleaseRun extends ServerReleaseOptions {
  readonly reason?: string
  readonly deployer?: string
  readonly waves?: string
  /** The rollout starts without somebody else's approval. */
  readonly approved?: boolean
}

const gate = z.object({ gate: z.looseObject({ is: z.string() }), passed: z.boolean(), why: z.string() })
const releaseShape = z.looseObject({
  hash: z.string(),
  fleet: z.string(),
  version: z.int(),
  expires: z.string(),
  author: z.string(),
  at: z.string().optional(),
  stages: z.array(
    z.object({
      stage: z.string(),
      tasksDone: z.boolean(),
      entry: z.array(gate),
      tasks: z.array(
        z.object({
          is: z.string(),
          what: z.string(),
          state: z.string(),
          by: z.string().optional(),
          at: z.string().optional(),
          why: z.string().optional(),
        }),
      ),
      exit: z.array(gate),
      told: z.array(z.object({ at: z.string(), who: z.array(z.string()) })),
    }),
  ),
})
type Shown = z.output<typeof releaseShape>

export async function releaseStatus(hash: string, options: ServerReleaseOptions, streams: Streams, signal: AbortSignal): Promise<ExitCode> {
  return ask('GET', `/v1/releases/${encodeURIComponent(hash)}`, undefined, options, streams, signal)
}

/** Begins the tasks of a stage; the service does them. */
export async function runReleaseStage(
  hash: string,
  stage: string,
  options: ServerReleaseRun,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  const json = options.json === true
  const outcome = 'nothing was begun'
  const waves = options.waves === undefined ? undefined : await readSource(options.waves, streams)
  if (waves?.ok === false) return refuse(waves.diagnostics, { outcome, json }, streams)
  const { deployer, reason, approved = false } = options
  const described = deployer === undefined || /^[\w-]+$/.test(deployer) ? undefined : await readDeployer(deployer, streams)
  if (described?.ok === false) return refuse(described.diagnostics, { outcome, json }, streams)
  const rollout =
    deployer === undefined
      ? {}
      : {
          rollout: {
            deployer: described === undefined ? deployer : described.value,
            needsApproval: !approved,
            ...(waves === undefined ? {} : { waves: waves.value.text }),
          },
        }
  const body = { ...(reason === undefined ? {} : { reason }), ...rollout }
  return ask('POST', `/v1/releases/${encodeURIComponent(hash)}/stages/${encodeURIComponent(stage)}/run`, body, options, streams, signal)
}

async function ask(
  method: string,
  path: string,
  body: object | undefined,
  options: ServerReleaseOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  const json = options.json === true
  const outcome = 'nothing was changed'
  const server = await openServer(options, streams, signal)
  if (!server.ok) return refuse(server.diagnostics, { outcome, json }, streams)
  const answer = await server.value.call(method, path, body)
  if (!answer.ok) return refuse(answer.diagnostics, { outcome, json }, streams)
  streams.out(json ? `${JSON.stringify(answer.value)}\n` : releaseLines(releaseShape.parse(answer.value)))
  return exitCodes.good
}

function releaseLines({ hash, fleet, version, expires, author, at, stages }: Shown): string {
  const lines = [`release ${shortHash(hash)} · number ${version} for ${fleet} until ${expires} · by ${author}`]
  for (const { stage, tasksDone, entry, tasks, exit, told } of stages) {
    lines.push(`${stage === at ? '>' : ' '} ${stage}${tasksDone ? '   tasks done' : ''}`)
    for (const one of entry) lines.push(`    enter  ${one.passed ? 'open' : 'shut'}  ${one.gate.is}: ${one.why}`)
    for (const one of tasks)
      lines.push(
        `    task   ${one.state}  ${one.is}${one.what === '' ? '' : ` ${one.what}`}${one.by === undefined ? '' : ` · ${one.by}, ${one.at ?? ''}`}${one.why === undefined || one.why === '' ? '' : ` · ${one.why}`}`,
      )
    for (const one of exit) lines.push(`    leave  ${one.passed ? 'open' : 'shut'}  ${one.gate.is}: ${one.why}`)
    for (const one of told) lines.push(`    told   ${one.at}  ${one.who.length === 0 ? 'nobody is named' : one.who.join(', ')}`)
  }
  return `${lines.join('\n')}\n`
}
