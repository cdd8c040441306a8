/** The trees that templates are read into. `at` counts UTF-16 units from the start of the text. */
import { EngineError } from '../../../diagnostics/engine-error.ts'
import type { Value } from '../../../model/automation.ts'

export interface Arguments {
  readonly plain: readonly Node[]
  readonly named: ReadonlyMap<string, Node>
}

export type CompareOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in'
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**'

/** `float`: a literal with a point, or in scientific notation: it prints with one. */
export type Node =
  | { readonly is: 'constant'; readonly value: Value; readonly float: boolean }
  | { readonly is: 'name'; readonly name: string }
  | { readonly is: 'list'; readonly items: readonly Node[] }
  | { readonly is: 'dict'; readonly entries: readonly (readonly [Node, Node])[] }
  | { readonly is: 'member'; readonly of: Node; readonly name: string }
  | { readonly is: 'item'; readonly of: Node; readonly index: Node }
  | {
      readonly is: 'slice'
      readonly of: Node
      readonly start: Node | undefined
      readonly stop: Node | undefined
      readonly step: Node | undefined
    }
  | { readonly is: 'call'; readonly of: Node; readonly given: Arguments }
  | { readonly is: 'filter'; readonly of: Node; readonly name: string; readonly given: Arguments }
  | { readonly is: 'test'; readonly of: Node; readonly name: string; readonly given: Arguments }
  | { readonly is: 'not'; readonly of: Node }
  | { readonly is: 'negative'; readonly of: Node }
  | { readonly is: 'and' | 'or'; readonly left: Node; readonly right: Node }
  | { readonly is: 'arithmetic'; readonly operator: ArithmeticOperator; readonly left: Node; readonly right: Node }
  | { readonly is: 'join'; readonly parts: readonly Node[] }
  | { readonly is: 'compare'; readonly first: Node; readonly rest: readonly { readonly operator: CompareOperator; readonly right: Node }[] }
  | { readonly is: 'choose'; readonly condition: Node; readonly then: Node; readonly otherwise: Node | undefined }
  /** What a block of text holds: the parts of a filter block or of `set` with a body. */
  | { readonly is: 'body'; readonly body: readonly Statement[] }

/** Where `set` and `for` put a value: a name, an attribute of a namespace, or several. */
export type Target =
  | { readonly is: 'name'; readonly name: string }
  | { readonly is: 'member'; readonly namespace: string; readonly name: string }
  | { readonly is: 'several'; readonly targets: readonly Target[] }

export interface Parameter {
  readonly name: string
  readonly otherwise: Node | undefined
}

export type Statement =
  | { readonly do: 'text'; readonly text: string }
  | { readonly do: 'print'; readonly value: Node }
  | {
      readonly do: 'if'
      readonly cases: readonly { readonly when: Node; readonly body: readonly Statement[] }[]
      readonly otherwise: readonly Statement[]
    }
  | {
      readonly do: 'for'
      readonly target: Target
      readonly over: Node
      readonly where: Node | undefined
      readonly body: readonly Statement[]
      readonly otherwise: readonly Statement[]
    }
  | { readonly do: 'set'; readonly target: Target; readonly value: Node }
  | { readonly do: 'macro'; readonly name: string; readonly parameters: readonly Parameter[]; readonly body: readonly Statement[] }
  | {
      readonly do: 'with'
      readonly sets: readonly { readonly target: Target; readonly value: Node }[]
      readonly body: readonly Statement[]
    }
  | { readonly do: 'evaluate'; readonly value: Node }
  | { readonly do: 'import'; readonly file: Node; readonly names: readonly { readonly name: string; readonly as: string }[] }
  | { readonly do: 'import-all'; readonly file: Node; readonly as: string }
  | { readonly do: 'break' | 'continue' }
  | { readonly do: 'other'; readonly word: string }

export type Token =
  | { readonly is: 'text'; readonly text: string; readonly at: number }
  | { readonly is: 'open'; readonly kind: 'print' | 'statement'; readonly at: number }
  | { readonly is: 'close'; readonly kind: 'print' | 'statement'; readonly at: number }
  | { readonly is: 'name'; readonly text: string; readonly at: number }
  | { readonly is: 'string'; readonly text: string; readonly at: number }
  | { readonly is: 'number'; readonly value: number; readonly float: boolean; readonly at: number }
  | { readonly is: 'operator'; readonly text: string; readonly at: number }
  | { readonly is: 'end'; readonly at: number }

const SYNTAX = 'formats/template-syntax'

/** Leaves the reading of a template that is none; `details` hold the offset. */
export function syntaxError(why: string, at: number): never {
  throw new EngineError(SYNTAX, why, { cause: at })
}

/** The offset of the mistake, where the error is one of syntax. */
export const syntaxOffset = (error: unknown): number | undefined =>
  error instanceof EngineError && error.code === SYNTAX ? Number(error.cause) : undefined
