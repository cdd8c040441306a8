/** The model a user writes: vocabulary, variants, constraints, objectives. Expressions are kept as text with their place; `expression/` gives them meaning. */
import type { Location } from '../diagnostics/diagnostic.ts'
import type { AttributeType } from './fleet.ts'

/** A piece of the requirement language as it was written. */
export interface ExpressionText {
  readonly text: string
  readonly at: Location
}

/** One word of the vocabulary. A joined attribute takes its value from the row of `table` whose `by` column equals this device's `key` attribute. */
export interface Attribute {
  readonly name: string
  readonly type: AttributeType
  /** Taken where a device has no value, in the form of `attributeValue`: the stored text or number. */
  readonly default?: string | number
  readonly at: Location
}

/** Where a joined column's value is found in a row of its table, if not under its own name: at the end of a path of keys, or whether the path exists (a bool). */
export interface JoinColumn {
  readonly path?: readonly string[]
  readonly present?: readonly string[]
  /** As `Attribute.default`; taken too where the device has no row in the table. */
  readonly default?: string | number
}

/** `image: {from: models.ndjson, by: model}`: every column of the table becomes `image.<column>`, looked up by the device's attribute `by` (and the table's `key`, the same name unless given). */
export interface Join {
  readonly name: string
  readonly from: string
  readonly by: string
  readonly key: string
  /** Types of the joined columns by their name in the table. */
  readonly columns: Readonly<Record<string, AttributeType>>
  /** How declared columns are found; absent entries stand under their own name, dots leading into nested mappings. */
  readonly reading?: Readonly<Record<string, JoinColumn>>
  readonly at: Location
}

/** `links: {wifi: {from: links.ndjson, a: source, b: target}}`: pairs of devices by their ids in the columns `a` and `b`, read from a table or standing in the model itself. */
export interface Links {
  readonly name: string
  /** A named source; absent where `rows` stand in the model. */
  readonly from?: string
  readonly rows?: readonly Readonly<Record<string, unknown>>[]
  readonly a: string
  readonly b: string
  /** Types of the other columns; those that are not declared are told from their values. */
  readonly columns: Readonly<Record<string, AttributeType>>
  readonly at: Location
}

/** A choice the solver makes for a device together with the variant; finite. */
export interface Setting {
  readonly name: string
  readonly type:
    | { readonly is: 'bool' }
    | { readonly is: 'enum'; readonly values: readonly string[] }
    | { readonly is: 'int'; readonly low: number; readonly high: number }
  readonly at: Location
}

export interface Rule {
  readonly if: ExpressionText
  readonly then: ExpressionText
}

/** Devices for which `if` holds stay as they are, `because` says why. */
export interface LeaveRule {
  readonly if: ExpressionText
  readonly because: string
}

export interface Variant {
  readonly id: string
  /** Absent: every device qualifies. Sees `device.*`. */
  readonly requires?: ExpressionText
  /** Resource name to amount, an integer in the resource's canonical unit, or an expression over `device.*` and `settings.*`. */
  readonly uses: Readonly<Record<string, number | ExpressionText>>
  readonly settings: readonly Setting[]
  readonly rules: readonly Rule[]
  /** Integer utility, larger is better; sees `device.*` and `settings.*`. Absent: 0. */
  readonly prefers?: ExpressionText
  readonly version?: string
  /** Packages that it brings, for advisories; `all`: where it runs there are no others. */
  readonly contains?: { readonly all: boolean; readonly packages: readonly ExpressionText[] }
  /** What conflict analysis reads, `format:file`. */
  readonly behaviour?: string
  /** What a deployer sends. */
  readonly artefact?: string
  readonly at: Location
}

/** Over which violations a policy counts: `unit` is proportional, `whole` all or nothing over the whole use (every group together). */
export type Policy =
  | { readonly is: 'hard' }
  | { readonly is: 'soft'; readonly weight: number; readonly level: number; readonly per: 'unit' | 'whole' }
  | { readonly is: 'do-not-worsen' }

/** One entry of `constraints:`; `parameters` are as written, read by the kind's own schema. */
export interface ConstraintUse {
  /** Position in the list: names the use everywhere downstream. */
  readonly index: number
  /** `placement/quota`. */
  readonly kind: string
  readonly name?: string
  readonly parameters: unknown
  readonly policy: Policy
  /** Whether it must hold in every mixed state of a rollout, too; absent: as its kind is held (capacity and conflicts are, and everything that must not worsen). */
  readonly during?: boolean
  readonly at: Location
}

