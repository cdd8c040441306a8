/** Reads the product tree of a CSAF document: every product id with the package, version or range it stands for, and what it is a part of. */
import { z } from 'zod'
import type { DocumentPath } from '../../diagnostics/document.ts'
import { readPackageReference } from '../advisories/package-reference.ts'
import { readVersionRange, type VersionRange } from './version-range.ts'

const text = z.string().min(1)
const productShape = z.object({
  product_id: text,
  name: text,
  product_identification_helper: z.object({ purl: text.optional(), purls: z.array(text).optional() }).optional(),
})
export interface Branch {
  readonly category: string
  readonly name: string
  readonly branches?: readonly Branch[] | undefined
  readonly product?: z.output<typeof productShape> | undefined
}
const branchShape: z.ZodType<Branch> = z.lazy(() =>
  z.object({ category: text, name: text, branches: z.array(branchShape).min(1).optional(), product: productShape.optional() }),
)
export const treeShape = z.object({
  branches: z.array(branchShape).optional(),
  full_product_names: z.array(productShape).optional(),
  relationships: z
    .array(
      z.object({
        category: z.enum(['default_component_of', 'external_component_of', 'installed_on', 'installed_with', 'optional_component_of']),
        product_reference: text,
        relates_to_product_reference: text,
        full_product_name: productShape,
      }),
    )
    .optional(),
  product_groups: z.array(z.object({ group_id: text, product_ids: z.array(text).min(1) })).optional(),
})
type Tree = z.output<typeof treeShape>

export interface Product {
  readonly id: string
  readonly name: string
  readonly ecosystem?: string
  readonly release?: string
  readonly version?: string
  readonly range?: VersionRange
  readonly partOf?: { readonly name: string; readonly version?: string }
  readonly path: DocumentPath
}

export type SayAt = (code: string, message: string, path: DocumentPath, severity?: 'warning') => void

/** Products by id; every id stands once, every reference leads to a product. */
export function readProductTree(tree: Tree, say: SayAt): ReadonlyMap<string, Product> {
  const products = new Map<string, Product>()
  const add = (product: Product): void => {
    if (products.has(product.id)) say('duplicate-id', `two products have the id \`${product.id}\``, product.path)
    else products.set(product.id, product)
  }
  const walk = (branches: readonly Branch[], path: DocumentPath, above: readonly Branch[]): void => {
    branches.forEach((branch, index) => {
      const way = [...above, branch]
      const at = [...path, index]
      if (branch.product !== undefined) add(productOf(branch.product, way, [...at, 'product'], say))
      if (branch.branches !== undefined) walk(branch.branches, [...at, 'branches'], way)
    })
  }
  walk(tree.branches ?? [], ['product_tree', 'branches'], [])
  tree.full_product_names?.forEach((written, index) => add(productOf(written, [], ['product_tree', 'full_product_names', index], say)))
  tree.relationships?.forEach((relation, index) => {
    const path = ['product_tree', 'relationships', index]
    const component = products.get(relation.product_reference)
    const whole = products.get(relation.relates_to_product_reference)
    if (component === undefined) unknown(products, relation.product_reference, [...path, 'product_reference'], say)
    if (whole === undefined) unknown(products, relation.relates_to_product_reference, [...path, 'relates_to_product_reference'], say)
    if (component === undefined || whole === undefined) return
    const partOf = { name: whole.name, ...(whole.version === undefined ? {} : { version: whole.version }) }
    add({ ...component, partOf, id: relation.full_product_name.product_id, path: [...path, 'full_product_name'] })
  })
  return products
}

export function unknown(products: ReadonlyMap<string, unknown>, id: string, path: DocumentPath, say: SayAt): void {
  say('unknown-product', `no product of the tree has the id \`${id}\`${products.size === 0 ? ', which has none' : ''}`, path)
}

/** The package URL tells most; else the branches do; else a full name that ends in a version. */
function productOf(written: z.output<typeof productShape>, way: readonly Branch[], path: DocumentPath, say: SayAt): Product {
  const helper = written.product_identification_helper
  const purl = helper?.purl ?? helper?.purls?.[0]
  const reference = purl === undefined ? undefined : readPackageReference(purl)
  if (purl !== undefined && reference === undefined)
    say('wrong-value', `\`${purl}\` is no package URL; the names are taken`, [...path, 'product_identification_helper'], 'warning')
  const named = (category: string): string | undefined => way.findLast((branch) => branch.category === category)?.name
  const full = way.length === 0 ? /^(\S+)[@ ]v?(\d\S*)$/.exec(written.name) : null
  const written_range = named('product_version_range')
  const range = written_range === undefined ? undefined : readVersionRange(written_range, reference?.ecosystem)
  if (typeof range === 'string') say('bad-range', `the version range \`${written_range!}\` ${range}`, path)
  const version = reference?.version ?? named('product_version') ?? full?.[2]
  return {
    id: written.product_id,
    name: reference?.name ?? named('product_name') ?? full?.[1] ?? written.name,
    ...(reference?.ecosystem === undefined ? {} : { ecosystem: reference.ecosystem }),
    ...(reference?.release === undefined ? {} : { release: reference.release }),
    ...(range === undefined || typeof range === 'string' ? (version === undefined ? {} : { version }) : { range }),
    path,
  }
}
