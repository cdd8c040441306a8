/** Why the solvers' bounds hold, in words that need no solver: proofs on rows and bundles become prices on parts of constraint uses. */
import type { AssignmentProblem, ProofLeaf, SiteLevelProof } from '../../constraints/problem.ts'
import type { Certificate, Price, PriceLeaf, SiteLevel } from '../model/certificate.ts'
import type { Fleet } from '../model/fleet.ts'
import type { ComponentOutcome } from '../solve/verdict.ts'
import { levelCertificate } from './level-certificate.ts'

// What the checker lists again itself; more assignments need another proof.
const LISTED = 200_000

/** `listed`: components whose prices are of no use to the checker, which lists their assignments where they are few. */
export function certificatesOf(
  problem: AssignmentProblem,
  fleet: Fleet,
  components: readonly ComponentOutcome[],
  listed: ReadonlySet<string> = new Set(),
): readonly Certificate[] {
  const whole = components.length === 1
  return components.flatMap((outcome): readonly Certificate[] => {
    const { name: component, bound, proof } = outcome
    const few = assignmentsOf(problem, outcome.classes) <= LISTED
    const enumeration: Certificate = { is: 'enumeration', component: whole ? component : namedByDevice(problem, fleet, outcome), bound }
    switch (proof.is) {
      case 'prices':
        if (few && listed.has(component)) return [enumeration]
        return [{ is: 'prices', component, bound, leaves: proof.leaves.map((leaf) => priceLeaf(problem, leaf)) }]
      case 'sites':
        if (few && listed.has(component)) return [enumeration]
        return [{ is: 'sites', component, bound, levels: proof.levels.map((level) => siteLevel(problem, level)) }]
      case 'levels': {
        if (few && listed.has(component)) return [enumeration]
        const { rows, columns } = outcome
        return [levelCertificate(problem, fleet, { component, rows, columns, bound }, proof)]
      }
      case 'refutation':
        return [{ is: 'refutation', component, bound, scripts: proof.scripts }, ...(few ? [enumeration] : [])]
      case 'none':
        // A bound that is reached without a proof is listed where that can be done; else the checker sees what no price at all proves.
        if (outcome.value.some((value, level) => value !== bound[level])) return []
        return few ? [enumeration] : [{ is: 'prices', component, bound, leaves: [{ cases: [], prices: [] }] }]
    }
  })
}

function priceLeaf({ rows, bundles, levels }: AssignmentProblem, leaf: ProofLeaf): PriceLeaf {
  const cases = [
    ...leaf.holds.map((bundle) => ({ use: bundles[bundle]!.use, holds: true })),
    ...leaf.gaveUp.map((bundle) => ({ use: bundles[bundle]!.use, holds: false })),
  ].sort((a, b) => a.use - b.use)
  // What must not get worse is two rows of one part, one that pays and one that is hard a little further out: the checker, which knows both, takes one price.
  const byPart = new Map<string, Price>()
  leaf.rows.forEach((row, i) => {
    const { name } = rows[row]!
    const key = JSON.stringify([name.use, name.group, name.part])
    const before = byPart.get(key)?.price
    byPart.set(key, { ...name, price: levels.map((_, level) => leaf.prices[level]![i]! + (before?.[level] ?? 0)) })
  })
  return { cases, prices: [...byPart.values()].filter(({ price }) => price.some((entry) => entry !== 0)) }
}

/** Parts without a price stand there too: they say what joins sites and is left out of them. */
function siteLevel({ rows }: AssignmentProblem, proof: SiteLevelProof): SiteLevel {
  const { level, scale, kept, factors } = proof
  const prices = Array.from(proof.rows, (row, i) => ({ ...rows[row]!.name, price: proof.prices[i]! }))
  return { level, scale, kept, factors, prices }
}

/** How many ways there are to choose for the devices one by one; large numbers are cut. */
function assignmentsOf({ classes }: AssignmentProblem, of: Int32Array): number {
  let ways = 1
  for (const c of of) {
    const devices = classes.memberStart[c + 1]! - classes.memberStart[c]!
    ways *= (classes.columnStart[c + 1]! - classes.columnStart[c]!) ** devices
    if (ways > LISTED) return ways
  }
  return ways
}

function namedByDevice({ classes }: AssignmentProblem, fleet: Fleet, outcome: ComponentOutcome): string {
  const [first] = outcome.classes
  const row = first === undefined ? undefined : classes.members[classes.memberStart[first]!]
  return row === undefined ? outcome.name : `${outcome.name} of ${fleet.ids[row]!}`
}
