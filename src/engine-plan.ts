/** The walk of `plan`: what runs, what is assigned and a file of waves become a plan; every set of variants that can meet on the way is proved whole, or kept apart. */
import { placementConstraints } from '../constraints/placement.ts'
import type { Diagnostic, Read } from './diagnostics/diagnostic.ts'
import type { MemberBehaviours } from './compile/composed.ts'
import { compositionsOver, type Compositions } from './engine-cuts.ts'
import { compositionsOf, placesOf, readBehaviours, usesThatAsk, type SeparationOptions } from './engine-separation.ts'
import type { Assignment, Separation } from './model/assignment.ts'
import type { Finding, TraceLine } from './model/conflict.ts'
import type { FleetModel } from './model/fleet-model.ts'
import type { Fleet } from './model/fleet.ts'
import type { SafetyProof } from './model/plan.ts'
import type { WavePolicy } from './model/wave-policy.ts'
import { readMixture, type Mixture } from './plan/mixture.ts'
import { makePlan } from './plan/make-plan.ts'
import { setTroubles, type ApartAt } from './plan/find-troubles.ts'
import type { DeployerQuota } from './plan/estimate.ts'
import type { PlanOutcome, PlanQuestion } from './plan/question.ts'
import { planRepairs } from './plan/repairs.ts'
import type { Solvers } from './solve/solvers.ts'

export interface PlanRequest {
  readonly model: FleetModel
  readonly fleet: Fleet
  readonly assignment: Assignment
  readonly policy: WavePolicy
  /** Reads the behaviours that variants name, and how long conflict analysis may take. */
  readonly behaviours?: SeparationOptions
  /** What a deployer may send, for the estimate. */
  readonly quota?: DeployerQuota
  /** Content hash of the release that the plan carries out. */
  readonly release?: string
}

export type PlanResult = PlanOutcome & { readonly diagnostics: readonly Diagnostic[] }

/** A plan that is proved safe in every mixture on its way, or why there is none and the smallest changes that help. */
export async function planRollout(request: PlanRequest, solvers: Solvers): Promise<Read<PlanResult>> {
  const { model, fleet, assignment, policy, behaviours: separation = {} } = request
  const mixture = readMixture(model, fleet, assignment)
  const asking = usesThatAsk(model, placementConstraints)
  const read = asking.length === 0 ? { ok: true as const, value: new Map(), diagnostics: [] } : await readBehaviours(model, separation)
  if (!read.ok) return read
  const met = asking.map(({ use, kind }) => {
    const { of, names } = placesOf(model, fleet, kind.fromConflicts!.place(use.parameters), use.at)
    return meetings(mixture, read.value, use.index, of, names)
  })
  const analysis = await analyse(met, read.value, solvers, separation)
  const apart = apartOf(analysis, model)
  const question: PlanQuestion = {
    mixture,
    assignment,
    policy,
    apart,
    proof: proofOf(mixture, analysis, apart, asking.length > 0),
    ...(request.quota === undefined ? {} : { quota: request.quota }),
    ...(request.release === undefined ? {} : { release: request.release }),
  }
  const diagnostics = read.diagnostics
  if (analysis.open.length > 0) return { ok: true, value: { is: 'undecided', reasons: analysis.open, diagnostics }, diagnostics }
  const outcome = makePlan(question)
  if (outcome.is !== 'impossible' || outcome.repairs.length > 0) return { ok: true, value: { ...outcome, diagnostics }, diagnostics }
  const blamed = [...new Set(outcome.reasons.flatMap(({ devices }) => devices))].sort()
  return { ok: true, value: { ...outcome, repairs: planRepairs(question, blamed), diagnostics }, diagnostics }
}

/** What conflict analysis says of every set of variants that stands together once the assignment is carried out; nothing where no constraint asks it. */
export async function provedTogether(
  { model, fleet, assignment, behaviours = {} }: Pick<PlanRequest, 'model' | 'fleet' | 'assignment' | 'behaviours'>,
  solvers: Solvers,
): Promise<Read<Separation['together'] | undefined>> {
  if (usesThatAsk(model, placementConstraints).length === 0) return { ok: true, value: undefined, diagnostics: [] }
  const read = await readBehaviours(model, behaviours)
  if (!read.ok) return read
  const together: Proved[] = []
  const compositions = compositionsOver(read.value, solvers, behaviours)
  for (const { variants, places, place } of compositionsOf(model, placementConstraints, fleet, read.value, assignment).several)
    together.push({ ...(await provedAt(variants, compositions)), places, place })
  return { ok: true, value: together, diagnostics: read.diagnostics }
}

