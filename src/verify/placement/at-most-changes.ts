/** At most changes: of the selected devices of a group at most so many end otherwise than they run today. */
import type { Amounts } from '../demand.ts'
import { changeTable } from '../levels.ts'
import { integerOf, parametersOf, refuse, textOf } from '../parameters.ts'
import { selectionOf } from '../selection.ts'
import { atMost, readShare } from '../share.ts'
import type { World } from '../world.ts'
import type { PlacementChecker } from './checker.ts'

export const atMostChanges: PlacementChecker = {
  kind: 'placement/at-most-changes',
  demand(use, world): Amounts {
    const written = parametersOf(use, ['max', 'over', 'of'])
    const max = written['max'] ?? refuse(use, 'no `max` is written')
    const selection = selectionOf(use, world, textOf(use, written, 'of'), textOf(use, written, 'over'))
    const share = typeof max === 'string' ? readShare(max) : undefined
    const most = share === undefined ? integerOf(use, written, 'max')! : 0
    const upper = selection.sizes.map((size) => (share === undefined ? most : atMost(share, size)))
    return { is: 'amounts', ...selection, ...changesByKind(world, changeTable(world)), upper }
  },
}

/** Kinds are what runs today, and one more for devices that are left alone, whatever they run: they never change. */
function changesByKind({ size, left, options, runs }: World, changes: Uint8Array): Pick<Amounts, 'kindOf' | 'amount'> {
  const amount = new Float64Array((runs.count + 1) * options.length)
  amount.set(changes)
  const kindOf = runs.of.slice()
  for (let row = 0; row < size; row++) if (left[row] === 1) kindOf[row] = runs.count
  return { kindOf, amount }
}
