/** Walks the tree of a template: expressions become values, statements become what is printed. */
import { type AutomationExpression, CHANCE } from '../../../model/automation.ts'
import { and, FALSE, not, or, TRUE, value } from '../../node-red/expressions.ts'
import { arithmetic, joined } from './arithmetic.ts'
import { callGlobal, callMethod, GLOBALS } from './calls.ts'
import { iterated, sliced } from './collections.ts'
import { changedWays, contained, equal, ordered } from './compare.ts'
import { asText } from './conversions.ts'
import { bounded, copyState, deeper, fail, type Given, open, type Run, type State, step, truth, under } from './run.ts'
import { parseTemplate } from './parse.ts'
import { type Arguments, type CompareOperator, type Node, type Parameter, type Statement, syntaxOffset, type Target } from './syntax.ts'
import {
  chosen,
  constant,
  constantOf,
  EMPTY,
  gathered,
  type Jinja,
  list,
  textOf,
  truthValue,
  UNDEFINED,
  unknown,
  numberValue,
  NONE,
} from './values.ts'
import { spread } from './outcome.ts'
import { lifted } from './ways.ts'

export function evaluated(run: Run, node: Node): Jinja {
  step(run)
  return deeper(run, () => bounded(evaluatedNode(run, node)))
}

function evaluatedNode(run: Run, node: Node): Jinja {
  switch (node.is) {
    case 'constant':
      return constant(node.value, node.float)
    case 'name':
      return named(run, node.name)
    case 'list':
      return list(node.items.map((item) => evaluated(run, item)))
    case 'dict':
      return mapping(run, node.entries)
    case 'member':
      return run.names.member(run, evaluated(run, node.of), constant(node.name), true)
    case 'item':
      return run.names.member(run, evaluated(run, node.of), evaluated(run, node.index), false)
    case 'slice':
      return slice(run, node)
    case 'call':
      return called(run, node.of, node.given)
    case 'filter': {
      const drawn = node.name === 'random' ? drawnOfRange(run, node.of) : undefined
      if (drawn !== undefined) return drawn
      const of = evaluated(run, node.of)
      const parts = arguments_(run, node.given)
      return parts === undefined ? unknown('hands over a list as arguments') : run.names.filter(run, node.name, of, parts)
    }
    case 'test': {
      const of = evaluated(run, node.of)
      const parts = arguments_(run, node.given)
      return parts === undefined
        ? unknown('hands over a list as arguments', { is: 'bool' })
        : truthValue(run.names.test(run, node.name, of, parts))
    }
    case 'not':
      return truthValue(not(truth(run, evaluated(run, node.of))))
    case 'negative': {
      const of = evaluated(run, node.of)
      return arithmetic(
        run,
        '-',
        of.is === 'span'
          ? { is: 'span', seconds: value(0) }
          : constant(0, constantOf(of) === undefined ? false : of.is === 'scalar' && of.float),
        of,
      )
    }
    case 'and':
    case 'or': {
      const left = evaluated(run, node.left)
      const holds = truth(run, left)
      if (holds.is === 'value') return (holds.value === true) === (node.is === 'and') ? evaluated(run, node.right) : left
      const goesOn = node.is === 'and' ? holds : not(holds)
      const right = under(run, goesOn, () => evaluated(run, node.right))
      if (left.is === 'scalar' && right.is === 'scalar' && isTruth(left) && isTruth(right))
        return truthValue(node.is === 'and' ? and(left.of, right.of) : or(left.of, right.of))
      if (left.is === 'unknown' && right.is === 'unknown') return unknown(left.why)
      return node.is === 'and' ? chosen(holds, right, left) : chosen(holds, left, right)
    }
    case 'arithmetic':
      return arithmetic(run, node.operator, evaluated(run, node.left), evaluated(run, node.right))
    case 'join':
      return lifted(
        run,
        node.parts.map((part) => asText(run, evaluated(run, part))),
        (...parts) => joined(parts),
      )
    case 'compare':
      return compared(run, node.first, node.rest)
    case 'choose': {
      const holds = truth(run, evaluated(run, node.condition))
      const otherwise = (): Jinja => (node.otherwise === undefined ? UNDEFINED('the other case') : evaluated(run, node.otherwise))
      if (holds.is === 'value') return holds.value === true ? evaluated(run, node.then) : otherwise()
      const then = under(run, holds, () => evaluated(run, node.then))
      return chosen(holds, then, under(run, not(holds), otherwise))
    }
    case 'body':
      return spreadText(printedBy(run, node.body))
  }
}

