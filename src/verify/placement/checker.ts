/** The form of a kind's checker: what a use of the kind demands. One file per kind, written from the documents and apart from the catalogue. */
import type { ConstraintUse } from '../../model/fleet-model.ts'
import type { Demand } from '../demand.ts'
import type { World } from '../world.ts'

export interface PlacementChecker {
  readonly kind: string
  /** What the use demands; throws `verify/parameters` where its parameters say something that this checker does not know. */
  readonly demand: (use: ConstraintUse, world: World) => Demand
}
