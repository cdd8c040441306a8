/** How a rule can come to command an attribute in one reaction, read off the model apart from the compiler: the event that it needs and what its token passes. */
import type { Automation, AutomationExpression, Behaviour, Step, Trigger } from '../../model/automation.ts'
import { sizeOfExpression } from '../../model/expression-size.ts'
import { indexOf, readsOf, stepKey } from '../behaviour-index.ts'
import { livenessOf } from '../liveness.ts'
import type { Datum } from '../values.ts'
import { toDatum } from '../values.ts'

/** A test that must come out true (`holds`), or not true. Locals are filled in; what nobody knows is an `any`. */
export interface Test {
  readonly expression: AutomationExpression
  readonly holds: boolean
}

export interface RuleWay {
  /** Equal for equal outside events; absent: any. */
  readonly event?: string
  readonly tests: readonly Test[]
  readonly values?: readonly Datum[]
}

/** Attributes that stay as they are from the moment in which an outside event has happened until all is at rest: nothing alive writes them. */
export function isFixed(behaviour: Behaviour, attribute: string): boolean {
  const known = written.get(behaviour) ?? new Set(livenessOf(behaviour).writes.map((write) => write.attribute))
  written.set(behaviour, known)
  return !known.has(attribute)
}

const written = new WeakMap<Behaviour, ReadonlySet<string>>()

const open: AutomationExpression = { is: 'any', type: { is: 'any' }, part: '' }
const constant = (value: Datum | number): AutomationExpression => ({ is: 'value', value: value as number })

/** What the locals of a token hold; undefined: nobody knows. */
type Known = ReadonlyMap<string, AutomationExpression> | undefined

interface Setting {
  readonly at: readonly string[]
  readonly event?: string
  readonly tests: readonly Test[]
  readonly known: Known
}

const mostWays = 256
/** Steps that are passed on all ways through a rule together. */
const mostPassed = 50_000
/** Steps one after the other that are followed. */
const mostBehind = 500

/** By attribute; 'many': too many to list. Undefined where the rule goes in circles, or its ways are too many. */
type RuleWays = ReadonlyMap<string, readonly RuleWay[] | 'many'> | undefined

const waysOnce = new WeakMap<Behaviour, Map<string, RuleWays>>()

/** INVARIANT: a superset of the ways that any reaction shows. Undefined where they are too many, or the rule goes in circles. */
export function waysToCommand(behaviour: Behaviour, rule: string, attribute: string): readonly RuleWay[] | undefined {
  const known = waysOnce.get(behaviour) ?? new Map<string, RuleWays>()
  waysOnce.set(behaviour, known)
  if (!known.has(rule)) known.set(rule, waysThrough(behaviour, rule))
  const ways = known.get(rule)
  const found = ways?.get(attribute) ?? []
  return ways === undefined || found === 'many' ? undefined : found
}

function waysThrough(behaviour: Behaviour, rule: string): RuleWays {
  const indexed = indexOf(behaviour).byId.get(rule)
  if (indexed === undefined) return undefined
  const found = new Map<string, RuleWay[]>()
  let passed = 0
  const walk = (id: string, here: Setting, behind: readonly string[]): boolean => {
    if (behind.length > mostBehind || behind.includes(id) || ++passed > mostPassed) return false
    const step = indexed.steps.get(id)!
    const on = (next: readonly string[], there: Setting = here): boolean => next.every((one) => walk(one, there, [...behind, id]))
    const passing = (expression: AutomationExpression, holds: boolean): Test => ({ expression: filled(expression, here.known), holds })
    const command = (attribute: string, values?: readonly Datum[]): void => {
      const ways = found.get(attribute) ?? []
      found.set(attribute, ways)
      if (ways.length > mostWays) return
      ways.push({
        tests: here.tests,
        ...(here.event === undefined ? {} : { event: here.event }),
        ...(values === undefined ? {} : { values }),
      })
    }
    switch (step.do) {
      case 'set': {
        const value = filled(step.value, here.known)
        command(step.attribute, value.is === 'value' ? [toDatum(value.value)] : undefined)
        return on(step.next)
      }
      case 'let':
        return on(step.next, {
          ...here,
          known: here.known === undefined ? undefined : new Map([...here.known, [step.local, filled(step.value, here.known)]]),
        })
      case 'branch': {
        const not = step.cases.map(({ when }) => passing(when, false))
        const taken = step.cases.every(({ when, next }, at) => {
          const earlier = step.every ? [] : not.slice(0, at)
          return on(next, { ...here, tests: [...here.tests, ...earlier, passing(when, true)] })
        })
        return taken && on(step.next, { ...here, tests: [...here.tests, ...not] })
      }
      case 'wait':
        return on(step.next, { ...here, tests: [...here.tests, passing(step.until, true)] })
      case 'delay':
      case 'await':
        return true
      case 'unmodelled':
        for (const attribute of step.writes) command(attribute)
        return on(step.next)
      case 'emit':
      case 'call':
        return on(step.next)
    }
  }
  const settings = settingsIn(behaviour, indexed.automation)
  if (!settings.every((setting) => setting.at.every((id) => walk(id, setting, [])))) return undefined
  return new Map([...found].map(([attribute, ways]) => [attribute, ways.length > mostWays ? 'many' : ways]))
}

