/** What `verify/` says of findings, against the oracle: it never confirms what is not so, and decides what is small. */
import { describe, expect, it } from 'vitest'
import type { Behaviour, Value, ValueType } from '../../src/model/automation.ts'
import type { Finding, OpenChoice, OutsideEvent, Run } from '../../src/model/conflict.ts'
import { verifyFinding } from '../../src/verify/conflicts.ts'
import { enumerateReactions, smallLimits } from '../../src/verify/enumerate.ts'
import { replay, startState, stateKey, step } from '../../src/verify/interpreter.ts'
import type { Chooser } from '../../src/verify/interpreter.ts'
import { diceOf, randomBehaviour, valuesOf } from '../oracle/random-behaviour.ts'
import type { Dice } from '../oracle/random-behaviour.ts'
import { reachable } from '../oracle/reactions.ts'
import { actuator, any, apply, at, behaviour, bool, button, changed, enumeration, local, read, sensor, set, val } from '../oracle/words.ts'
import type { Rule } from '../oracle/words.ts'

function finding(id: string, verdict: Finding['verdict'], rules: readonly string[], rest: Partial<Finding> = {}): Finding {
  const plain = {
    kind: id,
    id,
    severity: 'error',
    verdict,
    checkedBy: 'nobody',
    subject: rules.join('|'),
    rules,
    locations: [],
    text: '',
    trace: [],
    leansOn: [],
    fingerprint: '',
  } as const
  return { ...plain, ...rest }
}

const small = Array.from({ length: 120 }, (_, at) => at + 1_000).flatMap((seed) => {
  const of = randomBehaviour(seed)
  const found = reachable(of)
  return found === undefined ? [] : [{ seed, of, found }]
})
const rulesOf = (of: Behaviour): string[] => of.applications.flatMap(({ automations }) => automations.map(({ id }) => id)).sort()
const actuatorsOf = (of: Behaviour): string[] => of.attributes.filter(({ role }) => role === 'actuator').map(({ id }) => id)

describe('proofs', () => {
  it('are confirmed for exactly what the oracle does not find', () => {
    const tally = { structure: 0, enumeration: 0, wrong: 0, undecided: 0 }
    for (const { seed, of, found } of small) {
      const rules = rulesOf(of)
      const pairs = rules.flatMap((a, i) => rules.slice(i + 1).map((b) => [a, b]))
      const claims = actuatorsOf(of).flatMap((x) => [
        ...pairs.map((pair) => ({ of: finding('K1', 'proved', pair, { actuator: x }), so: !found.k1.has([x, ...pair].join('|')) })),
        ...rules.map((rule) => ({ of: finding('K3', 'proved', [rule], { actuator: x }), so: !found.k3.has(`${x}|${rule}`) })),
      ])
      const dead = rules.map((rule) => ({ of: finding('K17', 'conflict', [rule]), so: found.k17.has(rule) }))
      for (const claim of [...claims, ...dead]) {
        const checked = verifyFinding(of, claim.of)
        if (checked.checkedBy === 'nobody') tally.undecided++
        else {
          expect({ seed, finding: claim.of, agrees: checked.agrees, why: checked.why }).toEqual({
            seed,
            finding: claim.of,
            agrees: claim.so,
            why: checked.why,
          })
          tally[!checked.agrees ? 'wrong' : checked.checkedBy === 'structure' ? 'structure' : 'enumeration']++
        }
      }
    }
    expect(Math.min(tally.structure, tally.enumeration, tally.wrong)).toBeGreaterThan(40)
    expect(tally.undecided).toBeLessThan(0.05 * (tally.structure + tally.enumeration + tally.wrong))
  })
})