/** `range(a, b) | random`: long ranges are not written out. */
function drawnOfRange(run: Run, node: Node): Jinja | undefined {
  if (node.is !== 'call' || node.of.is !== 'name' || node.of.name !== 'range' || node.given.named.size > 0 || node.given.plain.length > 2)
    return undefined
  const ends = node.given.plain.map((part) => constantOf(evaluated(run, part)))
  const [low, past] = ends.length === 1 ? [0, ends[0]] : ends
  if (typeof low !== 'number' || typeof past !== 'number' || !Number.isInteger(low) || !Number.isInteger(past) || past <= low)
    return undefined
  return numberValue({ is: 'any', type: { is: 'number', integer: true, low, high: past - 1 }, part: CHANCE })
}

const isTruth = (of: Extract<Jinja, { readonly is: 'scalar' }>): boolean => of.types.size === 1 && of.types.has('bool')

function named(run: Run, name: string): Jinja {
  const variable = run.state.variables.get(name) ?? run.given(name)
  if (variable !== undefined) return variable
  if (GLOBALS.has(name)) return { is: 'function', name }
  if (name === 'pi') return constant(Math.PI, true)
  if (name === 'e') return constant(Math.E, true)
  if (name === 'inf' || name === 'nan') return unknown('a number that is none', { is: 'number', integer: false })
  return UNDEFINED(name)
}

function mapping(run: Run, entries: readonly (readonly [Node, Node])[]): Jinja {
  const found = new Map<string | number | boolean | null, Jinja>()
  for (const [key, part] of entries) {
    const known = constantOf(evaluated(run, key))
    const held = evaluated(run, part)
    if (known === undefined) return unknown('a mapping with a computed key')
    found.set(known, held)
  }
  return { is: 'mapping', entries: found }
}

function slice(run: Run, node: Extract<Node, { readonly is: 'slice' }>): Jinja {
  const of = evaluated(run, node.of)
  const bounds = [node.start, node.stop, node.step].map((part) => (part === undefined ? undefined : constantOf(evaluated(run, part))))
  if ([node.start, node.stop, node.step].some((part, index) => part !== undefined && typeof bounds[index] !== 'number'))
    return unknown('a slice with open bounds')
  const [start, stop, every] = bounds as (number | undefined)[]
  return lifted(run, [changedWays(of)], (one) => lifted(run, [splitText(one)], (way) => sliced(run, way, start, stop, every ?? 1)))
}

/** A text of few known values as a choice of them. */
function splitText(of: Jinja): Jinja {
  if (of.is !== 'scalar' || of.values === undefined || of.of.is === 'value') return of
  const [last, ...others] = of.values.map((one) => constant(one))
  return others.reduce<Jinja>(
    (rest, one) => ({
      is: 'choice',
      cases: [{ when: { is: 'apply', operator: '==', arguments: [of.of, one.of] }, value: one }],
      otherwise: rest,
    }),
    last!,
  )
}

function arguments_(run: Run, given: Arguments): Given | undefined {
  if (given.named.has('*') || given.named.has('**')) return undefined
  return {
    plain: given.plain.map((part) => evaluated(run, part)),
    named: new Map([...given.named].map(([name, part]) => [name, evaluated(run, part)])),
  }
}

function called(run: Run, of: Node, given: Arguments): Jinja {
  const target = evaluated(run, of)
  const parts = arguments_(run, given)
  if (parts === undefined) return unknown('hands over a list as arguments')
  return run.names.call(run, target, parts)
}

export function call(run: Run, target: Jinja, parts: Given): Jinja {
  return lifted(run, [target], (one) => {
    switch (one.is) {
      case 'function':
        return callGlobal(run, one.name, parts)
      case 'method':
        return callMethod(run, one.of, one.name, parts)
      case 'macro':
        return callMacro(run, one, parts)
      case 'unknown':
        return one
      case 'undefined':
        fail(run, TRUE)
        return unknown(`\`${one.name}\` is not known here`)
      case 'domain':
        return run.names.call(run, { is: 'function', name: 'states' }, parts)
      case 'scalar':
      case 'changed':
      case 'joined':
      case 'list':
      case 'mapping':
      case 'state':
      case 'attributes':
      case 'space':
      case 'parts':
      case 'moment':
      case 'span':
      case 'clock':
      case 'choice':
        fail(run, TRUE)
        return NONE
    }
  })
}

