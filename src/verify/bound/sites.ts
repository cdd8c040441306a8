/**
 * What a sites certificate proves (model/certificate.ts): prices on the parts that join sites, and the least of every site, found here anew.
 *
 * The checker finds sites by itself: what the uses leave joined once the priced groups are taken out. A level speaks of assignments whose earlier levels are
 * at most what the checked assignment reaches there (or what was proved of them); the certificate's own `kept` is not believed, nor needed.
 */
import type { Certificate } from '../../model/certificate.ts'
import { constantOf } from '../levels.ts'
import type { Trial } from '../judge.ts'
import { priceReader } from './leaf.ts'
import { readSitePrices, type SitePrices } from './site-prices.ts'
import { siteLeasts } from './site-tables.ts'
import type { CertificateProblem } from './sort.ts'

export type SitesCertificate = Extract<Certificate, { is: 'sites' }>

export interface SitesBound {
  /** By level, as far as the certificate goes; undefined where it proves nothing. */
  readonly values: readonly bigint[] | undefined
  readonly by: 'arithmetic'
  readonly problems: readonly CertificateProblem[]
}

/**
 * The bound of the whole fleet: devices that the certificate does not speak of are sites as well. `reached`: values by level of an assignment; the bound of a
 * level is then for all that are at least as good at every earlier level. Without: for those that are as good as what was proved of earlier levels.
 */
export function boundBySites(trial: Trial, certificate: SitesCertificate, reached?: readonly bigint[]): SitesBound {
  const { component } = certificate
  const reader = priceReader(trial)
  const constant = constantOf(trial.world.model, trial.levels)
  const problems: CertificateProblem[] = []
  const read: Level[] = []
  for (let level = 0; level < trial.levels.length; level++) {
    const site = certificate.levels.find((one) => one.level === level)
    if (site === undefined) break
    const prices = readSitePrices(trial, reader, site)
    if ('wrong' in prices) {
      problems.push({ component, why: prices.wrong })
      break
    }
    read.push({ prices, scale: BigInt(site.scale) })
  }
  const values: bigint[] = []
  // Levels whose prices stand on the same groups have the same sites.
  for (let from = 0; from < read.length;) {
    let to = from + 1
    while (to < read.length && groupsOf(read[to]!) === groupsOf(read[from]!)) to++
    const leasts = siteLeasts(
      trial,
      read.slice(from, to).map(({ prices }) => prices),
    )
    if (typeof leasts === 'string') {
      problems.push({ component, why: leasts })
      break
    }
    for (const [i, least] of leasts.entries()) {
      const { prices, scale } = read[from + i]!
      const earlier = Array.from({ length: from + i }, (_, at) => (reached === undefined ? values[at]! : reached[at]! - constant[at]!))
      const total = least + prices.limits - earlier.reduce((sum, value, at) => sum + BigInt(prices.factor[at]!) * value, 0n)
      values.push(ceilDivide(total, scale))
    }
    from = to
  }
  return { values: values.length === 0 ? undefined : values.map((value, level) => value + constant[level]!), by: 'arithmetic', problems }
}

interface Level {
  readonly prices: SitePrices
  readonly scale: bigint
}

function groupsOf({ prices: { prices } }: Level): string {
  return [...new Set(prices.map(({ held, group }) => `${held} ${group}`))].sort().join()
}

function ceilDivide(value: bigint, by: bigint): bigint {
  const whole = value / by
  return whole * by < value ? whole + 1n : whole
}