/** A random run with the choices that it made. */
function randomRun(of: Behaviour, dice: Dice, length: number): Run {
  const choices: OpenChoice[] = []
  const value = (type: ValueType): Value => dice.pick(valuesOf(type))
  const keep = <Choice extends OpenChoice>(choice: Choice): Choice => (choices.push(choice), choice)
  const chooser: Chooser = {
    value: (part, type, among) => keep({ is: 'value', part, value: among === undefined ? value(type) : dice.pick(among) }).value,
    write: (part, attribute, type) => keep({ is: 'write', part, attribute, value: dice.chance(0.5) ? { none: true } : value(type) }).value,
    goOn: (part) => keep({ is: 'continue', part, yes: dice.chance(0.5) }).yes,
    order: (automations, kept) =>
      keep({ is: 'order', automations: kept.length > 0 || dice.chance(0.5) ? automations : [...automations].reverse() }).automations,
  }
  const initial = Object.fromEntries(of.attributes.map(({ id, type, initial }) => [id, dice.pick(initial ?? valuesOf(type))]))
  const start = startState(of, initial)
  if (!start.ok) throw new Error('a start that is none')
  let state = start.value
  const events: OutsideEvent[] = []
  while (events.length < length) {
    const { id, type } = dice.pick(of.attributes)
    const rule = dice.pick(of.applications.flatMap(({ automations }) => automations))
    const waiting = state.waiting[0]
    const event = dice.pick<OutsideEvent>([
      { is: 'write', attribute: id, value: value(type) },
      { is: 'write', attribute: id, value: value(type) },
      {
        is: 'pull',
        automation: rule.id,
        trigger: 0,
        payload: rule.triggers[0]?.on === 'outside' && rule.triggers[0].payload.is === 'value' ? rule.triggers[0].payload.value : null,
      },
      waiting === undefined
        ? { is: 'restart' }
        : { is: 'resume', automation: waiting.automation, step: waiting.step, nth: 0, timedOut: false },
    ])
    const before = choices.length
    try {
      const reaction = step(of, state, event, chooser)
      if (reaction.loop) {
        choices.length = before
        break
      }
      state = reaction.state
      events.push(event)
    } catch (error) {
      if ((error as { code?: string }).code !== 'verify/not-admissible') throw error
      if (dice.chance(0.02)) break
    }
  }
  return { initial, events, choices }
}

describe('random runs', () => {
  const runs = small.map(({ seed, of, found }) => ({ of, found, run: randomRun(of, diceOf(seed), 12) }))
  it('replay, always to the same bytes', () => {
    for (const { of, run } of runs) {
      const [once, twice] = [replay(of, run), replay(structuredClone(of), run)]
      expect(once.diagnostics).toEqual([])
      expect(once.reactions).toHaveLength(run.events.length)
      expect(once.reactions.map(({ state, lines }) => [stateKey(state), lines])).toEqual(
        twice.reactions.map(({ state, lines }) => [stateKey(state), lines]),
      )
    }
  })
  it('show a conflict only where the oracle has it, and then are accepted as its witness', () => {
    let shown = 0
    for (const { of, found, run } of runs) {
      const rules = rulesOf(of)
      for (const x of actuatorsOf(of)) {
        for (const pair of rules.flatMap((a, i) => rules.slice(i + 1).map((b) => [a, b]))) {
          const checked = verifyFinding(of, finding('K1', 'possible', pair, { actuator: x, run }))
          if (checked.agrees) expect(found.k1).toContain([x, ...pair].join('|'))
          if (checked.agrees) shown++
        }
      }
    }
    expect(shown).toBeGreaterThan(10)
  })
})

