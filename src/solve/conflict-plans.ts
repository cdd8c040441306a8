/** Runs that may start a rule and bring it to its steps: an event from outside, the values before it, and what must come before and after. Tried by the interpreter, never trusted. */
import type { ConflictStructure, Rule } from '../../constraints/reaction.ts'
import { readsOf, successorsOf } from '../compile/conflicts-structure.ts'
import type { Step, Trigger, Value, ValueType } from '../model/automation.ts'
import type { OutsideEvent } from '../model/conflict.ts'
import { plainValue } from '../verify/choices.ts'
import { joined, localKey, NO_WISH, otherThan, product, wishesFor, type Wish } from './conflict-wishes.ts'

export interface Plan {
  readonly initial: Wish
  readonly events: readonly OutsideEvent[]
}

/** Ways through one rule, and those that are tried for whatever they lead to. */
const WAYS = 400
export const FIRST_WAYS = 16
/** Rules that start each other on the way to one. */
const CHAIN = 2

/** What must hold when the rule starts so that it takes one of its ways; `to`: the step that the way leads to first. */
export interface WantedWay {
  readonly wish: Wish
  readonly to?: string
}

export interface Planner {
  readonly ways: (rule: string) => readonly WantedWay[]
  /** Of the first of them. */
  readonly wants: (rule: string) => readonly Wish[]
  /** Plans by which it starts where the wish holds. */
  readonly starts: (rule: string, wish: Wish) => readonly Plan[]
}

