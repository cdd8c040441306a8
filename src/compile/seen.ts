/** What constraint uses see of devices, evaluated once per different expression and kept by row. */
import type { Seen } from '../../constraints/kind.ts'
import { evaluateKeys, evaluateNumbers, evaluateTruth } from '../expression/columns.ts'
import { rowLookup } from '../expression/column-source.ts'
import { evaluate } from '../expression/evaluate.ts'
import { pathsOf, type TypedExpression } from '../expression/typed.ts'
import type { Fleet } from '../model/fleet.ts'
import type { CheckedUse } from './checked-model.ts'
import { scaleOf } from './resources.ts'
import { refine, refineBytes, refineNumbers, type Partition } from './partition.ts'

export type SeenValues =
  | { readonly is: 'bool'; readonly truth: Uint8Array }
  | { readonly is: 'key'; readonly codes: Int32Array; readonly names: readonly string[] }
  | { readonly is: 'number'; readonly numbers: Float64Array }

/** By what is seen: `bool device.online`. */
export type SeenTable = ReadonlyMap<string, SeenValues>

type Sees = CheckedUse['sees']

export function seenKey({ yields, text, group, resource = '' }: Seen, sees: Sees): string {
  const key = sees.find(({ seen }) => seen.name === group)?.seen.text ?? ''
  return group === undefined ? `${yields} ${text}` : JSON.stringify([yields, text, key, resource])
}

export function evaluateSeen(uses: readonly CheckedUse[], fleet: Fleet): SeenTable {
  const table = new Map<string, SeenValues>()
  for (const { sees } of uses) {
    for (const { seen, typed } of sees) {
      const key = seenKey(seen, sees)
      if (table.has(key)) continue
      const group = sees.find((one) => one.seen.name === seen.group)
      const values =
        group !== undefined && pathsOf(typed).some(ofGroup) ? throughGroup(typed, group.typed, fleet) : valuesOf(seen, typed, fleet)
      if (values.is === 'number' && seen.resource !== undefined) {
        const scale = scaleOf(typed)
        if (scale !== 1) values.numbers.forEach((number, row) => (values.numbers[row] = number * scale))
      }
      table.set(key, values)
    }
  }
  return table
}

const ofGroup = (path: string): boolean => path.startsWith('group.')

/** A number that reads the attributes of the device that a key links to: missing where the key, or the device, is. Once per group where it reads nothing else. */
function throughGroup(typed: TypedExpression, key: TypedExpression, fleet: Fleet): SeenValues {
  const { codes, names } = evaluateKeys(key, fleet)
  const linked = rowsOfIds(fleet, names)
  const numberAt = (row: number, group: number): number => {
    const [own, there] = [rowLookup(fleet, row), rowLookup(fleet, group)]
    const value = evaluate(typed, (path) => (ofGroup(path) ? there(`device.${path.slice('group.'.length)}`) : own(path)))
    return typeof value === 'number' ? value : NaN
  }
  const once = pathsOf(typed).every(ofGroup)
  const byGroup = once ? linked.map((row) => (row < 0 ? NaN : numberAt(row, row))) : []
  const numbers = new Float64Array(fleet.size).fill(NaN)
  codes.forEach((code, row) => {
    if (code >= 0 && linked[code]! >= 0) numbers[row] = once ? byGroup[code]! : numberAt(row, linked[code]!)
  })
  return { is: 'number', numbers }
}

/** The row of each id, or -1. */
export function rowsOfIds(fleet: Fleet, ids: readonly string[]): readonly number[] {
  const wanted = new Map(ids.map((id) => [id, -1]))
  fleet.ids.forEach((id, row) => wanted.has(id) && wanted.set(id, row))
  return ids.map((id) => wanted.get(id)!)
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
