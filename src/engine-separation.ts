/** Where both halves meet inside a walk: uses that ask conflict analysis which variants fight are filled in, and what stands together in the end is proved whole. */
import type { ConstraintKind } from '../constraints/kind.ts'
import { allFit, type MemberBehaviours } from './compile/composed.ts'
import type { Diagnostic, Location, Read } from './diagnostics/diagnostic.ts'
import { compositionsOver, type CompositionOptions, type Compositions, type Cut } from './engine-cuts.ts'
import { checkExpression } from './expression/check.ts'
import { evaluateKeys } from './expression/columns.ts'
import { fleetScope } from './expression/scope.ts'
import type { Assignment, ConflictMember, SeparatedSet } from './model/assignment.ts'
import { noAliases, type BehaviourPart } from './model/behaviour-part.ts'
import type { ConstraintUse, FleetModel } from './model/fleet-model.ts'
import type { Fleet } from './model/fleet.ts'
import type { Solvers } from './solve/solvers.ts'

/** Reads what a variant's `behaviour:` names, such as `node-red:flows/comfort.json`; the caller opens the file. */
export type OpenBehaviour = (reference: string, at: Location) => Promise<Read<readonly BehaviourPart[]>>

export interface SeparationOptions extends CompositionOptions {
  readonly open?: OpenBehaviour
}

/** A model whose every use says what conflicts, and what was learned on the way; `behaviours` is empty where no use asked. */
export interface SettledModel {
  readonly model: FleetModel
  readonly behaviours: MemberBehaviours
  readonly compositions: Compositions
  /** What is kept apart now. */
  readonly cuts: readonly Cut[]
}

interface Asking {
  readonly use: ConstraintUse
  readonly kind: ConstraintKind
}

/** Analyses every pair of behaviours once, and hands those that fight to the uses that ask. */
export async function settleConflicts(
  model: FleetModel,
  kinds: readonly ConstraintKind[],
  solvers: Pick<Solvers, 'askAll'>,
  options: SeparationOptions,
): Promise<Read<SettledModel>> {
  const asking = usesThatAsk(model, kinds)
  const nothing: SettledModel = { model, behaviours: new Map(), compositions: compositionsOver(new Map(), solvers), cuts: [] }
  if (asking.length === 0) return { ok: true, value: nothing, diagnostics: [] }
  const read = await readBehaviours(model, options)
  // Without any behaviour the uses stay open, and compiling the model says so at their place.
  if (!read.ok || read.value.size === 0) return read.ok ? { ...read, value: nothing } : read
  const behaviours = read.value
  const fit = allFit(behaviours, options.aliases ?? noAliases)
  const diagnostics = [...read.diagnostics, ...fit.diagnostics]
  if (!fit.ok) return { ok: false, diagnostics }
  const compositions = compositionsOver(behaviours, solvers, options)
  const names = [...behaviours.keys()].sort()
  const cuts: Cut[] = []
  for (const [index, first] of names.entries())
    for (const second of names.slice(index + 1)) {
      const pair = await compositions.prove([first, second])
      if (pair.open.length > 0) cuts.push(...(await compositions.cuts(pair)))
    }
  return { ok: true, value: { model: withCuts(model, model, kinds, cuts), behaviours, compositions, cuts }, diagnostics }
}

/** The model with these sets kept apart, by the uses that asked in `asked`. */
export function withCuts(
  asked: FleetModel,
  settled: FleetModel,
  kinds: readonly ConstraintKind[],
  cuts: readonly Pick<Cut, 'present' | 'absent'>[],
): FleetModel {
  const sets = cuts.map(({ present, absent }): SeparatedSet => ({ present: present.map(memberOf), absent: absent.map(memberOf) }))
  const byIndex = new Map(usesThatAsk(asked, kinds).map(({ use, kind }) => [use.index, kind.fromConflicts!.filled(use.parameters, sets)]))
  return {
    ...settled,
    constraints: settled.constraints.map((use) => (byIndex.has(use.index) ? { ...use, parameters: byIndex.get(use.index) } : use)),
  }
}

const memberOf = (variant: string): ConflictMember => ({ variant })

