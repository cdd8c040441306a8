/**
 * One reaction, executed on terms: every write, start and branch with the condition under which it happens, in the order of the platform.
 * Exact but for open values (unmodelled parts, products, remainders) and for what `unfinished` lists; where the order is open, a variable chooses it.
 */
import type {
  ConflictStructure,
  OutsideKind,
  Reaction,
  ReactionWrite,
  Rule,
  Started,
  Executed,
  Standing,
} from '../../constraints/reaction.ts'
import { choose, differentValues, nullValue, oneOf, truth, type SymbolicValue } from '../../constraints/symbolic-value.ts'
import { and, any, bool, distinct, eq, FALSE, int, ite, lt, not, or, sum, TRUE } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'
import type { AutomationExpression, Step, Trigger, Value } from '../model/automation.ts'
import type { Coding } from './conflicts-coding.ts'
import { symbolicValue } from './conflicts-expression.ts'
import { canReach, canStart, type Listeners } from './conflicts-listeners.ts'
import { orderGroups } from './conflicts-order.ts'
import { partsOf, writesOf } from './conflicts-structure.ts'
import { caseKey, type Ranges } from './conflicts-ranges.ts'
import { restartSet, type SymbolicState, type WaitingToken } from './conflicts-state.ts'
import { EVERYTHING, setOfType, type ValueSet } from './conflicts-value-set.ts'

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

export interface SymbolicReaction extends Reaction {
  /** Contains this reaction however it goes on where it was cut off: every rule that the rest can run may then take any of its steps with any values. */
  readonly beyond: () => Reaction
  readonly state: SymbolicState
  readonly choices: readonly MadeChoice[]
  readonly unfinished: readonly Unfinished[]
  /** What the outside brings: the written value or the payload of a pulled trigger. */
  readonly payload: SymbolicValue
  /** For `resume` in a known state: the waiting tokens, in order, with the condition under which each is the resumed one. */
  readonly resumed: readonly { readonly token: WaitingToken; readonly is: Term }[]
}

export interface ReactionBounds {
  /** Token steps per reaction. */
  readonly steps: number
  /** Times that one step is executed. */
  readonly visits: number
  /** Token steps from a start or resumption to the end of its part in the reaction. */
  readonly hops: number
  /** Events that follow one another. */
  readonly chain: number
  /** Times that a rule starts among the causes of its own start. */
  readonly again: number
  /** Rules started by one event whose order matters and is open. */
  readonly permuted: number
}

export const reactionBounds: ReactionBounds = { steps: 3000, visits: 16, hops: 300, chain: 8, again: 2, permuted: 5 }

/** Shorter reactions, for runs that are looked for. */
export const unrolledBounds: ReactionBounds = { ...reactionBounds, steps: 1500, visits: 10 }

/** As many runs at once as nobody counts. */
const UNLIMITED = 1_000_000

interface Token {
  readonly rule: Rule
  readonly step: string
  readonly locals: ReadonlyMap<string, SymbolicValue>
  readonly guard: Term
  readonly run: number
  readonly direct: boolean
  readonly hops: number
  readonly chain: Chain
}

/** The rules whose starts led to something, the last one first. */
interface Chain {
  readonly length: number
  readonly rule: string
  readonly before: Chain | undefined
}

const NO_CHAIN: Chain = { length: 0, rule: '', before: undefined }

const timesIn = (chain: Chain | undefined, rule: string): number =>
  chain === undefined ? 0 : (chain.rule === rule ? 1 : 0) + timesIn(chain.before, rule)

interface Occurrence {
  readonly guard: Term
  readonly heard: readonly { readonly rule: Rule; readonly match: Term; readonly payload: SymbolicValue }[]
  readonly direct: boolean
  readonly chain: Chain
}

export interface ReactionContext {
  readonly structure: ConflictStructure
  readonly ranges: Ranges
  readonly listeners: Listeners
  readonly coding: Coding
  readonly bounds: ReactionBounds
}

