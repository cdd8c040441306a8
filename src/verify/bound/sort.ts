/** Certificates brought to row numbers and sorted into plain prices and trees of cases; what cannot be used is said and left out. */
import type { Trial } from '../judge.ts'
import { casesCover } from './cases.ts'
import { readLeaf, type Leaf, type PriceCertificate, type PriceReader } from './leaf.ts'

export interface Tree {
  readonly component: string
  readonly leaves: readonly Leaf[]
}

export interface CertificateProblem {
  readonly component: string
  readonly why: string
}

export interface SortedCertificates {
  /** The prices of all certificates that are one leaf without cases. */
  readonly base: Leaf
  readonly trees: readonly Tree[]
  readonly problems: CertificateProblem[]
}

export function sortCertificates(trial: Trial, reader: PriceReader, certificates: readonly PriceCertificate[]): SortedCertificates {
  const problems: CertificateProblem[] = []
  const base: Leaf['prices'][number][] = []
  const trees: Tree[] = []
  /** Parts that are priced and uses that are split on, by what takes them. */
  const taken = new Set<string>()
  for (const { component, leaves } of certificates) {
    const read: Leaf[] = []
    let wrong: string | undefined
    for (const leaf of leaves) {
      const one = readLeaf(trial, reader, leaf)
      if ('wrong' in one) wrong ??= one.wrong
      else read.push(one)
    }
    if (!casesCover(leaves.map(({ cases }) => cases))) wrong ??= 'its cases do not cover every assignment'
    const names = new Set(
      read.flatMap(({ prices, cases }) => [
        ...prices.map(({ held, group, part }) => `${held} ${group} ${part}`),
        ...[...cases.keys()].map((held) => `case ${held}`),
      ]),
    )
    for (const name of names) if (taken.has(name)) wrong ??= 'another certificate uses the same part or case'
    if (wrong !== undefined) {
      problems.push({ component, why: wrong })
      continue
    }
    for (const name of names) taken.add(name)
    const [only] = read
    if (read.length === 1 && only!.cases.size === 0) base.push(...only!.prices)
    else trees.push({ component, leaves: read })
  }
  return { base: { cases: new Map(), prices: base }, trees, problems }
}
