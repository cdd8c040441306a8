/** Verdicts against exhaustive exploration on random small behaviours: what is proved is unreachable, what is a conflict is reachable, little stays unknown. */
import { afterAll, describe, expect, it } from 'vitest'
import { contradictionInside } from '../../constraints/conflict/contradiction-inside.ts'
import { deadRule } from '../../constraints/conflict/dead-rule.ts'
import { inconsistentValues } from '../../constraints/conflict/inconsistent-values.ts'
import { oppositeActuation } from '../../constraints/conflict/opposite-actuation.ts'
import type { Behaviour } from '../../src/model/automation.ts'
import type { Finding } from '../../src/model/conflict.ts'
import { checkConflicts } from '../../src/solve/check-conflicts.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { randomBehaviour } from '../oracle/random-behaviour.ts'
import { reachable, type Reachable } from '../oracle/reactions.ts'

const LONG = process.env['FLEETPROOF_LONG'] !== undefined
const COUNT = LONG ? 2_000 : 60
/** Those that exploration judges; `more-conflicts` has the others. */
const judgedKinds = [oppositeActuation, inconsistentValues, contradictionInside, deadRule]
const solvers = createSolvers()
afterAll(() => solvers.close())

interface Judged {
  readonly seed: number
  readonly finding: Finding
  /** What exploration says. */
  readonly holds: boolean
}

/** K1 and K2 share out the values of one attribute; exploration knows the pair. Subjects that speak of several pairs, or of steps, are for other tests. */
function judge(seed: number, finding: Finding, truth: Reachable): readonly Judged[] {
  const key = [finding.actuator ?? '', ...finding.rules].join('|')
  switch (finding.id) {
    case 'K1':
    case 'K2':
      if (finding.rules.length !== 2 || finding.subject.includes('dead writers')) return []
      // One of the two kinds shows it: the other may well be proved.
      return finding.verdict === 'proved' ? [] : [{ seed, finding, holds: truth.k1.has(key) || truth.k2.has(key) }]
    case 'K3':
      return [{ seed, finding, holds: truth.k3.has(key) }]
    case 'K17':
      return finding.subject.includes('/') ? [] : [{ seed, finding, holds: truth.k17.has(finding.subject) }]
    default:
      return []
  }
}

/** Pairs that exploration shows and that no finding of K1 or K2 admits. */
function missed(findings: readonly Finding[], truth: Reachable): readonly string[] {
  const admitted = new Set(
    findings
      .filter(({ id, verdict }) => (id === 'K1' || id === 'K2') && verdict !== 'proved')
      .map(({ actuator, rules }) => [actuator ?? '', ...rules].join('|')),
  )
  return [...truth.k1, ...truth.k2].filter((pair) => !admitted.has(pair))
}

async function judged(options: { readonly exact: boolean; readonly waiting: boolean }, from: number, sliced = false) {
  const all: Judged[] = []
  const overlooked: string[] = []
  let explored = 0
  for (let seed = from; seed < from + COUNT; seed++) {
    const behaviour: Behaviour = randomBehaviour(seed, options)
    const truth = reachable(behaviour)
    if (truth === undefined) continue
    explored++
    const { findings } = await checkConflicts(behaviour, judgedKinds, solvers, sliced ? { whole: 0 } : {})
    all.push(...findings.flatMap((finding) => judge(seed, finding, truth)))
    overlooked.push(...missed(findings, truth).map((pair) => `${seed}: ${pair}`))
  }
  return { all, overlooked, explored }
}

const said = ({ seed, finding, holds }: Judged): string =>
  `${seed}: ${finding.id} ${finding.verdict} ${finding.subject}, explored: ${holds}`

describe.each([
  { exact: true, waiting: false, unknown: 0.02, from: 0 },
  { exact: false, waiting: false, unknown: 0.2, from: 10_000 },
  { exact: true, waiting: true, unknown: 0.1, from: 20_000 },
  { exact: true, waiting: true, sliced: true, unknown: 0.1, from: 40_000 },
  { exact: false, waiting: true, unknown: 0.3, from: 30_000 },
])('behaviours with exact: $exact, waiting: $waiting, sliced: $sliced', ({ exact, waiting, sliced, unknown, from }) => {
  it(
    'are judged as exploration judges them',
    async () => {
      const { all, overlooked, explored } = await judged({ exact, waiting }, from, sliced)
      expect(explored).toBeGreaterThan(COUNT * (waiting ? 0.6 : 0.8))
      expect(overlooked).toEqual([])
      expect(all.filter(({ finding, holds }) => finding.verdict === 'proved' && holds).map(said)).toEqual([])
      expect(
        all.filter(({ finding, holds }) => (finding.verdict === 'conflict' || finding.verdict === 'possible') && !holds).map(said),
      ).toEqual([])
      const open = all.filter(({ finding }) => finding.verdict === 'unknown')
      // A verdict that the checker takes back hides an error of the compiler.
      expect(open.filter(({ finding }) => finding.why?.startsWith('the checker contradicts') === true).map(said)).toEqual([])
      expect(open.length / all.length, open.map(said).join('\n')).toBeLessThanOrEqual(unknown)
      const count = (id: string, verdict: string): number =>
        all.filter(({ finding }) => finding.id === id && finding.verdict === verdict).length
      const enough = COUNT / (waiting ? 30 : 15)
      expect(count('K1', 'conflict')).toBeGreaterThanOrEqual(enough)
      expect(count('K3', 'conflict')).toBeGreaterThanOrEqual(enough)
      expect(count('K17', 'conflict')).toBeGreaterThan(COUNT / 15)
      if (!exact) expect(all.filter(({ finding }) => finding.verdict === 'possible').length).toBeGreaterThan(COUNT / 30)
    },
    LONG ? 3_600_000 : 600_000,
  )
})
