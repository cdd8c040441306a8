/** Loops, written out pass by pass. */
import type { AutomationExpression } from '../../../model/automation.ts'
import { and, FALSE, not, or, value } from '../../node-red/expressions.ts'
import { branch } from './branches.ts'
import { iterated } from './collections.ts'
import { assign, named } from './names.ts'
import { mayBeTree } from './outside.ts'
import { loopOutside } from './outside-loop.ts'
import { type Run, step, truth, under } from './run.ts'
import { ofDomain } from './states.ts'
import type { Statement, Target } from './syntax.ts'
import { type Jinja, numberValue, truthValue, UNDEFINED, unknown } from './values.ts'

type Loop = Extract<Statement, { readonly do: 'for' }>

export function loop(run: Run, statement: Loop, parts: Jinja[]): void {
  rounds(run, statement, run.names.evaluate(run, statement.over), parts)
}

function rounds(run: Run, statement: Loop, held: Jinja, parts: Jinja[]): void {
  const whole = held.is === 'domain' ? ofDomain(run, held.name) : held
  if (mayBeTree(whole) && loopOutside(run, statement, whole, parts)) return
  const over = whole.is === 'choice' ? whole : iterated(run, whole)
  if (over.is === 'choice') {
    const [first, ...rest] = over.cases
    branch(
      run,
      first!.when,
      parts,
      (inner) => rounds(run, statement, first!.value, inner),
      (inner) => rounds(run, statement, rest.length === 0 ? over.otherwise : { ...over, cases: rest }, inner),
    )
    return
  }
  if (over.is !== 'list') {
    const why = over.is === 'unknown' ? over.why : 'a loop over something that is not known'
    forget(run, statement.body, why)
    parts.push(unknown(why))
    return
  }
  const outer = new Map(run.state.variables)
  const [skipBefore, stopBefore] = [run.state.skip, run.state.stop]
  const kept = over.items.map(({ when, value: item }) => {
    if (statement.where === undefined) return { when, item }
    run.state.variables = new Map(outer)
    assign(run, statement.target, item)
    return {
      when: and(
        when,
        under(run, when, () => truth(run, run.names.evaluate(run, statement.where!))),
      ),
      item,
    }
  })
  const items = kept.filter(({ when }) => !(when.is === 'value' && when.value !== true))
  const fixed = items.every(({ when }) => when.is === 'value')
  run.state.stop = FALSE
  for (const [index, { when, item }] of items.entries()) {
    step(run)
    const goes = and(when, not(run.state.stop))
    run.state.variables = new Map(outer)
    branch(
      run,
      goes,
      parts,
      (inner) => {
        run.state.skip = FALSE
        run.state.variables.set(
          'loop',
          loopOf(
            index,
            items.map((one) => one.when),
            fixed,
            items.map((one) => one.item),
          ),
        )
        assign(run, statement.target, item)
        run.names.execute(run, statement.body, inner)
      },
      () => undefined,
    )
    run.state.skip = FALSE
  }
  run.state.variables = outer
  run.state.skip = skipBefore
  run.state.stop = stopBefore
  const none = not(or(...items.map(({ when }) => when)))
  if (statement.otherwise.length > 0)
    branch(
      run,
      none,
      parts,
      (inner) => run.names.execute(run, statement.otherwise, inner),
      () => undefined,
    )
}

/** `loop` in one round; indices count the items that are there. */
function loopOf(index: number, conditions: readonly AutomationExpression[], fixed: boolean, items: readonly Jinja[]): Jinja {
  const [before, after] = [conditions.slice(0, index), conditions.slice(index + 1)]
  const count = (list: readonly AutomationExpression[]): AutomationExpression => {
    const sure = list.filter((one) => one.is === 'value').length
    const open = list.filter((one) => one.is !== 'value')
    const ones = open.map((one): AutomationExpression => ({ is: 'apply', operator: 'if', arguments: [one, value(1), value(0)] }))
    return ones.length === 0 ? value(sure) : { is: 'apply', operator: '+', arguments: [value(sure), ...ones] }
  }
  const more = (list: readonly AutomationExpression[], extra: number): Jinja => {
    const counted = count(list)
    return numberValue(
      counted.is === 'value' ? value(Number(counted.value) + extra) : { is: 'apply', operator: '+', arguments: [counted, value(extra)] },
    )
  }
  return {
    is: 'mapping',
    entries: new Map<string, Jinja>([
      ['index', more(before, 1)],
      ['index0', more(before, 0)],
      ['revindex', more(after, 1)],
      ['revindex0', more(after, 0)],
      ['first', truthValue(not(or(...before)))],
      ['last', truthValue(not(or(...after)))],
      ['length', more(conditions, 0)],
      ['previtem', fixed ? (items[index - 1] ?? UNDEFINED('previtem')) : unknown('the item before in a list whose length is open')],
      ['nextitem', fixed ? (items[index + 1] ?? UNDEFINED('nextitem')) : unknown('the next item in a list whose length is open')],
    ]),
  }
}

/** What a loop that cannot be followed may have put into namespaces is not known any more. */
function forget(run: Run, body: readonly Statement[], why: string): void {
  for (const statement of body) {
    if (statement.do === 'set') forgetTarget(run, statement.target, why)
    else if (statement.do === 'if')
      [...statement.cases.map((one) => one.body), statement.otherwise].forEach((inner) => forget(run, inner, why))
    else if (statement.do === 'for') [statement.body, statement.otherwise].forEach((inner) => forget(run, inner, why))
    else if (statement.do === 'with') forget(run, statement.body, why)
  }
}

function forgetTarget(run: Run, target: Target, why: string): void {
  if (target.is === 'several') target.targets.forEach((one) => forgetTarget(run, one, why))
  if (target.is !== 'member') return
  const of = named(run, target.namespace)
  const ids = of.is === 'space' ? [of.id] : [...run.state.spaces.keys()]
  for (const id of ids) run.state.spaces.set(id, new Map([...(run.state.spaces.get(id) ?? []), [target.name, unknown(why)]]))
}
