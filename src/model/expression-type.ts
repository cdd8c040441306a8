/** Values and types of the requirement language, as the checker and the evaluator exchange them. */

/** `enum` and `semver` compare with text literals that fit them; `unit` is carried for messages. */
export type ExpressionType =
  | { readonly is: 'bool' }
  | { readonly is: 'int'; readonly unit?: string }
  | { readonly is: 'decimal'; readonly places: number; readonly unit?: string }
  | { readonly is: 'text' }
  | { readonly is: 'enum'; readonly values: readonly string[] }
  | { readonly is: 'semver' }
  | { readonly is: 'time' }
  | { readonly is: 'duration' }
  | { readonly is: 'set'; readonly of: 'text' }
  | { readonly is: 'list'; readonly of: ExpressionType }
  | { readonly is: 'device' }

/** A value at run time; `undefined` is missing (unknown). int, decimal (scaled), time and duration (milliseconds) are integers within 2^53. */
export type ExpressionValue = boolean | number | string | readonly string[] | undefined
