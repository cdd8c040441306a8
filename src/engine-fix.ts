/** The walk of `fix`: for each conflict changes are tried, put into the sources, read again and checked whole; only what is proved to help is offered. Opens nothing, prints nothing. */
import type { ConflictKind } from '../constraints/reaction.ts'
import { conflictKinds } from '../constraints/conflict.ts'
import type { TimedKind, TimedOptions } from '../constraints/timed.ts'
import { behaviourComponents } from './compile/conflicts-components.ts'
import type { Diagnostic, Source } from './diagnostics/diagnostic.ts'
import { readBehaviour, type CheckInputs, type CheckSource, type ReadBehaviour } from './engine-check.ts'
import type { Behaviour } from './model/automation.ts'
import type { Finding } from './model/conflict.ts'
import { candidatesFor } from './repair/candidates.ts'
import { sizeOf, type Candidate, type Edit } from './repair/edit.ts'
import { judge, type Check } from './repair/judge.ts'
import { patchFiles } from './repair/patch.ts'
import type { PatchableFile } from './repair/patchable-file.ts'
import { isTimedRun } from './model/timed-run.ts'
import { checkConflicts, type ConflictLimits } from './solve/check-conflicts.ts'
import { checkTimed } from './solve/check-timed.ts'
import { completedInTime } from './solve/timed-complete.ts'
import { memoryCache } from './solve/conflict-cache.ts'
import type { Solvers } from './solve/solvers.ts'
import { verifyFindings } from './verify/conflicts.ts'
import { completedRun } from './verify/interpreter.ts'
import { showsInTime } from './verify/timed-findings.ts'

export interface FixOptions {
  readonly kinds?: readonly ConflictKind[]
  /** Kinds that speak of time, repaired and kept away besides. Absent: none. */
  readonly timed?: { readonly kinds: readonly TimedKind[]; readonly options?: TimedOptions }
  readonly limits?: ConflictLimits
  /** Makes a set of readers, which serves one reading. */
  readonly importers?: () => Readonly<Record<string, ReadBehaviour>>
  /** Only the finding with this fingerprint; absent: every conflict that is no mere relation. */
  readonly finding?: string
  /** Repairs that are looked for per finding; absent: 2. */
  readonly repairs?: number
  /** Asked now and then: once it says yes, nothing more is tried. */
  readonly stopped?: () => boolean
  /** For tests: what is tried in place of the candidates. */
  readonly candidates?: typeof candidatesFor
}

/** A change that is proved to help. */
export interface Repair {
  readonly sort: Candidate['sort']
  readonly says: string
  readonly size: number
  readonly files: readonly { readonly name: string; readonly before: string; readonly after: string }[]
  /** Questions decided anew for it; rules, branches and triggers that a run shows to live. */
  readonly questions: number
  readonly alive: number
}

export interface FixedFinding {
  readonly finding: Finding
  /** The smallest first. */
  readonly repairs: readonly Repair[]
  /** What was tried and does not help, or cannot be written, each with why. */
  readonly refused: readonly { readonly says: string; readonly why: string }[]
}

export type FixResult =
  | { readonly status: 'fixed'; readonly findings: readonly FixedFinding[]; readonly diagnostics: readonly Diagnostic[] }
  | { readonly status: 'invalid'; readonly diagnostics: readonly Diagnostic[] }

const REPAIRS = 2

