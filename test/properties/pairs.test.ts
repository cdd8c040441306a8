/** What is decided about two rules without a solver: against Z3 on what they need, every witness evaluated, every certificate decided again, none that is corrupted. */
import { describe, expect, it } from 'vitest'
import { generatePairRules } from '../../benchmarks/pairs-generator.ts'
import { pairsVsZ3 } from '../../benchmarks/pairs-vs-z3.ts'
import { inconsistentValues } from '../../constraints/conflict/inconsistent-values.ts'
import { oppositeActuation } from '../../constraints/conflict/opposite-actuation.ts'
import { structureOf } from '../../src/compile/conflicts-structure.ts'
import { compilePairs } from '../../src/compile/pairs/compile-pairs.ts'
import { boxesMeet, decidePair } from '../../src/compile/pairs/table.ts'
import { witnessOf } from '../../src/compile/pairs/witness.ts'
import type { AutomationExpression, Behaviour } from '../../src/model/automation.ts'
import type { ConflictCertificate, DisjointReason, Finding } from '../../src/model/conflict.ts'
import { checkConflicts } from '../../src/solve/check-conflicts.ts'
import { verifyFinding } from '../../src/verify/conflicts.ts'
import { evaluate, toDatum } from '../../src/verify/values.ts'
import { apply, behaviour, changed, enumeration, actuator, range, read, sensor, set, val } from '../oracle/words.ts'
import { randomBehaviour } from '../oracle/random-behaviour.ts'
import { reachable } from '../oracle/reactions.ts'

/** Gives up on every question: what is decided is decided without it. */
const nobody = {
  askAll: (scripts: readonly string[]) => Promise.resolve(scripts.map(() => ({ is: 'unknown' as const, why: 'nobody asks' }))),
}
const kinds = [oppositeActuation, inconsistentValues]

const real = { is: 'number', integer: false } as const
const lamp = actuator('lamp', enumeration('off', 'low', 'high'))
const things = [
  sensor('go', range(0, 1)),
  sensor('x', real),
  sensor('y', real),
  sensor('z', real),
  sensor('n', { is: 'number', integer: true }),
  sensor('minute', range(0, 1439)),
  sensor('day', range(0, 6)),
  sensor('mode', enumeration('home', 'away', 'night')),
  lamp,
]

/** Two rules of one event, each with its guard. */
const two = (first: AutomationExpression, second: AutomationExpression): Behaviour =>
  behaviour(things, {
    a: { when: [changed('go')], guard: first, steps: [set('s', 'lamp', 'low')] },
    b: { when: [changed('go')], guard: second, steps: [set('s', 'lamp', 'high')] },
  })

const verdictOf = (first: AutomationExpression, second: AutomationExpression) => {
  const { table, group, scratch } = compilePairs(structureOf(two(first, second)), () => true)
  return decidePair(table, group('a', 'lamp'), group('b', 'lamp'), scratch)
}

const findingFor = async (model: Behaviour): Promise<Finding> => {
  const { findings } = await checkConflicts(model, kinds, nobody)
  return findings.find(({ rules, id }) => rules.length === 2 && id === 'K2')!
}

const x = read('x')
const y = read('y')
const z = read('z')
const n = read('n')
const minute = read('minute')
const day = read('day')
const mode = read('mode')
const within = (from: number, to: number): AutomationExpression =>
  apply(from <= to ? 'and' : 'or', apply('>=', minute, val(from)), apply('<', minute, val(to)))
const minus = (a: AutomationExpression, b: AutomationExpression): AutomationExpression => apply('-', a, b)

