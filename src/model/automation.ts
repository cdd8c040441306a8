/**
 * The neutral model of automations: every importer translates into it, nothing downstream knows where a rule came from.
 *
 * HOW IT RUNS (the interpreter in `verify/` and the compiler implement this text independently).
 *
 * State: the value of every attribute; run instances that wait (at a delay, wait or await, with their locals); the timers that are armed; the events not yet
 * delivered.
 * A step from a state at rest is one OUTSIDE EVENT: an attribute that may change by itself takes another value of its type (or, for `delivery: message`, a
 * message arrives with any value of its type), an `outside` trigger is pulled, a time trigger comes due, a trigger that was armed comes due (`for`), a waiting
 * instance resumes, or the platform restarts.
 * Everything that follows in zero time is ONE REACTION, run to rest:
 *   1. The event goes to the queue of events. While the queue is not empty its first event is delivered: every automation with a trigger that matches, in the
 *      order of the list, reads its guard at that moment and, if it holds, starts a run (subject to its run mode). On platforms without a given order
 *      (`native` and `home-assistant`) any order of the automations started by one event is possible; `node-red` keeps list order.
 *   2. A run holds tokens: {step, locals}. `home-assistant` and `native`: a run's steps execute one after the other until it waits or ends, before the next run
 *      starts (depth first). `node-red`: tokens of all runs stand in one queue and execute one step each, first in first out.
 *      A step with several `next` continues with one token per entry, in order, each with its own copy of the locals.
 *      A step that is `withPrevious` is executed in the same turn as the step before it in its token, before any other token and before events are delivered.
 *   3. `set` writes its attribute at once. It makes an event `written`; for `delivery: state` only if the value differs from the one before, for `message`
 *      always. Events made by runs join the end of the queue, and are delivered when the run (`node-red`: the current token step) gives way.
 *   4. A reaction that does not come to rest within a bound is a loop (K13), its end is unknown to other kinds.
 * Matching: `change` needs delivery of a write of its attribute whose old value is in `from` and new value in `to` (absent: any; old and new differ); `message`
 * matches every delivered write of its attribute; `becomes` matches when its condition was not true before a write and is true after it (an unknown condition
 * is not true). At the start of a run three locals are set: `trigger` is the payload of the event (the value written), `trigger.before` the value that the
 * attribute had before that write (null where nothing was written), `trigger.index` the position, from 0, of the trigger in the automation's list.
 * For: a match of a `change` or `becomes` trigger with `for` starts nothing: at the write itself it arms the timer of (automation, trigger), which remembers
 * the payload and the value before. The timer comes due (an outside event of its own; guard and run mode are read then; `trigger` and `trigger.before` are
 * what it remembers) unless it is cleared first. `becomes`: it is cleared by the write after which the condition is not true. `change`: another match arms it
 * anew with the new values; any other change of the value clears it, but where `from` alone is given only one back to a value of `from`. A timer that came due
 * is no longer armed. A restart clears all timers; none is armed at first. Without clocks (kinds that do not speak of time) it may come due at any later step.
 * Run mode, when an automation is triggered while a run of it still waits: `single` drops the new run, `restart` ends the old one, `queued` starts it when the
 * old one ends (at most `max`), `parallel` lets both run (at most `max`).
 * Restart: waiting runs, armed timers and queued events vanish; `helper` attributes take one of `initial` (or keep their value where `restored`); `start` triggers match.
 * The initial states are all post-restart states: outside attributes any value of their type, actuators any value of their type unless `initial` says otherwise.
 * Delays: a `delay` ends the token's part in the reaction; without clocks it may resume at any later step.
 * `wait` looks at the level: where `until` holds it goes on at once. Else the token waits, and the first write after which `until` holds wakes it: the token
 * leaves the waiting ones and joins the queue of events, and goes on when its turn comes, whatever `until` is by then. From outside it resumes by its time-out.
 * `await` looks at edges: the token waits in any case, and the first event made after it began to wait (a write, an `emit`) that one of its triggers matches
 * wakes it in the same way. It sets the locals `wait` (the payload), `wait.before` and `wait.index` (which of its triggers), all null after a time-out.
 *
 * IN DETAIL, where the text above could be read in two ways:
 * - An event is delivered to all automations that it reaches before the next event is. On `native` and `node-red` one automation starts one run by one event,
 *   however many of its triggers match (`trigger.index`: the first that does). On `home-assistant` each trigger that matches makes its own attempt, in their
 *   order: guard and run mode are read for each, after the run of the one before has come to its wait or end.
 *   An automation reads its guard in its turn: depth first, the runs of those before it have executed by then; the `order` choice names the automations reached.
 * - A write puts its event into the queue first, then the tokens that it wakes, in the order in which they began to wait. A token in the queue still belongs to
 *   its run: the run is not over, and a restart of the run takes it away.
 * - A `pull` reaches the one automation and trigger that it names (`outside`, `time` or `unmodelled`). Another write of the same value is no outside event where delivery is `state`.
 * - `becomes` is evaluated at writes of the attributes that its condition reads, just before and just after that write; locals are null in it.
 * - Whether a `change` or `message` trigger of an automation matches is read off its event when that is delivered; what arms timers and wakes tokens is decided
 *   at the write. A token that begins to wait after a write does not hear of it.
 * - Depth first, the token of the first `next` goes on until it waits or ends, then the second begins. A queued start begins the moment the run before it ends.
 * - `call` reaches its automation as a trigger does: guard and run mode count, `trigger`, `trigger.before` and `trigger.index` are null. Depth first the called run goes to its wait or end before the
 *   caller goes on; on `node-red` its tokens join the queue. The caller waits for no delay of the called run.
 * - `until` is evaluated with the token's locals when the step is reached and after each write of an attribute that it reads. Where it has an unmodelled part
 *   (`any`) it may besides come to hold at any moment: then the token may resume from outside.
 * - A trigger of `await` that is `outside`, `time` or `unmodelled` resumes the token from outside (the event names it). `start` and `never` do not; one with
 *   `for` may resume it from outside at any moment at which the value stands in `to` (in none of `from`, where `from` alone is given) or the condition holds.
 * - A restart sets helpers without making events; other attributes stay as they are.
 * - Arguments are all evaluated, from left to right; cases up to the first that holds (all, where `every`). Value choices are consumed in this order, each part's own.
 * - `mod` has the sign of the dividend; `-` of one argument negates; arithmetic on several arguments goes from left to right; `number` reads decimal literals
 *   (blanks around allowed, the empty text is none).
 *
 * VALUES are `null` (no value, undefined), booleans, finite numbers (exact decimals in analysis) and texts; `unavailable` and `unknown` are texts.
 */
