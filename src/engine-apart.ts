/** What a bundle says was kept apart and what it says stands together: every cut is shown to fight again, every composition is proved whole again, before anything is believed of them. */
import { placementConstraints } from '../constraints/placement.ts'
import { withCuts, type SettledModel } from './engine-separation.ts'
import type { Cut } from './engine-cuts.ts'
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

/** What the bundle says of a composition, as far as it can be told again. */
export interface SaidTogether {
  readonly variants: readonly string[]
  readonly places: number
  readonly key: string
  readonly proved: number
}

/** Proves all that stands together again, from the behaviours as they are now; what does not agree with what is said, one sentence each. */
export async function togetherAgain(
  settled: SettledModel,
  standing: readonly { readonly variants: readonly string[]; readonly places: number; readonly place: string }[],
  said: readonly SaidTogether[] | undefined,
): Promise<{ readonly wrong: readonly string[]; readonly questions: number }> {
  const wrong: string[] = []
  let questions = 0
  const claims = new Map((said ?? []).map((one) => [one.variants.join('\n'), one]))
  for (const { variants, places, place } of standing) {
    const name = `${variants.join(', ')} at ${place}`
    const { key, proved, open } = await settled.compositions.prove(variants)
    questions += proved
    if (open.length > 0) wrong.push(`${name}: ${open[0]!.text} (${open[0]!.verdict})`)
    const claim = claims.get(variants.join('\n'))
    claims.delete(variants.join('\n'))
    if (said === undefined) continue
    if (claim === undefined) wrong.push(`${name} stand together, and the bundle proves nothing of them`)
    else if (claim.places !== places) wrong.push(`${name}: ${claim.places} places are claimed, ${places} were found`)
    else if (claim.key !== key || claim.proved !== proved) wrong.push(`${name}: what they do is not what the bundle speaks of`)
  }
  for (const { variants } of claims.values()) wrong.push(`${variants.join(', ')} are said to stand together, and do so nowhere`)
  return { wrong, questions }
}
