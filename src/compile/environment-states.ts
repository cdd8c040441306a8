/** States of a behaviour that must not come about: templates of safety properties put on its things, and more power drawn than a place allows. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type {
  Channel,
  Effect,
  Environment,
  Place,
  SafetyTemplate,
  StateClause,
  TemplateClause,
  TimedProperty,
  WatchedState,
} from '../model/environment.ts'
import { meetings, placesAround } from '../model/place-tree.ts'
import type { LooseEffect } from './environment-effects.ts'
import { drivingAttributes } from './environment-effects.ts'
import type { KnownThing } from './environment-things.ts'
import { attributeName, meant } from './environment-words.ts'

interface World {
  readonly places: ReadonlyMap<string, Place>
  readonly channels: readonly Channel[]
}

export interface States {
  readonly states: readonly WatchedState[]
  readonly diagnostics: readonly Diagnostic[]
}

/** What shall follow, or shall not, comes apart from states that must not be. */
export interface SafetyStates extends States {
  readonly timed: readonly TimedProperty[]
}

/** Choices of things for one template. */
const MOST = 400

/** A clause as it stands for chosen things: any of its parts makes it hold. */
interface Candidate {
  readonly things: readonly KnownThing[]
  /** A conjunction of alternatives. */
  readonly holds: readonly (readonly StateClause[])[]
}

export function safetyStates(
  things: readonly KnownThing[],
  effects: readonly LooseEffect[],
  world: World,
  templates: readonly SafetyTemplate[],
): SafetyStates {
  const diagnostics: Diagnostic[] = []
  const timed: TimedProperty[] = []
  const states = templates.flatMap((template): readonly WatchedState[] => {
    let chosen: readonly (readonly Candidate[])[] = [[]]
    for (const clause of [...template.when, ...template.must]) {
      chosen = chosen.flatMap((before) => candidates(clause, things, effects, world, before[0]?.things).map((one) => [...before, one]))
      if (chosen.length > MOST) {
        diagnostics.push({
          code: 'check/too-many-things',
          severity: 'warning',
          message: `\`${template.id}\` fits more than ${MOST} choices of things: it is decided for the first ${MOST}`,
          at: template.at ?? { source: template.id },
        })
        chosen = chosen.slice(0, MOST)
      }
    }
    const { form } = template
    if (form === 'never' || form === 'always') return chosen.map((choice) => stateOf(template, form, choice))
    timed.push(...chosen.map((choice) => timedOf(template, form, choice)))
    return []
  })
  return { states, timed, diagnostics }
}

const thingsIn = (choice: readonly Candidate[]): readonly string[] => [
  ...new Set(choice.flatMap(({ things }) => things.map(({ thing }) => thing))),
]

const isHazard = (hazard: string): boolean => hazard !== 'comfort' && hazard !== 'energy'

