/** What JavaScript of a function node can hold while it is executed on expressions: primitives, messages, lists, mappings, and the objects that Node-RED gives it. */
import { EngineError } from '../../diagnostics/engine-error.ts'
import type { AutomationExpression, ValueType } from '../../model/automation.ts'
import { value } from './expressions.ts'

export type JsValue =
  | { readonly is: 'primitive'; readonly value: AutomationExpression }
  /** A message of the state, by its number; 0 is the one that came in. */
  | { readonly is: 'message'; readonly id: number }
  /** What a property of the incoming message held before the function, its parts with it. */
  | { readonly is: 'input'; readonly path: string }
  | { readonly is: 'list'; readonly items: readonly JsValue[] }
  | { readonly is: 'mapping'; readonly entries: ReadonlyMap<string, JsValue> }
  /** `flow`, `global`, `context`, `node`, `env`, `RED`, `Math`, ...: only their members mean something. */
  | { readonly is: 'named'; readonly name: string }
  /** A text in which decimal commas became points: as a number it is the text's own. */
  | { readonly is: 'pointed'; readonly text: AutomationExpression }
  | { readonly is: 'typeof'; readonly of: AutomationExpression }
  /** A list or mapping that is not known; reading a part of it may fail. */
  | { readonly is: 'unknown'; readonly why: string }

export const primitive = (expression: AutomationExpression): JsValue => ({ is: 'primitive', value: expression })
export const UNDEFINED = primitive(value(null))

const NOT_MODELLED = 'formats/not-modelled'

/** Leaves the function: it cannot be executed on expressions. Caught where the node is read. */
export function give(why: string): never {
  throw new EngineError(NOT_MODELLED, why)
}

export const isGivenUp = (error: unknown): error is EngineError => error instanceof EngineError && error.code === NOT_MODELLED

/** Messages and context as a path of the function leaves them. */
export interface JsState {
  readonly variables: Map<string, JsValue>
  /** Per message the properties that were set; others are those of the message that it was copied from. */
  readonly messages: Map<number, { readonly properties: Map<string, JsValue>; readonly fromInput: boolean }>
  /** Values of context variables that were set, by attribute. */
  readonly stored: Map<string, AutomationExpression>
  /** What was sent, in order; copies taken at that moment. */
  readonly sent: Sent[]
}

export interface Sent {
  readonly port: number
  /** Place among the lists of messages that were sent to one output at once; none for a single message. */
  readonly list: number | undefined
  readonly properties: ReadonlyMap<string, JsValue>
  readonly fromInput: boolean
}

/** One way through the function: when it is taken, in values before the function, and what it leaves. */
export interface JsPath {
  when: AutomationExpression
  state: JsState
}

export function copyState(state: JsState): JsState {
  return {
    variables: new Map(state.variables),
    messages: new Map([...state.messages].map(([id, message]) => [id, { ...message, properties: new Map(message.properties) }])),
    stored: new Map(state.stored),
    sent: [...state.sent],
  }
}

export type OpenValue = (type: ValueType, why: string) => AutomationExpression
