/** Reads a CSAF 2.0 document (OASIS Common Security Advisory Framework): one advisory for each of its vulnerabilities. */
import { z } from 'zod'
import type { Diagnostic, Read } from '../../diagnostics/diagnostic.ts'
import { describeValue, type DocumentPath, type StructuredText } from '../../diagnostics/document.ts'
import { readShape } from '../../diagnostics/shape.ts'
import type { Advisory, AffectedPackage } from '../advisories/advisory.ts'
import { type Product, readProductTree, type SayAt, treeShape, unknown } from './product-tree.ts'

const text = z.string().min(1)
const ids = z.array(text).min(1).optional()
const statusShape = z.object({
  first_affected: ids,
  first_fixed: ids,
  fixed: ids,
  known_affected: ids,
  known_not_affected: ids,
  last_affected: ids,
  recommended: ids,
  under_investigation: ids,
})
const remediationShape = z.object({ category: text, details: text, product_ids: ids, group_ids: ids })
const vulnerabilityShape = z.object({
  cve: text.optional(),
  ids: z.array(z.object({ system_name: text, text })).optional(),
  title: z.string().optional(),
  product_status: statusShape.optional(),
  remediations: z.array(remediationShape).optional(),
})
const csafShape = z.object({
  document: z.object({
    category: text,
    csaf_version: z.string(),
    title: z.string().optional(),
    tracking: z.object({ id: text, status: z.enum(['draft', 'final', 'interim']) }),
  }),
  product_tree: treeShape.optional(),
  vulnerabilities: z.array(vulnerabilityShape).optional(),
})
type Vulnerability = z.output<typeof vulnerabilityShape>
type Status = keyof z.output<typeof statusShape>

const AFFECTED: readonly Status[] = ['known_affected', 'first_affected', 'last_affected']
const UNAFFECTED: readonly Status[] = ['fixed', 'first_fixed', 'known_not_affected']

export function looksLikeCsaf(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'document' in value
}

export function readCsaf(document: StructuredText): Read<readonly Advisory[]> {
  const diagnostics: Diagnostic[] = []
  const say: SayAt = (code, message, path, severity) => {
    diagnostics.push({ code: `csaf/${code}`, severity: severity ?? 'error', message, at: document.locate(path) })
  }
  const version = versionOf(document.value)
  if (typeof version === 'string' && version !== '2.0') {
    say('other-version', `the document is CSAF ${version}, this program reads CSAF 2.0`, ['document', 'csaf_version'])
    return { ok: false, diagnostics }
  }
  const shape = readShape(csafShape, document.value, document, [])
  if (!shape.ok) return { ok: false, diagnostics: shape.diagnostics }
  const { category, tracking } = shape.value.document
  if (category === 'csaf_withdrawn' || category === 'csaf_superseded') {
    say('withdrawn', `\`${tracking.id}\` is ${category.slice(5)}; it asks for nothing`, ['document', 'category'], 'warning')
    return { ok: true, value: [], diagnostics }
  }
  if (tracking.status === 'draft')
    say('draft', `\`${tracking.id}\` is a draft; it is followed all the same`, ['document', 'tracking', 'status'], 'warning')
  const tree = shape.value.product_tree ?? {}
  const products = readProductTree(tree, say)
  const vulnerabilities = shape.value.vulnerabilities ?? []
  if (vulnerabilities.length === 0) say('empty', `\`${tracking.id}\` names no vulnerability`, [])
  const groups = new Map((tree.product_groups ?? []).map(({ group_id, product_ids }) => [group_id, product_ids]))
  const advisories = vulnerabilities.flatMap(
    (one, index) => advisoryOf(document, one, index, { products, groups, say, tracking: tracking.id }) ?? [],
  )
  if (diagnostics.some(({ severity }) => severity === 'error')) return { ok: false, diagnostics }
  return { ok: true, value: advisories, diagnostics }
}

function versionOf(value: unknown): unknown {
  const header = (value as { readonly document?: unknown }).document
  return typeof header === 'object' && header !== null ? (header as { readonly csaf_version?: unknown }).csaf_version : undefined
}