describe('findings', () => {
  const motion = sensor('motion', bool)
  const lamp = actuator('lamp', bool)
  const rule = (value: Value, rest: Partial<Rule> = {}): Rule => ({ when: [changed('motion')], steps: [set('s', 'lamp', value)], ...rest })
  const flip: Run = { initial: {}, events: [{ is: 'write', attribute: 'motion', value: true }], choices: [] }
  const k1 = (verdict: Finding['verdict'], rest: Partial<Finding> = {}) =>
    finding('K1', verdict, ['a', 'b'], { actuator: 'lamp', run: flip, ...rest })

  it('accepts a run that shows the conflict, and no other', () => {
    expect(verifyFinding(behaviour([motion, lamp], { a: rule(true), b: rule(false) }), k1('conflict'))).toEqual({
      agrees: true,
      checkedBy: 'interpreter',
    })
    expect(verifyFinding(behaviour([motion, lamp], { a: rule(true), b: rule(true) }), k1('conflict')).agrees).toBe(false)
    expect(
      verifyFinding(behaviour([motion, lamp], { a: rule(true), b: rule(false) }), k1('conflict', { run: { ...flip, events: [] } })).agrees,
    ).toBe(false)
    expect(
      verifyFinding(behaviour([motion, lamp], { a: rule(true), b: rule(false) }), k1('conflict', { rules: ['a', 'nobody'] })).agrees,
    ).toBe(false)
  })
  it('needs two members of an exclusion at once', () => {
    const up = actuator('up', bool)
    const rules = { a: rule(true), b: rule(true, { steps: [set('s', 'up', true)] }) }
    const shade = {
      name: 'shade',
      members: [
        { attribute: 'lamp', value: true },
        { attribute: 'up', value: true },
      ],
    }
    expect(verifyFinding(behaviour([motion, lamp, up], rules, { exclusions: [shade] }), k1('conflict', { actuator: 'shade' })).agrees).toBe(
      true,
    )
    expect(verifyFinding(behaviour([motion, lamp, up], rules, { exclusions: [shade] }), k1('proved'))).toMatchObject({
      agrees: false,
      checkedBy: 'enumeration',
    })
    expect(verifyFinding(behaviour([motion, lamp, up], rules), k1('proved'))).toEqual({ agrees: true, checkedBy: 'structure' })
  })
  it('sees two members of an exclusion left standing, each by its own rule', () => {
    const [up, cloudy] = [actuator('up', bool), sensor('cloudy', bool)]
    const members = [
      { attribute: 'lamp', value: true },
      { attribute: 'up', value: true },
    ]
    const exclusions = [{ name: 'shade', members }]
    const of = (value: Value): Behaviour =>
      behaviour(
        [motion, cloudy, lamp, up],
        { a: rule(true), b: { when: [changed('cloudy')], steps: [set('s', 'up', value)] } },
        { exclusions },
      )
    const write = (attribute: string): OutsideEvent => ({ is: 'write', attribute, value: true })
    const both: Run = { initial: {}, events: [write('motion'), write('cloudy')], choices: [] }
    const standing = (verdict: Finding['verdict'], run: Run = both): Finding =>
      k1(verdict, { actuator: 'shade', subject: 'shade a b (standing)', run })
    expect(verifyFinding(of(true), standing('conflict'))).toEqual({ agrees: true, checkedBy: 'interpreter' })
    // Neither one reaction alone, nor a member that stands at its start, is what two rules leave.
    expect(verifyFinding(of(true), { ...standing('conflict'), subject: 'shade a b' }).agrees).toBe(false)
    expect(verifyFinding(of(true), standing('conflict', { ...both, initial: { up: true }, events: [write('motion')] })).agrees).toBe(false)
    expect(verifyFinding(of(false), standing('conflict')).agrees).toBe(false)
    expect(verifyFinding(of(false), standing('proved'))).toEqual({ agrees: true, checkedBy: 'structure' })
    expect(verifyFinding(of(true), standing('proved'))).toMatchObject({ agrees: false, checkedBy: 'nobody' })
  })
  it('takes a run as a witness where what leans comes after what it shows', () => {
    const late = { id: 'late', do: 'unmodelled', part: 'p', writes: ['lamp'] } as const
    const of = behaviour([motion, lamp], { a: rule(true), b: rule(false), c: { when: [changed('motion')], steps: [late] } })
    const choices: OpenChoice[] = [
      { is: 'write', part: 'p', attribute: 'lamp', value: { none: true } },
      { is: 'continue', part: 'p', yes: false },
    ]
    expect(verifyFinding(of, k1('conflict', { run: { ...flip, choices } })).agrees).toBe(true)
    const alive = (leansOn: readonly string[]): Finding => {
      const guarded = { ...flip, choices: [{ is: 'value', part: 'q', value: true }] as const }
      return finding('K17', 'proved', ['d'], { run: guarded, leansOn })
    }
    const open = behaviour([motion, lamp], { d: rule(true, { guard: any(bool, 'q') }) })
    expect(verifyFinding(open, alive(['q'])).agrees).toBe(true)
    expect(verifyFinding(open, alive([]))).toMatchObject({ agrees: false, checkedBy: 'interpreter' })
  })
  it('leaves pairs of numbers to K2', () => {
    const of = behaviour([motion, actuator('lamp', { is: 'number', integer: false })], { a: rule(0.1), b: rule(0.3) })
    expect(verifyFinding(of, k1('conflict')).agrees).toBe(false)
    expect(verifyFinding(of, { ...k1('conflict'), id: 'K2' }).agrees).toBe(true)
    const equal = behaviour([motion, actuator('lamp', { is: 'number', integer: false })], {
      a: rule(0.3),
      b: { ...rule(0), steps: [set('s', 'lamp', apply('+', val(0.1), val(0.2)))] },
    })
    expect(verifyFinding(equal, { ...k1('conflict'), id: 'K2' }).agrees).toBe(false)
    expect(verifyFinding(equal, { ...k1('proved'), id: 'K2' })).toEqual({ agrees: true, checkedBy: 'structure' })
  })
  it('admits what is not modelled for `possible` alone', () => {
    const of = behaviour([motion, lamp], { a: rule(true), b: rule(false, { guard: any(bool, 'p') }) })
    const run: Run = { ...flip, choices: [{ is: 'value', part: 'p', value: true }] }
    expect(verifyFinding(of, k1('possible', { run })).agrees).toBe(true)
    expect(verifyFinding(of, k1('conflict', { run }))).toMatchObject({ agrees: false, checkedBy: 'interpreter' })
  })
  it('finds what contradicts itself in a guard dead, and what no branch reaches', () => {
    const t = sensor('t', { is: 'number', low: 0, high: 50, integer: false })
    const of = behaviour([motion, t, lamp, sensor('mode', enumeration('x', 'y'))], {
      a: rule(true, { guard: apply('and', apply('>', read('t'), val(30)), apply('<', read('t'), val(20))) }),
      b: rule(true, { guard: apply('>', read('t'), val(50)) }),
      c: rule(true, { when: [changed('mode', { to: ['z'] })] }),
      d: rule(true, { when: [{ on: 'event', event: 'e' }] }),
      e: {
        when: [button('go')],
        steps: [
          { id: 'b', do: 'branch', every: false, cases: [{ when: apply('==', local('trigger'), val(3)), next: ['s'] }], next: ['o'] },
          set('s', 'lamp', true),
          set('o', 'lamp', true),
        ],
      },
    })
    for (const id of ['a', 'b', 'c', 'd'])
      expect([id, verifyFinding(of, finding('K17', 'conflict', [id]))]).toEqual([id, { agrees: true, checkedBy: 'structure' }])
    const certificate = { is: 'structure', argument: 'unreachable', facts: ['s'] } as const
    expect(verifyFinding(of, finding('K17', 'conflict', ['e'], { certificate }))).toEqual({ agrees: true, checkedBy: 'structure' })
    expect(verifyFinding(of, finding('K17', 'conflict', ['e']))).toMatchObject({ agrees: false, checkedBy: 'enumeration' })
  })
  it('asks a run of a rule that lives', () => {
    const of = behaviour([motion, lamp], { a: rule(true), b: rule(false, { when: [{ on: 'never', because: 'x', causes: [] }] }) })
    expect(verifyFinding(of, finding('K17', 'proved', ['a'], { run: flip })).agrees).toBe(true)
    expect(verifyFinding(of, finding('K17', 'proved', ['b'], { run: flip })).agrees).toBe(false)
  })
  it('looks dangling names up', () => {
    const plain = behaviour([motion, lamp], { a: rule(true) })
    const of: Behaviour = {
      ...plain,
      applications: plain.applications.map((one) => ({
        ...one,
        dangling: [
          { id: 'link:1', at, text: '' },
          { id: 'motion', at, text: '' },
        ],
      })),
    }
    const k0 = (fact: string) =>
      finding('K0', 'conflict', [], { certificate: { is: 'structure', argument: 'nothing-provides', facts: [fact] } })
    expect(verifyFinding(of, k0('link:1'))).toEqual({ agrees: true, checkedBy: 'structure' })
    expect(verifyFinding(of, k0('link:2')).agrees).toBe(false)
    expect(verifyFinding(of, k0('motion')).agrees).toBe(false)
  })
})

