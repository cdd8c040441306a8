/** The sets of variants that were kept apart while solving, beside pairs: a bundle names them, and they are proved to fight again before anything is believed of them. */
import { placementConstraints } from '../constraints/placement.ts'
import type { SeparationOptions, SettledModel } from './engine-separation.ts'
import { proveComposition, withSets } from './engine-separation.ts'
import type { Separation } from './model/assignment.ts'
import type { FleetModel } from './model/fleet-model.ts'
import type { Solvers } from './solve/solvers.ts'

/** The sets that a bundle has to name: fighting pairs are found again from the model alone. */
export function setsBesidePairs(separation: Separation | undefined): readonly (readonly string[])[] {
  return (separation?.apart ?? []).map(({ variants }) => variants).filter(({ length }) => length > 2)
}

export interface ApartAgain {
  /** The settled model, with the sets that do fight. */
  readonly model: FleetModel
  /** What was kept apart and need not be, one sentence each. */
  readonly wrong: readonly string[]
}

/** `asked`: the model as it is written, whose uses leave it to the analysis what fights. */
export async function apartAgain(
  asked: FleetModel,
  settled: SettledModel,
  sets: readonly (readonly string[])[],
  solvers: Solvers,
  options: SeparationOptions,
): Promise<ApartAgain> {
  if (sets.length === 0) return { model: settled.model, wrong: [] }
  const wrong: string[] = []
  const fighting: (readonly string[])[] = []
  for (const variants of sets) {
    const known = variants.every((variant) => settled.behaviours.has(variant)) && new Set(variants).size === variants.length
    const open = known ? (await proveComposition({ variants, places: 0, place: '' }, settled.behaviours, solvers, options)).open : []
    if (open.length > 0) fighting.push(variants)
    else wrong.push(`${variants.join(', ')} were kept apart, and nothing shows that they fight`)
  }
  const pairs = settled.pairs.filter(({ clean }) => !clean).map(({ variants }) => variants)
  return { model: withSets(asked, settled.model, placementConstraints, [...pairs, ...fighting]), wrong }
}
