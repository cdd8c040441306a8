/** The walkers of a checked expression agree with each other, and with CEL's own evaluation. */
import { Environment } from '@marcbachmann/cel-js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkExpression } from '../../src/expression/check.ts'
import { rowLookup } from '../../src/expression/column-source.ts'
import { evaluateKeys, evaluateNumbers, evaluateTruth } from '../../src/expression/columns.ts'
import { evaluate, missingIn } from '../../src/expression/evaluate.ts'
import { numberName } from '../../src/expression/number-name.ts'
import { matchesPattern, readPattern } from '../../src/expression/pattern.ts'
import { printExpression } from '../../src/expression/print.ts'
import { specialise } from '../../src/expression/specialise.ts'
import { toTerms } from '../../src/expression/to-term.ts'
import { pathsOf, type TypedExpression } from '../../src/expression/typed.ts'
import type { ExpressionValue } from '../../src/model/expression-type.ts'
import { int, variable } from '../../src/smt/build.ts'
import { evaluateTerm } from '../../src/smt/evaluate.ts'
import type { Term } from '../../src/smt/term.ts'
import { expressions, fixedSettings, fleetOf, type Row, rows, scope, SEED, type Sort } from '../fixtures/expressions.ts'

const all = expressions(false)
const pure = expressions(true)

const runs = (usual: number): number => (process.env['FLEETPROOF_LONG'] === '1' ? 20 * usual : usual)

/** The typed tree; what the checker refuses of the generated texts (a division by a literal 0, literals that overflow) is not looked at. */
function typed(text: string): TypedExpression {
  const read = checkExpression({ text, at: { source: 'test' } }, scope)
  if (!read.ok) {
    const codes = read.diagnostics.map((d) => d.code)
    const expected = ['expression/division-by-zero', 'expression/number-too-large', 'expression/unit']
    if (codes.some((code) => !expected.includes(code))) throw new Error(`${text}: ${JSON.stringify(read.diagnostics)}`)
  }
  fc.pre(read.ok)
  return read.value
}

const truth = (value: ExpressionValue): number => (value === undefined ? 2 : value === true ? 1 : 0)

const ANY: fc.Arbitrary<readonly [Sort, string]> = fc.oneof(
  ...(['int', 'decimal', 'text', 'time', 'duration'] as const).map((sort) => all[sort].map((text) => [sort, text] as const)),
)

describe('columns', () => {
  it('give every row the truth that it has on its own', () => {
    const seen = [0, 0, 0]
    fc.assert(
      fc.property(rows(2), fixedSettings, all.bool, (table, settings, text) => {
        const node = typed(text)
        const fleet = fleetOf(table)
        const expected = table.map((row) => truth(evaluate(node, lookupOf(row, settings))))
        for (const t of expected) seen[t]! += 1
        expect([...evaluateTruth(node, fleet, settings)]).toEqual(expected)
        expect(table.map((_, i) => truth(evaluate(node, rowLookup(fleet, i, settings))))).toEqual(expected)
      }),
      { seed: SEED, numRuns: runs(600) },
    )
    const total = seen.reduce((a, b) => a + b)
    for (const count of seen) expect(count / total).toBeGreaterThan(0.1)
  })

  it('give every row the number or the key that it has on its own', () => {
    fc.assert(
      fc.property(rows(2), fixedSettings, ANY, (table, settings, [sort, text]) => {
        const node = typed(text)
        const fleet = fleetOf(table)
        const expected = table.map((row) => evaluate(node, lookupOf(row, settings)))
        if (sort !== 'text') expect([...evaluateNumbers(node, fleet, settings)]).toEqual(expected.map((v) => v ?? NaN))
        const { codes, names } = evaluateKeys(node, fleet, settings)
        const keys = expected.map((v) => (v === undefined ? undefined : typeof v === 'number' ? numberName(v, node.type) : v))
        expect([...codes].map((code) => names[code])).toEqual(keys)
        expect(names).toEqual([...new Set(keys.filter((key) => key !== undefined))].sort())
      }),
      { seed: SEED, numRuns: runs(500) },
    )
  })
})