export async function fix(inputs: CheckInputs, solvers: Pick<Solvers, 'askAll'>, options: FixOptions = {}): Promise<FixResult> {
  const importers = options.importers ?? (() => ({}))
  const read = readBehaviour(inputs, importers())
  if (!read.ok) return { status: 'invalid', diagnostics: read.diagnostics }
  const behaviour = read.value
  const kinds = options.kinds ?? conflictKinds
  const limits: ConflictLimits = { cache: memoryCache(), ...options.limits }
  const inTime = async (of: Behaviour, asked: readonly TimedKind[]): Promise<readonly Finding[]> =>
    asked.length === 0 ? [] : (await checkTimed(of, asked, solvers, limits, options.timed?.options)).findings
  const checkAll: Check = async (of) => [
    ...(await checkConflicts(of, kinds, solvers, limits)).findings,
    ...(await inTime(of, options.timed?.kinds ?? [])),
  ]
  const dead = kinds.filter(({ number }) => number === 'K17')
  const deadOrNot: Check = async (of) => (await checkConflicts(of, dead, solvers, limits)).findings
  const found = await checkAll(behaviour)
  const wanted = found.filter((finding) =>
    options.finding === undefined
      ? finding.verdict === 'conflict' && finding.severity !== 'relation'
      : finding.fingerprint === options.finding,
  )
  if (options.finding !== undefined && wanted.length === 0) return { status: 'invalid', diagnostics: [noFinding(options.finding, inputs)] }
  const files = filesOf(inputs)
  const findings: FixedFinding[] = []
  for (const finding of wanted) {
    const repairs: Repair[] = []
    const refused: FixedFinding['refused'][number][] = []
    for (const candidate of (options.candidates ?? candidatesFor)(behaviour, finding)) {
      if (repairs.length >= (options.repairs ?? REPAIRS) || options.stopped?.() === true) break
      const tried = await tryOne(candidate, finding)
      if ('why' in tried) refused.push({ says: candidate.says, why: tried.why })
      else repairs.push(tried)
    }
    findings.push({ finding, repairs, refused })
  }
  return { status: 'fixed', findings, diagnostics: read.diagnostics }

  async function tryOne(candidate: Candidate, finding: Finding): Promise<Repair | { readonly why: string }> {
    const patched = patchFiles(files, candidate.edits, behaviour)
    if ('why' in patched) return patched
    const texts = new Map(patched.map(({ name, after }) => [name, after]))
    const again = readBehaviour(withTexts(inputs, texts), importers())
    if (!again.ok) return { why: `what would be written is not understood: ${again.diagnostics[0]?.message ?? ''}` }
    if (stillShown(again.value, finding)) return { why: 'the same run shows it still' }
    const own = (options.timed?.kinds ?? []).filter(({ id }) => id === finding.kind)
    // Its own kind first: most that is tried fails by it.
    const still = (await inTime(again.value, own)).find(({ kind, subject }) => kind === finding.kind && subject === finding.subject)
    if (still !== undefined && still.verdict !== 'proved') return { why: `it is still there: ${still.verdict}` }
    const touched = touchedBy(candidate.edits)
    const concerned = [...new Set([...finding.rules, ...touched])]
    // What is not joined to the changed rules by anything is as it was.
    const [before, after] = [partOf(behaviour, concerned), partOf(again.value, concerned)]
    const inPart = new Set(before.applications.flatMap(({ automations }) => automations.map(({ id }) => id)))
    const relevant = found.filter(({ rules }) => rules.every((rule) => inPart.has(rule)))
    const judged = await judge(
      { before: behaviour, after: again.value, found: relevant, finding, touched },
      () => checkAll(after),
      deadOrNot,
    )
    if (judged.wrong !== undefined) return { why: judged.wrong }
    return {
      sort: candidate.sort,
      says: candidate.says,
      size: sizeOf(candidate),
      files: patched.map(({ name, text, after: text2 }) => ({ name, before: text, after: text2 })),
      questions: judged.questions,
      alive: judged.alive,
    }
  }
}

const touchedBy = (edits: readonly Edit[]): readonly string[] => [
  ...new Set(edits.flatMap((edit) => ('automation' in edit ? [edit.automation] : []))),
]

/** A run of before that shows the finding in the changed behaviour, too: no solver need be asked. */
function stillShown(behaviour: Behaviour, finding: Finding): boolean {
  if (finding.run === undefined || finding.verdict !== 'conflict') return false
  if (isTimedRun(finding.run)) {
    const again = completedInTime(behaviour, finding.run)
    return again !== undefined && typeof showsInTime(behaviour, finding, again) !== 'string'
  }
  const run = completedRun(behaviour, finding.run)
  const [checked] = verifyFindings(behaviour, [{ ...finding, run }])
  return checked!.agrees && checked!.checkedBy === 'interpreter'
}

/** The components that hold one of the rules, as one behaviour. */
function partOf(behaviour: Behaviour, rules: readonly string[]): Behaviour {
  const parts = behaviourComponents(behaviour).filter(({ applications }) =>
    applications.some(({ automations }) => automations.some(({ id }) => rules.includes(id))),
  )
  const inside = new Set(parts.flatMap(({ applications }) => applications.flatMap(({ automations }) => automations.map(({ id }) => id))))
  const known = new Set(parts.flatMap(({ attributes }) => attributes.map(({ id }) => id)))
  if (parts.length === 0) return behaviour
  return {
    ...behaviour,
    attributes: behaviour.attributes.filter(({ id }) => known.has(id)),
    exclusions: behaviour.exclusions.filter(({ members }) => members.every(({ attribute }) => known.has(attribute))),
    applications: behaviour.applications.map((application) => ({
      ...application,
      automations: application.automations.filter(({ id }) => inside.has(id)),
    })),
  }
}

/** Every text that automations can stand in, by the name that places in it carry. */
function filesOf({ sources }: CheckInputs): readonly PatchableFile[] {
  return sources.flatMap(({ format, source, folder }) =>
    (folder === undefined ? [source] : [...folder.files.values()]).map(({ name, text }) => ({
      ...{ name, text, format },
      ...(folder !== undefined && name === source.name && { root: true }),
    })),
  )
}

/** The same inputs with other texts. */
export function withTexts(inputs: CheckInputs, texts: ReadonlyMap<string, string>): CheckInputs {
  const changed = (source: Source): Source => (texts.has(source.name) ? { ...source, text: texts.get(source.name)! } : source)
  return {
    ...inputs,
    sources: inputs.sources.map(({ format, source, folder }): CheckSource => ({
      format,
      source: changed(source),
      ...(folder && { folder: { ...folder, files: new Map([...folder.files].map(([path, file]) => [path, changed(file)])) } }),
    })),
  }
}

const noFinding = (fingerprint: string, { sources }: CheckInputs): Diagnostic => ({
  code: 'fix/unknown-finding',
  severity: 'error',
  message: `no finding has the fingerprint \`${fingerprint}\``,
  hint: 'maybe one that `fleetproof check` shows',
  at: { source: sources[0]?.source.name ?? '--finding' },
})
