/** A reaction in the making, on terms: what has been written, what is still to happen, and what was given up. Private to the files that execute one. */
import type { Executed, ReactionWrite, Rule, Standing, Started, Dropped } from '../../constraints/reaction.ts'
import { choose, nullValue, numberValue, type SymbolicValue } from '../../constraints/symbolic-value.ts'
import { add, and, FALSE, ite, lt, or, real } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'
import type { AutomationExpression, Step } from '../model/automation.ts'
import type { ReactionContext } from './conflicts-context.ts'
import { symbolicValue } from './conflicts-expression.ts'
import type { SymbolicState, SymbolicTimer, WaitingToken } from './conflicts-state.ts'
import type { Occurrence, SymbolicLocals, Token } from './conflicts-token.ts'
import { setOfType } from './conflicts-value-set.ts'

/** A choice that the reaction makes where `guard` holds; in the order they are made. */
export type MadeChoice = { readonly guard: Term } & (
  | { readonly is: 'value'; readonly part: string; readonly value: SymbolicValue }
  | { readonly is: 'write'; readonly part: string; readonly attribute: string; readonly value: SymbolicValue; readonly written: Term }
  | { readonly is: 'continue'; readonly part: string; readonly yes: Term }
  /** The rules that start, each with its condition and its place in the order. */
  | { readonly is: 'order'; readonly rules: readonly { readonly rule: string; readonly starts: Term; readonly place: Term }[] }
)

/** Work that was cut off by the bounds where `guard` holds. */
export interface Unfinished {
  readonly guard: Term
  /** Rules that it can still run. */
  readonly rules: ReadonlySet<string>
  readonly why: string
}

export interface Machine {
  readonly context: ReactionContext
  readonly name: string
  readonly before: SymbolicState
  readonly values: Map<string, Standing>
  readonly writes: ReactionWrite[]
  readonly started: Started[]
  readonly dropped: Dropped[]
  readonly executed: Executed[]
  readonly choices: MadeChoice[]
  readonly unfinished: Unfinished[]
  readonly events: Occurrence[]
  /** Tokens of Node-RED, the next one first. */
  readonly flowing: Token[]
  waiting: WaitingToken[]
  readonly timers: Map<string, SymbolicTimer>
  /** Conditions of the orders that were chosen. */
  readonly orders: Term[]
  /** Rules, and attributes, that work which was cut off may have run or written where the term holds. Only where every reaction is to be contained. */
  readonly loose: Map<string, Term>
  readonly volatile: Map<string, Term>
  readonly visits: Map<Step, number>
  /** Number within the reaction by run of waiting tokens. */
  readonly resumedRuns: Map<string, number>
  /** Of runs in real time: when a run that goes on began. */
  readonly begunOf: Map<number, Term>
  runs: number
  steps: number
}

export const machineAt = (context: ReactionContext, before: SymbolicState, name: string): Machine => ({
  context,
  name,
  before,
  values: new Map(),
  writes: [],
  started: [],
  dropped: [],
  executed: [],
  choices: [],
  unfinished: [],
  events: [],
  flowing: [],
  waiting: [...before.waiting],
  timers: new Map(before.timers),
  orders: [],
  loose: new Map(),
  volatile: new Map(),
  visits: new Map(),
  resumedRuns: new Map(),
  begunOf: new Map(),
  runs: 0,
  steps: 0,
})

/** What the attribute holds now, and what work that was cut off may have left there. */
export const standingIn = (machine: Machine, attribute: string): Standing => {
  const standing = machine.values.get(attribute) ?? machine.before.standing(attribute)
  const loose = machine.volatile.get(attribute)
  if (loose === undefined) return standing
  const { coding, ranges } = machine.context
  const other = coding.valueIn(coding.fresh(`${machine.name}:loose:${attribute}`), ranges.attribute(attribute))
  return { ...standing, value: choose(loose, other, standing.value) }
}

export const evaluateIn = (machine: Machine, expression: AutomationExpression, locals: SymbolicLocals, guard: Term): SymbolicValue => {
  const { coding } = machine.context
  return symbolicValue(
    expression,
    {
      attribute: (id) => standingIn(machine, id).value,
      local: (local) => locals.get(local) ?? nullValue,
      any: (type, part) => {
        const value = coding.valueIn(coding.fresh(`${machine.name}:any:${part}`), setOfType(type))
        machine.choices.push({ is: 'value', guard, part, value })
        return value
      },
    },
    coding,
  )
}

const NUMBER = { is: 'number', integer: false } as const

/** So many milliseconds from now; at once where that is no number above 0. INVARIANT: only where the context has a clock. */
export const instantAfter = (machine: Machine, milliseconds: AutomationExpression, locals: SymbolicLocals, guard: Term): Term => {
  const { coding, clock } = machine.context
  const now = clock?.now ?? real(0)
  const lasts = symbolicValue(
    milliseconds,
    {
      attribute: (id) => standingIn(machine, id).value,
      local: (local) => locals.get(local) ?? nullValue,
      any: (type) => {
        const { number } = coding.valueIn(coding.fresh(`${machine.name}:lasts`), setOfType(type.is === 'number' ? type : NUMBER))
        // Any number from 0 on: what a solver gives below is 0.
        const drawn = ite(lt(number, real(0)), real(0), number)
        clock?.drawn.push({ guard, milliseconds: drawn })
        return numberValue(drawn)
      },
    },
    coding,
  )
  return add(now, ite(and(lasts.isNumber, lt(real(0), lasts.number)), lasts.number, real(0)))
}

/** The rules are not executed further where the guard holds. */
export const cutOff = (machine: Machine, guard: Term, rules: readonly string[], why: string): void => {
  if (guard === FALSE) return
  const { listeners, structure, relevant } = machine.context
  const reached = new Set(rules.flatMap((rule) => [...listeners.reach(rule).rules]).filter((rule) => relevant?.has(rule) ?? true))
  if (machine.before.open) {
    const add = (map: Map<string, Term>, key: string): unknown => map.set(key, or(map.get(key) ?? FALSE, guard))
    const written = new Set([...reached].flatMap((rule) => structure.rule.get(rule)?.writes.map((writer) => writer.attribute) ?? []))
    reached.forEach((rule) => add(machine.loose, rule))
    written.forEach((attribute) => add(machine.volatile, attribute))
  }
  machine.unfinished.push({ guard, rules: reached, why })
}

/** Whether the analysis may still go on; each call takes a part of what it may do. */
export const mayWork = ({ context: { work } }: Machine, cost = 1): boolean => work === undefined || (work.left -= cost) >= 0

export const tooMuchWork = 'too much has a part in it'

/** Whether the rule matters to what is asked for. */
export const matters = ({ context: { relevant } }: Machine, rule: Rule): boolean => relevant?.has(rule.automation.id) ?? true

/** As many runs at once as nobody counts. */
const UNLIMITED = 1_000_000

export const isUnlimited = ({ automation: { mode } }: Rule): boolean => mode.run === 'parallel' && mode.max >= UNLIMITED