async function provedAt(variants: readonly string[], { prove }: Compositions): Promise<Omit<Proved, 'places' | 'place'>> {
  const { key, proved, open, own, assumptions } = await prove(variants)
  return { variants, key, proved, open, own, assumptions }
}

/** Where devices meet, and the sets of variants with behaviours that could do so at some moment of the way. */
interface Meetings {
  readonly use: number
  readonly groupOf: Int32Array
  readonly groups: readonly string[]
  readonly sets: readonly { readonly variants: readonly string[]; readonly places: number; readonly place: string }[]
}

function meetings(mixture: Mixture, behaviours: MemberBehaviours, use: number, groupOf: Int32Array, groups: readonly string[]): Meetings {
  const { options, model } = mixture.trial.world
  const named = options.map(({ variant }) =>
    variant >= 0 && behaviours.has(model.variants[variant]!.id) ? model.variants[variant]!.id : undefined,
  )
  const at = groups.map(() => ({ variants: new Set<string>(), changes: false }))
  for (let row = 0; row < groupOf.length; row++) {
    if (groupOf[row]! < 0) continue
    const place = at[groupOf[row]!]!
    for (const option of [mixture.today[row]!, mixture.next[row]!]) {
      const variant = option < 0 ? undefined : named[option]
      if (variant !== undefined) place.variants.add(variant)
    }
    if (mixture.entryOf[row]! >= 0) place.changes = true
  }
  const sets = new Map<string, { variants: readonly string[]; places: number; place: string }>()
  at.forEach(({ variants, changes }, group) => {
    if (!changes || variants.size < 2) return
    const sorted = [...variants].sort()
    const key = sorted.join('\n')
    const known = sets.get(key)
    if (known === undefined) sets.set(key, { variants: sorted, places: 1, place: groups[group]! })
    else known.places++
  })
  return { use, groupOf, groups, sets: [...sets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, set]) => set) }
}

type Proved = Separation['together'][number]

interface Analysis {
  /** Sets that fight, by use. */
  readonly fighting: readonly { readonly met: Meetings; readonly sets: readonly Proved[] }[]
  readonly compositions: readonly Proved[]
  readonly open: Extract<PlanOutcome, { readonly is: 'undecided' }>['reasons']
}

// 2^10 sub-sets of one place are looked at; only those that share a thing are asked of a solver.
const MOST_VARIANTS = 10

/**
 * Every sub-set of what could meet, smallest first: a device may be absent, so whatever is a part of a set that can meet can meet by itself. A set that holds one
 * that fights is not asked about: it stands or falls with that one.
 */
async function analyse(
  met: readonly Meetings[],
  behaviours: MemberBehaviours,
  solvers: Solvers,
  separation: SeparationOptions,
): Promise<Analysis> {
  const joined = interaction(behaviours, separation)
  const compositionsAt = compositionsOver(behaviours, solvers, separation)
  const fighting: Analysis['fighting'][number][] = []
  const compositions = new Map<string, Proved>()
  const open: Analysis['open'][number][] = []
  for (const one of met) {
    const bad = new Map<string, Proved>()
    for (const { variants, places, place } of one.sets) {
      if (variants.length > MOST_VARIANTS) {
        const text = `${variants.length} variants with behaviours can meet in \`${place}\`: more than ${MOST_VARIANTS} are not looked at set by set`
        open.push({ kind: 'plan/undecided', text, devices: [], trace: [] })
        continue
      }
      for (const subset of subsets(variants)) {
        const key = subset.join('\n')
        const fights = [...bad.values()].some((set) => set.variants.every((variant) => subset.includes(variant)))
        if (fights) continue
        if (!joined(subset)) {
          // What they do together, they do apart.
          const before = compositions.get(key)?.places ?? 0
          compositions.set(key, {
            variants: subset,
            places: places + before,
            place,
            key: '',
            proved: 0,
            open: [],
            own: [],
            assumptions: [],
          })
          continue
        }
        const proved = { ...(await provedAt(subset, compositionsAt)), places, place }
        if (proved.open.length > 0) bad.set(key, proved)
        else compositions.set(key, { ...proved, places: places + (compositions.get(key)?.places ?? 0) })
      }
    }
    if (bad.size > 0) fighting.push({ met: one, sets: [...bad.values()] })
  }
  return { fighting, compositions: [...compositions.values()], open }
}

/** Sub-sets of at least two, those with fewer members first. */
function subsets(variants: readonly string[]): readonly (readonly string[])[] {
  const all = Array.from({ length: 1 << variants.length }, (_, mask) => variants.filter((_, bit) => (mask & (1 << bit)) !== 0))
  return all.filter((set) => set.length > 1).sort((a, b) => a.length - b.length || (a.join('\n') < b.join('\n') ? -1 : 1))
}

