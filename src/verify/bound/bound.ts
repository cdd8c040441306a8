/** What all certificates together prove: prices by weak duality, and, where a certificate says so, small components by listing them again. */
import type { Certificate } from '../../model/certificate.ts'
import { addVectors } from '../exact-sum.ts'
import type { Trial } from '../judge.ts'
import { constantOf } from '../levels.ts'
import { enumerateOptimum } from './enumerate.ts'
import { priceReader, type Leaf } from './leaf.ts'
import { levelBounds, pricesBeside } from './level-bounds.ts'
import { boundByPrices } from './prices.ts'
import { boundBySites } from './sites.ts'
import { sortCertificates, type CertificateProblem } from './sort.ts'
import { touchedRows } from './touched.ts'
import { componentsOf, type Unit } from './units.ts'

export interface Bound {
  /** Least values by level that any assignment can have; absent where nothing is proved. */
  readonly values: readonly bigint[] | undefined
  readonly by: 'arithmetic' | 'enumeration'
  readonly problems: readonly CertificateProblem[]
  /** The bound of a level is for all assignments that are at least as good as the checked one at every earlier level; otherwise it says nothing once one is not reached. */
  readonly after?: 'reached'
}

/** `reached`: values by level of the assignment that is checked. Without any certificate nothing is proved, though devices that nothing ties together might be minimised alone. */
export function boundOf(trial: Trial, certificates: readonly Certificate[], reached?: readonly bigint[]): Bound {
  const sites = certificates.find((certificate) => certificate.is === 'sites')
  if (sites !== undefined) return { ...boundBySites(trial, sites, reached), ...(reached === undefined ? {} : { after: 'reached' }) }
  const byLevels = levelBounds(trial, certificates)
  const { taken } = byLevels
  const problems: CertificateProblem[] = [...byLevels.problems]
  const prices = pricesBeside(trial, certificates, byLevels, problems)
  const listed = certificates.filter(({ is }) => is === 'enumeration')
  if (prices.length === 0 && listed.length === 0 && taken === undefined) return { values: undefined, by: 'arithmetic', problems }
  let total: readonly bigint[] = addVectors(constantOf(trial.world.model, trial.levels), byLevels.values)
  let rest = taken?.map((own) => 1 - own)
  let by: Bound['by'] = 'arithmetic'
  if (listed.length > 0) {
    const { base, trees } = sortCertificates(trial, priceReader(trial), prices)
    const leaves = [base, ...trees.flatMap((tree) => tree.leaves)]
    const touched = touchedRows(trial, leaves)
    const free = componentsOf(trial).filter(
      ({ rows, units }) =>
        !rows.some((row) => touched[row] === 1 || taken?.[row] === 1) &&
        !units.some((unit) => isUsed(leaves, unit) || unit.groups.some((group) => byLevels.parts.has(`${unit.held} ${group}`))),
    )
    rest ??= new Uint8Array(trial.world.size).fill(1)
    for (const component of free) {
      const optimum = enumerateOptimum(trial, component)
      if (typeof optimum === 'string') {
        problems.push({
          component: listed[0]!.component,
          why: `the ${component.rows.length} devices tied to ${trial.world.fleet.ids[component.rows[0] ?? -1] ?? 'no device'} cannot be listed: ${optimum}`,
        })
        continue
      }
      by = 'enumeration'
      total = addVectors(total, optimum)
      for (const row of component.rows) rest[row] = 0
    }
  }
  const priced = boundByPrices(trial, prices, rest)
  problems.push(...priced.problems)
  if (typeof priced.values === 'string')
    return {
      values: undefined,
      by,
      problems: [
        ...problems,
        { component: '', why: priced.values === 'none' ? 'a device has no option left' : 'numbers leave the safe integers' },
      ],
    }
  return { values: addVectors(total, priced.values).slice(0, byLevels.reach), by, problems }
}

/** True where a price or a case stands on the unit. */
function isUsed(leaves: readonly Leaf[], unit: Unit): boolean {
  return leaves.some(
    ({ prices, cases }) => cases.has(unit.held) || prices.some(({ held, group }) => held === unit.held && unit.groups.includes(group)),
  )
}
