/** Starts, continues and ends runs on terms, as the platform and the run modes say. */
import type { Rule } from '../../constraints/reaction.ts'
import { truth } from '../../constraints/symbolic-value.ts'
import { and, any, FALSE, int, ite, lt, not, or, sum, TRUE } from '../smt/build.ts'
import type { Term } from '../smt/term.ts'
import type { Step } from '../model/automation.ts'
import { canReach, canStart } from './conflicts-listeners.ts'
import { cutOff, evaluateIn, instantAfter, isUnlimited, matters, mayWork, tooMuchWork, type Machine } from './conflicts-machine.ts'
import { localsIn } from './conflicts-state.ts'
import {
  awaitedLocals,
  causeOf,
  NO_CAUSE,
  NO_CHAIN,
  startLocals,
  timesIn,
  type Cause,
  type Chain,
  type SymbolicLocals,
  type Token,
} from './conflicts-token.ts'
import { EVERYTHING, setOfType } from './conflicts-value-set.ts'
import { isReentered, isSeveral, waitingSteps } from './conflicts-waiting.ts'
import { emitIn, writeIn } from './conflicts-writing.ts'

/** Runs of the rule that wait or stand in the queue of events, by run. */
const present = (machine: Machine, rule: string): readonly Term[] => {
  const byRun = new Map<string, Term[]>()
  const add = (run: string, guard: Term): unknown => byRun.get(run)?.push(guard) ?? byRun.set(run, [guard])
  for (const token of machine.waiting) if (token.rule === rule) add(token.run, token.guard)
  for (const event of machine.events) if (event.is === 'woken' && event.token.rule === rule) add(event.token.run, event.guard)
  return [...byRun.values()].map((guards) => any(guards))
}

/** Whether the run mode lets a new run start now. */
const admitted = (machine: Machine, rule: Rule, guard: Term): Term => {
  const { coding, listeners, ranges } = machine.context
  const { id, mode } = rule.automation
  if (isUnlimited(rule)) return TRUE
  const perhaps = (): Term => coding.variable(coding.fresh(`${machine.name}:room:${id}`), 'Bool')
  const reentered = isReentered(rule, listeners)
  if (reentered && mode.run === 'restart') cutOff(machine, guard, [id], 'a rule may restart itself')
  if (reentered && mode.run !== 'restart') return perhaps()
  if (waitingSteps(rule, ranges).length === 0 || mode.run === 'restart') return TRUE
  if (machine.before.open && isSeveral(rule, listeners)) return perhaps()
  const loose = machine.loose.get(id)
  const runs = present(machine, id)
  const room =
    mode.run !== 'parallel'
      ? not(any(runs))
      : runs.length < mode.max
        ? TRUE
        : guard === FALSE
          ? FALSE
          : lt(sum(runs.map((one) => ite(one, int(1), int(0)))), int(mode.max))
  return loose === undefined ? room : ite(loose, perhaps(), room)
}

/** Starts a run where the guard holds, and returns its tokens. */
export const startIn = (machine: Machine, rule: Rule, guard: Term, cause: Cause, direct: boolean, chain: Chain): readonly Token[] => {
  const { ranges, bounds, kept } = machine.context
  const { id, mode } = rule.automation
  if (!canStart(ranges, rule) || guard === FALSE || !matters(machine, rule)) return []
  if (kept?.has(id) === false) {
    cutOff(machine, guard, [id], 'too many rules have a part in it')
    return []
  }
  if (!mayWork(machine)) {
    cutOff(machine, guard, [id], tooMuchWork)
    return []
  }
  if (timesIn(chain, id) >= bounds.again) {
    cutOff(machine, guard, [id], 'a rule leads to its own start again and again')
    return []
  }
  const locals = startLocals(cause)
  const holds = and(guard, truth(evaluateIn(machine, rule.automation.guard, locals, guard)))
  const room = holds === FALSE ? FALSE : admitted(machine, rule, holds)
  const go = and(holds, room)
  if (holds !== FALSE && room !== TRUE)
    machine.dropped.push({
      rule: id,
      guard: and(holds, not(room)),
      because: mode.run === 'single' ? 'single' : mode.run === 'queued' ? 'queued' : 'full',
    })
  if (go === FALSE) return []
  if (mode.run === 'restart') endRuns(machine, id, go)
  const run = machine.runs++
  const by = causeOf(chain)
  machine.started.push({
    rule: id,
    run,
    guard: go,
    triggers: cause.triggers,
    direct,
    asked: machine.choices.length,
    ...(by === undefined ? {} : { by }),
  })
  const causes: Chain = { length: chain.length + 1, rule: id, before: chain }
  return rule.automation.entry.map((step) => ({ rule, step, locals, guard: go, run, direct, hops: 0, chain: causes }))
}

