/** The kinds about rules that start, undo, repeat and outrun each other, against exhaustive exploration of random small behaviours. */
import { afterAll, expect, it } from 'vitest'
import { conflictKindsInFull } from '../../constraints/conflict.ts'
import type { Automation, Behaviour, Step } from '../../src/model/automation.ts'
import type { Finding } from '../../src/model/conflict.ts'
import { checkConflicts } from '../../src/solve/check-conflicts.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { verifyFinding } from '../../src/verify/conflicts.ts'
import { moreReachable, type More } from '../oracle/more-reactions.ts'
import { diceOf, randomBehaviour } from '../oracle/random-behaviour.ts'

const LONG = process.env['FLEETPROOF_LONG'] !== undefined
const COUNT = LONG ? 1_500 : 24
const CHECKED = ['K6', 'K8', 'K9', 'K10', 'K11', 'K13', 'K15', 'K16', 'K32', 'K34']
const kinds = conflictKindsInFull.filter(({ number }) => CHECKED.includes(number))
const solvers = createSolvers()
afterAll(() => solvers.close())

/** Random, with what these kinds speak of besides: toggles, sensors that are not there, modes. */
function behaviourOf(seed: number): Behaviour {
  const dice = diceOf(seed + 77)
  const plain = JSON.parse(JSON.stringify(randomBehaviour(seed, { exact: true })).replaceAll('"off"', '"unavailable"')) as Behaviour
  const bools = new Set(plain.attributes.filter(({ role, type }) => role === 'actuator' && type.is === 'bool').map(({ id }) => id))
  const toggled = (step: Step): Step =>
    step.do === 'set' && bools.has(step.attribute) && dice.chance(0.25)
      ? { ...step, value: { is: 'apply', operator: 'not', arguments: [{ is: 'read', attribute: step.attribute }] } }
      : step
  const automation = (rule: Automation): Automation => ({ ...rule, steps: rule.steps.map(toggled) })
  const isMode = dice.chance(0.5)
  return {
    ...plain,
    applications: plain.applications.map((one) => ({ ...one, automations: one.automations.map(automation) })),
    attributes: plain.attributes.map((one) =>
      isMode && one.role === 'actuator' && one.type.is === 'enum' ? { ...one, role: 'helper', initial: one.type.values } : one,
    ),
  }
}

/** Whether exploration shows what the finding is about. */
function holds({ id, subject, rules, actuator = '' }: Finding, truth: More): boolean {
  const [a = '', b = ''] = rules
  const [from, to] = [`${a} ${b}`, `${actuator} ${a} ${b}`].includes(subject) ? [a, b] : [b, a]
  const directed = `${actuator}|${from}|${to}`
  switch (id) {
    case 'K6':
      return truth.k6.has(`${from}|${to}`)
    case 'K8':
      return truth.k8.has(directed)
    case 'K9':
      return truth.k9.has(directed)
    case 'K10':
      return truth.k10.has(directed)
    case 'K11':
      return truth.k11.has(directed)
    case 'K13':
      return truth.k13.some((circle) => rules.every((rule) => circle.includes(rule)))
    case 'K15':
      return truth.k15.has(`${actuator}|${a}|${b}`)
    case 'K16': {
      const [implied, by] = subject.split(' by ')
      return !truth.not16.has(`${implied ?? ''}|${by ?? ''}`)
    }
    case 'K32':
      return truth.k32.has(`${actuator}|${a}|${b}`)
    case 'K34':
      return truth.k34.has(`${actuator}|${a}|${subject.endsWith('(trigger)') ? 'trigger' : 'guard'}`)
    default:
      throw new Error(id)
  }
}

it('are judged as exploration judges them, and no stored finding is believed once it is changed', async () => {
  const wrong: string[] = []
  const count = new Map<string, number>()
  let broken = 0
  for (let seed = 0; seed < COUNT; seed++) {
    const behaviour = behaviourOf(seed)
    const truth = moreReachable(behaviour)
    if (truth === undefined) continue
    const { findings } = await checkConflicts(behaviour, kinds, solvers)
    for (const finding of findings) {
      const is = holds(finding, truth)
      count.set(`${finding.id} ${finding.verdict}`, (count.get(`${finding.id} ${finding.verdict}`) ?? 0) + 1)
      if (finding.verdict !== 'unknown' && is !== (finding.verdict !== 'proved'))
        wrong.push(`${seed}: ${finding.id} ${finding.verdict} ${finding.subject}`)
      if (finding.why?.startsWith('the checker contradicts') === true)
        wrong.push(`${seed}: ${finding.id} ${finding.subject} ${finding.why}`)
      // A run without its last event shows nothing, nor does the run of one finding show what is not so of other rules.
      if (finding.verdict === 'conflict' && finding.run !== undefined) {
        broken++
        const cut = { ...finding, run: { ...finding.run, events: [] } }
        expect(verifyFinding(behaviour, cut).agrees, `${seed}: ${finding.id} ${finding.subject}`).toBe(false)
        const other = { ...finding, rules: finding.rules.map(() => 'nobody') }
        expect(verifyFinding(behaviour, other).agrees).toBe(false)
      }
    }
  }
  if (LONG) console.log(Object.fromEntries([...count].sort()))
  expect(wrong).toEqual([])
  expect(broken).toBeGreaterThan(LONG ? 500 : 10)
}, 900_000)
