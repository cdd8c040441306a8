// Threads that are stuck, stopped or dead are replaced, refusals are thrown, and nothing is left behind.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import type { AssignmentProblem } from '../../constraints/problem.ts'
import { ge, int, ite, mul, neg, sub, sum, variable } from '../../src/smt/build.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { askExternal } from '../../src/solve/external.ts'
import { seeded, whole } from './flow-problems.ts'

const solvers = createSolvers({ threads: 1 })
afterAll(() => solvers.close())

const EASY = '(declare-const x Int)(assert (= x 4))(check-sat)(get-value (x))'
/** Is there a sum of three cubes that is 42? (There is, with 17 digits.) */
const STUCK = '(declare-const x Int)(declare-const y Int)(declare-const z Int)(assert (= (+ (* x x x) (* y y y) (* z z z)) 42))(check-sat)'
/** Two billion bits. */
const DEADLY = '(declare-const x (_ BitVec 8))(assert (= ((_ zero_extend 2000000000) x) ((_ sign_extend 2000000000) x)))(check-sat)'
const four = { is: 'sat', values: new Map([['x', { is: 'int', value: 4n }]]) }

describe('a thread', () => {
  it('that is stuck ends with the signal, and the next question is answered', async () => {
    const stop = new AbortController()
    const stuck = solvers.askAll([STUCK, EASY], { signal: stop.signal })
    setTimeout(() => stop.abort(), 1500)
    expect(await stuck).toEqual([
      { is: 'unknown', why: 'it was stopped' },
      { is: 'unknown', why: 'it was stopped' },
    ])
    expect(await solvers.ask(EASY)).toEqual(four)
    expect(await solvers.ask(EASY, { signal: stop.signal })).toEqual({ is: 'unknown', why: 'it was stopped' })
  })

  it('that takes too long is replaced, and the other scripts of its batch are answered', async () => {
    const other = EASY.replace('4', '5')
    const answers = await solvers.askAll([EASY, STUCK, other], { milliseconds: 1000 })
    expect(answers.map(({ is }) => is)).toEqual(['sat', 'unknown', 'sat'])
    expect(answers[0]).toEqual(four)
    expect(answers[1]).toEqual({ is: 'unknown', why: 'the time is used up' })
  })

  it('whose Z3 dies of memory is replaced', async () => {
    const answers = await solvers.askAll([DEADLY, EASY])
    expect(answers).toEqual([{ is: 'unknown', why: 'the solver ran out of memory or stack' }, four])
    expect(await solvers.ask(EASY)).toEqual(four)
  })
})

describe('a question', () => {
  it('with a budget in units ends the same every time, and leaves no budget behind', async () => {
    const spent = { is: 'unknown', why: 'the budget of the solver is used up' }
    expect(await solvers.askAll([STUCK, EASY], { rlimit: 100_000 })).toEqual([spent, four])
    expect(await solvers.ask(STUCK, { rlimit: 100_000 })).toEqual(spent)
    expect(await solvers.ask(EASY)).toEqual(four)
  })

  it('that Z3 refuses is thrown, even where Z3 would go on to say sat', async () => {
    for (const wrong of [
      '(declare-const x Int)(assert (> y 1))(check-sat)',
      '(declare-const x Int)(assert (> x 1)(check-sat)',
      '(assert true)',
      '(check-sat)(get-model)',
      '(check-sat)(get-value (nothing))',
    ])
      await expect(solvers.ask(wrong)).rejects.toThrow()
    expect(await solvers.ask(EASY)).toEqual(four)
  })

  it('is answered alike whatever was asked before, and however many threads there are', async () => {
    const scripts = Array.from(
      { length: 300 },
      (_, i) =>
        `(declare-const x Int)(declare-const y Int)(assert (or (> x ${i}) (< (+ x (* 3 y)) ${-i})))(assert (distinct x y))(check-sat)(get-value (x y))`,
    )
    const first = await solvers.askAll(scripts)
    const again = await solvers.askAll(scripts)
    const wide = createSolvers({ threads: 2 })
    const spread = await wide.askAll(scripts)
    await wide.close()
    expect(again).toEqual(first)
    expect(spread).toEqual(first)
  })

  it('after close is an error', async () => {
    const closed = createSolvers({ threads: 1 })
    await closed.close()
    await expect(closed.ask(EASY)).rejects.toThrow(expect.objectContaining({ code: 'solve/closed' }) as Error)
  })
})

