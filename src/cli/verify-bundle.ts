// Verifying the folder of `assign --out`: same inputs, feasible, as good as claimed, bounds proved; scripts are put to a second solver.
import { placementConstraints } from '../../constraints/placement.ts'
import { apartAgain, togetherAgain } from '../engine-apart.ts'
import { scriptsAgain } from '../engine-scripts.ts'
import { placesAsked, settleConflicts } from '../engine-separation.ts'
import { sinceEarlier } from '../engine-since.ts'
import { counted, grouped } from '../report/numbers.ts'
import { createSolvers } from '../solve/create-solvers.ts'
import { askExternal, type Program } from '../solve/external.ts'
import { checkBundle } from '../verify/check-bundle.ts'
import { standingTogether } from '../verify/standing.ts'
import { openBundle } from './bundle-files.ts'
import { refuse } from './complain.ts'
import { readEarlierBundle } from './earlier-bundle.ts'
import type { ExitCode } from './exit-codes.ts'
import { modelPlace, openFleet, type ModelPlace } from './inputs.ts'
import type { Streams } from './streams.ts'
import type { VerifyCommandOptions } from './verify-options.ts'
import { sayOutcome, type VerifyOutcome } from './verdict-lines.ts'

export async function verifyBundle(
  folder: string,
  options: VerifyCommandOptions,
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  const refusal = { outcome: 'nothing was verified', json: options.json === true }
  const bundle = await openBundle(folder, streams)
  if (!bundle.ok) return refuse(bundle.diagnostics, refusal, streams)
  const { manifest, devices } = bundle.value
  const opened = await openFleet(placeOf(bundle.value.place, options), streams)
  if (!opened.ok) return refuse(opened.diagnostics, { ...refusal, sources: opened.sources }, streams)
  const { inputs, read, hashes } = opened
  const earlier = bundle.value.since === undefined ? undefined : await readEarlierBundle(bundle.value.since, streams)
  if (earlier?.ok === false) return refuse(earlier.diagnostics, refusal, streams)
  const { model, fleet } = earlier === undefined ? read : sinceEarlier(read.model, read.fleet, earlier.value.result)
  const solvers = createSolvers()
  try {
    const settled = await settleConflicts(model, placementConstraints, solvers, inputs.behaviours ?? {})
    if (!settled.ok) return refuse(settled.diagnostics, { ...refusal, sources: [inputs.model] }, streams)
    const kept = (manifest.apart ?? []).map((cut) =>
      'without' in cut ? { present: cut.with, absent: cut.without } : { present: cut, absent: [] },
    )
    const apart = await apartAgain(model, settled.value, kept)
    const checked = await checkBundle({
      manifest,
      model: apart.model,
      fleet,
      inputs: { ...hashes(), ...(earlier && { since: earlier.value.sha256 }) },
      devices,
    })
    if (!checked.ok) return refuse(checked.diagnostics, refusal, streams)
    const asking = placesAsked(model, placementConstraints)
    const standing = standingTogether(model, fleet, checked.value.assignment, asking)
    const together = await togetherAgain(settled.value, standing, manifest)
    const several = standing.several.reduce((sum, { places }) => sum + places, 0)
    const { undecided, check } = checked.value
    const again = scriptsAgain(apart.model, fleet, manifest.certificates)
    const refuted = [...checked.value.refuted, ...again.wrong, ...apart.wrong, ...together.wrong]
    const confirmed = [
      `${counted(fleet.size, 'device')}: every choice allowed, every hard constraint holds`,
      ...(asking.length === 0
        ? []
        : [
            `no conflict across variants at any of ${counted(several + standing.single, 'place')}: ${grouped(several)} with several behaviours in ${counted(standing.several.length, 'composition')}, each proved whole again, ${grouped(standing.single)} with one`,
            ...(manifest.safe === undefined
              ? []
              : [
                  `${counted(manifest.safe.kinds.length, 'kind')} of conflict, ${counted(manifest.safe.assumptions.length, 'assumption')}, ${counted(together.questions, 'question')} proved`,
                ]),
          ]),
      ...check.levels
        .filter(({ checkedBy, value, bound }) => checkedBy !== 'nobody' && value === bound)
        .map(({ name, value, checkedBy }) => `${name} ${grouped(value)}: the best possible, by ${checkedBy}`),
    ]
    const outcome =
      options.solver === undefined
        ? { confirmed, refuted, undecided }
        : await askSolver(options.solver, again.scripts, { confirmed, refuted, undecided }, signal)
    return sayOutcome({ ...outcome, confirmed: refuted.length > 0 ? [] : outcome.confirmed }, options.json === true, streams)
  } finally {
    await solvers.close()
  }
}

function placeOf(found: ModelPlace, options: VerifyCommandOptions): ModelPlace {
  const given = modelPlace(options.model ?? found.model, options)
  return { ...found, ...given, replaced: new Map([...found.replaced, ...given.replaced]) }
}

/** What rests on scripts is decided by the second solver; what it cannot say stays open. */
async function askSolver(
  program: Program,
  scripts: readonly string[],
  outcome: VerifyOutcome,
  signal: AbortSignal,
): Promise<VerifyOutcome> {
  const rest = outcome.undecided.filter((sentence) => !sentence.includes('rests on a solver'))
  if (scripts.length === 0) return outcome
  let agreed = 0
  for (const script of scripts) {
    const answer = await askExternal(program, script, { milliseconds: 60_000, signal })
    if (answer === 'unsat') agreed++
    else if (answer === 'sat') return { ...outcome, refuted: [...outcome.refuted, `${program} finds something better than a bound claims`] }
    else
      return {
        ...outcome,
        undecided: [
          ...outcome.undecided,
          typeof answer === 'string'
            ? `${program} answers ${answer}`
            : 'missing' in answer
              ? `${program} is not installed`
              : `${program} fails: ${answer.error}`,
        ],
      }
  }
  return {
    confirmed: [...outcome.confirmed, `${counted(agreed, 'refutation')} confirmed by ${program}`],
    refuted: outcome.refuted,
    undecided: rest,
  }
}
