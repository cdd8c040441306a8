/** The behaviour with what is known of the world it acts on: of the files that were given, and of the sources themselves. */
import type { Read } from '../diagnostics/diagnostic.ts'
import type { Behaviour } from '../model/automation.ts'
import type { BehaviourPart } from '../model/behaviour-part.ts'
import type { EffectCatalogue, PlacesFile, SafetyTemplate } from '../model/environment.ts'
import { settleEnvironment, type FurtherKnowledge } from './environment.ts'

export interface WorldFiles {
  readonly effects: EffectCatalogue
  readonly places: readonly PlacesFile[]
  readonly safety: readonly SafetyTemplate[]
  readonly models?: FurtherKnowledge['models']
}

/** What files state later goes before what sources and earlier files state. */
export function withEnvironment(behaviour: Behaviour, parts: readonly BehaviourPart[], files: WorldFiles): Read<Behaviour> {
  const all = [...parts.flatMap(({ places }) => (places === undefined ? [] : [places])), ...files.places]
  const properties = [...files.effects.properties, ...all.flatMap((one) => one.properties)]
  const places = new Map(all.flatMap((one) => one.places.map((place) => [place.id, place] as const)))
  const safety = new Map([...parts.flatMap((part) => part.safety ?? []), ...files.safety].map((template) => [template.id, template]))
  const settled = settleEnvironment(
    behaviour,
    {
      classes: files.effects.classes,
      properties,
      places: [...places.values()],
      channels: all.flatMap((one) => one.channels),
      things: all.flatMap((one) => one.things),
      limits: all.flatMap((one) => one.limits),
      observations: all.flatMap((one) => one.observations ?? []),
      influences: all.flatMap((one) => one.influences ?? []),
      bounds: all.flatMap((one) => one.bounds ?? []),
      safety: [...safety.values()],
    },
    {
      groups: parts.flatMap((part) => part.groups ?? []),
      claims: parts.flatMap((part) => part.claims ?? []),
      ...(files.models === undefined ? {} : { models: files.models }),
    },
  )
  const { diagnostics } = settled
  if (diagnostics.some(({ severity }) => severity === 'error')) return { ok: false, diagnostics }
  return { ok: true, value: { ...behaviour, environment: settled.environment }, diagnostics }
}
