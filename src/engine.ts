/** The walks, readable top to bottom. Nothing here opens a file, reads a clock or prints: sources, time and solvers are handed in. */
import type { ConstraintKind } from '../constraints/kind.ts'
import { placementConstraints } from '../constraints/placement.ts'
import { compileAssignment, type CompiledAssignment } from './compile/assignment.ts'
import { expandCounts } from './compile/expand.ts'
import type { Diagnostic, Read, Source } from './diagnostics/diagnostic.ts'
import { EngineError } from './diagnostics/engine-error.ts'
import { checkAssignment } from './explain/check-assignment.ts'
import type { ExplainContext } from './explain/context.ts'
import { impossibleAnswer } from './explain/impossible-answer.ts'
import { checkedLevels, isOptimal, knownSoFar } from './explain/levels.ts'
import { todayOf, unassignedDevices } from './explain/outcome.ts'
import { safetyOf } from './engine-cuts.ts'
import { compositionsOf, settleConflicts, withCuts, type SeparationOptions, type SettledModel } from './engine-separation.ts'
import { sinceEarlier, type EarlierResult } from './engine-since.ts'
import type { ModelledFleet, Open, ReadDevices } from './formats/fleet-source.ts'
import { readFleetSource } from './formats/read-fleet-source.ts'
import type { AssignmentResult, AssignmentStatistics, Separation } from './model/assignment.ts'
import type { Fleet } from './model/fleet.ts'
import type { FleetModel } from './model/fleet-model.ts'
import type { Edit } from './model/what-if.ts'
import { earlierByCertificates, type CertifiedAnswer } from './solve/earlier-certificates.ts'
import type { SolveLimits, Solvers } from './solve/solvers.ts'
import type { AssignmentVerdict } from './solve/verdict.ts'

export interface AssignInputs {
  readonly model: Source
  /** Gives the bytes of a source that the model names: its devices, its tables. */
  readonly open: Open
  /** Read the devices from this source in place of what the model says. */
  readonly devices?: string
  /** Gives those devices from where they are kept, already in columns. */
  readonly kept?: ReadDevices
  /** Sources with security advisories, beside those that the model names. */
  readonly advisories?: readonly string[]
  /** Reads the behaviours that variants name, for constraints that ask conflict analysis what fights. */
  readonly behaviours?: SeparationOptions
  /** An earlier result: of equally good assignments the one that moves the fewest devices away from it, a level of its own after the model's. */
  readonly since?: EarlierResult
  /** Changes to what the model and its devices say, tried without writing them. */
  readonly edits?: readonly Edit[]
}

export interface AssignOptions {
  readonly constraints?: readonly ConstraintKind[]
  readonly limits?: SolveLimits
  /** Milliseconds; only for statistics. */
  readonly clock?: () => number
  /** Hears the number of devices read, now and then. */
  readonly progress?: (devices: number) => void
}

/** The result with what it was made from, for output by device and for explaining; absent as far as reading failed. */
export interface AssignmentRun {
  readonly result: AssignmentResult
  readonly model?: FleetModel
  readonly fleet?: Fleet
  readonly compiled?: CompiledAssignment
  /** By column of the compiled problem; absent where nothing was assigned. */
  readonly counts?: Float64Array
  /** What the solvers said, by component; absent where nothing was assigned. */
  readonly verdict?: Extract<AssignmentVerdict, { readonly is: 'solved' }>
}

/** Gives every device a variant, or names what cannot hold together. */
export async function assign(inputs: AssignInputs, solvers: Solvers, options: AssignOptions = {}): Promise<AssignmentResult> {
  return (await runAssignment(inputs, solvers, options)).result
}

/** The same as `assign`, keeping every step's value. */
export async function runAssignment(inputs: AssignInputs, solvers: Solvers, options: AssignOptions = {}): Promise<AssignmentRun> {
  const watch = stopwatch(options.clock)
  const read = await readFleetSource(inputs.model, inputs.open, {
    ...(inputs.devices !== undefined && { devices: inputs.devices }),
    ...(inputs.kept && { kept: inputs.kept }),
    ...(inputs.advisories && { advisories: inputs.advisories }),
    ...(options.progress && { progress: options.progress }),
    ...(inputs.edits && { edits: inputs.edits }),
  })
  if (!read.ok) return invalid(read.diagnostics)
  watch.lap('read')

  const kinds = options.constraints ?? placementConstraints
  const since = inputs.since && sinceEarlier(read.value.model, read.value.fleet, inputs.since)
  const asked: ModelledFleet = since ?? read.value
  const settled = await settleConflicts(asked.model, kinds, solvers, inputs.behaviours ?? {})
  const diagnostics = [...read.diagnostics, ...settled.diagnostics]
  if (!settled.ok) return invalid(diagnostics)
  if (settled.value.behaviours.size === 0)
    return assignFleet(settled.value.model, asked.fleet, kinds, solvers, {
      ...options,
      diagnostics,
      watch,
      ...(since && { since: since.answer }),
    })
  watch.lap('conflicts')
  return assignApart(asked, settled.value, kinds, solvers, { ...options, diagnostics, watch })
}

// Each round takes at least one more composition away; more rounds than matter would be a defect.
const MOST_ROUNDS = 1000

