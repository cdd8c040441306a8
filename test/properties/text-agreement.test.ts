/** Verdicts against exhaustive exploration where guards and written values are computed as texts: what is proved is unreachable, what is a conflict is reachable. */
import { afterAll, expect, it } from 'vitest'
import { conflictKinds } from '../../constraints/conflict.ts'
import type { AutomationExpression, Behaviour, ThingAttribute, Value } from '../../src/model/automation.ts'
import { checkConflicts } from '../../src/solve/check-conflicts.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { type Dice, diceOf, randomBehaviour, valuesOf } from '../oracle/random-behaviour.ts'
import { reachable } from '../oracle/reactions.ts'
import { apply, read, val } from '../oracle/words.ts'

const COUNT = process.env['FLEETPROOF_LONG'] === undefined ? 20 : 1_000
const solvers = createSolvers()
afterAll(() => solvers.close())

const spelled = (value: Value): string => (value === true ? 'True' : value === false ? 'False' : String(value))

/** A condition on what one or two attributes print as. */
function textCondition(dice: Dice, attributes: readonly ThingAttribute[]): AutomationExpression {
  const [one, other] = [dice.pick(attributes), dice.pick(attributes)]
  const word = spelled(dice.pick(valuesOf(one.type)))
  const shown = apply('text', read(one.id))
  const both = apply('concat', read(one.id), val('-'), read(other.id))
  return dice.pick<() => AutomationExpression>([
    () => apply('==', apply('concat', val('is '), read(one.id)), val(`is ${word}`)),
    () => apply('contains', both, val(word)),
    () => apply('==', both, val(`${word}-${spelled(dice.pick(valuesOf(other.type)))}`)),
    () => apply('starts', shown, val(word.slice(0, 1))),
    () => apply('ends', apply('upper', shown), val(word.slice(-1).toUpperCase())),
    () => apply('==', apply('lower', shown), val(word.toLowerCase())),
    () => apply('>', apply('length', shown), val(dice.pick([1, 3, 4]))),
    () => apply('==', apply('slice', shown, val(0), val(1)), val(word.slice(0, 1))),
    () => apply('==', apply('part', both, val('-'), val(1)), val(spelled(dice.pick(valuesOf(other.type))))),
    () => apply('==', apply('number', apply('concat', read(one.id), val('0'))), val(10)),
    () => apply('matches', shown, val('^[h-o]|1')),
    () => apply('not', apply('precedes', shown, val(word))),
  ])()
}

function withTexts(seed: number): Behaviour {
  const behaviour = randomBehaviour(seed, { exact: true })
  const dice = diceOf(seed + 1)
  return {
    ...behaviour,
    applications: behaviour.applications.map((application) => ({
      ...application,
      automations: application.automations.map((automation) =>
        dice.chance(0.7) ? { ...automation, guard: textCondition(dice, behaviour.attributes) } : automation,
      ),
    })),
  }
}

it(
  'agrees with exploration',
  async () => {
    const wrong: string[] = []
    const counts = new Map<string, number>()
    for (let seed = 70_000; seed < 70_000 + COUNT; seed++) {
      const behaviour = withTexts(seed)
      const truth = reachable(behaviour)
      if (truth === undefined) continue
      const { findings } = await checkConflicts(behaviour, conflictKinds, solvers)
      const admitted = new Set<string>()
      for (const { id, verdict, actuator, rules, subject } of findings) {
        const key = [actuator ?? '', ...rules].join('|')
        if ((id === 'K1' || id === 'K2') && verdict !== 'proved') admitted.add(key)
        const holds =
          id === 'K3'
            ? truth.k3.has(key)
            : id === 'K17' && !subject.includes('/')
              ? truth.k17.has(subject)
              : truth.k1.has(key) || truth.k2.has(key)
        if (!['K1', 'K2', 'K3', 'K17'].includes(id) || (id === 'K17' && subject.includes('/')) || subject.includes('dead writers')) continue
        if ((id === 'K1' || id === 'K2') && (rules.length !== 2 || verdict === 'proved')) continue
        counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
        if ((verdict === 'proved' && holds) || (verdict === 'conflict' && !holds) || verdict === 'possible')
          wrong.push(`${seed}: ${id} ${verdict} ${subject}, explored: ${holds}`)
      }
      wrong.push(...[...truth.k1, ...truth.k2].filter((pair) => !admitted.has(pair)).map((pair) => `${seed}: overlooked ${pair}`))
    }
    expect(wrong).toEqual([])
    const all = [...counts.values()].reduce((sum, one) => sum + one, 0)
    expect(counts.get('conflict') ?? 0).toBeGreaterThan(COUNT / 6)
    expect((counts.get('unknown') ?? 0) / all, JSON.stringify([...counts])).toBeLessThan(0.3)
  },
  COUNT * 5_000,
)