function filled(expression: AutomationExpression, known: Known): AutomationExpression {
  if (expression.is === 'local') return known === undefined ? open : (known.get(expression.name) ?? constant(null))
  if (expression.is !== 'apply') return expression
  if (sizeOfExpression(expression).parts > mostParts) return open
  const before = known === undefined ? undefined : filledOnce.get(known)
  const already = before?.get(expression)
  if (already !== undefined) return already
  const whole = { ...expression, arguments: expression.arguments.map((one) => filled(one, known)) }
  const made = sizeOfExpression(whole).parts > mostParts ? open : whole
  if (known !== undefined) filledOnce.set(known, (before ?? new Map<AutomationExpression, AutomationExpression>()).set(expression, made))
  return made
}

/** By what is known: ways that fork know the same, and ask it of the same expressions. */
const filledOnce = new WeakMap<NonNullable<Known>, Map<AutomationExpression, AutomationExpression>>()

/** Parts of an expression; a larger one may be anything. */
const mostParts = 500

const settled = new WeakMap<Behaviour, Map<string, readonly Setting[]>>()

function settingsIn(behaviour: Behaviour, automation: Automation): readonly Setting[] {
  const known = settled.get(behaviour) ?? new Map<string, readonly Setting[]>()
  settled.set(behaviour, known)
  const settings = known.get(automation.id) ?? settingsOf(behaviour, automation)
  known.set(automation.id, settings)
  return settings
}

const calls = new WeakMap<Behaviour, ReadonlySet<string>>()

/** Automations that some step calls. */
function calledIn(behaviour: Behaviour): ReadonlySet<string> {
  const before = calls.get(behaviour)
  if (before !== undefined) return before
  const steps = indexOf(behaviour).automations.flatMap(({ automation }) => automation.steps)
  const called = new Set(steps.flatMap((step) => (step.do === 'call' ? [step.automation] : [])))
  calls.set(behaviour, called)
  return called
}

/** Where tokens set out: at the entry of a run, or where one waited, of which nothing is known any more. */
function settingsOf(behaviour: Behaviour, automation: Automation): readonly Setting[] {
  const { id, entry, guard, triggers, steps, mode } = automation
  const guarded = ({ tests, known, ...rest }: Omit<Setting, 'at'>): Setting => ({
    ...rest,
    known,
    at: entry,
    tests: [...tests, { expression: filled(guard, known), holds: true }],
  })
  const called = calledIn(behaviour).has(id)
  const reached = livenessOf(behaviour).steps
  const waiting = steps.filter((step) => ['delay', 'wait', 'await'].includes(step.do) && reached.has(stepKey(id, step.id)))
  return [
    ...triggers.flatMap((trigger, at) => startedBy(behaviour, id, trigger, at).map(guarded)),
    ...(called ? [guarded({ tests: [], known: new Map() })] : []),
    ...waiting.map((step): Setting => ({
      at: [...step.next, ...timedOut(step)],
      tests: [],
      known: undefined,
      ...(step.do === 'delay' ? { event: `resume ${JSON.stringify([id, step.id])}` } : {}),
    })),
    // A start that stood in line passed its guard in another reaction.
    ...(mode.run === 'queued' && waiting.length > 0 ? [{ at: entry, tests: [], known: undefined }] : []),
  ]
}

const timedOut = (step: Step): readonly string[] => ((step.do === 'wait' || step.do === 'await') && step.timeout?.next) || []

function startedBy(behaviour: Behaviour, id: string, trigger: Trigger, at: number): readonly Omit<Setting, 'at'>[] {
  const alone = `trigger ${JSON.stringify([id, at])}`
  const written = (attribute: string): string => `write ${attribute}`
  const moves = (attribute: string): boolean => indexOf(behaviour).attributes.get(attribute)!.outside
  const known = (payload: AutomationExpression, before: AutomationExpression): Known =>
    new Map([
      ['trigger', payload],
      ['trigger.before', before],
      ['trigger.index', constant(at)],
    ])
  switch (trigger.on) {
    case 'change':
    case 'message': {
      if (trigger.on === 'change' && trigger.for !== undefined) return [{ event: alone, tests: [], known: known(open, open) }]
      const { attribute } = trigger
      if (!isFixed(behaviour, attribute)) return [{ tests: [], known: known(open, open) }]
      if (!moves(attribute)) return []
      const read: AutomationExpression = { is: 'read', attribute }
      const among = trigger.on === 'change' && trigger.to !== undefined ? trigger.to : undefined
      const options = among?.map((value): AutomationExpression => ({
        is: 'apply',
        operator: '==',
        arguments: [read, { is: 'value', value }],
      }))
      const tests: readonly Test[] =
        options === undefined ? [] : [{ expression: { is: 'apply', operator: 'or', arguments: options }, holds: true }]
      return [{ event: written(attribute), tests, known: known(read, open) }]
    }
    case 'becomes': {
      if (trigger.for !== undefined) return [{ event: alone, tests: [], known: known(open, open) }]
      const reads = readsOf(trigger.condition)
      const tests: readonly Test[] = [{ expression: filled(trigger.condition, new Map()), holds: true }]
      if (!reads.every((one) => isFixed(behaviour, one))) return [{ tests, known: known(open, open) }]
      return reads.filter(moves).map((attribute) => ({ event: written(attribute), tests, known: known({ is: 'read', attribute }, open) }))
    }
    case 'outside':
      return [{ event: alone, tests: [], known: known(trigger.payload.is === 'value' ? trigger.payload : open, constant(null)) }]
    case 'time':
    case 'unmodelled':
      return [{ event: alone, tests: [], known: known(constant(null), constant(null)) }]
    case 'start':
      return [{ event: 'restart', tests: [], known: known(constant(null), constant(null)) }]
    case 'event':
      return [{ tests: [], known: known(constant(null), constant(null)) }]
    case 'never':
      return []
  }
}
