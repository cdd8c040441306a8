/** Reads one advisory in the Open Source Vulnerability format (OSV schema 1.x): ranges by events as its own evaluation algorithm says, lists of versions. */
import { z } from 'zod'
import type { Diagnostic, Location, Read } from '../../diagnostics/diagnostic.ts'
import { describeValue, type DocumentPath, type StructuredText } from '../../diagnostics/document.ts'
import { readShape } from '../../diagnostics/shape.ts'
import type { Advisory, AffectedPackage, VersionInterval } from '../advisories/advisory.ts'
import { readPackageReference } from '../advisories/package-reference.ts'
import { compareVersions, isVersion, orderOf, type VersionOrder } from '../advisories/version-order.ts'

const text = z.string().min(1)
const eventShape = z.object({ introduced: text.optional(), fixed: text.optional(), last_affected: text.optional(), limit: text.optional() })
const rangeShape = z.object({ type: z.enum(['SEMVER', 'ECOSYSTEM', 'GIT']), events: z.array(eventShape).min(1) })
const affectedShape = z.object({
  package: z.object({ ecosystem: text, name: text, purl: text.optional() }).optional(),
  ranges: z.array(rangeShape).optional(),
  versions: z.array(text).optional(),
})
const osvShape = z.object({
  id: text,
  modified: z.string().optional(),
  withdrawn: z.string().optional(),
  aliases: z.array(text).optional(),
  summary: z.string().optional(),
  affected: z.array(affectedShape).optional(),
})
type Range = z.output<typeof rangeShape>
type Event = z.output<typeof eventShape>

export function looksLikeOsv(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && 'id' in value && ('affected' in value || 'modified' in value)
  )
}

/** No advisory, and a warning, where it was withdrawn. */
export function readOsv(document: StructuredText): Read<readonly Advisory[]> {
  const diagnostics: Diagnostic[] = []
  const say = (code: string, severity: Diagnostic['severity'], message: string, path: DocumentPath, hint?: string): void => {
    diagnostics.push({ code: `osv/${code}`, severity, message, ...(hint === undefined ? {} : { hint }), at: document.locate(path) })
  }
  const shape = readShape(osvShape, document.value, document, [])
  if (!shape.ok) return { ok: false, diagnostics: shape.diagnostics }
  const { id, aliases = [], summary, withdrawn, affected = [] } = shape.value
  if (withdrawn !== undefined) {
    if (Number.isNaN(Date.parse(withdrawn)))
      say('wrong-value', 'error', `\`withdrawn\` must be a time such as 2026-01-31T12:00:00Z, not ${describeValue(withdrawn)}`, [
        'withdrawn',
      ])
    else say('withdrawn', 'warning', `\`${id}\` was withdrawn at ${withdrawn}; it asks for nothing`, ['withdrawn'])
    const ok = diagnostics.every(({ severity }) => severity !== 'error')
    return ok ? { ok, value: [], diagnostics } : { ok, diagnostics }
  }
  if (affected.length === 0) say('empty', 'error', `\`${id}\` does not say what is affected`, ['affected'])
  const packages = affected.flatMap((one, index): readonly AffectedPackage[] => {
    const path: DocumentPath = ['affected', index]
    const at = document.locate(path)
    if (one.package === undefined) {
      say('no-package', 'warning', 'only commits of a repository are said to be affected; no package list holds commits', path)
      return []
    }
    const [ecosystem = '', release] = one.package.ecosystem.split(':')
    const reference = one.package.purl === undefined ? undefined : readPackageReference(one.package.purl)
    if (one.package.purl !== undefined && reference === undefined)
      say('wrong-value', 'warning', `${describeValue(one.package.purl)} is no package URL; the name is taken`, [...path, 'package', 'purl'])
    const ranges = one.ranges ?? []
    const versions = one.versions ?? []
    if (ranges.length === 0 && versions.length === 0) {
      say('empty', 'error', `no version of \`${one.package.name}\` is said to be affected: \`ranges\` and \`versions\` are missing`, path)
      return []
    }
    const intervals: VersionInterval[] = []
    const undecided: string[] = []
    ranges.forEach((range, number) => {
      const where = [...path, 'ranges', number]
      const order = range.type === 'SEMVER' ? 'semver' : range.type === 'GIT' ? undefined : orderOf(ecosystem)
      if (range.type === 'GIT') return
      if (order !== undefined) intervals.push(...intervalsOf(order, range, where, say))
      // The list of versions is complete where both are given (OSV schema, `versions`).
      else if (versions.length === 0) undecided.push(`no order of versions of \`${ecosystem}\` is known here, and the advisory lists none`)
    })
    if (versions.length === 0 && ranges.every(({ type }) => type === 'GIT'))
      undecided.push('only commits are said to be affected, no versions')
    return [
      {
        name: one.package.name,
        ecosystem,
        ...(release === undefined || release === '' ? {} : { release: release.split(':')[0]! }),
        every: false,
        versions,
        intervals,
        except: [],
        undecided,
        at,
      },
    ]
  })
  if (diagnostics.some(({ severity }) => severity === 'error')) return { ok: false, diagnostics }
  const at: Location = document.locate(['id'])
  const advisory = { id, aliases, ...(summary === undefined ? {} : { summary }), remedies: [], affected: packages, at }
  return { ok: true, value: [advisory], diagnostics }
}