/** Runs of the rule that wait end where the guard holds. */
const endRuns = (machine: Machine, rule: string, guard: Term): void => {
  const ended = present(machine, rule)
  if (ended.length === 0) return
  machine.dropped.push({ rule, guard: and(guard, any(ended)), because: 'restarted' })
  machine.waiting = machine.waiting
    .map((token) => (token.rule === rule ? { ...token, guard: and(token.guard, not(guard)) } : token))
    .filter((token) => token.guard !== FALSE)
  for (const event of machine.events) if (event.is === 'woken' && event.token.rule === rule) event.guard = and(event.guard, not(guard))
}

const pause = (machine: Machine, token: Token, step: Step, guard: Term = token.guard): void => {
  if (guard === FALSE) return
  const before = [...machine.resumedRuns].find(([, run]) => run === token.run)?.[0]
  const { clock } = machine.context
  machine.waiting.push({
    id: machine.context.coding.fresh(`${machine.name}:token`),
    rule: token.rule.automation.id,
    step: step.id,
    locals: token.locals,
    guard,
    run: before ?? `${machine.name}.${token.run}`,
    ...(clock === undefined
      ? {}
      : { begun: machine.begunOf.get(token.run) ?? clock.now, ...deadlineOf(machine, step, token.locals, guard) }),
  })
}

const deadlineOf = (machine: Machine, step: Step, locals: SymbolicLocals, guard: Term): { readonly deadline?: Term } => {
  if (step.do === 'delay') return { deadline: instantAfter(machine, step.milliseconds, locals, guard) }
  if ((step.do !== 'wait' && step.do !== 'await') || step.timeout === undefined) return {}
  return { deadline: instantAfter(machine, step.timeout.milliseconds, locals, guard) }
}

