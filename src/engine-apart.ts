/** What a bundle says was kept apart and what it says stands together: every cut is shown to fight again, every composition is proved whole again, before anything is believed of them. */
import { placementConstraints } from '../constraints/placement.ts'
import { safetyOf, type Cut } from './engine-cuts.ts'
import { withCuts, type Composition, type SettledModel } from './engine-separation.ts'
import type { Separation } from './model/assignment.ts'
import type { FleetModel } from './model/fleet-model.ts'

type Kept = Pick<Cut, 'present' | 'absent'>

/** The cuts that a bundle has to name: those of pairs are found again from the model alone. */
export function cutsBesidePairs(separation: Separation | undefined): readonly Kept[] {
  return (separation?.apart ?? [])
    .filter(({ variants }) => variants.length > 2)
    .map(({ variants, without }) => ({ present: variants, absent: without }))
}

export interface ApartAgain {
  /** The settled model, with the sets that do fight. */
  readonly model: FleetModel
  /** What was kept apart and need not be, one sentence each. */
  readonly wrong: readonly string[]
}

/** `asked`: the model as it is written, whose uses leave it to the analysis what fights. */
export async function apartAgain(asked: FleetModel, settled: SettledModel, kept: readonly Kept[]): Promise<ApartAgain> {
  if (kept.length === 0) return { model: settled.model, wrong: [] }
  const wrong: string[] = []
  const fighting: Kept[] = []
  for (const cut of kept)
    if (await settled.compositions.holds(cut)) fighting.push(cut)
    else {
      const without = cut.absent.length === 0 ? '' : ` without ${cut.absent.join(', ')}`
      wrong.push(`${cut.present.join(', ')} were kept apart${without}, and nothing shows that they fight`)
    }
  return { model: withCuts(asked, settled.model, placementConstraints, [...settled.cuts, ...fighting]), wrong }
}

/** What a bundle says of all places, as far as it can be told again. */
export interface SaidTogether {
  readonly together?: readonly Pick<Separation['together'][number], 'variants' | 'places' | 'key' | 'proved'>[] | undefined
  readonly safe?: Separation['safe'] | undefined
}

/** Proves all that stands together again, from the behaviours as they are now; what does not agree with what is said, one sentence each. */
export async function togetherAgain(
  settled: SettledModel,
  standing: { readonly several: readonly Composition[]; readonly single: number },
  said: SaidTogether,
): Promise<{ readonly wrong: readonly string[]; readonly questions: number }> {
  const wrong: string[] = []
  const claims = new Map((said.together ?? []).map((one) => [one.variants.join('\n'), one]))
  const together: Separation['together'][number][] = []
  for (const { variants, places, place } of standing.several) {
    const name = `${variants.join(', ')} at ${place}`
    const { key, proved, open, own, assumptions } = await settled.compositions.prove(variants)
    together.push({ variants, places, place, key, proved, open, own, assumptions })
    if (open.length > 0) wrong.push(`${name}: ${open[0]!.text} (${open[0]!.verdict})`)
    const claim = claims.get(variants.join('\n'))
    claims.delete(variants.join('\n'))
    if (said.together === undefined) continue
    if (claim === undefined) wrong.push(`${name} stand together, and the bundle proves nothing of them`)
    else if (claim.places !== places) wrong.push(`${name}: ${claim.places} places are claimed, ${places} were found`)
    else if (claim.key !== key || claim.proved !== proved) wrong.push(`${name}: what they do is not what the bundle speaks of`)
  }
  for (const { variants } of claims.values()) wrong.push(`${variants.join(', ')} are said to stand together, and do so nowhere`)
  if (said.safe !== undefined && JSON.stringify(sorted(said.safe)) !== JSON.stringify(sorted(safetyOf(together, standing.single))))
    wrong.push('what is said of all places is not what their proofs say: other kinds, places or assumptions')
  return { wrong, questions: together.reduce((sum, { proved }) => sum + proved, 0) }
}

const sorted = ({ kinds, several, single, assumptions }: Separation['safe']) => [
  [...kinds].sort(),
  several,
  single,
  [...assumptions].sort(),
]
