/** Values of attributes, and the types that say which of them one can have. */
export type Value = boolean | number | string | null

/** `other: true`: values beyond the listed ones are possible (an inferred, not declared, enumeration). `any`: a value of every type is possible. */
export type ValueType =
  | { readonly is: 'bool' }
  | { readonly is: 'enum'; readonly values: readonly string[]; readonly other: boolean }
  | { readonly is: 'number'; readonly low?: number; readonly high?: number; readonly integer: boolean; readonly unit?: string }
  | { readonly is: 'text' }
  | { readonly is: 'any' }
