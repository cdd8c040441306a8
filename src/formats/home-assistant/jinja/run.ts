/** The translation under way: what it has read, where it can fail, what it could not say. */
import { EngineError } from '../../../diagnostics/engine-error.ts'
import type { AutomationExpression, ValueType } from '../../../model/automation.ts'
import { and, or, read, value } from '../../node-red/expressions.ts'
import { sizeOf } from './size.ts'
import type { Node, Statement } from './syntax.ts'
import type { AttributeRead, TemplateContext } from './template-value.ts'
import { type Jinja, type Scalar, sizeOfValue, truthOf, typed } from './values.ts'

export interface State {
  variables: Map<string, Jinja>
  spaces: Map<number, Map<string, Jinja>>
  /** The rest of this round of the loop is left out; the loop has ended. */
  skip: AutomationExpression
  stop: AutomationExpression
}

/** Evaluated arguments of a call, a filter or a test. */
export interface Given {
  readonly plain: readonly Jinja[]
  readonly named: ReadonlyMap<string, Jinja>
}

export const given = (...plain: readonly Jinja[]): Given => ({ plain, named: new Map() })

/** The argument at the place, or of the name. */
export const argument = (of: Given, index: number, name: string): Jinja | undefined => of.plain[index] ?? of.named.get(name)

/** Filters, tests, members and calls reach each other by name, and loops and macros what stands in them. */
export interface Names {
  readonly evaluate: (run: Run, node: Node) => Jinja
  /** Executes statements; what they print joins the parts. */
  readonly execute: (run: Run, body: readonly Statement[], parts: Jinja[]) => void
  readonly filter: (run: Run, name: string, of: Jinja, given: Given) => Jinja
  readonly test: (run: Run, name: string, of: Jinja, given: Given) => AutomationExpression
  readonly member: (run: Run, of: Jinja, key: Jinja, dotted: boolean) => Jinja
  readonly call: (run: Run, of: Jinja, given: Given) => Jinja
}

export interface Run {
  readonly names: Names
  readonly context: TemplateContext
  /** Variables that come from outside. */
  readonly given: (name: string) => Jinja | undefined
  readonly reads: Set<string>
  readonly reasons: Set<string>
  readonly assumptions: Set<string>
  /** What holds where the translation stands. */
  path: AutomationExpression
  fails: AutomationExpression
  state: State
  spaces: number
  steps: number
  depth: number
}

const GIVEN_UP = 'formats/template-too-large'
const MAXIMAL_STEPS = 60_000
const MAXIMAL_SIZE = 60_000
/** On the way a value may be larger than what comes of it; parts that are shared count each time. */
const MAXIMAL_SIZE_BETWEEN = 1_000_000
const MAXIMAL_DEPTH = 150

export const isGivenUp = (error: unknown): error is EngineError => error instanceof EngineError && error.code === GIVEN_UP

/** Counts a step; ends the translation of what is too large. */
export function step(run: Run): void {
  run.steps += 1
  if (run.steps > MAXIMAL_STEPS) throw new EngineError(GIVEN_UP, 'the template takes too many steps')
}

export function deeper<T>(run: Run, what: () => T): T {
  run.depth += 1
  if (run.depth > MAXIMAL_DEPTH) throw new EngineError(GIVEN_UP, 'the template calls itself too deeply')
  const result = what()
  run.depth -= 1
  return result
}

/** The value, unless it grew beyond what anybody can reason about. */
export function bounded(of: Jinja): Jinja {
  if (sizeOfValue(of) > MAXIMAL_SIZE_BETWEEN) throw new EngineError(GIVEN_UP, 'the template grows too large')
  return of
}

/** What a template comes to. */
export function boundedResult(of: AutomationExpression): AutomationExpression {
  if (sizeOf(of) > MAXIMAL_SIZE) throw new EngineError(GIVEN_UP, 'the template grows too large')
  return of
}

/** Translates what is only reached where `when` holds. */
export function under<T>(run: Run, when: AutomationExpression, what: () => T): T {
  const before = run.path
  run.path = and(before, when)
  const result = what()
  run.path = before
  return result
}

/** The template ends with an error where the translation stands and `when` holds. */
export function fail(run: Run, when: AutomationExpression): void {
  run.fails = or(run.fails, and(run.path, when))
  if (sizeOf(run.fails) > MAXIMAL_SIZE_BETWEEN) throw new EngineError(GIVEN_UP, 'the template can fail in too many ways')
}

/** Any value of the type, with the reason. */
export function open(run: Run, type: ValueType, why: string): AutomationExpression {
  run.reasons.add(why)
  return { is: 'any', type, part: run.context.unmodelled(why) }
}

/** The truth of a value; open where it is not known. */
export function truth(run: Run, of: Jinja): AutomationExpression {
  const known = truthOf(of)
  if (known !== undefined) return known
  if (of.is === 'choice') return or(...ways(of).map(({ when, value: one }) => and(when, truth(run, one))))
  return open(run, { is: 'bool' }, of.is === 'unknown' ? of.why : 'the truth of a computed text')
}

function ways(of: Extract<Jinja, { readonly is: 'choice' }>): readonly { readonly when: AutomationExpression; readonly value: Jinja }[] {
  const result: { when: AutomationExpression; value: Jinja }[] = []
  let before: AutomationExpression = value(true)
  for (const { when, value: one } of of.cases) {
    result.push({ when: and(before, when), value: one })
    before = and(before, { is: 'apply', operator: 'not', arguments: [when] })
  }
  return [...result, { when: before, value: of.otherwise }]
}

export function reading(run: Run, attribute: AttributeRead, state: boolean): Scalar {
  run.reads.add(attribute.id)
  return typed(read(attribute.id), attribute.type, state)
}

export const copyState = (state: State): State => ({
  ...state,
  variables: new Map(state.variables),
  spaces: new Map([...state.spaces].map(([id, space]) => [id, new Map(space)])),
})