import type { Location } from '../diagnostics/diagnostic.ts'
import type { SettledEnvironment } from './environment.ts'
import type { Value, ValueType } from './value.ts'

export type { Value, ValueType } from './value.ts'

/** A readable, perhaps writable face of a thing: `light.kitchen`, `mqtt:embedded/home/A/shade-1/up`, a helper such as a flow variable. */
export interface ThingAttribute {
  /** Unique over all applications analysed together, after identities are resolved: `thing` + `.` + `name`, or the thing alone. */
  readonly id: string
  readonly thing: string
  readonly place?: string
  readonly type: ValueType
  /** sensor: only the outside writes it; actuator: automations command it (K1 to K4 speak of these); helper: inner variable of one application. */
  readonly role: 'sensor' | 'actuator' | 'helper'
  /** May take another value with no automation writing it (sensors; actuators with manual operation). */
  readonly outside: boolean
  readonly delivery: 'state' | 'message'
  /** Values after a restart; absent: any of its type (for `helper` of Node-RED: [null]). */
  readonly initial?: readonly Value[]
  readonly restored: boolean
  readonly at?: Location
}

/** At most one attribute of the set may be commanded to its value within one reaction, or stand there (up and down of one shade). */
export interface Exclusion {
  readonly name: string
  readonly members: readonly { readonly attribute: string; readonly value: Value }[]
  readonly at?: Location
}

/**
 * Expressions have no side effects. Operators: `and or not` on truth (null, false and every non-boolean count as not true); `==` is equality of type and value;
 * `!=` its negation; `< <= > >=` on two numbers, else false; `+ - * / mod min max` on numbers, else null (also for / and mod by 0); `if` c a b;
 * `number` parses a text or keeps a number, else null; `is` tests a type name: ['is', x, 'bool' | 'number' | 'text' | 'null']. On texts: `TextOperator`.
 */