/** Solves, proves what stands together, takes away what turns out to fight, and solves again until all is proved. */
async function assignApart(
  asked: ModelledFleet,
  settled: SettledModel,
  kinds: readonly ConstraintKind[],
  solvers: Solvers,
  options: FleetOptions,
): Promise<AssignmentRun> {
  const { fleet } = asked
  const { compositions } = settled
  const cuts = [...settled.cuts]
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const run = await assignFleet(withCuts(asked.model, settled.model, kinds, cuts), fleet, kinds, solvers, options)
    if (run.result.status !== 'assigned') return run
    const { several, single } = compositionsOf(asked.model, kinds, fleet, settled.behaviours, run.result.assignment)
    const together: Separation['together'][number][] = []
    for (const { variants, places, place } of several) {
      const whole = await compositions.prove(variants)
      const { key, proved, open, own, assumptions } = whole
      together.push({ variants, places, place, key, proved, open, own, assumptions })
      // Several compositions may have the same core.
      for (const cut of open.length > 0 ? await compositions.cuts(whole) : [])
        if (!cuts.some(({ present, absent }) => isSame(present, cut.present) && isSame(absent, cut.absent))) cuts.push(cut)
    }
    options.watch.lap('conflicts')
    if (together.every(({ open }) => open.length === 0)) {
      const apart = cuts.map(({ present, absent, because }) => ({ variants: present, without: absent, because }))
      return { ...run, result: { ...run.result, separation: { apart, together, safe: safetyOf(together, single) } } }
    }
  }
  throw new EngineError('engine/separation', `after ${MOST_ROUNDS} rounds there are still variants together that fight`)
}

const isSame = (a: readonly string[], b: readonly string[]): boolean => a.join('\n') === b.join('\n')

export interface FleetOptions extends AssignOptions {
  readonly diagnostics: readonly Diagnostic[]
  readonly watch: Stopwatch
  /** What is left of an earlier answer, to start from. */
  readonly since?: CertifiedAnswer
  /** In place of compiling everything. */
  readonly compile?: () => Read<CompiledAssignment>
}

/** Compiles, solves, checks and explains; the model says everything. */
export async function assignFleet(
  model: FleetModel,
  fleet: Fleet,
  kinds: readonly ConstraintKind[],
  solvers: Solvers,
  options: FleetOptions,
): Promise<AssignmentRun> {
  const { watch } = options
  const compiling = options.compile === undefined ? compileAssignment(model, fleet, kinds) : options.compile()
  const diagnostics = [...options.diagnostics, ...compiling.diagnostics]
  if (!compiling.ok) return invalid(diagnostics)
  const compiled = compiling.value
  watch.lap('compile')

  const earlier = options.since && earlierByCertificates(compiled.problem, options.since)
  const verdict = await solvers.solveAssignment(compiled.problem, { ...options.limits, ...(earlier && { earlier }) })
  watch.lap('solve')

  const context: ExplainContext = { model, fleet, compiled }
  const statistics = (): AssignmentStatistics => ({
    devices: fleet.size,
    classes: compiled.classes.count,
    components: verdict.is === 'impossible' ? 1 : verdict.components.length,
    milliseconds: watch.laps,
    ...(verdict.is !== 'impossible' && verdict.threads && { threads: verdict.threads }),
  })
  switch (verdict.is) {
    case 'solved': {
      const result = assigned(context, verdict, diagnostics, watch, statistics)
      return { result, model, fleet, compiled, counts: verdict.counts, verdict }
    }
    case 'impossible': {
      // What an earlier answer says of the whole problem says nothing of its parts.
      const limits = withoutEarlier(options.limits)
      const { reasons, repairs, checkedBy, certificates } = await impossibleAnswer(context, verdict, kinds, solvers, limits)
      watch.lap('check')
      return {
        result: { status: 'impossible', reasons, repairs, checkedBy, certificates, statistics: statistics(), diagnostics },
        model,
        fleet,
        compiled,
      }
    }
    case 'undecided': {
      const best = verdict.counts && { choices: compiled.problem.choices, chosen: expandCounts(compiled.problem, verdict.counts) }
      const result: AssignmentResult = {
        status: 'undecided',
        why: verdict.why,
        ...(best && { best }),
        known: knownSoFar(compiled.problem, verdict),
        statistics: statistics(),
        diagnostics,
      }
      return { result, model, fleet, compiled, ...(verdict.counts && { counts: verdict.counts }) }
    }
  }
}

/** Expands, has the trusted base check everything, and explains. */
function assigned(
  context: ExplainContext,
  verdict: Extract<AssignmentVerdict, { readonly is: 'solved' }>,
  diagnostics: readonly Diagnostic[],
  watch: Stopwatch,
  statistics: () => AssignmentStatistics,
): AssignmentResult {
  const { problem } = context.compiled
  const chosen = expandCounts(problem, verdict.counts)
  const assignment = { choices: problem.choices, chosen }
  watch.lap('expand')
  const { check, certificates } = checkAssignment(context, verdict, assignment)
  watch.lap('check')
  const levels = checkedLevels(problem, verdict, check)
  const unassigned = unassignedDevices(context, verdict.counts, chosen)
  const current = todayOf(context, chosen)
  const methods = verdict.components.map(({ name, method, devices }) => ({ component: name, method, devices }))
  watch.lap('explain')
  return {
    status: 'assigned',
    optimal: isOptimal(levels),
    levels,
    assignment,
    current,
    unassigned,
    methods,
    certificates,
    statistics: statistics(),
    diagnostics,
  }
}

function withoutEarlier({ earlier, ...limits }: SolveLimits = {}): SolveLimits {
  return earlier === undefined ? { ...limits } : limits
}

function invalid(diagnostics: readonly Diagnostic[]): AssignmentRun {
  return { result: { status: 'invalid', diagnostics } }
}

export interface Stopwatch {
  readonly laps: Readonly<Record<string, number>>
  readonly lap: (name: string) => void
}

export function stopwatch(clock: (() => number) | undefined): Stopwatch {
  const laps: Record<string, number> = {}
  let last = clock?.() ?? 0
  return {
    laps,
    lap: (name) => {
      const now = clock?.() ?? 0
      laps[name] = Math.round((laps[name] ?? 0) + now - last)
      last = now
    },
  }
}