describe.each<[string, AutomationExpression, AutomationExpression, 'meets' | 'disjoint']>([
  ['ends that both reach', apply('>=', x, val(0.1)), apply('<=', x, val(0.1)), 'meets'],
  ['an end that one does not reach', apply('>', x, val(0.1)), apply('<=', x, val(0.1)), 'disjoint'],
  ['an open gap between neighbours', apply('>', x, val(0.1)), apply('<', x, val(0.2)), 'meets'],
  ['no whole number between neighbours', apply('>', n, val(3)), apply('<', n, val(4)), 'disjoint'],
  ['a whole number between fractions', apply('>', n, val(2.5)), apply('<', n, val(3.5)), 'meets'],
  ['windows around midnight that meet', within(1320, 360), within(300, 400), 'meets'],
  ['windows around midnight that touch', within(1320, 360), within(360, 1320), 'disjoint'],
  ['two windows around midnight', within(1320, 10), within(1400, 5), 'meets'],
  [
    'days apart',
    apply('or', apply('==', day, val(0)), apply('==', day, val(6))),
    apply('and', apply('>', day, val(0)), apply('<', day, val(6))),
    'disjoint',
  ],
  ['choices apart', apply('==', mode, val('home')), apply('not', apply('!=', mode, val('night'))), 'disjoint'],
  ['choices that leave one', apply('!=', mode, val('home')), apply('!=', mode, val('night')), 'meets'],
  ['a circle of differences below zero', apply('and', apply('<', x, y), apply('<=', y, z)), apply('<=', z, x), 'disjoint'],
  ['a circle of differences of zero', apply('and', apply('<=', x, y), apply('<=', y, z)), apply('<=', z, x), 'meets'],
  [
    'differences and bounds',
    apply('and', apply('>', minus(x, y), val(2.5)), apply('<=', x, val(20))),
    apply('>=', y, val(17.5)),
    'disjoint',
  ],
  [
    'differences and bounds that just meet',
    apply('and', apply('>=', minus(x, y), val(2.5)), apply('<=', x, val(20))),
    apply('>=', y, val(17.5)),
    'meets',
  ],
])('%s', (_, first, second, expected) => {
  it(`is ${expected}, either way round`, async () => {
    expect(verdictOf(first, second)).toBe(expected)
    expect(verdictOf(second, first)).toBe(expected)
    const finding = await findingFor(two(first, second))
    expect(finding.verdict).toBe(expected === 'meets' ? 'conflict' : 'proved')
    expect(finding.checkedBy).toBe(expected === 'meets' ? 'interpreter' : 'structure')
    if (expected === 'disjoint') expect(finding.certificate?.is).toBe('disjoint')
  })
})

describe('random rules', { timeout: 120_000 }, () => {
  const model = generatePairRules({ rules: 30, seed: 3 })
  const structure = structureOf(model)
  const { table, group, scratch } = compilePairs(structure, () => true)
  const rules = structure.rules.map(({ automation }) => automation.id)

  it('meet where a valuation satisfies both guards, which the witness does', () => {
    let shown = 0
    for (const [at, one] of rules.entries())
      for (const other of rules.slice(at + 1)) {
        const [a, b] = [group(one, 'lamp-0'), group(other, 'lamp-0')]
        for (let i = a.from; i < a.to; i++)
          for (let j = b.from; j < b.to; j++) {
            const values = witnessOf(table, i, j, scratch, (id) => structure.attributes.get(id)!)
            if (!boxesMeet(table, i, j, scratch)) continue
            expect(values).toBeDefined()
            const attribute = (id: string) => toDatum(values!.get(id) ?? null)
            for (const { condition, truth } of [...table.ways[i]!.literals, ...table.ways[j]!.literals])
              expect(evaluate(condition, { attribute, local: () => null, any: () => null }) === true).toBe(truth)
            shown++
          }
      }
    expect(shown).toBeGreaterThan(20)
  })

  it('are judged without a solver, and each certificate and run is decided again', async () => {
    const { findings, statistics } = await checkConflicts(model, [inconsistentValues], nobody)
    expect(statistics.solverCalls).toBe(0)
    const verdicts = findings.map(({ verdict }) => verdict)
    expect(new Set(verdicts)).toEqual(new Set(['proved', 'conflict']))
    const parted = findings.filter(({ certificate }) => certificate?.is === 'disjoint')
    expect(parted.length).toBeGreaterThan(5)
    expect(parted.filter((finding) => !verifyFinding(model, finding).agrees).map(({ subject }) => subject)).toEqual([])
    const asked = await checkConflicts({ ...model, applications: [firstRules(model, 8)] }, [inconsistentValues], nobody)
    for (const finding of asked.findings) {
      const before = findings.find(({ subject }) => subject === finding.subject)
      if (before !== undefined) expect(finding.verdict).toBe(before.verdict)
    }
  })

  it('are refuted where a certificate is not as it was', async () => {
    const { findings } = await checkConflicts(model, [inconsistentValues], nobody)
    const parted = findings.filter(({ certificate }) => certificate?.is === 'disjoint' && certificate.reasons.length > 0).slice(0, 30)
    let corrupted = 0
    for (const finding of parted)
      for (const certificate of corruptions(finding.certificate as Extract<ConflictCertificate, { is: 'disjoint' }>)) {
        corrupted++
        const answer = verifyFinding(model, { ...finding, certificate })
        expect(answer.agrees, JSON.stringify([finding.subject, certificate])).toBe(false)
        expect(answer.checkedBy).toBe('structure')
      }
    expect(corrupted).toBeGreaterThan(20)
  })
})