export type AutomationExpression =
  | { readonly is: 'value'; readonly value: Value }
  | { readonly is: 'read'; readonly attribute: string }
  | { readonly is: 'local'; readonly name: string }
  | { readonly is: 'apply'; readonly operator: AutomationOperator; readonly arguments: readonly AutomationExpression[] }
  /** Not modelled: any value of `type`, independently at each evaluation. `part` names the entry of `unmodelled`, or is `CHANCE` where the platform itself draws. */
  | { readonly is: 'any'; readonly type: ValueType; readonly part: string }

/** The part of values that a platform draws by chance: any of them can come, and nothing is left unmodelled. */
export const CHANCE = 'by chance'

export type AutomationOperator =
  | ('and' | 'or' | 'not' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | 'mod' | 'min' | 'max' | 'if' | 'number' | 'is')
  | TextOperator

/**
 * Operators on texts. Letters are Unicode code points, counted from 0; a position below 0 counts from the end, as in Python. Where the subject (the first argument) is
 * no text, or another argument is not of the type it must be, the result is false for the operators that ask and null for those that make.
 * - `text` x 'float'?: how Python prints x. null is `None`, truth values `True` and `False`, a text itself, a whole number its digits (with `.0` after it where the
 *   second argument is 'float'), another number its shortest decimal, in scientific notation from 1e16 and below 1e-4. `concat` ...: the texts of all, one after the other.
 * - `contains` t u, `starts` t u, `ends` t u: whether u stands in t, at its start, at its end. `precedes` t u: whether t comes before u by code points.
 *   `matches` t p: whether the pattern p (ECMAScript, mode `u`; with `(?i)` before it `iu`) is found in t; false where p is no pattern.
 * - `lower`, `upper`, `capital` (first letter upper, the others lower), `title` (so each word, parted by blanks, dashes and opening brackets), `trim` (blanks at both ends).
 * - `length` t, `slice` t from to (null: the start, the end), `replace` t u v (every u from the left by v; with u empty t itself), `part` t u i (the i-th of the parts
 *   between the u; u null: between runs of blanks), `found` t p i (the i-th part of t that the pattern finds: its first group, where it has one), both null beyond.
 *   `rewrite` t p v: t with all that the pattern finds replaced by v, in which `$1` to `$9` stand for groups and `$$` for a dollar sign.
 * - `moment` t z: seconds since 1970 of a written date (`2024-06-15`, with a time `T06:30`, `06:30:15.5` after `T` or a blank, with a zone `Z`, `+02:00` or `+0200`); without a
 *   zone local, z seconds ahead of UTC. `clock` t: seconds since midnight of a written time of day (`6:30`, `06:30:15`). `date` s z f: the moment s (seconds since 1970), on a
 *   clock z seconds ahead of UTC, by the format f of `strftime` (codes `YmdHMSAaBbjUWpIwuyf%`, `z` and `:z`; `-` drops leading zeros), null with another code.
 * In analysis what one of them makes of a text that no part of the behaviour names may be any value of its result's type: more than can be, so that what is shown impossible is.
 */
export type TextOperator =
  | ('text' | 'concat' | 'contains' | 'starts' | 'ends' | 'precedes' | 'matches' | 'lower' | 'upper' | 'capital' | 'title' | 'trim')
  | ('length' | 'slice' | 'replace' | 'rewrite' | 'part' | 'found' | 'moment' | 'clock' | 'date')

/** What an operator on texts can give: always one of the type, or null beside it. */
export const textResults: Readonly<Record<TextOperator, 'bool' | 'text' | 'text or null' | 'number or null'>> = {
  text: 'text',
  concat: 'text',
  contains: 'bool',
  starts: 'bool',
  ends: 'bool',
  precedes: 'bool',
  matches: 'bool',
  lower: 'text or null',
  upper: 'text or null',
  capital: 'text or null',
  title: 'text or null',
  trim: 'text or null',
  length: 'number or null',
  slice: 'text or null',
  replace: 'text or null',
  rewrite: 'text or null',
  part: 'text or null',
  found: 'text or null',
  moment: 'number or null',
  clock: 'number or null',
  date: 'text or null',
}

export const isTextOperator = (operator: AutomationOperator): operator is TextOperator => Object.hasOwn(textResults, operator)