export const plannerOf = (structure: ConflictStructure): Planner => {
  const types =
    (rule: Rule) =>
    (key: string): ValueType | undefined =>
      structure.attributes.get(key)?.type ?? payloadType(rule, key)
  const memo = new Map<string, readonly WantedWay[]>()
  const ways = (id: string): readonly WantedWay[] => {
    const known = memo.get(id)
    if (known !== undefined) return known
    const rule = structure.rule.get(id)
    const made = rule === undefined ? [] : guarded(wishesFor(rule.automation.guard, true, types(rule)), waysOf(rule, types(rule)))
    memo.set(id, made)
    return made
  }
  const firsts = new Map<string, readonly Wish[]>()
  const wants = (id: string): readonly Wish[] => {
    const known =
      firsts.get(id) ??
      ways(id)
        .slice(0, FIRST_WAYS)
        .map(({ wish }) => wish)
    firsts.set(id, known)
    return known
  }
  const emitters = (event: string): readonly string[] =>
    structure.rules.flatMap(({ automation, live }) =>
      live && automation.steps.some((step) => step.do === 'emit' && step.event === event) ? [automation.id] : [],
    )
  const callers = (called: string): readonly string[] =>
    structure.rules.flatMap(({ automation, live }) =>
      live && automation.steps.some((step) => step.do === 'call' && step.automation === called) ? [automation.id] : [],
    )
  /** Plans of another rule that starts this one, with what this one wants besides. */
  const through = (others: readonly string[], wish: Wish, depth: number, avoid: Wish): readonly Plan[] =>
    depth === 0
      ? []
      : others.slice(0, 3).flatMap((other) =>
          wants(other)
            .slice(0, 3)
            .flatMap((own) => {
              const both = joined(own, withoutLocals(wish))
              const start = both === undefined ? undefined : joined(both, avoid)
              return start === undefined ? [] : starting(other, start, depth - 1).slice(0, 3)
            }),
        )
  const writersTo = (attribute: string, to: readonly Value[] | undefined): readonly string[] => [
    ...new Set(
      (structure.writers.get(attribute) ?? [])
        .filter(({ constant }) => constant === undefined || to === undefined || to.includes(constant))
        .map(({ rule }) => rule),
    ),
  ]
  const byTrigger = (rule: Rule, trigger: Trigger, index: number, wish: Wish, depth: number): readonly Plan[] => {
    const automation = rule.automation.id
    const position = wish.get(localKey('trigger.index'))
    if (position !== undefined && position !== index) return []
    const outer = withoutLocals(wish)
    const payload = wish.get(localKey('trigger'))
    const due = (plans: readonly Plan[]): readonly Plan[] =>
      (trigger.on === 'change' || trigger.on === 'becomes') && trigger.for !== undefined
        ? plans.map((plan) => ({ ...plan, events: [...plan.events, { is: 'due', automation, trigger: index }] }))
        : plans
    /** The attribute is written from outside so that the wish holds after it. */
    const written = (
      attribute: string,
      after: Wish,
      to: readonly Value[] | undefined,
      from: readonly Value[] | undefined,
    ): readonly Plan[] => {
      const known = structure.attributes.get(attribute)
      if (known === undefined) return []
      const value = after.get(attribute) ?? payload ?? to?.[0]
      const values = value !== undefined ? [value] : sample(known.type, from)
      if (!known.outside) {
        const before = from?.[0] ?? otherThan(known, value ?? null, undefined)
        const avoid: Wish = before === undefined ? NO_WISH : new Map([[attribute, before]])
        const rest = new Map([...after].filter(([key]) => key !== attribute))
        return through(writersTo(attribute, value === undefined ? to : [value]), rest, depth, avoid)
      }
      return values.flatMap((one): readonly Plan[] => {
        const before = from?.find((each) => each !== one) ?? (known.delivery === 'message' ? undefined : otherThan(known, one, undefined))
        const initial = new Map([...after].filter(([key]) => key !== attribute))
        if (before !== undefined) initial.set(attribute, before)
        return [{ initial, events: [{ is: 'write', attribute, value: one }] }]
      })
    }
    switch (trigger.on) {
      case 'outside': {
        const part = trigger.payload
        const carried =
          part.is === 'value' ? part.value : part.is === 'read' ? (outer.get(part.attribute) ?? null) : (payload ?? open(part))
        return [{ initial: outer, events: [{ is: 'pull', automation, trigger: index, payload: carried }] }]
      }
      case 'time':
      case 'unmodelled':
        return [{ initial: outer, events: [{ is: 'pull', automation, trigger: index, payload: null }] }]
      case 'start':
        return [{ initial: outer, events: [{ is: 'restart' }] }]
      case 'event':
        return through(emitters(trigger.event), wish, depth, NO_WISH)
      case 'change':
        return due(written(trigger.attribute, outer, trigger.to, trigger.from))
      case 'message':
        return written(trigger.attribute, outer, undefined, undefined)
      case 'becomes': {
        const [yes, no] = [wishesFor(trigger.condition, true, types(rule)), wishesFor(trigger.condition, false, types(rule))]
        return due(
          yes.slice(0, 3).flatMap((one) => {
            const after = joined(outer, one)
            if (after === undefined) return []
            return [...readsOf(trigger.condition)].flatMap((attribute) => {
              const from = no.flatMap((other) => {
                const value = other.get(attribute)
                return value === undefined || value === after.get(attribute) ? [] : [value]
              })
              return written(attribute, after, undefined, from.length === 0 ? undefined : from.slice(0, 1))
            })
          }),
        )
      }
      case 'never':
        return []
    }
  }
  const starting = (id: string, wish: Wish, depth: number): readonly Plan[] => {
    const rule = structure.rule.get(id)
    if (rule === undefined) return []
    const own = rule.automation.triggers.flatMap((trigger, index) => byTrigger(rule, trigger, index, wish, depth))
    return [...own, ...through(callers(id), wish, depth, NO_WISH)].flatMap((plan) => startable(plan, depth))
  }
  /** What an attribute cannot hold after a restart is brought about by a rule that writes it, first. */
  const startable = (plan: Plan, depth: number): readonly Plan[] => {
    const wrong = [...plan.initial].find(([id, value]) => {
      const attribute = structure.attributes.get(id)
      const { initial = [], outside = false } = attribute ?? {}
      return attribute === undefined || (initial.length > 0 && !outside && !initial.includes(value))
    })
    if (wrong === undefined) return [plan]
    const [id, value] = wrong
    const rest = new Map([...plan.initial].filter(([key]) => key !== id))
    if (depth === 0) return []
    return writersTo(id, [value])
      .slice(0, 2)
      .flatMap((writer) =>
        wants(writer)
          .slice(0, 2)
          .flatMap((own) => starting(writer, own, depth - 1).slice(0, 2)),
      )
      .flatMap((before): readonly Plan[] => {
        const written = new Set(before.events.flatMap((event) => (event.is === 'write' ? [event.attribute] : [])))
        const kept = new Map([...before.initial].filter(([key]) => !rest.has(key) || written.has(key)))
        return [{ initial: new Map([...rest, ...kept]), events: [...before.events, ...plan.events] }]
      })
  }
  return { ways, wants, starts: (rule, wish) => starting(rule, wish, CHAIN) }
}

