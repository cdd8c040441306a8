/**
 * Cuts the values of a name into cells, a cell `other` last.
 * INVARIANT: the cells of a dimension hold all its values, and a test of kind `cells` answers equally for all values of one.
 */
import { LARGEST } from '../expression/literal.ts'
import type { Cell, Draft } from './rules-formula.ts'
import { textCells } from './rules-texts.ts'
import { versionCells } from './rules-versions.ts'

const MISSING: Cell = { value: undefined }
const OBJECT: Cell = { value: { is: 'object' } }

/** `fresh`: how many values of one kind must be told apart where names are compared with each other. */
export function cellsOf(draft: Draft, fresh: number): readonly Cell[] {
  const known = knownCells(draft, fresh)
  return draft.always ? known : [MISSING, ...known]
}

function knownCells(draft: Draft, fresh: number): readonly Cell[] {
  switch (draft.kind) {
    case 'presence':
      return [{ value: true }]
    case 'member':
    case 'bool':
      return [{ value: false }, { value: true }]
    case 'enum':
      return draft.values.map((value) => ({ value }))
    case 'whole':
      return wholeCells(draft.numbers)
    case 'text':
      return textCells(draft, fresh)
    case 'version':
      return versionCells(draft)
    case 'json': {
      const texts = textCells(draft, fresh)
      const scalars = [
        ...texts.filter(({ other }) => other !== true),
        ...numberCells(draft.numbers, fresh),
        { value: true },
        { value: false },
      ]
      return [...scalars, OBJECT, ...texts.filter(({ other }) => other === true)]
    }
  }
}

/** Every constant, and the whole numbers between. */
function wholeCells(constants: ReadonlySet<number>): readonly Cell[] {
  const cells: Cell[] = []
  let low = -LARGEST
  const gap = (high: number): void => {
    if (low > high) return
    const value = low > -LARGEST ? low : high < LARGEST ? high : 0
    cells.push({ value, low, high })
  }
  for (const constant of [...constants].sort((a, b) => a - b)) {
    if (constant < -LARGEST || constant > LARGEST) continue
    gap(constant - 1)
    cells.push({ value: constant, low: constant, high: constant })
    low = constant + 1
  }
  gap(LARGEST)
  return cells
}

/** Every constant, and in each gap as many numbers as must be told apart. */
function numberCells(constants: ReadonlySet<number>, fresh: number): readonly Cell[] {
  const sorted = [...constants].sort((a, b) => a - b)
  const values: number[] = []
  const between = (low: number | undefined, high: number | undefined): void => {
    for (let k = 1; k <= fresh; k++) {
      const value =
        low === undefined
          ? high === undefined
            ? k - 1
            : Math.ceil(high) - (fresh - k + 1)
          : high === undefined
            ? Math.floor(low) + k
            : inner(low, high, k, fresh)
      if ((low === undefined || value > low) && (high === undefined || value < high)) values.push(value + 0)
    }
  }
  sorted.forEach((constant, index) => {
    between(sorted[index - 1], constant)
    values.push(constant)
  })
  between(sorted.at(-1), undefined)
  return [...new Set(values)].map((value) => ({ value }))
}

/** The k-th of `count` numbers between; whole where there is room. */
function inner(low: number, high: number, k: number, count: number): number {
  const first = Math.floor(low) + 1
  return first + count - 1 < high ? first + k - 1 : low + ((high - low) * k) / (count + 1)
}
