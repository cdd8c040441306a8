/** Both ways of a condition, executed on copies of the state and put together again. */
import type { AutomationExpression } from '../../../model/automation.ts'
import { and, not, or } from '../../node-red/expressions.ts'
import { joined } from './arithmetic.ts'
import { bounded, copyState, type Run, type State, under } from './run.ts'
import { chosen, EMPTY, type Jinja, UNDEFINED } from './values.ts'

/** A single printed value stays what it is, for a list printed alone is read back as one. */
export const oneOf = (parts: readonly Jinja[]): Jinja => (parts.length === 0 ? EMPTY : parts.length === 1 ? parts[0]! : joined(parts))

/** Executes both ways on copies of the state, and puts the states and what was printed together. */
export function branch(
  run: Run,
  when: AutomationExpression,
  parts: Jinja[],
  then: (parts: Jinja[]) => void,
  otherwise: (parts: Jinja[]) => void,
): void {
  if (when.is === 'value') {
    if (when.value === true) then(parts)
    else otherwise(parts)
    return
  }
  const before = run.state
  const [left, right]: [Jinja[], Jinja[]] = [[], []]
  run.state = copyState(before)
  under(run, when, () => then(left))
  const after = run.state
  run.state = copyState(before)
  under(run, not(when), () => otherwise(right))
  run.state = merged(run, when, after, run.state)
  if (left.length > 0 || right.length > 0) parts.push(bounded(chosen(when, oneOf(left), oneOf(right))))
}

function merged(run: Run, when: AutomationExpression, a: State, b: State): State {
  const together = <K>(left: ReadonlyMap<K, Jinja>, right: ReadonlyMap<K, Jinja>, missing: (key: K) => Jinja): Map<K, Jinja> => {
    const all = new Map<K, Jinja>()
    for (const key of new Set([...left.keys(), ...right.keys()])) {
      const [x, y] = [left.get(key), right.get(key)]
      all.set(key, x === y ? x! : bounded(oneOfTwo(when, x ?? missing(key), y ?? missing(key))))
    }
    return all
  }
  const outside = (name: string): Jinja => run.given(name) ?? UNDEFINED(name)
  const spaces = new Map<number, Map<string, Jinja>>()
  for (const id of new Set([...a.spaces.keys(), ...b.spaces.keys()]))
    spaces.set(id, together(a.spaces.get(id) ?? new Map<string, Jinja>(), b.spaces.get(id) ?? new Map<string, Jinja>(), UNDEFINED))
  return {
    variables: together(a.variables, b.variables, outside),
    spaces,
    skip: or(and(when, a.skip), and(not(when), b.skip)),
    stop: or(and(when, a.stop), and(not(when), b.stop)),
  }
}

/** A list that one way made longer is one list, whose last items are there where that way was taken. */
function oneOfTwo(when: AutomationExpression, then: Jinja, otherwise: Jinja): Jinja {
  if (then.is !== 'list' || otherwise.is !== 'list') return chosen(when, then, otherwise)
  const [short, long, there] =
    then.items.length < otherwise.items.length ? [then.items, otherwise.items, not(when)] : [otherwise.items, then.items, when]
  if (!short.every((item, index) => item === long[index])) return chosen(when, then, otherwise)
  return { is: 'list', items: [...short, ...long.slice(short.length).map((item) => ({ ...item, when: and(there, item.when) }))] }
}
