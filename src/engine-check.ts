/** The walk of `check`: sources of automations are read, put together, decided kind by kind, and checked again. Opens nothing, prints nothing. */
import type { ConflictKind } from '../constraints/reaction.ts'
import { conflictKinds } from '../constraints/conflict.ts'
import type { TimedKind, TimedOptions } from '../constraints/timed.ts'
import { withEnvironment, type WorldFiles } from './compile/behaviour-environment.ts'
import { mergeBehaviours } from './compile/merge-behaviours.ts'
import type { Diagnostic, Read, Source } from './diagnostics/diagnostic.ts'
import { readAliases } from './formats/aliases/read-aliases.ts'
import { readNativeBehaviour } from './formats/native/read-behaviour.ts'
import { defaultEffects, readEffects } from './formats/places/read-effects.ts'
import { readPlaces } from './formats/places/read-places.ts'
import { defaultSafety, readProperties } from './formats/places/read-properties.ts'
import { noAliases, type BehaviourPart } from './model/behaviour-part.ts'
import type { Application, Behaviour } from './model/automation.ts'
import type { CheckedApplication, ConflictReport, ConflictVerdict, Finding } from './model/conflict.ts'
import { checkConflicts, type ConflictLimits } from './solve/check-conflicts.ts'
import type { CheckedTimed } from './solve/check-timed.ts'
import type { Solvers } from './solve/solvers.ts'
import { checkTimedAssuming } from './solve/timed-assumptions.ts'

/** Reads every application of a source; importers of formats besides the native one are handed in. */
export type ReadBehaviour = (source: Source, folder?: Folder) => Read<readonly BehaviourPart[]>

/** Files that belong together, by their path below a folder, and the path of the one that everything begins with. */
export interface Folder {
  readonly name: string
  readonly root: string
  readonly files: ReadonlyMap<string, Source>
}

/** For a whole folder, `source` is the file that everything begins with. */
export interface CheckSource {
  readonly format: string
  readonly source: Source
  readonly folder?: Folder
}

export interface CheckInputs {
  readonly sources: readonly CheckSource[]
  /** Which names are one thing, which are not, what cannot stand together. */
  readonly aliases?: Source
  /** Where things stand, what joins places, what may be drawn at once. */
  readonly places?: readonly Source[]
  /** Classes of things and physical properties besides the catalogue's, or in their stead. */
  readonly effects?: readonly Source[]
  /** Safety properties that are asked for; `default`: all of the library that speak of what automations bring about. */
  readonly properties?: readonly (Source | 'default')[]
  /** What things of a model take, by model: for things whose model a places file states. */
  readonly models?: WorldFiles['models']
}

export interface CheckOptions {
  readonly kinds?: readonly ConflictKind[]
  /** Kinds that speak of time and physics, asked besides, and their windows and horizons. Absent: none. */
  readonly timed?: { readonly kinds: readonly TimedKind[]; readonly options?: TimedOptions }
  readonly limits?: ConflictLimits
  readonly importers?: Readonly<Record<string, ReadBehaviour>>
  /** Milliseconds; only for statistics. */
  readonly clock?: () => number
}

const nativeImporter: ReadBehaviour = (source) => {
  const read = readNativeBehaviour(source)
  return read.ok ? { ...read, value: [read.value] } : read
}

/** Decides for every kind and subject whether some run of the applications together shows it. */
export async function check(
  inputs: CheckInputs,
  solvers: Pick<Solvers, 'askAll' | 'aside'>,
  options: CheckOptions = {},
): Promise<ConflictReport> {
  const clock = options.clock ?? (() => 0)
  const begun = clock()
  const behaviour = readBehaviour(inputs, options.importers ?? {})
  if (!behaviour.ok) return { status: 'invalid', diagnostics: behaviour.diagnostics }
  const read = clock()
  const plain = await checkConflicts(behaviour.value, options.kinds ?? conflictKinds, solvers, options.limits)
  const timed = await timedPart(behaviour.value, solvers, options)
  const findings = [...plain.findings, ...timed.findings]
  const statistics = {
    pairs: plain.statistics.pairs + timed.statistics.pairs,
    prefiltered: plain.statistics.prefiltered + timed.statistics.prefiltered,
    solverCalls: plain.statistics.solverCalls + timed.statistics.solverCalls,
  }
  return {
    status: 'checked',
    applications: behaviour.value.applications.map(checkedApplication),
    findings,
    assumptions: [...behaviour.value.assumptions, ...timed.assumptions],
    summary: summaryOf(findings),
    statistics: { ...statistics, milliseconds: { read: read - begun, solve: clock() - read } },
    diagnostics: behaviour.diagnostics,
  }
}

