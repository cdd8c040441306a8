/**
 * The physical world that automations act on: places, channels between them, properties of places, and effects of things on properties.
 *
 * A thing acts on the property of the place where it stands while its state is one that the effect names. Two effects meet where their places are the same, one
 * stands within the other, or an open channel joins them for that property. An effect without a known place meets nothing: kinds that need places say so, once.
 */
import type { Location } from '../diagnostics/diagnostic.ts'
import type { Value } from './automation.ts'

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
  /** Findings that touch it are shown though they be mere relations. */
  readonly hazard: boolean
}

/** What a places file says of a thing. */
export interface PlacedThing {
  readonly thing: string
  readonly place?: string
  readonly is?: string
  readonly at?: Location
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

export interface Environment {
  readonly places: readonly Place[]
  readonly channels: readonly Channel[]
  readonly properties: readonly PhysicalProperty[]
  readonly classes: readonly ThingClass[]
  readonly things: readonly PlacedThing[]
}