describe('evaluation', () => {
  const cel = new Environment({ unlistedVariablesAreDyn: true, enableOptionalTypes: true, homogeneousAggregateLiterals: false })

  it('is what CEL says, an error of CEL being unknown', () => {
    const seen = [0, 0, 0]
    fc.assert(
      fc.property(rows(2), fixedSettings, pure.bool, (table, settings, text) => {
        const node = typed(text)
        const asked = cel.parse(text)
        for (const row of table) {
          const small = Object.fromEntries(Object.entries(row).map(([path, value]) => [path, tamed(value)]))
          const ours = evaluate(node, lookupOf(small, settings))
          seen[truth(ours)]! += 1
          let theirs: unknown
          try {
            theirs = asked(contextOf({ ...small, ...settings }))
          } catch {
            theirs = undefined
          }
          expect([text, ours]).toEqual([text, theirs])
        }
      }),
      { seed: SEED, numRuns: runs(500) },
    )
    const total = seen.reduce((a, b) => a + b)
    for (const count of seen) expect(count / total).toBeGreaterThan(0.05)
  })

  it('names missing attributes without which nothing else makes the expression known', () => {
    let some = 0
    fc.assert(
      fc.property(rows(4), rows(0), all.bool, (table, complete, text) => {
        const node = typed(text)
        // What asks whether a value is known may become known by one that is.
        const asks = /has\(|orValue|hasValue/.test(text)
        for (const row of table) {
          const missing = missingIn(node, lookupOf(row, {}))
          for (const path of missing) expect(row[path]).toBeUndefined()
          if (evaluate(node, lookupOf(row, {})) !== undefined) expect(missing).toEqual([])
          if (missing.length === 0 || asks) continue
          some += 1
          const filled: Record<string, ExpressionValue> = { ...complete[0]! }
          for (const [path, value] of Object.entries(row)) if (value !== undefined || missing.includes(path)) filled[path] = value
          for (const path of missing) filled[path] = undefined
          expect([text, evaluate(node, lookupOf(filled, {}))]).toEqual([text, undefined])
        }
      }),
      { seed: SEED, numRuns: runs(600) },
    )
    expect(some).toBeGreaterThan(300)
  })
})

describe('terms', () => {
  const texts = ['hall-1', 'hall-2', 'yard', '', 'd0', 'd1', 'a.b', 'Zürich', '🙂 x', ...Array.from({ length: 13 }, (_, i) => `d${i}`)]
  const versions = ['1.0.0', '1.2.3', '2.0.0-rc.1', '2.0.0', '2.0.0+build', '10.1.0', 'no version']
  const codes = new Map<string, bigint>()
  const codeOf = (text: string): bigint => {
    if (!codes.has(text)) codes.set(text, BigInt(codes.size))
    return codes.get(text)!
  }

  it('have the value of the expression', () => {
    let compared = 0
    fc.assert(
      fc.property(
        rows(2),
        fixedSettings,
        fc.oneof(
          all.bool.map((text) => ['bool', text] as const),
          ANY,
        ),
        (table, settings, [, text]) => {
          const node = typed(text)
          for (const row of table) {
            const lookup = lookupOf(row, settings)
            // Sets have no term: they are known by the time one is made.
            const left = specialise(node, (path) =>
              path === 'device.tags' || path === 'device.marks' ? { value: lookup(path) } : undefined,
            )
            let terms
            try {
              terms = toTerms(
                left,
                (path, type) => (lookup(path) === undefined ? undefined : variable(path, type.is === 'bool' ? 'Bool' : 'Int')),
                codeOf,
                (path) => (path === 'device.firmware' ? versions : texts),
              )
            } catch (error) {
              expect((error as { code?: string }).code).toBe('expression/no-term')
              continue
            }
            compared += 1
            const at = (name: string): Term => asTerm(lookup(name), codeOf)
            const value = evaluate(node, lookup)
            expect([text, evaluateTerm(terms.known, at)]).toEqual([text, { is: 'bool', value: value !== undefined }])
            if (value !== undefined) expect([text, evaluateTerm(terms.value, at)]).toEqual([text, asTerm(value, codeOf)])
          }
        },
      ),
      { seed: SEED, numRuns: runs(400) },
    )
    expect(compared).toBeGreaterThan(2500)
  })
})

describe('what is left', () => {
  it('of an expression with some names known has the same value', () => {
    fc.assert(
      fc.property(
        rows(2),
        fixedSettings,
        fc.subarray(Object.keys(scope.names)),
        fc.oneof(all.bool, all.int, all.text),
        (table, settings, known, text) => {
          const node = typed(text)
          for (const row of table) {
            const lookup = lookupOf(row, settings)
            const left = specialise(node, (path) => (known.includes(path) ? { value: lookup(path) } : undefined))
            for (const path of pathsOf(left)) expect(known).not.toContain(path)
            expect(evaluate(left, lookup)).toEqual(evaluate(node, lookup))
          }
        },
      ),
      { seed: SEED, numRuns: runs(300) },
    )
  })

  it('of an expression printed and read again means the same', () => {
    fc.assert(
      fc.property(rows(2), fixedSettings, fc.oneof(all.bool, all.int, all.text, all.time), (table, settings, text) => {
        const node = typed(text)
        const again = typed(printExpression(node))
        expect(again.type.is).toBe(node.type.is)
        for (const row of table) expect(evaluate(again, lookupOf(row, settings))).toEqual(evaluate(node, lookupOf(row, settings)))
      }),
      { seed: SEED, numRuns: runs(300) },
    )
  })
})

describe('patterns', () => {
  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '[a-c]', '\\d', '\\.', 'ü', '🙂', '^', '$')
  const { pattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
    part: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      atom,
      tie('pattern').map((p) => `(${p})`),
      fc.tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{2,}')).map(([p, q]) => `(?:${p})${q}`),
    ),
    pattern: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fc.array(tie('part'), { maxLength: 4 }).map((parts) => parts.join('')),
      fc.tuple(tie('part'), tie('part')).map(([a, b]) => `${a}|${b}`),
    ),
  }))

  it('match what regular expressions match', () => {
    const seen = [0, 0]
    fc.assert(
      fc.property(pattern, fc.array(fc.constantFrom('a', 'b', 'c', '1', '.', 'ü', '🙂', '\n'), { maxLength: 8 }), (source, characters) => {
        const text = characters.join('')
        const read = readPattern(source)
        fc.pre(!('wrong' in read))
        if ('wrong' in read) return
        const expected =
          new RegExp(source, 'us').test(text) === new RegExp(source, 'u').test(text) ? new RegExp(source, 'u').test(text) : undefined
        if (expected === undefined) return
        seen[expected ? 1 : 0]! += 1
        expect([source, text, matchesPattern(read, text)]).toEqual([source, text, expected])
      }),
      { seed: SEED, numRuns: runs(1500) },
    )
    expect(Math.min(...seen)).toBeGreaterThan(150)
  })

  it('take linear time where backtracking would not end', () => {
    const read = readPattern('^(a+)+$')
    if ('wrong' in read) throw new Error(read.wrong)
    expect(matchesPattern(read, `${'a'.repeat(20_000)}b`)).toBe(false)
  })
})

