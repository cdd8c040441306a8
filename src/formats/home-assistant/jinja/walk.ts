/** Walks the tree of a template: expressions become values, statements become what is printed. */
import { type AutomationExpression, CHANCE } from '../../../model/automation.ts'
import { and, FALSE, not, or, TRUE, value } from '../../node-red/expressions.ts'
import { arithmetic, joined } from './arithmetic.ts'
import { branch, oneOf } from './branches.ts'
import { callGlobal } from './calls.ts'
import { sliced } from './collections.ts'
import { changedWays, equal, ordered } from './compare.ts'
import { contained } from './contain.ts'
import { asText } from './conversions.ts'
import { loop } from './loops.ts'
import { imported } from './macro-files.ts'
import { callMethod } from './methods.ts'
import { assign, named } from './names.ts'
import { spread } from './outcome.ts'
import { bounded, deeper, fail, type Given, type Run, step, truth, under } from './run.ts'
import type { Arguments, CompareOperator, Node, Parameter, Statement } from './syntax.ts'
import { chosen, constant, constantOf, gathered, type Jinja, list, NONE, numberValue, truthValue, UNDEFINED, unknown } from './values.ts'
import { METHODS } from './members.ts'
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
        // A method of a value that has none; another name may be a function that is not known here.
        return METHODS.has(one.name) ? NONE : unknown(`\`${one.name}\` is not known here`)
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

export function execute(run: Run, body: readonly Statement[], parts: Jinja[]): void {
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

/** A printed text whose choices stand outside of it, where they are not too many. */
function spreadText(of: Jinja): Jinja {
  const ways = spread(of)
  return ways === undefined ? of : gathered(ways)
}
