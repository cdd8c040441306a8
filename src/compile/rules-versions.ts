/** Cuts all versions into cells by the versions and ranges that they are compared with (Semantic Versioning 2.0.0, ranges as npm reads them). */
import semver, { type SemVer } from 'semver'
import type { Cell, Draft } from './rules-formula.ts'

/**
 * Between two neighbouring bounds a release answers every comparison and range as any other does, and so does a pre-release, unless a bound is a pre-release of
 * the same numbers: the next version after each bound stands for those. Tests of single numbers beyond the first make a cell `other`.
 */
export function versionCells(draft: Draft): readonly Cell[] {
  const bounds = [...draft.versions].flatMap((text) => semver.parse(text) ?? []).sort((a, b) => a.compare(b))
  const found = new Map<string, SemVer>()
  const add = (version: SemVer, below: SemVer | undefined): void => {
    if (below === undefined || version.compare(below) < 0) found.set(version.version, version)
  }
  const first = semver.parse('0.0.0-0')!
  const starts = bounds[0] !== undefined && first.compare(bounds[0]) >= 0 ? bounds : [first, ...bounds]
  starts.forEach((low, index) => {
    const high = starts[index + 1]
    found.set(low.version, low)
    for (const version of after(low)) add(version, high)
  })
  const cells: Cell[] = [...found.values()].sort((a, b) => a.compare(b)).map(({ version }) => ({ value: version }))
  return draft.opaque ? [...cells, { value: undefined, other: true }] : cells
}

/** The next version, the next release, and pre-releases of later numbers. */
function after({ major, minor, patch, prerelease }: SemVer): readonly SemVer[] {
  const texts =
    prerelease.length > 0
      ? [`${major}.${minor}.${patch}-${prerelease.join('.')}.0`, `${major}.${minor}.${patch}`, `${major}.${minor}.${patch + 1}-0`]
      : [`${major}.${minor}.${patch + 1}-0`, `${major}.${minor}.${patch + 1}`, `${major}.${minor}.${patch + 2}-0`]
  return [...texts, `${major}.${minor + 1}.0`, `${major + 1}.0.0`].flatMap((text) => semver.parse(text) ?? [])
}

/** The versions that a range is bounded by. */
export function rangeBounds(range: string): readonly string[] {
  try {
    return new semver.Range(range).set.flatMap((all) =>
      all.flatMap(({ semver: bound }) => (bound instanceof semver.SemVer ? [bound.version] : [])),
    )
  } catch {
    return []
  }
}
