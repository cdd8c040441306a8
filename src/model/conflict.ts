/** What conflict analysis answers: one finding per (kind, subject), with its trace or its certificate. */
import type { Diagnostic, Location } from '../diagnostics/diagnostic.ts'
import type { Value } from './automation.ts'

export type ConflictVerdict = 'proved' | 'conflict' | 'possible' | 'unknown'

/** `interpreter`: the trace was replayed; `pre-filter`: decided without a solver and re-decided by `verify/`; `structure`: a graph argument that `verify/` repeated. */
export type ConflictCheckedBy = 'interpreter' | 'structure' | 'enumeration' | 'other-solver' | 'same-solver' | 'nobody'

/** What happens from outside, in order; the interpreter needs nothing else to replay a run. */
export type OutsideEvent =
  | { readonly is: 'write'; readonly attribute: string; readonly value: Value }
  | { readonly is: 'pull'; readonly automation: string; readonly trigger: number; readonly payload: Value }
  | {
      readonly is: 'resume'
      readonly automation: string
      readonly step: string
      /** which of the waiting tokens at that step, first = 0. */ readonly nth: number
      readonly timedOut: boolean
      /** Of an `await`: which of its triggers comes from outside, and with what. */
      readonly trigger?: number
      readonly payload?: Value
    }
  /** An armed trigger (`for`) comes due. */
  | { readonly is: 'due'; readonly automation: string; readonly trigger: number }
  | { readonly is: 'restart' }

/** Choices a run makes where the model leaves them open, consumed in order: values of `any` expressions and unmodelled writes, orders of automations started by one event. */
export type OpenChoice =
  | { readonly is: 'value'; readonly part: string; readonly value: Value }
  | { readonly is: 'write'; readonly part: string; readonly attribute: string; readonly value: Value | { readonly none: true } }
  | { readonly is: 'continue'; readonly part: string; readonly yes: boolean }
  | { readonly is: 'order'; readonly automations: readonly string[] }

/** A run that anyone can replay: an initial state and what comes from outside. */
export interface Run {
  readonly initial: Readonly<Record<string, Value>>
  readonly events: readonly OutsideEvent[]
  readonly choices: readonly OpenChoice[]
}

/** One line of a shown trace. */
export interface TraceLine {
  readonly reaction: number
  /** Of timed runs: milliseconds since the start, exact (`299000`, `1/3`). */
  readonly instant?: string
  readonly what: string
  readonly automation?: string
  readonly attribute?: string
  readonly before?: Value
  readonly after?: Value
  readonly at?: Location
}

/** `static`: a fact of the model that the checker of the kind reads again. */
export type StructureArgument = 'no-live-writer' | 'single-writer' | 'unreachable' | 'nothing-provides' | 'same-values' | 'static'

/** Values of an attribute, or the numbers that they are (or tell). `none`: what is no number, too. Bounds are decimals. */
export type ValueSpan =
  | { readonly is: 'among' | 'except'; readonly values: readonly Value[] }
  | {
      readonly is: 'numbers'
      readonly low?: string
      readonly above: boolean
      readonly high?: string
      readonly below: boolean
      readonly none: boolean
    }

/** `less - more <= bound` (`strict`: less than it); an absent name is zero. It follows from what the first or second rule needs, or from a type. */
export interface DifferenceBound {
  readonly from: 'first' | 'second' | 'type'
  readonly less?: string
  readonly more?: string
  readonly bound: string
  readonly strict: boolean
}

/** What parts the ways in which two rules come to their commands, in one reaction: attributes that no rule writes hold one value throughout it. */
export type DisjointReason =
  /** They need different events from outside. */
  | { readonly is: 'event' }
  | {
      readonly is: 'attribute'
      readonly attribute: string
      readonly of: 'value' | 'number'
      readonly first: ValueSpan
      readonly second: ValueSpan
    }
  /** Bounds on differences that cannot all hold: summed up around the circle they are below zero. */
  | { readonly is: 'circle'; readonly bounds: readonly DifferenceBound[] }

export type ConflictCertificate =
  /** Scripts that are unsatisfiable; `says` tells what each refutes. */
  | { readonly is: 'refutation'; readonly scripts: readonly { readonly says: string; readonly text: string }[] }
  /** No solver needed: `argument` names it, `facts` are the ids it stands on; `verify/` decides it again from the model. */
  | {
      readonly is: 'structure'
      readonly argument: StructureArgument
      readonly facts: readonly string[]
    }
  /** No solver needed: whenever the two rules could command incompatible values, one of the reasons parts them; `verify/` decides each again. */
  | { readonly is: 'disjoint'; readonly reasons: readonly DisjointReason[] }
  | InductionCertificate

/**
 * What shows that no run, however long, shows it. `scripts` are unsatisfiable: that every initial state fulfils the invariant, that no reaction (after time that passes)
 * leaves it, and that none shows it; with `depth` k above 1 the invariant is one of k reactions in a row.
 */
export interface InductionCertificate {
  readonly is: 'induction'
  readonly method: 'induction' | 'k-induction' | 'spacer'
  readonly depth: number
  /** In words, a conjunct each. */
  readonly invariant: readonly string[]
  readonly scripts: readonly { readonly says: string; readonly text: string }[]
}

export interface Finding {
  /** `conflict/opposite-actuation`. */
  readonly kind: string
  /** `K1`. */
  readonly id: string
  readonly severity: 'error' | 'warning' | 'relation'
  readonly verdict: ConflictVerdict
  readonly checkedBy: ConflictCheckedBy
  /** Stable id of what it is about: attribute and rule pair, rule, location. */
  readonly subject: string
  readonly actuator?: string
  readonly rules: readonly string[]
  readonly locations: readonly Location[]
  /** One sentence for the owner. */
  readonly text: string
  /** same event, same reaction, within a window, coincidence. */
  readonly meets?: 'same-event' | 'same-reaction' | 'window' | 'coincidence'
  /** Of kinds that speak of time a `TimedRun`. */
  readonly run?: Run
  /** Milliseconds of the window, horizon or bound that the kind was asked with, where it has one. */
  readonly window?: number
  readonly trace: readonly TraceLine[]
  readonly certificate?: ConflictCertificate
  /** Unmodelled parts that it uses; of a proof also the assumptions (`assumption: ...`), as few as were found to do. */
  readonly leansOn: readonly string[]
  readonly why?: string
  readonly fingerprint: string
}

export interface CheckedApplication {
  readonly id: string
  readonly automations: number
  readonly modelledExactly: number
  readonly unmodelled: readonly { readonly at: Location; readonly why: string; readonly writes: readonly string[] }[]
}

export type ConflictReport =
  | {
      readonly status: 'checked'
      readonly applications: readonly CheckedApplication[]
      readonly findings: readonly Finding[]
      readonly assumptions: readonly string[]
      readonly summary: Readonly<Record<ConflictVerdict, number>>
      readonly statistics: {
        readonly pairs: number
        readonly prefiltered: number
        readonly solverCalls: number
        readonly milliseconds: Readonly<Record<string, number>>
      }
      readonly diagnostics: readonly Diagnostic[]
    }
  | { readonly status: 'invalid'; readonly diagnostics: readonly Diagnostic[] }
