/** What constraint uses see of devices, evaluated once per different expression and kept by row. */
import type { Seen } from '../../constraints/kind.ts'
import { evaluateKeys, evaluateNumbers, evaluateTruth } from '../expression/columns.ts'
import type { TypedExpression } from '../expression/typed.ts'
import type { Fleet } from '../model/fleet.ts'
import type { CheckedUse } from './checked-model.ts'
import { refine, refineBytes, refineNumbers, type Partition } from './partition.ts'

export type SeenValues =
  | { readonly is: 'bool'; readonly truth: Uint8Array }
  | { readonly is: 'key'; readonly codes: Int32Array; readonly names: readonly string[] }
  | { readonly is: 'number'; readonly numbers: Float64Array }

/** By what is seen: `bool device.online`. */
export type SeenTable = ReadonlyMap<string, SeenValues>

export const seenKey = ({ yields, text }: Seen): string => `${yields} ${text}`

export function evaluateSeen(uses: readonly CheckedUse[], fleet: Fleet): SeenTable {
  const table = new Map<string, SeenValues>()
  for (const { sees } of uses) {
    for (const { seen, typed } of sees) if (!table.has(seenKey(seen))) table.set(seenKey(seen), valuesOf(seen, typed, fleet))
  }
  return table
}

function valuesOf(seen: Seen, typed: TypedExpression, fleet: Fleet): SeenValues {
  switch (seen.yields) {
    case 'bool':
      return { is: 'bool', truth: evaluateTruth(typed, fleet).map((truth) => (truth === 1 ? 1 : 0)) }
    case 'key':
      return { is: 'key', ...evaluateKeys(typed, fleet) }
    case 'number':
      return { is: 'number', numbers: evaluateNumbers(typed, fleet) }
  }
}

/** Splits classes on which any use differs. */
export function refineBySeen(partition: Partition, table: SeenTable): Partition {
  return [...table.values()].reduce((before, values) => {
    switch (values.is) {
      case 'bool':
        return refineBytes(before, values.truth)
      case 'key':
        return refine(before, values.codes)
      case 'number':
        return refineNumbers(before, values.numbers)
    }
  }, partition)
}