function timedOf(template: SafetyTemplate, form: TimedProperty['form'], choice: readonly Candidate[]): TimedProperty {
  const { id, says, hazard, when, milliseconds = 0, at } = template
  const names = thingsIn(choice)
  return {
    id: `${id}: ${names.join(', ')}`,
    form,
    says: `${says} (${names.map((name) => `\`${name}\``).join(', ')})`,
    hazard: isHazard(hazard),
    after: { is: 'all', of: choice.slice(0, when.length).flatMap(({ holds }) => holds) },
    then: { is: 'all', of: choice.slice(when.length).flatMap(({ holds }) => holds) },
    milliseconds,
    ...(at === undefined ? {} : { at }),
  }
}

function stateOf(template: SafetyTemplate, form: WatchedState['form'], choice: readonly Candidate[]): WatchedState {
  const { id, says, hazard, when, at } = template
  const conditions = choice.slice(0, when.length).flatMap(({ holds }) => holds)
  // What must hold does not where one of its clauses does not.
  const broken = choice.slice(when.length).flatMap(({ holds }) => holds.flatMap((alternatives) => alternatives.map(negated)))
  const names = thingsIn(choice)
  return {
    id: `${id}: ${names.join(', ')}`,
    of: 'property',
    form,
    says: `${says} (${names.map((name) => `\`${name}\``).join(', ')})`,
    hazard: isHazard(hazard),
    state: { is: 'all', of: form === 'never' ? conditions : [...conditions, broken] },
    ...(at === undefined ? {} : { at }),
  }
}

const negated = (clause: StateClause): StateClause => {
  if (clause.not === undefined) return { ...clause, not: true }
  const { attribute, values, above, below } = clause
  return { attribute, values, ...(above === undefined ? {} : { above }), ...(below === undefined ? {} : { below }) }
}

/** Ways to put the clause on things: one per thing for `some`, one in all for `all`. */
function candidates(
  clause: TemplateClause,
  things: readonly KnownThing[],
  effects: readonly LooseEffect[],
  world: World,
  first: readonly KnownThing[] | undefined,
): readonly Candidate[] {
  const { who } = clause
  const shares = (thing: KnownThing): boolean => {
    if (!clause.same || first === undefined) return true
    const { place } = thing
    return place !== undefined && first.some((one) => one.place !== undefined && meetings(world, undefined, one.place, place).length > 0)
  }
  const fitting = things.filter((thing) => {
    if (who.is === 'attribute') return thing.attributes.some(({ id }) => id === who.id)
    return thing.class !== undefined && who.classes.includes(thing.class.id) && shares(thing)
  })
  const single = fitting.flatMap((thing): readonly Candidate[] => {
    const alternatives = clausesOf(clause, thing, effects)
    return alternatives.length === 0 || (first?.includes(thing) === true && who.is === 'some')
      ? []
      : [{ things: [thing], holds: [alternatives] }]
  })
  if (who.is !== 'all') return single
  return single.length === 0 ? [] : [{ things: single.flatMap((one) => one.things), holds: single.flatMap(({ holds }) => holds) }]
}

/** Any of these says that the clause holds of the thing. */
function clausesOf({ who, what }: TemplateClause, thing: KnownThing, effects: readonly LooseEffect[]): readonly StateClause[] {
  const attributes =
    who.is === 'attribute'
      ? thing.attributes.filter(({ id }) => id === who.id)
      : thing.class?.senses === true
        ? readAttributes(thing)
        : drivingAttributes(thing)
  if (what.is === 'does')
    return effects
      .filter((effect) => effect.thing === thing.thing && effect.property === what.property && effect.direction === what.direction)
      .map(({ attribute, while: acting }) => ({
        attribute,
        values: acting.values,
        ...(acting.above === undefined ? {} : { above: acting.above }),
      }))
  return attributes.flatMap((attribute): readonly StateClause[] => {
    if (what.is === 'number') {
      if (attribute.type.is !== 'number' && attribute.type.is !== 'any') return []
      const { above, below } = what
      return [{ attribute: attribute.id, values: [], ...(above === undefined ? {} : { above }), ...(below === undefined ? {} : { below }) }]
    }
    const values = meant(attribute, what.values)
    return values.length === 0 ? [] : [{ attribute: attribute.id, values, ...(what.not ? { not: true as const } : {}) }]
  })
}

/** What a sensor tells: its own state, or where it has none, all that it has. */
function readAttributes({ thing, attributes }: KnownThing): KnownThing['attributes'] {
  const own = attributes.filter(({ id }) => id === thing)
  return own.length > 0 ? own : attributes.filter((attribute) => !/battery|linkquality|seconds_since/.test(attributeName(attribute)))
}

/** What the things of a place, or of a circuit, draw together: of those whose rate is stated. */
export function budgetStates(effects: readonly Effect[], world: World, limits: Environment['limits']): States {
  const diagnostics: Diagnostic[] = []
  const states = limits.flatMap((limit): readonly WatchedState[] => {
    const { property, of, things, atMost, unit, at } = limit
    if (property === undefined) return []
    const inside = effects.filter(
      (effect) =>
        effect.property === property &&
        effect.direction === 'up' &&
        (things === undefined ? placesAround(world.places, effect.place).includes(of) : things.includes(effect.thing)),
    )
    const counted = inside.filter(({ rate }) => rate.low === rate.high)
    const open = [...new Set(inside.filter((effect) => !counted.includes(effect)).map(({ thing }) => thing))].sort()
    if (open.length > 0)
      diagnostics.push({
        code: 'check/unstated-rate',
        severity: 'warning',
        message: `the limit of \`${of}\` does not count ${open.map((thing) => `\`${thing}\``).join(', ')}: nobody says how much of ${property} ${open.length === 1 ? 'it draws' : 'they draw'}`,
        hint: `maybe state it in the places file: \`rates: {${property}: 2000 ${unit}}\``,
        at,
      })
    return [
      {
        id: `limit of ${of}: ${property}`,
        of: 'limit',
        form: 'never',
        says: `what \`${of}\` draws stays within ${atMost} ${unit}`,
        hazard: true,
        state: {
          is: 'sum',
          above: atMost,
          of: counted.map(({ attribute, while: acting, rate }) => ({
            clause: { attribute, values: acting.values, ...(acting.above === undefined ? {} : { above: acting.above }) },
            amount: rate.high,
          })),
        },
        at,
      },
    ]
  })
  return { states, diagnostics }
}
