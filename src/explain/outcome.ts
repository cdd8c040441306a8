/** What became of every device: what runs today beside it, and the devices without a variant. */
import type { UnassignedDevice } from '../model/assignment.ts'
import { NONE } from '../model/outcome.ts'
import type { ExplainContext } from './context.ts'
import { whyNothing } from './why-nothing.ts'

/** Today's choice by row, -1 where the model does not know; where `current` leaves settings open, those that were chosen. */
export function todayOf({ compiled }: ExplainContext, chosen: Int32Array): Int32Array {
  const { of, same } = compiled.runs
  return of.map((run, row) => (same[run]!.includes(chosen[row]!) ? chosen[row]! : (same[run]![0] ?? -1)))
}

/** In the order of rows. Reasons are worked out when they are first read. */
export function unassignedDevices(context: ExplainContext, counts: ArrayLike<number>, chosen: Int32Array): readonly UnassignedDevice[] {
  const why = whyNothing(context, counts)
  const found: UnassignedDevice[] = []
  chosen.forEach((choice, row) => {
    if (choice !== NONE) return
    let reasons: UnassignedDevice['reasons'] | undefined
    found.push({
      device: context.fleet.ids[row]!,
      get reasons() {
        reasons ??= why.reasons(row)
        return reasons
      },
    })
  })
  return found
}