const firstRules = (model: Behaviour, count: number) => ({
  ...model.applications[0]!,
  automations: model.applications[0]!.automations.slice(0, count),
})

/** Reasons left out, made weaker, or about something else. */
function corruptions({ reasons }: Extract<ConflictCertificate, { is: 'disjoint' }>): readonly ConflictCertificate[] {
  const made = (list: readonly DisjointReason[]): ConflictCertificate => ({ is: 'disjoint', reasons: list })
  const changedReasons = reasons.flatMap((reason, at): readonly ConflictCertificate[] => {
    const instead = (other: DisjointReason): ConflictCertificate => made(reasons.map((one, index) => (index === at ? other : one)))
    switch (reason.is) {
      case 'event':
        return []
      case 'attribute': {
        const everything = { is: 'except', values: [] } as const
        return [
          instead({ ...reason, attribute: 'motion' }),
          instead({ ...reason, attribute: 'lamp-0' }),
          instead({ ...reason, first: reason.second, second: reason.first }),
          instead({ ...reason, first: everything }),
          instead({ ...reason, second: everything }),
        ]
      }
      case 'circle':
        return [
          instead({ ...reason, bounds: reason.bounds.slice(1) }),
          instead({ ...reason, bounds: reason.bounds.map((bound) => ({ ...bound, bound: '-1000' })) }),
          instead({ ...reason, bounds: reason.bounds.map((bound) => ({ ...bound, bound: '1000' })) }),
        ]
    }
  })
  return [made([]), made([...reasons, { is: 'event' }]), ...changedReasons]
}

it('agree with Z3 on each pair of rules that is asked', { timeout: 120_000 }, async () => {
  const { details } = await pairsVsZ3({ runs: 1, seed: 5 }, 60, 150)
  expect(details['solver']).toMatchObject({ pairs: 150, disagreements: 0, unknown: 0 })
})

describe('rules of every sort', () => {
  it('are never parted where some reaction has both commands', () => {
    let [parted, met, held] = [0, 0, 0]
    for (let seed = 50_000; seed < 50_080; seed++) {
      const model = randomBehaviour(seed, { exact: seed % 2 === 0, waiting: seed % 3 === 0 })
      const truth = reachable(model, { states: 200, reactions: 100, steps: 60 })
      if (truth === undefined) continue
      const structure = structureOf(model)
      const { table, group, scratch } = compilePairs(structure, () => true)
      const rules = structure.rules.map(({ automation }) => automation.id).sort()
      for (const { id } of model.attributes.filter(({ role }) => role === 'actuator'))
        for (const [at, one] of rules.entries())
          for (const other of rules.slice(at + 1)) {
            const verdict = decidePair(table, group(one, id), group(other, id), scratch)
            const key = [id, one, other].join('|')
            const holds = truth.k1.has(key) || truth.k2.has(key)
            if (holds) held++
            if (verdict === 'disjoint') {
              parted++
              expect(holds, `${seed} ${key}`).toBe(false)
            } else if (verdict === 'meets') {
              met++
              expect(holds, `${seed} ${key}`).toBe(true)
            }
          }
    }
    expect([parted > 100, met > 0, held > 5]).toEqual([true, true, true])
  }, 120_000)
})