describe('a process', () => {
  it.each(['close', 'leave'])('ends by itself (%s)', async (how) => {
    const script = new URL('../fixtures/solvers/ask-and-end.ts', import.meta.url).pathname
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script, how], { timeout: 50_000 })
    expect(stdout).toBe('sat\n')
  })
})

describe('an assignment', () => {
  /** Market split: every device is in or out so that each row comes as near to half as it can. Small and hard. Source: Cornuéjols and Dawande, 1999. */
  const marketSplit = (rows: number, devices: number): AssignmentProblem => {
    const random = seeded(7)
    const weights = Array.from({ length: rows }, () =>
      Float64Array.from({ length: 2 * devices }, (_, j) => (j % 2 === 0 ? 0 : whole(random, 0, 99))),
    )
    const halves = weights.map((row) => Math.floor(row.reduce((a, b) => a + b) / 2))
    const everyClass = Int32Array.from({ length: devices }, (_, c) => c)
    const policy = { is: 'unit', level: 0, weight: 1 } as const
    return {
      choices: ['none', 'in'].map((id, k) => ({ id, outcome: k === 0 ? ('none' as const) : ('variant' as const), settings: {} })),
      classes: {
        size: devices,
        memberStart: Int32Array.from({ length: devices + 1 }, (_, c) => c),
        members: everyClass,
        columnStart: Int32Array.from({ length: devices + 1 }, (_, c) => 2 * c),
        current: new Int32Array(devices).fill(-1),
      },
      columnChoice: Int32Array.from({ length: 2 * devices }, (_, j) => j % 2),
      levels: [{ name: 'soft', sense: 'minimise', offset: 0, terms: [] }],
      rows: weights.map((coefficients, use) => ({
        form: { is: 'entries', columns: Int32Array.from({ length: 2 * devices }, (_, j) => j), coefficients },
        lower: halves[use]!,
        upper: halves[use]!,
        policy,
        name: { use, group: '', part: '' },
      })),
      bundles: [],
      auxiliaries: [],
      meanings: weights.map((coefficients, use) => ({
        use,
        group: '',
        policy,
        violation: () => {
          const off = sub(sum(Array.from(coefficients, (w, j) => mul(int(w), variable(`x${j}`, 'Int')))), int(halves[use]!))
          return ite(ge(off, int(0)), off, neg(off))
        },
        classes: everyClass,
      })),
    }
  }

  it('without budget left keeps the best counts that were found', async () => {
    const verdict = await solvers.solveAssignment(marketSplit(4, 30), { force: 'z3', rlimit: 8_000 })
    expect(verdict.is).toBe('undecided')
    if (verdict.is !== 'undecided') return
    expect(verdict.why).toBe('the budget of the solver is used up')
    expect(verdict.counts?.reduce((a, b) => a + b)).toBe(30)
  })

  it('that is stopped says so', async () => {
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 3000)
    const verdict = await solvers.solveAssignment(marketSplit(4, 30), { force: 'z3', signal: stop.signal })
    expect(verdict).toMatchObject({ is: 'undecided', why: 'it was stopped' })
    // A solution found before the stop is kept, if the machine was fast enough to find one.
    if (verdict.is === 'undecided' && verdict.counts !== undefined) expect(verdict.counts.reduce((a, b) => a + b)).toBe(30)
    expect((await solvers.solveAssignment(marketSplit(1, 3), { force: 'z3' })).is).toBe('solved')
  })
})

describe('a program of its own', () => {
  it('that is not installed is missing, not wrong', async () => {
    const { PATH } = process.env
    process.env['PATH'] = '/nowhere'
    const answer = await askExternal('cvc5', EASY)
    process.env['PATH'] = PATH
    expect(answer).toEqual({ missing: true })
  })

  for (const program of ['z3', 'cvc5'] as const)
    it(`answers, refuses and is stopped: ${program}`, async ({ skip }) => {
      const answer = await askExternal(program, EASY)
      if (typeof answer === 'object' && 'missing' in answer) skip(`${program} is not installed`)
      expect(answer).toBe('sat')
      expect(await askExternal(program, '(declare-const x Int)(assert (and (> x 1) (< x 2)))(check-sat)')).toBe('unsat')
      expect(await askExternal(program, '(assert y)(check-sat)')).toHaveProperty('error')
      expect(await askExternal(program, STUCK, { milliseconds: 500 })).toBe('unknown')
    })
})
