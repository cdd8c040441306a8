/** Shares as they are written: exact, with blanks where they may stand, and nothing else. */
import { expect, it } from 'vitest'
import { atLeast, atMost, readShare } from '../../src/verify/share.ts'

it('reads percentages and fractions exactly', () => {
  const limits = (text: string, size: number): readonly number[] => [atLeast(readShare(text), size), atMost(readShare(text), size)]
  expect(limits('33.33%', 10_000)).toEqual([3333, 3333])
  expect(limits(' 2.5 % ', 200)).toEqual([5, 5])
  expect(limits(' 10 / 30 ', 100)).toEqual([34, 33])
  expect(limits('12/100', 50)).toEqual([6, 6])
})

it.each([20, undefined, '20', 'x20%', '20%x', '2-%', '20 %%', '1.x%', '1/0', 'x1/2', '1/2x', '1-/2', '1/-2'])('refuses %s', (written) => {
  expect(() => readShare(written)).toThrow('is not a share')
})
