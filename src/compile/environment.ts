/** Ties what is known of the world to the attributes of a behaviour: effects at places, states that must not come about, limits, claims. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Behaviour } from '../model/automation.ts'
import type {
  AttributeLimit,
  Effect,
  Environment,
  Place,
  ResourceClaim,
  SettledEnvironment,
  SharedResource,
  ThingGroup,
} from '../model/environment.ts'
import { effectsOf } from './environment-effects.ts'
import { settlePhysics } from './environment-physics.ts'
import { budgetStates, safetyStates } from './environment-states.ts'
import { thingsOf, type KnownThing } from './environment-things.ts'

/** What importers and catalogues of models know besides. */
export interface FurtherKnowledge {
  readonly groups: readonly ThingGroup[]
  readonly claims: readonly ResourceClaim[]
  /** What things of a model take, by model and name of the attribute. */
  readonly models?: ReadonlyMap<string, readonly Pick<AttributeLimit, 'attribute' | 'type'>[]>
}

export interface Settled {
  readonly environment: SettledEnvironment
  readonly diagnostics: readonly Diagnostic[]
}

/** Everything in the order of its names, so that the order of files changes nothing. */
export function settleEnvironment(behaviour: Behaviour, environment: Environment, more: FurtherKnowledge): Settled {
  const { things, diagnostics } = thingsOf(behaviour, environment)
  const places = allPlaces(environment.places, things)
  const world = { places: new Map(places.map((place) => [place.id, place])), channels: environment.channels }
  const effects = things.flatMap(effectsOf)
  const placed = effects.filter((effect): effect is Effect => effect.place !== undefined)
  const safety = safetyStates(things, effects, world, environment.safety)
  const budgets = budgetStates(placed, world, environment.limits)
  const { physics, diagnostics: ofPhysics } = settlePhysics(behaviour, environment, things)
  const through = environment.channels.flatMap((channel): readonly Diagnostic[] =>
    channel.through === undefined || behaviour.attributes.some(({ id }) => id === channel.through?.attribute)
      ? []
      : [
          {
            code: 'model/unknown-attribute',
            severity: 'warning',
            message: `no automation speaks of \`${channel.through.attribute}\`: the channel is taken as open at all times`,
            at: channel.at ?? { source: channel.through.attribute },
          },
        ],
  )
  const ids = new Set(behaviour.attributes.map(({ id }) => id))
  return {
    environment: {
      places,
      channels: environment.channels.map(({ through: door, ...channel }) =>
        door !== undefined && ids.has(door.attribute) ? { ...channel, through: door } : channel,
      ),
      effects: placed,
      states: [...safety.states, ...budgets.states],
      claims: more.claims,
      shared: environment.limits.flatMap(sharedResource),
      limits: things.flatMap((thing) => limitsOf(thing, more.models)),
      groups: more.groups,
      ...physics,
      ...(safety.timed.length === 0 ? {} : { timed: safety.timed }),
    },
    diagnostics: [
      ...diagnostics,
      ...through,
      ...ofPhysics,
      ...safety.diagnostics,
      ...budgets.diagnostics,
      ...withoutPlaces(effects),
      ...unknownModels(things, more),
    ],
  }
}

/** Places that a source names without describing them are rooms of their own. */
function allPlaces(places: readonly Place[], things: readonly KnownThing[]): readonly Place[] {
  const known = new Set(places.map(({ id }) => id))
  const named = new Set(things.flatMap(({ place }) => (place === undefined || known.has(place) ? [] : [place])))
  return [...places, ...[...named].sort().map((id) => ({ id, name: id }))]
}

/** Said once: what drives a property somewhere, nobody knows where. */
function withoutPlaces(
  effects: readonly {
    readonly thing: string
    readonly place?: string
    readonly property: string
    readonly direction: string
    readonly returns?: true
  }[],
): readonly Diagnostic[] {
  const homeless = effects.filter(({ place, returns }) => place === undefined && returns === undefined)
  const opposed = homeless.filter((one) =>
    effects.some(
      (other) =>
        other.thing !== one.thing && other.property === one.property && other.returns === undefined && other.direction !== one.direction,
    ),
  )
  const things = [...new Set(opposed.map(({ thing }) => thing))].sort()
  if (things.length === 0) return []
  const shown = things
    .slice(0, 3)
    .map((thing) => `\`${thing}\``)
    .join(', ')
  return [
    {
      code: 'check/no-places',
      severity: 'information',
      message: `where ${shown}${things.length > 3 ? ` and ${things.length - 3} more` : ''} stand${things.length === 1 ? 's' : ''} is not known: kinds that need places (K4) are unknown for them`,
      hint: 'maybe say it in a places file: `--places`',
      at: { source: 'places' },
    },
  ]
}

function sharedResource({ of, property, atMost, unit, uses, at }: Environment['limits'][number]): readonly SharedResource[] {
  if (property !== undefined) return []
  const users = Object.entries(uses).sort(([a], [b]) => (a < b ? -1 : 1))
  return [{ resource: of, unit, limit: atMost, uses: users.map(([by, amount]) => ({ by, amount, at })), at }]
}

function limitsOf({ thing, attributes, stated }: KnownThing, models: FurtherKnowledge['models']): readonly AttributeLimit[] {
  const model = stated?.model
  const described = model === undefined ? undefined : models?.get(model)
  if (model === undefined || described === undefined) return []
  return attributes.flatMap(({ id }) => {
    const name = id === thing ? 'state' : id.slice(thing.length + 1)
    const found = described.find(({ attribute }) => attribute === name)
    return found === undefined ? [] : [{ attribute: id, type: found.type, source: `the description of \`${model}\`` }]
  })
}

function unknownModels(things: readonly KnownThing[], { models }: FurtherKnowledge): readonly Diagnostic[] {
  return things.flatMap(({ stated, thing }): readonly Diagnostic[] =>
    stated?.model === undefined || models?.has(stated.model) === true
      ? []
      : [
          {
            code: 'model/unknown-model',
            severity: 'warning',
            message: `nothing describes the model \`${stated.model}\` of \`${thing}\``,
            hint: 'maybe give the catalogue of models: `--models`',
            at: stated.at ?? { source: thing },
          },
        ],
  )
}
