/** Conditions over the JSON document of a device, as query languages of device hubs write them: properties may be missing and have no declared type. */

export type QueryScalar = string | number | boolean
export type QueryComparison = '=' | '!=' | '<' | '<=' | '>' | '>='
export type QueryTextTest = 'startsWith' | 'endsWith' | 'contains'
/** The keys that lead to a property, from the document's root. */
export type QueryPath = readonly string[]

export type DeviceQuery =
  | { readonly is: 'always'; readonly value: boolean }
  | { readonly is: 'all'; readonly of: readonly DeviceQuery[] }
  | { readonly is: 'any'; readonly of: readonly DeviceQuery[] }
  | { readonly is: 'not'; readonly of: DeviceQuery }
  /** The property itself stands as a condition. */
  | { readonly is: 'true'; readonly path: QueryPath }
  | { readonly is: 'defined'; readonly path: QueryPath }
  | { readonly is: 'compare'; readonly operator: QueryComparison; readonly path: QueryPath; readonly value: QueryScalar }
  | { readonly is: 'compare-paths'; readonly operator: QueryComparison; readonly left: QueryPath; readonly right: QueryPath }
  | { readonly is: 'one-of'; readonly path: QueryPath; readonly values: readonly QueryScalar[] }
  | { readonly is: 'text-test'; readonly test: QueryTextTest; readonly path: QueryPath; readonly text: string }

/** `tags.place.floor`; a key that is no plain word stands in double brackets. Different paths have different names. */
export function queryPathName(path: QueryPath): string {
  return path.map((key) => (/^[A-Za-z_$][\w$-]*$/.test(key) ? key : `[[${key}]]`)).join('.')
}