function callMacro(run: Run, macro: Extract<Jinja, { readonly is: 'macro' }>, given: Given): Jinja {
  const outer = run.state
  const variables = new Map(run.state.variables)
  macro.parameters.forEach((parameter: Parameter, index) => {
    const held = given.plain[index] ?? given.named.get(parameter.name)
    variables.set(
      parameter.name,
      held ?? (parameter.otherwise === undefined ? UNDEFINED(parameter.name) : evaluated(run, parameter.otherwise)),
    )
  })
  run.state = { variables, spaces: outer.spaces, skip: FALSE, stop: FALSE }
  const result = deeper(run, () => spreadText(printedBy(run, macro.body)))
  run.state = { ...outer, spaces: run.state.spaces }
  return result
}

function compared(run: Run, first: Node, rest: readonly { readonly operator: CompareOperator; readonly right: Node }[]): Jinja {
  let left: Jinja | undefined
  let all: AutomationExpression = TRUE
  for (const { operator, right } of rest) {
    const empty: AutomationExpression | undefined = rest.length === 1 ? emptiness(run, first, operator, right) : undefined
    if (empty !== undefined) return truthValue(empty)
    left ??= evaluated(run, first)
    const [a, b] = [left, under(run, all, () => evaluated(run, right))]
    all = and(
      all,
      under(run, all, () => comparison(run, operator, a, b)),
    )
    left = b
  }
  return truthValue(all)
}

/** `x | length > 0` and the like of texts: only whether they are empty counts. */
function emptiness(run: Run, node: Node, operator: CompareOperator, right: Node): AutomationExpression | undefined {
  if (node.is !== 'filter' || (node.name !== 'length' && node.name !== 'count') || right.is !== 'constant') return undefined
  const known = right.value
  const full = (known === 0 && (operator === '>' || operator === '!=')) || (known === 1 && operator === '>=')
  if (!full && !(known === 0 && operator === '==') && !(known === 1 && operator === '<')) return undefined
  const of = evaluated(run, node.of)
  const textual =
    of.is === 'changed' || of.is === 'joined' || (of.is === 'scalar' && (of.text || (of.types.size === 1 && of.types.has('text'))))
  if (!textual) return undefined
  const holds = truth(run, of)
  return full ? holds : not(holds)
}

function comparison(run: Run, operator: CompareOperator, a: Jinja, b: Jinja): AutomationExpression {
  switch (operator) {
    case '==':
      return equal(run, a, b)
    case '!=':
      return not(equal(run, a, b))
    case 'in':
      return contained(run, a, b)
    case 'not in':
      return not(contained(run, a, b))
    case '<':
    case '<=':
    case '>':
    case '>=':
      return ordered(run, operator, a, b)
  }
}

/** What the statements print, one after the other, as one text or choice of texts. */
export function printedBy(run: Run, body: readonly Statement[]): Jinja {
  const parts: Jinja[] = []
  execute(run, body, parts)
  return oneOf(parts)
}

/** A single printed value stays what it is, for a list printed alone is read back as one. */
const oneOf = (parts: readonly Jinja[]): Jinja => (parts.length === 0 ? EMPTY : parts.length === 1 ? parts[0]! : joined(parts))

function execute(run: Run, body: readonly Statement[], parts: Jinja[]): void {
  for (const [index, statement] of body.entries()) {
    const left = run.state.skip
    if (left.is === 'value' && left.value === true) return
    if (left.is !== 'value') {
      branch(
        run,
        not(left),
        parts,
        (inner) => execute(run, body.slice(index), inner),
        () => undefined,
      )
      return
    }
    step(run)
    deeper(run, () => executeOne(run, statement, parts))
  }
}

function executeOne(run: Run, statement: Statement, parts: Jinja[]): void {
  switch (statement.do) {
    case 'text':
      parts.push(constant(statement.text))
      return
    case 'print':
      parts.push(evaluated(run, statement.value))
      return
    case 'if':
      ifStatement(run, statement.cases, statement.otherwise, parts)
      return
    case 'for':
      loop(run, statement, parts)
      return
    case 'set':
      assign(run, statement.target, evaluated(run, statement.value))
      return
    case 'macro':
      run.state.variables.set(statement.name, { is: 'macro', name: statement.name, parameters: statement.parameters, body: statement.body })
      return
    case 'with': {
      const before = new Map(run.state.variables)
      for (const { target, value: held } of statement.sets) assign(run, target, evaluated(run, held))
      execute(run, statement.body, parts)
      run.state.variables = before
      return
    }
    case 'evaluate':
      evaluated(run, statement.value)
      return
    case 'import':
    case 'import-all':
      imported(run, statement)
      return
    case 'break':
      run.state.stop = TRUE
      run.state.skip = TRUE
      return
    case 'continue':
      run.state.skip = TRUE
      return
    case 'other':
      parts.push(unknown(`the statement \`${statement.word}\` is not modelled`))
      return
  }
}