type Say = (code: string, severity: Diagnostic['severity'], message: string, path: DocumentPath, hint?: string) => void

/** What the events leave affected, as OSV evaluates them: sorted by version, each turns it on or off; beyond every `limit` nothing is. */
function intervalsOf(order: VersionOrder, range: Range, path: DocumentPath, say: Say): readonly VersionInterval[] {
  const marks: { readonly is: keyof Event; readonly version: string }[] = []
  const wrong = new Set<number>()
  range.events.forEach((event, index) => {
    const named = (['introduced', 'fixed', 'last_affected', 'limit'] as const).filter((key) => event[key] !== undefined)
    const where = [...path, 'events', index]
    const [key] = named
    if (key === undefined || named.length > 1) {
      wrong.add(index)
      const message = 'an event is exactly one of `introduced`, `fixed`, `last_affected` and `limit`'
      say('bad-event', 'error', message, where)
      return
    }
    const version = event[key]!
    if ((key === 'introduced' && version === '0') || (key === 'limit' && version === '*')) {
      if (key === 'introduced') marks.push({ is: key, version })
      return
    }
    if (isVersion(order, version)) marks.push({ is: key, version })
    else {
      wrong.add(index)
      say('bad-version', 'error', `${describeValue(version)} is no version in the order of ${order}`, [...where, key])
    }
  })
  if (wrong.size > 0) return []
  if (!marks.some(({ is }) => is === 'introduced')) {
    say('bad-range', 'error', 'the range has no `introduced`, so nothing is in it', [...path, 'events'], 'maybe `{"introduced": "0"}`')
    return []
  }
  return walk(order, marks)
}

function walk(order: VersionOrder, marks: readonly { readonly is: keyof Event; readonly version: string }[]): readonly VersionInterval[] {
  const compare = (a: string, b: string): number => (a === '0' ? (b === '0' ? 0 : -1) : b === '0' ? 1 : compareVersions(order, a, b))
  // At one version what ends comes before what begins: a range that is fixed and introduced again at once stays affected. A last affected version ends just behind itself.
  const rank = { limit: 0, fixed: 0, introduced: 1, last_affected: 2 } as const
  const sorted = marks.filter(({ is }) => is !== 'limit').toSorted((a, b) => compare(a.version, b.version) || rank[a.is] - rank[b.is])
  const limits = marks.filter(({ is }) => is === 'limit').map(({ version }) => version)
  const limit = limits.toSorted(compare).at(-1)
  const intervals: VersionInterval[] = []
  let open: string | undefined
  const close = (high: VersionInterval['high']): void => {
    if (open === undefined) return
    const capped =
      limit === undefined || (high !== undefined && compare(high.version, limit) < 0) ? high : { version: limit, inclusive: false }
    intervals.push({
      order,
      ...(open === '0' ? {} : { low: { version: open, inclusive: true } }),
      ...(capped === undefined ? {} : { high: capped }),
    })
    open = undefined
  }
  for (const { is, version } of sorted) {
    if (is === 'introduced') open ??= version
    else close({ version, inclusive: is === 'last_affected' })
  }
  close(undefined)
  return intervals
}