/** Whether the behaviours of a set hang together by what they read and write. Where they do not, whatever they do together a smaller set does. With aliases nobody can tell from names. */
function interaction(behaviours: MemberBehaviours, { aliases }: SeparationOptions): (variants: readonly string[]) => boolean {
  if (aliases !== undefined && aliases.same.length + aliases.brokers.length + aliases.exclusive.length > 0) return () => true
  const touches = new Map(
    [...behaviours].map(([id, parts]) => [
      id,
      new Set(
        parts.flatMap(({ attributes, exclusions }) => [
          ...attributes.map((one) => one.id),
          ...exclusions.flatMap(({ members }) => members.map(({ attribute }) => attribute)),
        ]),
      ),
    ]),
  )
  const shares = (a: string, b: string): boolean => {
    const other = touches.get(b)!
    return [...touches.get(a)!].some((attribute) => other.has(attribute))
  }
  return (variants) => {
    const reached = new Set([variants[0]!])
    for (let grown = true; grown;) {
      grown = false
      for (const next of variants)
        if (!reached.has(next) && [...reached].some((one) => shares(one, next))) {
          reached.add(next)
          grown = true
        }
    }
    return reached.size === variants.length
  }
}

function apartOf({ fighting }: Analysis, { variants }: FleetModel): NonNullable<PlanQuestion['apart']> {
  const index = new Map(variants.map(({ id }, at) => [id, at]))
  return fighting.map(({ met, sets }) => ({
    use: met.use,
    groups: met.groups,
    groupOf: met.groupOf,
    sets: sets.map((set) => set.variants.map((id) => ({ variant: index.get(id)!, times: 1 }))),
    says: (set) => `${sets[set]!.variants.map((id) => `\`${id}\``).join(' and ')} must not stand together: ${worst(sets[set]!).text}`,
    trace: (set) => traceOf(worst(sets[set]!)),
  }))
}

const rank = ['conflict', 'possible', 'unknown', 'proved']

function worst({ open }: Proved): Finding {
  return [...open].sort((a, b) => rank.indexOf(a.verdict) - rank.indexOf(b.verdict))[0]!
}

function traceOf(finding: Finding): readonly string[] {
  if (finding.trace.length === 0) return [`conflict analysis could not rule it out: ${finding.why ?? finding.verdict}`]
  return finding.trace.map(({ what, automation, attribute, before, after }: TraceLine) => {
    const who = automation === undefined ? '' : `\`${automation}\`: `
    const change =
      attribute === undefined || after === undefined
        ? ''
        : ` (${attribute} ${before === undefined ? '' : `${String(before)} -> `}${String(after)})`
    return `${who}${what}${change}`
  })
}

function proofOf(mixture: Mixture, analysis: Analysis, apart: readonly ApartAt[], asked: boolean): NonNullable<PlanQuestion['proof']> {
  const keptApart: SafetyProof['keptApart'] = []
  const standing: SafetyProof['standing'] = []
  for (const [at, { met, sets }] of analysis.fighting.entries())
    for (const [set, { variants }] of sets.entries()) {
      const one: ApartAt = { ...apart[at]!, sets: [apart[at]!.sets[set]!] }
      const could = setTroubles(mixture, one).map(({ origin }) => origin.group)
      if (could.length > 0)
        keptApart.push({ variants: [...variants], places: could.length, place: could[0]!, finding: worst(sets[set]!).fingerprint })
      const today = placesWith(mixture, met, one)
      if (today.length > 0) standing.push({ variants: [...variants], places: today.length, place: today[0]! })
    }
  return {
    compositions: analysis.compositions.map(({ variants, places, place, proved }) => ({ variants: [...variants], places, place, proved })),
    keptApart,
    standing,
    assumptions: asked ? [] : ['no constraint asks conflict analysis what fights: nothing is proved about actuators'],
  }
}

/** Places where the whole set stands today, and where something changes. */
function placesWith({ today, entryOf, trial }: Mixture, { groupOf, groups }: Meetings, { sets }: ApartAt): readonly string[] {
  const wanted = sets[0]!.map(({ variant }) => variant)
  const found = groups.map(() => new Set<number>())
  const changes = new Uint8Array(groups.length)
  for (let row = 0; row < groupOf.length; row++) {
    const group = groupOf[row]!
    if (group < 0) continue
    const variant = today[row]! < 0 ? -1 : trial.world.options[today[row]!]!.variant
    if (wanted.includes(variant)) found[group]!.add(variant)
    if (entryOf[row]! >= 0) changes[group] = 1
  }
  return groups.filter((_, group) => changes[group] === 1 && found[group]!.size === wanted.length)
}
