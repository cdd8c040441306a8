/**
 * Makes `advisory` constraints of security advisories, for this model and this fleet. What a device holds while it runs a variant: the packages that the
 * variant contains, and those of the device's own list whose names the variant does not contain (none of them where the variant contains `all`). A variant is
 * a package too, of its own id and version. What is not known not to be affected counts as affected; what an advisory leaves undecided is refused.
 */
import type { Diagnostic, Read } from '../../diagnostics/diagnostic.ts'
import { cappedDiagnostics, type CappedDiagnostics } from '../../diagnostics/capped.ts'
import type { Advisories, ConstraintUse, FleetModel, Variant } from '../../model/fleet-model.ts'
import type { Fleet } from '../../model/fleet.ts'
import type { Advisory, AffectedPackage } from './advisory.ts'
import { affects, isAbout } from './affects.ts'
import { describeAffected } from './describe-affected.ts'
import { type PackageLists, packageLists } from './package-lists.ts'
import { type PackageReference, readPackageReference } from './package-reference.ts'

/** Characters of one expression; more packages than that go into another constraint with the same evidence. */
const LONGEST = 8_000

interface Known {
  readonly variant: Variant
  /** What it contains, and itself. */
  readonly entries: readonly PackageReference[]
  readonly names: ReadonlySet<string>
}

/** The model with a constraint, or more, for every advisory that concerns something of it. */
export function followAdvisories(model: FleetModel, fleet: Fleet, advisories: readonly Advisory[], from: Advisories): Read<FleetModel> {
  const lists = packageLists(model, fleet, from)
  if (!lists.ok) return lists
  const problems = cappedDiagnostics()
  const known = model.variants.map((variant) => knownOf(variant, problems))
  if (advisories.length > 0 && lists.value === undefined && model.variants.every(({ contains }) => contains === undefined))
    problems.add({
      code: 'advisory/no-packages',
      severity: 'warning',
      message: 'no device lists packages and no variant says what it contains; only what names a variant itself can be found',
      hint: 'maybe `packages: {set: text}` in `context`, or `contains: [openssl@3.0.2]` in a variant',
      at: { source: model.source },
    })
  const constraints: ConstraintUse[] = [...model.constraints]
  let asked = false
  for (const advisory of advisories) {
    const texts = conditionsOf(advisory, known, lists.value, problems)
    if (texts.length === 0) {
      const message = `\`${advisory.id}\` affects nothing here: ${describeAffected(advisory.affected) || 'it names no package'}`
      problems.add({ code: 'advisory/not-here', severity: 'information', message, at: advisory.at })
    }
    for (const text of texts) {
      asked ||= lists.value !== undefined && text.includes(`device.${lists.value.attribute}`)
      const parameters = { id: evidenceOf(advisory), affects: text, what: describeAffected(advisory.affected), quarantine: true }
      const at = advisory.at
      constraints.push({ index: constraints.length, kind: 'placement/advisory', parameters, policy: { is: 'hard' }, at })
    }
  }
  if (asked && lists.value !== undefined && lists.value.without > 0) {
    const { without, attribute } = lists.value
    const message = `${without.toLocaleString('en-US')} ${without === 1 ? 'device has' : 'devices have'} no \`${attribute}\`: nothing says that they are not affected`
    problems.add({ code: 'advisory/no-list', severity: 'warning', message, at: { source: model.source } })
  }
  const diagnostics: readonly Diagnostic[] = problems.list()
  return problems.hasErrors() ? { ok: false, diagnostics } : { ok: true, value: { ...model, constraints }, diagnostics }
}

function evidenceOf({ id, aliases }: Advisory): string {
  const public_name = id.startsWith('CVE-') ? undefined : aliases.find((alias) => alias.startsWith('CVE-'))
  return public_name === undefined ? id : `${id} (${public_name})`
}

function knownOf(variant: Variant, problems: CappedDiagnostics): Known {
  const contained = (variant.contains?.packages ?? []).flatMap(({ text, at }) => {
    const entry = readPackageReference(text)
    if (entry !== undefined) return [entry]
    const message = `\`${text}\` of the variant \`${variant.id}\` is no package`
    problems.add({ code: 'advisory/bad-package', severity: 'error', message, hint: 'maybe `openssl@3.0.2` or a package URL', at })
    return []
  })
  const itself = { name: variant.id, ...(variant.version === undefined ? {} : { version: variant.version }) }
  return { variant, entries: [...contained, itself], names: new Set(contained.map(({ name }) => name)) }
}