export type Trigger =
  | {
      readonly on: 'change'
      readonly attribute: string
      readonly from?: readonly Value[]
      readonly to?: readonly Value[]
      /** Milliseconds that the value must stay. */
      readonly for?: AutomationExpression
      readonly at: Location
    }
  | { readonly on: 'message'; readonly attribute: string; readonly at: Location }
  | {
      readonly on: 'becomes'
      readonly condition: AutomationExpression
      /** Milliseconds that the condition must stay true. */
      readonly for?: AutomationExpression
      readonly at: Location
    }
  /** Pulled from outside at any time: a button of a dashboard, an injection, a webhook, an event nobody here fires. `payload` is what the local `trigger` holds. */
  | { readonly on: 'outside'; readonly name: string; readonly payload: AutomationExpression; readonly at: Location }
  | { readonly on: 'event'; readonly event: string; readonly at: Location }
  | { readonly on: 'time'; readonly schedule: string; readonly at: Location }
  | { readonly on: 'start'; readonly at: Location }
  /** Nothing can ever start it; `because` says why (no instance of the subflow, a link that dangles). */
  | { readonly on: 'never'; readonly because: string; readonly causes: readonly string[]; readonly at: Location }
  /** Not modelled: may fire at any time. */
  | { readonly on: 'unmodelled'; readonly part: string; readonly at: Location }

export interface Timeout {
  readonly milliseconds: AutomationExpression
  readonly next: readonly string[]
}

/** Ids are unique within the automation. An empty `next` ends the token. `withPrevious` (`node-red` only): one node may be several steps. */
export type Step = { readonly id: string; readonly at: Location; readonly next: readonly string[]; readonly withPrevious?: true } & (
  | { readonly do: 'set'; readonly attribute: string; readonly value: AutomationExpression }
  | { readonly do: 'let'; readonly local: string; readonly value: AutomationExpression }
  /** Continues with `next` of the first case that holds (of every one that holds, where `every`); with none, with `next` of the step itself. */
  | {
      readonly do: 'branch'
      readonly every: boolean
      readonly cases: readonly { readonly when: AutomationExpression; readonly next: readonly string[] }[]
    }
  | { readonly do: 'delay'; readonly milliseconds: AutomationExpression }
  /** Goes on once `until` holds; by `next` of the time-out where that comes first. */
  | { readonly do: 'wait'; readonly until: AutomationExpression; readonly timeout?: Timeout }
  /** Goes on with the first event that one of the triggers matches. */
  | { readonly do: 'await'; readonly triggers: readonly Trigger[]; readonly timeout?: Timeout }
  | { readonly do: 'emit'; readonly event: string }
  | { readonly do: 'call'; readonly automation: string }
  /** Not modelled: may write any value of their types to the attributes of `writes`, each or not, and may or may not continue. */
  | { readonly do: 'unmodelled'; readonly part: string; readonly writes: readonly string[] }
)

export type Platform = 'native' | 'home-assistant' | 'node-red'

export interface Automation {
  /** Unique over everything analysed together. */
  readonly id: string
  /** In its author's words. */
  readonly name: string
  readonly application: string
  readonly platform: Platform
  readonly mode: { readonly run: 'single' | 'restart' | 'queued' | 'parallel'; readonly max: number }
  readonly triggers: readonly Trigger[]
  readonly guard: AutomationExpression
  readonly entry: readonly string[]
  readonly steps: readonly Step[]
  readonly at: Location
}

/** A part of an automation that its importer could not express. */
export interface UnmodelledPart {
  readonly id: string
  readonly automation: string
  readonly at: Location
  readonly why: string
  /** Attributes that it may write; `declared` write sets are an assumption. */
  readonly writes: readonly string[]
  readonly declared: boolean
}

/** A name that nothing provides (K0), found while importing; `used by` are automations or step ids. */
export interface Dangling {
  readonly id: string
  readonly automation?: string
  readonly at: Location
  readonly text: string
}

export interface Application {
  readonly id: string
  /** The larger is the more important (K28); absent: nothing is said. */
  readonly priority?: number
  readonly automations: readonly Automation[]
  readonly unmodelled: readonly UnmodelledPart[]
  readonly dangling: readonly Dangling[]
}

/** Everything analysed together. */
export interface Behaviour {
  readonly applications: readonly Application[]
  readonly attributes: readonly ThingAttribute[]
  readonly exclusions: readonly Exclusion[]
  /** What was taken for granted while importing, one sentence each: "the broker at 127.0.0.1:1883 of each flow is its own". */
  readonly assumptions: readonly string[]
  /** The world that they act on, as far as something is known of it. */
  readonly environment?: SettledEnvironment
}
