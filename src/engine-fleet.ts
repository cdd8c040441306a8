/** The walk of `check --fleet`: what stands together at the places of a fleet, as somebody assigned it, looked at whole. Opens nothing, prints nothing. */
import { placementConstraints } from '../constraints/placement.ts'
import { allFit } from './compile/composed.ts'
import type { Location, Read } from './diagnostics/diagnostic.ts'
import { compositionsOver, type CompositionOptions } from './engine-cuts.ts'
import { compositionsAt, readBehaviours, placesAsked, type SeparationOptions } from './engine-separation.ts'
import type { Assignment, StandingTogether } from './model/assignment.ts'
import { noAliases } from './model/behaviour-part.ts'
import type { FleetModel } from './model/fleet-model.ts'
import type { Fleet } from './model/fleet.ts'
import type { Solvers } from './solve/solvers.ts'

export interface FleetCheck {
  readonly compositions: readonly Pick<StandingTogether, 'variants' | 'places' | 'place' | 'key' | 'proved' | 'open'>[]
  /** Places with one behaviour. */
  readonly single: number
  readonly assumptions: readonly string[]
  readonly counts: { readonly checked: number; readonly known: number }
}

/** `over`: an expression over `device.*` for the place where devices meet; absent: as the model's constraints on conflicts say, else all devices meet. */
export async function checkFleet(
  { model, fleet, assignment }: { readonly model: FleetModel; readonly fleet: Fleet; readonly assignment: Assignment },
  over: { readonly text: string; readonly at: Location } | undefined,
  solvers: Pick<Solvers, 'askAll'>,
  options: SeparationOptions & CompositionOptions,
): Promise<Read<FleetCheck>> {
  const read = await readBehaviours(model, options)
  if (!read.ok) return read
  const fit = allFit(read.value, options.aliases ?? noAliases)
  const diagnostics = [...read.diagnostics, ...fit.diagnostics]
  if (!fit.ok) return { ok: false, diagnostics }
  const places = over === undefined ? placesAsked(model, placementConstraints) : [{ over: over.text, at: over.at }]
  const meeting = places.length > 0 ? places : [{ over: undefined, at: { source: model.source } }]
  const { several, single } = compositionsAt(model, meeting, fleet, read.value, assignment)
  const all = compositionsOver(read.value, solvers, options)
  const compositions: FleetCheck['compositions'][number][] = []
  const assumptions = new Set<string>()
  for (const { variants, places: count, place } of several) {
    const { key, proved, open, assumptions: taken } = await all.prove(variants)
    taken.forEach((one) => assumptions.add(one))
    compositions.push({ variants, places: count, place, key, proved, open })
  }
  return { ok: true, value: { compositions, single, assumptions: [...assumptions].sort(), counts: all.counts() }, diagnostics }
}
