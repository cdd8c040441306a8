/** Whether a package in a version is what an advisory affects: yes, no, or cannot be told, and then why. */
import type { AffectedPackage, VersionInterval } from './advisory.ts'
import { type PackageReference, sameName } from './package-reference.ts'
import { compareVersions, isVersion } from './version-order.ts'

export type Affects = 'yes' | 'no' | { readonly unknown: string }

/** Whether the entry speaks of the package at all, whatever the version. */
export function isAbout(affected: AffectedPackage, entry: PackageReference): boolean {
  if (!sameName(affected.name, entry.name, affected.ecosystem ?? entry.ecosystem)) return false
  if (affected.ecosystem !== undefined && entry.ecosystem !== undefined && affected.ecosystem !== entry.ecosystem) return false
  return affected.release === undefined || entry.release === undefined || sameRelease(affected.release, entry.release)
}

/** `12` holds `12.4`, `v3.18` is `3.18`. */
function sameRelease(a: string, b: string): boolean {
  const [x, y] = [a.replace(/^v/, ''), b.replace(/^v/, '')]
  return x === y || x.startsWith(`${y}.`) || y.startsWith(`${x}.`)
}

/** INVARIANT: the entry is about the package. */
export function affects(affected: AffectedPackage, { version }: PackageReference): Affects {
  if (affected.every && affected.except.length === 0) return 'yes'
  if (version === undefined) return { unknown: 'it has no version' }
  if (affected.except.includes(version)) return 'no'
  if (affected.every || affected.versions.includes(version)) return 'yes'
  let unknown: string | undefined = affected.undecided[0]
  for (const interval of affected.intervals) {
    if (!isVersion(interval.order, version)) unknown ??= `\`${version}\` is no version in the order of ${interval.order}`
    else if (isWithin(interval, version)) return 'yes'
  }
  return unknown === undefined ? 'no' : { unknown }
}

/** INVARIANT: all three are versions of the order. */
export function isWithin({ order, low, high }: VersionInterval, version: string): boolean {
  const above = low === undefined ? 1 : compareVersions(order, version, low.version)
  if (above < 0 || (above === 0 && low?.inclusive !== true)) return false
  const below = high === undefined ? -1 : compareVersions(order, version, high.version)
  return below < 0 || (below === 0 && high?.inclusive === true)
}
