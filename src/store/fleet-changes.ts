/** What changed about single devices since a fleet's table was written: kept beside it, merged when it is read. */

/** JSON values by field. */
export type DeviceContext = Readonly<Record<string, unknown>>

/**
 * `put`: the device has this context and nothing else. `patch`: fields are set, those with null removed (RFC 7396, at the top level); the device must be there.
 * `remove`: it is gone. With `etag` only where the device's is that one.
 */
export type DeviceChange =
  | { readonly is: 'put' | 'patch'; readonly device: string; readonly context: DeviceContext; readonly etag?: string }
  | { readonly is: 'remove'; readonly device: string; readonly etag?: string }

/** `absent`: there is no such device. `stale`: its etag is another. */
export type ChangeOutcome = 'changed' | 'absent' | 'stale'

/** A change as it is kept; `whole` with no context: the device is gone. */
export interface KeptChange {
  readonly revision: number
  readonly whole: boolean
  readonly context: DeviceContext | null
}

/** The change after `before` (the one kept so far); undefined where the device is not there. `inTable`: the fleet's table has it. */
export function changeAfter(
  before: KeptChange | undefined,
  inTable: boolean,
  change: DeviceChange,
  revision: number,
): KeptChange | undefined {
  const there = isThere(before, inTable)
  switch (change.is) {
    case 'put':
      return { revision, whole: true, context: change.context }
    case 'remove':
      return there ? { revision, whole: true, context: null } : undefined
    case 'patch':
      if (!there) return undefined
      if (before === undefined) return { revision, whole: false, context: change.context }
      return { revision, whole: before.whole, context: patched(before.context ?? {}, change.context, before.whole) }
  }
}

export const isThere = (change: KeptChange | undefined, inTable: boolean): boolean =>
  change === undefined ? inTable : change.whole ? change.context !== null : inTable

/** `settled`: null means that the field is gone, and need not be kept. */
function patched(context: DeviceContext, patch: DeviceContext, settled: boolean): DeviceContext {
  const fields = new Map(Object.entries(context))
  for (const [name, value] of Object.entries(patch)) {
    if (settled && value === null) fields.delete(name)
    else fields.set(name, value)
  }
  return Object.fromEntries(fields)
}

/** The context that a change makes of the table's; JSON texts by field, in the order of the fields. */
export function mergedTexts(table: ReadonlyMap<string, string>, { whole, context }: KeptChange): ReadonlyMap<string, string> {
  const fields = new Map(whole ? [] : table)
  for (const [name, value] of Object.entries(context ?? {})) {
    if (value === null || value === undefined) fields.delete(name)
    else fields.set(name, JSON.stringify(value))
  }
  return fields
}
