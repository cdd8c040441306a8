// Scripts of certificates, each listed once: most proofs of one report stand on the same invariants.
import type { ConflictCertificate, Finding } from '../model/conflict.ts'

export type Script = Extract<ConflictCertificate, { is: 'refutation' }>['scripts'][number]

export type FindingByPlace = Omit<Finding, 'certificate'> & {
  /** `scripts`: places in the list. */
  readonly certificate?:
    Exclude<ConflictCertificate, { is: 'refutation' }> | { readonly is: 'refutation'; readonly scripts: readonly number[] }
}

/** The findings with places instead of scripts, and the list that the places are in. */
export function listScripts(findings: readonly Finding[]): {
  readonly scripts: readonly Script[]
  readonly findings: readonly FindingByPlace[]
} {
  const places = new Map<string, number>()
  const scripts: Script[] = []
  const placeOf = (script: Script): number => {
    const key = `${script.says}\n${script.text}`
    const known = places.get(key)
    if (known !== undefined) return known
    places.set(key, scripts.length)
    return scripts.push(script) - 1
  }
  const placed = findings.map(({ certificate, ...finding }): FindingByPlace => {
    if (certificate === undefined) return finding
    return {
      ...finding,
      certificate: certificate.is === 'refutation' ? { is: 'refutation', scripts: certificate.scripts.map(placeOf) } : certificate,
    }
  })
  return { scripts, findings: placed }
}
