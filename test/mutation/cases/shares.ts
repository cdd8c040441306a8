/** Shares as they are written: exact, with blanks where they may stand, and nothing else. */
import { deepStrictEqual, throws } from 'node:assert'
import { atLeast, atMost, readShare } from '../../../src/verify/share.ts'
import type { Case } from './case.ts'

const NONE = [20, undefined, '20', 'x20%', '20%x', '2-%', '20 %%', '1.x%', '1/0', 'x1/2', '1/2x', '1-/2', '1/-2']

export function shareCases(): readonly Case[] {
  const limits = (text: string, size: number): readonly number[] => [atLeast(readShare(text), size), atMost(readShare(text), size)]
  return [
    {
      name: 'reads percentages and fractions exactly',
      run() {
        deepStrictEqual(limits('33.33%', 10_000), [3333, 3333])
        deepStrictEqual(limits(' 2.5 % ', 200), [5, 5])
        deepStrictEqual(limits(' 10 / 30 ', 100), [34, 33])
        deepStrictEqual(limits('12/100', 50), [6, 6])
      },
    },
    ...NONE.map((written): Case => ({
      name: `refuses ${String(written)} as a share`,
      run() {
        throws(() => readShare(written), /is not a share/)
      },
    })),
  ]
}
