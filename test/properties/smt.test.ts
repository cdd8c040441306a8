// Random terms: printing and reading give the term back, folding keeps the meaning, and Z3 computes what we compute.
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import * as build from '../../src/smt/build.ts'
import { evaluateTerm } from '../../src/smt/evaluate.ts'
import { printQuery, printTerm } from '../../src/smt/print.ts'
import { readTerm } from '../../src/smt/read.ts'
import { readCommands, readExpressions } from '../../src/smt/s-expression.ts'
import { printSymbol, readSymbol } from '../../src/smt/symbol.ts'
import type { Operator, Sort, Term } from '../../src/smt/term.ts'
import { createSolvers } from '../../src/solve/create-solvers.ts'
import { askExternal } from '../../src/solve/external.ts'

const solvers = createSolvers({ threads: 1 })
afterAll(() => solvers.close())

const SORTS: Readonly<Record<string, Sort>> = { b: 'Bool', 'c d': 'Bool', i: 'Int', and: 'Int', r: 'Real', 'π|\\%41': 'Real' }
const sortOfName = (name: string): Sort | undefined => SORTS[name]
const named = (sort: Sort): readonly Term[] =>
  Object.entries(SORTS)
    .filter(([, of]) => of === sort)
    .map(([name]) => build.variable(name, sort))

/** The same term twice: every node as drawn, and built by the folding builders. */
interface Pair {
  readonly plain: Term
  readonly folded: Term
}
const both = (term: Term): Pair => ({ plain: term, folded: term })
const node = (operator: Operator, sort: Sort, parts: readonly Pair[], folded: (...terms: Term[]) => Term): Pair => ({
  plain: build.raw(operator, sort, ...parts.map(({ plain }) => plain)),
  folded: folded(...parts.map((part) => part.folded)),
})

const constantInt = fc.integer({ min: -6, max: 6 }).map((value) => both(build.int(value)))
const constantReal = fc.tuple(fc.integer({ min: -6, max: 6 }), fc.integer({ min: 1, max: 4 })).map(([n, d]) => both(build.real(n, d)))
const nonZero = fc.constantFrom(-3, -2, -1, 1, 2, 3).map((value) => both(build.int(value)))
const nonZeroReal = fc.constantFrom(-3, -1, 1, 2).map((value) => both(build.real(value, 2)))

const { bool, number, real } = fc.letrec<{ bool: Pair; number: Pair; real: Pair }>((tie) => {
  const list = (of: 'bool' | 'number' | 'real') => fc.array(tie(of), { minLength: 2, maxLength: 4 })
  const compare = (of: 'number' | 'real') =>
    fc
      .tuple(fc.constantFrom('<=', '<', '>=', '>', '='), tie(of), tie(of))
      .map(([operator, a, b]) =>
        node(
          operator as Operator,
          'Bool',
          [a, b],
          { '<=': build.le, '<': build.lt, '>=': build.ge, '>': build.gt, '=': build.eq }[operator],
        ),
      )
  const arithmetic = (of: 'number' | 'real', sort: Sort) => [
    list(of).map((parts) => node('+', sort, parts, build.add)),
    fc.tuple(tie(of), tie(of)).map((parts) => node('-', sort, parts, build.sub)),
    tie(of).map((part) => node('-', sort, [part], build.neg)),
    fc.tuple(of === 'number' ? constantInt : constantReal, tie(of)).map((parts) => node('*', sort, parts, build.mul)),
    fc.tuple(tie('bool'), tie(of), tie(of)).map((parts) => node('ite', sort, parts, build.ite)),
  ]
  const options = { maxDepth: 5, depthSize: 'medium' as const }
  return {
    bool: fc.oneof(
      options,
      fc.oneof(
        fc.boolean().map((value) => both(build.bool(value))),
        fc.constantFrom(...named('Bool').map(both)),
      ),
      tie('bool').map((part) => node('not', 'Bool', [part], build.not)),
      list('bool').map((parts) => node('and', 'Bool', parts, build.and)),
      list('bool').map((parts) => node('or', 'Bool', parts, build.or)),
      fc.tuple(tie('bool'), tie('bool')).map((parts) => node('=>', 'Bool', parts, build.implies)),
      fc.tuple(tie('bool'), tie('bool')).map((parts) => node('=', 'Bool', parts, build.eq)),
      fc.tuple(tie('bool'), tie('bool'), tie('bool')).map((parts) => node('ite', 'Bool', parts, build.ite)),
      list('number').map((parts) => node('distinct', 'Bool', parts, build.distinct)),
      compare('number'),
      compare('real'),
    ),
    number: fc.oneof(
      options,
      fc.oneof(constantInt, fc.constantFrom(...named('Int').map(both))),
      ...arithmetic('number', 'Int'),
      fc.tuple(tie('number'), nonZero).map((parts) => node('div', 'Int', parts, build.div)),
      fc.tuple(tie('number'), nonZero).map((parts) => node('mod', 'Int', parts, build.mod)),
      tie('real').map((part) => node('to_int', 'Int', [part], build.toInt)),
    ),
    real: fc.oneof(
      options,
      fc.oneof(constantReal, fc.constantFrom(...named('Real').map(both))),
      ...arithmetic('real', 'Real'),
      fc.tuple(tie('real'), nonZeroReal).map((parts) => node('/', 'Real', parts, build.quotient)),
      tie('number').map((part) => node('to_real', 'Real', [part], build.toReal)),
    ),
  }
})

