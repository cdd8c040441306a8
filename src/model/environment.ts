/**
 * The physical world that automations act on: places, channels between them, properties of places, and effects of things on properties.
 *
 * A thing acts on the property of the place where it stands while its state is one that the effect names. Two effects meet where their places are the same, one
 * stands within the other, or an open channel joins them for that property. An effect without a known place meets nothing: kinds that need places say so, once.
 */
import type { Location } from '../diagnostics/diagnostic.ts'
import type { Value, ValueType } from './value.ts'

/** A node of the tree of places: site > floor > room. */
export interface Place {
  readonly id: string
  readonly name: string
  readonly within?: string
  readonly at?: Location
}

/** Joins two places for some properties (absent: all); where `through` is named, only while that attribute has one of the values (a door that stands open). */
export interface Channel {
  readonly between: readonly [string, string]
  readonly properties?: readonly string[]
  readonly through?: { readonly attribute: string; readonly values: readonly Value[] }
  readonly at?: Location
}

/** Something of a place that sensors observe and effects drive. */
export interface PhysicalProperty {
  readonly id: string
  readonly says: string
  readonly unit: string
  /** What the world outside the model does to it by itself, per hour, where nothing states it; and between what it can lie. */
  readonly outside?: {
    readonly low: number
    readonly high: number
    readonly least?: number
    readonly most?: number
    readonly source: string
  }
  /** How far beyond a threshold it may get before a sensor tells, where nothing states it. */
  readonly resolution?: { readonly within: number; readonly source: string }
  readonly at?: Location
}

/** `up` raises the property, `down` lowers it, `exchange` drives it towards what it is outside the place, so it may do either. */
export type EffectDirection = 'up' | 'down' | 'exchange'

/** When the state of a thing drives: one of the values, or a number above the bound. */
export interface EffectWhile {
  readonly values: readonly Value[]
  readonly above?: number
}

/** How a class of things drives one property while it is in some states. Rates are per hour in the property's unit, as an interval of magnitudes. */
export interface ClassEffect {
  readonly property: string
  readonly while: EffectWhile
  readonly direction: EffectDirection
  readonly rate: { readonly low: number; readonly high: number }
  /** It only takes back what the thing itself lets in (a closed blind): it opposes nothing. */
  readonly returns?: true
  readonly source: string
}

/** A class of things that act alike: heater, window, lamp. `words`, `domains` and `deviceClasses` only suggest which things are of the class; a places file decides. */
export interface ThingClass {
  readonly id: string
  readonly says: string
  readonly domains: readonly string[]
  readonly deviceClasses: readonly string[]
  readonly words: readonly string[]
  readonly effects: readonly ClassEffect[]
  /** Things of it are read, not commanded. */
  readonly senses: boolean
  /** The physical property that their numbers show. */
  readonly observes?: string
  /** Findings that touch it are shown though they be mere relations. */
  readonly hazard: boolean
}

/** What a places file says of a thing. */
export interface PlacedThing {
  /** `*` stands for any letters. */
  readonly thing: string
  readonly place?: string
  readonly is?: string
  /** Rates that replace those of the class, by property; `silent` properties are not driven at all. */
  readonly rates?: Readonly<Record<string, { readonly low: number; readonly high: number }>>
  readonly silent?: readonly string[]
  /** The model in a catalogue of things, whose description limits what it takes. */
  readonly model?: string
  readonly at?: Location
}

/** What may be drawn at once in a place, or by the things of a circuit; or of a resource that applications declare to use. */
export interface Limit {
  readonly of: string
  readonly property?: string
  readonly things?: readonly string[]
  readonly atMost: number
  readonly unit: string
  readonly uses: Readonly<Record<string, number>>
  readonly at: Location
}

/** An effect of one attribute of a behaviour at its place. */
export interface Effect extends ClassEffect {
  readonly attribute: string
  readonly thing: string
  readonly place: string
  readonly is: string
  /** Its class was guessed from domain or name, not stated. */
  readonly suggested: boolean
}

/** What a places file says. */
export interface PlacesFile {
  readonly places: readonly Place[]
  readonly channels: readonly Channel[]
  readonly properties: readonly PhysicalProperty[]
  readonly things: readonly PlacedThing[]
  readonly limits: readonly Limit[]
  readonly observations?: readonly StatedObservation[]
  readonly influences?: readonly StatedInfluence[]
  readonly bounds?: readonly QuantityBounds[]
}

/** What a places file says of a sensor; what it leaves open is read off the class and place of the thing. */
export interface StatedObservation extends Partial<Omit<Observation, 'attribute'>> {
  readonly attribute: string
  readonly at: Location
}

/** What a places file says of a property in one place, or in all (no `place`). */
export interface StatedInfluence extends Partial<Omit<Influence, 'property' | 'stated'>> {
  readonly property: string
  readonly at: Location
}

/** What classes of things there are, and what they do to which properties. */
export interface EffectCatalogue {
  readonly properties: readonly PhysicalProperty[]
  readonly classes: readonly ThingClass[]
}

