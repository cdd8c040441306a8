/** Rows by id and classes by column are what plain comparison says, for ids and values of every sort. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rowsById } from '../../src/compile/id-order.ts'
import { refine, refineNumbers, wholePartition } from '../../src/compile/partition.ts'

const SEED = 20_240_611

describe('the order of ids', () => {
  const plain = (ids: readonly string[]): number[] => [...ids.keys()].sort((a, b) => (ids[a]! < ids[b]! ? -1 : 1))

  it('is that of plain comparison', () => {
    const id = fc.oneof(
      fc.nat(5000).map((n) => `dv${n}`),
      fc.string({ maxLength: 14 }),
      fc.string({ unit: 'grapheme', maxLength: 9 }),
      fc.nat(99).map((n) => `gateway-${'0'.repeat(n % 7)}${n}`),
    )
    fc.assert(
      fc.property(fc.uniqueArray(id, { maxLength: 300 }), (ids) => {
        expect([...rowsById(ids)]).toEqual(plain(ids))
      }),
      { seed: SEED, numRuns: 200 },
    )
  })

  it('holds for many ids that are alike for long', () => {
    const ids = Array.from({ length: 3000 }, (_, i) => `site-${(i * 7919) % 3000}`)
    expect([...rowsById(ids)]).toEqual(plain(ids))
  })
})

describe('a partition', () => {
  const grouped = (keys: readonly string[]): number[] => {
    const numbers = new Map<string, number>()
    return keys.map((key) => numbers.get(key) ?? (numbers.set(key, numbers.size), numbers.size - 1))
  }

  it('keeps rows together iff they agree in every column, numbered by first appearance', () => {
    const row = fc.tuple(
      fc.integer({ min: -2, max: 3 }),
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      fc.constantFrom(0, -0, 1, 0.5, NaN, 2 ** 40, -7),
    )
    fc.assert(
      fc.property(fc.array(row, { maxLength: 400 }), fc.boolean(), (rows, coarse) => {
        const second = rows.map(([, b]) => (coarse ? b & 3 : b))
        let partition = refine(
          wholePartition(rows.length),
          Int32Array.from(rows, ([a]) => a),
        )
        partition = refine(partition, Int32Array.from(second))
        partition = refineNumbers(
          partition,
          Float64Array.from(rows, ([, , c]) => c),
        )
        const expected = grouped(rows.map(([a, , c], i) => `${a} ${second[i]!} ${c + 0}`))
        expect([...partition.of]).toEqual(expected)
        expect(partition.count).toBe(new Set(expected).size)
      }),
      { seed: SEED, numRuns: 300 },
    )
  })

  it('grows its table past the first size', () => {
    const codes = Int32Array.from({ length: 50_000 }, (_, i) => Math.imul(i % 20_000, 0x9e3779b1))
    const { of, count } = refine(wholePartition(codes.length), codes)
    expect(count).toBe(20_000)
    expect(of.every((c, i) => c === i % 20_000)).toBe(true)
  })
})