const values = fc.record({
  b: fc.boolean().map(build.bool),
  'c d': fc.boolean().map(build.bool),
  i: fc.integer({ min: -9, max: 9 }).map((value) => build.int(value)),
  and: fc.integer({ min: -9, max: 9 }).map((value) => build.int(value)),
  r: fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: 1, max: 3 })).map(([n, d]) => build.real(n, d)),
  'π|\\%41': fc.integer({ min: -9, max: 9 }).map((value) => build.real(value)),
})
const lookup = (given: Readonly<Record<string, Term>>) => (name: string) => given[name]
const any = fc.oneof(bool, number, real)

describe('terms', () => {
  it('come back from print unchanged, shared or not', () => {
    fc.assert(
      fc.property(any, values, ({ plain, folded }, given) => {
        for (const term of [plain, folded, twice(plain)]) {
          const printed = printTerm(term)
          const read = readTerm(printed, sortOfName)
          expect(printTerm(read)).toBe(printed)
          expect(build.sortOf(read)).toBe(build.sortOf(term))
          expect(evaluateTerm(read, lookup(given))).toEqual(evaluateTerm(term, lookup(given)))
        }
      }),
      { seed: 1, numRuns: 400 },
    )
  })

  it('mean folded what they mean unfolded', () => {
    fc.assert(
      fc.property(any, values, ({ plain, folded }, given) => {
        expect(build.sortOf(folded)).toBe(build.sortOf(plain))
        expect(evaluateTerm(folded, lookup(given))).toEqual(evaluateTerm(plain, lookup(given)))
      }),
      { seed: 2, numRuns: 2000 },
    )
  })

  it('are worth to Z3 what they are worth here', async () => {
    const drawn = fc.sample(fc.tuple(any, values), { seed: 3, numRuns: 300 })
    const scripts = drawn.map(([{ plain }, given]) => {
      const fixed = Object.entries(given).map(([name, value]) => ({
        term: build.raw('=', 'Bool', build.variable(name, SORTS[name]!), value),
      }))
      return printQuery({ assertions: fixed, values: [plain] })
    })
    const answers = await solvers.askAll(scripts)
    drawn.forEach(([{ plain }, given], index) => {
      const answer = answers[index]!
      if (answer.is !== 'sat') throw new Error(`${answer.is}: ${scripts[index]!}`)
      const printed = printTerm(plain)
      expect([...answer.values.keys()]).toEqual([printed.startsWith('(') ? printed : readSymbol(printed)])
      expect([...answer.values.values()]).toEqual([evaluateTerm(plain, lookup(given))])
    })
  })

  it('are found true or false by Z3 and by cvc5 alike', async ({ skip }) => {
    const drawn = fc.sample(bool, { seed: 4, numRuns: 40 }).map(({ plain }) => printQuery({ assertions: [{ term: plain }], values: [] }))
    const answers = await solvers.askAll(drawn)
    for (const [index, script] of drawn.entries()) {
      const other = await askExternal('cvc5', script, { milliseconds: 20_000 })
      if (typeof other === 'object' && 'missing' in other) skip('cvc5 is not installed')
      expect(other).toBe(answers[index]!.is)
    }
  })

  it('of any width and depth print, read and evaluate without recursion', () => {
    const x = build.variable('i', 'Int')
    let deep: Term = x
    for (let i = 0; i < 50_000; i++) deep = build.raw('+', 'Int', deep, build.int(1))
    const wide = build.sum(Array.from({ length: 200_000 }, () => x))
    let shared: Term = x
    for (let i = 0; i < 200; i++) shared = build.raw('+', 'Int', shared, shared)
    const at = lookup({ i: build.int(1) })
    for (const [term, value] of [
      [deep, 50_001n],
      [wide, 200_000n],
      [shared, 2n ** 200n],
    ] as const) {
      const read = readTerm(printTerm(term), sortOfName)
      expect(evaluateTerm(read, at)).toEqual({ is: 'int', value })
    }
    expect(printTerm(shared).length).toBeLessThan(10_000)
  })

  it('evaluate only what decides', () => {
    const [i, undivided] = [build.variable('i', 'Int'), build.raw('div', 'Int', build.int(1), build.int(0))]
    const guarded = build.raw('ite', 'Int', build.raw('=', 'Bool', i, build.int(0)), build.int(7), undivided)
    expect(evaluateTerm(guarded, lookup({ i: build.int(0) }))).toEqual({ is: 'int', value: 7n })
    expect(() => evaluateTerm(guarded, lookup({ i: build.int(1) }))).toThrow(
      expect.objectContaining({ code: 'smt/division-by-zero' }) as Error,
    )
    expect(() => evaluateTerm(i, () => undefined)).toThrow(expect.objectContaining({ code: 'smt/no-value' }) as Error)
  })

  it('of the wrong sort are refused', () => {
    const [b, i] = [build.variable('b', 'Bool'), build.variable('i', 'Int')]
    for (const wrong of [
      () => build.add(b, i),
      () => build.and(i),
      () => build.eq(b, i),
      () => build.ite(i, b, b),
      () => build.div(build.real(1), i),
    ])
      expect(wrong).toThrow(expect.objectContaining({ code: 'smt/sort' }) as Error)
    expect(() => printQuery({ assertions: [{ label: 'i', term: build.le(i, build.int(1)) }], values: [] })).toThrow(/names an assertion/)
  })
})