interface Context {
  readonly products: ReadonlyMap<string, Product>
  readonly groups: ReadonlyMap<string, readonly string[]>
  readonly say: SayAt
  readonly tracking: string
}

function advisoryOf(document: StructuredText, one: Vulnerability, index: number, context: Context): Advisory | undefined {
  const { products, say } = context
  const path: DocumentPath = ['vulnerabilities', index]
  const names = [...(one.cve === undefined ? [] : [one.cve]), ...(one.ids ?? []).map((id) => id.text)]
  const status = one.product_status ?? {}
  const listed = (keys: readonly Status[]): ReadonlyMap<string, DocumentPath> =>
    new Map(keys.flatMap((key) => (status[key] ?? []).map((id, at) => [id, [...path, 'product_status', key, at]] as const)))
  const affected = listed(AFFECTED)
  const clean = listed(UNAFFECTED)
  for (const [id, at] of [...affected, ...clean, ...listed(['under_investigation', 'recommended'])])
    if (!products.has(id)) unknown(products, id, at, say)
  for (const [id, at] of affected) {
    if (clean.has(id)) say('contradiction', `\`${id}\` is said to be affected and not to be affected`, at)
  }
  const open = status.under_investigation ?? []
  if (open.length > 0)
    say(
      'under-investigation',
      `${open.length} ${open.length === 1 ? 'product is' : 'products are'} under investigation; they count as not affected until the document says so`,
      [...path, 'product_status', 'under_investigation'],
      'warning',
    )
  if (affected.size === 0) {
    say(
      'nothing-affected',
      `${describeValue(names[0] ?? context.tracking)} has no affected product`,
      [...path, 'product_status'],
      'warning',
    )
    return undefined
  }
  const found = [...affected.keys()].flatMap((id) => products.get(id) ?? [])
  const without = [...clean.keys()].flatMap((id) => products.get(id) ?? [])
  const [id = context.tracking, ...aliases] = names
  return {
    id,
    aliases: [...aliases, context.tracking].filter((alias) => alias !== id),
    ...(one.title === undefined ? {} : { summary: one.title }),
    remedies: remediesOf(one, path, context),
    affected: found.map((product) => affectedBy(product, without, document)),
    at: document.locate(one.cve === undefined ? path : [...path, 'cve']),
  }
}

function affectedBy(product: Product, without: readonly Product[], document: StructuredText): AffectedPackage {
  const { name, ecosystem, release, version, range, partOf } = product
  const whole = partOf?.name
  const spared = without.flatMap((other) =>
    other.name === name && other.ecosystem === ecosystem && other.partOf?.name === whole && other.version !== undefined
      ? [other.version]
      : [],
  )
  return {
    name,
    ...(ecosystem === undefined ? {} : { ecosystem }),
    ...(release === undefined ? {} : { release }),
    ...(partOf === undefined ? {} : { partOf }),
    every: range?.every ?? version === undefined,
    versions: range?.versions ?? (version === undefined ? [] : [version]),
    intervals: range?.intervals ?? [],
    except: [...(range?.except ?? []), ...spared],
    undecided: range?.undecided ?? [],
    at: document.locate(product.path),
  }
}

/** What is advised, each once; products and groups that it names must be there. */
function remediesOf(one: Vulnerability, path: DocumentPath, { products, groups, say }: Context): readonly string[] {
  const remedies = new Set<string>()
  one.remediations?.forEach((remedy, index) => {
    const at = [...path, 'remediations', index]
    remedy.product_ids?.forEach((id, number) => {
      if (!products.has(id)) unknown(products, id, [...at, 'product_ids', number], say)
    })
    remedy.group_ids?.forEach((id, number) => {
      if (!groups.has(id)) say('unknown-group', `no group of products has the id \`${id}\``, [...at, 'group_ids', number])
    })
    remedies.add(`${remedy.category.replaceAll('_', ' ')}: ${remedy.details}`)
  })
  return [...remedies]
}