/** Each way once for the guard's first wish that goes with it, then the first ways with its other wishes. */
const guarded = (guards: readonly Wish[], ways: readonly WantedWay[]): readonly WantedWay[] => {
  const both = ways.map((way) => ({
    way,
    wishes: guards.flatMap((guard) => {
      const one = joined(guard, way.wish)
      return one === undefined ? [] : [one]
    }),
  }))
  const made = both.flatMap(({ way, wishes: [wish] }) => (wish === undefined ? [] : [{ ...way, wish }]))
  const others = both.flatMap(({ way, wishes }) => wishes.slice(1).map((wish) => ({ ...way, wish })))
  return [...made.slice(0, FIRST_WAYS / 2), ...others.slice(0, FIRST_WAYS / 2), ...made.slice(FIRST_WAYS / 2)]
}

const withoutLocals = (wish: Wish): Wish => {
  if (![...wish.keys()].some((key) => key.startsWith('\u0000'))) return wish
  return new Map([...wish].filter(([key]) => !key.startsWith('\u0000')))
}

const open = (payload: Extract<Trigger, { on: 'outside' }>['payload']): Value => (payload.is === 'any' ? plainValue(payload.type) : null)

/** What a payload that anyone may choose can be. */
const payloadType = ({ automation }: Rule, key: string): ValueType | undefined => {
  if (key !== localKey('trigger')) return undefined
  const open = automation.triggers.find((trigger) => trigger.on === 'outside' && trigger.payload.is === 'any')
  return open?.on === 'outside' && open.payload.is === 'any' ? open.payload.type : undefined
}

/** Two values of the type, none of `from`. */
const sample = (type: ValueType, from: readonly Value[] | undefined): readonly Value[] => {
  const options: readonly Value[] =
    type.is === 'enum' ? type.values : type.is === 'bool' ? [true, false] : type.is === 'number' ? [plainValue(type)] : ['on', 'off']
  return options.filter((one) => from?.includes(one) !== true).slice(0, 2)
}

/** What must hold on the ways from the entry to where branches lead, each case once. */
const waysOf = ({ automation, steps }: Rule, typeOf: (key: string) => ValueType | undefined): readonly WantedWay[] => {
  const ways: WantedWay[] = [{ wish: NO_WISH }]
  const seen = new Set<string>()
  const unset = (wish: Wish, known: ReadonlySet<string>): Wish => new Map([...wish].filter(([key]) => !known.has(key)))
  const ahead: { readonly id: string; readonly wish: Wish; readonly known: ReadonlySet<string> }[] = []
  const later = (next: readonly string[], wish: Wish, known: ReadonlySet<string>): void =>
    void ahead.push(...[...next].reverse().map((id) => ({ id, wish, known })))
  const to = ([first]: readonly string[]): { readonly to?: string } => (first === undefined ? {} : { to: first })
  later(automation.entry, NO_WISH, new Set())
  for (let here = ahead.pop(); here !== undefined && ways.length <= WAYS; here = ahead.pop()) {
    const { id, wish, known } = here
    const step = steps.get(id)
    if (step === undefined || seen.has(id)) continue
    seen.add(id)
    const changed = changedBy(step)
    const after = changed.length === 0 ? known : new Set([...known, ...changed])
    if (step.do !== 'branch') {
      later(successorsOf(step), wish, after)
      continue
    }
    let failing: readonly Wish[] = [wish]
    const taken = step.cases.map((one) => {
      const [first] = product(
        failing,
        wishesFor(one.when, true, typeOf).map((each) => unset(each, known)),
      )
      if (first !== undefined) ways.push({ wish: first, ...to(one.next) })
      if (!step.every)
        failing = product(
          failing,
          wishesFor(one.when, false, typeOf).map((each) => unset(each, known)),
        )
      return { next: one.next, wish: first ?? wish }
    })
    const [none] = failing
    if (none !== undefined) ways.push({ wish: none, ...to(step.next) })
    later(step.next, none ?? wish, after)
    for (const one of taken.reverse()) later(one.next, one.wish, after)
  }
  return ways
}

/** What holds something else after the step than at the start. */
const changedBy = (step: Step): readonly string[] =>
  step.do === 'set' ? [step.attribute] : step.do === 'let' ? [localKey(step.local)] : step.do === 'unmodelled' ? step.writes : []