/** Returns the reaction to an event of the kind in the state; `name` makes its variables its own. */
export const react = (context: ReactionContext, before: SymbolicState, kind: OutsideKind, name: string): SymbolicReaction => {
  const { structure, ranges, listeners, coding, bounds } = context
  const values = new Map<string, Standing>()
  const writes: ReactionWrite[] = []
  const started: Started[] = []
  const executed: Executed[] = []
  const choices: MadeChoice[] = []
  const unfinished: Unfinished[] = []
  const events: Occurrence[] = []
  const flowing: Token[] = []
  let waiting: WaitingToken[] | undefined = before.waiting === undefined ? undefined : [...before.waiting]
  const newlyWaiting = new Map<string, Term[]>()
  let runs = 0
  let steps = 0
  const visits = new Map<Step, number>()

  const standing = (attribute: string): Standing => values.get(attribute) ?? before.standing(attribute)
  const ruleIndex = new Map(structure.rules.map((rule, index) => [rule.automation.id, index]))

  const evaluate = (expression: AutomationExpression, locals: ReadonlyMap<string, SymbolicValue>, guard: Term): SymbolicValue =>
    symbolicValue(
      expression,
      {
        attribute: (id) => standing(id).value,
        local: (local) => locals.get(local) ?? nullValue,
        any: (type, part) => {
          const value = coding.valueIn(coding.fresh(`${name}:any:${part}`), setOfType(type))
          choices.push({ is: 'value', guard, part, value })
          return value
        },
      },
      coding,
    )

  const matchOf = (trigger: Trigger, attribute: string, old: SymbolicValue, now: SymbolicValue, guard: Term): Term => {
    switch (trigger.on) {
      case 'message':
        return bool(trigger.attribute === attribute)
      case 'change': {
        if (trigger.attribute !== attribute) return FALSE
        const within = (list: readonly Value[] | undefined, value: SymbolicValue): Term =>
          list === undefined ? TRUE : oneOf(value, list.map(coding.constant))
        return and(differentValues(old, now), within(trigger.from, old), within(trigger.to, now))
      }
      case 'becomes': {
        const kept = values.get(attribute)
        const here = standing(attribute)
        values.set(attribute, { ...here, value: old })
        const held = truth(evaluate(trigger.condition, new Map(), guard))
        values.set(attribute, { ...here, value: now })
        const holds = truth(evaluate(trigger.condition, new Map(), guard))
        if (kept === undefined) values.delete(attribute)
        else values.set(attribute, kept)
        return and(not(held), holds)
      }
      case 'outside':
      case 'event':
      case 'time':
      case 'start':
      case 'never':
      case 'unmodelled':
        return FALSE
    }
  }

  /** Writes where the guard holds and queues the event that follows. */
  const write = (attribute: string, now: SymbolicValue, by: number, guard: Term, direct: boolean, chain: Chain): void => {
    const old = standing(attribute)
    const message = structure.attributes.get(attribute)?.delivery === 'message'
    const happens = message ? guard : and(guard, differentValues(old.value, now))
    const heard = listeners.ofAttribute(attribute)
    const matched =
      happens === FALSE
        ? []
        : heard.map(({ rule, triggers }) => ({
            rule,
            match: any(triggers.map((index) => matchOf(rule.automation.triggers[index]!, attribute, old.value, now, happens))),
            payload: now,
          }))
    values.set(attribute, { value: choose(guard, now, old.value), by: ite(guard, int(by), old.by) })
    announce({ guard: happens, heard: matched.filter((one) => one.match !== FALSE), direct, chain })
  }

  const announce = (occurrence: Occurrence): void => {
    if (occurrence.guard !== FALSE && occurrence.heard.length > 0) events.push(occurrence)
  }

  const cutOff = (guard: Term, rules: readonly string[], why: string): void => {
    if (guard !== FALSE) unfinished.push({ guard, rules: new Set(rules.flatMap((rule) => [...listeners.reach(rule).rules])), why })
  }

  const waits = (rule: Rule): boolean =>
    rule.automation.steps.some((step) => (step.do === 'delay' || step.do === 'wait') && canReach(ranges, rule.automation.id, step.id))

  /** Whether the run mode lets a new run start now. */
  const admitted = (rule: Rule, guard: Term): Term => {
    const { id, mode, platform } = rule.automation
    if (mode.run === 'parallel' && mode.max >= UNLIMITED) return TRUE
    // A run that has not ended and does not wait either: its tokens stand in the queue, or it waits for a rule that it called.
    const reentered = platform === 'node-red' || listeners.calls(id).has(id)
    if (reentered && mode.run === 'restart') cutOff(guard, [id], 'a rule may restart itself')
    if (reentered && mode.run !== 'restart') return coding.variable(coding.fresh(`${name}:room:${id}`), 'Bool')
    if (!waits(rule) || mode.run === 'restart') return TRUE
    if (waiting === undefined) {
      const idle = and(coding.variable(`${name}:idle:${id}`, 'Bool'), not(or(...(newlyWaiting.get(id) ?? []))))
      return mode.run === 'parallel' ? (mode.max <= 1 ? idle : coding.variable(coding.fresh(`${name}:room:${id}`), 'Bool')) : idle
    }
    const byRun = new Map<string, Term[]>()
    for (const token of waiting) if (token.rule === id) byRun.set(token.run, [...(byRun.get(token.run) ?? []), token.guard])
    const present = [...byRun.values()].map((guards) => any(guards))
    if (mode.run !== 'parallel') return not(any(present))
    return present.length < mode.max
      ? TRUE
      : guard === FALSE
        ? FALSE
        : lt(sum([...present.map((one) => ite(one, int(1), int(0)))]), int(mode.max))
  }

  /** Starts a run where the guard holds; its tokens are returned (`node-red`: queued). */
  const start = (rule: Rule, guard: Term, payload: SymbolicValue, direct: boolean, chain: Chain): readonly Token[] => {
    const id = rule.automation.id
    if (!canStart(ranges, rule) || guard === FALSE) return []
    if (timesIn(chain, id) >= bounds.again) {
      cutOff(guard, [id], 'a rule leads to its own start again and again')
      return []
    }
    const locals = new Map([['trigger', payload]])
    const holds = and(guard, truth(evaluate(rule.automation.guard, locals, guard)))
    const go = and(holds, holds === FALSE ? FALSE : admitted(rule, holds))
    if (go === FALSE) return []
    if (rule.automation.mode.run === 'restart' && waiting !== undefined && waits(rule))
      waiting = waiting
        .map((token) => (token.rule === id ? { ...token, guard: and(token.guard, not(go)) } : token))
        .filter((token) => token.guard !== FALSE)
    started.push({ rule: id, guard: go, asked: choices.length })
    const run = runs++
    const causes: Chain = { length: chain.length + 1, rule: id, before: chain }
    return rule.automation.entry.map((step) => ({ rule, step, locals, guard: go, run, direct, hops: 0, chain: causes }))
  }

  const pause = (token: Token, step: Step): void => {
    const id = token.rule.automation.id
    newlyWaiting.set(id, [...(newlyWaiting.get(id) ?? []), token.guard])
    waiting?.push({
      id: coding.fresh(`${name}:token`),
      rule: id,
      step: step.id,
      locals: token.locals,
      guard: token.guard,
      run: `${name}.${token.run}`,
    })
  }

  /** Executes one step of a token and returns the tokens that follow it. */
  const advance = (token: Token): readonly Token[] => {
    const { rule, guard, locals } = token
    const id = rule.automation.id
    const step = rule.steps.get(token.step)
    if (step === undefined || !canReach(ranges, id, token.step)) return []
    const visit = (visits.get(step) ?? 0) + 1
    visits.set(step, visit)
    if (++steps > bounds.steps || token.hops > bounds.hops || visit > bounds.visits) {
      cutOff(guard, [id], token.hops > bounds.hops ? 'a loop without a delay' : 'the reaction has too many steps')
      return []
    }
    executed.push({ rule: id, step: step.id, guard, asked: choices.length })
    const follow = (next: readonly string[], when: Term = guard, after: ReadonlyMap<string, SymbolicValue> = locals): readonly Token[] =>
      when === FALSE ? [] : next.map((to) => ({ ...token, step: to, guard: when, locals: after, hops: token.hops + 1 }))
    switch (step.do) {
      case 'set': {
        const value = evaluate(step.value, locals, guard)
        writes.push({
          rule: id,
          run: token.run,
          step: step.id,
          attribute: step.attribute,
          guard,
          value,
          direct: token.direct,
          asked: choices.length,
        })
        write(step.attribute, value, ruleIndex.get(id)!, guard, false, token.chain)
        return follow(step.next)
      }
      case 'let':
        return follow(step.next, guard, new Map([...locals, [step.local, evaluate(step.value, locals, guard)]]))
      case 'branch': {
        const made: Token[] = []
        let open: Term = guard
        let none: Term = guard
        for (const one of step.cases) {
          const holds = truth(evaluate(one.when, locals, open))
          const taken = and(step.every ? guard : open, holds)
          made.push(...follow(one.next, taken))
          none = and(none, not(holds))
          if (!step.every) open = none
        }
        made.push(...follow(step.next, none))
        return step.every ? made : joined(made)
      }
      case 'delay':
      case 'wait':
      case 'await':
        pause(token, step)
        return []
      case 'emit':
        announce({
          guard,
          heard: listeners.ofEvent(step.event).map(({ rule: other }) => ({ rule: other, match: TRUE, payload: nullValue })),
          direct: false,
          chain: token.chain,
        })
        return follow(step.next)
      case 'call': {
        const other = structure.rule.get(step.automation)
        const rest = follow(step.next)
        if (rule.automation.platform === 'node-red') flowing.push(...rest)
        if (other !== undefined) begin(start(other, guard, nullValue, false, token.chain))
        return rule.automation.platform === 'node-red' ? [] : rest
      }
      case 'unmodelled': {
        for (const attribute of step.writes) {
          const part = coding.fresh(`${name}:part:${step.part}`)
          const written = coding.variable(`${part}.written`, 'Bool')
          const type = structure.attributes.get(attribute)?.type
          const value = coding.valueIn(part, type === undefined ? EVERYTHING : setOfType(type))
          choices.push({ is: 'write', guard, part: step.part, attribute, value, written })
          const when = and(guard, written)
          writes.push({
            rule: id,
            run: token.run,
            step: step.id,
            attribute,
            guard: when,
            value,
            direct: token.direct,
            asked: choices.length,
          })
          write(attribute, value, ruleIndex.get(id)!, when, false, token.chain)
        }
        const yes = coding.variable(`${coding.fresh(`${name}:goes:${step.part}`)}.yes`, 'Bool')
        choices.push({ is: 'continue', guard, part: step.part, yes })
        return follow(step.next, and(guard, yes))
      }
    }
  }

  /** Runs tokens of `home-assistant` and `native` to their wait or end at once; those of `node-red` join the queue. */
  const begin = (tokens: readonly Token[]): void => {
    const first = tokens[0]
    if (first === undefined) return
    if (first.rule.automation.platform === 'node-red') return void flowing.push(...tokens)
    const own = [...tokens]
    for (let token = own.shift(); token !== undefined; token = own.shift()) own.unshift(...advance(token))
  }

  /** In an arbitrary state a run with any payload may stand in line behind one that ends. */
  const inLine = (rule: Rule): readonly Token[] => {
    const guard = coding.variable(coding.fresh(`${name}:in-line`), 'Bool')
    started.push({ rule: rule.automation.id, guard })
    const run = runs++
    return rule.automation.entry.map((step) => {
      const set = ranges.steps.get(rule.automation.id)?.get(step) ?? new Map<string, ValueSet>()
      const locals = new Map([...set].map(([local, range]) => [local, coding.valueIn(coding.fresh(`${name}:in-line:${local}`), range)]))
      return { rule, step, locals, guard, run, direct: false, hops: 0, chain: NO_CHAIN }
    })
  }

  const deliver = (occurrence: Occurrence): void => {
    if (occurrence.chain.length > bounds.chain) {
      cutOff(
        occurrence.guard,
        occurrence.heard.map((one) => one.rule.automation.id),
        'events follow one another beyond the bound',
      )
      return
    }
    const groups = orderGroups(
      occurrence.heard.map((one) => one.rule),
      listeners,
    )
    const grouped = new Map(groups.flatMap((group) => group.map((rule) => [rule, group] as const)))
    const done = new Set<readonly Rule[]>()
    const startOne = (one: Occurrence['heard'][number], when: Term): void =>
      begin(start(one.rule, and(occurrence.guard, one.match, when), one.payload, occurrence.direct, occurrence.chain))
    for (const one of occurrence.heard) {
      const group = grouped.get(one.rule) ?? [one.rule]
      if (group.length === 1 || group.every((rule) => rule.automation.platform === 'node-red')) {
        startOne(one, TRUE)
        continue
      }
      if (done.has(group)) continue
      done.add(group)
      const members = occurrence.heard.filter((other) => group.includes(other.rule))
      if (members.length > bounds.permuted) {
        cutOff(
          any(members.map((member) => and(occurrence.guard, member.match))),
          members.map((member) => member.rule.automation.id),
          'too many rules start at once in an open order',
        )
        continue
      }
      const label = coding.fresh(`${name}:order`)
      const places = members.map((_, index) =>
        coding.limited(
          `${label}.${index}`,
          members.map((__, place) => place),
        ),
      )
      orders.push(distinct(...places))
      const listed = places.filter((_, index) => members[index]!.rule.automation.platform === 'node-red')
      listed.slice(1).forEach((place, index) => orders.push(lt(listed[index]!, place)))
      choices.push({
        is: 'order',
        guard: occurrence.guard,
        rules: members.map((member, index) => ({ rule: member.rule.automation.id, starts: member.match, place: places[index]! })),
      })
      for (let place = 0; place < members.length; place++)
        members.forEach((member, index) => startOne(member, eq(places[index]!, int(place))))
    }
  }
  const orders: Term[] = []

  const outside = arrival(context, kind, name)
  let possible = outside.possible
  let payload = outside.payload
  const resumed: { readonly token: WaitingToken; readonly is: Term }[] = []
  switch (kind.is) {
    case 'write': {
      const old = standing(kind.attribute).value
      if (structure.attributes.get(kind.attribute)?.delivery !== 'message') possible = and(possible, differentValues(old, payload))
      write(kind.attribute, payload, -1, TRUE, true, NO_CHAIN)
      break
    }
    case 'pull': {
      const rule = structure.rule.get(kind.automation)!
      const trigger = rule.automation.triggers[kind.trigger]!
      if (trigger.on === 'outside' && trigger.payload.is !== 'any') payload = evaluate(trigger.payload, new Map(), TRUE)
      begin(start(rule, TRUE, payload, true, NO_CHAIN))
      break
    }
    case 'resume': {
      const rule = structure.rule.get(kind.automation)!
      const step = rule.steps.get(kind.step)!
      const next = step.do === 'wait' && kind.timedOut ? (step.timeout?.next ?? []) : step.next
      const run = runs++
      let locals: ReadonlyMap<string, SymbolicValue>
      if (waiting === undefined) {
        const set = ranges.steps.get(kind.automation)?.get(kind.step) ?? new Map<string, ValueSet>()
        locals = new Map([...set].map(([local, range]) => [local, coding.valueIn(`${name}:local:${local}`, range)]))
      } else {
        const candidates = waiting.filter((token) => token.rule === kind.automation && token.step === kind.step)
        const pick = coding.limited(
          `${name}:pick`,
          candidates.map((_, index) => index),
        )
        candidates.forEach((token, index) => resumed.push({ token, is: candidates.length === 1 ? TRUE : eq(pick, int(index)) }))
        possible = and(possible, any(resumed.map(({ token, is }) => and(token.guard, is))))
        const taken = new Map(resumed.map(({ token, is }) => [token, is]))
        waiting = waiting
          .map((token) => (taken.has(token) ? { ...token, guard: and(token.guard, not(taken.get(token)!)) } : token))
          .filter((token) => token.guard !== FALSE)
        const names = new Set(candidates.flatMap((token) => [...token.locals.keys()]))
        locals = new Map(
          [...names].map((local) => [
            local,
            candidates
              .slice(0, -1)
              .reduceRight(
                (rest, token, index) => choose(resumed[index]!.is, token.locals.get(local) ?? nullValue, rest),
                candidates.at(-1)?.locals.get(local) ?? nullValue,
              ),
          ]),
        )
      }
      if (step.do === 'wait' && !kind.timedOut && possible !== FALSE && partsOf(step.until).size === 0)
        possible = and(possible, truth(evaluate(step.until, locals, TRUE)))
      begin(next.map((to) => ({ rule, step: to, locals, guard: TRUE, run, direct: true, hops: 0, chain: NO_CHAIN })))
      if (waiting === undefined && rule.automation.mode.run === 'queued') begin(inLine(rule))
      break
    }
    case 'restart': {
      waiting = waiting === undefined ? undefined : []
      for (const [attribute, standingNow] of outside.restarted) {
        values.set(attribute, standingNow)
        const initial = structure.attributes.get(attribute)?.initial
        if (initial?.length !== 1) choices.push({ is: 'value', guard: TRUE, part: attribute, value: standingNow.value })
      }
      events.push({
        guard: TRUE,
        heard: listeners.ofRestart.map(({ rule }) => ({ rule, match: TRUE, payload: nullValue })),
        direct: true,
        chain: NO_CHAIN,
      })
      break
    }
  }

  for (;;) {
    const event = events.shift()
    if (event !== undefined) {
      deliver(event)
      continue
    }
    const token = flowing.shift()
    if (token === undefined) break
    flowing.push(...advance(token))
  }
  const reaction: Reaction = { event: kind, possible: and(before.holds, possible, ...orders), writes, started, executed, after: standing }
  return {
    ...reaction,
    beyond: () => (unfinished.length === 0 ? reaction : withRest(context, reaction, unfinished, name)),
    state: { standing, waiting, holds: TRUE },
    choices,
    unfinished,
    payload,
    resumed,
  }
}

