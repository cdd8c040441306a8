/** Executes one step of one token. */
import type { AutomationExpression, Step } from '../model/automation.ts'
import { isNone } from './choices.ts'
import type { Machine, Token } from './machine.ts'
import { awaitedBy, stepKey } from './behaviour-index.ts'
import { awaited, command, evaluateIn, line, wake } from './machine.ts'
import { park, release, spread, trigger } from './runs.ts'
import type { Cause } from './state.ts'
import type { Datum } from './values.ts'
import { toDatum } from './values.ts'

const noCause: Cause = { payload: null, before: null, trigger: null }

export function execute(machine: Machine, token: Token): void {
  const { automation } = token.automation
  const step = token.automation.steps.get(token.step)!
  const value = (expression: AutomationExpression): Datum => evaluateIn(machine, expression, token.locals)
  let { locals } = token
  let { next } = step
  const key = stepKey(automation.id, token.step)
  if (!machine.executed.has(key)) machine.executed.set(key, machine.asked.length)
  switch (step.do) {
    case 'set':
      command(machine, token, step.attribute, value(step.value))
      break
    case 'let':
      locals = new Map(locals).set(step.local, value(step.value))
      break
    case 'branch':
      next = branches(step, (when) => value(when) === true)
      break
    case 'wait':
      if (value(step.until) === true) break
      line(machine, { what: `\`${automation.name}\` waits`, automation: automation.id, at: step.at })
      park(machine, token)
      return
    case 'delay':
    case 'await':
      line(machine, { what: `\`${automation.name}\` waits`, automation: automation.id, at: step.at })
      park(machine, token)
      return
    case 'emit':
      machine.events.push({ is: 'emitted', event: step.event, by: automation.id })
      wake(machine, machine.index.awaits.get(step.event), (waiting) => {
        const triggers = awaitedBy(machine.index.byId.get(waiting.automation)!.steps.get(waiting.step)!)
        const heard = triggers.findIndex((source) => source.on === 'event' && source.event === step.event)
        return awaited(waiting.locals, { ...noCause, trigger: heard })
      })
      break
    case 'call':
      // The caller goes on after the called run waits or ends: depth first takes what was pushed last.
      spread(machine, token, step.next)
      trigger(machine, machine.index.byId.get(step.automation)!, noCause, automation.id)
      next = []
      break
    case 'unmodelled':
      for (const attribute of step.writes) {
        const write = machine.choose.write(step.part, attribute, machine.index.attributes.get(attribute)!.type)
        if (!isNone(write)) command(machine, token, attribute, toDatum(write))
      }
      if (!machine.choose.goOn(step.part)) next = []
      break
  }
  goOn(machine, { ...token, locals }, next)
}

/** The waiting token leaves its step, by time-out or because what it waited for has come. */
export function leave(machine: Machine, token: Token, timedOut: boolean): void {
  const step = token.automation.steps.get(token.step)!
  const locals = timedOut && step.do === 'await' ? awaited(token.locals, noCause) : token.locals
  const timeout = step.do === 'wait' || step.do === 'await' ? step.timeout : undefined
  goOn(machine, { ...token, locals }, timedOut ? (timeout?.next ?? []) : step.next)
}

/** Cases are read in order, up to the first that holds unless `every` asks for all. */
function branches(step: Extract<Step, { do: 'branch' }>, holds: (when: AutomationExpression) => boolean): readonly string[] {
  const taken: string[] = []
  let some = false
  for (const { when, next } of step.cases) {
    if (!holds(when)) continue
    some = true
    taken.push(...next)
    if (!step.every) break
  }
  return some ? taken : step.next
}

function goOn(machine: Machine, token: Token, next: readonly string[]): void {
  // A run that called itself in mode `restart` has ended meanwhile; then nothing is left to spread.
  if (next.length > 0) spread(machine, token, next)
  release(machine, token)
}
