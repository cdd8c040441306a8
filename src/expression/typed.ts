/**
 * A checked expression: one tree that the evaluators and the translation into terms walk.
 *
 * Every number is an integer at run time: an `int`, a `decimal` scaled by 10^places, a `time` or `duration` in milliseconds. The checker has already brought
 * both sides of every comparison and sum to one scale, so that walkers never look at places.
 * Logic is Kleene's: a missing value makes what is computed from it unknown, `false && unknown` is false, `true || unknown` is true. Unknown too: division by
 * zero, a number beyond 2^53, a text that is no version where one is needed.
 */
import type { Location } from '../diagnostics/diagnostic.ts'
import type { ExpressionType, ExpressionValue } from '../model/expression-type.ts'

export type ExpressionConstant = Exclude<ExpressionValue, undefined>
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>='
/** What is compared: integers, truth, texts (enum values and device ids too), versions by precedence, sets of text (sorted, without repetition). */
export type ComparedBy = 'number' | 'bool' | 'text' | 'semver' | 'set'

export type TypedExpression = { readonly type: ExpressionType; readonly at: Location } & (
  | { readonly is: 'literal'; readonly value: ExpressionConstant }
  /** A value known to be missing; only `specialise` makes it. */
  | { readonly is: 'missing' }
  | { readonly is: 'path'; readonly path: string }
  | { readonly is: 'has'; readonly of: TypedExpression }
  /** `of`, or `otherwise` where `of` is unknown. */
  | { readonly is: 'or-value'; readonly of: TypedExpression; readonly otherwise: TypedExpression }
  | { readonly is: 'not'; readonly of: TypedExpression }
  | { readonly is: 'and'; readonly all: readonly TypedExpression[] }
  | { readonly is: 'or'; readonly any: readonly TypedExpression[] }
  | { readonly is: 'if'; readonly condition: TypedExpression; readonly then: TypedExpression; readonly otherwise: TypedExpression }
  | {
      readonly is: 'compare'
      readonly operator: Comparison
      readonly by: ComparedBy
      readonly left: TypedExpression
      readonly right: TypedExpression
    }
  /** Equal to one of `values`, which are constants of the kind `by`. */
  | {
      readonly is: 'one-of'
      readonly by: Exclude<ComparedBy, 'set'>
      readonly of: TypedExpression
      readonly values: readonly (boolean | number | string)[]
    }
  /** `/` and `%` truncate toward zero. */
  | {
      readonly is: 'arithmetic'
      readonly operator: '+' | '-' | '*' | '/' | '%'
      readonly left: TypedExpression
      readonly right: TypedExpression
    }
  | { readonly is: 'negative'; readonly of: TypedExpression }
  /** The same value with more places: the integer times `factor`, a power of ten. */
  | { readonly is: 'scale'; readonly factor: number; readonly of: TypedExpression }
  | {
      readonly is: 'text-test'
      readonly test: 'startsWith' | 'endsWith' | 'contains'
      readonly of: TypedExpression
      readonly with: TypedExpression
    }
  | { readonly is: 'matches'; readonly of: TypedExpression; readonly pattern: string }
  | { readonly is: 'version-test'; readonly test: 'atLeast' | 'below' | 'satisfies'; readonly of: TypedExpression; readonly with: string }
  | { readonly is: 'version-part'; readonly part: 'major' | 'minor' | 'patch'; readonly of: TypedExpression }
  | { readonly is: 'member'; readonly member: TypedExpression; readonly of: TypedExpression }
  | { readonly is: 'set-test'; readonly test: 'intersects' | 'subsetOf'; readonly of: TypedExpression; readonly with: TypedExpression }
  | { readonly is: 'size'; readonly of: TypedExpression }
)

/** The operands of a node, in order of appearance. */
export function operands(node: TypedExpression): readonly TypedExpression[] {
  switch (node.is) {
    case 'literal':
    case 'missing':
    case 'path':
      return []
    case 'has':
    case 'not':
    case 'negative':
    case 'scale':
    case 'one-of':
    case 'matches':
    case 'version-test':
    case 'version-part':
    case 'size':
      return [node.of]
    case 'or-value':
      return [node.of, node.otherwise]
    case 'and':
      return node.all
    case 'or':
      return node.any
    case 'if':
      return [node.condition, node.then, node.otherwise]
    case 'compare':
    case 'arithmetic':
      return [node.left, node.right]
    case 'text-test':
    case 'set-test':
      return [node.of, node.with]
    case 'member':
      return [node.member, node.of]
  }
}

/** The attributes and settings that an expression reads, in order of appearance, each once. */
export function pathsOf(node: TypedExpression): readonly string[] {
  const found = new Set<string>()
  const walk = (n: TypedExpression): void => {
    if (n.is === 'path') found.add(n.path)
    else for (const operand of operands(n)) walk(operand)
  }
  walk(node)
  return [...found]
}
