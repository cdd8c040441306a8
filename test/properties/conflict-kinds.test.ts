/** Kinds that speak of two reactions or of states at rest, and answers that are kept. */
import { afterAll, describe, expect, it } from 'vitest'
import { conflictKinds } from '../../constraints/conflict.ts'
import type { ConflictKind } from '../../constraints/reaction.ts'
import { truth } from '../../constraints/symbolic-value.ts'
import { and, any, FALSE, not } from '../../src/smt/build.ts'
import { checkConflicts } from '../../src/solve/check-conflicts.ts'
import { memoryCache } from '../../src/solve/conflict-cache.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { actuator, apply, behaviour, bool, changed, range, read, sensor, set, val } from '../oracle/words.ts'

const solvers = createSolvers({ threads: 1 })
afterAll(() => solvers.close())

const pairs: ConflictKind['subjects'] = (structure) => {
  const [first, second] = structure.rules.map(({ automation }) => automation.id)
  return [{ key: `${first ?? ''} ${second ?? ''}`, rules: [first ?? '', second ?? ''], at: [] }]
}
const plain = { sameEvent: () => FALSE, bad: () => FALSE, severity: () => 'warning' as const, subjects: pairs } as const

/** The first rule starts, and in the next reaction the second. */
const follows: ConflictKind = {
  ...plain,
  id: 'conflict/follows',
  number: 'K901',
  says: 'the second rule starts right after the first',
  shownBy: 'run',
  badOfTwo: ({ rules: [a, b] }, [first, second]) => {
    const starts = (reaction: typeof first, rule: string | undefined) =>
      any(reaction.started.filter((one) => one.rule === rule).map(({ guard }) => guard))
    return and(starts(first, a), starts(second, b))
  },
  text: (_, never) => (never ? 'it never follows' : 'it follows'),
}

/** The guard of the first rule implies that of the second. */
const implied: ConflictKind = {
  ...plain,
  id: 'conflict/implied',
  number: 'K902',
  says: 'one guard implies another',
  shownBy: 'proof',
  relation: ({ rules: [a = '', b = ''] }, state, structure) => {
    const holds = (rule: string) => truth(state.evaluate(structure.rule.get(rule)!.automation.guard))
    return and(holds(a), not(holds(b)))
  },
  text: () => 'it is implied',
}

const t = sensor('t', range(0, 9))
const lamp = actuator('lamp', bool)
const two = (first: number, second: number) =>
  behaviour([t, sensor('door', bool), lamp], {
    a: { when: [changed('t', { to: [first] })], guard: apply('>', read('t'), val(5)), steps: [set('s', 'lamp', true)] },
    b: { when: [changed('t', { to: [second] })], guard: apply('>', read('t'), val(3)), steps: [set('s', 'lamp', false)] },
  })

describe.each([{ whole: 8 }, { whole: 0 }])('looked at with $whole automations at once', (limits) => {
  it('refutes what two reactions never show: the value that starts both must change in between', async () => {
    const told = async (first: number, second: number) =>
      (await checkConflicts(two(first, second), [follows], solvers, limits)).findings.map(
        ({ verdict, checkedBy }) => `${verdict} ${checkedBy}`,
      )
    expect(await told(7, 7)).toEqual(['proved same-solver'])
    // A run shows the other one; it is no verdict before somebody else can tell it again.
    expect(await told(7, 8)).toEqual(['unknown nobody'])
  })
  it('lists a relation that holds, and no other', async () => {
    const { findings } = await checkConflicts(two(7, 7), [implied], solvers, limits)
    expect(findings.map(({ verdict, checkedBy }) => `${verdict} ${checkedBy}`)).toEqual(['conflict same-solver'])
    const turned: ConflictKind = {
      ...implied,
      subjects: (structure) => pairs(structure).map((one) => ({ ...one, rules: [...one.rules].reverse() })),
    }
    expect((await checkConflicts(two(7, 7), [turned], solvers, limits)).findings).toEqual([])
  })
})

it('asks a solver nothing twice, and after a change only what it concerns', async () => {
  const rooms = (level: number) =>
    behaviour(
      [0, 1, 2, 3].flatMap((room) =>
        [sensor(`t${room}`, range(0, 9)), actuator(`x${room}`, range(0, 9)), sensor('sun', bool)].slice(0, room === 0 ? 3 : 2),
      ),
      Object.fromEntries(
        [0, 1, 2, 3].flatMap((room) =>
          ['a', 'b'].map((name) => [
            `${name}${room}`,
            {
              when: [changed(`t${room}`), changed('sun')],
              guard: apply(name === 'a' ? '>' : '<=', read(`t${room}`), val(room === 0 ? level : 5)),
              steps: [set('s', `x${room}`, name === 'a' ? 1 : 2)],
            },
          ]),
        ),
      ),
    )
  const cache = memoryCache()
  const asked = async (level: number) =>
    (await checkConflicts(rooms(level), conflictKinds, solvers, { whole: 0, cache })).statistics.solverCalls
  const first = await asked(5)
  expect(await asked(5)).toBe(0)
  const changedOne = await asked(6)
  expect(changedOne).toBeGreaterThan(0)
  expect(changedOne).toBeLessThan(first)
})
