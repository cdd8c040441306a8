/**
 * What a sites certificate proves (model/certificate.ts): prices on the parts that join sites, and the least of every site, found here anew.
 *
 * The checker finds sites by itself: what the uses leave joined once the priced groups are taken out. A level speaks of assignments whose earlier levels are
 * at most what was proved of them, so that it says something only where that is reached; the certificate's own `kept` is not believed, nor needed.
 */
import type { Certificate } from '../../model/certificate.ts'
import { constantOf } from '../levels.ts'
import type { Trial } from '../judge.ts'
import { priceReader } from './leaf.ts'
import { readSitePrices } from './site-prices.ts'
import { siteLeasts } from './site-tables.ts'
import type { CertificateProblem } from './sort.ts'

export type SitesCertificate = Extract<Certificate, { is: 'sites' }>

export interface SitesBound {
  /** By level, as far as the certificate goes; undefined where it proves nothing. */
  readonly values: readonly bigint[] | undefined
  readonly by: 'arithmetic'
  readonly problems: readonly CertificateProblem[]
}

/** The bound of the whole fleet: devices that the certificate does not speak of are sites as well. */
export function boundBySites(trial: Trial, certificate: SitesCertificate): SitesBound {
  const { component } = certificate
  const reader = priceReader(trial)
  const values: bigint[] = []
  const problems: CertificateProblem[] = []
  for (let level = 0; level < trial.levels.length; level++) {
    const site = certificate.levels.find((one) => one.level === level)
    if (site === undefined) break
    const read = readSitePrices(trial, reader, site)
    if ('wrong' in read) {
      problems.push({ component, why: read.wrong })
      break
    }
    const least = siteLeasts(trial, read)
    if (typeof least === 'string') {
      problems.push({ component, why: least })
      break
    }
    const total = least + read.limits - values.reduce((sum, value, at) => sum + BigInt(read.factor[at]!) * value, 0n)
    values.push(ceilDivide(total, BigInt(site.scale)))
  }
  const constant = constantOf(trial.world.model, trial.levels)
  return { values: values.length === 0 ? undefined : values.map((value, level) => value + constant[level]!), by: 'arithmetic', problems }
}

function ceilDivide(value: bigint, by: bigint): bigint {
  const whole = value / by
  return whole * by < value ? whole + 1n : whole
}