/** The payload that the outside brings and, for a restart, what attributes hold afterwards. */
const arrival = (
  { structure, coding }: ReactionContext,
  kind: OutsideKind,
  name: string,
): { readonly payload: SymbolicValue; readonly possible: Term; readonly restarted: ReadonlyMap<string, Standing> } => {
  const nothing = { payload: nullValue, possible: TRUE, restarted: new Map<string, Standing>() }
  switch (kind.is) {
    case 'write': {
      const type = structure.attributes.get(kind.attribute)?.type
      return { ...nothing, payload: coding.valueIn(`${name}:value`, type === undefined ? EVERYTHING : setOfType(type)) }
    }
    case 'pull': {
      const trigger = structure.rule.get(kind.automation)?.automation.triggers[kind.trigger]
      return trigger?.on === 'outside' && trigger.payload.is === 'any'
        ? { ...nothing, payload: coding.valueIn(`${name}:value`, setOfType(trigger.payload.type)) }
        : nothing
    }
    case 'resume':
      return nothing
    case 'restart': {
      const restarted = new Map<string, Standing>()
      for (const attribute of structure.attributes.values()) {
        if (attribute.role !== 'helper' || attribute.restored) continue
        restarted.set(attribute.id, { value: coding.valueIn(`${name}:initial:${attribute.id}`, restartSet(attribute)), by: int(-1) })
      }
      return { ...nothing, restarted }
    }
  }
}

