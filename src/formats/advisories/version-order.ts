/** The orders of versions that are known here: Semantic Versioning, Debian's and RPM's. Every other ecosystem has equality only: nothing is guessed. */
import { compare, valid } from 'semver'
import { compareDebian, isDebianVersion } from './debian-version.ts'
import { compareRpm, isRpmVersion } from './rpm-version.ts'

export type VersionOrder = 'semver' | 'debian' | 'rpm'

/** By ecosystem in lower case, as OSV and package URLs name them. */
const ORDERS: ReadonlyMap<string, VersionOrder> = new Map(
  Object.entries({
    semver: 'semver',
    npm: 'semver',
    'crates.io': 'semver',
    cargo: 'semver',
    go: 'semver',
    golang: 'semver',
    hex: 'semver',
    pub: 'semver',
    swifturl: 'semver',
    debian: 'debian',
    ubuntu: 'debian',
    deb: 'debian',
    'red hat': 'rpm',
    'rocky linux': 'rpm',
    almalinux: 'rpm',
    suse: 'rpm',
    opensuse: 'rpm',
    mageia: 'rpm',
    openeuler: 'rpm',
    rpm: 'rpm',
  } as const),
)

/** How versions of the ecosystem are ordered; nothing where that is not known here. */
export function orderOf(ecosystem: string | undefined): VersionOrder | undefined {
  return ecosystem === undefined ? undefined : ORDERS.get(ecosystem.toLowerCase())
}

/** Whether the order knows what to do with the text. */
export function isVersion(order: VersionOrder, text: string): boolean {
  switch (order) {
    case 'semver':
      return text.length <= 256 && valid(text) !== null
    case 'debian':
      return isDebianVersion(text)
    case 'rpm':
      return isRpmVersion(text)
  }
}

/** Negative, zero or positive; semver by precedence (2.0.0, section 11). INVARIANT: both are versions of the order. */
export function compareVersions(order: VersionOrder, a: string, b: string): number {
  switch (order) {
    case 'semver':
      return compare(a, b)
    case 'debian':
      return compareDebian(a, b)
    case 'rpm':
      return compareRpm(a, b)
  }
}
