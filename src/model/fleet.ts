/** The fleet as typed columns: one entry per device, devices known by their row number. */

/** What an attribute of a device's context may hold. Numbers are integers within 2^53; a decimal is scaled by 10^places. */
export type AttributeType =
  | { readonly is: 'bool' }
  | { readonly is: 'enum'; readonly values: readonly string[] }
  | { readonly is: 'int'; readonly unit?: string }
  | { readonly is: 'decimal'; readonly places: number; readonly unit?: string }
  | { readonly is: 'text' }
  | { readonly is: 'time' }
  | { readonly is: 'semver' }
  /** `acyclic`: links that lead back to where they began are an error. */
  | { readonly is: 'device'; readonly acyclic?: true }
  | { readonly is: 'set'; readonly of: 'text' }

/**
 * Values of one attribute. Missing is -1 in `codes`, NaN in `numbers`.
 * - `codes`: enum, text, semver, set: index into `values` (a set's value is its sorted members as JSON text); bool: 0 or 1, `values` = ['false', 'true'];
 *   device: index into `values`, the linked ids, with `rows` giving each linked id's row in this fleet or -1.
 * - `numbers`: int; decimal (scaled); time (milliseconds since 1970, UTC).
 */
export type Column =
  | {
      readonly is: 'codes'
      readonly type: AttributeType
      readonly codes: Int32Array
      readonly values: readonly string[]
      readonly rows?: Int32Array
    }
  | { readonly is: 'numbers'; readonly type: AttributeType; readonly numbers: Float64Array }

export interface Fleet {
  readonly size: number
  /** Ids by row; unique. */
  readonly ids: readonly string[]
  /** By attribute name; joined attributes stand under their own names (`image.target` for `image: {from, by}`). */
  readonly columns: Readonly<Record<string, Column>>
  /** Lists of links between devices, by the name under which the model declares them; absent where it declares none. */
  readonly links?: Readonly<Record<string, LinkTable>>
}

/** Pairs of devices (rows of the fleet), each once as written, neither end before the other; links to devices that are not there and from a device to itself are left out. */
export interface LinkTable {
  readonly a: Int32Array
  readonly b: Int32Array
  /** One entry per pair. */
  readonly columns: Readonly<Record<string, Column>>
}
