/** A template of Home Assistant as an expression of the neutral model; nothing is executed. */
import type { AutomationExpression, ValueType } from '../../../model/automation.ts'
import { and, choose, FALSE, not, value } from '../../node-red/expressions.ts'
import { member } from './members.ts'
import { fromOutside, toOutside } from './exchange.ts'
import { filter } from './filters.ts'
import { listOf, nativeExpression, numberExpression, printedWays, textExpression, together, truthOfPrinted } from './outcome.ts'
import { parseTemplate } from './parse.ts'
import { bounded, boundedResult, isGivenUp, open, type Run } from './run.ts'
import { type Statement, syntaxOffset } from './syntax.ts'
import type { TemplateContext, TemplateResult, TemplateValue, Wanted } from './template-value.ts'
import { test } from './tests.ts'
import { gathered, type Jinja } from './values.ts'
import { call, evaluated, execute, printedBy } from './walk.ts'

/** Never throws on any text. What is not modelled becomes an open part with its reason. */
export function translateTemplate(text: string, context: TemplateContext, wanted: Wanted): TemplateResult {
  let statements: readonly Statement[]
  try {
    statements = parseTemplate(text.trim())
  } catch (error) {
    const offset = syntaxOffset(error)
    if (offset === undefined) throw error
    return { ok: false, why: (error as Error).message, offset: offset + text.length - text.trimStart().length }
  }
  const run = started(context)
  try {
    return translated(run, statements, wanted)
  } catch (error) {
    // The stack ends before the counters do where each level is deep.
    if (!isGivenUp(error) && !(error instanceof RangeError)) throw error
    return given(started(context), wanted, isGivenUp(error) ? error.message : 'the template is nested too deeply')
  }
}

function started(context: TemplateContext): Run {
  const variables = new Map<string, Jinja | undefined>()
  return {
    context,
    names: { filter, test, member, call, evaluate: evaluated, execute },
    given: (name) => {
      if (!variables.has(name)) {
        const held = context.variables.get(name)
        variables.set(name, held === undefined ? undefined : fromOutside(held))
      }
      return variables.get(name)
    },
    reads: new Set(),
    reasons: new Set(),
    assumptions: new Set(),
    path: value(true),
    fails: FALSE,
    state: { variables: new Map(), spaces: new Map(), skip: FALSE, stop: FALSE },
    spaces: 0,
    steps: 0,
    depth: 0,
  }
}

/** Nothing is known of the whole template. */
function given(run: Run, wanted: Wanted, why: string): TemplateResult {
  const type: ValueType = wanted === 'condition' || wanted === 'truth' ? { is: 'bool' } : wanted === 'text' ? { is: 'text' } : { is: 'any' }
  const whole = open(run, type, why)
  return result(run, whole, open(run, { is: 'bool' }, why), { is: 'unknown', why })
}

function translated(run: Run, statements: readonly Statement[], wanted: Wanted): TemplateResult {
  const ways = printedWays(run, printedBy(run, statements))
  switch (wanted) {
    case 'condition':
    case 'truth': {
      const truth = truthOfPrinted(run, ways, wanted === 'condition')
      return expressed(run, and(not(run.fails), truth))
    }
    case 'number': {
      const number = together(run, ways, (one) => numberExpression(run, one), { is: 'any' })
      return expressed(run, choose(not(run.fails), number, value(null)))
    }
    case 'text':
      return expressed(
        run,
        together(run, ways, (one) => textExpression(run, one), { is: 'text' }),
      )
    case 'any': {
      const whole = gathered(ways)
      if (!structural(whole))
        return expressed(
          run,
          together(run, ways, (one) => nativeExpression(run, one), { is: 'any' }),
        )
      return structured(run, whole)
    }
    case 'list':
      return structured(run, listOf(ways))
  }
}

const structural = (of: Jinja): boolean =>
  of.is === 'list' || of.is === 'mapping' || (of.is === 'choice' && [...of.cases.map((one) => one.value), of.otherwise].some(structural))

function structured(run: Run, of: Jinja): TemplateResult {
  bounded(of)
  const structure = toOutside(run, of)
  return result(run, structure.is === 'expression' ? structure.expression : value(null), run.fails, structure)
}

const expressed = (run: Run, expression: AutomationExpression): TemplateResult => {
  boundedResult(expression)
  return result(run, expression, run.fails, { is: 'expression', expression })
}

function result(run: Run, whole: AutomationExpression, fails: AutomationExpression, structure: TemplateValue): TemplateResult {
  const reasons = [...run.reasons].sort()
  return {
    ok: true,
    value: whole,
    fails,
    structure,
    reads: [...run.reads].sort(),
    exact: reasons.length === 0,
    reasons,
    assumptions: [...run.assumptions].sort(),
  }
}