/** Uses that leave it to conflict analysis to say what fights, with their kinds. */
export function usesThatAsk(model: FleetModel, kinds: readonly ConstraintKind[]): readonly Asking[] {
  return model.constraints.flatMap((use) => {
    const kind = kinds.find(({ id }) => id === use.kind)
    const parameters = kind?.parameters.safeParse(use.parameters)
    return kind?.fromConflicts !== undefined && parameters?.success === true && kind.fromConflicts.wanted(parameters.data)
      ? [{ use, kind }]
      : []
  })
}

/** What every variant runs, by variant; each behaviour is read once. */
export async function readBehaviours(model: FleetModel, { open }: SeparationOptions): Promise<Read<MemberBehaviours>> {
  const behaviours = new Map<string, readonly BehaviourPart[]>()
  const byReference = new Map<string, readonly BehaviourPart[]>()
  const diagnostics: Diagnostic[] = []
  for (const { id, behaviour, at } of model.variants) {
    if (behaviour === undefined) continue
    if (!byReference.has(behaviour)) {
      const read = open === undefined ? unreadable(behaviour, at) : await open(behaviour, at)
      diagnostics.push(...read.diagnostics)
      byReference.set(behaviour, read.ok ? read.value : [])
    }
    behaviours.set(id, byReference.get(behaviour)!)
  }
  return diagnostics.some(({ severity }) => severity === 'error')
    ? { ok: false, diagnostics }
    : { ok: true, value: behaviours, diagnostics }
}

function unreadable(behaviour: string, at: Location): Read<never> {
  return {
    ok: false,
    diagnostics: [{ code: 'model/behaviour', severity: 'error', message: `the behaviour \`${behaviour}\` cannot be opened here`, at }],
  }
}

/** The sets of variants with behaviours that stand together at some place, each with one such place and their number; sorted. `single`: places where only one stands. */
export function compositionsOf(
  asked: FleetModel,
  kinds: readonly ConstraintKind[],
  fleet: Fleet,
  behaviours: MemberBehaviours,
  assignment: Assignment,
): { readonly several: readonly Composition[]; readonly single: number } {
  return compositionsAt(asked, placesAsked(asked, kinds), fleet, behaviours, assignment)
}

/** Where devices meet, for each use that asks what fights. */
export function placesAsked(
  model: FleetModel,
  kinds: readonly ConstraintKind[],
): readonly { readonly over: string | undefined; readonly at: Location }[] {
  return usesThatAsk(model, kinds).map(({ use, kind }) => ({ over: kind.fromConflicts!.place(use.parameters), at: use.at }))
}

/** The same where devices meet at places that the caller names. */
export function compositionsAt(
  model: FleetModel,
  places: readonly { readonly over: string | undefined; readonly at: Location }[],
  fleet: Fleet,
  behaviours: MemberBehaviours,
  assignment: Assignment,
): { readonly several: readonly Composition[]; readonly single: number } {
  const found = new Map<string, { variants: readonly string[]; places: number; place: string }>()
  const variantOf = assignment.choices.map(({ variant }) => (variant !== undefined && behaviours.has(variant) ? variant : undefined))
  let single = 0
  for (const { over, at: where } of places) {
    const { of, names } = placesOf(model, fleet, over, where)
    const at: Set<string>[] = names.map(() => new Set())
    assignment.chosen.forEach((choice, row) => {
      const variant = variantOf[choice]
      const place = of[row]!
      if (variant !== undefined && place >= 0) at[place]!.add(variant)
    })
    at.forEach((variants, place) => {
      if (variants.size === 1) single++
      if (variants.size < 2) return
      const sorted = [...variants].sort()
      const key = JSON.stringify(sorted)
      const known = found.get(key)
      if (known === undefined) found.set(key, { variants: sorted, places: 1, place: names[place]! })
      else known.places++
    })
  }
  return { several: [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, composition]) => composition), single }
}

export interface Composition {
  readonly variants: readonly string[]
  readonly places: number
  readonly place: string
}

/** The place of every device, by row; -1: none. */
export function placesOf(
  model: FleetModel,
  fleet: Fleet,
  over: string | undefined,
  at: Location,
): { readonly of: Int32Array; readonly names: readonly string[] } {
  if (over === undefined) return { of: new Int32Array(fleet.size), names: [''] }
  const typed = checkExpression({ text: over, at }, fleetScope(model), 'key')
  // INVARIANT: compiling the model has read the same text before.
  if (!typed.ok) return { of: new Int32Array(fleet.size).fill(-1), names: [] }
  const { codes, names } = evaluateKeys(typed.value, fleet)
  return { of: codes, names }
}
