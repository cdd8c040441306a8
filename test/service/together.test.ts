// Reads of the same at the same time are one read, and nobody is answered with what was read before it asked.
import { describe, expect, it } from 'vitest'
import { together } from '../../src/store/together.ts'

/** A read that ends when it is told to. */
function held() {
  const open: { readonly end: (value: number) => void; readonly fail: () => void }[] = []
  const run = (): Promise<number> => new Promise((resolve, reject) => open.push({ end: resolve, fail: () => reject(new Error('away')) }))
  return { open, run }
}

describe('reads together', () => {
  it('begin anew for those who asked while one went on, once for all of them', async () => {
    const { read } = together()
    const { open, run } = held()
    const first = read(['a', 1], run)
    const later = [read(['a', 1], run), read(['a', 1], run)]
    const other = read(['a', 2], run)
    expect(open.length).toBe(2)
    open[0]!.end(1)
    expect(await first).toBe(1)
    await new Promise((soon) => setImmediate(soon))
    expect(open.length).toBe(3)
    const last = read(['a', 1], run)
    open[2]!.end(2)
    expect(await Promise.all(later)).toEqual([2, 2])
    await new Promise((soon) => setImmediate(soon))
    open[3]!.end(3)
    open[1]!.end(9)
    expect([await last, await other]).toEqual([3, 9])
  })

  it('that fail fail for those who shared them only', async () => {
    const { read } = together()
    const { open, run } = held()
    const first = read(['a'], run)
    const second = read(['a'], run)
    open[0]!.fail()
    await expect(first).rejects.toThrow('away')
    await new Promise((soon) => setImmediate(soon))
    open[1]!.end(2)
    expect(await second).toBe(2)
    const third = read(['a'], run)
    open[2]!.end(3)
    expect(await third).toBe(3)
  })
})
