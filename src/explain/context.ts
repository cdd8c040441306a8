/** What every explanation stands on: the model, the fleet, the compiled problem, and, where there is one, the solution's counts. */
import type { AssignmentProblem } from '../../constraints/problem.ts'
import type { CompiledAssignment } from '../compile/assignment.ts'
import type { CheckedUse } from '../compile/checked-model.ts'
import type { Fleet } from '../model/fleet.ts'
import type { FleetModel } from '../model/fleet-model.ts'

export interface ExplainContext {
  readonly model: FleetModel
  readonly fleet: Fleet
  readonly compiled: CompiledAssignment
}

export function useAt({ compiled }: ExplainContext, index: number): CheckedUse {
  return compiled.checked.uses.find(({ use }) => use.index === index)!
}

/** The use's sentence about one group. */
export function becauseOf({ kind, parameters }: CheckedUse, group: string): string {
  return kind.because(parameters, group)
}

/** Devices in the classes. */
export function devicesIn({ classes }: AssignmentProblem, of: Iterable<number>): number {
  let devices = 0
  for (const c of of) devices += classes.memberStart[c + 1]! - classes.memberStart[c]!
  return devices
}