describe('enumeration', () => {
  it('lets two unmodelled writes of a number differ, though nothing reads it', () => {
    const step = (part: string): Rule => ({ when: [changed('m')], steps: [{ id: 'u', do: 'unmodelled', part, writes: ['x'] }] })
    const of = behaviour([sensor('m', bool), actuator('x', { is: 'number', integer: false })], { a: step('p'), b: step('q') })
    expect(verifyFinding(of, finding('K2', 'proved', ['a', 'b'], { actuator: 'x' }))).toMatchObject({
      agrees: false,
      checkedBy: 'enumeration',
    })
  })
  it('sees all classes of numbers, and refuses where classes would not do', () => {
    const t = sensor('t', { is: 'number', integer: false })
    const rules = (value: Parameters<typeof apply>[1]) => ({
      a: {
        when: [changed('t')],
        guard: apply('and', apply('>', read('t'), val(20)), apply('<', read('t'), val(20.5))),
        steps: [set('s', 'x', true)],
      },
      b: { when: [changed('t')], guard: apply('>=', read('t'), value), steps: [set('s', 'x', false)] },
    })
    const writes = (of: Behaviour): unknown => {
      let most = 0
      const explored = enumerateReactions(of, smallLimits, (reaction) => void (most = Math.max(most, reaction.writes.length)))
      return explored.complete ? most : explored.why
    }
    expect(writes(behaviour([t, actuator('x', bool)], rules(val(20.5))))).toBe(1)
    expect(writes(behaviour([t, actuator('x', bool)], rules(val(20.4))))).toBe(2)
    expect(writes(behaviour([t, actuator('x', bool)], rules(apply('+', read('t'), val(0)))))).toBe(
      '`b` computes with values of a type that has too many',
    )
  })
})
