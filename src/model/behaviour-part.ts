/** What one importer makes of one application, before identities are resolved and everything is put together (`compile/merge-behaviours.ts`). */
import type { Location } from '../diagnostics/diagnostic.ts'
import type { Application, Exclusion, ThingAttribute, Value } from './automation.ts'
import type { PlacesFile, ResourceClaim, SafetyTemplate, ThingGroup } from './environment.ts'

/** Attributes of things are named as everybody names them (`heater.power`, `mqtt:<broker>/<topic>`), helpers so that no other application can mean them. */
export interface BehaviourPart {
  readonly application: Application
  readonly attributes: readonly ThingAttribute[]
  readonly exclusions: readonly Exclusion[]
  readonly assumptions: readonly string[]
  /** What the source itself knows of places, and the safety properties that it asks for. */
  readonly places?: PlacesFile
  readonly safety?: readonly SafetyTemplate[]
  readonly groups?: readonly ThingGroup[]
  readonly claims?: readonly ResourceClaim[]
}

/** A group of names and where it is written. Names are ids of attributes, or things (then each attribute of the same name is meant). */
export interface NameGroup {
  readonly names: readonly string[]
  readonly at: Location
}

/** What an alias file states about names: which are one thing, which are not, what cannot stand together. */
export interface Aliases {
  readonly same: readonly NameGroup[]
  readonly different: readonly NameGroup[]
  readonly exclusive: readonly {
    readonly name: string
    readonly members: readonly { readonly attribute: string; readonly value: Value }[]
    readonly at: Location
  }[]
  /** Brokers that are one: `127.0.0.1:1883` of two flows. */
  readonly brokers: readonly NameGroup[]
}

export const noAliases: Aliases = { same: [], different: [], exclusive: [], brokers: [] }