async function timedPart(
  behaviour: Behaviour,
  solvers: Pick<Solvers, 'askAll' | 'aside'>,
  { timed, limits }: CheckOptions,
): Promise<CheckedTimed> {
  if (timed === undefined || timed.kinds.length === 0)
    return { findings: [], statistics: { pairs: 0, prefiltered: 0, solverCalls: 0 }, assumptions: [] }
  return checkTimedAssuming(behaviour, timed.kinds, solvers, limits, timed.options)
}

/** All sources as one behaviour, or everything that is wrong with them. */
export function readBehaviour(inputs: CheckInputs, importers: Readonly<Record<string, ReadBehaviour>>): Read<Behaviour> {
  const known: Readonly<Record<string, ReadBehaviour>> = { native: nativeImporter, ...importers }
  const diagnostics: Diagnostic[] = []
  const parts: BehaviourPart[] = []
  for (const { format, source, folder } of inputs.sources) {
    const importer = known[format]
    if (importer === undefined) {
      diagnostics.push({
        code: 'formats/unknown-format',
        severity: 'error',
        message: `no format is called \`${format}\``,
        at: { source: source.name },
      })
      continue
    }
    const read = importer(source, folder)
    diagnostics.push(...read.diagnostics)
    if (read.ok) parts.push(...read.value)
  }
  const aliases = inputs.aliases === undefined ? undefined : readAliases(inputs.aliases)
  if (aliases !== undefined) diagnostics.push(...aliases.diagnostics)
  const world = readWorld(inputs)
  diagnostics.push(...world.diagnostics)
  if (diagnostics.some(({ severity }) => severity === 'error')) return { ok: false, diagnostics }
  const merged = mergeBehaviours(parts, aliases?.ok === true ? aliases.value : noAliases)
  if (!merged.ok) return { ok: false, diagnostics: [...diagnostics, ...merged.diagnostics] }
  const settled = withEnvironment(merged.value, parts, world.files)
  return { ...settled, diagnostics: [...diagnostics, ...merged.diagnostics, ...settled.diagnostics] }
}

/** The files about the world; what cannot be read is left out and said. */
function readWorld({ places = [], effects = [], properties = [], models }: CheckInputs): {
  readonly files: WorldFiles
  readonly diagnostics: readonly Diagnostic[]
} {
  const diagnostics: Diagnostic[] = []
  const value = <T>(read: Read<T>): readonly T[] => {
    diagnostics.push(...read.diagnostics)
    return read.ok ? [read.value] : []
  }
  let catalogue = defaultEffects()
  for (const source of effects) catalogue = value(readEffects(source, catalogue))[0] ?? catalogue
  const files: WorldFiles = {
    effects: catalogue,
    places: places.flatMap((source) => value(readPlaces(source, catalogue))),
    safety: properties.flatMap((source) => (source === 'default' ? defaultSafety() : value(readProperties(source, catalogue)).flat())),
    ...(models === undefined ? {} : { models }),
  }
  return { files, diagnostics }
}

function checkedApplication({ id, automations, unmodelled }: Application): CheckedApplication {
  const open = new Set(unmodelled.map(({ automation }) => automation))
  return {
    id,
    automations: automations.length,
    modelledExactly: automations.filter((automation) => !open.has(automation.id)).length,
    unmodelled: unmodelled.map(({ at, why, writes }) => ({ at, why, writes })),
  }
}

function summaryOf(findings: readonly Finding[]): Readonly<Record<ConflictVerdict, number>> {
  const summary = { proved: 0, conflict: 0, possible: 0, unknown: 0 }
  for (const { verdict } of findings) summary[verdict]++
  return summary
}