/** Neighbours at the same step with the same locals become one. The tokens exclude each other, so no order is lost. */
const joined = (tokens: readonly Token[]): readonly Token[] => {
  const made: Token[] = []
  for (const token of tokens) {
    const last = made.at(-1)
    if (last?.step === token.step && last.locals === token.locals && last.hops === token.hops)
      made[made.length - 1] = { ...last, guard: or(last.guard, token.guard) }
    else made.push(token)
  }
  return made
}

const withRest = (
  { structure, ranges, coding }: ReactionContext,
  reaction: Reaction,
  unfinished: readonly Unfinished[],
  name: string,
): Reaction => {
  const guards = new Map<string, Term[]>()
  for (const { guard, rules } of unfinished) for (const rule of rules) guards.set(rule, [...(guards.get(rule) ?? []), guard])
  const writes: ReactionWrite[] = [...reaction.writes]
  const started: Started[] = [...reaction.started]
  const executed: Executed[] = [...reaction.executed]
  const rest = new Map<string, Standing>()
  for (const [index, rule] of structure.rules.entries()) {
    const id = rule.automation.id
    if (!guards.has(id)) continue
    const cut = any(guards.get(id)!)
    const perhaps = (what: string): Term => and(cut, coding.variable(coding.fresh(`${name}:rest:${what}`), 'Bool'))
    started.push({ rule: id, guard: perhaps(id) })
    for (const step of rule.automation.steps) {
      if (!canReach(ranges, id, step.id)) continue
      executed.push({ rule: id, step: step.id, guard: perhaps(step.id) })
      for (const attribute of writesOf(step)) {
        const type = structure.attributes.get(attribute)?.type
        const set =
          step.do === 'set' ? (ranges.writes.get(caseKey(id, step.id)) ?? EVERYTHING) : type === undefined ? EVERYTHING : setOfType(type)
        const value = coding.valueIn(coding.fresh(`${name}:rest:${attribute}`), set)
        const guard = perhaps(step.id)
        // Two of these writes may belong to one run: they share the number that no run has.
        writes.push({ rule: id, run: -1 - index, step: step.id, attribute, guard, value, direct: false })
        const before = rest.get(attribute) ?? reaction.after(attribute)
        rest.set(attribute, { value: choose(guard, value, before.value), by: ite(guard, int(index), before.by) })
      }
    }
  }
  return { ...reaction, writes, started, executed, after: (attribute) => rest.get(attribute) ?? reaction.after(attribute) }
}
