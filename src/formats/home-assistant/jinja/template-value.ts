/** What a template's surroundings give it and what it gives back: the contract between the importer of Home Assistant and the translation of its templates. */
import type { AutomationExpression, ValueType } from '../../../model/automation.ts'
import type { Types } from '../../node-red/expressions.ts'

/** An attribute of the model that something of the template reads. */
export interface AttributeRead {
  readonly id: string
  readonly type: ValueType
}

/**
 * What a variable can hold. An `expression` is a native value (null is None); with `text: true` it is the text that its value spells (the state of an entity: 21.5
 * stands for "21.5"). A `state` is a state object, read through `TemplateContext.entity`, but what it `holds` differently (of `trigger.from_state`): `state` for the
 * state itself, else names of attributes. A `mapping` with `open` may hold other keys, nothing is known of them but why. `undefined` is Jinja's.
 */
export type TemplateValue =
  | {
      readonly is: 'expression'
      readonly expression: AutomationExpression
      readonly type?: ValueType
      readonly text?: boolean
      /** The sorts of values that it can have, where these are fewer than those of its type. */
      readonly sorts?: Types
    }
  | { readonly is: 'list'; readonly items: readonly TemplateValue[] }
  | { readonly is: 'mapping'; readonly entries: ReadonlyMap<string, TemplateValue>; readonly open?: string }
  | { readonly is: 'state'; readonly entity: string; readonly holds?: ReadonlyMap<string, TemplateValue> }
  | { readonly is: 'undefined' }
  | { readonly is: 'unknown'; readonly why: string }
  | {
      readonly is: 'choice'
      readonly cases: readonly { readonly when: AutomationExpression; readonly value: TemplateValue }[]
      readonly otherwise: TemplateValue
    }

/**
 * Attributes that hold the local time: `second-of-day` 0..86399, `weekday` 0 (Monday)..6, `day` 1..31, `month` 1..12, `year`, `day-of-year` 1..366, `timestamp` (seconds
 * since 1970, UTC), `utc-offset` (seconds that the local clock is ahead of UTC). Integers all of them but `timestamp`.
 */
export type TimePart = 'utc-offset' | 'second-of-day' | 'weekday' | 'day' | 'month' | 'year' | 'day-of-year' | 'timestamp'

/** Sets of names that only the registries of a home know. */
export type RegistryQuestion =
  | 'domain'
  | 'members'
  | 'area_entities'
  | 'area_devices'
  | 'area_id'
  | 'area_name'
  | 'areas'
  | 'device_entities'
  | 'device_id'
  | 'label_entities'
  | 'label_areas'
  | 'floor_areas'
  | 'floor_entities'
  | 'integration_entities'

export interface TemplateContext {
  /**
   * The attribute of the model for the state of an entity (without a name) or for one of its attributes; registers the read. Nothing: there surely is no such entity or
   * attribute (its state reads "unknown", its attribute None). States are texts or, where numbers, stand for the texts that spell them.
   */
  readonly entity: (id: string, attribute?: string) => AttributeRead | undefined
  /** The attribute that holds the seconds since the entity's `last_changed`, `last_updated`, `last_reported`, or last trigger (null: never); nothing: not modelled. */
  readonly age: (id: string, since: 'last_changed' | 'last_updated' | 'last_reported' | 'last_triggered') => AttributeRead | undefined
  /** For entities whose state is a time of day (`input_datetime` without a date): the attribute that holds it as seconds since midnight. Their states print as HH:MM:SS. */
  readonly clock?: (id: string) => AttributeRead | undefined
  readonly time: (part: TimePart) => AttributeRead | undefined
  /** Variables of scripts and blueprints, and `trigger`, `wait`, `this`, `repeat`, `value`, `value_json`. A name that is absent is undefined in Jinja's sense. */
  readonly variables: ReadonlyMap<string, TemplateValue>
  /** Names known of the question: all entities of a domain, the members of a group (a text that is no group: itself), ids (one at most for `area_id`); nothing: not known. */
  readonly registry: (question: RegistryQuestion, argument: string) => readonly string[] | undefined
  /** The text of a file of `custom_templates`, for `import`. */
  readonly macros: (file: string) => string | undefined
  /**
   * The attribute for a part of what comes from outside and may be a list or a mapping: an entry (null: none), an item, its `length`, whether it `is mapping`. Each is any
   * value by itself. Nothing: it surely comes not from outside.
   */
  readonly part?: (of: AutomationExpression, name: string, type: ValueType) => AttributeRead | undefined
  /**
   * The entities of the home that a computed name may be, and an entity that stands for one which nothing here names; nothing where they are too many to be told apart.
   */
  readonly named?: (name: AutomationExpression) => { readonly known: readonly string[]; readonly other: string } | undefined
  /** Whether a value comes from outside: automations may hand it on, but none decides it. */
  readonly outside?: (leaf: AutomationExpression) => boolean
  /** The attribute for all entities of a domain that no registry lists: a list from outside. Nothing: automations decide what is in it. */
  readonly entities?: (domain: string) => AttributeRead | undefined
  /** Registers an unmodelled part with this reason and names it. */
  readonly unmodelled: (why: string) => string
}

/**
 * What the importer needs: `condition` the truth of `condition: template` (the text is "true"), `truth` that of triggers, `wait_template` and `enabled` (also "yes", "on",
 * "enable", "1", numbers but 0), `number` a number or null, `text` the text as it stands, `any` the native value that Home Assistant reads out of the text, `list` a list
 * (a text with commas is cut there).
 */
export type Wanted = 'condition' | 'truth' | 'number' | 'text' | 'list' | 'any'

/**
 * `value` (null where the whole is a list, a mapping or undefined) is sound: with unmodelled parts inside it can be at least what the template can be. `fails` is true where the template ends with an error (then `condition`,
 * `truth` and `number` are already not true or null; an action with such a template ends the run). `structure` is the whole value where it is a list, a mapping or undefined
 * as well. `exact`: no unmodelled part inside. `assumptions` are sentences.
 */
export type TemplateResult =
  | {
      readonly ok: true
      readonly value: AutomationExpression
      readonly fails: AutomationExpression
      readonly structure: TemplateValue
      readonly reads: readonly string[]
      readonly exact: boolean
      readonly reasons: readonly string[]
      readonly assumptions: readonly string[]
    }
  /** Not in the language of templates: Home Assistant refuses the file. `offset` counts UTF-16 units from the start of the text. */
  | { readonly ok: false; readonly why: string; readonly offset: number }