/** Expressions of which one holds where what a device runs is affected; none where nothing here can be. */
function conditionsOf(
  advisory: Advisory,
  known: readonly Known[],
  lists: PackageLists | undefined,
  problems: CappedDiagnostics,
): readonly string[] {
  const ids = new Set(known.map(({ variant }) => variant.id))
  const ofVariants = advisory.affected.filter(({ partOf }) => partOf !== undefined && ids.has(partOf.name))
  const anywhere = advisory.affected.filter((affected) => !ofVariants.includes(affected))
  const certain = known.filter(({ variant, entries }) => {
    const part = ofVariants.some(
      ({ partOf }) => partOf!.name === variant.id && (partOf!.version ?? variant.version) === (variant.version ?? partOf!.version),
    )
    const own = entries.map((entry) =>
      anywhere.some((affected) => isAffected(advisory, affected, entry, `variant \`${variant.id}\``, problems)),
    )
    return part || own.includes(true)
  })
  const listed = (lists?.entries ?? []).filter(({ entry }) =>
    anywhere.some((affected) => isAffected(advisory, affected, entry, 'devices', problems)),
  )
  const concerned = lists !== undefined && (listed.length > 0 || lists.without > 0)
  const groups = new Map<string, string[]>()
  for (const one of concerned ? known : []) {
    const { variant, names } = one
    if (certain.includes(one) || variant.contains?.all === true) continue
    // A list that is missing might hold any of the packages that the variant does not bring itself.
    if (anywhere.every(({ name }) => names.has(name))) continue
    const texts = listed.filter(({ entry }) => !names.has(entry.name)).map(({ text }) => text)
    if (texts.length === 0 && lists!.without === 0) continue
    const key = JSON.stringify(texts)
    groups.set(key, [...(groups.get(key) ?? []), variant.id])
  }
  const parts = certain.length === 0 ? [] : [inList(certain.map(({ variant }) => variant.id))]
  for (const [key, variants] of groups) {
    const guard = variants.length + certain.length === known.length ? '' : `${inList(variants)} && `
    for (const texts of chunks(JSON.parse(key) as readonly string[])) {
      const list = `device.${lists!.attribute}`
      parts.push(`${guard}${texts.length === 0 ? `!has(${list})` : `${list}.intersects(${JSON.stringify(texts)})`}`)
    }
  }
  return joined(parts)
}

const inList = (ids: readonly string[]): string => `variant.id in ${JSON.stringify(ids).replaceAll('","', '", "')}`

function chunks(texts: readonly string[]): readonly (readonly string[])[] {
  const found: string[][] = [[]]
  let length = 0
  for (const text of texts) {
    length += text.length + 8
    if (length > LONGEST / 2) {
      found.push([])
      length = text.length + 8
    }
    found.at(-1)!.push(text)
  }
  return found
}

/** As few expressions as the limit of their length allows. */
function joined(parts: readonly string[]): readonly string[] {
  const texts: string[] = []
  for (const part of parts) {
    const last = texts.at(-1)
    if (last !== undefined && last.length + part.length < LONGEST) texts[texts.length - 1] = `${last} || ${part}`
    else texts.push(part)
  }
  return texts
}

/** Says what cannot be told; an entry that is at fault itself counts as affected. */
function isAffected(
  advisory: Advisory,
  affected: AffectedPackage,
  entry: PackageReference,
  whose: string,
  problems: CappedDiagnostics,
): boolean {
  if (!isAbout(affected, entry)) return false
  const answer = affects(affected, entry)
  if (answer === 'yes' || answer === 'no') return answer === 'yes'
  const shown = entry.version === undefined ? entry.name : `${entry.name}@${entry.version}`
  const refused = affected.undecided.includes(answer.unknown)
  const message = `whether \`${shown}\` of ${whose} is what \`${advisory.id}\` affects cannot be told: ${answer.unknown}${refused ? '' : '; it counts as affected'}`
  problems.add({
    code: refused ? 'advisory/unknown-order' : 'advisory/unknown-version',
    severity: refused ? 'error' : 'warning',
    message,
    ...(refused ? { hint: 'maybe list the affected versions in the advisory' } : {}),
    at: affected.at,
  })
  return true
}