function ifStatement(
  run: Run,
  cases: readonly { readonly when: Node; readonly body: readonly Statement[] }[],
  otherwise: readonly Statement[],
  parts: Jinja[],
): void {
  const [first, ...rest] = cases
  if (first === undefined) {
    execute(run, otherwise, parts)
    return
  }
  const holds = truth(run, evaluated(run, first.when))
  branch(
    run,
    holds,
    parts,
    (inner) => execute(run, first.body, inner),
    (inner) => ifStatement(run, rest, otherwise, inner),
  )
}

/** Executes both ways on copies of the state, and puts the states and what was printed together. */
function branch(
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
      all.set(key, x === y ? x! : bounded(chosen(when, x ?? missing(key), y ?? missing(key))))
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

function assign(run: Run, target: Target, held: Jinja): void {
  switch (target.is) {
    case 'name':
      run.state.variables.set(target.name, held)
      return
    case 'member': {
      const of = named(run, target.namespace)
      if (of.is !== 'space') {
        fail(run, of.is === 'unknown' || of.is === 'choice' ? open(run, { is: 'bool' }, 'a namespace that is not known') : TRUE)
        return
      }
      const before = run.state.spaces.get(of.id) ?? new Map<string, Jinja>()
      run.state.spaces = new Map([...run.state.spaces, [of.id, new Map([...before, [target.name, held]])]])
      return
    }
    case 'several':
      target.targets.forEach((one, index) => assign(run, one, run.names.member(run, held, constant(index), false)))
  }
}

type Loop = Extract<Statement, { readonly do: 'for' }>

function loop(run: Run, statement: Loop, parts: Jinja[]): void {
  const over = iterated(run, evaluated(run, statement.over))
  if (over.is === 'choice') {
    const [first, ...rest] = over.cases
    const go =
      (held: Jinja): ((inner: Jinja[]) => void) =>
      (inner) =>
        rounds(run, statement, iterated(run, held), inner)
    const others: Jinja = rest.length === 0 ? over.otherwise : { ...over, cases: rest }
    branch(run, first!.when, parts, go(first!.value), go(others))
    return
  }
  rounds(run, statement, over, parts)
}

function rounds(run: Run, statement: Loop, over: Jinja, parts: Jinja[]): void {
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
        under(run, when, () => truth(run, evaluated(run, statement.where!))),
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
        execute(run, statement.body, inner)
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
      (inner) => execute(run, statement.otherwise, inner),
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

function imported(run: Run, statement: Extract<Statement, { readonly do: 'import' | 'import-all' }>): void {
  const file = textOf(evaluated(run, statement.file))
  const text = file === undefined ? undefined : run.context.macros(file)
  const why = `the file \`${file ?? 'of a computed name'}\` of macros is not here`
  const found = text === undefined ? undefined : macrosOf(run, text)
  if (statement.do === 'import-all') {
    run.state.variables.set(statement.as, found === undefined ? unknown(why) : { is: 'mapping', entries: found })
    return
  }
  for (const { name, as } of statement.names)
    run.state.variables.set(as, found === undefined ? unknown(why) : (found.get(name) ?? UNDEFINED(name)))
}

/** Macros and variables that a file leaves at its top. */
function macrosOf(run: Run, text: string): ReadonlyMap<string, Jinja> | undefined {
  const outer = run.state
  try {
    const body = parseTemplate(text)
    run.state = { variables: new Map(), spaces: outer.spaces, skip: FALSE, stop: FALSE }
    deeper(run, () => execute(run, body, []))
    const { variables } = run.state
    // Macros of a file see its other macros.
    run.state = { ...outer, spaces: run.state.spaces, variables: new Map([...outer.variables, ...variables]) }
    return variables
  } catch (error) {
    if (syntaxOffset(error) === undefined) throw error
    run.state = outer
    return undefined
  }
}

/** A printed text whose choices stand outside of it, where they are not too many. */
function spreadText(of: Jinja): Jinja {
  const ways = spread(of)
  return ways === undefined ? of : gathered(ways)
}
