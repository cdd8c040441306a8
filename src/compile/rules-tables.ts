/** Answers of tests cell by cell, each worked out once by the language's own evaluator. */
import { conditionHolds, type DeviceValue } from '../expression/rule-condition.ts'
import type { Cell, Dimension, Test } from './rules-formula.ts'

export const NO = 0
export const YES = 1
export const UNKNOWN = 2
/** Any of these. */
export const FREE = 3

/** A text that no rule names. */
const UNNAMED = '\ue000\ue001'

/** Pairs of cells that are worked out at most for one test. */
const MOST_PAIRS = 60_000

export interface Tables {
  /** By cell of the test's one dimension. */
  readonly cells: (test: Test) => Uint8Array
  /** By cell of the first dimension times the number of cells of the second, plus cell of the second; undefined: too many. */
  readonly pairs: (test: Test) => Uint8Array | undefined
}

export function newTables(dimensions: readonly Dimension[]): Tables {
  const cells = new Map<string, Uint8Array>()
  const pairs = new Map<string, Uint8Array>()
  return {
    cells: (test) => {
      let table = cells.get(test.key)
      if (table === undefined) {
        const { name, cells: all } = dimensions[test.reads[0]!]!
        // A term may differ inside an interval.
        const known = (cell: Cell): boolean =>
          (cell.other !== true || test.even === true) && (test.deciding === 'cells' || cell.low === cell.high)
        const value = (cell: Cell): DeviceValue => (cell.other === true ? UNNAMED : cell.value)
        table = Uint8Array.from(all, (cell) => (known(cell) ? answer(test, new Map([[name, value(cell)]])) : FREE))
        cells.set(test.key, table)
      }
      return table
    },
    pairs: (test) => {
      const [a, b] = test.reads.map((index) => dimensions[index]!) as [Dimension, Dimension]
      if (a.cells.length * b.cells.length > MOST_PAIRS) return undefined
      let table = pairs.get(test.key)
      if (table === undefined) {
        table = Uint8Array.from({ length: a.cells.length * b.cells.length }, (_, index) => {
          const left = a.cells[Math.floor(index / b.cells.length)]!
          const right = b.cells[index % b.cells.length]!
          if (left.other === true || right.other === true) return FREE
          return answer(
            test,
            new Map([
              [a.name, left.value],
              [b.name, right.value],
            ]),
          )
        })
        pairs.set(test.key, table)
      }
      return table
    },
  }
}

function answer(test: Test, device: ReadonlyMap<string, DeviceValue>): number {
  const value = conditionHolds(test.condition, (name) => device.get(name))
  return value === undefined ? UNKNOWN : value ? YES : NO
}
