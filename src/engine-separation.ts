/** Where both halves meet inside a walk: uses that ask conflict analysis which variants fight are filled in, and what stands together in the end is proved whole. */
import type { ConstraintKind } from '../constraints/kind.ts'
import { conflictKinds } from '../constraints/conflict.ts'
import { mergeBehaviours } from './compile/merge-behaviours.ts'
import type { Diagnostic, Location, Read } from './diagnostics/diagnostic.ts'
import { conflictingVariants, type VariantBehaviours, type VariantPair } from './engine-join.ts'
import { checkExpression } from './expression/check.ts'
import { evaluateKeys } from './expression/columns.ts'
import { fleetScope } from './expression/scope.ts'
import type { Assignment, Separation } from './model/assignment.ts'
import { noAliases, type Aliases, type BehaviourPart } from './model/behaviour-part.ts'
import type { Finding } from './model/conflict.ts'
import type { ConstraintUse, FleetModel } from './model/fleet-model.ts'
import type { Fleet } from './model/fleet.ts'
import { checkConflicts, type ConflictLimits } from './solve/check-conflicts.ts'
import type { Solvers } from './solve/solvers.ts'

/** Reads what a variant's `behaviour:` names, such as `node-red:flows/comfort.json`; the caller opens the file. */
export type OpenBehaviour = (reference: string, at: Location) => Promise<Read<readonly BehaviourPart[]>>

export interface SeparationOptions {
  readonly open?: OpenBehaviour
  readonly aliases?: Aliases
  readonly limits?: ConflictLimits
}

/** A model whose every use says what conflicts, and what was learned on the way; `behaviours` is empty where no use asked. */
export interface SettledModel {
  readonly model: FleetModel
  readonly behaviours: VariantBehaviours
  readonly pairs: readonly VariantPair[]
}

interface Asking {
  readonly use: ConstraintUse
  readonly kind: ConstraintKind
}

/** Analyses every pair of behaviours once, and hands those that fight to the uses that ask. */
export async function settleConflicts(
  model: FleetModel,
  kinds: readonly ConstraintKind[],
  solvers: Solvers,
  options: SeparationOptions,
): Promise<Read<SettledModel>> {
  const asking = usesThatAsk(model, kinds)
  if (asking.length === 0) return { ok: true, value: { model, behaviours: new Map(), pairs: [] }, diagnostics: [] }
  const read = await readBehaviours(model, options)
  if (!read.ok) return read
  // Without any behaviour the uses stay open, and compiling the model says so at their place.
  if (read.value.size === 0) return { ok: true, value: { model, behaviours: read.value, pairs: [] }, diagnostics: read.diagnostics }
  const found = await conflictingVariants(read.value, solvers, {
    ...(options.aliases && { aliases: options.aliases }),
    ...(options.limits && { limits: options.limits }),
  })
  const diagnostics = [...read.diagnostics, ...found.diagnostics]
  if (!found.ok) return { ok: false, diagnostics }
  const pairs = found.value
  const sets = pairs.filter(({ clean }) => !clean).map(({ variants }) => variants)
  return { ok: true, value: { model: filled(model, asking, sets), behaviours: read.value, pairs }, diagnostics }
}

/** The model with further sets kept apart, by the uses that asked in `asked`. */
export function withSets(
  asked: FleetModel,
  settled: FleetModel,
  kinds: readonly ConstraintKind[],
  sets: readonly (readonly string[])[],
): FleetModel {
  return filled(settled, usesThatAsk(asked, kinds), sets)
}

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

function filled(model: FleetModel, asking: readonly Asking[], sets: readonly (readonly string[])[]): FleetModel {
  const byIndex = new Map(asking.map(({ use, kind }) => [use.index, kind.fromConflicts!.filled(use.parameters, sets)]))
  return {
    ...model,
    constraints: model.constraints.map((use) => (byIndex.has(use.index) ? { ...use, parameters: byIndex.get(use.index) } : use)),
  }
}

/** What every variant runs, by variant; each behaviour is read once. */
export async function readBehaviours(model: FleetModel, { open }: SeparationOptions): Promise<Read<VariantBehaviours>> {
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

/** The sets of variants with behaviours that stand together at some place, each with one such place and their number; sorted. */
export function compositionsOf(
  asked: FleetModel,
  kinds: readonly ConstraintKind[],
  fleet: Fleet,
  behaviours: VariantBehaviours,
  assignment: Assignment,
): readonly Composition[] {
  const found = new Map<string, { variants: readonly string[]; places: number; place: string }>()
  const variantOf = assignment.choices.map(({ variant }) => (variant !== undefined && behaviours.has(variant) ? variant : undefined))
  for (const { use, kind } of usesThatAsk(asked, kinds)) {
    const { of, names } = placesOf(asked, fleet, kind.fromConflicts!.place(use.parameters), use.at)
    const at: Set<string>[] = names.map(() => new Set())
    assignment.chosen.forEach((choice, row) => {
      const variant = variantOf[choice]
      const place = of[row]!
      if (variant !== undefined && place >= 0) at[place]!.add(variant)
    })
    at.forEach((variants, place) => {
      if (variants.size < 2) return
      const sorted = [...variants].sort()
      const key = JSON.stringify(sorted)
      const known = found.get(key)
      if (known === undefined) found.set(key, { variants: sorted, places: 1, place: names[place]! })
      else known.places++
    })
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, composition]) => composition)
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

/** Analyses one composition whole: findings across its variants, however many take part. */
export async function proveComposition(
  composition: Composition,
  behaviours: VariantBehaviours,
  solvers: Solvers,
  options: SeparationOptions,
): Promise<Separation['together'][number]> {
  const parts = new Map(
    composition.variants.flatMap((variant) => behaviours.get(variant)!.map((part) => [part.application.id, part] as const)),
  )
  const owners = new Map<string, string[]>()
  for (const variant of composition.variants)
    for (const { application } of behaviours.get(variant)!)
      for (const { id } of application.automations) owners.set(id, [...(owners.get(id) ?? []), variant])
  const merged = mergeBehaviours([...parts.values()], options.aliases ?? noAliases)
  // INVARIANT: every pair of these applications merged before.
  const findings = merged.ok
    ? (
        await checkConflicts(
          merged.value,
          conflictKinds.filter(({ shownBy }) => shownBy === 'run'),
          solvers,
          options.limits,
        )
      ).findings
    : []
  const across = findings.filter(({ rules }) => acrossVariants(rules, owners))
  return {
    ...composition,
    proved: across.filter(({ verdict }) => verdict === 'proved').length,
    open: across.filter(({ verdict }) => verdict !== 'proved'),
  }
}

/** No single variant runs all of the rules. */
function acrossVariants(rules: Finding['rules'], owners: ReadonlyMap<string, readonly string[]>): boolean {
  const [first = [], ...others] = rules.map((rule) => owners.get(rule) ?? [])
  return !first.some((variant) => others.every((owner) => owner.includes(variant)))
}
