/** What all certificates of levels prove together, and which rows and parts they keep to themselves. */
import type { Certificate } from '../../model/certificate.ts'
import type { Trial } from '../judge.ts'
import { priceReader, type PriceCertificate } from './leaf.ts'
import { boundByLevels } from './levels.ts'
import { sortCertificates, type CertificateProblem } from './sort.ts'
import { touchedRows } from './touched.ts'

export interface LevelBounds {
  /** 1 by row that some certificate of levels speaks of; absent where there is none. */
  readonly taken: Uint8Array | undefined
  /** Groups that some certificate of levels prices, as `held group`: what their limits bring counts once, even where no row can do anything about them. */
  readonly parts: ReadonlySet<string>
  readonly values: readonly bigint[]
  /** Levels that all of them go to. */
  readonly reach: number
  readonly problems: readonly CertificateProblem[]
}

/** Each certificate speaks of rows and parts of its own; one that meets an earlier one is left out, which only weakens the bound. */
export function levelBounds(trial: Trial, certificates: readonly Certificate[]): LevelBounds {
  const problems: CertificateProblem[] = []
  let taken: Uint8Array | undefined
  let values: readonly bigint[] = trial.levels.map(() => 0n)
  let reach = trial.levels.length
  const parts = new Set<string>()
  for (const certificate of certificates) {
    if (certificate.is !== 'levels') continue
    const { component } = certificate
    const found = boundByLevels(trial, certificate)
    if (found.problem !== undefined) problems.push({ component, why: found.problem })
    if (found.values.length === 0) continue
    const before = (taken ??= new Uint8Array(trial.world.size))
    if (found.rows.some((own, row) => own === 1 && before[row] === 1) || [...found.parts].some((part) => parts.has(part))) {
      problems.push({ component, why: 'another certificate of levels speaks of the same devices or parts' })
      continue
    }
    found.rows.forEach((own, row) => own === 1 && (before[row] = 1))
    for (const part of found.parts) parts.add(part)
    values = values.map((value, level) => value + (found.values[level] ?? 0n))
    reach = Math.min(reach, found.values.length)
  }
  return { taken, parts, values, reach, problems }
}

/** Prices that touch none of the rows and none of the groups: a limit that is shared with what is minimised elsewhere would count for both. */
export function pricesBeside(
  trial: Trial,
  certificates: readonly Certificate[],
  { taken, parts }: LevelBounds,
  problems: CertificateProblem[],
): readonly PriceCertificate[] {
  const prices = certificates.filter((certificate): certificate is PriceCertificate => certificate.is === 'prices')
  if (taken === undefined) return prices
  return prices.filter((certificate) => {
    const { base, trees } = sortCertificates(trial, priceReader(trial), [certificate])
    const leaves = [base, ...trees.flatMap((tree) => tree.leaves)]
    const touched = touchedRows(trial, leaves)
    const meets =
      touched.some((own, row) => own === 1 && taken[row] === 1) ||
      leaves.some((leaf) => leaf.prices.some(({ held, group }) => parts.has(`${held} ${group}`)))
    if (meets) problems.push({ component: certificate.component, why: 'it prices devices that a certificate of levels speaks of' })
    return !meets
  })
}
