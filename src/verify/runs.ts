/** Begins and ends runs, as the run modes say. */
import type { AutomationExpression, Step } from '../model/automation.ts'
import type { IndexedAutomation } from './behaviour-index.ts'
import type { DroppedRun, Machine, Token } from './machine.ts'
import { durationIn, evaluateIn, line } from './machine.ts'
import type { Cause, Locals } from './state.ts'
import { toDatum } from './values.ts'

/** A trigger or a call reaches an automation: reads its guard now and, where it holds, starts a run, keeps the start, or drops it. */
export function trigger(machine: Machine, indexed: IndexedAutomation, cause: Cause, by?: string): void {
  const { automation } = indexed
  if (evaluateIn(machine, automation.guard, localsOf(cause)) !== true) {
    line(machine, { what: `the guard of \`${automation.name}\` does not hold`, automation: automation.id, at: automation.at })
    return
  }
  const alive = [...machine.alive].filter(([, run]) => run.automation === automation.id).map(([run]) => run)
  const { run: mode, max } = automation.mode
  if (mode === 'restart') for (const run of alive) cut(machine, indexed, run)
  const kept = machine.pending.filter((waiting) => waiting.automation === automation.id).length
  if (mode === 'single' && alive.length > 0) drop(machine, indexed, 'single')
  else if (mode === 'parallel' && alive.length >= max) drop(machine, indexed, 'full')
  else if (mode === 'queued' && alive.length > 0 && alive.length + kept >= max) drop(machine, indexed, 'full')
  else if (mode === 'queued' && alive.length > 0) keep(machine, indexed, cause)
  else start(machine, indexed, cause, by)
}

/** The locals that a run begins with. */
const localsOf = ({ payload, before, trigger: at }: Cause): Locals =>
  new Map([
    ['trigger', payload],
    ['trigger.before', before],
    ['trigger.index', toDatum(at)],
  ])

function keep(machine: Machine, { automation }: IndexedAutomation, cause: Cause): void {
  machine.pending.push({ automation: automation.id, ...cause })
  line(machine, { what: `\`${automation.name}\` is still running: the new run is queued`, automation: automation.id, at: automation.at })
}

function start(machine: Machine, indexed: IndexedAutomation, cause: Cause, by?: string): void {
  const { automation } = indexed
  const run = ++machine.runs
  machine.started.push({
    ...{ automation: automation.id, run, trigger: cause.trigger, asked: machine.asked.length },
    ...(by === undefined ? {} : { by }),
  })
  line(machine, { what: `\`${automation.name}\` starts`, automation: automation.id, at: automation.at })
  machine.alive.set(run, { automation: automation.id, tokens: 0 })
  spread(machine, { run, automation: indexed, locals: localsOf(cause) }, automation.entry, 'new')
  endIfDone(machine, indexed, run)
}

/** One token for each step, in order: to the end of the queue on Node-RED (but where a step goes with the one before it), else in front of everything else. */
export function spread(machine: Machine, from: Omit<Token, 'step'>, steps: readonly string[], run: 'new' | 'going' = 'going'): void {
  machine.alive.get(from.run)!.tokens += steps.length
  const tokens = steps.map((step): Token => ({ ...from, step }))
  const queued = ({ step }: Token): boolean =>
    from.automation.automation.platform === 'node-red' && (run === 'new' || from.automation.steps.get(step)?.withPrevious !== true)
  machine.queue.push(...tokens.filter(queued))
  machine.stack.push(...tokens.filter((token) => !queued(token)).reverse())
}

/** The token has gone on or ended; ends its run with the last one, which lets a queued start begin. */
export function release(machine: Machine, token: Pick<Token, 'run' | 'automation'>): void {
  const run = machine.alive.get(token.run)
  if (run === undefined) return
  run.tokens--
  endIfDone(machine, token.automation, token.run)
}

function endIfDone(machine: Machine, indexed: IndexedAutomation, run: number): void {
  if (machine.alive.get(run)?.tokens !== 0) return
  machine.alive.delete(run)
  const at = machine.pending.findIndex(({ automation }) => automation === indexed.automation.id)
  if (at < 0) return
  const [next] = machine.pending.splice(at, 1)
  start(machine, indexed, next!)
}

/** Puts the token to sleep at its step. */
export function park(machine: Machine, { run, automation, step, locals }: Token): void {
  const lasts = durationIn(machine, durationOf(automation.steps.get(step)), locals)
  machine.waiting.push({ run, automation: automation.automation.id, step, locals, ...lasts })
}

function durationOf(step: Step | undefined): AutomationExpression | undefined {
  if (step?.do === 'delay') return step.milliseconds
  return step?.do === 'wait' || step?.do === 'await' ? step.timeout?.milliseconds : undefined
}

function cut(machine: Machine, { automation }: IndexedAutomation, run: number): void {
  machine.alive.delete(run)
  machine.waiting = machine.waiting.filter((token) => token.run !== run)
  machine.stack = machine.stack.filter((token) => token.run !== run)
  machine.queue = machine.queue.filter((token) => token.run !== run)
  machine.events = machine.events.filter((event) => event.is !== 'woken' || event.token.run !== run)
  drop(machine, { automation }, 'restarted')
}

function drop(machine: Machine, { automation }: Pick<IndexedAutomation, 'automation'>, because: DroppedRun['because']): void {
  machine.dropped.push({ automation: automation.id, because })
  const what = {
    single: `\`${automation.name}\` is still running: the new run is dropped`,
    full: `\`${automation.name}\` has ${automation.mode.max} runs already: the new run is dropped`,
    restarted: `\`${automation.name}\` is triggered again: its running run ends`,
  }[because]
  line(machine, { what, automation: automation.id, at: automation.at })
}
