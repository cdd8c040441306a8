/** What an earlier answer gave, by row: which outcomes would be a move away from it. */
import { evaluateKeys } from '../expression/columns.ts'
import type { Fleet } from '../model/fleet.ts'
import { NONE, UNMANAGED } from '../model/outcome.ts'
import type { CheckedModel } from './checked-model.ts'
import type { Choices } from './choices.ts'

export interface Moves {
  /** By row: devices of one kind were given the same. */
  readonly of: Int32Array
  /** At [kind x choices + choice]: 1 where ending so is a move. */
  readonly table: Uint8Array
}

/** Undefined where the model knows no earlier answer. A device that the answer does not speak of never moves; settings that it does not tell are others than any. */
export function movesOf({ earlier, variants }: CheckedModel, fleet: Fleet, choices: Choices): Moves | undefined {
  if (earlier === undefined) return undefined
  const outcomes = evaluateKeys(earlier.outcome, fleet)
  const ids = evaluateKeys(earlier.variant, fleet)
  const settings = Object.entries(earlier.settings).map(([name, typed]) => ({ name, keys: evaluateKeys(typed, fleet) }))
  const own = variants.map(({ variant }) => settings.filter(({ name }) => variant.settings.some((setting) => setting.name === name)))
  const variantOf = ids.names.map((id) => variants.findIndex(({ variant }) => variant.id === id))
  const width = choices.list.length
  const given: (readonly number[])[] = [[], [NONE], [UNMANAGED], []]
  const numbers = new Map<string, number>()
  const plain = new Int32Array(ids.names.length).fill(-1)
  const kindOf = (v: number, row: number): number => {
    const same: number[] = []
    for (let choice = choices.first[v]!; choice < choices.first[v + 1]!; choice++) {
      const fits = own[v]!.every(({ name, keys }) => String(choices.list[choice]!.settings[name]) === keys.names[keys.codes[row]!])
      if (fits) same.push(choice)
    }
    return given.push(same) - 1
  }
  const of = new Int32Array(fleet.size)
  const outcomeKind = outcomes.names.map((name) => (name === 'none' ? NOTHING : name === 'unmanaged' ? OUTSIDE : GONE))
  for (let row = 0; row < of.length; row++) {
    const outcome = outcomes.codes[row]!
    if (outcome < 0) continue
    of[row] = outcomeKind[outcome]!
    const code = ids.codes[row]!
    const v = of[row] === GONE && code >= 0 ? variantOf[code]! : -1
    if (v === -1) continue
    if (own[v]!.length === 0) {
      if (plain[code] === -1) plain[code] = kindOf(v, row)
      of[row] = plain[code]!
    } else {
      const key = `${v} ${own[v]!.map(({ keys }) => keys.codes[row]).join(' ')}`
      const known = numbers.get(key) ?? kindOf(v, row)
      numbers.set(key, known)
      of[row] = known
    }
  }
  const table = new Uint8Array(given.length * width).fill(1)
  table.fill(0, 0, width)
  given.forEach((same, kind) => same.forEach((choice) => (table[kind * width + choice] = 0)))
  return { of, table }
}

// Kind 0 was not there. `GONE`: a variant that is no more, so that every outcome is a move.
const NOTHING = 1
const OUTSIDE = 2
const GONE = 3
