/** Which rows a certificate's prices and cases can make a difference to. */
import type { Amounts, Forbidden, Together } from '../demand.ts'
import type { Trial } from '../judge.ts'
import type { World } from '../world.ts'
import type { Leaf } from './leaf.ts'

/** 1 by row where a price stands on an option that the row may have, or where a whole use that is assumed to hold forbids one. */
export function touchedRows(trial: Trial, leaves: readonly Leaf[]): Uint8Array {
  const touched = new Uint8Array(trial.world.size)
  for (const [held, keys] of partsByUse(leaves)) {
    const { demand } = trial.held[held]!
    switch (demand.is) {
      case 'counts': {
        const parts = demand.parts.length
        const words = trial.world.allowed.length
        // By group, the options of its priced parts.
        const masks = new Int32Array(demand.groups.length * words)
        const ofPart = demand.parts.map((_, part) => optionMask(trial.world, (option) => demand.partOf[option] === part))
        for (const key of keys)
          if (key >= 0)
            for (let word = 0; word < words; word++) masks[Math.floor(key / parts) * words + word]! |= ofPart[key % parts]![word]!
        const { kindOf } = trial.world
        for (const [word, allowed] of trial.world.allowed.entries())
          for (let row = 0; row < touched.length; row++) {
            const group = demand.groupOf[row]!
            if (group >= 0 && (allowed[kindOf[row]!]! & masks[group * words + word]!) !== 0) touched[row] = 1
          }
        break
      }
      case 'forbidden': {
        const masks = forbiddenMasks(trial.world, demand)
        for (let row = 0; row < touched.length; row++)
          if (demand.groupOf[row]! >= 0 && meets(trial.world, row, masks[demand.kindOf[row]!]!)) touched[row] = 1
        break
      }
      case 'amounts': {
        const masks = amountMasks(trial.world, demand)
        for (let row = 0; row < touched.length; row++)
          if (demand.groupOf[row]! >= 0 && keys.has(demand.groupOf[row]!) && meets(trial.world, row, masks[demand.kindOf[row]!]!))
            touched[row] = 1
        break
      }
      case 'together':
      case 'links':
        break
    }
  }
  return touched
}

/** By kind, the options that are forbidden. */
export function forbiddenMasks(world: World, { forbidden }: Forbidden): readonly Int32Array[] {
  return masksByKind(world, (at) => forbidden[at] === 1, forbidden.length)
}

/** By kind, the options that amount to something. */
export function amountMasks(world: World, { amount }: Amounts): readonly Int32Array[] {
  return masksByKind(world, (at) => amount[at] !== 0, amount.length)
}

/** By kind, the options that are members of a set. */
export function memberMasks(world: World, { memberOf, memberships, sets }: Together): readonly Int32Array[] {
  const named = new Set(sets.flat().map(({ variant }) => variant))
  return masksByKind(world, (at) => memberships[memberOf[at]!]!.some((member) => named.has(member)), memberOf.length)
}

function masksByKind(world: World, has: (at: number) => boolean, length: number): readonly Int32Array[] {
  const width = world.options.length
  return Array.from({ length: length / width }, (_, kind) => optionMask(world, (option) => has(kind * width + option)))
}

/** The options as bits, as in `World.allowed`. */
export function optionMask(world: World, has: (option: number) => boolean): Int32Array {
  const mask = new Int32Array(world.allowed.length)
  for (let option = 0; option < world.options.length; option++) if (has(option)) mask[option >>> 5]! |= 1 << (option & 31)
  return mask
}

/** True where the row may have an option of the mask. */
export function meets(world: World, row: number, mask: Int32Array): boolean {
  const kind = world.kindOf[row]!
  for (let word = 0; word < mask.length; word++) if ((world.allowed[word]![kind]! & mask[word]!) !== 0) return true
  return false
}

/** By use, the parts that are priced; -1 for a case that it holds. */
function partsByUse(leaves: readonly Leaf[]): ReadonlyMap<number, ReadonlySet<number>> {
  const found = new Map<number, Set<number>>()
  const at = (held: number): Set<number> => {
    const known = found.get(held)
    if (known !== undefined) return known
    const fresh = new Set<number>()
    found.set(held, fresh)
    return fresh
  }
  for (const { prices, cases } of leaves) {
    for (const { held, key } of prices) at(held).add(key)
    for (const [held, holds] of cases) if (holds) at(held).add(-1)
  }
  return found
}