function lookupOf(row: Row, settings: Row): (path: string) => ExpressionValue {
  return (path) => (path.startsWith('settings.') ? settings[path] : row[path])
}

/** No overflow, where CEL goes to 2^63, and whole seconds: cel-js 8.0.0 adds durations of mixed signs wrongly below the second. */
function tamed(value: ExpressionValue): ExpressionValue {
  if (typeof value !== 'number' || Math.abs(value) <= 1000) return value
  return Math.abs(value) > 1e12 && Math.abs(value) < 1e13 ? value - (value % 1000) : 11
}

/** The values as CEL takes them: 64-bit integers, `Date` for times, absent keys for what is missing. */
function contextOf(values: Row): Record<string, unknown> {
  const context: Record<string, unknown> = { device: { image: {} }, settings: {} }
  for (const [path, value] of Object.entries(values)) {
    if (value === undefined) continue
    const parts = path.split('.')
    let holder = context
    for (const part of parts.slice(0, -1)) holder = holder[part] as Record<string, unknown>
    const isTime = path === 'device.seen' || path === 'device.born'
    holder[parts[parts.length - 1]!] = typeof value !== 'number' ? value : isTime ? new Date(value) : BigInt(value)
  }
  return context
}

function asTerm(value: ExpressionValue, codeOf: (text: string) => bigint): Term {
  if (typeof value === 'boolean') return { is: 'bool', value }
  return typeof value === 'number' ? int(value) : int(codeOf(value as string))
}
