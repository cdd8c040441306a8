// `fleetproof simulate`: plays automations in the interpreter, a run of a stored report or one drawn at random, as a timeline.
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { suggest } from '../../diagnostics/suggest.ts'
import { simulate } from '../../engine-simulate.ts'
import type { Finding, Run } from '../../model/conflict.ts'
import { assumptionNamed, type TimedAssumption } from '../../model/timed-assumption.ts'
import { schemaVersion } from '../../report/assignment-json.ts'
import { counted } from '../../report/numbers.ts'
import { timelineText } from '../../report/timeline-text.ts'
import { importers, openCheckInputs, textsOf } from '../behaviours.ts'
import { complain, refuse } from '../complain.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { readSource } from '../files.ts'
import { readStoredReport } from '../stored-report.ts'
import type { Streams } from '../streams.ts'
import type { WorldOptions } from '../world-files.ts'

export interface SimulateCommandOptions extends WorldOptions {
  readonly aliases?: string
  readonly play?: string
  readonly finding?: string
  readonly seed?: number
  readonly events?: number
  readonly timed?: boolean
  readonly watch?: readonly string[]
  readonly json?: boolean
}

const nothing = 'nothing was played'

export async function runSimulate(
  references: readonly string[],
  options: SimulateCommandOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  const json = options.json === true
  const opened = await openCheckInputs(references, options.aliases, streams, options)
  const stored = await storedRun(options, streams)
  if (!opened.ok || 'wrong' in stored)
    return refuse(
      [...(opened.ok ? [] : opened.diagnostics), ...('wrong' in stored ? stored.wrong : [])],
      { outcome: nothing, json },
      streams,
    )
  const inputs = opened.value
  const { seed = 1, events } = options
  const played = simulate(inputs, {
    importers: importers(streams),
    seed,
    ...(events === undefined ? {} : { events }),
    ...(stored.run === undefined ? {} : { run: stored.run }),
    ...(stored.assumption === undefined ? {} : { assumption: stored.assumption }),
    ...(options.timed === undefined ? {} : { timed: options.timed }),
    stop: () => signal.aborted,
  })
  signal.throwIfAborted()
  if (played.status === 'invalid') return refuse(played.diagnostics, { outcome: nothing, json, sources: textsOf(inputs) }, streams)
  const unknown = (options.watch ?? []).filter((id) => !played.behaviour.attributes.some((attribute) => attribute.id === id))
  if (unknown.length > 0)
    return refuse(
      unknown.map((id): Diagnostic => {
        const near = suggest(
          id,
          played.behaviour.attributes.map((attribute) => attribute.id),
        )
        return {
          code: 'simulate/unknown-attribute',
          severity: 'error',
          message: `no attribute is called \`${id}\``,
          ...(near === undefined ? {} : { hint: `maybe \`${near}\`?` }),
          at: { source: '--watch' },
        }
      }),
      { outcome: nothing, json },
      streams,
    )
  if (!json) complain(played.diagnostics, textsOf(inputs), nothing, streams)
  const { run, initial, reactions, behaviour, course } = played
  const automations = behaviour.applications.reduce((sum, application) => sum + application.automations.length, 0)
  const how = stored.run === undefined ? `drawn with seed ${seed}` : `as finding ${options.finding ?? ''} tells it`
  streams.out(
    json
      ? `${JSON.stringify({
          schemaVersion,
          run,
          ...(course === undefined ? {} : { course }),
          reactions: reactions.map(({ lines, loop, writes }) => ({
            loop,
            lines,
            writes: writes.map(({ attribute, before, after, automation }) => ({ attribute, before, after, automation })),
          })),
        })}\n`
      : timelineText(reactions, {
          colour: streams.outIsTerminal,
          initial,
          always: options.watch ?? [],
          ...(course === undefined ? {} : { course }),
          head: `${counted(automations, 'automation')} · ${counted(reactions.length, 'outside event')}, ${how}`,
        }),
  )
  return exitCodes.good
}

/** The run of the finding that was asked for; nothing asked, nothing found. */
async function storedRun(
  { play, finding }: SimulateCommandOptions,
  streams: Streams,
): Promise<{ readonly run?: Run; readonly assumption?: TimedAssumption } | { readonly wrong: readonly Diagnostic[] }> {
  const wrong = (message: string, hint: string, source: string) => ({
    wrong: [{ code: 'simulate/no-run', severity: 'error' as const, message, hint, at: { source } }],
  })
  if (play === undefined)
    return finding === undefined
      ? {}
      : wrong('a finding stands in a report, and none is named', 'maybe `--play REPORT` is missing', '--finding')
  const source = await readSource(play, streams)
  if (!source.ok) return { wrong: source.diagnostics }
  const report = readStoredReport(source.value)
  if (!report.ok) return { wrong: report.diagnostics }
  const runs = report.value.findings.filter(({ run }) => run !== undefined)
  const fingerprints = runs.map(({ fingerprint }) => fingerprint)
  if (finding === undefined)
    return runs.length === 1
      ? playedBy(runs[0]!)
      : wrong(
          `${counted(runs.length, 'finding')} of the report tell of a run`,
          `maybe \`--finding ${fingerprints[0] ?? 'FINGERPRINT'}\``,
          play,
        )
  const found = runs.find(({ fingerprint }) => fingerprint === finding)
  return found?.run === undefined
    ? wrong(`no finding \`${finding}\` of the report tells of a run`, `maybe one of ${fingerprints.slice(0, 5).join(', ')}`, play)
    : playedBy(found)
}

/** The run, and what its finding takes for granted beside the automations. */
const playedBy = ({ id, subject, run }: Finding): { readonly run?: Run; readonly assumption?: TimedAssumption } => {
  const assumption = id === 'K33' ? assumptionNamed(subject.split(' | ')[0] ?? '') : undefined
  return { ...(run === undefined ? {} : { run }), ...(assumption === undefined ? {} : { assumption }) }
}