/** The term with a subterm shared by identity. */
function twice(term: Term): Term {
  switch (build.sortOf(term)) {
    case 'Bool':
      return build.raw('or', 'Bool', term, build.raw('not', 'Bool', term))
    case 'Int':
    case 'Real':
      return build.raw('+', build.sortOf(term), term, build.raw('-', build.sortOf(term), term))
  }
}

describe('names', () => {
  it('of any characters have one symbol each', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const symbol = printSymbol(name)
        expect(readSymbol(symbol)).toBe(name)
        const items = readExpressions(`(${symbol})`)
        expect(items).toHaveLength(1)
        expect(symbol).toMatch(/^[\x20-\x7e]+$/)
      }),
      { seed: 5, numRuns: 2000 },
    )
  })

  it('come back from Z3 as they were', async () => {
    const names = [
      ...fc.sample(fc.string({ unit: 'binary', maxLength: 8 }), { seed: 6, numRuns: 200 }),
      'select',
      'store',
      'true',
      'abs',
      'str.len',
      '.x',
      '@y',
      '$1',
      '',
      'bvadd',
      'Int',
      'pi',
    ]
    const answers = await solvers.askAll(
      names.map((name) => {
        const term = build.variable(name, 'Int')
        return printQuery(
          {
            assertions: [
              { label: `${name}!`, term: build.gt(term, build.int(2)) },
              { label: 'less', term: build.lt(term, build.int(2)) },
            ],
            values: [term],
          },
          { produceCores: true },
        )
      }),
    )
    answers.forEach((answer, index) =>
      expect(answer).toEqual({ is: 'unsat', core: expect.arrayContaining([`${names[index]!}!`, 'less']) as unknown }),
    )
  })
})

describe('texts', () => {
  it('that are malformed are refused with line and column', () => {
    for (const [text, message] of [
      ['(and b\n  (or b', /^2:3: a `\(` without/],
      ['b)', /^1:2: a `\)` without/],
      ['(foo b)', /^1:2: no operator is called `foo`/],
      ['(and\n  nope)', /^2:3: `nope` is not declared/],
      ['', /^1:1: no term/],
      ['(not b b)', /^1:1: `not` with 2 arguments/],
    ] as const)
      expect(() => readTerm(text, sortOfName)).toThrow(message)
    expect(() => readExpressions('((((', 3)).toThrow(/^1:4: nested deeper than 3/)
    expect(readCommands('; c (\n(a "(" |(|) (b)').map(({ name }) => name)).toEqual(['a', 'b'])
  })
})