/** One level of the objective, most important first. `soft` stands for one level per soft `level`, ascending. */
export type Objective =
  | { readonly is: 'assigned' }
  | { readonly is: 'soft' }
  | { readonly is: 'preference' }
  | { readonly is: 'changes' }
  /** One weighted sum: `assigned` per device with a variant, `preference` per point, `changes` per changed device (subtracted), and every soft use: + weight where a `whole` use holds, - weight x violation for `per: unit`. */
  | { readonly is: 'score'; readonly assigned: number; readonly preference: number; readonly changes: number }

/** How an attribute is read from its column, beyond taking the value as it stands. */
export interface SourceColumn {
  /** The same for every device; the source is not asked. */
  readonly value?: string | number | boolean
  /** What the source counts in, where the attribute has another unit of the same dimension. */
  readonly unit?: string
  /** Texts that stand for nothing. */
  readonly missing?: readonly string[]
  /** What the source's values are called here. */
  readonly values?: Readonly<Record<string, string | number | boolean>>
}

/** Security advisories that the fleet follows, and where the packages of a device are listed. */
export interface Advisories {
  readonly files: readonly { readonly name: string; readonly at: Location }[]
  readonly packages:
    | { readonly is: 'attribute'; readonly name: string; /** Absent: nobody said so. */ readonly at?: Location }
    /** One row for every package of a device; without `version` the column `package` holds `name@version`. */
    | {
        readonly is: 'table'
        readonly from: string
        readonly device: string
        readonly package: string
        readonly version?: string
        readonly at: Location
      }
}

/** `outcome`: `none`, `unmanaged` or `variant`; missing where the earlier answer does not speak of the device: then no outcome is a move. */
export interface EarlierColumns {
  readonly outcome: ExpressionText
  readonly variant: ExpressionText
  readonly settings: Readonly<Record<string, ExpressionText>>
}

export interface FleetModel {
  readonly format: 1
  /** Name of the source it was read from. */
  readonly source: string
  readonly vocabulary: readonly Attribute[]
  readonly joins: readonly Join[]
  /** Lists of links between devices; absent: none. */
  readonly links?: readonly Links[]
  /** Dimension of each resource that `uses` name, where an amount with a unit tells it (`data`), or `count`. */
  readonly resources?: Readonly<Record<string, string>>
  /** Where devices come from: a named source, or `inline` where they stand in the model itself. `dirty: 'report'`: a wrong value counts as missing and is a warning, else it is an error. */
  readonly devices:
    | {
        readonly is: 'source'
        readonly name: string
        readonly id: string
        readonly columns: Readonly<Record<string, string>>
        readonly dirty?: 'report'
        /** Absent: told from the name of the source. */
        readonly format?: 'csv' | 'ndjson' | 'azure'
        readonly reading?: Readonly<Record<string, SourceColumn>>
        /** Of cells; absent: told from the header. */
        readonly separator?: string
        readonly missing?: readonly string[]
        readonly decimalComma?: true
      }
    | { readonly is: 'inline'; readonly rows: readonly Readonly<Record<string, unknown>>[] }
  /** What runs today: an expression for the variant's id (missing: nothing), one per setting. */
  readonly current?: { readonly variant: ExpressionText; readonly settings: Readonly<Record<string, ExpressionText>> }
  /** What an earlier answer gave every device; then moves against it are counted, as the last level of all. See `earlier-answer.ts`. */
  readonly earlier?: EarlierColumns
  /** Devices for which this holds become `unmanaged`. */
  readonly leave?: ExpressionText
  /** The parts of `leave`, where it is written as a list; `leave` is then their disjunction. The first that holds is the reason. */
  readonly leaveRules?: readonly LeaveRule[]
  /** What an unmanaged device uses. */
  readonly unmanagedUses: Readonly<Record<string, number | ExpressionText>>
  readonly variants: readonly Variant[]
  readonly constraints: readonly ConstraintUse[]
  /** Read into constraints together with the fleet. */
  readonly advisories?: Advisories
  readonly objectives: readonly Objective[]
  /** JSON pointer to where it stands in the source, for messages about parameters. */
  readonly places: ReadonlyMap<string, Location>
}
