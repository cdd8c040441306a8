/** Keep: every selected device stays on what it runs today, settings included; nothing is demanded where that is unknown or the device is left alone. */
import type { Forbidden } from '../demand.ts'
import { parametersOf, textOf } from '../parameters.ts'
import { narrowed, selectionOf } from '../selection.ts'
import { RUN_UNKNOWN } from '../world.ts'
import type { PlacementChecker } from './checker.ts'

export const keep: PlacementChecker = {
  kind: 'placement/keep',
  demand(use, world): Forbidden {
    const written = parametersOf(use, ['of'])
    const selection = narrowed(
      selectionOf(use, world, textOf(use, written, 'of'), undefined),
      (row) => world.left[row] !== 1 && world.runs.of[row] !== RUN_UNKNOWN,
    )
    const forbidden = world.runs.same.map((same) => 1 - same)
    forbidden.fill(0, RUN_UNKNOWN * world.options.length, (RUN_UNKNOWN + 1) * world.options.length)
    return { is: 'forbidden', ...selection, kindOf: world.runs.of, forbidden }
  },
}