/** Things of the classes, each for itself (`some`) or all together (`all`), or one attribute by its id; and what they are or do. */
export interface TemplateClause {
  readonly who: { readonly is: 'some' | 'all'; readonly classes: readonly string[] } | { readonly is: 'attribute'; readonly id: string }
  readonly what:
    | { readonly is: 'values'; readonly values: readonly Value[]; readonly not: boolean }
    | { readonly is: 'number'; readonly above?: number; readonly below?: number }
    | { readonly is: 'does'; readonly property: string; readonly direction: EffectDirection }
  /** Only things that share a place with the thing of the first clause. */
  readonly same: boolean
}

/** A safety property of a library or of the user's own, with its parameters put in. */
export interface SafetyTemplate {
  readonly id: string
  readonly says: string
  readonly hazard: string
  readonly source: string
  readonly form: 'never' | 'always' | TimedProperty['form']
  /** `never`: these never hold together. `always`: where these hold, `must` hold too. `leads`, `never-after`: after these, `must` as `TimedProperty` says. */
  readonly when: readonly TemplateClause[]
  readonly must: readonly TemplateClause[]
  /** Of `leads` and `never-after`. */
  readonly milliseconds?: number
  readonly at?: Location
}

/** Everything that is known of the world before it is tied to the attributes of a behaviour. */
export interface Environment extends PlacesFile {
  readonly classes: readonly ThingClass[]
  readonly safety: readonly SafetyTemplate[]
}

/** An attribute has one of the values, or (any of the bounds that are there) a number above, or below. */
export interface StateClause {
  readonly attribute: string
  readonly values: readonly Value[]
  readonly above?: number
  readonly below?: number
  /** It holds where it otherwise would not. */
  readonly not?: true
}

/** A state that must not come about: every list of clauses has one that holds (a conjunction of alternatives); or what is drawn together is more than the bound. */
export type StateFormula =
  | { readonly is: 'all'; readonly of: readonly (readonly StateClause[])[] }
  | { readonly is: 'sum'; readonly of: readonly { readonly clause: StateClause; readonly amount: number }[]; readonly above: number }

/**
 * `never`: no command of an automation brings the state about. `always`: nothing brings it about, or an automation undoes it before all is at rest again.
 * The state is what must not be, in both forms.
 */
export interface WatchedState {
  readonly id: string
  readonly of: 'property' | 'limit'
  readonly form: 'never' | 'always'
  /** What must not be, in a sentence that names the things. */
  readonly says: string
  readonly hazard: boolean
  readonly state: StateFormula
  readonly at?: Location
}

/** A resource that one taker alone can have, and who takes it: `port 1883 of gateway`. */
export interface ResourceClaim {
  readonly resource: string
  readonly by: string
  readonly at: Location
}

/** How much of a resource may be used, and what each user is said to use, in one unit. */
export interface SharedResource {
  readonly resource: string
  readonly unit: string
  readonly limit: number
  readonly uses: readonly { readonly by: string; readonly amount: number; readonly at: Location }[]
  readonly at: Location
}

/** What a thing's description says that an attribute takes. */
export interface AttributeLimit {
  readonly attribute: string
  readonly type: ValueType
  readonly source: string
}

/** The sensor attribute that shows the property of the place, and how soon it must. `within` in the unit of the property. */
export interface Observation {
  readonly attribute: string
  readonly property: string
  readonly place: string
  readonly reports: { readonly within: number } | { readonly everyMilliseconds: number }
}

/** What the world outside the model does to a property of a place by itself, per hour; and between what it can lie. `stated`: by the user, not by the catalogue. */
export interface Influence {
  readonly property: string
  readonly place: string
  readonly low: number
  readonly high: number
  readonly least?: number
  readonly most?: number
  readonly stated: boolean
}

/** Within what a property of a place shall stay (K5); what it can be at all is said by `Influence`. */
export interface QuantityBounds {
  readonly property: string
  readonly place: string
  readonly least?: number
  readonly most?: number
  readonly at?: Location
}

/**
 * What shall follow, or shall not, after a state has come about: `after` holds when a reaction has come to rest and did not before it (what holds at the start has not come about).
 * `leads` (K30): then `then` holds at rest at some instant from that one to so many milliseconds later, both included. It is broken once more time has passed.
 * `never-after` (K29): no reaction up to so many milliseconds later, the last instant included, brings `then` about; that of `after` itself left aside.
 * A state that must hold while another does is a `WatchedState` of the form `always`. Here the formulas say what is, not what must not be.
 */
export interface TimedProperty {
  readonly id: string
  readonly form: 'leads' | 'never-after'
  readonly after: StateFormula
  readonly then: StateFormula
  readonly milliseconds: number
  readonly says: string
  readonly hazard: boolean
  readonly at?: Location
}

/** Things that are commanded as one. */
export interface ThingGroup {
  readonly id: string
  readonly members: readonly string[]
  readonly at?: Location
}

/** The world as kinds of conflict see it: everything named by attributes of one behaviour. */
export interface SettledEnvironment {
  readonly places: readonly Place[]
  readonly channels: readonly Channel[]
  readonly effects: readonly Effect[]
  readonly states: readonly WatchedState[]
  readonly claims: readonly ResourceClaim[]
  readonly shared: readonly SharedResource[]
  readonly limits: readonly AttributeLimit[]
  readonly groups: readonly ThingGroup[]
  /** What kinds that speak of time and physics need besides; absent: nothing is known. */
  readonly observations?: readonly Observation[]
  readonly influences?: readonly Influence[]
  readonly bounds?: readonly QuantityBounds[]
  readonly timed?: readonly TimedProperty[]
}
