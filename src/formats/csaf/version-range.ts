/** Reads a version range of a CSAF product tree: `vers:deb/>=3.0.0|<3.0.7` (the vers specifier), or the same without a scheme (`<3.0.7`, `>=1|<2`). */
import type { VersionInterval } from '../advisories/advisory.ts'
import { isVersion, compareVersions, orderOf, type VersionOrder } from '../advisories/version-order.ts'

export interface VersionRange {
  /** `*`: every version. */
  readonly every: boolean
  readonly versions: readonly string[]
  readonly except: readonly string[]
  readonly intervals: readonly VersionInterval[]
  readonly undecided: readonly string[]
}

interface Comparator {
  readonly sign: '=' | '!=' | '<' | '<=' | '>' | '>='
  readonly version: string
}

/** The range, or a sentence that says why it is none; `ecosystem` orders versions where the text names no scheme. */
export function readVersionRange(text: string, ecosystem: string | undefined): VersionRange | string {
  const named = /^vers:([A-Za-z][A-Za-z0-9.+-]*)\/(.+)$/.exec(text.trim())
  if (named === null && text.trim().startsWith('vers:')) return 'must be written as `vers:scheme/constraints`'
  const scheme = named?.[1] ?? ecosystem
  const body = (named?.[2] ?? text.trim()).trim()
  const nothing = { every: false, versions: [], except: [], intervals: [], undecided: [] }
  if (body === '*') return { ...nothing, every: true }
  const comparators: Comparator[] = []
  for (const part of body.split('|')) {
    const [, sign, version] = /^\s*(!=|<=|>=|=|<|>)?\s*(\S+)\s*$/.exec(part) ?? []
    if (version === undefined || /[<>=!*|]/.test(version)) return `holds \`${part.trim()}\`, which is no constraint such as \`<3.0.7\``
    if (named === null && sign === undefined) return 'must begin with one of < <= = >= >, or with `vers:`'
    comparators.push({ sign: (sign ?? '=') as Comparator['sign'], version: decoded(version) })
  }
  const versions = comparators.filter(({ sign }) => sign === '=').map(({ version }) => version)
  const except = comparators.filter(({ sign }) => sign === '!=').map(({ version }) => version)
  const bounds = comparators.filter(({ sign }) => sign !== '=' && sign !== '!=')
  if (bounds.length === 0) return { ...nothing, every: versions.length === 0, versions, except }
  const order = orderOf(scheme)
  if (order === undefined) {
    const why = scheme === undefined ? 'the range names no scheme of versions' : `no order of versions of \`${scheme}\` is known here`
    return { ...nothing, versions, except, undecided: [why] }
  }
  const odd = bounds.find(({ version }) => !isVersion(order, version))
  if (odd !== undefined) return `holds \`${odd.version}\`, which is no version in the order of ${order}`
  const intervals = intervalsOf(order, bounds)
  return typeof intervals === 'string' ? intervals : { ...nothing, versions, except, intervals }
}

/** Bounds sorted by version: each lower one goes up to the next upper one. */
function intervalsOf(order: VersionOrder, bounds: readonly Comparator[]): readonly VersionInterval[] | string {
  const sorted = bounds.toSorted((a, b) => compareVersions(order, a.version, b.version))
  const intervals: VersionInterval[] = []
  let low: VersionInterval['low']
  let first = true
  for (const { sign, version } of sorted) {
    const bound = { version, inclusive: sign.endsWith('=') }
    if (sign.startsWith('>')) {
      if (low !== undefined) return `has two lower bounds, \`${low.version}\` and \`${version}\`, with no upper one between`
      low = bound
    } else {
      if (low === undefined && !first) return `has the upper bound \`${version}\` with no lower one before it`
      intervals.push({ order, ...(low === undefined ? {} : { low }), high: bound })
      low = undefined
    }
    first = false
  }
  if (low !== undefined) intervals.push({ order, low })
  return intervals
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
