/** An earlier answer of which only the devices and the certificates are left, as components look at it: prices to start from, and to prove that what was given still is best. */
import { columnTotal } from '../../constraints/problem-reading.ts'
import type { AssignmentProblem, ProofLeaf } from '../../constraints/problem.ts'
import type { Certificate, PriceLeaf } from '../model/certificate.ts'
import type { Choice } from '../model/outcome.ts'
import { lastingLevels, type EarlierAnswer } from './earlier.ts'
import type { ComponentOutcome } from './verdict.ts'

export interface CertifiedAnswer {
  readonly choices: readonly Choice[]
  /** By row of the fleet now; -1 where it does not speak of the device. */
  readonly chosen: Int32Array
  readonly certificates: readonly Certificate[]
  /** Names of the levels that the certificates speak of. */
  readonly levels: readonly string[]
}

/**
 * INVARIANT: nothing in it is believed. A component is taken over only where what was given fits the problem as it is now and these prices prove it best; its
 * value then is not known, so that no component counts as the same.
 */
export function earlierByCertificates(problem: AssignmentProblem, answer: CertifiedAnswer): EarlierAnswer | undefined {
  const lasting = lastingLevels(problem)
  const names = answer.levels.filter((name) => name !== 'moves')
  if (names.length !== lasting || names.some((name, level) => name !== problem.levels[level]!.name)) return undefined
  const choiceNow = new Map(problem.choices.map(({ id }, choice) => [id, choice]))
  const nows = answer.choices.map(({ id }) => choiceNow.get(id) ?? -1)
  const chosen = answer.chosen.map((choice) => (choice < 0 ? -1 : nows[choice]!))
  const everything = Int32Array.from({ length: problem.classes.size }, (_, c) => c)
  const unknown = problem.levels.map(() => NaN)
  const outcome: ComponentOutcome = {
    name: '',
    classes: everything,
    rows: Int32Array.from(problem.rows.keys()),
    columns: Int32Array.from({ length: columnTotal(problem) }, (_, column) => column),
    devices: problem.classes.members.length,
    method: 'flow',
    value: unknown,
    bound: unknown,
    proof: { is: 'prices', leaves: leavesNow(problem, answer.certificates, lasting) },
  }
  return {
    problem,
    components: [outcome],
    counts: new Float64Array(columnTotal(problem)),
    chosen: chosen.map((choice) => Math.max(0, choice)),
    before: Int32Array.from(chosen, (choice, row) => (choice < 0 ? -1 : row)),
    today: false,
  }
}

/** The prices of all certificates in one leaf, as they speak of different parts; cases only where there is one certificate. */
function leavesNow(problem: AssignmentProblem, certificates: readonly Certificate[], levels: number): readonly ProofLeaf[] {
  const priced = certificates.filter((one) => one.is === 'prices')
  const plain = priced.flatMap(({ leaves }) => (leaves.length === 1 && leaves[0]!.cases.length === 0 ? [leaves[0]!] : []))
  const found: readonly PriceLeaf[] =
    priced.length === 1 ? priced[0]!.leaves : [{ cases: [], prices: plain.flatMap(({ prices }) => prices) }]
  const rowOf = new Map<string, number>()
  const key = (use: number, group: string, part: string): string => JSON.stringify([use, group, part])
  problem.rows.forEach(({ name }, row) => {
    const own = key(name.use, name.group, name.part)
    if (!rowOf.has(own)) rowOf.set(own, row)
  })
  const bundleOf = new Map(problem.bundles.map(({ use }, bundle) => [use, bundle]))
  return found.flatMap(({ cases, prices }): readonly ProofLeaf[] => {
    const bundles = cases.map(({ use, holds }) => ({ bundle: bundleOf.get(use), holds }))
    if (bundles.some(({ bundle }) => bundle === undefined)) return []
    const kept = prices.flatMap(({ use, group, part, price, per = 1 }) => {
      const row = rowOf.get(key(use, group, part))
      return row === undefined || per !== 1 || price.length < levels ? [] : [{ row, price }]
    })
    return [
      {
        holds: bundles.flatMap(({ bundle, holds }) => (holds ? [bundle!] : [])),
        gaveUp: bundles.flatMap(({ bundle, holds }) => (holds ? [] : [bundle!])),
        rows: Int32Array.from(kept, ({ row }) => row),
        prices: Array.from({ length: levels }, (_, level) => Float64Array.from(kept, ({ price }) => price[level]!)),
      },
    ]
  })
}
