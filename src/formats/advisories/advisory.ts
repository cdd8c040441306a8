/** A security advisory as a fleet needs it: which packages in which versions are affected, whatever document said so. */
import type { Location } from '../../diagnostics/diagnostic.ts'
import type { VersionOrder } from './version-order.ts'

/** One end of an interval of versions. */
export interface VersionBound {
  readonly version: string
  readonly inclusive: boolean
}

/** Versions between two bounds under an order; an absent bound is open. */
export interface VersionInterval {
  readonly order: VersionOrder
  readonly low?: VersionBound
  readonly high?: VersionBound
}

/** A package and which versions of it are affected: those listed, those in an interval, all of them where `every`; never those in `except`. */
export interface AffectedPackage {
  readonly name: string
  /** As OSV calls it, without a release (`Debian`, `npm`); absent: of any. */
  readonly ecosystem?: string
  /** `12` of `Debian:12`; absent: of any. */
  readonly release?: string
  /** Only as a part of this variant, or product, in this version where it is given. */
  readonly partOf?: { readonly name: string; readonly version?: string }
  readonly every: boolean
  readonly versions: readonly string[]
  readonly intervals: readonly VersionInterval[]
  readonly except: readonly string[]
  /** Why some of what the document says cannot be decided, one sentence each. */
  readonly undecided: readonly string[]
  readonly at: Location
}

export interface Advisory {
  /** The evidence: `CVE-2026-1234`, with the names of the same thing elsewhere. */
  readonly id: string
  readonly aliases: readonly string[]
  readonly summary?: string
  /** What its author advises, as written. */
  readonly remedies: readonly string[]
  readonly affected: readonly AffectedPackage[]
  readonly at: Location
}
