/** What executing a function's code on expressions shares: the world around it, the ways through it, and values made plain. */
import type { Expression } from 'acorn'
import type { AutomationExpression } from '../../model/automation.ts'
import { and, not, sizeOf, value } from './expressions.ts'
import { plain as plainOf } from './function-operators.ts'
import { copyState, give, type JsPath, type JsValue, type OpenValue, primitive } from './function-values.ts'
import { truthy } from './javascript-values.ts'

/** What a function can reach around itself. */
export interface FunctionWorld {
  readonly input: (path: string) => AutomationExpression
  /** The attribute of a context variable; undefined where there is none. */
  readonly attribute: (which: 'flow' | 'global' | 'node', key: string) => string | undefined
  readonly stored: (attribute: string) => AutomationExpression
  readonly environment: (name: string) => AutomationExpression
  /** What a method of the current date gives; nothing where that is not known. */
  readonly today: (method: string) => AutomationExpression | undefined
  readonly open: OpenValue
  readonly outputs: number
}

export interface Run {
  readonly world: FunctionWorld
  /** Ways that have ended, by return or by an error. */
  readonly done: JsPath[]
  messages: number
  /** The value of an expression on a path, which it may change. */
  readonly evaluate: (path: JsPath, node: Expression) => JsValue
}

const MAXIMUM_SIZE = 1500

export const skipBig = (_: string, part: unknown): unknown => (typeof part === 'bigint' ? String(part) : part)

export function tooLarge(expression: AutomationExpression): AutomationExpression {
  return sizeOf(expression) > MAXIMUM_SIZE ? give('the code makes expressions that are too large') : expression
}

export function bounded(part: JsValue): JsValue {
  if (part.is === 'primitive') tooLarge(part.value)
  return part
}

/** The path goes on only where the condition holds; elsewhere the function ends with an error. */
export function demand(run: Run, path: JsPath, condition: AutomationExpression): void {
  if (condition.is === 'value' && condition.value === true) return
  run.done.push({ when: and(path.when, not(condition)), state: copyState(path.state) })
  path.when = and(path.when, condition)
}

export const plain = (run: Run, _path: JsPath, part: JsValue): AutomationExpression =>
  part.is === 'input' ? run.world.input(part.path) : plainOf(part, run.world.open)

/** What stands in the message becomes its value; the rest stays. */
export const settled = (run: Run, path: JsPath, part: JsValue): JsValue => (part.is === 'input' ? primitive(plain(run, path, part)) : part)

export function truthyOf(run: Run, path: JsPath, part: JsValue): AutomationExpression {
  if (part.is === 'message' || part.is === 'list' || part.is === 'mapping' || part.is === 'named') return value(true)
  return truthy(plain(run, path, part))
}
