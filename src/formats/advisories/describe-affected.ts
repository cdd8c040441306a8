/** What an advisory affects in a few words: `openssl` before 3.0.7, `zlib` 1.2.11 and 2 other versions. */
import type { AffectedPackage, VersionInterval } from './advisory.ts'

const SHOWN_PACKAGES = 3
const SHOWN_VERSIONS = 3

export function describeAffected(affected: readonly AffectedPackage[]): string {
  const texts = [...new Set(affected.map(describeOne))]
  const more = texts.length - SHOWN_PACKAGES
  return [...texts.slice(0, SHOWN_PACKAGES), ...(more > 0 ? [`${more} more`] : [])].join(', ')
}

function describeOne({ name, partOf, every, versions, intervals }: AffectedPackage): string {
  const whole = partOf === undefined ? '' : ` in ${partOf.name}${partOf.version === undefined ? '' : ` ${partOf.version}`}`
  if (every) return `${name}${whole}`
  const rest = versions.length - SHOWN_VERSIONS
  const listed = intervals.length > 0 ? [] : [...versions.slice(0, SHOWN_VERSIONS), ...(rest > 0 ? [`${rest} other versions`] : [])]
  return `${name} ${[...intervals.map(describeInterval), ...listed].join(' or ')}${whole}`
}

function describeInterval({ low, high }: VersionInterval): string {
  const from = low === undefined ? '' : `${low.inclusive ? 'from' : 'after'} ${low.version}`
  const to = high === undefined ? '' : `${high.inclusive ? 'up to' : 'before'} ${high.version}`
  return from === '' && to === '' ? 'in every version' : `${from} ${to}`.trim()
}
