/** What the kinds about two rules read off a replayed reaction: who comes first, who started whom, what a guard demands of attributes. */
import type { AutomationExpression, Behaviour } from '../../model/automation.ts'
import { indexOf } from '../behaviour-index.ts'
import type { Reaction } from '../reaction.ts'
import type { State } from '../state.ts'
import { evaluate, type Datum } from '../values.ts'
import type { Subject } from './commands.ts'

/** The rule that the finding begins with, and the other; its subject names them in that order, after the actuator where it names that. */
export function directed({ rules: [a = '', b = ''], key = '', actuator = '' }: Subject): readonly [string, string] {
  const fits = (from: string, to: string): boolean => key === `${from} ${to}` || key === `${actuator} ${from} ${to}`
  return fits(b, a) ? [b, a] : [a, b]
}

/** The rule whose action started the run, undefined where the outside did. */
export const causeOf = (reaction: Reaction, run: number): string | undefined => reaction.started.find((one) => one.run === run)?.by

/** Runs of the rule that an action of the other started. */
export const startedBy = (reaction: Reaction, from: string, to: string): Reaction['started'] =>
  reaction.started.filter((one) => one.automation === to && one.by === from)

/** What came last of several things; each told by what had been asked when it came. */
export const latest = (...asked: readonly number[]): number => Math.max(0, ...asked)

/** The conjuncts of a guard that attributes alone decide; undefined where there are none. */
export function demandsOf(behaviour: Behaviour, rule: string): readonly AutomationExpression[] | undefined {
  const guard = indexOf(behaviour).byId.get(rule)?.automation.guard
  const parts = guard === undefined ? [] : partsOf(guard).filter((part) => onlyReads(part) && reads(part))
  return parts.length === 0 ? undefined : parts
}

export const holdsIn = (parts: readonly AutomationExpression[], { values }: State): boolean =>
  parts.every((part) => evaluate(part, { attribute: (id): Datum => values.get(id) ?? null, local: () => null, any: () => null }) === true)

export const partsOf = (guard: AutomationExpression): readonly AutomationExpression[] =>
  guard.is === 'apply' && guard.operator === 'and' ? guard.arguments.flatMap(partsOf) : [guard]

const onlyReads = (part: AutomationExpression): boolean =>
  part.is === 'apply' ? part.arguments.every(onlyReads) : part.is === 'value' || part.is === 'read'

const reads = (part: AutomationExpression): boolean => (part.is === 'apply' ? part.arguments.some(reads) : part.is === 'read')
