/**
 * The bound that price certificates prove, by weak duality in the lexicographic order (model/certificate.ts).
 *
 * Certificates of one leaf without cases are only prices: they are put together and hold everywhere. A certificate with cases is minimised over its leaves
 * on the rows that its prices and cases touch; two such certificates must touch different rows. No part may be priced, and no use split on, by two
 * certificates. Leaving a certificate, a price or a use out only weakens the bound, never falsifies it.
 */
import { addVectors, compareVectors, exactValues, exactZeros, addProduct } from '../exact-sum.ts'
import type { Trial } from '../judge.ts'
import { penaltyOf } from '../levels.ts'
import { classesOf, type RowClasses } from './classes.ts'
import { priceReader, type Leaf, type PriceCertificate } from './leaf.ts'
import { addLimit } from './limits.ts'
import { columnsOf, preparePrices } from './prepare.ts'
import { addMinima, costTables, type CostTables } from './reduced.ts'
import { sortCertificates, type CertificateProblem, type Tree } from './sort.ts'
import { touchedRows } from './touched.ts'

export interface PriceBound {
  /** Least sum of costs and penalties by level, without the constant. 'none': no assignment of these rows satisfies the hard constraints. 'unknown': numbers beyond 2^53. */
  readonly values: readonly bigint[] | 'none' | 'unknown'
  readonly problems: readonly CertificateProblem[]
}

/** What the certificates prove about the rows flagged in `rows` (absent: all), together with the penalties of every use that they price or split on. */
export function boundByPrices(trial: Trial, certificates: readonly PriceCertificate[], rows?: Uint8Array): PriceBound {
  const reader = priceReader(trial)
  const { base, trees, problems } = sortCertificates(trial, reader, certificates)
  const { treeOf, apart } = partRows(trial, trees, problems)
  const costs = costTables(trial)
  const classes = classesOf(
    trial.world.size,
    columnsOf(trial, [base, ...apart.flatMap(({ leaves }) => leaves)], apart.length > 0 ? [treeOf] : [], rows),
  )
  const members = membersByTree(classes, treeOf, apart.length, rows)

  const outside = boundOfLeaf(trial, [base], base, costs, classes, members[0]!)
  if (typeof outside === 'string') return { values: outside, problems }
  let total = outside
  for (const [number, tree] of apart.entries()) {
    let least: readonly bigint[] | undefined
    for (const leaf of tree.leaves) {
      const bound = boundOfLeaf(trial, [base, leaf], leaf, costs, classes, members[number + 1]!)
      if (bound === 'unknown') return { values: 'unknown', problems }
      if (bound !== 'none' && (least === undefined || compareVectors(bound, least) < 0)) least = bound
    }
    if (least === undefined) return { values: 'none', problems }
    total = addVectors(total, least)
  }
  return { values: total, problems }
}

/** Minima of the classes under the prices of all `leaves`, plus what the prices and cases of `own` bring. */
function boundOfLeaf(
  trial: Trial,
  leaves: readonly Leaf[],
  own: Leaf,
  costs: CostTables,
  classes: RowClasses,
  members: Int32Array,
): readonly bigint[] | 'none' | 'unknown' {
  const prepared = preparePrices(trial, leaves)
  if (prepared === 'too large') return 'unknown'
  const sum = exactZeros(trial.levels.length)
  for (const price of own.prices) addLimit(trial, price, own.cases.get(price.held) === true, sum)
  for (const [held, holds] of own.cases)
    if (!holds)
      for (const [level, weight] of penaltyOf(trial.levels, trial.held[held]!.use.policy)!.entries()) addProduct(sum, level, weight, 1)
  return addMinima(trial, costs, classes, members, prepared, sum) ? exactValues(sum) : 'none'
}

/** The tree of each row (-1: none), and the trees that keep their rows to themselves. */
function partRows(
  trial: Trial,
  trees: readonly Tree[],
  problems: CertificateProblem[],
): { readonly treeOf: Int32Array; readonly apart: readonly Tree[] } {
  const treeOf = new Int32Array(trial.world.size).fill(-1)
  const apart: Tree[] = []
  for (const tree of trees) {
    const touched = touchedRows(trial, tree.leaves)
    const meets = touched.findIndex((flag, row) => flag === 1 && treeOf[row] !== -1)
    if (meets >= 0) {
      problems.push({ component: tree.component, why: `device ${trial.world.fleet.ids[meets]!} stands in two certificates with cases` })
      continue
    }
    for (let row = 0; row < touched.length; row++) if (touched[row] === 1) treeOf[row] = apart.length
    apart.push(tree)
  }
  return { treeOf, apart }
}

/** Classes by tree: first those of none, then those of tree 0, 1, ... */
function membersByTree(classes: RowClasses, treeOf: Int32Array, trees: number, rows: Uint8Array | undefined): readonly Int32Array[] {
  const lists: number[][] = Array.from({ length: trees + 1 }, () => [])
  for (const [at, row] of classes.representative.entries()) if (rows === undefined || rows[row] === 1) lists[treeOf[row]! + 1]!.push(at)
  return lists.map((list) => Int32Array.from(list))
}
