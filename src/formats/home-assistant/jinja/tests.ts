/** Tests (`is ...`) and what `select` and `reject` ask. */
import type { AutomationExpression } from '../../../model/automation.ts'
import { FALSE, not, or, same, TRUE, value } from '../../node-red/expressions.ts'
import { equal, ordered } from './compare.ts'
import { contained } from './contain.ts'
import { remainder } from './numbers.ts'
import { partOf } from './outside.ts'
import { type Given, open, type Run, truth, under } from './run.ts'
import { asksRegistry, hasValue, isState, isStateAttribute } from './states.ts'
import { plainText } from './texts.ts'
import { chooseTruth, constant, constantOf, has, isA, type Jinja, only, type Scalar, UNDEFINED, waysOf } from './values.ts'

const COMPARISONS: Readonly<Record<string, '==' | '!=' | '<' | '<=' | '>' | '>='>> = {
  eq: '==',
  equalto: '==',
  '==': '==',
  ne: '!=',
  '!=': '!=',
  lt: '<',
  lessthan: '<',
  '<': '<',
  le: '<=',
  '<=': '<=',
  gt: '>',
  greaterthan: '>',
  '>': '>',
  ge: '>=',
  '>=': '>=',
}

export function test(run: Run, name: string, of: Jinja, given: Given): AutomationExpression {
  const [first = UNDEFINED('an argument')] = given.plain
  const comparison = Object.hasOwn(COMPARISONS, name) ? COMPARISONS[name] : undefined
  if (comparison === '==') return equal(run, of, first)
  if (comparison === '!=') return not(equal(run, of, first))
  if (comparison !== undefined) return ordered(run, comparison, of, first)
  switch (name) {
    case 'in':
      return contained(run, of, first)
    case 'contains':
      return contained(run, first, of)
    case 'search':
    case 'match': {
      const found = plainText(run, name === 'search' ? 'regex_search' : 'regex_match', of, given.plain)
      return truth(run, found ?? constant(false))
    }
    case 'is_state':
      return truth(run, isState(run, of, first))
    case 'has_value':
      return truth(run, hasValue(run, of))
    case 'is_state_attr':
      return truth(run, isStateAttribute(run, of, first, given.plain[1] ?? UNDEFINED('a value')))
    case 'is_number':
      return truth(run, run.names.filter(run, 'is_number', of, given))
    default:
      break
  }
  if (asksRegistry(name)) return open(run, { is: 'bool' }, `the test \`${name}\``)
  const ways = waysOf(of)
  return ways.length === 1
    ? single(run, name, of, first)
    : ways.slice(0, -1).reduceRight(
        (rest, way) =>
          chooseTruth(
            way.when,
            under(run, way.when, () => single(run, name, way.value, first)),
            rest,
          ),
        under(run, ways.at(-1)!.when, () => single(run, name, ways.at(-1)!.value, first)),
      )
}

/** Tests of the sort of a value. */
function single(run: Run, name: string, of: Jinja, first: Jinja): AutomationExpression {
  if (of.is === 'unknown') return openTest(run, name, of)
  const plain = of.is === 'scalar' ? of : undefined
  const textual = of.is === 'changed' || of.is === 'joined' || of.is === 'clock'
  const native = (type: 'bool' | 'number' | 'null' | 'text'): AutomationExpression => {
    if (plain === undefined) return FALSE
    if (plain.text) return type === 'text' ? TRUE : FALSE
    return isA(plain, type)
  }
  switch (name) {
    case 'defined':
      return value(of.is !== 'undefined')
    case 'undefined':
      return value(of.is === 'undefined')
    case 'none':
      return native('null')
    case 'string':
      return or(value(textual), native('text'))
    case 'number':
      return or(native('number'), native('bool'), value(of.is === 'moment' && of.stamp))
    case 'boolean':
      return native('bool')
    case 'true':
      return plain !== undefined && has(plain, 'bool') ? same(plain.of, TRUE) : FALSE
    case 'false':
      return plain !== undefined && has(plain, 'bool') ? same(plain.of, FALSE) : FALSE
    case 'mapping':
      return plain !== undefined && !plain.text && plain.types.size > 1 && has(plain, 'text')
        ? asked(run, plain, 'is mapping', 'asks whether an attribute is a mapping')
        : value(of.is === 'mapping')
    case 'sequence':
    case 'iterable':
    case 'list':
      if (plain !== undefined && !plain.text && plain.types.size > 1 && has(plain, 'text'))
        return asked(run, plain, 'is list', 'asks whether an attribute is a list')
      if (name === 'list') return value(of.is === 'list')
      return or(value(of.is === 'list' || of.is === 'mapping' || textual || of.is === 'undefined' || of.is === 'domain'), native('text'))
    case 'datetime':
      return value(of.is === 'moment' && !of.stamp)
    case 'callable':
      return value(of.is === 'function' || of.is === 'macro' || of.is === 'method')
    case 'lower':
    case 'upper': {
      const found = plainText(run, name === 'lower' ? 'islower' : 'isupper', of, [])
      return truth(run, found ?? constant(false))
    }
    case 'odd':
    case 'even':
    case 'divisibleby': {
      if (plain === undefined || plain.text || !only(plain, 'number'))
        return open(run, { is: 'bool' }, `the test \`${name}\` of something but a number`)
      const by = name === 'divisibleby' ? constantOf(first) : 2
      if (typeof by !== 'number' || by === 0) return open(run, { is: 'bool' }, 'a division by something open')
      return same(remainder(plain.of, value(by)), value(name === 'odd' ? 1 : 0))
    }
    case 'sameas':
      return equal(run, of, first)
    case 'integer':
    case 'float':
    default:
      return open(run, { is: 'bool' }, `the test \`${name}\` is not modelled`)
  }
}

/** What only the outside knows of a value of open sort. */
function asked(run: Run, of: Scalar, what: string, why: string): AutomationExpression {
  return partOf(run, of, what, { is: 'bool' })?.of ?? open(run, { is: 'bool' }, why)
}

/** A value of known type may answer although it is open. */
function openTest(run: Run, name: string, of: Extract<Jinja, { readonly is: 'unknown' }>): AutomationExpression {
  const sure = of.type.is === 'any' ? undefined : of.type.is
  const textual = sure === 'text' || sure === 'enum'
  if (sure !== undefined) {
    if (name === 'none' || name === 'undefined' || name === 'mapping') return FALSE
    if (name === 'defined') return TRUE
    if (name === 'string') return value(textual)
    if (name === 'number') return value(!textual)
  }
  return open(run, { is: 'bool' }, of.why)
}
