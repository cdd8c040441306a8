/** The join of both halves: which variants must not stand together at one place, because the applications that they run fight over an actuator there. */
import type { BehaviourPart, Aliases } from './model/behaviour-part.ts'
import { noAliases } from './model/behaviour-part.ts'
import { mergeBehaviours } from './compile/merge-behaviours.ts'
import { conflictKinds } from '../constraints/conflict.ts'
import type { ConflictKind } from '../constraints/reaction.ts'
import type { Diagnostic, Read } from './diagnostics/diagnostic.ts'
import type { Finding } from './model/conflict.ts'
import { checkConflicts, type ConflictLimits } from './solve/check-conflicts.ts'
import type { Solvers } from './solve/solvers.ts'

/** The applications that a variant runs, by variant. */
export type VariantBehaviours = ReadonlyMap<string, readonly BehaviourPart[]>

/** Two variants at one place: `clean` where every finding that their applications have only together is proved. */
export interface VariantPair {
  readonly variants: readonly [string, string]
  readonly clean: boolean
  /** Findings of kinds shown by a run whose rules are of both variants. */
  readonly findings: readonly Finding[]
}

/** Every pair of different variants, sorted; pairs that are not clean are for `no_conflict`. What is merely possible or unknown counts as a conflict. */
export async function conflictingVariants(
  behaviours: VariantBehaviours,
  solvers: Pick<Solvers, 'askAll'>,
  options: { readonly aliases?: Aliases; readonly limits?: ConflictLimits } = {},
): Promise<Read<readonly VariantPair[]>> {
  const kinds = conflictKinds.filter((kind) => kind.shownBy === 'run')
  const names = [...behaviours.keys()].sort()
  const pairs: VariantPair[] = []
  const diagnostics: Diagnostic[] = []
  for (const [index, first] of names.entries())
    for (const second of names.slice(index + 1)) {
      const pair = await decidePair(behaviours, [first, second], kinds, solvers, options)
      diagnostics.push(...pair.diagnostics)
      if (!pair.ok) return { ok: false, diagnostics }
      pairs.push(pair.value)
    }
  return { ok: true, value: pairs, diagnostics }
}

async function decidePair(
  behaviours: VariantBehaviours,
  variants: readonly [string, string],
  kinds: readonly ConflictKind[],
  solvers: Pick<Solvers, 'askAll'>,
  options: { readonly aliases?: Aliases; readonly limits?: ConflictLimits },
): Promise<Read<VariantPair>> {
  const [ours, theirs] = variants.map((variant) => behaviours.get(variant) ?? []) as [readonly BehaviourPart[], readonly BehaviourPart[]]
  // An application that both variants run is one application, and runs once at the place.
  const parts = [...ours, ...theirs.filter((part) => !ours.some((other) => other.application.id === part.application.id))]
  const merged = mergeBehaviours(parts, options.aliases ?? noAliases)
  if (!merged.ok) return merged
  const { findings } = await checkConflicts(merged.value, kinds, solvers, options.limits)
  const owner = new Map(parts.flatMap(({ application }) => application.automations.map((automation) => [automation.id, application.id])))
  const own = new Set(ours.map(({ application }) => application.id))
  const across = findings.filter(({ rules }) => {
    const sides = new Set(rules.map((rule) => own.has(owner.get(rule) ?? '')))
    return sides.size === 2
  })
  const value: VariantPair = { variants, clean: across.every(({ verdict }) => verdict === 'proved'), findings: across }
  return { ok: true, value, diagnostics: merged.diagnostics }
}