/** Executes one step of a token and returns the tokens that follow it. */
const advance = (machine: Machine, token: Token): readonly Token[] => {
  const { structure, ranges, bounds, coding } = machine.context
  const { rule, guard, locals } = token
  const id = rule.automation.id
  const step = rule.steps.get(token.step)
  if (step === undefined || !canReach(ranges, id, token.step)) return []
  const visit = (machine.visits.get(step) ?? 0) + 1
  machine.visits.set(step, visit)
  if (!mayWork(machine)) {
    cutOff(machine, guard, [id], tooMuchWork)
    return []
  }
  if (++machine.steps > bounds.steps || token.hops > bounds.hops || visit > bounds.visits) {
    cutOff(machine, guard, [id], token.hops > bounds.hops ? 'a loop without a delay' : 'the reaction has too many steps')
    return []
  }
  machine.executed.push({ rule: id, step: step.id, guard, asked: machine.choices.length })
  const by = machine.context.ruleIndex(id)
  const cause = causeOf(token.chain.before ?? NO_CHAIN)
  const wrote = (attribute: string, when: Term, value: Parameters<typeof writeIn>[2]): void => {
    machine.writes.push({
      ...{ rule: id, run: token.run, step: step.id, attribute, guard: when, value, direct: token.direct },
      asked: machine.choices.length,
      ...(cause === undefined ? {} : { by: cause }),
    })
    writeIn(machine, attribute, value, by, when, false, token.chain)
  }
  const follow = (next: readonly string[], when: Term = guard, after: SymbolicLocals = locals): readonly Token[] =>
    when === FALSE ? [] : next.map((to) => ({ ...token, step: to, guard: when, locals: after, hops: token.hops + 1 }))
  switch (step.do) {
    case 'set':
      wrote(step.attribute, guard, evaluateIn(machine, step.value, locals, guard))
      return follow(step.next)
    case 'let':
      return follow(step.next, guard, new Map([...locals, [step.local, evaluateIn(machine, step.value, locals, guard)]]))
    case 'branch': {
      const made: Token[] = []
      let open: Term = guard
      let none: Term = guard
      for (const one of step.cases) {
        const holds = truth(evaluateIn(machine, one.when, locals, open))
        const taken = and(step.every ? guard : open, holds)
        made.push(...follow(one.next, taken))
        none = and(none, not(holds))
        if (!step.every) open = none
      }
      made.push(...follow(step.next, none))
      return step.every ? made : joined(made)
    }
    case 'wait': {
      const holds = truth(evaluateIn(machine, step.until, locals, guard))
      pause(machine, token, step, and(guard, not(holds)))
      return follow(step.next, and(guard, holds))
    }
    case 'delay':
    case 'await':
      pause(machine, token, step)
      return []
    case 'emit':
      emitIn(machine, step.event, guard, token.chain)
      return follow(step.next)
    case 'call': {
      const other = structure.rule.get(step.automation)
      const rest = follow(step.next)
      const later = rule.automation.platform === 'node-red' ? queueOthers(machine, rest) : rest
      if (other !== undefined) beginIn(machine, startIn(machine, other, guard, NO_CAUSE, false, token.chain))
      return later
    }
    case 'unmodelled': {
      for (const attribute of step.writes) {
        const part = coding.fresh(`${machine.name}:part:${step.part}`)
        const written = coding.variable(`${part}.written`, 'Bool')
        const type = structure.attributes.get(attribute)?.type
        const value = coding.valueIn(part, type === undefined ? EVERYTHING : setOfType(type))
        machine.choices.push({ is: 'write', guard, part: step.part, attribute, value, written })
        wrote(attribute, and(guard, written), value)
      }
      const yes = coding.variable(`${coding.fresh(`${machine.name}:goes:${step.part}`)}.yes`, 'Bool')
      machine.choices.push({ is: 'continue', guard, part: step.part, yes })
      return follow(step.next, and(guard, yes))
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

const goesWithPrevious = ({ rule, step }: Token): boolean => rule.steps.get(step)?.withPrevious === true

/** Queues the tokens but those that go with the step before them, which are returned. */
const queueOthers = (machine: Machine, tokens: readonly Token[]): readonly Token[] => {
  machine.flowing.push(...tokens.filter((token) => !goesWithPrevious(token)))
  return tokens.filter(goesWithPrevious)
}

/** One turn of a token on Node-RED: its step, and the steps that go with it. */
export const turn = (machine: Machine, token: Token): void => turns(machine, [token])

/** Of several, one after the other, each with all that goes with it. */
const turns = (machine: Machine, tokens: readonly Token[]): void => {
  const ahead = [...tokens]
  for (let token = ahead.shift(); token !== undefined; token = ahead.shift())
    ahead.unshift(...queueOthers(machine, advance(machine, token)))
}

/** Runs tokens of `home-assistant` and `native` to their wait or end at once; those of `node-red` join the queue. */
export const beginIn = (machine: Machine, tokens: readonly Token[], going: 'new' | 'going' = 'new'): void => {
  const first = tokens[0]
  if (first === undefined) return
  if (first.rule.automation.platform === 'node-red') {
    if (going === 'new') machine.flowing.push(...tokens)
    else turns(machine, queueOthers(machine, tokens))
    return
  }
  const own = [...tokens]
  for (let token = own.shift(); token !== undefined; token = own.shift()) own.unshift(...advance(machine, token))
}

/** A token that waited leaves its step; in an arbitrary state a run may stand in line behind the one that it may end. */
export const leaveIn = (
  machine: Machine,
  from: {
    readonly rule: Rule
    readonly step: string
    readonly run: string
    readonly locals: SymbolicLocals
    readonly guard: Term
    readonly begun?: Term
  },
  how: { readonly timedOut: boolean; readonly direct: boolean; readonly chain: Chain },
): void => {
  const { rule, guard } = from
  if (guard === FALSE) return
  const step = rule.steps.get(from.step)!
  const run = machine.resumedRuns.get(from.run) ?? machine.runs++
  machine.resumedRuns.set(from.run, run)
  if (from.begun !== undefined) machine.begunOf.set(run, from.begun)
  const timeout = step.do === 'wait' || step.do === 'await' ? step.timeout : undefined
  const next = how.timedOut ? (timeout?.next ?? []) : step.next
  const locals = how.timedOut && step.do === 'await' ? awaitedLocals(from.locals, NO_CAUSE) : from.locals
  beginIn(
    machine,
    next.map((to) => ({ rule, step: to, locals, guard, run, direct: how.direct, hops: 0, chain: how.chain })),
    'going',
  )
  if (machine.before.open && rule.automation.mode.run === 'queued') beginIn(machine, inLine(machine, rule, guard))
}

/** In an arbitrary state a run with any payload may stand in line behind one that ends. */
const inLine = (machine: Machine, rule: Rule, ended: Term): readonly Token[] => {
  const { coding, ranges } = machine.context
  const id = rule.automation.id
  const guard = and(ended, coding.variable(coding.fresh(`${machine.name}:in-line`), 'Bool'))
  const run = machine.runs++
  machine.started.push({ rule: id, run, guard, triggers: [], direct: false })
  return rule.automation.entry.map((step) => {
    const locals = localsIn(coding, coding.fresh(`${machine.name}:in-line`), ranges.steps.get(id)?.get(step))
    return { rule, step, locals, guard, run, direct: false, hops: 0, chain: NO_CHAIN }
  })
}
