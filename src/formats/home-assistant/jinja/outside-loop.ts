/** Loops over what comes from outside and may be a list: what they print and leave in namespaces is from outside, too, where their bodies read nothing else. */
import type { AutomationExpression, ValueType } from '../../../model/automation.ts'
import { FALSE, TRUE } from '../../node-red/expressions.ts'
import { assign } from './names.ts'
import { partOf, spelledOutside } from './outside.ts'
import { copyState, fail, type Run, truth } from './run.ts'
import type { Statement } from './syntax.ts'
import type { Jinja, Scalar } from './values.ts'

type Loop = Extract<Statement, { readonly do: 'for' }>

/** One round with any item stands for all: whatever it reads decides the outcome. False where it reads what automations may write, or what is not modelled. */
export function loopOutside(run: Run, statement: Loop, over: Scalar, parts: Jinja[]): boolean {
  const item = partOf(run, over, 'item')
  if (item === undefined) return false
  const { trial, printed, where } = oneRound(run, statement, over, item)
  run.steps = trial.steps
  const left = [...trial.state.spaces].flatMap(([id, space]) =>
    [...space].flatMap(([name, held]) => (held === run.state.spaces.get(id)?.get(name) ? [] : [{ id, name, held }])),
  )
  const outcome = [where, printed, left, trial.fails]
  const outside = trial.reasons.size > 0 ? undefined : spelledOutside(run, outcome, [statement.body, statement.where])
  if (outside === undefined) return false
  const tag = `loop ${outside}`
  const part = (name: string, type: ValueType): Scalar => partOf(run, over, name, type)!
  if (printed.length > 0) parts.push(part(tag, { is: 'text' }))
  for (const { id, name } of left)
    run.state.spaces = new Map([
      ...run.state.spaces,
      [id, new Map([...(run.state.spaces.get(id) ?? []), [name, part(`${tag} ${name}`, { is: 'any' })]])],
    ])
  if (trial.fails !== FALSE) fail(run, part(`${tag} fails`, { is: 'bool' }).of)
  return true
}

/** What a round prints and leaves behind; `where` is part of what decides it. */
function oneRound(
  run: Run,
  statement: Loop,
  over: Scalar,
  item: Scalar,
): { readonly trial: Run; readonly printed: readonly Jinja[]; readonly where: AutomationExpression } {
  const trial: Run = { ...run, reads: new Set(), reasons: new Set(), path: TRUE, fails: FALSE, state: copyState(run.state) }
  trial.state.variables.set('loop', { is: 'mapping', entries: loopEntries(run, over) })
  assign(trial, statement.target, item)
  const printed: Jinja[] = []
  const where = statement.where === undefined ? TRUE : truth(trial, run.names.evaluate(trial, statement.where))
  run.names.execute(trial, statement.body, printed)
  run.names.execute(trial, statement.otherwise, printed)
  return { trial, printed, where }
}

/** `loop` in a round that nobody knows the number of. */
function loopEntries(run: Run, over: Scalar): ReadonlyMap<string, Jinja> {
  const number: ValueType = { is: 'number', integer: true, low: 0 }
  const types: readonly (readonly [string, ValueType])[] = [
    ...['index', 'index0', 'revindex', 'revindex0', 'length'].map((name) => [name, number] as const),
    ...['first', 'last'].map((name) => [name, { is: 'bool' }] as const),
    ...['previtem', 'nextitem'].map((name) => [name, { is: 'any' }] as const),
  ]
  return new Map(types.map(([name, type]) => [name, partOf(run, over, `loop.${name}`, type)!]))
}
